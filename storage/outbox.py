"""The outbox: deliveries claimed, and what became of them written down, each in a transaction of its own.

A delivery is claimed by one process at a time. Its lease ends when the outcome is written, when it has run out, or at
once when the holder is a process of this machine that is dead: what a killed process had in hand goes out again, and is
the same message.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, func, or_, select

from storage.alert_records import Delivery, DeliveryState, Origin, Owed, OwedNews, Purpose, Subscriber, SubscriberState
from storage.alert_tables import bundled, bundles, deliveries, owed, parts, subscriptions
from storage.leases import Holder
from storage.listing import CHANGES
from storage.outbox_owed import news_of, owed_of, releases_of
from storage.outbox_subscribers import count_refusal, count_success, subscriber_of
from storage.reading import CHUNK
from storage.tables import changes

if TYPE_CHECKING:
    from sqlalchemy import Row

    from storage.archive import Archive

#: How long one message may take to compose and to send; who takes longer loses it to others.
TERM = dt.timedelta(minutes=10)
#: How long the outbox remembers what is done.
KEEP = dt.timedelta(days=90)

_WAITING = deliveries.c.state == DeliveryState.WAITING.value
_MINE = and_(deliveries.c.id == bindparam("of_id"), deliveries.c.lease == bindparam("mine"), _WAITING)
_LEASED = deliveries.select().where(_WAITING, deliveries.c.lease.is_not(None)).order_by(deliveries.c.id)
_FREE = (
    deliveries.update()
    .where(deliveries.c.id == bindparam("of_id"), deliveries.c.lease == bindparam("mine"))
    .values(lease=None, leased_until=None)
)
_COUNTS = select(deliveries.c.state, func.count().label("many")).group_by(deliveries.c.state)
_CHANGES_OF = (
    CHANGES.add_columns(parts.c.delivery_id)
    .join(bundled, bundled.c.change_id == changes.c.id)
    .join(parts, parts.c.bundle_id == bundled.c.bundle_id)
)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A delivery that is ours to make, for as long as the lease holds."""

    delivery: Delivery
    subscriber: Subscriber
    token: str
    bundles: tuple[int, ...]  #: what it consists of: two deliveries with the same tell the same


