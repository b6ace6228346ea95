"""When a page is due."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from scheduler.plan import interval, is_due
from storage.records import Page, PageState

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def page(age: dt.timedelta, **fields: object) -> Page:
    """A page first seen so long ago."""
    known = Page(
        id=1,
        site_id=1,
        url="https://press.example/a",
        state=PageState.LIVE,
        baseline=False,
        first_seen=NOW - age,
        last_visit=NOW,
    )
    return replace(known, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (dt.timedelta(hours=1), dt.timedelta(minutes=15)),
        (dt.timedelta(hours=5), dt.timedelta(hours=1)),
        (dt.timedelta(days=3), dt.timedelta(hours=3)),
        (dt.timedelta(days=20), dt.timedelta(days=3)),
        (dt.timedelta(days=200), dt.timedelta(days=30)),
        (dt.timedelta(days=4000), dt.timedelta(days=90)),
    ],
)
def test_a_young_page_is_visited_often_and_an_old_one_seldom(age: dt.timedelta, expected: dt.timedelta) -> None:
    assert interval(page(age), NOW) == expected


def test_a_page_that_was_never_visited_is_due_and_none_is_never_due() -> None:
    old = page(dt.timedelta(days=9999))

    assert is_due(replace(old, last_visit=None), NOW)
    assert not is_due(old, NOW)
    assert is_due(old, NOW + dt.timedelta(days=90))


def test_a_doubtful_page_is_looked_at_again_within_the_hour() -> None:
    missing = page(dt.timedelta(days=400), state=PageState.MISSING)
    suspect = page(dt.timedelta(days=400), suspect="sha256:00")

    assert [is_due(one, NOW + dt.timedelta(hours=1)) for one in (missing, suspect)] == [True, True]
