"""Payloads in series: kept on top of what their page and their site said before, and opened again.

What several pages of a site say is gathered into a volume now and then: its menus and scripts at first, later what it
teases and links everywhere. A volume is a payload that nobody answered; it goes with the one before it, and both
together are the dictionary of the payloads that come after.
"""

from __future__ import annotations

import threading
import zlib
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from storage import payloads as packing
from storage import rows
from storage.errors import Damaged
from storage.payloads import DELTA, OUTSIDE, RAW, SHARED, ZSTD, Keyframe, Packed, Volume
from storage.segments import Sample, gather, without
from storage.series_tables import series
from storage.statements import ADD_PAYLOAD, HAS_PAYLOAD
from storage.tables import pages, payloads, snapshots

if TYPE_CHECKING:
    from sqlalchemy import Row

    from storage.database import Sql

#: Payloads of a site until its first volume is tried, and from one volume to the next.
_FIRST, _STEP = 8, 128
#: The newest payloads of the site from which a volume is gathered; what it takes at most, and at least, in bytes.
_SAMPLES, _LIMIT, _LEAST = 64, 96 * 1024, 4 * 1024
#: All samples together, in bytes: what one unit may hold in memory for it.
_AT_ONCE = 16 * 1024 * 1024

_volume, _former = payloads.alias("volume"), payloads.alias("former")
#: Named by digests and not by their keys, an opened volume can be held: a key may be given again.
_NAMES = (_volume.c.digest.label("volume"), _former.c.digest.label("former"))
_OPENED = (
    select(payloads, *_NAMES)
    .outerjoin(_volume, _volume.c.id == payloads.c.shared_id)
    .outerjoin(_former, _former.c.id == _volume.c.shared_id)
)
_PAYLOAD = _OPENED.where(payloads.c.digest == bindparam("named"))
_newest, _leaning = payloads.alias("newest"), payloads.alias("leaning")
_DELTAS = select(func.count()).where(_leaning.c.base_digest == payloads.c.digest).scalar_subquery()
#: What a page's next payload may lean on: what its newest good one leans on, or else that one itself.
_KEYFRAME = (
    _OPENED.add_columns(_DELTAS.label("deltas"))
    .join(_newest, payloads.c.digest == func.coalesce(_newest.c.base_digest, _newest.c.digest))
    .join(snapshots, snapshots.c.digest == _newest.c.digest)
    .where(snapshots.c.page_id == bindparam("of_page"), snapshots.c.status == 200)
    .order_by(snapshots.c.captured_at.desc(), snapshots.c.id.desc())
    .limit(1)
)
_SITE = select(pages.c.site_id).where(pages.c.id == bindparam("of_page")).scalar_subquery()
_STANDING = (
    select(series, *_NAMES)
    .outerjoin(_volume, _volume.c.id == series.c.volume_id)
    .outerjoin(_former, _former.c.id == _volume.c.shared_id)
    .where(series.c.site_id == _SITE)
)
_BEGIN = series.insert().from_select(
    ["site_id", "due", "step"],
    select(pages.c.site_id, bindparam("at_key"), bindparam("steps")).where(pages.c.id == bindparam("of_page")),
)
_GO_ON = (
    series.update()
    .where(series.c.site_id == bindparam("of_site"))
    .values(volume_id=bindparam("to_volume"), due=bindparam("at_key"), step=bindparam("steps"))
)
_RECENT = (
    _OPENED.add_columns(snapshots.c.page_id)
    .join(snapshots, snapshots.c.digest == payloads.c.digest)
    .join(pages, pages.c.id == snapshots.c.page_id)
    .where(pages.c.site_id == bindparam("of_site"), payloads.c.codec.in_((ZSTD, DELTA, SHARED)))
    .order_by(snapshots.c.id.desc())
    .limit(bindparam("many"))
)
_LAST = select(func.max(payloads.c.id).label("key"))


def keep_payload(sql: Sql, page_id: int, body: bytes) -> str:
    """Keep the body of an answer, if it is not kept yet; its digest."""
    digest = packing.digest_of(body)
    if sql.first(HAS_PAYLOAD, {"named": digest}) is not None:
        return digest
    if (store := sql.database.store) is not None and body:
        data = packing.compress(body)
        store.put(digest, data)  # before the row that speaks of it
        values = {"digest": digest, "size": len(body), "codec": OUTSIDE, "data": b""}
        sql.insert(ADD_PAYLOAD, {**values, "base_digest": None, "shared_id": None, "crc": zlib.crc32(data)})
        return digest
    standing = sql.first(_STANDING, {"of_page": page_id})
    volume = _standing_volume(sql, standing)
    key = add_payload(sql, packing.pack(body, digest, _keyframe(sql, page_id), volume))
    if standing is None:
        sql.run(_BEGIN, {"of_page": page_id, "at_key": key + _FIRST, "steps": _FIRST})
    elif key >= standing.due:
        _renew(sql, standing, volume, key)
    return digest


def payload_row(sql: Sql, digest: str) -> Row[Any] | None:
    """The row of a payload, for `opened`."""
    return sql.first(_PAYLOAD, {"named": digest})


def opened(sql: Sql, row: Row[Any]) -> bytes:
    """The payload of a row, checked against its digest.

    Raises:
        Damaged: it, or what it leans on, is not what was kept.
    """
    packed = packing.fetched(rows.packed(row), sql.database.store)
    return packing.unpack(packed, dictionary(sql, row))


