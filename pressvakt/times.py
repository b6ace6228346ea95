"""Times as people write and read them. Everything inside is aware UTC; a person's day is that of their own machine."""

from __future__ import annotations

import datetime as dt
import re

from changes.moments import iso

__all__ = ["clock", "day", "iso", "moment", "plain_day", "when"]

_AGO = re.compile(r"(?P<number>\d{1,5})\s*(?P<unit>min|[mhdwy])", re.IGNORECASE)
_UNITS = {
    "min": dt.timedelta(minutes=1),
    "m": dt.timedelta(minutes=1),
    "h": dt.timedelta(hours=1),
    "d": dt.timedelta(days=1),
    "w": dt.timedelta(weeks=1),
    "y": dt.timedelta(days=365),
}
_DAY_LENGTH = 10  #: of "2024-05-03"


def moment(text: str, *, now: dt.datetime, end: bool = False) -> dt.datetime:
    """The moment in UTC that a person means by `5d` (ago), `12h`, `2024-05-03` or `2024-05-03 14:30`.

    A date is its first moment, or with `end` the first moment after it; a time without a zone is the machine's own.

    Raises:
        ValueError: says what would be understood.
    """
    text = text.strip()
    try:
        if found := _AGO.fullmatch(text):
            return now - int(found["number"]) * _UNITS[found["unit"].lower()]
        if len(text) == _DAY_LENGTH:
            day = dt.date.fromisoformat(text) + dt.timedelta(days=int(end))
            return _utc(dt.datetime(day.year, day.month, day.day))  # noqa: DTZ001 - the machine's own zone is meant
        return _utc(dt.datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        message = f"{text!r} is no time; write 5d, 12h, 2w, 2024-05-03 or 2024-05-03T14:30"
        raise ValueError(message) from None


def day(at: dt.datetime | dt.date) -> str:
    """`Friday 3 May 2024`, on the reader's own calendar."""
    local = at.astimezone() if isinstance(at, dt.datetime) else at
    return f"{local:%A} {plain_day(local)}"


def plain_day(at: dt.datetime | dt.date) -> str:
    """`3 May 2024`, on the reader's own calendar."""
    local = at.astimezone() if isinstance(at, dt.datetime) else at
    return f"{local.day} {local:%B %Y}"


def clock(at: dt.datetime) -> str:
    """`14:30`, by the reader's own clock."""
    return f"{at.astimezone():%H:%M}"


def when(at: dt.datetime) -> str:
    """`3 May 2024 14:30`, by the reader's own calendar and clock."""
    return f"{plain_day(at)} {clock(at)}"


def _utc(at: dt.datetime) -> dt.datetime:
    return at.astimezone(dt.UTC)
