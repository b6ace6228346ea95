"""Sites and pages are found again, whatever address they had, and know what their last visit taught."""

from __future__ import annotations

import tracemalloc

import pytest

from storage.errors import AddressTaken, ArchiveError
from storage.records import Page, PageState
from storage.unit import Visit
from tests.contract.desk import HOUR, NOON, Desk, keep


def test_a_site_is_added_once_and_keeps_what_was_learnt_of_it(desk: Desk) -> None:
    with desk.archive.writing() as unit:
        assert unit.add_site("press.example") == desk.site
        unit.end_baseline(desk.site.id)
        unit.set_layout(desk.site.id, '{"name":"learnt"}')
    kept = desk.archive.site("press.example")
    assert kept is not None
    assert (kept.baseline, kept.layout) == (False, '{"name":"learnt"}')
    assert desk.archive.sites() == [kept]
    assert desk.archive.site("other.example") is None


def test_a_page_is_added_once_and_stands_as_new(desk: Desk) -> None:
    page = desk.page()
    assert desk.page() == page
    assert page.state is PageState.NEW
    assert desk.archive.page(desk.site.id, page.url) == page
    assert desk.archive.page_by_id(page.id) == page
    assert desk.archive.page(desk.site.id, "https://press.example/none") is None


def test_what_a_visit_taught_of_a_page_is_there_for_the_next(desk: Desk) -> None:
    page = desk.page()
    taught = {
        "state": PageState.MISSING,
        "last_visit": NOON,
        "last_seen": NOON - HOUR,
        "last_full": NOON - 2 * HOUR,
        "etag": 'W/"å"',
        "last_modified": "Fri, 14 Mar 2031 12:00:00 GMT",
        "digest": "sha256:1",
        "fingerprint": "2",
        "suspect": "sha256:3",
        "misses": 2,
        "missing_since": NOON - HOUR,
        "status": 404,
    }
    with desk.archive.writing() as unit:
        unit.update_page(page.id, **taught)
    kept = desk.archive.page_by_id(page.id)
    assert kept is not None
    assert {name: getattr(kept, name) for name in taught} == taught


def test_a_field_that_no_visit_may_set_is_refused(desk: Desk) -> None:
    page = desk.page()
    with pytest.raises(TypeError, match="version"), desk.archive.writing() as unit:
        unit.update_page(page.id, version=7)


def test_a_moved_page_is_found_by_every_address_it_had(desk: Desk) -> None:
    page = desk.page("old")
    with desk.archive.writing() as unit:
        unit.move_page(page.id, "https://press.example/news/new", at=NOON)
        unit.move_page(page.id, "https://press.example/2031/new", at=NOON + HOUR)
    addresses = (page.url, "https://press.example/news/new", "https://press.example/2031/new")
    found = [desk.archive.page(desk.site.id, url) for url in addresses]
    assert [one.id for one in found if one] == [page.id] * 3
    assert {one.url for one in found if one} == {"https://press.example/2031/new"}


def test_a_list_that_still_names_the_old_address_adds_no_second_page(desk: Desk) -> None:
    page = desk.page("old")
    with desk.archive.writing() as unit:
        unit.move_page(page.id, "https://press.example/news/new", at=NOON)
        assert unit.add_page(desk.site.id, page.url, at=NOON, baseline=False).id == page.id
        other = unit.add_page(desk.site.id, page.url, at=NOON, baseline=False, anew=True)
    assert other.id != page.id
    assert desk.archive.page(desk.site.id, page.url) == other


def test_a_page_moves_to_an_address_that_was_found_already_and_never_read(desk: Desk) -> None:
    one, two = desk.page("one"), desk.page("two")
    with desk.archive.writing() as unit:
        unit.put_file(two.id, "https://press.example/b.pdf")
        unit.move_page(one.id, two.url, at=NOON)
    assert [page.id for page in desk.archive.pages(desk.site.id)] == [one.id]
    assert [page.id for page in desk.archive.find_page(two.url)] == [one.id]


def test_a_page_cannot_move_to_where_another_has_a_past(desk: Desk) -> None:
    one, two = desk.page("one"), desk.page("two")
    with desk.archive.writing() as unit:
        keep(unit, two, b"not read yet")
    with desk.archive.writing() as unit:
        with pytest.raises(AddressTaken, match=r"two"):
            unit.move_page(one.id, two.url, at=NOON)
        unit.update_page(one.id, state=PageState.MOVED)
    assert desk.archive.page(desk.site.id, one.url) is not None
    assert desk.archive.page_counts(desk.site.id)[PageState.MOVED] == 1


@pytest.mark.parametrize(
    "typed",
    [
        "https://press.example/news/old",
        "http://press.example/news/old/",
        "https://PRESS.example/news/old#top",
        "press.example/news/now",
        " https://press.example/news/now/ ",
    ],
)
def test_a_page_is_found_by_its_address_as_a_person_types_it(desk: Desk, typed: str) -> None:
    page = desk.page("old")
    with desk.archive.writing() as unit:
        unit.move_page(page.id, "https://press.example/news/now", at=NOON)
    assert [found.id for found in desk.archive.find_page(typed)] == [page.id]


