"""Is everything as it was kept? Every payload through its delta chain, every row read, every link followed."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from changes.canonical import text_digest
from storage import payloads as packing
from storage import rows
from storage.errors import ArchiveError, Damaged
from storage.links import loose_links
from storage.listing import CHANGES
from storage.reading import stream
from storage.tables import changes, pages, payloads, snapshots, versions

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy import Row, Select
    from sqlalchemy.sql.elements import ColumnElement

    from storage.archive import Archive
    from storage.database import Sql
    from storage.stores import Store

#: Keyframes that are read in one go, each with up to nineteen deltas.
_CHUNK = 20

Watch = Callable[[int, int], None]
Reading = Callable[[], "AbstractContextManager[Sql]"]


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """One thing that is not as it was kept."""

    what: str  #: "payload", "snapshot", "version", "change", "page", "audit" or "database"
    name: str  #: which: a digest, an address with its version, an id
    text: str  #: what is wrong with it, for a person

    def __str__(self) -> str:
        return f"{self.what} {self.name}: {self.text}".replace(" : ", ": ")


def verify(archive: Archive, *, watch: Watch = lambda *_: None) -> Iterator[Wrong]:
    """Everything that is wrong with an archive, as it is found; nothing where all is well. Changes nothing.

    Memory stays flat, and a crawl may go on meanwhile: each part is read in short transactions.

    Args:
        archive: An open archive.
        watch: Told, as the work goes on, how many rows have been looked at, and how many there are.
    """
    reading = archive._reading  # noqa: SLF001 - same room
    count = _Count(watch, _total(reading))
    parts: tuple[Callable[[], Iterator[Wrong]], ...] = (
        lambda: _structure(archive),
        lambda: _payloads(reading, count),
        lambda: _snapshots(reading, count),
        lambda: _versions(reading, count),
        lambda: _changes(reading, count),
        lambda: (Wrong(what=what, name=name, text=text) for what, name, text in loose_links(reading)),
    )
    for part in parts:
        try:
            yield from part()
        except ArchiveError as error:
            # the file itself would not be read on: what the other parts find is still worth knowing
            yield Wrong(what="database", name="", text=str(error))


class _Count:
    """How far we are."""

    def __init__(self, watch: Watch, total: int) -> None:
        self._watch, self._total, self._done = watch, total, 0
        watch(0, total)

    def __call__(self, rows: int = 1) -> None:
        self._done += rows
        self._watch(self._done, max(self._total, self._done))


def _total(reading: Reading) -> int:
    total = 0
    for table in (payloads, snapshots, versions, changes):
        try:
            with reading() as sql:
                row = sql.first(select(func.count()).select_from(table))
        except ArchiveError:
            continue  # told of by the part that reads it
        total += row[0] if row is not None else 0
    return total


def _structure(archive: Archive) -> Iterator[Wrong]:
    for line in archive.check():
        yield Wrong(what="database", name="", text=line)


def _payloads(reading: Reading, count: _Count) -> Iterator[Wrong]:
    """Each keyframe, and right after it what leans on it: so each is unpacked once."""
    for keyframes in _chunks(reading, payloads.select().where(payloads.c.base_digest.is_(None)), payloads.c.id):
        with reading() as sql:
            store = sql.database.store
            leaning = sql.rows(
                payloads.select()
                .where(payloads.c.base_digest.in_([row.digest for row in keyframes]))
                .order_by(payloads.c.id)
            )
        by_base: dict[str, list[Row[Any]]] = {row.digest: [] for row in keyframes}
        for row in leaning:
            by_base[row.base_digest].append(row)
        for keyframe in keyframes:
            body, wrong = _unpacked(keyframe, None, store)
            yield from wrong
            for row in by_base[keyframe.digest]:
                yield from _leaning(row, body)
        count(len(keyframes) + len(leaning))
    base = payloads.alias("base")
    chained = select(payloads.c.digest).join(base, base.c.digest == payloads.c.base_digest)
    with reading() as sql:
        found = sql.rows(chained.where(base.c.base_digest.is_not(None)))
    count(len(found))
    for row in found:
        yield _payload(row.digest, "it leans on a payload that is not stored whole itself")


def _unpacked(row: Row[Any], keyframe: bytes | None, store: Store | None = None) -> tuple[bytes | None, list[Wrong]]:
    """The payload in a row, or what is wrong with it; both where it can be read although a bit of it is flipped."""
    try:
        packed = packing.fetched(rows.packed(row), store)
    except Damaged as error:
        return None, [_payload(row.digest, _why(error))]
    wrong = []
    if row.crc is not None and zlib.crc32(packed.data) != row.crc:
        wrong = [_payload(row.digest, "its stored bytes no longer match their checksum")]
    try:
        body = packing.unpack(packed) if keyframe is None else packing.unpack_on(packed, keyframe)
    except Damaged as error:
        return None, wrong or [_payload(row.digest, _why(error))]
    if len(body) != row.size:
        wrong = [_payload(row.digest, f"it has {len(body)} bytes and not {row.size}")]
    return body, wrong


def _why(error: Damaged) -> str:
    return str(error).split(": ", 1)[-1].split(";", maxsplit=1)[0]


def _leaning(row: Row[Any], keyframe: bytes | None) -> list[Wrong]:
    if keyframe is not None:
        return _unpacked(row, keyframe)[1]
    if row.crc is not None and zlib.crc32(row.data) != row.crc:
        return [_payload(row.digest, "its stored bytes no longer match their checksum, nor do those it leans on")]
    return [_payload(row.digest, f"its own bytes are right, but the keyframe {row.base_digest} it leans on is damaged")]


def _payload(digest: str, text: str) -> Wrong:
    return Wrong(what="payload", name=digest, text=text)


def _snapshots(reading: Reading, count: _Count) -> Iterator[Wrong]:
    for row in stream(reading, snapshots.select(), snapshots.c.id):
        count()
        if error := _error(rows.snapshot, row):
            yield Wrong(what="snapshot", name=str(row.id), text=error)


def _versions(reading: Reading, count: _Count) -> Iterator[Wrong]:
    query = select(versions, pages.c.url).join(pages, pages.c.id == versions.c.page_id)
    for row in stream(reading, query, versions.c.id):
        count()
        name = f"{row.number} of {row.url}"
        try:
            release = rows.unpack_release(row.release, name)
        except Damaged as error:
            yield Wrong(what="version", name=name, text=str(error).split(" is damaged ")[-1].split(";")[0])
            continue
        if text_digest(release) != row.digest:
            yield Wrong(what="version", name=name, text="what it says no longer matches its digest")
        if row.first_seen > row.last_seen or row.visits < 1:
            yield Wrong(what="version", name=name, text="it was last seen before it was first seen, or never visited")


def _changes(reading: Reading, count: _Count) -> Iterator[Wrong]:
    for row in stream(reading, CHANGES, changes.c.id):
        count()
        if error := _error(rows.change, row):
            yield Wrong(what="change", name=str(row.id), text=error)


def _error(make: Callable[[Row[Any]], object], row: Row[Any]) -> str:
    """Why a row cannot be what was written; empty where it can."""
    try:
        make(row)
    except Damaged as error:
        return str(error).split(";", maxsplit=1)[0]
    return ""


def _chunks(reading: Reading, query: Select[Any], key: ColumnElement[Any]) -> Iterator[Sequence[Row[Any]]]:
    after = 0
    while True:
        with reading() as sql:
            found = sql.rows(query.where(key > after).order_by(key).limit(_CHUNK))
        if not found:
            return
        yield found
        after = found[-1].id
