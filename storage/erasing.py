"""Taking rows away for good: what points to them goes with them, what leaned on them is packed anew, no byte stays."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from storage import payloads as packing
from storage import rows
from storage.payloads import Keyframe, Packed
from storage.reading import packed_payload, payload_row
from storage.tables import metadata, payloads, snapshots

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Table

    from storage.database import Sql

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
            row = payload_row(sql, digest)
            if row is not None and (row.base_digest is not None) is leaning:
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
