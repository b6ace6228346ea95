"""What the outbox gives and takes: frozen records."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from changes.release import Release
from storage.records import Change, Notice


class SubscriberState(StrEnum):
    """Whether somebody is told."""

    UNCONFIRMED = "unconfirmed"  #: asked for, and not yet confirmed by who reads the address
    ACTIVE = "active"
    SUPPRESSED = "suppressed"  #: the address refused three messages in a row, for good
    UNSUBSCRIBED = "unsubscribed"  #: by the reader
    REMOVED = "removed"  #: by the operator


class Origin(StrEnum):
    """Who asked for a subscription."""

    COMMAND = "command"  #: the operator, by `pressvakt subscribe`
    FILE = "file"  #: the operator, in `pressvakt.toml`
    READER = "reader"  #: a stranger: nothing goes out before it was confirmed


class DeliveryState(StrEnum):
    """What became of one message to one reader."""

    WAITING = "waiting"  #: goes out when it is due
    SENT = "sent"  #: the next server, or the receiver, has taken it over
    REFUSED = "refused"  #: for good, by whoever was to receive it
    FAILED = "failed"  #: tried for days, and given up
    DROPPED = "dropped"  #: nothing left to tell, or nobody to tell it to


class Purpose(StrEnum):
    """What a message is for."""

    ALERT = "alert"
    NOTICE = "notice"  #: something happened to a site or to the installation
    CONFIRM = "confirm"  #: was it really you who asked?


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """A subscription as it is kept. `terms` is what was asked for, as JSON; `alerts.subscription` reads it."""

    id: int
    origin: Origin
    channel: str
    address: str
    terms: str
    state: SubscriberState
    secret: str = field(repr=False)  #: makes tokens and signatures
    after_change: int  #: the newest change there was when it began: only later ones are owed
    created_at: dt.datetime
    confirmed_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    refusals: int = 0  #: messages in a row that the address refused for good


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One message to one reader."""

    id: int
    key: str
    subscription_id: int
    purpose: Purpose
    state: DeliveryState
    created_at: dt.datetime
    due_at: dt.datetime
    attempts: int = 0
    first_at: dt.datetime | None = None  #: of the first attempt
    leased_until: dt.datetime | None = None  #: a process is at it
    ended_at: dt.datetime | None = None
    reason: str | None = None  #: of the last attempt that did not succeed
    code: int | None = None  #: what the other side answered then


@dataclass(frozen=True, kw_only=True)
class Owed:
    """A change that nobody has been matched with yet. The releases are read where they are asked for."""

    id: int
    page_id: int
    change: Change
    before: Release | None = None
    after: Release | None = None


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What befell the installation itself."""

    id: int
    kind: str
    about: str
    text: str
    at: dt.datetime
    over: bool  #: that it is no longer so


@dataclass(frozen=True, kw_only=True)
class OwedNews:
    """A notice or a trouble that the operator has not been told of yet."""

    id: int
    notice: Notice | None = None
    trouble: Trouble | None = None
