from __future__ import annotations

import datetime as dt

import pytest

from changes.presence import Presence, RemovalRule, hold, judge

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def _visit(misses: int, after: dt.timedelta, status: int = 404, rule: RemovalRule | None = None) -> Presence:
    since = NOON if misses > 1 else None
    return judge(rule or RemovalRule(), status=status, misses=misses, missing_since=since, now=NOON + after)


def test_one_failing_visit_is_only_a_suspicion() -> None:
    assert _visit(1, 0 * HOUR) is Presence.MISSING
    assert _visit(1, 0 * HOUR, status=410) is Presence.MISSING


def test_three_visits_over_a_day_make_a_removal() -> None:
    assert _visit(2, 25 * HOUR) is Presence.MISSING
    assert _visit(3, 25 * HOUR) is Presence.GONE


def test_many_visits_within_a_day_do_not() -> None:
    assert _visit(9, 23 * HOUR) is Presence.MISSING
    assert _visit(10, 24 * HOUR) is Presence.GONE


def test_a_page_that_is_said_to_be_gone_takes_one_visit_less() -> None:
    assert _visit(2, 24 * HOUR, status=410) is Presence.GONE
    assert _visit(2, 23 * HOUR, status=410) is Presence.MISSING


def test_gone_never_takes_more_visits_than_not_found() -> None:
    hasty = RemovalRule(visits=1, gone_visits=5, span=dt.timedelta(0))
    assert _visit(1, 0 * HOUR, status=410, rule=hasty) is Presence.GONE


def test_a_clock_set_back_only_makes_the_judgement_wait() -> None:
    assert _visit(5, -48 * HOUR) is Presence.MISSING


@pytest.mark.parametrize("status", [200, 403, 500, 503])
def test_no_other_status_speaks_of_a_removal(status: int) -> None:
    with pytest.raises(ValueError, match=str(status)):
        _visit(3, 25 * HOUR, status=status)


def test_a_page_that_was_found_is_not_judged() -> None:
    with pytest.raises(ValueError, match="found"):
        _visit(0, 25 * HOUR)


def test_a_few_removals_are_believed_and_a_mass_is_held() -> None:
    rule = RemovalRule()
    assert not hold(5, 1000, rule)
    assert not hold(300, 1000, rule)
    assert hold(301, 1000, rule)


def test_a_small_site_may_lose_ten_pages() -> None:
    assert not hold(10, 10, RemovalRule())
    assert hold(11, 11, RemovalRule())


def test_the_share_is_not_lost_in_rounding() -> None:
    assert not hold(29, 100, RemovalRule(hold_share=0.29, hold_min=0))
    assert hold(30, 100, RemovalRule(hold_share=0.29, hold_min=0))
