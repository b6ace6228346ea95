"""What a message needs to know: changes with what stood before and after, and the reader they are for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal
from zoneinfo import ZoneInfo

from changes.release import Release
from storage.records import Change

Language = Literal["en", "sv"]
Rhythm = Literal["now", "hourly", "daily", "weekly"]


@dataclass(frozen=True, kw_only=True)
class Told:
    """One change as a message needs it. A release is None where there was none or it is not needed."""

    change: Change
    site_title: str
    before: Release | None
    after: Release | None
    release_url: str
    diff_url: str | None  #: our page with both versions; None without a base address
    wayback_url: str | None  #: the Wayback Machine's copy


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One message to one reader."""

    delivery_id: str  #: fixes the Message-ID: the same delivery composed twice is the same message
    to: str
    sender: str  #: From, with its name: `Pressvakt <alerts@example.org>`
    language: Language
    items: tuple[Told, ...]
    rhythm: Rhythm
    total: int  #: how many changes there are, `len(items)` or more
    wave: str | None  #: name of the wave where all items are of one
    zone: ZoneInfo  #: the reader's
    created_at: dt.datetime
    unsubscribe_url: str | None  #: answers a POST at once (RFC 8058); a GET changes nothing
    manage_url: str | None
    list_id: str
    thread: str | None  #: a delivery id or a Message-ID that this message answers: one for each release


@dataclass(frozen=True, kw_only=True)
class OperatorNotice:
    """Something the operator should know, or that it is over.

    `kind` is a value of `changes.kinds.SiteNotice` or one of `silent`, `mail-failing`, `disk-filling`, `test`;
    any other is told by its own words.
    """

    kind: str
    site: str | None  #: title or name of the site; None where it is about this installation
    text: str  #: what exactly, for a person
    at: dt.datetime
    recovered: bool = False  #: what `kind` told of is over
    details: tuple[str, ...] = ()  #: lines of their own: addresses, figures


@dataclass(frozen=True, kw_only=True)
class NoticeLetter:
    """One message to the operator about one or several things."""

    delivery_id: str
    to: str
    sender: str
    language: Language
    notices: tuple[OperatorNotice, ...]
    zone: ZoneInfo
    created_at: dt.datetime
    list_id: str
    thread: str | None = None  #: as for `Letter`; a recovery answers what it recovers from
    manage_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """The message that asks a new subscriber whether it was really them (double opt-in)."""

    delivery_id: str
    to: str
    sender: str
    language: Language
    confirm_url: str
    created_at: dt.datetime
    zone: ZoneInfo
    wishes: tuple[str, ...] = field(default=())  #: what was asked for, a line each
    expires_at: dt.datetime | None = None