class Outbox:
    """The deliveries of an archive."""

    def __init__(self, archive: Archive, *, holder: Callable[[], Holder] = Holder.here) -> None:
        self.archive = archive
        self._me = holder()

    def free_dead(self, *, now: dt.datetime) -> int:
        """Take back what processes hold that are dead or were not heard of for too long; how many deliveries."""
        freed = 0
        with self.archive._reading() as sql:  # noqa: SLF001 - same room
            held = sql.rows(_LEASED)
        for row in held:
            if row.leased_until <= now or row.leased_until - now > TERM or _is_dead(row.lease):
                with self.archive.writing() as unit:
                    freed += unit._sql.run(_FREE, {"of_id": row.id, "mine": row.lease}).rowcount  # noqa: SLF001
        return freed

    def claim(self, channels: Sequence[str], *, now: dt.datetime, skip: Sequence[int] = ()) -> Claim | None:
        """The delivery that has been due for longest, claimed; None where nothing is due."""
        query = (
            deliveries.select()
            .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
            .where(_WAITING, deliveries.c.due_at <= now, deliveries.c.lease.is_(None))
            .where(subscriptions.c.channel.in_(list(channels)), deliveries.c.id.not_in(list(skip)))
            .order_by(deliveries.c.due_at, deliveries.c.id)
            .limit(1)
        )
        while True:
            with self.archive._reading() as sql:  # noqa: SLF001 - same room
                row = sql.first(query)
            if row is None:
                return None
            if (claim := self._take(row, now)) is not None:
                return claim  # else another process was quicker: the next one

    def release(self, claim: Claim) -> None:
        """Give a delivery back as if it had never been claimed."""
        with self.archive.writing() as unit:
            statement = deliveries.update().where(_MINE).values(lease=None, leased_until=None)
            if claim.delivery.attempts == 1:
                statement = statement.values(first_at=None)
            values = {"of_id": claim.delivery.id, "mine": claim.token, "attempts": claim.delivery.attempts - 1}
            unit._sql.run(statement, values)  # noqa: SLF001 - same room

    def sent(self, claim: Claim, *, now: dt.datetime) -> bool:
        """Write down that a message was taken over; False where the lease was lost, and another may have sent it too."""
        return self._end(claim, DeliveryState.SENT, now=now, reason=None, code=None)

    def refused(self, claim: Claim, reason: str, code: int | None, *, now: dt.datetime) -> bool:
        """Write down that a message was refused for good."""
        return self._end(claim, DeliveryState.REFUSED, now=now, reason=reason, code=code)

    def failed(self, claim: Claim, reason: str, code: int | None, *, now: dt.datetime) -> bool:
        """Give a delivery up."""
        return self._end(claim, DeliveryState.FAILED, now=now, reason=reason, code=code)

    def dropped(self, claim: Claim, reason: str, *, now: dt.datetime) -> bool:
        """End a delivery that has nothing to tell any more, or nobody to tell it to."""
        return self._end(claim, DeliveryState.DROPPED, now=now, reason=reason, code=None)

    def later(self, claim: Claim, due_at: dt.datetime, reason: str, code: int | None) -> bool:
        """Put a delivery off."""
        statement = deliveries.update().where(_MINE).values(lease=None, leased_until=None)
        values = {"due_at": due_at, "reason": reason[:500], "code": code}
        with self.archive.writing() as unit:
            found = unit._sql.run(statement, {"of_id": claim.delivery.id, "mine": claim.token, **values})  # noqa: SLF001
            return bool(found.rowcount)

    def retry(self, keys: Sequence[int] | None, *, now: dt.datetime) -> int:
        """Have deliveries go out now: those of some ids, or all that did not go out yet or failed; how many."""
        states = (DeliveryState.WAITING, DeliveryState.FAILED, DeliveryState.REFUSED)
        wanted = or_(
            and_(_WAITING, deliveries.c.attempts > 0), deliveries.c.state.in_([state.value for state in states[1:]])
        )
        if keys is not None:
            wanted = and_(deliveries.c.id.in_(list(keys)), deliveries.c.state.in_([state.value for state in states]))
        active = select(subscriptions.c.id).where(subscriptions.c.state == SubscriberState.ACTIVE.value)
        statement = deliveries.update().where(
            wanted, deliveries.c.lease.is_(None), deliveries.c.subscription_id.in_(active)
        )
        values = {"state": DeliveryState.WAITING.value, "due_at": now, "first_at": None, "ended_at": None}
        with self.archive.writing() as unit:
            return int(unit._sql.run(statement.values(**values)).rowcount)  # noqa: SLF001 - same room

    def contents(self, delivery_id: int, *, releases: bool = True) -> Iterator[Owed]:
        """What a delivery tells of, oldest first, with what was said before and after, in constant memory."""
        after = 0
        while True:
            query = _CHANGES_OF.where(parts.c.delivery_id == delivery_id, changes.c.id > after).order_by(changes.c.id)
            with self.archive._reading() as sql:  # noqa: SLF001 - same room
                found = sql.rows(query.limit(CHUNK))
                said = releases_of(sql, found) if releases else {}
            yield from (owed_of(row, 0, said) for row in found)
            if len(found) < CHUNK:
                return
            after = found[-1].id

    def news(self, delivery_id: int) -> list[OwedNews]:
        """What a delivery tells the operator, oldest first."""
        query = (
            select(bundled)
            .join(parts, parts.c.bundle_id == bundled.c.bundle_id)
            .where(parts.c.delivery_id == delivery_id)
            .order_by(bundled.c.id)
        )
        with self.archive._reading() as sql:  # noqa: SLF001 - same room
            return [news_of(sql, row.id, row.notice_id, row.trouble_id) for row in sql.rows(query)]

    def deliveries(
        self, *states: DeliveryState, subscription_id: int | None = None, limit: int | None = None
    ) -> list[tuple[Delivery, int]]:
        """Deliveries, the newest last, each with the number of its changes and notices."""
        count = (
            select(func.count(bundled.c.id))
            .join(parts, parts.c.bundle_id == bundled.c.bundle_id)
            .where(parts.c.delivery_id == deliveries.c.id)
            .scalar_subquery()
            .label("many")
        )
        query = select(deliveries, count).order_by(deliveries.c.id.desc())
        if states:
            query = query.where(deliveries.c.state.in_([state.value for state in states]))
        if subscription_id is not None:
            query = query.where(deliveries.c.subscription_id == subscription_id)
        with self.archive._reading() as sql:  # noqa: SLF001 - same room
            found = sql.rows(query if limit is None else query.limit(limit))
        return [(delivery_of(row), int(row.many)) for row in reversed(found)]

    def counts(self) -> dict[DeliveryState, int]:
        """How many deliveries are in each state."""
        with self.archive._reading() as sql:  # noqa: SLF001 - same room
            found = {DeliveryState(row.state): int(row.many) for row in sql.rows(_COUNTS)}
        return {state: found.get(state, 0) for state in DeliveryState}

    def due(self, *, now: dt.datetime) -> int:
        """How many deliveries should have gone out by now."""
        query = select(func.count()).select_from(deliveries).where(_WAITING, deliveries.c.due_at <= now)
        with self.archive._reading() as sql:  # noqa: SLF001 - same room
            row = sql.first(query)
        return 0 if row is None else int(row[0])

    def forget(self, *, now: dt.datetime) -> None:
        """Forget what ended long ago: deliveries, what only they told of, and the addresses of those who left."""
        old = and_(deliveries.c.state != DeliveryState.WAITING.value, deliveries.c.ended_at < now - KEEP)
        gone = select(deliveries.c.id).where(old)
        left = and_(
            subscriptions.c.ended_at < now - KEEP,
            subscriptions.c.origin != Origin.FILE.value,  # who left one of these is not to be told again
            subscriptions.c.id.not_in(select(deliveries.c.subscription_id)),
        )
        with self.archive._reading() as sql:  # noqa: SLF001 - same room
            queries = (gone.limit(1), select(subscriptions.c.id).where(left).limit(1))
            if all(sql.first(query) is None for query in queries):
                return
        with self.archive.writing() as unit:
            sql = unit._sql  # noqa: SLF001 - same room
            sql.run(parts.delete().where(parts.c.delivery_id.in_(gone)))
            sql.run(deliveries.delete().where(old))
            loose = select(bundles.c.id).where(bundles.c.id.not_in(select(parts.c.bundle_id)))
            sql.run(bundled.delete().where(bundled.c.bundle_id.in_(loose)))
            sql.run(bundles.delete().where(bundles.c.id.in_(loose)))
            sql.run(subscriptions.delete().where(left))

    def _take(self, row: Row[Any], now: dt.datetime) -> Claim | None:
        me = self._me
        token = json.dumps([me.host, me.pid, me.born, secrets.token_hex(8)])
        statement = deliveries.update().where(
            deliveries.c.id == bindparam("of_id"), deliveries.c.lease.is_(None), _WAITING
        )
        values = {"lease": token, "leased_until": now + TERM, "attempts": row.attempts + 1}
        if row.first_at is None:
            values["first_at"] = now
        query = select(parts.c.bundle_id).where(parts.c.delivery_id == bindparam("of_id")).order_by(parts.c.id)
        with self.archive.writing() as unit:
            sql = unit._sql  # noqa: SLF001 - same room
            if sql.run(statement.values(**values), {"of_id": row.id}).rowcount != 1:
                return None
            made_of = tuple(part.bundle_id for part in sql.rows(query, {"of_id": row.id}))
            reader = sql.first(subscriptions.select().where(subscriptions.c.id == row.subscription_id))
        if reader is None:
            return None
        return Claim(
            delivery=delivery_of(row, **{name: value for name, value in values.items() if name != "lease"}),
            subscriber=subscriber_of(reader),
            token=token,
            bundles=made_of,
        )

    def _end(
        self, claim: Claim, state: DeliveryState, *, now: dt.datetime, reason: str | None, code: int | None
    ) -> bool:
        values: dict[str, Any] = {"state": state.value, "ended_at": now, "code": code}
        values["reason"] = None if reason is None else reason[:500]
        statement = deliveries.update().where(_MINE).values(lease=None, leased_until=None)
        with self.archive.writing() as unit:
            sql = unit._sql  # noqa: SLF001 - same room
            if sql.run(statement, {"of_id": claim.delivery.id, "mine": claim.token, **values}).rowcount != 1:
                return False
            if state is DeliveryState.SENT and claim.subscriber.refusals:
                count_success(sql, claim.subscriber.id)
            if state is DeliveryState.REFUSED:
                count_refusal(sql, claim.subscriber.id, at=now)
            return True


def delivery_of(row: Row[Any], **instead: Any) -> Delivery:
    """A row of `deliveries`."""
    names = Delivery.__dataclass_fields__
    values = {name: value for name, value in {**row._mapping, **instead}.items() if name in names}  # noqa: SLF001
    return Delivery(**{**values, "state": DeliveryState(row.state), "purpose": Purpose(row.purpose)})


def owed_count(archive: Archive) -> int:
    """How much nobody has been matched with yet."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        row = sql.first(select(func.count()).select_from(owed))
    return 0 if row is None else int(row[0])


def _is_dead(lease: str) -> bool:
    try:
        host, pid, born, _ = json.loads(lease)
        return Holder(host=host, pid=pid, born=born).is_dead()
    except (ValueError, TypeError):
        return True  # nobody writes such a lease
