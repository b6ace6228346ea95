"""Whatever the schedule, the zone and the moment: due times come in order, once each, and none is lost."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.reading.profiles import Schedule, Window
from scheduler.schedule import next_due, settle

DAY = dt.timedelta(days=1)
ZONES = ("Europe/Stockholm", "America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kathmandu", "UTC")
LINES = ("30 2 * * *", "*/20 * * * *", "0 0 * * *", "15 1-3 * * *", "5 */5 * * sun", "0 12 1,31 * *", "59 23 29 2 *")

FIRST = dt.datetime(1969, 1, 1, tzinfo=dt.UTC)

moments = st.timedeltas(min_value=dt.timedelta(), max_value=90 * 365 * DAY).map(lambda later: FIRST + later)
minutes = st.integers(min_value=0, max_value=95).map(lambda quarter: dt.time(quarter // 4, quarter % 4 * 15))
windows = st.builds(
    Window,
    start=minutes,
    end=minutes,
    days=st.lists(st.integers(min_value=0, max_value=6), unique=True, max_size=3).map(tuple),
)


@st.composite
def schedules(draw: st.DrawFn, *, windowed: bool = True) -> Schedule:
    """Any schedule that a profile may have."""
    if draw(st.booleans()):
        return Schedule(every=None, cron=tuple(draw(st.lists(st.sampled_from(LINES), min_size=1, max_size=2))))
    every = draw(st.timedeltas(min_value=dt.timedelta(minutes=1), max_value=20 * DAY))
    open_in = tuple(draw(st.lists(windows, max_size=2))) if windowed else ()
    return Schedule(every=every, windows=open_in, jitter=every * draw(st.floats(0, 0.99)))


zones = st.sampled_from(ZONES).map(ZoneInfo)


@settings(deadline=None)
@given(schedules(), zones, moments, st.text(max_size=5))
def test_a_due_time_is_later_and_nothing_is_due_in_between(
    schedule: Schedule, zone: ZoneInfo, moment: dt.datetime, seed: str
) -> None:
    due = next_due(schedule, zone, after=moment, seed=seed)

    assert due > moment
    assert schedule.allows(due.astimezone(zone))
    for share in (0.1, 0.5, 0.999):
        assert next_due(schedule, zone, after=moment + (due - moment) * share, seed=seed) in (
            due,
            next_due(schedule, zone, after=due, seed=seed),  # where rounding made the last of them the due time itself
        )


@settings(deadline=None)
@given(schedules(windowed=False), zones, moments, st.lists(st.timedeltas(-3 * DAY, 3 * DAY), max_size=12))
def test_however_the_clock_jumps_a_site_is_never_visited_twice_at_one_moment_nor_forgotten(
    schedule: Schedule, zone: ZoneInfo, moment: dt.datetime, jumps: list[dt.timedelta]
) -> None:
    stored: dt.datetime | None = None
    now = moment
    for jump in (dt.timedelta(), *jumps):
        now += jump
        _, stored = settle(schedule, zone, stored=stored, now=now)
        fire, stored = settle(schedule, zone, stored=stored, now=now)
        coming = next_due(schedule, zone, after=now)

        assert not fire
        assert now < stored <= next_due(schedule, zone, after=coming)
