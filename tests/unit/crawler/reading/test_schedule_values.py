"""The `[schedule]` of a profile: what it may say, and what is refused with its place and what was meant."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from crawler.reading.profile_files import ProfileError, load_profile
from crawler.reading.profiles import Schedule, Window
from crawler.reading.schedule_values import runs_a_day

BASE = """\
title = "Government of Alvik"
base_url = "https://www.alvik.example"
language = "en"
time_zone = "Europe/London"

[[discovery]]
kind = "feed"
url = "/feed"

[[release]]
name = "2024"
region = "article"
title = "h1"
body = "div"
"""
HEAD = len(BASE.splitlines()) + 1  #: the line of `[schedule]`
MONDAY = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


def read(folder: Path, *lines: str, name: str = "site", base: str = BASE) -> Schedule:
    """The schedule that these lines make."""
    text = "\n".join([base.rstrip("\n"), "[schedule]", *lines, ""])
    (folder / f"{name}.toml").write_text(text, "utf-8")
    return load_profile(name, folders=[folder]).schedule


def refused(folder: Path, *lines: str) -> list[str]:
    """What is wrong with these lines: `line key: message`."""
    with pytest.raises(ProfileError) as caught:
        read(folder, *lines)
    return [f"{fault.line - HEAD} {fault.key}: {fault.message}" for fault in caught.value.faults]


def test_a_site_is_visited_every_quarter_of_an_hour_where_its_profile_does_not_say(tmp_path: Path) -> None:
    assert read(tmp_path) == Schedule(every=dt.timedelta(minutes=15))


def test_a_schedule_is_read_in_all_its_parts(tmp_path: Path) -> None:
    schedule = read(
        tmp_path,
        'cron = ["30  6 * * mon-fri", "0 12 * * 0"]',
        'windows = ["22:00-06:00", "sat-sun 00:00-24:00", "Fri,tuesday 8:00 – 17:30", "06:00-14:00"]',
        'jitter = "2m"',
        "budget = 5000",
    )

    assert schedule == Schedule(
        every=None,
        cron=("30 6 * * mon-fri", "0 12 * * 0"),
        windows=(
            Window(start=dt.time(22), end=dt.time(6)),
            Window(start=dt.time(), end=dt.time(), days=(5, 6)),
            Window(start=dt.time(8), end=dt.time(17, 30), days=(1, 4)),
            Window(start=dt.time(6), end=dt.time(14)),
        ),
        jitter=dt.timedelta(minutes=2),
        budget=5000,
    )


def test_a_window_that_passes_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    friday_night = Window(start=dt.time(22), end=dt.time(6), days=(4,))
    open_at = [
        hour for hour in range(7 * 24) if friday_night.covers(MONDAY.replace(tzinfo=None) + dt.timedelta(hours=hour))
    ]

    assert open_at == list(range(4 * 24 + 22, 5 * 24 + 6))


def test_a_weekend_that_goes_round_the_week_has_all_its_days(tmp_path: Path) -> None:
    assert read(tmp_path, 'windows = "fri-mon 00:00-24:00"').windows[0].days == (0, 4, 5, 6)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('every = "soon"', """1 schedule.every: 'soon' is no duration; write "24h", "7d" or "0s\""""),
        ('every = "0s"', "1 schedule.every: '0s' is less than 1s, the least that is allowed"),
        ('evry = "1h"', "1 schedule.evry: unknown key 'evry'; did you mean 'every'?"),
        ("cron = []", '1 schedule.cron: is empty; write cron = "30 6 * * mon-fri", or every = "15m" instead'),
        ('cron = "30 25 * * *"', "1 schedule.cron: '30 25 * * *' is no cron line: its hour is not understood"),
        (
            'cron = ["5 4 * * *", "5 4 * * mo"]',
            "1 schedule.cron[1]: '5 4 * * mo' is no cron line: its day-of-week is not",
        ),
        ('cron = "@daily"', "1 schedule.cron: '@daily' is no cron line of five fields; write \"30 6 * * mon-fri\" for"),
        ('cron = "0 0 30 2 *"', "1 schedule.cron: '0 0 30 2 *' is no cron line: its day-of-month is not understood"),
        ('windows = "nights"', "1 schedule.windows: 'nights' is no window; write \"22:00-06:00\" or"),
        ('windows = "22:00-25:00"', "1 schedule.windows: '22:00-25:00': there is no 25:00 on a clock"),
        ('windows = "24:00-06:00"', "1 schedule.windows: '24:00-06:00': there is no 24:00 on a clock"),
        ('windows = "08:00-08:00"', "1 schedule.windows: '08:00-08:00' ends where it begins; write \"00:00-24:00\""),
        ('windows = "moday 08:00-09:00"', "1 schedule.windows: 'moday' is no day of the week; did you mean 'monday'?"),
        ('jitter = "15m"', "1 schedule.jitter: is no less than the interval, which is 0:15:00"),
        ("budget = 0", "1 schedule.budget: 0 is less than 1, the least that is allowed"),
        (
            "budget = 95",
            "1 schedule.budget: is less than the 96 requests a day that the site's lists take, 1 of them 96",
        ),
    ],
)
def test_what_a_schedule_cannot_be_is_refused_with_its_place(tmp_path: Path, line: str, message: str) -> None:
    found = refused(tmp_path, line)

    assert len(found) == 1
    assert found[0].startswith(message)


def test_an_interval_and_cron_lines_exclude_each_other(tmp_path: Path) -> None:
    found = refused(tmp_path, 'every = "1h"', 'cron = "5 4 * * *"')

    assert found == ["2 schedule.cron: stands beside schedule.every; write one of the two"]


def test_a_cron_line_that_never_falls_into_a_window_is_refused(tmp_path: Path) -> None:
    found = refused(tmp_path, 'windows = "22:00-06:00"', 'cron = ["0 23 * * *", "0 12 * * *"]')

    assert found == ["2 schedule.cron[1]: '0 12 * * *' never falls into one of the windows"]


def test_a_profile_may_say_otherwise_than_the_one_it_extends(tmp_path: Path) -> None:
    read(tmp_path, 'every = "1h"', 'windows = "22:00-06:00"', name="parent")
    read(tmp_path, 'cron = "0 23 * * *"', name="child", base='extends = "parent"')
    grandchild = read(tmp_path, 'jitter = "1m"', name="grandchild", base='extends = "child"')
    back = read(tmp_path, 'every = "2h"', name="back", base='extends = "grandchild"')

    assert (grandchild.every, grandchild.cron, len(grandchild.windows)) == (None, ("0 23 * * *",), 1)
    assert (back.every, back.cron) == (dt.timedelta(hours=2), ())


def test_how_often_a_site_is_visited_a_day_is_known() -> None:
    night = Window(start=dt.time(22), end=dt.time(6))

    assert runs_a_day(Schedule()) == 96
    assert runs_a_day(Schedule(windows=(night,))) == 32
    assert runs_a_day(Schedule(every=None, cron=("0 6 * * mon-fri", "0 6,18 * * *"))) == 2
