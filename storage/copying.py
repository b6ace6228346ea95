"""A whole archive moved into another database, whichever kind either is: every row under its own id, and seen to be so.

The copy is made in batches, each a unit of the target that also says how far it has come: who is cut short goes on there.
While it runs, nobody else writes into the archive that is copied. The indexes of words are made anew in the target.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import LargeBinary, func, select, tuple_

from storage import payloads as packing
from storage import rows
from storage.access_tables import sessions
from storage.archive import Archive, prepare
from storage.database import Database, Sql
from storage.dialects import open_database
from storage.errors import ArchiveError
from storage.indexing import index_more, unindexed
from storage.payloads import OUTSIDE, ZSTD
from storage.question_tables import marks, senders, spans
from storage.series import opened, payload_row
from storage.service_tables import duties
from storage.settling import COPY, PAYLOADS, remember, settle
from storage.tables import (
    crawls,
    cursors,
    leases,
    metadata,
    payloads,
    rewordings,
    sayings,
    sites,
    unindexed_changes,
    unindexed_versions,
)

if TYPE_CHECKING:
    from sqlalchemy import Row, Table

Watch = Callable[[str, int, int], None]

#: What is made anew in the target, or ends with the processes that hold it.
LEFT_OUT = frozenset(
    {
        table.name
        for table in (
            sayings,
            rewordings,
            unindexed_versions,
            unindexed_changes,
            marks,
            senders,
            spans,
            leases,
            duties,
            sessions,
        )
    }
)
#: Rows of a batch; of tables with long values, fewer.
_ROWS, _LONG_ROWS, _INDEXED = 2_000, 100, 200
_CURSOR = cursors.select().where(cursors.c.name == COPY)
#: What an archive remembers of its own place is not carried to another.
_OWN = (COPY, PAYLOADS, "purge/unswept")


@dataclass(frozen=True, kw_only=True)
class Copied:
    """A copy that is whole, and was seen to be."""

    rows: int
    tables: dict[str, str]  #: the digest of each table's rows: `sha256:…`


@dataclass(frozen=True, kw_only=True)
class _Way:
    """How far a copy has come: the table under way, and the key of its last row that is there."""

    source: str  #: by what the archive is known that is copied
    table: str | None = None
    after: list[Any] | None = None
    done: bool = False  #: all rows are there


def copy_archive(source: Archive, url: str, *, payloads: str | None = None, watch: Watch = lambda *_: None) -> Copied:
    """Copy an archive into the database at an address, which must be empty, or a copy of it that was cut short.

    When this returns, every table has been read on both sides and found the same. The source stays as it is.

    Args:
        source: An open archive. Nobody else writes into it meanwhile.
        url: Where to.
        payloads: Where the target keeps its payloads, if not in its database; see `Archive.open`.
        watch: Told which part of the work is how far: ("copy", "index" or "compare", done, of how many).

    Raises:
        ArchiveError: the target holds something else, or the source was written to since a copy was cut short.
        Damaged: a row cannot be read, or is not the same in the target.
    """
    database = open_database(url)
    try:
        prepare(database)
        _refuse_itself(source, database)
        settle(database, payloads, copying=True)
        with ExitStack() as held:
            # nobody writes meanwhile; to begin again, later, would mean to look at everything again
            reading = held.enter_context(source._database.writing())  # noqa: SLF001 - same room
            source._database.may_stand(reading)  # noqa: SLF001 - while the target's indexes are made
            way = _way(reading, database)
            if not way.done:
                _copy(reading, database, way, watch)
            _index(database, watch)
            digests = _compare(reading, database, watch)
            with database.writing() as sql:
                database.set_last_keys(sql, source._database.last_keys(reading))  # noqa: SLF001 - same room
                remember(sql, COPY, None)
            many = _total(reading)
        return Copied(rows=many, tables=digests)
    finally:
        database.close()


def tables() -> list[Table]:
    """The tables that are copied, each after those that its rows point to."""
    return [table for table in metadata.sorted_tables if table.name not in LEFT_OUT and table is not cursors]


def _refuse_itself(source: Archive, target: Database) -> None:
    if source._database.where == target.where:  # noqa: SLF001 - same room
        raise ArchiveError(f"{target.where} would be copied into itself; name another place")


def _way(reading: Sql, target: Database) -> _Way:
    """Where to begin, or to go on.

    Raises:
        ArchiveError: the target is neither empty nor a copy of this archive.
    """
    name = _name(reading)
    with target.writing() as sql:
        row = sql.first(_CURSOR)
        if row is not None:
            way = msgspec.json.decode(row.value, type=_Way)
            if way.source != name:
                raise ArchiveError(f"{target.where} holds the beginning of a copy of another archive; empty it first")
            return way
        taken = next((table.name for table in tables() if _any(sql, table)), None)
        if taken is not None:
            raise ArchiveError(
                f"{target.where} is not empty (it has {taken}); an archive is copied into an empty place"
            )
        way = _Way(source=name)
        _note(sql, way)
    return way


def _name(reading: Sql) -> str:
    """By what an archive is known: its first site and its first crawl, which never change."""
    digest = hashlib.sha256()
    for column in (sites.c.name, crawls.c.started_at):
        row = reading.first(select(column.table.c.id, column).order_by(column.table.c.id).limit(1))
        digest.update(repr(row and tuple(row)).encode())
    return digest.hexdigest()


def _copy(reading: Sql, target: Database, way: _Way, watch: Watch) -> None:
    order = tables()
    total = _total(reading)
    first = next((at for at, table in enumerate(order) if table.name == way.table), 0)
    with target.reading() as sql:
        done = _total(sql)
    for table in order[first:]:
        after = way.after if table.name == way.table else None
        for batch in _batches(reading, table, after):
            values = [_values(reading, target, table, row) for row in batch]
            after = _key_of(table, batch[-1])
            with target.writing() as sql:
                sql.run_many(table.insert(), values)
                _note(sql, _Way(source=way.source, table=str(table.name), after=after))
            done += len(batch)
            watch("copy", done, total)
    with target.writing() as sql:
        kept = reading.rows(cursors.select().where(cursors.c.name.not_in(_OWN)).order_by(cursors.c.id))
        for row in kept:
            remember(sql, row.name, msgspec.json.decode(row.value))
        _note(sql, _Way(source=way.source, done=True))


def _values(reading: Sql, target: Database, table: Table, row: Row[Any]) -> dict[str, Any]:
    """A row as the target keeps it: its payload may lie elsewhere."""
    values = dict(row._mapping)  # noqa: SLF001 - public in SQLAlchemy
    if table is not payloads or not row.size:
        return values
    if target.store is None and row.codec == OUTSIDE:
        found = packing.fetched(rows.packed(row), reading.database.store)
        return {**values, "codec": ZSTD, "data": found.data}
    if target.store is not None:
        data = _whole(reading, row)
        target.store.put(row.digest, data)  # before the row that speaks of it
        return {
            **values,
            "codec": OUTSIDE,
            "data": b"",
            "base_digest": None,
            "shared_id": None,
            "crc": zlib.crc32(data),
        }
    return values


def _whole(reading: Sql, row: Row[Any]) -> bytes:
    """A payload as an object of a store."""
    packed = packing.fetched(rows.packed(row), reading.database.store)
    kept = payload_row(reading, row.digest)
    body = packing.unpack(packed) if kept is None else opened(reading, kept)
    return packed.data if packed.codec == ZSTD else packing.compress(body)


def _index(target: Database, watch: Watch) -> None:
    """Make the indexes of words anew."""
    with target.reading() as sql:
        total = unindexed(sql)
    done = 0
    while True:
        with target.writing() as sql:
            many = index_more(sql, _INDEXED)
        if not many:
            return
        done += many
        watch("index", done, max(total, done))


def _compare(reading: Sql, target: Database, watch: Watch) -> dict[str, str]:
    """The digest of each table's rows.

    Raises:
        ArchiveError: one is not the same on both sides.
    """
    total, done = _total(reading), 0
    digests = {}
    with target.reading() as sql:
        for table in tables():
            columns = _compared(table, reading.database, target)
            here, there = hashlib.sha256(), hashlib.sha256()
            many = 0
            for batch in _batches(reading, table):
                many += len(batch)
                for row in batch:
                    here.update(_bytes(row, columns))
                watch("compare", done + many, total)
            done += many
            for batch in _batches(sql, table):
                many -= len(batch)
                for row in batch:
                    there.update(_bytes(row, columns))
                    if table is payloads and row.codec == OUTSIDE:
                        packing.unpack(packing.fetched(rows.packed(row), target.store))
            if many or here.digest() != there.digest():
                raise ArchiveError(
                    f"the {table.name} of {target.where} are not those of {reading.database.where}: it was written to "
                    "since the copy began, or a disk is at fault; empty the target, and copy anew"
                )
            digests[table.name] = f"sha256:{here.hexdigest()}"
    return digests


def _compared(table: Table, source: Database, target: Database) -> list[str]:
    """The columns that must be the same: all, but of payloads that are kept in another way."""
    if table is payloads and (source.store is not None or target.store is not None):
        return ["id", "digest", "size"]
    return [column.name for column in table.columns]


def _bytes(row: Row[Any], columns: Sequence[str]) -> bytes:
    return repr([getattr(row, name) for name in columns]).encode()


def _batches(sql: Sql, table: Table, after: list[Any] | None = None) -> Iterator[Sequence[Row[Any]]]:
    """The rows of a table in the order of their keys."""
    keys = list(table.primary_key.columns)
    many = _LONG_ROWS if any(isinstance(column.type, LargeBinary) for column in table.columns) else _ROWS
    query = table.select().order_by(*keys).limit(many)
    while True:
        part = query if after is None else query.where(tuple_(*keys) > tuple_(*after))
        found = sql.rows(part)
        if found:
            yield found
        if len(found) < many:
            return
        after = _key_of(table, found[-1])


def _key_of(table: Table, row: Row[Any]) -> list[Any]:
    return [getattr(row, column.name) for column in table.primary_key.columns]


def _total(sql: Sql) -> int:
    counts = (sql.first(select(func.count()).select_from(table)) for table in tables())
    return sum(row[0] for row in counts if row is not None)


def _any(sql: Sql, table: Table) -> bool:
    return sql.first(table.select().limit(1)) is not None


def _note(sql: Sql, way: _Way) -> None:
    remember(sql, COPY, msgspec.to_builtins(way))
