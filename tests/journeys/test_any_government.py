"""A site of which nothing is known but its address: its releases watched, noise passed over, redesigns healed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.reading.generic.rules import GENERIC
from tests.journeys.test_noise import NOISES
from tests.journeys.test_redesigns import FIRST, SECOND, THIRD, TOPICS, person, text_about
from tests.journeys.watch import Watch
from tests.press_rebuilds import FRAMES, PARTS
from tests.press_site import Answer, PressSite, Request


@pytest.fixture
def site() -> Iterator[PressSite]:
    with PressSite() as site:
        for number, topic in enumerate(TOPICS):
            site.add(
                f"/pressmeddelanden/2026/08/om-{number}/",
                title=f"Nya regler för {topic}",
                body=text_about(topic, number),
                contacts=(person(number),),
            )
        yield site


@pytest.fixture
def watch(site: PressSite, tmp_path: Path) -> Iterator[Watch]:
    with Watch(site, tmp_path, release=(GENERIC,)) as watch:
        watch.crawl()
        watch.news()
        yield watch


def test_what_is_published_edited_and_removed_is_told(site: PressSite, watch: Watch) -> None:
    site.edit(FIRST, body=text_about("broar", 0).replace("40 miljoner", "400 miljoner"))
    site.edit(SECOND, title="Nya regler för alla skolor", updated=dt.date(2026, 9, 22))
    site.add("/pressmeddelanden/2026/09/nytt/", title="Något nytt", body=text_about("bytet", 33))
    watch.crawl()
    found = {change.url.removeprefix(site.url): (change.kind, change.finding.fields) for change in watch.news()}

    assert found == {
        FIRST: ("edited", ("body",)),
        SECOND: ("edited", ("title", "updated")),
        "/pressmeddelanden/2026/09/nytt/": ("published", ()),
    }
    site.remove(THIRD)
    assert [watch.look(), watch.look(), watch.look()] == [[], [("removed", THIRD)], []]


def test_pages_are_marked_as_archived_whoever_reads_them(site: PressSite, watch: Watch) -> None:
    site.archive(FIRST, (dt.date(2022, 10, 18), dt.date(2026, 10, 5)))
    watch.crawl()
    (change,) = watch.news()

    assert change.kind == "archived"
    assert change.finding.period == (dt.date(2022, 10, 18), dt.date(2026, 10, 5))


def test_unchanged_pages_are_known_by_what_a_reader_sees(site: PressSite, watch: Watch) -> None:
    seen = watch.page(FIRST).fingerprint
    watch.crawl()

    assert seen is not None
    assert seen.startswith("generic:")
    assert watch.page(FIRST).fingerprint == seen


@pytest.mark.parametrize("name", NOISES)
def test_noise_is_no_change_and_a_digit_within_it_is(site: PressSite, watch: Watch, name: str) -> None:
    def stirred(request: Request) -> Answer | None:
        if "/2026/08/" not in request.path:
            return None
        return Answer.page(NOISES[name](site._usual(request).body.decode()))

    site.answer("*", stirred)
    looks = [watch.look() for _ in range(3)]
    site.edit(THIRD, body=text_about("fiske", 2).replace("42 miljoner", "24 miljoner"))

    assert looks == [[]] * 3
    assert watch.look() == [("edited", THIRD)]


@pytest.mark.parametrize("template", [*FRAMES, *PARTS])
def test_a_redesign_is_no_change_and_hides_none(site: PressSite, watch: Watch, template: str) -> None:
    site.template = template
    site.edit(FIRST, body=text_about("broar", 0).replace("40 miljoner", "400 miljoner"))
    night = watch.look()
    quiet = watch.look()
    site.edit(SECOND, title="Nya regler för alla skolor")
    site.edit(THIRD, contacts=(person(2, role="Presschef"),))
    after = sorted(watch.look())

    assert (night, quiet) == ([("edited", FIRST)], [])
    assert after == sorted([("edited", SECOND), ("edited", THIRD)])
    assert watch.look() == []


def test_what_stands_on_all_pages_in_the_same_words_is_no_releases(site: PressSite, tmp_path: Path) -> None:
    box = ["Myndigheten ordnar varje år en mässa om hamnar, och den som vill får komma dit."]

    def boxed(request: Request) -> Answer | None:
        if "/2026/08/" not in request.path:
            return None
        page = site._usual(request).body.decode()
        marked = f'<div class="has-wordExplanation"><div class="c-promise"><p>{box[0]}</p></div>'
        return Answer.page(page.replace('<div class="has-wordExplanation">', marked))

    site.answer("*", boxed)
    with Watch(site, tmp_path, release=(GENERIC,)) as watch:
        watch.crawl()
        watch.news()
        box[0] = "Mässan om hamnar är flyttad till den 4 juni 2027, och kostar 120 kronor."
        moved = watch.look()
        site.edit(FIRST, body=text_about("broar", 0).replace("40 miljoner", "400 miljoner"))
        edited = watch.look()
        box[0] = "Det blir ingen mässa om hamnar under de närmaste 3 åren."
        again = watch.look()
        site.edit(SECOND, title="Nya regler för alla skolor")

        assert (moved, edited, again) == ([], [("edited", FIRST)], [])
        assert watch.look() == [("edited", SECOND)]
        assert "hamnar" not in str(watch.archive.latest(watch.page(SECOND).id))
