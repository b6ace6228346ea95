"""From a press page to a true change, over real HTTP, through the real spider, into a real archive."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.journeys.watch import START, Watch
from tests.press_site import Answer, Person, PressSite

PLACES = "/pressmeddelanden/2026/09/fler-platser/"
ROADS = "/pressmeddelanden/2026/09/nya-vagar/"
TALK = "/artiklar/2026/08/samtal-om-havet/"

TEXT = (
    "Regeringen ger i dag Kriminalvården i uppdrag att bygga 160 nya platser vid anstalten i Norrvik.\n\n"
    "Arbetet ska vara klart senast den 1 december 2027. Uppdraget redovisas till departementet.\n\n"
    "Kostnaden beräknas till 12 miljoner kronor och ryms inom beslutade ramar för myndigheten."
)

TALKED = (
    "Havsministern talade i går med fiskare från hela kusten om torsken, sälarna och vindkraften till havs.\n\n"
    "Mötet hölls i Sillvik. Nästa samtal blir i mars, då frågan om trålgränsen ska avgöras."
)


@pytest.fixture
def site() -> Iterator[PressSite]:
    with PressSite() as site:
        contact = (Person(role="Pressekreterare hos justitieministern", name="Alva Lind", mail="alva@skog.example"),)
        site.add(TALK, title="Samtal om havet", body=TALKED)
        site.add(ROADS, title="Nya vägar i norr", body=TEXT.replace("platser", "vägar"))
        site.add(PLACES, title="Fler platser i Norrvik", body=TEXT, contacts=contact)
        for number in range(8):
            body = f"{TEXT}\n\nDetta är beslut nummer {number} i raden av beslut om {number + 3} orter i landet."
            site.add(f"/pressmeddelanden/2026/07/beslut-{number}/", title=f"Beslut {number} om orter", body=body)
        yield site


@pytest.fixture
def watch(site: PressSite, tmp_path: Path) -> Iterator[Watch]:
    with Watch(site, tmp_path) as watch:
        watch.crawl()
        watch.news()
        yield watch


def test_the_first_crawl_is_a_baseline_and_what_comes_later_is_news(site: PressSite, tmp_path: Path) -> None:
    with Watch(site, tmp_path) as watch:
        watch.crawl()
        first = watch.news()
        site.add("/pressmeddelanden/2026/09/nytt/", title="Något nytt", body=TEXT)
        watch.crawl()
        later = watch.news()

        assert {change.baseline for change in first} == {True}
        assert [(str(change.kind), change.baseline) for change in later] == [("published", False)]


def test_a_page_that_only_an_import_knows_and_that_is_gone_is_no_news(site: PressSite, watch: Watch) -> None:
    page, version = watch.page(PLACES), watch.archive.latest(watch.page(PLACES).id)
    assert version is not None
    past = START - dt.timedelta(days=900)
    with watch.archive.writing() as unit:
        old = unit.add_page(page.site_id, site.url + "/pressmeddelanden/2024/03/lange-borta/", at=past, baseline=False)
        kept = unit.keep_snapshot(
            old.id, url=old.url, status=200, headers=(), redirects=(), captured_at=past, body=b"<h1>Borta</h1>"
        )
        release = replace(version.release, title="Borta")
        unit.add_version(old.id, snapshot_id=kept.id, release=release, digest="sha256:x", rules=version.rules, at=past)
    for _ in range(3):
        watch.crawl()

    assert [(str(change.kind), change.baseline) for change in watch.news()] == [("removed", True)]


def test_noise_makes_no_change_over_ten_crawls(watch: Watch) -> None:
    assert [watch.look() for _ in range(10)] == [[]] * 10


def test_one_digit_is_an_edit_and_it_is_silent(site: PressSite, watch: Watch) -> None:
    site.edit(PLACES, body=TEXT.replace("160", "100"))
    watch.crawl()
    (change,) = watch.news()

    assert (str(change.kind), change.finding.fields, change.finding.silent) == ("edited", ("body",), True)
    assert "figure" in change.finding.labels
    assert (change.before, change.after) == (1, 2)


def test_an_edit_with_its_date_is_not_silent(site: PressSite, watch: Watch) -> None:
    site.edit(PLACES, title="Färre platser i Norrvik", updated=dt.date(2026, 9, 21))
    watch.crawl()
    (change,) = watch.news()

    assert (change.finding.fields, change.finding.silent) == (("title", "updated"), False)


def test_an_archived_page_leaves_the_list_and_is_still_watched(site: PressSite, watch: Watch) -> None:
    period = (dt.date(2022, 10, 18), dt.date(2026, 10, 5))
    site.archive(PLACES, period, "Mellan den 18 oktober 2022 och den 5 oktober 2026 var han justitieminister.")
    watch.crawl()
    found = {str(change.kind): change.finding for change in watch.news()}
    site.edit(PLACES, body=TEXT.replace("12 miljoner", "21 miljoner"))

    assert set(found) == {"archived", "officeholder"}
    assert found["archived"].period == period
    assert watch.look() == [("edited", PLACES)]


def test_a_page_is_removed_after_two_visits_and_restored_when_it_is_back(site: PressSite, watch: Watch) -> None:
    site.remove(PLACES)
    first, second = watch.look(), watch.look()
    site.restore(PLACES)

    assert (first, second) == ([], [("removed", PLACES)])
    assert watch.look() == [("restored", PLACES)]


def test_a_page_that_moves_keeps_its_history(site: PressSite, watch: Watch) -> None:
    new = "/pressmeddelanden/2026/09/platser-i-norrvik/"
    site.move(PLACES, new)
    moved = watch.look()
    site.edit(new, body=TEXT.replace("160", "100"))

    assert moved == [("moved", new)]
    assert watch.look() == [("edited", new)]
    assert watch.page(PLACES).url == site.url + new


def test_a_file_replaced_behind_its_link_is_a_change(site: PressSite, watch: Watch) -> None:
    href = "/contentassets/0123456789abcdef0123456789abcdef/bilaga.pdf"
    site.edit(ROADS, attachments=((href, "Bilaga (pdf 12 kB)"),))
    added = watch.look()
    site.replace_file(href)

    assert added == [("edited", ROADS)]
    assert watch.look() == [("attachment", ROADS)]
    assert watch.look() == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (503, "<h1>The service is unavailable.</h1>"),
        (200, "<html><head><title>Regeringen.se</title></head><body><h1>Sidan kan inte hittas</h1></body></html>"),
        (403, "<title>Attention Required!</title><h1>Sorry, you have been blocked</h1>"),
        (200, "<title>Just a moment...</title><h1>Checking your browser</h1>"),
        (200, ""),
        (200, "<html><head><title>Fel</title></head><body><p>Ett okänt fel har uppstått i tjänsten.</p></body></html>"),
        (500, "oj"),
    ],
)
def test_a_fault_of_the_site_is_no_change_and_keeps_the_good_version(
    site: PressSite, watch: Watch, status: int, body: str
) -> None:
    with_fault = [PLACES, ROADS, TALK]
    for path in with_fault:
        site.answer(path, status, body)
    during = [watch.look(), watch.look()]
    for path in with_fault:
        site.as_usual(path)

    assert during == [[], []]
    assert watch.look() == []
    assert watch.page(PLACES).version == 1


def test_an_old_copy_from_a_content_network_is_no_change_but_an_edit_taken_back_is(
    site: PressSite, watch: Watch
) -> None:
    site.edit(PLACES, body=TEXT.replace("160", "100"))
    edited = watch.look()
    site.edit(PLACES, body=TEXT)
    suspected = watch.look()
    site.edit(PLACES, body=TEXT.replace("160", "100"))
    fresh = watch.look()
    site.edit(PLACES, body=TEXT)

    assert (edited, suspected, fresh) == ([("edited", PLACES)], [], [])
    assert [watch.look(), watch.look()] == [[], [("edited", PLACES)]]


@pytest.mark.parametrize("template", ["b", "c"])
def test_a_redesign_changes_nothing_and_hides_nothing(site: PressSite, watch: Watch, template: str) -> None:
    site.template = template
    site.edit(PLACES, body=TEXT.replace("160", "100"))
    night = watch.look()
    notices = watch.notices()
    site.edit(ROADS, title="Nya vägar i söder", updated=dt.date(2026, 9, 22))
    site.add("/pressmeddelanden/2026/09/efter/", title="Efter bytet", body=TEXT)
    after = watch.look()
    site.archive(TALK, (dt.date(2022, 10, 18), dt.date(2026, 10, 5)))
    site.edit("/pressmeddelanden/2026/09/efter/", body=TEXT.replace("2027", "2028"))

    assert night == [("edited", PLACES)]
    assert notices == ["layout-changed"]
    assert sorted(after) == [("edited", ROADS), ("published", "/pressmeddelanden/2026/09/efter/")]
    assert sorted(watch.look()) == [("archived", TALK), ("edited", "/pressmeddelanden/2026/09/efter/")]
    assert watch.look() == []


def test_many_pages_that_vanish_at_once_are_held(site: PressSite, watch: Watch) -> None:
    for number in range(12):
        site.add(
            f"/pressmeddelanden/2026/08/fler-{number}/", title=f"Fler {number}", body=f"{TEXT}\n\nNummer {number}."
        )
    watch.look()
    for number in range(12):
        site.remove(f"/pressmeddelanden/2026/08/fler-{number}/")

    assert [watch.look(), watch.look(), watch.look()] == [[], [], []]
    assert watch.notices() == ["mass-removal"]


def test_a_crawls_report_adds_up(site: PressSite, watch: Watch) -> None:
    site.move(ROADS, "/pressmeddelanden/2026/09/nya-vagar-igen/")
    site.answer(TALK, 301, "", {"Location": site.url + PLACES})
    site.answer("/pressmeddelanden/2026/07/beslut-1/", 302, "", {"Location": "https://annan.example/"})
    site.answer("/pressmeddelanden/2026/07/beslut-2/", 302, "", {"Location": "/pressmeddelanden/2026/07/beslut-2/"})
    site.remove("/pressmeddelanden/2026/07/beslut-3/")
    stats = watch.crawl()
    ended = sum(count for name, count in stats.items() if name.startswith("page/"))

    assert stats["planned"] == ended == 11
    assert stats["page/fault/offsite"] == 1
    assert stats["page/fault/redirect-loop"] == 1
    assert stats["page/missing"] == 1
    assert stats["change/moved"] == 1


def test_a_site_that_blocks_us_is_left_alone(site: PressSite, watch: Watch) -> None:
    for number in range(70):
        site.add(
            f"/pressmeddelanden/2026/08/fler-{number}/", title=f"Fler {number}", body=f"{TEXT}\n\nNummer {number}."
        )
    watch.look()
    site.requests.clear()
    site.answer(
        "*",
        lambda request: Answer.page("<h1>Sorry, you have been blocked</h1>", 403) if "/2026/" in request.path else None,
    )
    stats = watch.crawl()

    assert watch.seen() == []
    assert stats["page/fault/skipped"] > 0
    assert watch.notices() == ["blocked"]
