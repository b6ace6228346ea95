"""A page's versions and answers without what they say: what a timeline is drawn of, however long it is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from storage.tables import payloads, snapshots, versions

if TYPE_CHECKING:
    from storage.listing import Told

_STEPS = (
    select(
        versions.c.number,
        versions.c.first_seen,
        versions.c.last_seen,
        versions.c.visits,
        versions.c.snapshot_id,
        versions.c.rules,
    )
    .where(versions.c.page_id == bindparam("of_page"))
    .order_by(versions.c.number)
)
_ANSWERS = (
    select(
        snapshots.c.id,
        snapshots.c.captured_at,
        snapshots.c.status,
        snapshots.c.url,
        snapshots.c.digest,
        payloads.c.size,
    )
    .join(payloads, payloads.c.digest == snapshots.c.digest)
    .where(snapshots.c.page_id == bindparam("of_page"))
    .order_by(snapshots.c.captured_at.desc(), snapshots.c.id.desc())
)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One version by its number, and when it held."""

    number: int
    first_seen: dt.datetime
    last_seen: dt.datetime
    visits: int
    snapshot_id: int
    rules: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One kept answer; `size` is that of its payload, in bytes."""

    id: int
    captured_at: dt.datetime
    status: int
    url: str
    digest: str
    size: int


def timeline(archive: Told, page_id: int) -> list[Moment]:
    """All versions of a page, oldest first."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        return [Moment(**row._mapping) for row in sql.rows(_STEPS, {"of_page": page_id})]  # noqa: SLF001


def answers(archive: Told, page_id: int, *, before: dt.datetime | None = None, limit: int = 20) -> list[Answer]:
    """The newest answers of a page, or the newest of those captured before a time."""
    query = _ANSWERS.limit(limit)
    if before is not None:
        query = query.where(snapshots.c.captured_at < before)
    with archive._reading() as sql:  # noqa: SLF001 - same room
        return [Answer(**row._mapping) for row in sql.rows(query, {"of_page": page_id})]  # noqa: SLF001
