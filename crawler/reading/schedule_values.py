"""What a profile's `[schedule]` may hold: intervals, cron lines and windows, and whether they go together."""

from __future__ import annotations

import datetime as dt
import heapq
import re
from collections.abc import Iterator, Mapping
from itertools import islice, takewhile
from typing import Any

from cronsim import CronSim, CronSimError

from crawler.reading.profiles import Schedule, Window
from crawler.reading.toml_faults import Node
from crawler.reading.toml_values import Reader, many, meant, said, table, text, timedelta, whole

_DAY = dt.timedelta(days=1)
_SECONDS = _DAY.total_seconds()
#: Where questions about a schedule as such begin, on the site's clock; any Monday would do.
_SOME_MONDAY = dt.datetime(2026, 1, 5)  # noqa: DTZ001 - on the site's clock
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONG = dict(zip(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), _DAYS, strict=True))
#: So many times of a cron line are looked at for one inside a window: more than a minute's line has in a month.
_FAR = 60_000


def cron_times(line: str, start: dt.datetime) -> Iterator[dt.datetime]:
    """The times of a cron line after `start`, on a clock that never changes (`start` has no zone, nor have they).

    Raises:
        CronSimError: it is no cron line of five fields.
    """
    return iter(CronSim(five_fields(line), start))


def five_fields(line: str) -> str:
    """A cron line as the library reads it: Sunday ends a week as well as it begins one, "sat-sun".

    Raises:
        CronSimError: it has not five fields.
    """
    fields = line.split()
    if len(fields) != 5:
        raise CronSimError("Wrong number of fields")
    fields[4] = re.sub(r"-sun\b", "-7", fields[4], flags=re.IGNORECASE)
    return " ".join(fields)


def runs_a_day(schedule: Schedule) -> float:
    """How many runs a day has, on average over four weeks."""
    if schedule.every is None:
        end = _SOME_MONDAY + 28 * _DAY
        times = heapq.merge(*(islice(cron_times(line, _SOME_MONDAY), 28 * 1440) for line in schedule.cron))
        within = {time for time in takewhile(lambda time: time < end, times) if schedule.allows(time)}
        return len(within) / 28
    if not schedule.windows:
        return _DAY / schedule.every
    moments = [_SOME_MONDAY + number * dt.timedelta(minutes=5) for number in range(7 * 288)]
    return sum(map(schedule.allows, moments)) / len(moments) * (_DAY / schedule.every)


def unaffordable(schedule: Schedule, lists: int) -> str | None:
    """What is wrong with a budget that does not even pay for a site's lists; None where it does."""
    needed = lists * runs_a_day(schedule)
    if schedule.budget is None or needed <= schedule.budget:
        return None
    return (
        f"is less than the {needed:.0f} requests a day that the site's lists take, {lists} of them "
        f'{runs_a_day(schedule):.0f} times a day; write every = "1h" or more, or fewer cron times'
    )


def schedule(places: Mapping[str, str]) -> Reader:
    """A reader of the `[schedule]` table; `places` says where keys belong that do not stand in it."""

    def read(node: Node) -> Schedule:
        values: dict[str, Any] = table(SCHEDULE, elsewhere=places)(node)
        parts: Mapping[str, Node] = node.value
        if values.get("cron") == ():
            raise parts["cron"].refuse('is empty; write cron = "30 6 * * mon-fri", or every = "15m" instead')
        if "every" in values and "cron" in values:
            _drop_inherited(node, values)
        if "cron" in values:
            values["every"] = None
        made = Schedule(**values)
        _fitting(made, parts)
        return made

    return read


def _drop_inherited(node: Node, values: dict[str, Any]) -> None:
    """Of `every` and `cron` keep the one that stands nearer: a profile may say otherwise than the one it extends."""
    every, cron = node.value["every"], node.value["cron"]
    if every.file == cron.file:
        raise cron.refuse("stands beside schedule.every; write one of the two")
    near = next((key for key in ("every", "cron") if node.value[key].file == node.file), None)
    # in none of the nearest file, then: what was added later stands later
    near = near or [key for key in node.value if key in ("every", "cron")][-1]
    del values["cron" if near == "every" else "every"]


