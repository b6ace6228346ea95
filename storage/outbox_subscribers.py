"""Keeping subscriptions: added, confirmed, ended."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from storage.alert_records import DeliveryState, Origin, Subscriber, SubscriberState
from storage.alert_tables import deliveries, subscriptions
from storage.errors import ArchiveError
from storage.tables import changes

if TYPE_CHECKING:
    from sqlalchemy import Row

    from storage.archive import Archive
    from storage.database import Sql

#: Refusals in a row after which an address is left alone.
SUPPRESS_AFTER = 3

_ALL = subscriptions.select().order_by(subscriptions.c.id)
_ONE = subscriptions.select().where(subscriptions.c.id == bindparam("key"))
_NEWEST = select(func.max(changes.c.id))
_SET = subscriptions.update().where(subscriptions.c.id == bindparam("key"))
_DROP = (
    deliveries.update()
    .where(deliveries.c.subscription_id == bindparam("of"), deliveries.c.state == DeliveryState.WAITING.value)
    .values(
        state=DeliveryState.DROPPED.value,
        ended_at=bindparam("at"),
        reason=bindparam("why"),
        lease=None,
        leased_until=None,
    )
)
_LIVING = (SubscriberState.UNCONFIRMED, SubscriberState.ACTIVE, SubscriberState.SUPPRESSED)


def subscribers(archive: Archive, *states: SubscriberState) -> list[Subscriber]:
    """The subscriptions in some states (in any, where none is named), by id."""
    query = _ALL.where(subscriptions.c.state.in_([state.value for state in states])) if states else _ALL
    with archive._reading() as sql:  # noqa: SLF001 - same room
        return [subscriber_of(row) for row in sql.rows(query)]


def subscriber(archive: Archive, key: int) -> Subscriber | None:
    """The subscription of that id."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        row = sql.first(_ONE, {"key": key})
    return None if row is None else subscriber_of(row)


def add_subscriber(
    archive: Archive, *, origin: Origin, channel: str, address: str, terms: str, at: dt.datetime, confirmed: bool
) -> Subscriber:
    """Keep a subscription. What is found from now on is owed to it, or from its confirmation on.

    One that is there already and asks for the same, of the same address, is given back as it stands.
    """
    with archive.writing() as unit:
        sql = unit._sql  # noqa: SLF001 - same room
        living = _ALL.where(
            subscriptions.c.address == address,
            subscriptions.c.terms == terms,
            subscriptions.c.origin == origin.value,
            subscriptions.c.state.in_([state.value for state in _LIVING]),
        )
        known = sql.first(living)
        if known is not None:
            return subscriber_of(known)
        state = SubscriberState.ACTIVE if confirmed else SubscriberState.UNCONFIRMED
        values: dict[str, Any] = {
            "origin": origin.value,
            "channel": channel,
            "address": address,
            "terms": terms,
            "state": state.value,
            "secret": secrets.token_hex(24),
            "after_change": _newest(sql),
            "created_at": at,
            "confirmed_at": at if confirmed else None,
            "ended_at": None,
            "refusals": 0,
        }
        key = sql.insert(subscriptions.insert(), values)
        return Subscriber(id=key, **{**values, "origin": origin, "state": state})


def confirm_subscriber(archive: Archive, key: int, *, at: dt.datetime) -> bool:
    """Begin to tell somebody, or begin again; False where the subscription has ended, or is not there."""
    with archive.writing() as unit:
        sql = unit._sql  # noqa: SLF001 - same room
        row = sql.first(_ONE, {"key": key})
        if row is None or row.state not in _LIVING:
            return False
        if row.state != SubscriberState.ACTIVE:
            values = {"state": SubscriberState.ACTIVE.value, "confirmed_at": at, "refusals": 0}
            sql.run(_SET, {"key": key, **values, "after_change": _newest(sql)})
        return True


def end_subscriber(archive: Archive, key: int, *, by_reader: bool, at: dt.datetime) -> bool:
    """Tell somebody no more, and drop what was on its way; False where nobody was told anyhow."""
    state = SubscriberState.UNSUBSCRIBED if by_reader else SubscriberState.REMOVED
    with archive.writing() as unit:
        sql = unit._sql  # noqa: SLF001 - same room
        row = sql.first(_ONE, {"key": key})
        if row is None or row.state not in _LIVING:
            return False
        sql.run(_SET, {"key": key, "state": state.value, "ended_at": at})
        sql.run(_DROP, {"of": key, "at": at, "why": state.value})
        return True


def keep_file_subscribers(
    archive: Archive,
    wanted: Sequence[tuple[str, str, str]],
    *,
    at: dt.datetime,
    spelt: Callable[[str], str] = lambda terms: terms,
) -> list[Subscriber]:
    """Have the subscriptions of the configuration file be those (channel, address, terms), and no others.

    One that its reader has ended stays ended, for as long as it stands in the file. Nothing is written where all is as
    it should be. `spelt` writes terms as they are written today: an older Pressvakt may have written the same otherwise.

    Returns:
        Those that stand in the file and that the reader has ended, or whose address refuses.
    """
    mine = [one for one in subscribers(archive) if one.origin is Origin.FILE and one.state != SubscriberState.REMOVED]
    known = {(one.channel, one.address, spelt(one.terms)): one for one in mine}
    for key, one in known.items():
        if key in wanted:
            continue
        if not end_subscriber(archive, one.id, by_reader=False, at=at):
            _forget(archive, one.id)
    for channel, address, terms in dict.fromkeys(wanted):
        if (channel, address, terms) not in known:
            add_subscriber(
                archive, origin=Origin.FILE, channel=channel, address=address, terms=terms, at=at, confirmed=True
            )
    return [one for key, one in known.items() if key in wanted and one.state is not SubscriberState.ACTIVE]


def count_refusal(sql: Sql, key: int, *, at: dt.datetime) -> None:
    """Note that an address refused a message for good; after three in a row it is left alone."""
    row = sql.first(_ONE, {"key": key})
    if row is None:
        return
    values: dict[str, Any] = {"refusals": row.refusals + 1}
    if row.refusals + 1 >= SUPPRESS_AFTER and row.state == SubscriberState.ACTIVE:
        values["state"] = SubscriberState.SUPPRESSED.value
    sql.run(_SET, {"key": key, **values})
    if "state" in values:
        sql.run(_DROP, {"of": key, "at": at, "why": "the address refused three messages in a row"})


def count_success(sql: Sql, key: int) -> None:
    """Note that an address took a message."""
    sql.run(_SET.where(subscriptions.c.refusals > 0), {"key": key, "refusals": 0})


def subscriber_of(row: Row[Any]) -> Subscriber:
    """A row of `subscriptions`."""
    values = dict(row._mapping)  # noqa: SLF001 - public in SQLAlchemy
    try:
        return Subscriber(**{**values, "origin": Origin(row.origin), "state": SubscriberState(row.state)})
    except ValueError as error:
        raise ArchiveError(f"subscription {row.id} is damaged ({error}); restore the archive from a backup") from error


def _forget(archive: Archive, key: int) -> None:
    """A subscription that its reader had ended stands in the file no more: it may be asked for anew."""
    with archive.writing() as unit:
        sql = unit._sql  # noqa: SLF001 - same room
        sql.run(_SET, {"key": key, "state": SubscriberState.REMOVED.value})


def _newest(sql: Sql) -> int:
    row = sql.first(_NEWEST)
    return int(row[0] or 0) if row is not None else 0
