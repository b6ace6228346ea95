"""A delivery as the message that it is: what it tells of is read, and composed for its reader."""

from __future__ import annotations

import datetime as dt
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.utils import parseaddr

from alerts import messages
from alerts.settings import AlertSettings
from alerts.stamping import filling, stamped
from alerts.subscription import Channel, Subscription, of
from alerts.tokens import CONFIRM_WITHIN, Use, token
from alerts.told import Confirmation, Letter, NoticeLetter, OperatorNotice, Told
from alerts.wishes import in_words
from changes.kinds import SiteNotice
from storage.alert_records import Delivery, Owed, OwedNews, Purpose
from storage.outbox import Claim, Outbox

#: Changes of which a message is told everything; of the rest it is told by number and in the list that goes with it.
SHOWN, SHOWN_OF_A_WAVE = 200, 60
#: Contents of so many changes are kept at hand for the next reader who gets the same, and so many of them.
AT_HAND, CONTENTS = 2_000, 3
#: Composed messages that are kept at hand, each below 100 KB but for its list.
PROTOTYPES = 8


@dataclass(frozen=True, kw_only=True)
class Packet:
    """A message, ready to go out."""

    claim: Claim
    subscription: Subscription
    message: EmailMessage
    changes: Iterable[Told] = ()  #: all of them
    news: tuple[OwedNews, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a message tells of."""

    shown: tuple[Told, ...]
    total: int
    wave: str | None
    page: int | None  #: where all is about one
    everything: tuple[Told, ...] | None  #: where it is few enough to be kept


class Composer:
    """Makes messages of deliveries. What several readers are told is read once."""

    def __init__(self, outbox: Outbox, settings: AlertSettings) -> None:
        self._outbox = outbox
        self._settings = settings
        self._known: OrderedDict[tuple[int, ...], Contents] = OrderedDict()
        self._prototypes: OrderedDict[tuple[object, ...], EmailMessage] = OrderedDict()

    def packet(self, claim: Claim, *, now: dt.datetime) -> Packet | None:
        """The message of a delivery; None where nothing is left to tell."""
        asked = of(claim.subscriber)
        match claim.delivery.purpose:
            case Purpose.ALERT:
                return self._alert(claim, asked)
            case Purpose.NOTICE:
                return self._notice(claim, asked)
            case Purpose.CONFIRM:
                return self._question(claim, asked, now)

    def _alert(self, claim: Claim, asked: Subscription) -> Packet | None:
        found = self._contents(claim)
        if not found.total:
            return None
        everything = found.everything or _Again(self, claim)
        if asked.channel is Channel.WEBHOOK:
            return Packet(claim=claim, subscription=asked, message=EmailMessage(), changes=everything)
        key = token(claim.subscriber, Use.UNSUBSCRIBE)
        letter = alert_letter(
            asked,
            self._settings,
            found,
            key=claim.delivery.key,
            at=claim.delivery.created_at,
            unsubscribe_url=self._unsubscribe(key),
        )
        made = self._made(claim, letter, found, everything, key)
        return Packet(claim=claim, subscription=asked, message=stamped(made, letter, token=key), changes=everything)

    def _made(
        self, claim: Claim, letter: Letter, found: Contents, everything: Iterable[Told], key: str
    ) -> EmailMessage:
        """The message, composed for nobody in particular; the same for all who are told the same in the same way."""
        same = (claim.bundles, letter.language, letter.zone.key, letter.rhythm, letter.created_at, len(key))
        if same not in self._prototypes:
            blank = replace(
                letter,
                to=parseaddr(letter.sender)[1],
                delivery_id="0" * len(letter.delivery_id),
                unsubscribe_url=self._unsubscribe(filling(key)),
            )
            self._prototypes[same] = messages.compose(blank, everything if found.total > len(found.shown) else ())
            while len(self._prototypes) > PROTOTYPES:
                self._prototypes.popitem(last=False)
        return self._prototypes[same]

    def _unsubscribe(self, key: str) -> str | None:
        return self._settings.link(f"unsubscribe/{key}")

    def _notice(self, claim: Claim, asked: Subscription) -> Packet | None:
        news = tuple(self._outbox.news(claim.delivery.id))
        told_of = tuple(operator_notice(one, self._settings) for one in news if one.notice or one.trouble)
        if not told_of:
            return None
        message = notice_message(asked, self._settings, told_of, key=claim.delivery.key, at=claim.delivery.created_at)
        return Packet(claim=claim, subscription=asked, message=message, news=news)

    def _question(self, claim: Claim, asked: Subscription, now: dt.datetime) -> Packet | None:
        reader = claim.subscriber
        expires = reader.created_at + CONFIRM_WITHIN
        if expires <= now:
            return None
        key = token(reader, Use.CONFIRM)
        letter = Confirmation(
            delivery_id=claim.delivery.key,
            to=asked.address,
            sender=self._settings.sender,
            language=asked.language,
            confirm_url=self._settings.link(f"confirm/{key}") or f"pressvakt subscriptions confirm {key}",
            created_at=claim.delivery.created_at,
            zone=asked.time_zone,
            wishes=in_words(asked, self._settings),
            expires_at=expires,
        )
        return Packet(claim=claim, subscription=asked, message=messages.compose_confirmation(letter))

    def _contents(self, claim: Claim) -> Contents:
        if claim.bundles not in self._known:
            self._known[claim.bundles] = self._read(claim.delivery)
            while len(self._known) > CONTENTS:
                self._known.popitem(last=False)
        self._known.move_to_end(claim.bundles)
        return self._known[claim.bundles]

    def _read(self, delivery: Delivery) -> Contents:
        return contents_of(self._outbox.contents(delivery.id), self._settings)

    def all_of(self, claim: Claim) -> Iterator[Told]:
        """All that a delivery tells of, read anew."""
        return (told(owed, self._settings) for owed in self._outbox.contents(claim.delivery.id))


class _Again:
    """All changes of a delivery, read anew by each who iterates."""

    def __init__(self, composer: Composer, claim: Claim) -> None:
        self._composer, self._claim = composer, claim

    def __iter__(self) -> Iterator[Told]:
        return self._composer.all_of(self._claim)


def contents_of(found: Iterable[Owed], settings: AlertSettings) -> Contents:
    """What a message tells of these changes: of all in full, or of the single ones before those of a wave."""
    single: list[Told] = []
    of_waves: list[Told] = []
    everything: list[Told] | None = []
    waves: Counter[str | None] = Counter()
    pages: set[int] = set()
    total = 0
    for owed in found:
        total += 1
        one, wave = told(owed, settings), owed.change.wave
        waves[wave] += 1
        if len(pages) < 2:
            pages.add(owed.page_id)
        if wave is None and len(single) < SHOWN:
            single.append(one)
        elif wave is not None and waves[wave] <= SHOWN_OF_A_WAVE:
            of_waves.append(one)
        if everything is not None:
            everything.append(one)
            everything = everything if len(everything) <= AT_HAND else None
    few = everything is not None and total <= SHOWN
    return Contents(
        shown=tuple(everything if few and everything is not None else (single + of_waves)[:SHOWN]),
        total=total,
        wave=next(iter(waves)) if len(waves) == 1 else None,
        page=pages.pop() if len(pages) == 1 else None,
        everything=None if everything is None else tuple(everything),
    )


def alert_letter(
    asked: Subscription,
    settings: AlertSettings,
    found: Contents,
    *,
    key: str,
    at: dt.datetime,
    unsubscribe_url: str | None,
) -> Letter:
    """The letter that tells a reader of some changes."""
    return Letter(
        delivery_id=key,
        to=_mailbox(asked, settings),
        sender=settings.sender,
        language=asked.language,
        items=found.shown,
        rhythm=asked.rhythm,
        total=found.total,
        wave=found.wave,
        zone=asked.time_zone,
        created_at=at,
        unsubscribe_url=unsubscribe_url,
        manage_url=None,
        list_id=settings.list_id,
        thread=None if found.page is None else f"release-{found.page}",
    )


def notice_message(
    asked: Subscription, settings: AlertSettings, told_of: Sequence[OperatorNotice], *, key: str, at: dt.datetime
) -> EmailMessage:
    """The message that tells an operator of some notices."""
    about = {(one.kind, one.site) for one in told_of}
    kind, site = next(iter(about))
    letter = NoticeLetter(
        delivery_id=key,
        to=_mailbox(asked, settings),
        sender=settings.sender,
        language=asked.language,
        notices=tuple(told_of),
        zone=asked.time_zone,
        created_at=at,
        list_id=settings.list_id,
        thread=f"notice-{kind}-{_plain(site or 'here')}" if len(about) == 1 else None,
    )
    return messages.compose_notice(letter)


def told(owed: Owed, settings: AlertSettings) -> Told:
    """One change as messages tell it."""
    change = owed.change
    return Told(
        change=change,
        site_title=settings.title(change.site),
        before=owed.before,
        after=owed.after,
        release_url=change.url,
        diff_url=settings.link(f"changes/{change.id}"),
        wayback_url=f"https://web.archive.org/web/{change.detected_at.astimezone(dt.UTC):%Y%m%d%H%M%S}/{change.url}",
    )


def operator_notice(news: OwedNews, settings: AlertSettings) -> OperatorNotice:
    """What an operator is told of a notice or a trouble."""
    if news.notice is not None:
        one = news.notice
        over = one.kind is SiteNotice.RECOVERED
        return OperatorNotice(
            kind=str(one.about or one.kind) if over else str(one.kind),
            site=settings.title(one.site),
            text=one.text,
            at=one.at,
            recovered=over,
        )
    if news.trouble is None:
        raise ValueError("news that tell of nothing")
    trouble = news.trouble
    return OperatorNotice(
        kind=trouble.kind,
        site=settings.title(trouble.about) if trouble.about else None,
        text=trouble.text,
        at=trouble.at,
        recovered=trouble.over,
    )


def _mailbox(asked: Subscription, settings: AlertSettings) -> str:
    """Whom the message names as its reader; what goes by another way than mail names ourselves."""
    return asked.address if asked.channel is Channel.MAIL else parseaddr(settings.sender)[1]


def _plain(name: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name)[:60]
