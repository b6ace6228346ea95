"""What happened, newest first, as a person reads it: a wave is one line, and so is what a site's first crawl found.

Each page of the list begins where the one before it ended (`older_than`); nothing is counted that is not shown.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, func, not_, or_, select

from changes.kinds import Kind
from storage import rows
from storage.listing import CHANGES
from storage.narrowing import _ranges
from storage.tables import changes, crawls, sites, versions, waves

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Row, Select

    from changes.release import Release
    from storage.database import Sql
    from storage.listing import Told
    from storage.records import Change

#: Rows that are read at once.
CHUNK = 60
_LONGEST_CRAWL = dt.timedelta(days=2)
_CRAWL = select(crawls.c.started_at, crawls.c.ended_at, crawls.c.stats).where(crawls.c.id == bindparam("key"))
#: By their time, which has an index: the members of a wave are of one crawl.
_MEMBERS = (
    select(changes.c.id)
    .join(waves, waves.c.change_id == changes.c.id)
    .where(
        changes.c.detected_at >= bindparam("start"),
        changes.c.detected_at <= bindparam("end"),
        waves.c.name == bindparam("wave_name"),
    )
)
_NEWER = _MEMBERS.where(changes.c.id >= bindparam("older")).limit(1)
_MANY = select(func.count()).select_from(_MEMBERS.subquery())
_PAGES = select(changes.c.id, changes.c.page_id).where(changes.c.id.in_(bindparam("among", expanding=True)))
#: By way of the changes: a list of pairs (page, number) would have SQLite read every version there is.
_SAID = (
    select(versions.c.page_id, versions.c.number, versions.c.release)
    .select_from(changes)
    .join(
        versions,
        and_(versions.c.page_id == changes.c.page_id, versions.c.number.in_((changes.c.before, changes.c.after))),
    )
    .where(changes.c.id.in_(bindparam("among", expanding=True)))
)
_NEWEST = select(func.max(changes.c.id))


class Fold(StrEnum):
    """Why many changes are one line."""

    WAVE = "wave"  #: one kind and cause in one crawl
    BASELINE = "baseline"  #: found by a site's first crawl


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the list: a change, or many told as one by the newest of them."""

    page_id: int
    change: Change
    fold: Fold | None = None
    count: int | None = 1  #: None where nobody counted


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which changes: those that fit all that is given. `since` counts in, `until` does not."""

    site: str | None = None
    kinds: tuple[Kind, ...] = ()
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    wave: str | None = None  #: the members of this wave, one by one
    baseline: bool = False  #: what first crawls found, one by one


def newest(archive: Told, wanted: Wanted, *, older_than: int | None = None, limit: int = 30) -> Iterator[Line]:
    """The newest lines, or the newest of those that are older than a change."""
    seen: dict[str, list[Any]] = {"waves": [], "sites": []}
    at, given = older_than, 0
    with archive._reading() as sql:  # noqa: SLF001 - same room
        base = _query(wanted)
        if wanted.until is not None:
            # where the time ends: else every younger change would be looked at first
            until = changes.c.id <= max((last for _, last in _ranges(sql, wanted.since, wanted.until)), default=0)
            base = base.where(until)
        while given < limit:
            found = sql.rows(_below(base, at, seen, wanted).limit(CHUNK))
            folded = False
            for row in found:
                at = row.id
                key = _fold(row, wanted)
                if key is None:
                    yield Line(page_id=row.page_id, change=rows.change(row))
                    given += 1
                else:
                    folded = True
                    seen["waves" if key is Fold.WAVE else "sites"].append(row.wave if key is Fold.WAVE else row.site_id)
                    if older_than is None or not _begun(sql, row, key, older_than):
                        yield _line(sql, row, key)
                        given += 1
                if folded or given >= limit:
                    break  # the rest of what was folded is not read at all
            if not folded and len(found) < CHUNK:
                return


def pages_of(archive: Told, found: Iterable[int]) -> dict[int, int]:
    """The pages of some changes, by the ids of both."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        return {row.id: row.page_id for row in sql.rows(_PAGES, {"among": list(found)})}


