"""What the watch over the installation itself looks at: when sites last had something new, and who waits for mail."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from changes.kinds import Kind
from storage.alert_records import DeliveryState, Purpose
from storage.alert_tables import deliveries, subscriptions
from storage.tables import changes

if TYPE_CHECKING:
    from storage.archive import Archive

#: Releases of a site that are looked at: some years.
_MOST = 5_000


def publications(archive: Archive, site_id: int) -> list[dt.datetime]:
    """When new releases of a site were found, oldest first; those of its first crawl left out."""
    query = (
        select(changes.c.detected_at)
        .where(
            changes.c.site_id == site_id,
            changes.c.kind == Kind.PUBLISHED.value,
            changes.c.baseline.is_(False),
            changes.c.crawl_id.is_not(None),
        )
        .order_by(changes.c.id.desc())
        .limit(_MOST)
    )
    with archive._reading() as sql:  # noqa: SLF001 - same room
        return sorted(row.detected_at for row in sql.rows(query))


def waiting_since(archive: Archive, channel: str) -> dt.datetime | None:
    """Since when the message of a channel waits that was tried first of those tried in vain; None where none was."""
    query = (
        select(func.min(deliveries.c.first_at))
        .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
        .where(
            deliveries.c.state == DeliveryState.WAITING.value,
            deliveries.c.attempts > 0,
            deliveries.c.code.is_(None),
            subscriptions.c.channel == channel,
        )
    )
    with archive._reading() as sql:  # noqa: SLF001 - same room
        row = sql.first(query)
    found: dt.datetime | None = None if row is None else row[0]
    return found


def questions(archive: Archive, address: str, *, since: dt.datetime) -> int:
    """How many messages have asked an address since a time whether it was really them."""
    query = (
        select(func.count())
        .select_from(deliveries)
        .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
        .where(
            func.lower(subscriptions.c.address) == address.lower(),
            deliveries.c.purpose == Purpose.CONFIRM.value,
            deliveries.c.created_at >= since,
        )
    )
    with archive._reading() as sql:  # noqa: SLF001 - same room
        row = sql.first(query)
    return 0 if row is None else int(row[0])
