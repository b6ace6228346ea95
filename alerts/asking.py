"""Double opt-in: somebody gave an address, and whoever reads it is asked before anything else goes there."""

from __future__ import annotations

import datetime as dt

from alerts.subscription import Subscription, encode
from storage.alert_records import Origin, Purpose, Subscriber, SubscriberState
from storage.archive import Archive
from storage.outbox_owed import add_delivery
from storage.outbox_subscribers import add_subscriber
from storage.outbox_watch import questions

#: So many questions go to one address in a day: nobody is to be flooded in another's name.
QUESTIONS, WITHIN = 3, dt.timedelta(days=1)


def ask(archive: Archive, asked: Subscription, *, now: dt.datetime) -> Subscriber | None:
    """Keep what somebody asked for, and owe the address a message that asks whether it was them.

    Returns:
        The subscription; None where the address was asked too often today. Whoever asked is told the same either way.
    """
    if questions(archive, asked.address, since=now - WITHIN) >= QUESTIONS:
        return None
    reader = add_subscriber(
        archive,
        origin=Origin.READER,
        channel=asked.channel,
        address=asked.address,
        terms=encode(asked),
        at=now,
        confirmed=False,
    )
    if reader.state is SubscriberState.UNCONFIRMED:
        add_delivery(archive, reader.id, Purpose.CONFIRM, at=now)
    return reader