def dictionary(sql: Sql, row: Row[Any]) -> bytes:
    """All that a payload leans on: its volume, and the one that goes with it; then its keyframe.

    Raises:
        Damaged: one of them is not what was kept.
    """
    content = b"" if row.shared_id is None or row.codec == packing.VOLUME else _content(sql, row)
    if row.base_digest is None:
        return content
    keyframe = payload_row(sql, row.base_digest)
    if keyframe is None:
        raise packing.damaged(row.digest, f"the keyframe {row.base_digest} that it leans on is missing")
    return content + opened(sql, keyframe)


def volume_of(sql: Sql, row: Row[Any]) -> Volume | None:
    """The volume that a payload leans on."""
    return None if row.shared_id is None else Volume(key=row.shared_id, content=_content(sql, row))


def add_payload(sql: Sql, packed: Packed) -> int:
    """Insert a payload; its key."""
    values = {"digest": packed.digest, "size": packed.size, "codec": packed.codec, "data": packed.data}
    return sql.insert(
        ADD_PAYLOAD, {**values, "base_digest": packed.base, "shared_id": packed.shared, "crc": packed.crc}
    )


def abandon(sql: Sql, volume_id: int) -> None:
    """Have no further payload lean on a volume; the next one is gathered soon."""
    last = sql.first(_LAST)
    for row in sql.rows(series.select().where(series.c.volume_id == volume_id)):
        due = (last.key if last is not None else 0) + _FIRST
        sql.run(_GO_ON, {"of_site": row.site_id, "to_volume": None, "at_key": due, "steps": _FIRST})


def _keyframe(sql: Sql, page_id: int) -> Keyframe | None:
    row = sql.first(_KEYFRAME, {"of_page": page_id})
    if row is None or row.codec not in (RAW, ZSTD, SHARED) or row.base_digest is not None:
        return None
    if row.deltas >= packing.DELTAS_PER_KEYFRAME or row.size > packing.SERIES_LIMIT:
        return None
    try:
        # read back and checked: nothing new may lean on a keyframe that has rotted
        return Keyframe(digest=row.digest, body=opened(sql, row), stored=len(row.data), deltas=row.deltas)
    except Damaged:
        return None


def _standing_volume(sql: Sql, standing: Row[Any] | None) -> Volume | None:
    if standing is None or standing.volume_id is None:
        return None
    try:
        return Volume(key=standing.volume_id, content=_content(sql, standing))
    except Damaged:
        return None


def _renew(sql: Sql, standing: Row[Any], volume: Volume | None, key: int) -> None:
    """Gather a volume from the site's newest payloads, where they have enough in common that is new."""
    samples = _samples(sql, standing.site_id, min(_SAMPLES, standing.step), volume)
    content = gather(samples, limit=_LIMIT)
    if volume is not None:
        content = without(content, volume.content)
    new = None
    if len(content) >= _LEAST:
        packed = packing.pack_volume(content, None if volume is None else volume.key)
        if sql.first(HAS_PAYLOAD, {"named": packed.digest}) is None:
            new = add_payload(sql, packed)
    step = _STEP if new is not None else 2 * standing.step
    at = new if new is not None else (None if volume is None else volume.key)
    sql.run(_GO_ON, {"of_site": standing.site_id, "to_volume": at, "at_key": key + step, "steps": step})


def _samples(sql: Sql, site_id: int, many: int, volume: Volume | None) -> list[Sample]:
    """The newest payloads of a site, oldest first; those that are damaged are left to `verify`."""
    samples: dict[int, Sample] = {}
    left = _AT_ONCE
    for row in sql.rows(_RECENT, {"of_site": site_id, "many": many}):
        if row.id in samples or row.size > packing.SERIES_LIMIT or row.size > left:
            continue
        left -= row.size
        try:
            leans = dictionary(sql, row)
            packed = rows.packed(row)
            body = packing.unpack(packed, leans)
        except Damaged:
            continue
        new = packing.novel(packed, len(leans)) if volume is not None and leans else None
        samples[row.id] = Sample(page=row.page_id, body=body, novel=new)
    return list(reversed(samples.values()))


def _content(sql: Sql, row: Row[Any]) -> bytes:
    """What the volume that a row names says, behind what the one says that goes with it."""
    if row.volume is None:
        raise Damaged(f"a volume that payloads lean on is missing ({row!r:.40}); restore the archive from a backup")
    return _held.get((row.volume, row.former)) or _held.put((row.volume, row.former), _read(sql, row))


def _read(sql: Sql, row: Row[Any]) -> bytes:
    found = [payload_row(sql, name) for name in (row.former, row.volume) if name is not None]
    return b"".join(packing.unpack(rows.packed(one)) for one in found if one is not None)


class _Held:
    """The volumes opened last: a megabyte or two, for all archives of a process."""

    def __init__(self, most: int = 8) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._contents: OrderedDict[tuple[str, str | None], bytes] = OrderedDict()

    def get(self, names: tuple[str, str | None]) -> bytes | None:
        """What volumes of these names say, if it is held."""
        with self._lock:
            if names in self._contents:
                self._contents.move_to_end(names)
            return self._contents.get(names)

    def put(self, names: tuple[str, str | None], content: bytes) -> bytes:
        """Hold what volumes of these names say, and give it."""
        with self._lock:
            self._contents[names] = content
            while len(self._contents) > self._most:
                self._contents.popitem(last=False)
        return content


_held = _Held()
