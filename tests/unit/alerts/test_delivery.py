"""When a message is tried again, and what an installation notices about itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from alerts.delivery import Report, next_try
from alerts.settings import AlertSettings
from alerts.subscription import Channel
from alerts.watching import Disk, is_silent, look_after
from storage.alert_records import Delivery, DeliveryState, Purpose
from storage.archive import Archive
from storage.outbox_owed import open_troubles

NOON = dt.datetime(2031, 3, 14, 12, tzinfo=dt.UTC)
HOUR, DAY, GIB = dt.timedelta(hours=1), dt.timedelta(days=1), 1024**3


def tries(*, away: bool) -> list[dt.datetime]:
    """The times at which a message is tried that nobody ever takes."""
    now, found, attempts = NOON, list[dt.datetime](), 0
    while True:
        attempts += 1
        found.append(now)
        delivery = Delivery(
            id=1, key="k", subscription_id=1, purpose=Purpose.ALERT, state=DeliveryState.WAITING, created_at=NOON,
            due_at=now, attempts=attempts, first_at=NOON,
        )  # fmt: skip
        again = next_try(delivery, now, away=away)
        if again is None:
            return found
        now = again


def test_a_message_is_tried_twice_in_the_first_hour_then_ever_more_seldom_for_five_days() -> None:
    found = tries(away=False)
    gaps = [later - earlier for earlier, later in pairwise(found)]

    assert min(gaps) == HOUR / 2
    assert gaps == sorted(gaps)
    assert gaps[-1] == 4 * HOUR
    assert 5 * DAY <= found[-1] - NOON < 5 * DAY + 4 * HOUR
    assert len(found) < 40


def test_a_mail_server_that_is_not_there_is_waited_for_a_month() -> None:
    assert tries(away=True)[-1] - NOON >= 30 * DAY


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(f"sqlite:///{tmp_path / 'press.db'}") as archive:
        yield archive


def look(archive: Archive, *, report: Report | None = None, disk: Disk | None = None, now: dt.datetime = NOON) -> int:
    return look_after(archive, AlertSettings(), sites=(), report=report, disk=disk, now=now)


def open_kinds(archive: Archive) -> list[str]:
    return [trouble.kind for trouble in open_troubles(archive)]


def test_a_disk_that_fills_is_told_once_and_once_when_there_is_room_again(archive: Archive) -> None:
    told = [look(archive, disk=Disk(free=int(free * GIB), total=100 * GIB)) for free in (50, 1.5, 1, 2.5, 3, 50)]

    assert told == [0, 1, 0, 0, 1, 0]
    assert open_kinds(archive) == []


def test_a_small_disk_is_judged_by_its_share(archive: Archive) -> None:
    assert look(archive, disk=Disk(free=GIB, total=8 * GIB)) == 0
    assert look(archive, disk=Disk(free=GIB // 4, total=8 * GIB)) == 1


def test_mail_that_cannot_go_out_as_things_are_set_is_told_at_once(archive: Archive) -> None:
    assert look(archive, report=Report(misconfigured="wrong password")) == 1
    assert open_kinds(archive) == ["mail-failing"]
    assert look(archive, report=Report()) == 0  # nothing went out, nothing is known
    report = Report()
    report.sent_by[Channel.MAIL] = 1
    assert look(archive, report=report) == 1
    assert open_kinds(archive) == []


def weekly(weeks: int) -> list[dt.datetime]:
    """A press office's times: three releases on each working day, none at weekends. 14 March 2031 is a Friday."""
    days = [NOON - number * DAY for number in range(7 * weeks)]
    return sorted(day + hours * HOUR for day in days if day.weekday() < 5 for hours in (-3, -2, -1))


def test_a_site_is_silent_when_it_has_been_so_for_longer_than_ever() -> None:
    times = weekly(8)

    assert is_silent(times, NOON + 2 * DAY) is None  # a Sunday
    assert is_silent(times, NOON + 2 * DAY + 23 * HOUR) is not None  # Monday noon has passed without a word


def test_of_a_site_that_is_hardly_known_nothing_is_said() -> None:
    assert is_silent([], NOON) is None
    assert is_silent(weekly(2), NOON + 30 * DAY) is None
    assert is_silent(weekly(8)[-10:], NOON + 30 * DAY) is None
