"""The demo's week: what truly happens on each of its seven days, what only seems to, and how it is told.

Day 0 is a Monday and the baseline. `truth` is what a careful reader would report; a product that watches the demo
can be held against it, event by event. Faults and noise make no event.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from changes.kinds import Kind
from pressvakt.demo.world import START, Release, last_government, load, releases


class Trouble(StrEnum):
    """What goes wrong on a day's first visit, and is no release's doing."""

    OUTAGE = "outage"  #: 503
    SOFT404 = "soft404"  #: "not found", with status 200
    BLOCKED = "blocked"  #: a firewall answers in the site's place
    STALE = "stale"  #: a content network hands out the text of the day before yesterday
    TRUNCATED = "truncated"  #: a gzip body that breaks off
    ROBOTS = "robots"  #: robots.txt answers 503 (RFC 9309, 2.3.1.4: keep out)


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that truly happened. `path` is the page's address on that day."""

    day: int
    kind: Kind
    site: str  #: the profile that sees it: `demo` or `demo-sv`
    path: str
    title: str
    fields: tuple[str, ...] = ()  #: edited: names of `changes.release.Release` fields
    silent: bool | None = None  #: edited: True where the page's "updated" date did not move
    period: tuple[dt.date, dt.date] | None = None  #: archived
    was: str | None = None  #: moved: the old path
    href: str | None = None  #: attachment: the file's path
    status: int | None = None  #: removed
    baseline: bool = False  #: published: found on day 0


@dataclass(frozen=True, kw_only=True)
class Edition:
    """A release as its page stands on one day."""

    release: Release
    path: str
    title: str
    text: str
    updated: dt.date | None = None
    period: tuple[dt.date, dt.date] | None = None  #: archived, with the days of its government
    left: bool = False  #: the minister named on the page has left
    withdrawn: tuple[dt.date, str] | None = None  #: since when, and why
    gone: int | None = None  #: the status that the page answers with instead
    file_edition: int = 1


def days() -> range:
    """The days of the week: 0 to 6."""
    return range(len(_week()))


def date(day: int) -> dt.date:
    """The calendar day."""
    return START + dt.timedelta(days=day)


def words(day: int) -> str:
    """One to four sentences that introduce a day to a person who watches."""
    told = _week()[day]
    return f"{told['name']}: {_lower(told['words'])}"


def what_next() -> tuple[str, ...]:
    """The lines that end the demo: what to do now with a site of one's own."""
    return (
        "That was a week in Skerland, a country that does not exist. To watch one that does:",
        "  pressvakt init                       start a configuration here",
        "  pressvakt sites check URL            what a profile reads from a page",
        "  pressvakt crawl regeringen.se        the first visit: a baseline, news to no one",
        "  pressvakt crawl regeringen.se        again, as often as you like: only what is due is asked for",
        "  pressvakt changes --since 7d         what happened to releases",
        "  pressvakt diff URL                   what an edit took away and put in, word by word",
    )


def skin(day: int) -> str:
    """The look of the site on a day: `old`, or `new` after the redesign."""
    return next((told["skin"] for told in reversed(_week()[: day + 1]) if "skin" in told), "old")


@functools.cache
def edition(release: Release, day: int) -> Edition | None:
    """A release's page on a day; None before it was published."""
    if day < release.day:
        return None
    page = Edition(release=release, path=release.path, title=release.title, text=release.text, period=release.period)
    for past in range(1, day + 1):
        for event in _events(release, past):
            page = _applied(page, event, past)
    return page


def online(day: int) -> tuple[Edition, ...]:
    """The pages that can be read on a day, newest release first: what the sitemap lists."""
    pages = (edition(release, day) for release in releases())
    return tuple(page for page in pages if page and page.gone is None)


def listed(day: int, language: str) -> tuple[Edition, ...]:
    """What lists and feeds of one language show: an archived release leaves them and keeps its page."""
    return tuple(page for page in online(day) if page.period is None and page.release.language == language)


def trouble(release: Release, day: int) -> Trouble | None:
    """What goes wrong with a page on the day's first visit."""
    for fault in _week()[day].get("fault", ()):
        struck = release.key in fault.get("keys", ()) or _share(day, release.path) < fault.get("share", 0)
        if struck and release.key not in fault.get("spare", ()):
            return Trouble(fault["kind"])
    return None


def robots_down(day: int) -> bool:
    """Whether robots.txt answers 503 on the day's first visit."""
    return any(fault["kind"] == Trouble.ROBOTS for fault in _week()[day].get("fault", ()))


