"""The simulation of the revisit plan: what it counts, and what it shows on real histories."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from benchmarks.histories import Life, read_histories
from benchmarks.simulate import compare, replay
from storage.records import Page

MONDAY = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def life(*edits: float, weight: float = 1.0) -> Life:
    """A page that is watched for ten hours, edited after so many."""
    times = tuple((MONDAY + hours * HOUR, MONDAY + hours * HOUR) for hours in edits)
    return Life(key="a", born=MONDAY, since=MONDAY, until=MONDAY + 10 * HOUR, edits=times, weight=weight)


def hourly(page: Page, now: dt.datetime) -> dt.datetime:
    del page
    return now + HOUR


def test_an_edit_is_seen_by_the_first_visit_after_it() -> None:
    outcome = replay([life(2.5, 7.0)], hourly, "late")

    assert [round(delay, 3) for delay in outcome.delays] == [0.5, 0.0]
    assert outcome.visits == 10


def test_a_page_that_stands_for_many_costs_as_much_as_they() -> None:
    assert replay([life(), life(weight=30)], hourly, "even").visits == 310


def test_our_plan_sees_edits_of_real_releases_in_half_the_time_of_a_uniform_one_and_before_the_ladder(
    shared: Path,
) -> None:
    for history in read_histories(shared / "data"):
        if not history.split:
            continue
        found = compare(history.half(training=False), "even", draws=4)
        ours, ladder, uniform = (found[name] for name in ("ours", "ladder", "uniform, as many as ours"))

        assert ours.share(0.5) < uniform.share(0.5) / 2
        assert ours.visits < 0.85 * ladder.visits
        assert ours.share(0.5) <= ladder.share(0.5) + 0.05
        assert ours.share(0.95) <= ladder.share(0.95)
