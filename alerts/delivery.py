"""Delivery: what is due goes out, and what became of each message is written down before the next one goes.

Killed at any moment, a message that went out and was not written down goes out once more, as the very same message;
none is lost.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from alerts.carriers import Carrier, Outcome
from alerts.letters import Composer, Packet
from alerts.mail_settings import MailMisconfigured
from alerts.mailer import State
from alerts.settings import AlertSettings
from alerts.subscription import Channel
from storage.alert_records import Delivery, DeliveryState, Purpose, SubscriberState
from storage.archive import Archive
from storage.outbox import Claim, Outbox

logger = logging.getLogger(__name__)

#: When a message is tried again: at least half an hour later (RFC 5321, 4.5.4.1), then ever more seldom.
WAITS = tuple(dt.timedelta(minutes=minutes) for minutes in (30, 30, 60, 120, 240))
#: How long, where the other side answers and will not take it now, and where it is not there at all: a mail server
#: of one's own may be down for long, and what is owed is owed.
GIVE_UP_REFUSED, GIVE_UP_AWAY = dt.timedelta(days=5), dt.timedelta(days=30)
#: Messages in a row that found nobody at the other end, after which a channel is left alone for this time.
AWAY_AFTER = 2


@dataclass(kw_only=True)
class Report:
    """What one round of deliveries did."""

    counts: Counter[DeliveryState] = field(default_factory=Counter)
    put_off: int = 0
    away: dict[Channel, str] = field(default_factory=dict)  #: channels whose other side was not there, and why
    misconfigured: str | None = None  #: no mail can go out before a person has looked at this
    sent_by: Counter[Channel] = field(default_factory=Counter)

    @property
    def sent(self) -> int:
        """Messages that were taken over."""
        return self.counts[DeliveryState.SENT]


def deliver(
    archive: Archive,
    carriers: Sequence[Carrier],
    settings: AlertSettings,
    *,
    now: Callable[[], dt.datetime],
) -> Report:
    """Send what is due, channel by channel; never raises for what the other side does.

    Args:
        archive: The archive, whose outbox it is.
        carriers: The ways out; what goes by others waits.
        settings: Who sends, and what links lead to.
        now: The clock.

    Raises:
        storage.errors.ArchiveError: the archive could not be written. What was sent last may go out once more.
    """
    outbox, report = Outbox(archive), Report()
    composer = Composer(outbox, settings)
    outbox.free_dead(now=now())
    for carrier in carriers:
        _Round(outbox, composer, carrier, now=now, report=report).run()
    outbox.forget(now=now())
    return report


def next_try(delivery: Delivery, now: dt.datetime, *, away: bool) -> dt.datetime | None:
    """When a delivery is tried again that was just tried in vain; None where it is given up."""
    first = delivery.first_at or now
    if now - first >= (GIVE_UP_AWAY if away else GIVE_UP_REFUSED):
        return None
    return now + WAITS[min(max(delivery.attempts, 1), len(WAITS)) - 1]


class _Round:
    """One channel's share of a round."""

    def __init__(
        self,
        outbox: Outbox,
        composer: Composer,
        carrier: Carrier,
        *,
        now: Callable[[], dt.datetime],
        report: Report,
    ) -> None:
        self._outbox, self._composer, self._carrier = outbox, composer, carrier
        self._now, self._report = now, report
        self._hand: Claim | None = None  #: claimed, and its outcome not written down yet
        self._away = 0

    def run(self) -> None:
        """Send until nothing is due, nobody is there, or it is enough."""
        try:
            for outcome in self._carrier.carry(self._packets()):
                self._settle(outcome)
        except MailMisconfigured as error:
            self._report.misconfigured = str(error)
        finally:
            if self._hand is not None:  # nothing was sent of it
                self._outbox.release(self._hand)

    def _packets(self) -> Iterator[Packet]:
        while self._away < AWAY_AFTER:
            claim = self._outbox.claim([self._carrier.channel], now=self._now())
            if claim is None:
                return
            self._hand = claim
            packet = self._composed(claim)
            if packet is not None:
                yield packet

    def _composed(self, claim: Claim) -> Packet | None:
        """The message of a delivery; where there is none to send, that is written down."""
        reader = claim.subscriber
        asking = claim.delivery.purpose is Purpose.CONFIRM and reader.state is SubscriberState.UNCONFIRMED
        if reader.state is not SubscriberState.ACTIVE and not asking:
            self._drop(claim, f"the subscription is {reader.state}")
            return None
        try:
            packet = self._composer.packet(claim, now=self._now())
        except Exception as error:
            # one message that cannot be made must not keep the others waiting
            logger.exception("delivery %s could not be composed", claim.delivery.id)
            self._put_off(claim, f"could not be composed: {type(error).__name__}: {error}", None, away=False)
            return None
        if packet is None:
            self._drop(claim, "nothing is left to tell")
        return packet

    def _drop(self, claim: Claim, reason: str) -> None:
        self._outbox.dropped(claim, reason, now=self._now())
        self._report.counts[DeliveryState.DROPPED] += 1
        self._hand = None

    def _settle(self, outcome: Outcome) -> None:
        claim, now = outcome.packet.claim, self._now()
        if outcome.state is State.ACCEPTED:
            if not self._outbox.sent(claim, now=now):
                logger.warning("delivery %s took so long that another process may have sent it too", claim.delivery.id)
            self._report.counts[DeliveryState.SENT] += 1
            self._report.sent_by[self._carrier.channel] += 1
            self._away = 0
        elif outcome.state is State.REFUSED:
            self._outbox.refused(claim, outcome.reason, outcome.code, now=now)
            self._report.counts[DeliveryState.REFUSED] += 1
            self._away = 0
        else:
            self._put_off(claim, outcome.reason, outcome.code, away=outcome.unanswered)
            self._away = self._away + 1 if outcome.unanswered else 0
            if outcome.unanswered:
                self._report.away[self._carrier.channel] = outcome.reason
        self._hand = None

    def _put_off(self, claim: Claim, reason: str, code: int | None, *, away: bool) -> None:
        now = self._now()
        again = next_try(claim.delivery, now, away=away)
        if again is None:
            self._outbox.failed(claim, reason, code, now=now)
            self._report.counts[DeliveryState.FAILED] += 1
        else:
            self._outbox.later(claim, again, reason, code)
            self._report.put_off += 1
        self._hand = None