def truth(day: int) -> tuple[Event, ...]:
    """The events of a day, in the order of the releases, newest first. Day 0: each page, published, `baseline`."""
    return tuple(event for release in releases() for event in _truth(release, day))


def _truth(release: Release, day: int) -> Iterator[Event]:
    page = edition(release, day)
    before = edition(release, day - 1) if day else None
    if page is None:
        return
    said = Event(day=day, kind=Kind.PUBLISHED, site=release.site, path=page.path, title=page.title)
    if before is None:
        yield dataclasses.replace(said, baseline=day == 0)
        return
    for kind, happened, more in _steps(before, page):
        if happened:
            yield dataclasses.replace(said, kind=kind, **more)


def _steps(before: Edition, after: Edition) -> list[tuple[Kind, bool, dict[str, Any]]]:
    """Each kind of change, whether it lies between two editions, and what is to be said of it."""
    fields = _fields(before, after)
    file = after.release.file
    return [
        (Kind.REMOVED, bool(after.gone and not before.gone), {"status": after.gone}),
        (Kind.RESTORED, bool(before.gone and not after.gone), {}),
        (Kind.EDITED, bool(fields), {"fields": fields, "silent": "updated" not in fields}),
        (Kind.ARCHIVED, bool(after.period and not before.period), {"period": after.period}),
        (Kind.UNARCHIVED, bool(before.period and not after.period), {}),
        (Kind.WITHDRAWN, bool(after.withdrawn and not before.withdrawn), {}),
        (Kind.REINSTATED, bool(before.withdrawn and not after.withdrawn), {}),
        (Kind.OFFICEHOLDER, after.left and not before.left, {}),
        (Kind.MOVED, after.path != before.path, {"was": before.path}),
        (Kind.ATTACHMENT, after.file_edition != before.file_edition, {"href": file.href if file else None}),
    ]


def _fields(before: Edition, after: Edition) -> tuple[str, ...]:
    """The fields of a release that an edit touched, in that class's order."""
    pairs = {
        "title": (before.title, after.title),
        "body": (before.text, after.text),
        "updated": (before.updated, after.updated),
    }
    return tuple(name for name, (old, new) in pairs.items() if old != new)


def _events(release: Release, day: int) -> Iterator[dict[str, Any]]:
    for event in _week()[day].get("event", ()):
        political = event.get("political") and release.political and release.day < day
        if political or event.get("key") == release.key:
            yield event


def _applied(page: Edition, event: dict[str, Any], day: int) -> Edition:
    """The page after an event of that day."""
    changed: dict[str, Any]
    match event["kind"]:
        case Kind.EDITED:
            changed = _edit(page, event, day)
        case Kind.REMOVED | Kind.RESTORED:
            changed = {"gone": event.get("status")}
        case Kind.MOVED:
            changed = {"path": event["path"]}
        case Kind.WITHDRAWN:
            changed = {"withdrawn": (date(day), event["reason"])}
        case Kind.REINSTATED:
            changed = {"withdrawn": None}
        case Kind.ARCHIVED | Kind.UNARCHIVED as kind:
            changed = {"period": last_government() if kind == Kind.ARCHIVED else None}
        case Kind.OFFICEHOLDER:
            changed = {"left": page.release.minister is not None}
        case Kind.ATTACHMENT:
            changed = {"file_edition": page.file_edition + 1}
        case other:
            raise ValueError(f"week.toml, day {day}: no event is of the kind {other!r}")
    return dataclasses.replace(page, **changed)


def _edit(page: Edition, event: dict[str, Any], day: int) -> dict[str, Any]:
    return {
        "title": event.get("title", page.title),
        "text": _swapped(page, *event["replace"]) if "replace" in event else page.text,
        "updated": date(day) if event.get("updated") else page.updated,
    }


def _swapped(page: Edition, old: str, new: str) -> str:
    if page.text.count(old) != 1:
        raise ValueError(f"week.toml: {old!r} must stand once in the text of {page.release.key!r}")
    return page.text.replace(old, new)


@functools.cache
def _week() -> list[dict[str, Any]]:
    week: list[dict[str, Any]] = load("week.toml")["day"]
    return week


def _share(*key: object) -> float:
    """A number in [0, 1) that depends on the key alone."""
    return int.from_bytes(hashlib.sha256("|".join(map(str, key)).encode()).digest()[:6], "big") / 2**48


def _lower(text: str) -> str:
    """The sentence as it goes on after a colon."""
    return text if text.startswith("On ") else text[0].lower() + text[1:]
