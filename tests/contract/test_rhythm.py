"""What the archive counts for the revisit plan: ages, edits and the time for which pages were watched."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from changes.kinds import Finding, Kind
from storage.records import Page, PageState
from storage.rhythm import Watched, ages, birth, watched
from tests.contract.desk import HOUR, NOON, Desk

DAY = dt.timedelta(days=1)
BOUNDS = (6 * HOUR, DAY)


def seen(desk: Desk, page: Page, until: dt.datetime, **fields: object) -> None:
    """Note that a page was read for the last time at a moment."""
    with desk.archive.writing() as unit:
        unit.update_page(page.id, state=PageState.LIVE, last_seen=until, last_visit=until, **fields)


def test_pages_are_watched_through_the_bands_of_their_age(desk: Desk) -> None:
    seen(desk, desk.page("one"), NOON + 2 * DAY)
    seen(desk, desk.page("two"), NOON + 3 * HOUR)
    desk.page("never read")

    assert watched(desk.archive, desk.site.id, BOUNDS) == [
        Watched(edits=0, days=9 / 24),
        Watched(edits=0, days=18 / 24),
        Watched(edits=0, days=1.0),
    ]


def test_a_page_that_was_old_when_it_was_found_was_not_watched_while_it_was_young(desk: Desk) -> None:
    seen(desk, desk.page(), NOON + DAY, dated=NOON - 10 * DAY)

    assert watched(desk.archive, desk.site.id, BOUNDS)[-1] == Watched(edits=0, days=1.0)
    assert ages(desk.archive, desk.site.id, BOUNDS, NOON + DAY) == [0, 0, 1]


def test_an_edit_counts_at_the_age_between_the_two_visits_that_enclose_it(desk: Desk) -> None:
    page = desk.page()
    desk.say(page, "first")
    desk.say(page, "second", at=NOON + 10 * HOUR)  # five hours old, in the middle
    desk.say(page, "third", at=NOON + 20 * HOUR)  # fifteen
    seen(desk, page, NOON + 2 * DAY)

    assert [band.edits for band in watched(desk.archive, desk.site.id, BOUNDS)] == [1, 1, 0]


def test_what_is_part_of_a_wave_or_of_the_first_crawl_is_no_edit_of_the_pages_own(desk: Desk) -> None:
    page = desk.page()
    before = desk.say(page, "first")
    after = desk.say(page, "second", at=NOON + HOUR)
    with desk.archive.writing() as unit:
        unit.add_wave([change.id for change in desk.archive.changes() if change.kind is Kind.EDITED], "1-edited")
        unit.add_change(
            page.id,
            Finding(kind=Kind.EDITED),
            before=before.number,
            after=after.number,
            title="third",
            url=page.url,
            at=NOON + 2 * HOUR,
            baseline=True,
        )

    assert sum(band.edits for band in watched(desk.archive, desk.site.id, BOUNDS)) == 0


def test_pages_are_counted_by_age_as_long_as_they_are_there(desk: Desk) -> None:
    for name, state in (("live", PageState.LIVE), ("missing", PageState.MISSING), ("gone", PageState.GONE)):
        page = desk.page(name)
        with desk.archive.writing() as unit:
            unit.update_page(page.id, state=state)

    assert ages(desk.archive, desk.site.id, BOUNDS, NOON + 7 * HOUR) == [0, 2, 0]


def test_a_site_without_pages_has_nothing_to_count(desk: Desk) -> None:
    assert watched(desk.archive, desk.site.id, BOUNDS) == [Watched(edits=0, days=0.0)] * 3
    assert ages(desk.archive, desk.site.id, BOUNDS, NOON) == [0, 0, 0]


@pytest.mark.parametrize("baseline", [True, False])
@pytest.mark.parametrize("dated", [None, NOON - 40 * DAY, NOON - 36 * HOUR, NOON, NOON + DAY])
def test_the_database_and_the_plan_agree_when_a_page_was_born(
    desk: Desk, dated: dt.datetime | None, *, baseline: bool
) -> None:
    with desk.archive.writing() as unit:
        page = unit.add_page(desk.site.id, "https://press.example/one", at=NOON, baseline=baseline)
        unit.update_page(page.id, dated=dated, state=PageState.LIVE, last_seen=NOON)
    born = birth(replace(page, dated=dated))
    bounds = (NOON - born, NOON - born + dt.timedelta(seconds=1)) if born < NOON else (HOUR, DAY)

    assert ages(desk.archive, desk.site.id, bounds, NOON).index(1) == (1 if born < NOON else 0)
