"""When a record was captured: the dates of WARC and ARC files and of CDX lines. Nothing is guessed."""

from __future__ import annotations

import datetime as dt
import re

#: W3C's profile of ISO 8601 (ISO 28500, 5.4); WARC 1.1 allows fractions of a second, and less than all of it.
_W3C = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:[Zz]|([+-])(\d\d):?(\d\d))?)?"
)
_DIGITS = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)")
#: There was no web before.
FIRST = dt.datetime(1990, 12, 20, tzinfo=dt.UTC)
#: A clock may be a little ahead of ours.
AHEAD = dt.timedelta(days=1)


class NoTime(ValueError):  # noqa: N818 - named for what it is
    """A date by which nothing can take its place in time; the message says why."""


def warc_time(text: str | None, now: dt.datetime) -> dt.datetime:
    """The moment of a `WARC-Date`; one that gives no time of day means its first moment.

    Raises:
        NoTime: it is missing, gives no day, is no date, or cannot be true.
    """
    if not text:
        raise NoTime("it has no date")
    match = _W3C.fullmatch(text.strip())
    if match is None:
        raise NoTime(f"its date {text.strip()[:40]!r} gives no day")
    year, month, day, hour, minute, second, fraction, sign, hours, minutes = match.groups()
    micro = int((fraction or "0").ljust(6, "0")[:6])
    shift = dt.timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    try:
        found = dt.datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), micro, tzinfo=dt.UTC
        )
        return _possible(found - shift, text, now)
    except (ValueError, OverflowError) as error:
        raise error if isinstance(error, NoTime) else NoTime(f"its date {text.strip()[:40]!r} is none") from None


def digits_time(text: str, now: dt.datetime) -> dt.datetime:
    """The moment of fourteen digits, as ARC files, CDX lines and memento addresses have it.

    Raises:
        NoTime: these are none, or cannot be true.
    """
    match = _DIGITS.fullmatch(text.strip())
    if match is None:
        raise NoTime(f"its date {text.strip()[:40]!r} is not of fourteen digits")
    try:
        found = dt.datetime(*(int(part) for part in match.groups()), tzinfo=dt.UTC)  # type: ignore[misc,arg-type]
    except ValueError:
        raise NoTime(f"its date {text.strip()!r} is none") from None
    return _possible(found, text, now)


def as_digits(at: dt.datetime) -> str:
    """A moment in fourteen digits."""
    return at.astimezone(dt.UTC).strftime("%Y%m%d%H%M%S")


def _possible(found: dt.datetime, text: str, now: dt.datetime) -> dt.datetime:
    if found > now + AHEAD:
        raise NoTime(f"its date {text.strip()[:40]!r} is still to come")
    if found < FIRST:
        raise NoTime(f"its date {text.strip()[:40]!r} is older than the web")
    return found
