"""When a message is due, by the reader's own clock."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerts.subscription import Channel, Subscription
from alerts.timing import due

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def subscription(rhythm: Any, **more: Any) -> Subscription:
    return Subscription(address="anna@reader.example", channel=Channel.MAIL, rhythm=rhythm, **more)


def local(text: str, fold: int = 0) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM, fold=fold)


def at(one: Subscription, now: dt.datetime) -> str:
    return f"{due(one, now.astimezone(dt.UTC)).astimezone(STOCKHOLM):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("rhythm", "more", "now", "then"),
    [
        ("now", {}, "2031-03-14 12:34", "2031-03-14 12:34"),
        ("hourly", {}, "2031-03-14 12:34", "2031-03-14 13:00"),
        ("hourly", {}, "2031-03-14 12:00", "2031-03-14 12:00"),
        ("daily", {"at": dt.time(7)}, "2031-03-14 06:59", "2031-03-14 07:00"),
        ("daily", {"at": dt.time(7)}, "2031-03-14 07:01", "2031-03-15 07:00"),
        ("weekly", {"at": dt.time(7), "day": 0}, "2031-03-14 12:00", "2031-03-17 07:00"),  # a Friday, a Monday
        ("weekly", {"at": dt.time(13), "day": 4}, "2031-03-14 12:00", "2031-03-14 13:00"),
        ("weekly", {"at": dt.time(11), "day": 4}, "2031-03-14 12:00", "2031-03-21 11:00"),
        ("now", {"quiet": (dt.time(22), dt.time(7))}, "2031-03-14 23:30", "2031-03-15 07:00"),
        ("now", {"quiet": (dt.time(22), dt.time(7))}, "2031-03-15 03:00", "2031-03-15 07:00"),
        ("now", {"quiet": (dt.time(22), dt.time(7))}, "2031-03-15 07:00", "2031-03-15 07:00"),
        ("now", {"quiet": (dt.time(12), dt.time(13))}, "2031-03-15 12:00", "2031-03-15 13:00"),
        ("hourly", {"quiet": (dt.time(22), dt.time(7))}, "2031-03-14 21:30", "2031-03-15 07:00"),
        ("daily", {"at": dt.time(6), "quiet": (dt.time(22), dt.time(7))}, "2031-03-14 23:00", "2031-03-15 06:00"),
    ],
)
def test_a_message_is_due_by_the_readers_clock(rhythm: str, more: dict[str, Any], now: str, then: str) -> None:
    assert at(subscription(rhythm, **more), local(now)) == then


def test_a_time_that_summer_time_skips_comes_after_the_gap_and_one_that_it_doubles_comes_once() -> None:
    daily = subscription("daily", at=dt.time(2, 30))

    assert at(daily, local("2031-03-29 12:00")) == "2031-03-30 03:30"
    assert at(daily, local("2031-10-25 12:00")) == "2031-10-26 02:30"
    assert due(daily, local("2031-10-25 12:00").astimezone(dt.UTC)).hour == 0  # the first of the two
    assert at(daily, local("2031-10-26 02:31")) == "2031-10-27 02:30"


def test_a_daily_digest_comes_once_on_each_day_of_two_years() -> None:
    daily = subscription("daily", at=dt.time(2, 30))
    moment, days = local("2030-12-31 12:00").astimezone(dt.UTC), []
    for _ in range(730):
        moment = due(daily, moment) + dt.timedelta(seconds=1)
        days.append(moment.astimezone(STOCKHOLM).date())

    assert days == [dt.date(2031, 1, 1) + dt.timedelta(days=number) for number in range(730)]


def test_quiet_hours_that_end_in_the_doubled_hour_do_not_last_a_day_longer() -> None:
    quiet = subscription("now", quiet=(dt.time(22), dt.time(2, 30)))
    second = dt.datetime(2031, 10, 26, 1, 15, tzinfo=dt.UTC)  # 02:15 for the second time

    assert due(quiet, second) == dt.datetime(2031, 10, 26, 1, 30, tzinfo=dt.UTC)


def test_hours_are_those_of_zones_that_are_off_by_half_an_hour() -> None:
    hourly = subscription("hourly", zone="Asia/Kolkata")

    assert due(hourly, dt.datetime(2031, 3, 14, 12, 10, tzinfo=dt.UTC)) == dt.datetime(
        2031, 3, 14, 12, 30, tzinfo=dt.UTC
    )
