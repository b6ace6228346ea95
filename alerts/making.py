"""Making a subscription of what somebody said: on the command line, in a file, over the web."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from alerts.settings import AlertSettings
from alerts.subscription import About, Subscription, Where, Wishes, channel_of, check
from changes.kinds import Kind

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
RHYTHMS = ("now", "hourly", "daily", "weekly")
LANGUAGES = ("en", "sv")
_CLOCK = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")


def made(values: Mapping[str, Any], settings: AlertSettings) -> Subscription:
    """A subscription of the values of its keys.

    Raises:
        ValueError: it makes no sense; the message says what would.
    """
    lists = ("sites", "kinds", "labels", "fields", "senders", "words")
    wishes = Wishes(
        **{name: tuple(dict.fromkeys(values.get(name) or ())) for name in lists if name != "kinds"},
        kinds=tuple(dict.fromkeys(Kind(kind) for kind in values.get("kinds") or ())),
        where=Where(values.get("where") or Where.ANYWHERE),
        silent=bool(values.get("silent")),
    )
    found = Subscription(
        address=values["to"],
        channel=channel_of(values["to"]),
        about=About(values.get("about") or About.CHANGES),
        wishes=wishes,
        rhythm=values.get("rhythm") or "now",
        language=values.get("language") or settings.language,
        zone=values.get("time_zone") or settings.zone,
        quiet=values.get("quiet"),
    )
    if values.get("at") is not None:
        found = replace(found, at=values["at"])
    if values.get("day") is not None:
        found = replace(found, day=DAYS.index(values["day"]))
    check(found)
    return found


def known_zone(name: str) -> ZoneInfo | None:
    """The time zone of that name; None where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def read_clock(given: str) -> dt.time:
    """The time of day that `07:30` or `7.30` means.

    Raises:
        ValueError: it means none.
    """
    found = _CLOCK.fullmatch(given.strip())
    if found is None:
        raise ValueError(f"{given!r} is no time of day; write 07:30")
    return dt.time(int(found[1]), int(found[2]))


def read_quiet(given: str) -> tuple[dt.time, dt.time]:
    """The hours that `22:00-07:00` means.

    Raises:
        ValueError: it means none.
    """
    start, mark, end = given.replace("–", "-").partition("-")
    if not mark:
        raise ValueError(f"{given!r} are no quiet hours; write 22:00-07:00")
    return read_clock(start), read_clock(end)