def _fitting(made: Schedule, parts: Mapping[str, Node]) -> None:
    """Refuse what would never run, or not in order."""
    if made.every is not None and made.jitter >= made.every:
        raise parts["jitter"].refuse(f"is no less than the interval, which is {made.every}; runs would overtake")
    lines = parts["cron"].value if "cron" in parts and made.cron else []
    for number, line in enumerate(made.cron):
        times = islice(cron_times(line, _SOME_MONDAY), _FAR)
        if not any(map(made.allows, times)):
            where = lines[number] if isinstance(lines, list) else parts["cron"]
            raise where.refuse(f"{said(where)} never falls into one of the windows")


def _cron(node: Node) -> str:
    line = " ".join(text(node).split())
    if len(line.split()) != 5:
        raise node.refuse(f'{said(node)} is no cron line of five fields; write "30 6 * * mon-fri" for 6:30 on weekdays')
    try:
        found = next(cron_times(line, _SOME_MONDAY), None)
    except CronSimError as error:
        wrong = str(error).removeprefix("Bad ")
        raise node.refuse(f"{said(node)} is no cron line: its {wrong} is not understood") from None
    if found is None:
        raise node.refuse(f"{said(node)} names a day that no year has")
    return line


def _window(node: Node) -> Window:
    """Hours, and before them the days on which they begin: `22:00-06:00`, `sat-sun 00:00-24:00`."""
    match = re.fullmatch(
        r"(?:(?P<days>[a-z]+(?: ?[-,] ?[a-z]+)*) +)?(\d{1,2}):(\d\d) ?[-\u2013] ?(\d{1,2}):(\d\d)",
        text(node).strip().lower(),
    )
    if not match:
        raise node.refuse(f'{said(node)} is no window; write "22:00-06:00" or "sat-sun 00:00-24:00"')
    days = _days(node, match["days"])
    start, end = _time(node, match[2], match[3]), _time(node, match[4], match[5], last=True)
    if start == end and match[4] != "24":
        raise node.refuse(f'{said(node)} ends where it begins; write "00:00-24:00" for the whole day')
    return Window(start=start, end=end, days=days)


def _days(node: Node, written: str | None) -> tuple[int, ...]:
    found: set[int] = set()
    for part in re.split(r" ?, ?", written or ""):
        names = [_LONG.get(name, name) for name in re.split(r" ?- ?", part) if name]
        for name in names:
            if name not in _DAYS:
                known = {**dict.fromkeys(_DAYS), **_LONG}
                raise node.refuse(f"{name!r} is no day of the week{meant(name, known) or '; write mon, tue … sun'}")
        if len(names) > 2:
            raise node.refuse(f'{said(node)} is no window; write "mon-fri 08:00-17:00"')
        if names:
            first, last = _DAYS.index(names[0]), _DAYS.index(names[-1])
            found |= {day % 7 for day in range(first, last + (1 if last >= first else 8))}
    return tuple(sorted(found))


def _time(node: Node, hours: str, minutes: str, *, last: bool = False) -> dt.time:
    if last and (int(hours), int(minutes)) == (24, 0):
        return dt.time()
    if int(hours) > 23 or int(minutes) > 59:
        raise node.refuse(f"{said(node)}: there is no {hours}:{minutes} on a clock; hours go from 00:00 to 24:00")
    return dt.time(int(hours), int(minutes))


SCHEDULE: Mapping[str, Reader] = {
    "every": timedelta(1, 366 * _SECONDS),
    "cron": many(_cron),
    "windows": many(_window),
    "jitter": timedelta(0, _SECONDS),
    "budget": whole(1, 100_000_000),
}
