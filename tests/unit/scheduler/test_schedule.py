"""When a site is due: over summer time, after pauses, when clocks jump, within windows."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from crawler.reading.profiles import Schedule, Window
from scheduler.schedule import MANY, missed, next_due, period, settle

STOCKHOLM = ZoneInfo("Europe/Stockholm")
START, END = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2028, 1, 1, tzinfo=dt.UTC)
NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
NIGHT = Window(start=dt.time(22), end=dt.time(6))


def cron(*lines: str, **more: object) -> Schedule:
    return Schedule(every=None, cron=lines, **more)  # type: ignore[arg-type]


def every(minutes: float, **more: object) -> Schedule:
    return Schedule(every=dt.timedelta(minutes=minutes), **more)  # type: ignore[arg-type]


def due_times(schedule: Schedule, start: dt.datetime, end: dt.datetime, *, seed: str = "") -> Iterator[dt.datetime]:
    """All due times of a site from one moment to another, on its own clock."""
    now = next_due(schedule, STOCKHOLM, after=start, seed=seed)
    while now < end:
        yield now.astimezone(STOCKHOLM)
        now = next_due(schedule, STOCKHOLM, after=now, seed=seed)


def runs(schedule: Schedule, moments: Iterator[dt.datetime], seed: str = "") -> list[dt.datetime]:
    """When a service that looks at these moments visits a site that it knows already."""
    found = []
    stored: dt.datetime | None = None
    for now in moments:
        fire, coming = settle(schedule, STOCKHOLM, stored=stored, now=now, seed=seed)
        if fire and stored is not None:
            found.append(now)
        stored = coming
    return found


def looks(start: dt.datetime, end: dt.datetime, step: dt.timedelta) -> Iterator[dt.datetime]:
    """The moments at which a service looks."""
    while start < end:
        yield start
        start += step


def walls(times: Iterator[dt.datetime] | list[dt.datetime], count: int) -> list[str]:
    """The first of some times as a clock on the wall shows them."""
    return [time.astimezone(STOCKHOLM).strftime("%d %b %H:%M %z") for _, time in zip(range(count), times, strict=False)]


def test_over_two_years_a_daily_time_comes_once_on_each_day() -> None:
    times = list(due_times(cron("30 2 * * *"), START, END))

    assert len({time.date() for time in times}) == len(times) == 730
    assert Counter(time.strftime("%H:%M") for time in times) == {"02:30": 728, "03:00": 2}  # the gaps of two springs


def test_over_two_years_times_of_a_cron_line_come_once_each_and_on_the_right_days() -> None:
    weekdays = list(due_times(cron("0 6,18 * * mon-fri"), START, END))
    even_hours = list(due_times(cron("15 */2 * * *"), START, END))

    assert Counter((time.weekday() < 5, time.strftime("%H:%M")) for time in weekdays) == {
        (True, "06:00"): 522,
        (True, "18:00"): 522,
    }
    assert len({(time.date(), time.hour) for time in even_hours}) == len(even_hours) == 730 * 12


@pytest.mark.parametrize("schedule", [every(15), cron("*/15 * * * *"), cron("0,30 * * * *", "15,45 * * * *")])
def test_over_two_years_a_quarter_of_an_hour_is_always_a_quarter_of_an_hour(schedule: Schedule) -> None:
    for start in (dt.datetime(2026, 3, 28, tzinfo=dt.UTC), dt.datetime(2027, 10, 30, tzinfo=dt.UTC)):
        times = list(due_times(schedule, start, start + 3 * DAY))
        utc = [time.astimezone(dt.UTC) for time in times]

        assert utc == [start + 15 * MINUTE * number for number in range(1, 3 * 96)]


@pytest.mark.parametrize("line", ["0 8 * * 0", "0 8 * * 7", "0 8 * * sun"])
def test_sunday_is_the_first_and_the_last_day_of_the_week(line: str) -> None:
    assert {time.strftime("%A") for time in due_times(cron(line), START, START + 60 * DAY)} == {"Sunday"}


def test_a_weekend_ends_on_sunday() -> None:
    times = [*due_times(cron("0 8 * * sat-sun"), START, START + 30 * DAY)]
    hourly = [*due_times(cron("0 * * * sat-sun"), START, START + 30 * DAY)]

    assert {time.strftime("%a") for time in times} == {time.strftime("%a") for time in hourly} == {"Sat", "Sun"}


def test_over_two_years_a_service_visits_once_for_each_due_time() -> None:
    for schedule in (cron("30 2 * * *", "15 14 1 * *"), every(360)):
        due = [time.astimezone(dt.UTC) for time in due_times(schedule, START, END, seed="a")]

        made = runs(schedule, looks(START, END, 313 * MINUTE), seed="a")

        assert len(made) == len(due)
        assert all(dt.timedelta() <= run - time < 313 * MINUTE for run, time in zip(made, due, strict=True))


@pytest.mark.parametrize("schedule", [every(15), cron("30 6 * * *"), cron("*/10 * * * *"), every(15, windows=(NIGHT,))])
@pytest.mark.parametrize("pause", [HOUR, 8 * DAY, 400 * DAY])
def test_after_a_pause_of_any_length_one_run_makes_up_for_all(schedule: Schedule, pause: dt.timedelta) -> None:
    stored = next_due(schedule, STOCKHOLM, after=NOON)
    woken = dt.datetime.combine((stored + pause).date(), dt.time(23), tzinfo=dt.UTC)  # at night, within the windows

    fire, coming = settle(schedule, STOCKHOLM, stored=stored, now=woken)
    again, still = settle(schedule, STOCKHOLM, stored=coming, now=woken + dt.timedelta(seconds=1))

    assert (fire, again) == (True, False)
    assert coming == still == next_due(schedule, STOCKHOLM, after=woken)


def test_runs_that_were_missed_are_counted_up_to_a_thousand() -> None:
    assert missed(every(15), STOCKHOLM, due=NOON, now=NOON) == 1
    assert missed(every(15), STOCKHOLM, due=NOON, now=NOON + HOUR) == 5
    assert missed(every(15), STOCKHOLM, due=NOON + HOUR, now=NOON) == 0
    assert missed(cron("* * * * *"), STOCKHOLM, due=NOON, now=NOON + 9 * DAY) == MANY


def test_when_the_clock_jumps_there_is_neither_storm_nor_stall() -> None:
    # an hour of looks every minute at each of: now, an hour back, a day ahead, back again, 1970, and back
    hours = (NOON, NOON - HOUR, NOON + DAY, NOON, dt.datetime(1970, 1, 1, tzinfo=dt.UTC), NOON + 2 * HOUR)
    for schedule, least, most in ((every(15), 3, 5), (cron("5,35 * * * *"), 1, 3)):
        stored: dt.datetime | None = next_due(schedule, STOCKHOLM, after=NOON)
        for start in hours:
            fired = 0
            for minute in range(60):
                fire, stored = settle(schedule, STOCKHOLM, stored=stored, now=start + minute * MINUTE)
                fired += fire
            assert least <= fired <= most


def test_a_clock_that_is_set_back_by_a_second_does_not_make_a_run_twice() -> None:
    fire, stored = settle(every(15), STOCKHOLM, stored=NOON, now=NOON)

    assert (fire, stored) == (True, NOON + 15 * MINUTE)
    assert settle(every(15), STOCKHOLM, stored=stored, now=NOON - dt.timedelta(seconds=1)) == (False, stored)


def test_a_new_site_is_visited_at_once_unless_cron_says_when_or_its_windows_are_closed() -> None:
    assert settle(every(15), STOCKHOLM, stored=None, now=NOON) == (True, NOON + 15 * MINUTE)
    assert settle(cron("30 6 * * *"), STOCKHOLM, stored=None, now=NOON)[0] is False
    assert settle(every(15, windows=(NIGHT,)), STOCKHOLM, stored=None, now=NOON) == (False, NOON + 9 * HOUR)


def test_a_shorter_interval_counts_at_once_and_a_due_time_that_was_brought_forward_is_kept() -> None:
    weekly = next_due(every(7 * 1440), STOCKHOLM, after=NOON)

    assert settle(every(15), STOCKHOLM, stored=weekly, now=NOON) == (False, NOON + 15 * MINUTE)
    assert settle(every(60), STOCKHOLM, stored=NOON + MINUTE, now=NOON) == (False, NOON + MINUTE)


def test_within_windows_an_interval_goes_on_and_outside_it_waits() -> None:
    times = due_times(every(120, windows=(NIGHT,)), NOON, NOON + 2 * DAY)

    assert walls(times, 6) == [
        "22 Nov 23:00 +0100",
        "23 Nov 01:00 +0100",
        "23 Nov 03:00 +0100",
        "23 Nov 05:00 +0100",
        "23 Nov 23:00 +0100",
        "24 Nov 01:00 +0100",
    ]


def test_an_interval_that_never_falls_into_its_window_comes_when_the_window_opens() -> None:
    weekends = Window(start=dt.time(12), end=dt.time(12, 30), days=(5, 6))

    assert walls(due_times(every(14 * 1440, windows=(weekends,)), NOON, NOON + 60 * DAY, seed="b"), 3) == [
        "28 Nov 12:00 +0100",
        "12 Dec 12:00 +0100",
        "26 Dec 12:00 +0100",
    ]
    assert len(list(due_times(every(360, windows=(weekends,)), NOON, NOON + 14 * DAY))) == 4


def test_a_window_that_spring_skips_and_one_that_autumn_repeats_are_what_the_clock_on_the_wall_says() -> None:
    dawn = every(15, windows=(Window(start=dt.time(2, 30), end=dt.time(3, 30)),))

    spring = due_times(dawn, dt.datetime(2027, 3, 27, 12, tzinfo=dt.UTC), dt.datetime(2027, 3, 28, 12, tzinfo=dt.UTC))
    autumn = due_times(dawn, dt.datetime(2027, 10, 30, 12, tzinfo=dt.UTC), dt.datetime(2027, 10, 31, 9, tzinfo=dt.UTC))

    assert walls(spring, 9) == ["28 Mar 03:00 +0200", "28 Mar 03:15 +0200"]
    assert walls(autumn, 9) == [
        "31 Oct 02:30 +0200",
        "31 Oct 02:45 +0200",
        "31 Oct 02:30 +0100",
        "31 Oct 02:45 +0100",
        "31 Oct 03:00 +0100",
        "31 Oct 03:15 +0100",
    ]


def test_times_of_cron_outside_the_windows_are_left_out() -> None:
    times = due_times(cron("0 */6 * * *", windows=(NIGHT,)), NOON, NOON + 2 * DAY)

    assert {time.strftime("%H:%M") for time in times} == {"00:00"}


def test_sites_that_share_an_interval_are_spread_over_it_and_keep_their_place() -> None:
    first = {name: next_due(every(60), STOCKHOLM, after=NOON, seed=name) for name in ("alvik", "sillvik", "tallmo")}

    assert len(set(first.values())) == 3
    for name, time in first.items():
        assert next_due(every(60), STOCKHOLM, after=NOON + 100 * DAY, seed=name) == time + 100 * DAY


def test_jitter_delays_each_run_a_little_and_always_the_same() -> None:
    schedule = cron("0 6 * * *", jitter=20 * MINUTE)
    plain = list(due_times(cron("0 6 * * *"), NOON, NOON + 40 * DAY))

    times = list(due_times(schedule, NOON, NOON + 40 * DAY, seed="alvik"))

    late = [time - on_time for time, on_time in zip(times, plain, strict=True)]
    assert all(dt.timedelta() <= one < 20 * MINUTE for one in late)
    assert len(set(late)) > 30
    assert times == list(due_times(schedule, NOON, NOON + 40 * DAY, seed="alvik"))


def test_jitter_does_not_lead_out_of_a_window() -> None:
    noon = Window(start=dt.time(12), end=dt.time(12, 5))
    schedule = cron("0 12 * * *", jitter=HOUR, windows=(noon,))

    assert {time.strftime("%H") for time in due_times(schedule, NOON, NOON + 40 * DAY, seed="a")} == {"12"}
    assert all(noon.covers(time) for time in due_times(schedule, NOON, NOON + 40 * DAY, seed="a"))


def test_the_usual_time_between_two_runs_is_known() -> None:
    assert period(every(15), STOCKHOLM) == 15 * MINUTE
    assert period(cron("30 6 * * *"), STOCKHOLM) == DAY
    assert period(cron("0 8 * * *", "0 20 * * *"), STOCKHOLM) == 12 * HOUR
