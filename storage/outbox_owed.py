"""From what is owed to deliveries: reading what nobody has looked at yet, and writing what comes of it, whole."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, or_, select, tuple_

from storage import rows
from storage.alert_records import DeliveryState, Owed, OwedNews, Purpose, Trouble
from storage.alert_tables import bundled, bundles, deliveries, owed, parts, troubles
from storage.listing import _NOTICES, CHANGES
from storage.reading import CHUNK
from storage.tables import changes, crawls, versions

if TYPE_CHECKING:
    from sqlalchemy import Row

    from changes.release import Release
    from storage.archive import Archive
    from storage.database import Sql

#: How long a change waits for the end of its crawl, which alone can tell a wave: while it may still be a single one,
#: and at the longest.
PATIENCE, AT_LONGEST = dt.timedelta(minutes=30), dt.timedelta(hours=24)
#: So many changes of one unended crawl may be a wave.
STORM = 20

_last = crawls.alias("last")
#: Each site's newest crawl, where something of the site is owed.
_SITES = (
    select(
        changes.c.site_id,
        func.count().label("many"),
        func.min(changes.c.detected_at).label("first"),
        select(_last.c.ended_at)
        .where(_last.c.site_id == changes.c.site_id)
        .order_by(_last.c.id.desc())
        .limit(1)
        .scalar_subquery()
        .label("ended"),
    )
    .select_from(owed)
    .join(changes, changes.c.id == owed.c.change_id)
    .group_by(changes.c.site_id)
)
_OWED = CHANGES.add_columns(owed.c.id.label("owed_id")).join(owed, owed.c.change_id == changes.c.id)
_NEWS = select(owed).where(or_(owed.c.notice_id.is_not(None), owed.c.trouble_id.is_not(None))).order_by(owed.c.id)
_TAKE = owed.delete().where(owed.c.id == bindparam("owed_id"))
_OPEN_DELIVERY = (
    select(deliveries.c.id)
    .where(
        deliveries.c.subscription_id == bindparam("of"),
        deliveries.c.purpose == bindparam("meant"),
        deliveries.c.due_at == bindparam("due"),
        deliveries.c.state == DeliveryState.WAITING.value,
        deliveries.c.attempts == 0,
        deliveries.c.lease.is_(None),
    )
    .limit(1)
)
_LAST_TROUBLE = (
    troubles.select()
    .where(troubles.c.kind == bindparam("of_kind"), troubles.c.about == bindparam("of_about"))
    .order_by(troubles.c.id.desc())
    .limit(1)
)


class Taken(Exception):  # noqa: N818 - named for what happened
    """Another process has taken up what we were about to: nothing was written, look again."""


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """What is to go out together to some readers. Its `changes` are ids; of news it holds ids of `OwedNews`."""

    changes: Sequence[int] = ()
    news: Sequence[OwedNews] = ()
    to: Sequence[Addressee] = ()


@dataclass(frozen=True, kw_only=True)
class Addressee:
    """A subscription, and when its message is due. With `collect` it joins what waits for that same moment."""

    subscription_id: int
    due_at: dt.datetime
    collect: bool = False


def ready_sites(archive: Archive, *, now: dt.datetime) -> list[int]:
    """The sites whose changes may be told now.

    They wait for the end of the crawl that found them, which alone can see a wave; not for ever, though: a crawl may
    take a day, or be killed with none to follow.
    """
    with archive._reading() as sql:  # noqa: SLF001 - same room
        found = sql.rows(_SITES)
    return [row.site_id for row in found if _ready(row, now)]


def owed_changes(
    archive: Archive, sites: Sequence[int], *, releases: bool, most: int, chunk: int = CHUNK
) -> Iterator[Owed]:
    """What is owed of some sites, oldest first, up to `most`; with what was said before and after, where asked for."""
    after, left = 0, most
    while left > 0:
        query = _OWED.where(changes.c.site_id.in_(list(sites)), changes.c.id > after).order_by(changes.c.id)
        with archive._reading() as sql:  # noqa: SLF001 - same room
            found = sql.rows(query.limit(min(chunk, left)))
            said = releases_of(sql, found) if releases else {}
        yield from (owed_of(row, row.owed_id, said) for row in found)
        if len(found) < min(chunk, left):
            return
        after, left = found[-1].id, left - len(found)


def past_changes(archive: Archive, *, since: dt.datetime, chunk: int = CHUNK) -> Iterator[Owed]:
    """What would have been owed since a time, oldest first, with what was said before and after."""
    after = 0
    while True:
        query = CHANGES.where(
            changes.c.detected_at >= since,
            changes.c.baseline.is_(False),
            changes.c.crawl_id.is_not(None),
            changes.c.id > after,
        )
        with archive._reading() as sql:  # noqa: SLF001 - same room
            found = sql.rows(query.order_by(changes.c.id).limit(chunk))
            said = releases_of(sql, found)
        yield from (owed_of(row, 0, said) for row in found)
        if len(found) < chunk:
            return
        after = found[-1].id


def owed_news(archive: Archive) -> list[OwedNews]:
    """What the operator has not been told of yet, oldest first."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        found = sql.rows(_NEWS)
        return [news_of(sql, row.id, row.notice_id, row.trouble_id) for row in found]


def news_of(sql: Sql, key: int, notice_id: int | None, trouble_id: int | None) -> OwedNews:
    """A row that points to a notice or a trouble, with what it points to."""
    notice = trouble = None
    if notice_id is not None:
        row = sql.first(_NOTICES.where(_NOTICES.selected_columns.id == notice_id))
        notice = None if row is None else rows.notice(row)
    if trouble_id is not None:
        row = sql.first(troubles.select().where(troubles.c.id == trouble_id))
        trouble = None if row is None else _trouble(row)
    return OwedNews(id=key, notice=notice, trouble=trouble)


