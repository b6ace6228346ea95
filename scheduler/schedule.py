"""When a site is due: its interval or cron lines, on its own clock, within its windows.

Due times are a grid that does not depend on when a run was made: whoever asks twice is told the same, and after a
pause of any length the grid goes on where it always was.

An interval is time that passes, whatever the clock on the wall does. A cron line that names hours means the site's
clock: in spring a time that is skipped comes at the moment after the gap, in autumn a time that comes twice is due
the first time. A cron line for all hours goes by time that passes, too.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import heapq
from collections.abc import Iterator
from functools import cache
from itertools import islice, pairwise
from statistics import median
from zoneinfo import ZoneInfo

from cronsim import CronSim

from crawler.reading.profiles import Schedule, Window
from crawler.reading.schedule_values import cron_times, five_fields

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_DAY = dt.timedelta(days=1)
#: A Monday, for questions about a schedule as such; any would do.
_SOME_MONDAY = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
#: A window that begins on one day of the week may fall into the hour that spring skips.
_WEEKS = 3
_ALL_HOURS = frozenset(range(24))
#: `missed` does not count further.
MANY = 1000


def next_due(schedule: Schedule, zone: ZoneInfo, *, after: dt.datetime, seed: str = "") -> dt.datetime:
    """The first due time (UTC) strictly after a moment.

    `seed`, the site's name, spreads sites that share an interval over it, and decides what jitter a due time gets:
    the same every time that it is asked for.

    Raises:
        ValueError: there is none, because no time that cron gives falls into a window; profiles are refused for it.
    """
    best: dt.datetime | None = None
    for slot in _slots(schedule, zone, after.astimezone(dt.UTC) - schedule.jitter, seed):
        if best is not None and slot >= best:
            break
        due = slot + _shift(schedule, zone, slot, seed)
        if due > after and (best is None or due < best):
            best = due
    if best is None:
        raise ValueError(f"nothing is due after {after.isoformat()}: no cron time falls into a window")
    return best


def settle(
    schedule: Schedule, zone: ZoneInfo, *, stored: dt.datetime | None, now: dt.datetime, seed: str = ""
) -> tuple[bool, dt.datetime]:
    """Whether a site is to be visited now, and when it is due next; `stored` is when it was thought to be due.

    However many due times have passed, one run makes up for all of them; outside the windows it waits for the next due
    time. A site that is new (None) starts at once, unless cron says when. A due time further away than the next two
    was stored before the clock was set back, or before the schedule was changed, and is worked out anew: up to two,
    so that a clock that is a second behind does not make a run twice.
    """
    coming = next_due(schedule, zone, after=now, seed=seed)
    open_now = schedule.allows(now.astimezone(zone))
    if stored is None:
        return open_now and not schedule.cron, coming
    if stored <= now:
        return open_now, coming
    if stored > next_due(schedule, zone, after=coming, seed=seed):
        return False, coming
    return False, stored


def missed(schedule: Schedule, zone: ZoneInfo, *, due: dt.datetime, now: dt.datetime, seed: str = "") -> int:
    """How many due times went by unserved from `due` up to `now`, for the log; more than `MANY` are not counted."""
    count = 0
    while due <= now and count < MANY:
        count += 1
        due = next_due(schedule, zone, after=due, seed=seed)
    return count


def period(schedule: Schedule, zone: ZoneInfo) -> dt.timedelta:
    """The usual time between two runs."""
    if schedule.every is not None:
        return schedule.every
    times = list(islice(_cron_slots(schedule, zone, _SOME_MONDAY), 100))
    gaps = [(later - sooner).total_seconds() for sooner, later in pairwise(times)]
    return dt.timedelta(seconds=median(gaps)) if gaps else 365 * _DAY


def _slots(schedule: Schedule, zone: ZoneInfo, start: dt.datetime, seed: str) -> Iterator[dt.datetime]:
    """Due times before jitter, after `start`, in order."""
    if schedule.every is None:
        return _cron_slots(schedule, zone, start)
    return _interval_slots(schedule, schedule.every, zone, start, seed)


def _interval_slots(
    schedule: Schedule, every: dt.timedelta, zone: ZoneInfo, start: dt.datetime, seed: str
) -> Iterator[dt.datetime]:
    """A grid. A time outside the windows waits for the next one, unless that has a time of the grid in it."""
    origin = _EPOCH + every * _fraction(seed, "phase") if seed else _EPOCH
    slot = origin + every * ((start - origin) // every)  # the last that is not after `start`: it may have to wait
    while True:
        due = slot
        if not schedule.allows(slot.astimezone(zone)):
            opening, closing = _next_window(schedule, zone, slot)
            slot = origin - every * ((origin - opening) // every)  # the first in or after the window
            due = slot if slot < closing else opening
            if due is opening:
                slot -= every  # it comes on its own, below
        if due > start:
            yield due
        slot += every


def _cron_slots(schedule: Schedule, zone: ZoneInfo, start: dt.datetime) -> Iterator[dt.datetime]:
    lines = [_cron_line(line, zone, start) for line in schedule.cron]
    last = start
    for time in heapq.merge(*lines):
        if time > last and schedule.allows(time.astimezone(zone)):
            yield time
            last = time


def _cron_line(line: str, zone: ZoneInfo, start: dt.datetime) -> Iterator[dt.datetime]:
    local = start.astimezone(zone)
    times = cron_times(line, local.replace(tzinfo=None))
    if _hours(line) == _ALL_HOURS:
        # six fields: with five, the library would have some lines go by the clock on the wall
        return (time.astimezone(dt.UTC) for time in CronSim(f"0 {five_fields(line)}", local))
    return (_instant(time, zone) for time in times)


@cache
def _hours(line: str) -> frozenset[int]:
    return frozenset(CronSim(five_fields(line), _EPOCH).hours)


def _instant(wall: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The moment (UTC) at which a clock shows a time: the first of two, and the end of a gap that skips it."""
    while True:
        moment = wall.replace(tzinfo=zone).astimezone(dt.UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == wall:
            return moment
        wall += dt.timedelta(minutes=1) - dt.timedelta(seconds=wall.second, microseconds=wall.microsecond)


def _next_window(schedule: Schedule, zone: ZoneInfo, moment: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """When the site's windows open next after a moment at which all are closed, and when that one closes."""
    today = moment.astimezone(zone).date()
    for day in range(-1, 7 * _WEEKS):
        starts = [dt.datetime.combine(today + day * _DAY, window.start) for window in schedule.windows]
        # the same time on the wall may come twice, and the window close in between
        twice = (_instant(start, zone) for start in starts), (_second(start, zone) for start in starts)
        openings = [
            time for times in twice for time in times if time >= moment and schedule.allows(time.astimezone(zone))
        ]
        if openings:
            opening = min(openings)
            return opening, _closing(schedule, zone, opening)
    raise ValueError("no window opens within three weeks")


def _second(wall: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    return wall.replace(tzinfo=zone, fold=1).astimezone(dt.UTC)


def _closing(schedule: Schedule, zone: ZoneInfo, moment: dt.datetime) -> dt.datetime:
    """When the window closes that is open at a moment; of several, the last."""
    local = moment.astimezone(zone)
    return max(_end(window, local, zone) for window in schedule.windows if window.covers(local))


def _end(window: Window, local: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    passes_midnight = window.end <= window.start and local.time() >= window.start
    day = local.date() + (_DAY if passes_midnight else dt.timedelta())
    return _instant(dt.datetime.combine(day, window.end), zone)


def _shift(schedule: Schedule, zone: ZoneInfo, slot: dt.datetime, seed: str) -> dt.timedelta:
    """The jitter of one due time; it never leads out of the window."""
    if not schedule.jitter:
        return dt.timedelta()
    room = schedule.jitter
    if schedule.windows:
        room = min(room, _closing(schedule, zone, slot) - slot)
    return room * _fraction(seed, slot.isoformat())


def _fraction(*words: str) -> float:
    """A number from 0 up to 1 that looks like chance and is always the same."""
    digest = hashlib.sha256("\n".join(words).encode("utf-8", "backslashreplace")).digest()
    return int.from_bytes(digest[:6], "big") / 2**48