def releases_about(archive: Told, found: Sequence[int]) -> dict[tuple[int, int], Release]:
    """What the pages of some changes said before and after them, by page and number."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        return {
            (row.page_id, row.number): rows.unpack_release(row.release, f"version {row.number} of page {row.page_id}")
            for row in sql.rows(_SAID, {"among": list(found)})
        }


def newest_id(archive: Told) -> int:
    """The id of the newest change; 0 where there is none."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        row = sql.first(_NEWEST)
    return int(row[0] or 0) if row is not None else 0


def _query(wanted: Wanted) -> Select[Any]:
    query = CHANGES.order_by(changes.c.id.desc())
    if wanted.site is not None:
        query = query.where(
            changes.c.site_id == select(sites.c.id).where(sites.c.name == wanted.site).scalar_subquery()
        )
    if wanted.kinds:
        query = query.where(changes.c.kind.in_([kind.value for kind in wanted.kinds]))
    if wanted.since is not None:
        query = query.where(changes.c.detected_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(changes.c.detected_at < wanted.until)
    if wanted.wave is not None:
        query = query.where(changes.c.id.in_(select(waves.c.change_id).where(waves.c.name == wanted.wave)))
    if wanted.baseline:
        query = query.where(_BASELINE)
    return query


_BASELINE: ColumnElement[bool] = and_(changes.c.baseline.is_(True), changes.c.kind == Kind.PUBLISHED.value)


def _below(query: Select[Any], at: int | None, seen: dict[str, list[Any]], wanted: Wanted) -> Select[Any]:
    if at is not None:
        query = query.where(changes.c.id < at)
    if seen["waves"] and wanted.wave is None:
        query = query.where(or_(waves.c.name.is_(None), waves.c.name.not_in(seen["waves"])))
    if seen["sites"] and not wanted.baseline:
        query = query.where(not_(and_(_BASELINE, changes.c.site_id.in_(seen["sites"]))))
    return query


def _fold(row: Row[Any], wanted: Wanted) -> Fold | None:
    if row.wave is not None and wanted.wave is None:
        return Fold.WAVE
    if row.baseline and row.kind == Kind.PUBLISHED.value and not wanted.baseline:
        return Fold.BASELINE
    return None


def _begun(sql: Sql, row: Row[Any], key: Fold, older: int) -> bool:
    """Whether a page of the list before this one has the line already."""
    if key is Fold.BASELINE:
        newer = select(changes.c.id).where(changes.c.site_id == row.site_id, changes.c.id >= older, _BASELINE).limit(1)
        return sql.first(newer) is not None
    start, end, _ = _crawl(sql, row)
    asked = {"start": start, "end": end, "wave_name": row.wave, "older": older}
    return sql.first(_NEWER, asked) is not None


def _line(sql: Sql, row: Row[Any], key: Fold) -> Line:
    start, end, stats = _crawl(sql, row)
    count: int | None
    if key is Fold.BASELINE:
        count = stats.get(f"change/{Kind.PUBLISHED.value}")
    else:
        found = sql.first(_MANY, {"start": start, "end": end, "wave_name": row.wave})
        count = None if found is None else int(found[0])
    return Line(page_id=row.page_id, change=rows.change(row), fold=key, count=count)


def _crawl(sql: Sql, row: Row[Any]) -> tuple[dt.datetime, dt.datetime, dict[str, int]]:
    """When the crawl of a change began and ended, and what it counted."""
    found = None if row.crawl_id is None else sql.first(_CRAWL, {"key": row.crawl_id})
    if found is None:
        return row.detected_at - _LONGEST_CRAWL, row.detected_at + _LONGEST_CRAWL, {}
    return found.started_at, found.ended_at or found.started_at + _LONGEST_CRAWL, _stats(found.stats)


def _stats(text: str) -> dict[str, int]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
