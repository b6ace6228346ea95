"""The JSON of subscriptions and deliveries: what the command line and the web write of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from alerts.subscription import of
from changes.moments import iso
from storage.alert_records import Delivery, Subscriber


def subscription_object(reader: Subscriber) -> dict[str, Any]:
    """A subscription as `pressvakt subscriptions --format jsonl` writes it; tokens and secrets are left out."""
    asked = of(reader)
    wishes = asked.wishes
    return {
        "id": reader.id,
        "address": reader.address,
        "channel": reader.channel,
        "origin": str(reader.origin),
        "state": str(reader.state),
        "about": str(asked.about),
        "sites": list(wishes.sites),
        "kinds": [str(kind) for kind in wishes.kinds],
        "labels": list(wishes.labels),
        "fields": list(wishes.fields),
        "senders": list(wishes.senders),
        "words": list(wishes.words),
        "where": str(wishes.where),
        "silent": wishes.silent,
        "rhythm": asked.rhythm,
        "at": f"{asked.at:%H:%M}",
        "day": asked.day,
        "quiet": None if asked.quiet is None else [f"{hour:%H:%M}" for hour in asked.quiet],
        "language": asked.language,
        "time_zone": asked.zone,
        "created_at": iso(reader.created_at),
        "confirmed_at": None if reader.confirmed_at is None else iso(reader.confirmed_at),
        "ended_at": None if reader.ended_at is None else iso(reader.ended_at),
        "refusals": reader.refusals,
    }


def delivery_object(delivery: Delivery, many: int, address: str) -> dict[str, Any]:
    """A delivery as `pressvakt alerts list --format jsonl` writes it."""

    def moment(at: dt.datetime | None) -> str | None:
        return None if at is None else iso(at)

    return {
        "id": delivery.id,
        "key": delivery.key,
        "subscription": delivery.subscription_id,
        "address": address,
        "purpose": str(delivery.purpose),
        "state": str(delivery.state),
        "changes": many,
        "created_at": iso(delivery.created_at),
        "due_at": iso(delivery.due_at),
        "attempts": delivery.attempts,
        "leased_until": moment(delivery.leased_until),
        "ended_at": moment(delivery.ended_at),
        "code": delivery.code,
        "reason": delivery.reason,
    }
