"""Taking rows away for good: what points to them goes with them, what leaned on them is packed anew, no byte stays."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, union_all

from storage import payloads as packing
from storage import rows
from storage.errors import Damaged
from storage.file_tables import editions
from storage.payloads import SHARED, VOLUME, Keyframe, Packed
from storage.segments import said_in, segments
from storage.series import abandon, opened, payload_row, volume_of
from storage.tables import metadata, payloads, snapshots

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Row, Table

    from storage.database import Sql

_LEANING = select(payloads.c.digest).where(payloads.c.base_digest == bindparam("base")).order_by(payloads.c.id)
_ON_VOLUME = (
    select(payloads.c.digest)
    .where(payloads.c.shared_id == bindparam("volume"), payloads.c.codec == SHARED)
    .order_by(payloads.c.id)
)
_VOLUMES = select(payloads.c.digest).where(payloads.c.codec == VOLUME).order_by(payloads.c.id)
_LATER = select(payloads.c.id).where(payloads.c.shared_id == bindparam("volume"), payloads.c.codec == VOLUME)
_USED = union_all(
    select(snapshots.c.id).where(snapshots.c.digest == bindparam("named")),
    select(editions.c.id).where(editions.c.payload == bindparam("named")),
).limit(1)
_DROP = payloads.delete().where(payloads.c.digest == bindparam("named"))
_REPACK = (
    payloads.update()
    .where(payloads.c.digest == bindparam("named"))
    .values(
        codec=bindparam("as_codec"),
        base_digest=bindparam("on"),
        shared_id=bindparam("with_volume"),
        data=bindparam("as_data"),
        crc=bindparam("as_crc"),
    )
)
_ALONE = payloads.update().where(payloads.c.id == bindparam("key")).values(shared_id=None)


def drop_rows(sql: Sql, table: Table, condition: ColumnElement[bool]) -> None:
    """Delete rows, and before them all rows of any table that point to them."""
    for other in metadata.tables.values():
        for key in other.foreign_keys:
            if key.column.table is table and other is not table:
                drop_rows(sql, other, key.parent.in_(select(key.column).where(condition)))
    sql.run(table.delete().where(condition))


def drop_payloads(sql: Sql, digests: Collection[str]) -> list[str]:
    """Delete those payloads that no snapshot and no edition of a file needs any more, and what volumes have of them; which ones they were."""
    gone = {digest for digest in digests if sql.first(_USED, {"named": digest}) is None}
    said, unknown = _said(sql, gone) if sql.first(_VOLUMES.limit(1)) is not None else (set(), 0)
    for digest in sorted(gone):
        _repack(sql, digest, gone)
    # what leans goes first: the keyframe's row is pointed to
    for leaning in (True, False):
        for digest in sorted(gone):
            row = payload_row(sql, digest)
            if row is not None and (row.base_digest is not None) is leaning:
                sql.run(_DROP, {"named": digest})
    for volume, content in volumes(sql):
        # a volume has nothing of what was kept after it
        if content is None or volume.id > unknown or _alone_said(sql, volume, segments(content) & said):
            dissolve(sql, volume)
    return sorted(gone)


def volumes(sql: Sql) -> Iterator[tuple[Row[Any], bytes | None]]:
    """All volumes with what each says by itself; None where that is damaged."""
    for name in sql.rows(_VOLUMES):
        row = payload_row(sql, name.digest)
        if row is None:
            continue
        try:
            yield row, packing.unpack(rows.packed(row))
        except Damaged:
            yield row, None


def dissolve(sql: Sql, volume: Row[Any]) -> None:
    """Take a volume away. What leaned on it stands on its own from here on.

    Raises:
        Damaged: it cannot be read, and something leans on it.
    """
    later = [row.id for row in sql.rows(_LATER, {"volume": volume.id})]
    for key in (volume.id, *later):
        for digest in _leaning_on(sql, key):
            row = payload_row(sql, digest)
            if row is not None:
                _put(sql, packing.pack(opened(sql, row), digest, _keyframe(sql, row)))
    for key in later:
        sql.run(_ALONE, {"key": key})
    abandon(sql, volume.id)
    if sql.first(_USED, {"named": volume.digest}) is None:
        sql.run(_DROP, {"named": volume.digest})
    else:  # an answer says the very same
        _put(sql, packing.pack(packing.unpack(rows.packed(volume)), volume.digest))


def _said(sql: Sql, digests: Collection[str]) -> tuple[set[bytes], float]:
    """The segments of some payloads, and the key of the first that is damaged: nobody knows what it said."""
    said: set[bytes] = set()
    unknown = float("inf")
    for digest in digests:
        row = payload_row(sql, digest)
        if row is None:
            continue
        try:
            said |= segments(opened(sql, row))
        except Damaged:
            unknown = min(unknown, row.id)
    return said, unknown


def _alone_said(sql: Sql, volume: Row[Any], some: set[bytes]) -> bool:
    """Whether a volume has one of some segments that nothing says any more that leans on it."""
    for digest in _leaning_on(sql, volume.id):
        if not some:
            return False
        row = payload_row(sql, digest)
        if row is not None:
            some = some - said_in(opened(sql, row), some)
    return bool(some)


def _leaning_on(sql: Sql, volume: int) -> list[str]:
    return [row.digest for row in sql.rows(_ON_VOLUME, {"volume": volume})]


def _keyframe(sql: Sql, row: Row[Any]) -> Keyframe | None:
    """What a payload leans on, for it to lean on it again."""
    whole = None if row.base_digest is None else payload_row(sql, row.base_digest)
    if whole is None:
        return None
    return Keyframe(digest=whole.digest, body=opened(sql, whole), stored=len(whole.data), deltas=0)


def _repack(sql: Sql, base: str, gone: Collection[str]) -> None:
    """Have those that lean on a payload lean on the first among them instead."""
    keyframe: Keyframe | None = None
    anew: list[Packed] = []
    for leaning in sql.rows(_LEANING, {"base": base}):
        row = payload_row(sql, leaning.digest)
        if row is None or row.digest in gone:
            continue
        body = opened(sql, row)
        packed = packing.pack(body, row.digest, keyframe, volume_of(sql, row))
        anew.append(packed)
        if packed.base is None:
            keyframe = Keyframe(digest=row.digest, body=body, stored=len(packed.data), deltas=0)
        elif keyframe is not None:
            keyframe = Keyframe(
                digest=keyframe.digest, body=keyframe.body, stored=keyframe.stored, deltas=keyframe.deltas + 1
            )
    for packed in anew:
        _put(sql, packed)


def _put(sql: Sql, packed: Packed) -> None:
    values: dict[str, Any] = {"as_codec": packed.codec, "on": packed.base, "as_data": packed.data}
    sql.run(_REPACK, {"named": packed.digest, **values, "with_volume": packed.shared, "as_crc": packed.crc})
