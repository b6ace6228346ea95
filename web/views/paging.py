"""What an address asks for, read without trusting it: numbers, days, words from a list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from starlette.datastructures import QueryParams

#: The highest id that any database here gives.
_HIGHEST = 2**31 - 1
_LONGEST = 400


def number(text: str | None, *, highest: int = _HIGHEST) -> int | None:
    """A whole number from 1; None where the text is none."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 10:
        return None
    found = int(text)
    return found if 1 <= found <= highest else None


def words(query: QueryParams, name: str) -> str:
    """What stands in a field, without the blanks around it, and no longer than anybody would write."""
    return (query.get(name) or "").strip()[:_LONGEST]


def chosen(query: QueryParams, name: str, among: Mapping[str, object] | frozenset[str]) -> tuple[str, ...]:
    """The values of a field that may be chosen several at once; what is not among them counts as not said."""
    return tuple(dict.fromkeys(value for value in query.getlist(name) if value in among))


def day(text: str) -> dt.date | None:
    """The day of a date field."""
    try:
        return dt.date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def midnight(found: dt.date, zone: ZoneInfo) -> dt.datetime | None:
    """When a day begins by a reader's clock, in UTC; None outside of the calendar."""
    try:
        return dt.datetime.combine(found, dt.time(), zone).astimezone(dt.UTC)
    except OverflowError:
        return None


def bounds(since: str, until: str, zone: ZoneInfo) -> tuple[dt.datetime | None, dt.datetime | None]:
    """From the first moment of one day to the last of another, both counted in; ends that are no days are open."""
    first, last = day(since), day(until)
    start = None if first is None else midnight(first, zone)
    if last is None or last == dt.date.max:
        return start, None
    return start, midnight(last + dt.timedelta(days=1), zone)


def either(text: str, *allowed: str, default: str) -> str:
    """A value of a closed list."""
    return text if text in allowed else default
