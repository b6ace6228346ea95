"""Subscriptions: who wants to hear of what, how often, and in which language.

A subscription travels as a frozen record and is kept as JSON (`encode`, `decode`): its terms. An address says by its
form which channel it is of: `name@host` is mail, `https://…` a webhook, any other `scheme://…` one of Apprise's.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from alerts.told import Language, Rhythm
from changes.kinds import Kind
from storage.alert_records import Subscriber
from storage.query import NoQuery, parse


class AddressError(ValueError):
    """Nothing can be sent to this address; the message says what could be."""


class Channel(StrEnum):
    """The way by which a message goes."""

    MAIL = "mail"
    WEBHOOK = "webhook"  #: an HTTP POST of JSON, signed
    APPRISE = "apprise"  #: Slack, Teams, Matrix, ntfy …: whatever Apprise has a scheme for


class Where(StrEnum):
    """Where words must stand for a change to count."""

    ANYWHERE = "anywhere"  #: in what the release says, before or after
    ADDED = "added"  #: in what came
    REMOVED = "removed"  #: in what went


class About(StrEnum):
    """What a subscription is about."""

    CHANGES = "changes"  #: of releases
    NOTICES = "notices"  #: what happens to sites and to the installation: for its operator


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """Which changes: those that fit all that is given here; of several values in one list, at least one."""

    sites: tuple[str, ...] = ()  #: names
    kinds: tuple[Kind, ...] = ()
    labels: tuple[str, ...] = ()  #: values of `changes.labels.Label`
    fields: tuple[str, ...] = ()  #: names of `changes.compare.FIELDS`
    senders: tuple[str, ...] = ()  #: a piece of a sender's name, whatever its case
    words: tuple[str, ...] = ()  #: as `pressvakt search` reads them: words, "a phrase", minist*, OR, NOT
    where: Where = Where.ANYWHERE
    silent: bool = False  #: only edits that the page's own date does not tell of


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """What somebody asked for. `at`, `day` and `quiet` are in the reader's zone."""

    address: str
    channel: Channel
    about: About = About.CHANGES
    wishes: Wishes = field(default_factory=Wishes)
    rhythm: Rhythm = "now"
    at: dt.time = dt.time(7)  #: daily, weekly: when
    day: int = 0  #: weekly: 0 is Monday
    quiet: tuple[dt.time, dt.time] | None = None  #: now, hourly: from when to when nothing comes
    language: Language = "en"
    zone: str = "Europe/Stockholm"

    @property
    def time_zone(self) -> ZoneInfo:
        """The reader's zone."""
        return ZoneInfo(self.zone)


_MAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]+"
)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{1,30}://[!-~]+", re.IGNORECASE)
_LONGEST_MAIL, _LONGEST = 254, 2000
#: Schemes that lead into this machine rather than out of it.
_NO_CHANNEL = frozenset({"file", "ftp", "data", "javascript", "syslog", "dbus", "glib", "gnome", "macosx", "windows"})


def channel_of(address: str) -> Channel:
    """The channel of an address.

    Raises:
        AddressError: it is none that anything can be sent to.
    """
    if len(address) > _LONGEST or not address.isprintable():
        raise AddressError("that is no address: it is too long, or has characters in it that cannot be seen")
    if "://" not in address:
        if len(address) <= _LONGEST_MAIL and _MAIL.fullmatch(address) and ".." not in address.partition("@")[0]:
            return Channel.MAIL
        raise AddressError(
            f"{address!r} is no address to send to; write name@host.org, https://host.org/hook, or an Apprise address "
            "like ntfy://topic"
        )
    scheme = address.partition("://")[0].lower()
    if scheme in _NO_CHANNEL or not _SCHEME.fullmatch(address):
        raise AddressError(f"{scheme}:// is nothing to send to; a webhook is https://…, and Apprise lists its schemes")
    if scheme in {"http", "https"}:
        parts = urlsplit(address)
        try:
            port_is_sound = parts.port != 0
        except ValueError:
            port_is_sound = False
        if not parts.hostname or "@" in parts.netloc or not port_is_sound:
            raise AddressError("a webhook's address has a host and no user name in it: https://host.org/hook")
        return Channel.WEBHOOK
    return Channel.APPRISE


def check(subscription: Subscription) -> None:
    """See that a subscription makes sense.

    Raises:
        ValueError: it does not; the message says what would.
    """
    if channel_of(subscription.address) is not subscription.channel:
        raise AddressError(f"{subscription.address!r} is no address for {subscription.channel}")
    for words in subscription.wishes.words:
        try:
            parse(words)
        except NoQuery as error:
            raise ValueError(f"words: {error}") from None
    if subscription.quiet is not None and subscription.quiet[0] == subscription.quiet[1]:
        raise ValueError("quiet hours that end when they begin are none, or all; write 22:00-07:00")


def encode(subscription: Subscription) -> str:
    """The terms of a subscription, as they are kept: the same subscription gives the same text."""
    # what msgspec has decoded it writes without the defaults that it did not find: made anew, all is there
    whole = replace(subscription, wishes=replace(subscription.wishes))
    return _encoder.encode(whole).decode()


def decode(terms: str) -> Subscription:
    """The subscription that `encode` wrote."""
    return _decoder.decode(terms)


def of(subscriber: Subscriber) -> Subscription:
    """What somebody asked for, from what is kept."""
    return decode(subscriber.terms)


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Subscription)