def hand_over(archive: Archive, taken: Sequence[int], parcels: Sequence[Parcel], *, at: dt.datetime) -> int:
    """Turn what was owed into deliveries, in one transaction; how many messages that makes.

    Args:
        archive: The archive.
        taken: Ids of all that was looked at (`Owed.id`, `OwedNews.id`), asked for or not.
        parcels: What goes out to whom.
        at: Now.

    Raises:
        Taken: another process was quicker. Nothing was written.
    """
    with archive.writing() as unit:
        sql = unit._sql  # noqa: SLF001 - same room
        if taken and sql.run_many(_TAKE, [{"owed_id": key} for key in taken]) != len(taken):
            raise Taken
        return sum(_put(sql, parcel, at) for parcel in parcels)


def note_trouble(archive: Archive, kind: str, about: str, text: str, *, over: bool, at: dt.datetime) -> bool:
    """Note that something befell the installation, or that it is over; False where that is known already."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        if _known(sql, kind, about, over=over):
            return False
    with archive.writing() as unit:
        sql = unit._sql  # noqa: SLF001 - same room
        if _known(sql, kind, about, over=over):
            return False
        values = {"kind": kind, "about": about, "text": text, "at": at, "over": over}
        sql.run(owed.insert(), {"trouble_id": sql.insert(troubles.insert(), values)})
        return True


def open_troubles(archive: Archive) -> list[Trouble]:
    """What is amiss with the installation and not over yet, oldest first."""
    newest = select(func.max(troubles.c.id)).group_by(troubles.c.kind, troubles.c.about)
    query = troubles.select().where(troubles.c.id.in_(newest), troubles.c.over.is_(False)).order_by(troubles.c.id)
    with archive._reading() as sql:  # noqa: SLF001 - same room
        return [_trouble(row) for row in sql.rows(query)]


def add_delivery(
    archive: Archive, subscription_id: int, purpose: Purpose, *, at: dt.datetime, due_at: dt.datetime | None = None
) -> int:
    """Owe a message that tells of no change: a question, or a test. Its id."""
    with archive.writing() as unit:
        return _deliver(unit._sql, subscription_id, purpose, at=at, due_at=due_at or at)  # noqa: SLF001 - same room


def _ready(row: Row[Any], now: dt.datetime) -> bool:
    if row.ended is not None:
        return True
    waited = now - row.first
    return bool(waited >= AT_LONGEST or (waited >= PATIENCE and row.many < STORM))


def releases_of(sql: Sql, found: Sequence[Row[Any]]) -> dict[tuple[int, int], Release]:
    """What the pages of some changes said before and after them, by page and number."""
    wanted = {(row.page_id, number) for row in found for number in (row.before, row.after) if number is not None}
    said: dict[tuple[int, int], Release] = {}
    keys = sorted(wanted)
    for start in range(0, len(keys), 400):  # databases limit the parameters of one statement
        query = select(versions.c.page_id, versions.c.number, versions.c.release).where(
            tuple_(versions.c.page_id, versions.c.number).in_(keys[start : start + 400])
        )
        for row in sql.rows(query):
            name = f"version {row.number} of page {row.page_id}"
            said[row.page_id, row.number] = rows.unpack_release(row.release, name)
    return said


def owed_of(row: Row[Any], key: int, said: Mapping[tuple[int, int], Release]) -> Owed:
    """A change that something is owed for; `said` has the releases by page and number."""
    before, after = (said.get((row.page_id, number)) for number in (row.before, row.after))
    return Owed(id=key, page_id=row.page_id, change=rows.change(row), before=before, after=after)


def _put(sql: Sql, parcel: Parcel, at: dt.datetime) -> int:
    if not parcel.to or not (parcel.changes or parcel.news):
        return 0
    bundle = sql.insert(bundles.insert(), {"made_at": at})
    if parcel.changes:
        sql.run_many(bundled.insert(), [{"bundle_id": bundle, "change_id": key} for key in parcel.changes])
    for news in parcel.news:
        values = {
            "notice_id": news.notice.id if news.notice else None,
            "trouble_id": news.trouble.id if news.trouble else None,
        }
        sql.run(bundled.insert(), {"bundle_id": bundle, **values})
    purpose = Purpose.NOTICE if parcel.news else Purpose.ALERT
    made = 0
    for one in parcel.to:
        waiting = None
        if one.collect:
            asked = {"of": one.subscription_id, "meant": purpose.value, "due": one.due_at}
            waiting = sql.first(_OPEN_DELIVERY, asked)
        if waiting is None:
            made += 1
            key = _deliver(sql, one.subscription_id, purpose, at=at, due_at=one.due_at)
        else:
            key = waiting.id
        sql.run(parts.insert(), {"delivery_id": key, "bundle_id": bundle})
    return made


def _deliver(sql: Sql, subscription_id: int, purpose: Purpose, *, at: dt.datetime, due_at: dt.datetime) -> int:
    values: dict[str, Any] = {
        "key": secrets.token_hex(12),
        "subscription_id": subscription_id,
        "purpose": purpose.value,
        "state": DeliveryState.WAITING.value,
        "created_at": at,
        "due_at": due_at,
        "attempts": 0,
    }
    return sql.insert(deliveries.insert(), values)


def _known(sql: Sql, kind: str, about: str, *, over: bool) -> bool:
    """Whether the last that was noted is just that; what never began is over."""
    row = sql.first(_LAST_TROUBLE, {"of_kind": kind, "of_about": about})
    return over if row is None else bool(row.over) is over


def _trouble(row: Row[Any]) -> Trouble:
    return Trouble(**row._mapping)  # noqa: SLF001 - public in SQLAlchemy
