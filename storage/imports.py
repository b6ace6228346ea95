"""Imports: who brought answers in from elsewhere, when, and where each of them came from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import bindparam, select

from storage import rows
from storage.audits import Action
from storage.purging import EMPTY
from storage.tables import audits, imports, origins, snapshots, versions
from storage.text import to_json

if TYPE_CHECKING:
    from storage.listing import Told
    from storage.records import Snapshot
    from storage.unit import Unit

_ADD = imports.insert()
_END = (
    imports.update().where(imports.c.id == bindparam("key")).values(ended_at=bindparam("end"), detail=bindparam("told"))
)
_ADD_ORIGIN = origins.insert()
_ORIGINS = (
    select(origins, imports.c.at, imports.c.who, imports.c.kind, imports.c.source.label("asked"), imports.c.ended_at)
    .join(imports, imports.c.id == origins.c.import_id)
    .join(snapshots, snapshots.c.id == origins.c.snapshot_id)
    .where(snapshots.c.page_id == bindparam("of_page"))
    .order_by(origins.c.snapshot_id)
)
_BY_RECORD = (
    snapshots.select()
    .join(origins, origins.c.snapshot_id == snapshots.c.id)
    .where(snapshots.c.page_id == bindparam("of_page"), origins.c.record == bindparam("named"))
    .order_by(snapshots.c.id)
)
_KEYS = select(snapshots.c.captured_at, snapshots.c.digest).where(snapshots.c.page_id == bindparam("of_page"))
_CRAWLED = (
    select(origins.c.snapshot_id)
    .join(snapshots, snapshots.c.id == origins.c.snapshot_id)
    .where(snapshots.c.page_id == bindparam("of_page"), origins.c.crawled.is_not(None))
)
_STRETCH = (
    versions.update()
    .where(versions.c.id == bindparam("key"))
    .values(last_seen=bindparam("end"), visits=bindparam("times"))
)
_PURGES = select(audits.c.detail).where(audits.c.action == Action.PURGE.value)


class Way(StrEnum):
    """Whence answers were brought in."""

    WARC = "warc"  #: files: WARC, ARC, WACZ
    WAYBACK = "wayback"  #: a server that speaks Memento and CDX


@dataclass(frozen=True, kw_only=True)
class Import:
    """One run of an import. `source` names the files, or the server."""

    id: int
    at: dt.datetime
    who: str
    kind: Way
    source: str
    ended_at: dt.datetime | None = None  #: None where it was cut short
    detail: dict[str, Any] = field(default_factory=dict)  #: what it counted


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where one answer came from: `place` is where its record begins in a file, in bytes."""

    source: str  #: the file's name, or the server
    place: int | None = None
    record: str | None = None  #: WARC-Record-ID, or the address of the memento
    crawled: dt.datetime | None = None  #: by a crawl for another archive, which was then exported


@dataclass(frozen=True, kw_only=True)
class Purges:
    """What was taken away on purpose: payloads and texts by their digests."""

    payloads: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()


def begin_import(unit: Unit, *, at: dt.datetime, who: str, kind: Way, source: str) -> int:
    """Write down that an import begins; its id."""
    values = {"at": at, "who": who, "kind": kind.value, "source": source, "detail": "{}"}
    return unit._sql.insert(_ADD, values)  # noqa: SLF001 - same room


def end_import(unit: Unit, key: int, *, at: dt.datetime, detail: Mapping[str, Any]) -> None:
    """Write down that an import came to its end, and what it counted."""
    unit._sql.run(_END, {"key": key, "end": at, "told": to_json(dict(detail))})  # noqa: SLF001 - same room


def add_origin(unit: Unit, snapshot_id: int, import_id: int, origin: Origin) -> None:
    """Write down where an answer came from, in the unit that keeps it."""
    values = {"source": origin.source, "place": origin.place, "record": origin.record, "crawled": origin.crawled}
    unit._sql.run(_ADD_ORIGIN, {"snapshot_id": snapshot_id, "import_id": import_id, **values})  # noqa: SLF001


def stretch(unit: Unit, version_id: int, *, last_seen: dt.datetime, visits: int) -> None:
    """Say until when a version was seen, and how often, by visits that left no answer."""
    unit._sql.run(_STRETCH, {"key": version_id, "end": last_seen, "times": visits})  # noqa: SLF001 - same room


def crawled(archive: Told, page_id: int) -> frozenset[int]:
    """The answers of a page that a crawl for another archive had brought, which was then exported; by their ids."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        return frozenset(row.snapshot_id for row in sql.rows(_CRAWLED, {"of_page": page_id}))


def page_origins(archive: Told, page_id: int) -> dict[int, tuple[Origin, Import]]:
    """Where the answers of a page came from that no crawl of ours brought, by the ids of their snapshots."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        found = sql.rows(_ORIGINS, {"of_page": page_id})
    return {
        row.snapshot_id: (
            Origin(source=row.source, place=row.place, record=row.record, crawled=row.crawled),
            Import(
                id=row.import_id, at=row.at, who=row.who, kind=Way(row.kind), source=row.asked, ended_at=row.ended_at
            ),
        )
        for row in found
    }


def list_imports(archive: Told) -> list[Import]:
    """All imports, oldest first."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        found = sql.rows(imports.select().order_by(imports.c.id))
    return [
        Import(
            id=row.id,
            at=row.at,
            who=row.who,
            kind=Way(row.kind),
            source=row.source,
            ended_at=row.ended_at,
            detail=msgspec.json.decode(row.detail),
        )
        for row in found
    ]


def by_record(archive: Told, page_id: int, record: str) -> Snapshot | None:
    """The answer of a page that was brought in from a record of that id."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        row = sql.first(_BY_RECORD, {"of_page": page_id, "named": record})
    return None if row is None else rows.snapshot(row)


def kept_keys(archive: Told, page_id: int) -> set[tuple[dt.datetime, str]]:
    """The times and digests of all answers that are kept of a page. One that was purged has the digest `EMPTY`."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        return {(row.captured_at, row.digest) for row in sql.rows(_KEYS, {"of_page": page_id})}


def is_purged(keys: Iterable[tuple[dt.datetime, str]], at: dt.datetime) -> bool:
    """Whether the answer of that time is one that was taken away."""
    return (at, EMPTY) in keys


def purges(archive: Told) -> Purges:
    """All that was ever purged, as the audits tell it."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        told = [msgspec.json.decode(row.detail, type=dict[str, Any]) for row in sql.rows(_PURGES)]
    return Purges(
        payloads=frozenset(digest for detail in told for digest in detail.get("payloads", ())) - {EMPTY},
        texts=frozenset(digest for detail in told for digest in detail.get("versions", ())),
    )
