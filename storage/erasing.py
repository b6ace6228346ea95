"""Taking rows away for good: what points to them goes with them, what leaned on them is packed anew, no byte stays."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select
from sqlalchemy.exc import SQLAlchemyError

from storage import fts5, rows
from storage import payloads as packing
from storage.database import explain
from storage.errors import Locked
from storage.payloads import Keyframe, Packed
from storage.reading import packed_payload
from storage.tables import metadata, payloads, snapshots

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Table

    from storage.database import Database, Sql

_LEANING = payloads.select().where(payloads.c.base_digest == bindparam("base")).order_by(payloads.c.id)
_USED = select(snapshots.c.id).where(snapshots.c.digest == bindparam("named")).limit(1)
_DROP = payloads.delete().where(payloads.c.digest == bindparam("named"))
_REPACK = (
    payloads.update()
    .where(payloads.c.digest == bindparam("named"))
    .values(
        codec=bindparam("as_codec"), base_digest=bindparam("on"), data=bindparam("as_data"), crc=bindparam("as_crc")
    )
)
#: In the file's header while a purge is committed, and its bytes not yet swept out of the file.
_UNSWEPT, _SWEPT = 1, 0


def drop_rows(sql: Sql, table: Table, condition: ColumnElement[bool]) -> None:
    """Delete rows, and before them all rows of any table that point to them."""
    for other in metadata.tables.values():
        for key in other.foreign_keys:
            if key.column.table is table and other is not table:
                drop_rows(sql, other, key.parent.in_(select(key.column).where(condition)))
    sql.run(table.delete().where(condition))


def drop_payloads(sql: Sql, digests: Collection[str]) -> list[str]:
    """Delete those payloads that no snapshot needs any more; which ones they were."""
    gone = {digest for digest in digests if sql.first(_USED, {"named": digest}) is None}
    for digest in sorted(gone):
        _repack(sql, digest, gone)
    # what leans goes first: the keyframe's row is pointed to
    for leaning in (True, False):
        for digest in sorted(gone):
            packed = packed_payload(sql, digest)
            if packed is not None and (packed.base is not None) is leaning:
                sql.run(_DROP, {"named": digest})
    return sorted(gone)


def _repack(sql: Sql, base: str, gone: Collection[str]) -> None:
    """Have those that lean on a payload lean on the first among them instead."""
    leaning = [rows.packed(row) for row in sql.rows(_LEANING, {"base": base}) if row.digest not in gone]
    if not leaning:
        return
    whole = packed_payload(sql, base)
    bodies = [packing.unpack(packed, whole) for packed in leaning]
    keyframe: Keyframe | None = None
    for packed, body in zip(leaning, bodies, strict=True):
        anew = packing.pack(body, packed.digest, keyframe)
        _put(sql, anew)
        if anew.base is None:
            keyframe = Keyframe(packed=anew, deltas=0)
        elif keyframe is not None:
            keyframe = Keyframe(packed=keyframe.packed, deltas=keyframe.deltas + 1)


def _put(sql: Sql, packed: Packed) -> None:
    values: dict[str, Any] = {"as_codec": packed.codec, "on": packed.base, "as_data": packed.data}
    sql.run(_REPACK, {"named": packed.digest, **values, "as_crc": packed.crc})


def begin_sweep(sql: Sql) -> None:
    """Say, in the transaction that takes rows away, that their bytes are still to be swept out of the file.

    The index of words is emptied: to take single words out of it would leave others to guess them from. The next search
    fills it again.
    """
    sql.ask(fts5.clear)
    sql.ask(lambda connection: connection.exec_driver_sql("PRAGMA secure_delete=ON"))
    sql.ask(lambda connection: connection.exec_driver_sql(f"PRAGMA user_version={_UNSWEPT}"))


def is_swept(sql: Sql) -> bool:
    """Whether nothing that was taken away may still lie in the file."""
    return bool(sql.ask(lambda connection: connection.exec_driver_sql("PRAGMA user_version").scalar()) == _SWEPT)


def sweep(database: Database) -> None:
    """Leave no byte of deleted rows in the database file and its write-ahead log.

    Raises:
        Locked: another process would not let go; the same call may be repeated.
        DiskFull: the file is written anew, which needs its size once more.
    """
    where = str(database.path)
    try:
        connection = database._writer.raw_connection()  # noqa: SLF001 - same room
        try:
            driver: sqlite3.Connection = connection.driver_connection  # type: ignore[assignment]
            driver.execute("PRAGMA secure_delete=ON")
            driver.execute("VACUUM")
            _fold(driver, where)
            driver.execute(f"PRAGMA user_version={_SWEPT}")
            _fold(driver, where)
        finally:
            connection.close()
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise explain(error, where) from error


def _fold(driver: sqlite3.Connection, where: str) -> None:
    """Bring the write-ahead log into the file, and cut it to nothing."""
    busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise Locked(
            f"{where}: what was purged is gone from the archive, but another process still reads the file, and its "
            "bytes lie there until that ends; then run `pressvakt purge` once more"
        )
