"""Is everything as it was kept? Every payload through its delta chain, every row read, every link followed."""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from changes.canonical import text_digest
from storage import payloads as packing
from storage import rows
from storage.editions import damaged_editions
from storage.errors import ArchiveError, Damaged
from storage.links import loose_links
from storage.listing import CHANGES
from storage.reading import stream
from storage.series import opened, payload_row
from storage.tables import changes, pages, payloads, snapshots, versions

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy import Row, Select
    from sqlalchemy.sql.elements import ColumnElement

    from storage.archive import Archive
    from storage.database import Sql
    from storage.stores import Store

#: Keyframes that are read in one go, each with up to 39 deltas; volumes that are held open.
_CHUNK, _SHELF = 20, 8

Watch = Callable[[int, int], None]
Reading = Callable[[], "AbstractContextManager[Sql]"]


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """One thing that is not as it was kept."""

    what: str  #: "payload", "snapshot", "version", "change", "file", "page", "audit" or "database"
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
        lambda: (Wrong(what="file", name=name, text=text) for name, text in damaged_editions(reading)),
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
    """Each volume; then each keyframe, and right after it what leans on it: so each is unpacked once."""
    shelf = _Shelf(reading)
    yield from shelf.wrong
    count(shelf.many)
    whole = payloads.select().where(payloads.c.base_digest.is_(None), payloads.c.codec != packing.VOLUME)
    for keyframes in _chunks(reading, whole, payloads.c.id):
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
            body, wrong = _leaning(keyframe, shelf, b"", store)
            yield from wrong
            for row in by_base[keyframe.digest]:
                yield from _leaning(row, shelf, body)[1]
        count(len(keyframes) + len(leaning))
    base = payloads.alias("base")
    chained = select(payloads.c.digest).join(base, base.c.digest == payloads.c.base_digest)
    with reading() as sql:
        found = sql.rows(chained.where(or_(base.c.base_digest.is_not(None), base.c.codec == packing.VOLUME)))
    count(len(found))
    for row in found:
        yield _payload(row.digest, "it leans on a payload that is not stored whole itself")


class _Shelf:
    """The volumes, each seen to be as it was kept; a few of them opened."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._opened: OrderedDict[int, bytes] = OrderedDict()
        self._former: dict[int, int | None] = {}  #: of those that can be read: which one goes with each
        self.many = 0
        self.wrong: list[Wrong] = []
        for row in stream(reading, payloads.select().where(payloads.c.codec == packing.VOLUME), payloads.c.id):
            self.many += 1
            self.wrong += self._look_at(row)
        self._newest = max(self._former, default=0)

    def content(self, key: int) -> bytes | None:
        """What payloads lean on that name a volume; None where that, or the one that goes with it, is damaged."""
        if key not in self._former and key > self._newest:  # a crawl that goes on meanwhile has gathered it
            self.wrong = self._look_at(self._row(key))
        if key not in self._former or (self._former[key] or key) not in self._former:
            return None
        return b"".join(self._open(one) for one in (self._former[key], key) if one is not None)

    def packed_anew(self, row: Row[Any]) -> bytes | None:
        """The payload of a row, where a purge has meanwhile taken the volume away that it leant on."""
        with self._reading() as sql:
            now = payload_row(sql, row.digest)
            if now is None:
                return b""
            try:
                return opened(sql, now) if (now.shared_id, now.crc) != (row.shared_id, row.crc) else None
            except Damaged:
                return None

    def _look_at(self, row: Row[Any] | None) -> list[Wrong]:
        if row is None:
            return []
        content, wrong = _unpacked(row, b"")
        if content is not None:
            self._former[row.id] = row.shared_id
        return wrong

    def _open(self, key: int) -> bytes:
        if key not in self._opened:
            row = self._row(key)
            self._opened[key] = b"" if row is None else packing.unpack(rows.packed(row))
            if len(self._opened) > _SHELF:
                self._opened.popitem(last=False)
        return self._opened[key]

    def _row(self, key: int) -> Row[Any] | None:
        with self._reading() as sql:
            return sql.first(payloads.select().where(payloads.c.id == key, payloads.c.codec == packing.VOLUME))


def _unpacked(row: Row[Any], dictionary: bytes, store: Store | None = None) -> tuple[bytes | None, list[Wrong]]:
    """The payload in a row, or what is wrong with it; both where it can be read although a bit of it is flipped."""
    try:
        packed = packing.fetched(rows.packed(row), store)
    except Damaged as error:
        return None, [_payload(row.digest, _why(error))]
    wrong = []
    if row.crc is not None and zlib.crc32(packed.data) != row.crc:
        wrong = [_payload(row.digest, "its stored bytes no longer match their checksum")]
    try:
        body = packing.unpack(packed, dictionary)
    except Damaged as error:
        return None, wrong or [_payload(row.digest, _why(error))]
    if len(body) != row.size:
        wrong = [_payload(row.digest, f"it has {len(body)} bytes and not {row.size}")]
    return body, wrong


def _why(error: Damaged) -> str:
    return str(error).split(": ", 1)[-1].split(";", maxsplit=1)[0]


def _leaning(
    row: Row[Any], shelf: _Shelf, keyframe: bytes | None, store: Store | None = None
) -> tuple[bytes | None, list[Wrong]]:
    """As `_unpacked`, for a payload that may lean on a volume and on a keyframe, None where that is damaged."""
    common = b"" if row.shared_id is None else shelf.content(row.shared_id)
    if keyframe is None or common is None:
        body, wrong = None, [_payload(row.digest, _what_it_leans_on(row, common))]
    else:
        body, wrong = _unpacked(row, common + keyframe, store)
    if wrong and row.shared_id is not None and (anew := shelf.packed_anew(row)) is not None:
        return anew, []
    return body, wrong


def _what_it_leans_on(row: Row[Any], common: bytes | None) -> str:
    if row.crc is not None and zlib.crc32(row.data) != row.crc:
        return "its stored bytes no longer match their checksum, nor do those it leans on"
    if common is None:
        return f"its own bytes are right, but the volume {row.shared_id} it leans on is damaged"
    return f"its own bytes are right, but the keyframe {row.base_digest} it leans on is damaged"


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
