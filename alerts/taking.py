"""From what is owed to deliveries: matched with the subscriptions, and parted into messages.

A reader gets one message for a release, one for a wave, and one for all where there would be many.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alerts.matching import Matcher, places
from alerts.subscription import About, Subscription, of
from alerts.timing import due
from storage.alert_records import OwedNews, Subscriber, SubscriberState
from storage.archive import Archive
from storage.outbox_owed import Addressee, Parcel, Taken, hand_over, owed_changes, owed_news, ready_sites
from storage.outbox_subscribers import subscribers

#: What one reader is owed at one moment goes out as single messages up to so many messages, and so many changes.
MESSAGES, CHANGES = 10, 50
#: Changes that are matched and handed over in one go.
AT_ONCE = 20_000
#: How often we look again where another process was quicker.
_TRIES = 5


@dataclass(frozen=True, kw_only=True)
class Taking:
    """What was taken up: changes and notices that were looked at, and messages that came of it."""

    looked_at: int = 0
    messages: int = 0


@dataclass(frozen=True)
class _Brief:
    """What parting changes into messages needs to know of one."""

    owed: int
    change: int
    together: tuple[str, object]  #: what it shares a message with


def take_up(archive: Archive, *, now: dt.datetime) -> Taking:
    """Turn all that may be told by now into deliveries, for the subscriptions as they stand.

    Raises:
        storage.errors.ArchiveError: the archive could not be written; nothing is lost, the next call goes on.
    """
    looked_at = messages = tries = 0
    while True:
        try:
            some = _changes(archive, now) or _news(archive, now)
        except Taken:
            tries += 1
            if tries >= _TRIES:
                break  # somebody else is at it
            continue
        if some is None:
            break
        looked_at, messages = looked_at + some.looked_at, messages + some.messages
    return Taking(looked_at=looked_at, messages=messages)


def parted(briefs: Sequence[tuple[int, tuple[str, object]]], *, collect: bool) -> list[tuple[int, ...]]:
    """Changes (id, what each goes together with) as the messages that they make for one reader."""
    groups: dict[tuple[str, object], list[int]] = defaultdict(list)
    for change, together in briefs:
        groups[together].append(change)
    if collect or len(groups) > MESSAGES or len(briefs) > CHANGES:
        return [tuple(change for change, _ in briefs)]
    return [tuple(group) for group in groups.values()]


def _changes(archive: Archive, now: dt.datetime) -> Taking | None:
    """Take up one lot of changes; None where nothing is ready."""
    sites = ready_sites(archive, now=now)
    if not sites:
        return None
    readers = _readers(archive, About.CHANGES)
    matcher = Matcher(one.wishes for _, one in readers)
    briefs: list[_Brief] = []
    for owed in owed_changes(archive, sites, releases=matcher.needs_releases, most=AT_ONCE):
        matcher.add(owed)
        together = ("wave", owed.change.wave) if owed.change.wave else ("page", owed.page_id)
        briefs.append(_Brief(owed.id, owed.change.id, together))
    if not briefs:
        return None
    made = hand_over(
        archive,
        [brief.owed for brief in briefs],
        _parcels(readers, matcher, briefs, now),
        at=now,
    )
    return Taking(looked_at=len(briefs), messages=made)


def _parcels(
    readers: Iterable[tuple[Subscriber, Subscription]], matcher: Matcher, briefs: Sequence[_Brief], now: dt.datetime
) -> list[Parcel]:
    """What goes out to whom. Readers who get the same share a parcel."""
    fitting = matcher.fitting()
    found: dict[tuple[int, ...], list[Addressee]] = defaultdict(list)
    parts: dict[tuple[int, bool], list[tuple[int, ...]]] = {}
    for reader, asked in readers:
        bits = fitting[asked.wishes] >> (skip := _before(briefs, reader.after_change)) << skip
        if not bits:
            continue
        moment = due(asked, now)
        collect = moment > now
        if (bits, collect) not in parts:
            mine = [(briefs[at].change, briefs[at].together) for at in places(bits)]
            parts[bits, collect] = parted(mine, collect=collect)
        for part in parts[bits, collect]:
            found[part].append(Addressee(subscription_id=reader.id, due_at=moment, collect=collect))
    return [Parcel(changes=part, to=to) for part, to in found.items()]


def _before(briefs: Sequence[_Brief], after_change: int) -> int:
    """How many of the changes had happened when a subscription began."""
    low, high = 0, len(briefs)
    while low < high:
        middle = (low + high) // 2
        if briefs[middle].change <= after_change:
            low = middle + 1
        else:
            high = middle
    return low


def _news(archive: Archive, now: dt.datetime) -> Taking | None:
    """Take up what the operator is to know; None where there is nothing."""
    news = owed_news(archive)
    if not news:
        return None
    parcels: dict[tuple[int, ...], tuple[list[OwedNews], list[Addressee]]] = {}
    for reader, asked in _readers(archive, About.NOTICES):
        mine = [one for one in news if _concerns(asked, one, reader)]
        if mine:
            moment = due(asked, now)
            to = Addressee(subscription_id=reader.id, due_at=moment, collect=moment > now)
            parcels.setdefault(tuple(one.id for one in mine), (mine, []))[1].append(to)
    lot = [Parcel(news=mine, to=to) for mine, to in parcels.values()]
    made = hand_over(archive, [one.id for one in news], lot, at=now)
    return Taking(looked_at=len(news), messages=made)


def _concerns(asked: Subscription, news: OwedNews, reader: Subscriber) -> bool:
    """Whether an operator wants to hear of it, and had asked by then."""
    at = news.notice.at if news.notice else news.trouble.at if news.trouble else None
    if at is None or at < (reader.confirmed_at or reader.created_at):
        return False
    site = news.notice.site if news.notice else None
    return site is None or not asked.wishes.sites or site in asked.wishes.sites


def _readers(archive: Archive, about: About) -> list[tuple[Subscriber, Subscription]]:
    found = ((one, of(one)) for one in subscribers(archive, SubscriberState.ACTIVE))
    return [(one, asked) for one, asked in found if asked.about is about]