def test_an_address_that_several_sites_share_finds_all_their_pages(desk: Desk) -> None:
    page = desk.page()
    with desk.archive.writing() as unit:
        other = unit.add_page(unit.add_site("mirror.example").id, page.url, at=NOON, baseline=False)
    assert [found.id for found in desk.archive.find_page(page.url)] == [page.id, other.id]
    assert desk.archive.find_page("https://press.example/news") == []


def test_ten_thousand_pages_are_read_in_flat_memory_and_in_order(desk: Desk) -> None:
    with desk.archive.writing() as unit:
        urls = [f"https://press.example/{number:05}?{'x' * 80}" for number in range(10_000)]
        unit.add_pages(desk.site.id, urls, at=NOON, baseline=True)
    tracemalloc.start()
    last = 0
    count = 0
    for page in desk.archive.pages(desk.site.id):
        assert page.id > last
        last = page.id
        count += 1
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 10_000
    assert peak < 3_000_000
    assert desk.archive.page_counts(desk.site.id) == {state: count * (state is PageState.NEW) for state in PageState}


def test_pages_may_be_written_while_they_are_being_read(desk: Desk) -> None:
    for number in range(3):
        desk.page(str(number))
    for page in desk.archive.pages(desk.site.id):
        with desk.archive.writing() as unit:
            unit.update_page(page.id, state=PageState.LIVE)
    assert desk.archive.page_counts(desk.site.id)[PageState.LIVE] == 3


def test_unchanged_visits_lengthen_the_latest_version_and_clear_all_doubt(desk: Desk) -> None:
    page = desk.page()
    first, latest = desk.say(page, "A"), desk.say(page, "B", at=NOON + HOUR)
    with desk.archive.writing() as unit:
        unit.update_page(page.id, state=PageState.MISSING, misses=2, missing_since=NOON, suspect="sha256:A")
        unit.extend([Visit(page_id=page.id, at=NOON + 2 * HOUR, status=200, etag='"2"', digest="d", fingerprint="f")])
    kept = desk.archive.latest(page.id)
    assert kept is not None
    assert (kept.last_seen, kept.visits, kept.first_seen) == (NOON + 2 * HOUR, 2, latest.first_seen)
    assert desk.archive.version(page.id, 1) == first
    assert desk.archive.page_by_id(page.id) == Page(
        id=page.id,
        site_id=desk.site.id,
        url=page.url,
        state=PageState.LIVE,
        baseline=False,
        first_seen=NOON,
        last_visit=NOON + 2 * HOUR,
        last_seen=NOON + 2 * HOUR,
        last_full=NOON + 2 * HOUR,
        version=2,
        etag='"2"',
        digest="d",
        fingerprint="f",
        status=200,
    )


def test_a_304_leaves_what_it_does_not_repeat_and_a_200_does_not(desk: Desk) -> None:
    page = desk.page()
    desk.say(page, "A")

    def visited(visit: Visit) -> tuple[str | None, str | None, str | None]:
        with desk.archive.writing() as unit:
            unit.extend([visit])
        kept = desk.archive.page_by_id(page.id)
        assert kept is not None
        return kept.etag, kept.last_modified, kept.digest

    full = Visit(page_id=page.id, at=NOON, status=200, etag='"1"', last_modified="Fri", digest="d")
    assert visited(full) == ('"1"', "Fri", "d")
    assert visited(Visit(page_id=page.id, at=NOON, status=304)) == ('"1"', "Fri", "d")
    assert visited(Visit(page_id=page.id, at=NOON, status=304, etag='"2"')) == ('"2"', "Fri", "d")
    assert visited(Visit(page_id=page.id, at=NOON, status=200, digest="e")) == (None, None, "e")


def test_only_a_visit_that_brought_the_page_counts_as_a_full_one(desk: Desk) -> None:
    page = desk.page()
    with desk.archive.writing() as unit:
        unit.extend([Visit(page_id=page.id, at=NOON, status=200, digest="d")])
        unit.extend([Visit(page_id=page.id, at=NOON + HOUR, status=304)])
    kept = desk.archive.page_by_id(page.id)
    assert kept is not None
    assert (kept.last_full, kept.last_seen) == (NOON, NOON + HOUR)


def test_a_visit_written_down_late_does_not_turn_time_back(desk: Desk) -> None:
    page = desk.page()
    desk.say(page, "A", at=NOON)
    with desk.archive.writing() as unit:
        unit.extend([Visit(page_id=page.id, at=NOON - HOUR, status=200)])
    kept = desk.archive.latest(page.id)
    assert kept is not None
    assert (kept.last_seen, kept.visits) == (NOON, 2)


def test_a_visit_to_a_page_that_is_not_there_keeps_nothing_of_its_unit(desk: Desk) -> None:
    page = desk.page()
    desk.say(page, "A")
    with pytest.raises(ArchiveError, match="1 of the 2 pages"), desk.archive.writing() as unit:
        unit.extend([Visit(page_id=key, at=NOON + HOUR, status=200) for key in (page.id, 999)])
    kept = desk.archive.latest(page.id)
    assert kept is not None
    assert kept.visits == 1
