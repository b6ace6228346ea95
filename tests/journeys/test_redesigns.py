"""A site is rebuilt, wholly or in part: nothing of that is a change, and no edit is hidden by it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.watch import Watch
from tests.press_rebuilds import FRAMES, PARTS
from tests.press_site import Person, PressSite

TOPICS = (
    "broar",
    "skolor",
    "fiske",
    "rymden",
    "vården",
    "spåren",
    "åkrar",
    "hamnar",
    "museer",
    "fjällen",
    "kusten",
    "isen",
)
FIRST, SECOND, THIRD, FOURTH = (f"/pressmeddelanden/2026/08/om-{number}/" for number in range(4))


def text_about(topic: str, number: int) -> str:
    """A text of three paragraphs and a list, unlike those about other topics."""
    return (
        f"<p>Regeringen har i dag beslutat om {number + 20} nya åtgärder som rör {topic} i hela landet.</p>"
        f"<p>Beslutet om {topic} gäller från den {number + 1} mars 2027 och kostar {number + 40} miljoner kronor.</p>"
        f"<ul><li>Först ska myndigheten för {topic} räkna vad som finns.</li>"
        f"<li>Sedan ska {number + 2} län pröva de nya reglerna om {topic}.</li></ul>"
        f"<p>– Det här har {topic} väntat på länge, säger ministern i en kommentar.</p>"
    )


def person(number: int, role: str = "Pressekreterare hos ministern") -> Person:
    """A contact of which every page has another."""
    return Person(
        name=f"Alva {'ABCDEFGHIJKL'[number]}lund",
        role=role,
        phone=f"08-000 10 {number:02d}",
        mail=f"alva{number}@skog.example",
    )


@pytest.fixture
def site() -> Iterator[PressSite]:
    with PressSite() as site:
        for number, topic in enumerate(TOPICS):
            files = (
                (
                    (
                        f"/contentassets/{number:032x}/bilaga-{number}.pdf",
                        f"Bilaga {topic} 2026-08-1{number % 10} (pdf 142 kB)",
                    ),
                )
                if number % 2
                else ()
            )
            site.add(
                f"/pressmeddelanden/2026/08/om-{number}/",
                title=f"Nya regler för {topic}",
                body=text_about(topic, number),
                contacts=(person(number),) if number % 4 else (),
                attachments=files,
            )
        yield site


@pytest.fixture
def watch(site: PressSite, tmp_path: Path) -> Iterator[Watch]:
    with Watch(site, tmp_path) as watch:
        watch.crawl()
        watch.news()
        yield watch


@pytest.mark.parametrize("template", [*FRAMES, *PARTS])
def test_a_redesign_is_no_change_and_hides_none(site: PressSite, watch: Watch, template: str) -> None:
    site.template = template
    site.edit(FIRST, body=text_about("broar", 0).replace("40 miljoner", "400 miljoner"))
    night = watch.look()
    quiet = watch.look()
    site.edit(SECOND, title="Nya regler för alla skolor", updated=dt.date(2026, 9, 22))
    site.edit(THIRD, contacts=(person(2, role="Presschef"),))
    site.add("/pressmeddelanden/2026/09/efter/", title="Efter bytet", body=text_about("bytet", 33))
    watch.crawl()
    after = {change.url.removeprefix(site.url): change.finding for change in watch.news()}

    assert (night, quiet) == ([("edited", FIRST)], [])
    assert {path: finding.fields for path, finding in after.items()} == {
        SECOND: ("title", "updated"),
        THIRD: ("contacts",),
        "/pressmeddelanden/2026/09/efter/": (),
    }
    assert after[SECOND].silent is False
    assert watch.look() == []


def test_a_redesign_that_is_taken_back_is_no_change_either(site: PressSite, watch: Watch) -> None:
    looks = []
    for template in ("hashes", "box-inside", "a", "lines-inside", "bare", "a"):
        site.template = template
        looks.append(watch.look())
    site.edit(FIRST, body=text_about("broar", 0).replace("20 nya", "21 nya"))

    assert looks == [[]] * 6
    assert watch.look() == [("edited", FIRST)]


def test_each_new_layout_is_told_once_and_so_is_the_return_of_the_known_one(site: PressSite, watch: Watch) -> None:
    told = []
    for template in ("hashes", "hashes", "bare", "bare", "hashes", "a", "a"):
        site.template = template
        watch.crawl()
        told.append(watch.notices())

    once, twice = ["layout-changed"], ["layout-changed"] * 2
    assert told == [once, once, twice, twice, twice, [*twice, "recovered"], [*twice, "recovered"]]


def test_a_page_moved_in_the_night_of_a_redesign_keeps_its_history(site: PressSite, watch: Watch) -> None:
    site.template = "elements"
    site.move(FOURTH, "/pressmeddelanden/2026/08/fiske-och-hav/")

    assert watch.look() == [("moved", "/pressmeddelanden/2026/08/fiske-och-hav/")]
    assert watch.look() == []


def test_after_a_redesign_the_fast_lane_is_fast_again(site: PressSite, watch: Watch) -> None:
    site.template = "doubled"
    watch.crawl()
    seen = {path: watch.page(path).fingerprint for path in (FIRST, SECOND, THIRD)}
    watch.crawl()

    assert all(name and name.startswith("learnt-") for name in seen.values())
    assert {path: watch.page(path).fingerprint for path in seen} == seen


@pytest.mark.parametrize("template", FRAMES)
def test_pages_archived_some_days_after_a_redesign_are_archived_that_day(
    site: PressSite, watch: Watch, template: str
) -> None:
    site.template = template
    assert [watch.look(), watch.look()] == [[], []]
    for number in range(len(TOPICS)):
        site.archive(f"/pressmeddelanden/2026/08/om-{number}/", (dt.date(2022, 10, 18), dt.date(2026, 10, 5)))

    expected = [("archived", f"/pressmeddelanden/2026/08/om-{number}/") for number in range(len(TOPICS))]
    assert sorted(watch.look()) == sorted(expected)
    assert watch.look() == []


def test_pages_archived_in_the_night_of_a_redesign_are_archived_once(site: PressSite, watch: Watch) -> None:
    site.template = "bare"
    for number in range(8):
        site.archive(f"/pressmeddelanden/2026/08/om-{number}/", (dt.date(2022, 10, 18), dt.date(2026, 10, 5)))

    assert sorted(watch.look()) == [("archived", f"/pressmeddelanden/2026/08/om-{number}/") for number in range(8)]
    assert watch.look() == []
