"""Editions: what stood behind the address of a file that a release offers, one after the other.

An edition is to a file what a version is to a page. Its bytes are a payload like any other, where they are kept.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import zstandard
from sqlalchemy import bindparam, func, select

from storage.file_tables import editions
from storage.payloads import OUTSIDE, compress, pack
from storage.reading import stream
from storage.series import add_payload
from storage.statements import ADD_PAYLOAD, HAS_PAYLOAD

if TYPE_CHECKING:
    from sqlalchemy import Row

    from storage.database import Sql
    from storage.reading import Kept
    from storage.unit import Unit


@dataclass(frozen=True, kw_only=True)
class Edition:
    """What a file was for a while."""

    id: int
    page_id: int
    url: str
    number: int  #: 1 and up, for each file of a page
    digest: str  #: `sha256:…` of its bytes
    kept: bool  #: whether the bytes are in the archive
    size: int  #: in bytes
    media_type: str
    first_seen: dt.datetime
    last_seen: dt.datetime
    visits: int
    paragraphs: tuple[str, ...] | None = None  #: its text; None where it could not be read
    problem: str | None = None  #: why not


_OF_FILE = (editions.c.page_id == bindparam("of_page"), editions.c.url == bindparam("at_url"))
_LAST = editions.select().where(*_OF_FILE).order_by(editions.c.number.desc()).limit(1)
_ALL = editions.select().where(editions.c.page_id == bindparam("of_page")).order_by(editions.c.url, editions.c.number)
_SEE = (
    editions.update()
    .where(
        *_OF_FILE,
        editions.c.number == select(func.max(editions.c.number)).where(*_OF_FILE).correlate(None).scalar_subquery(),
    )
    .values(last_seen=bindparam("seen"), visits=editions.c.visits + 1)
)
_ADD = editions.insert()


def file_editions(archive: Kept, page_id: int, url: str | None = None) -> list[Edition]:
    """The editions of a page's files, or of one of them, oldest first."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        found = [_edition(row) for row in sql.rows(_ALL, {"of_page": page_id})]
    return [one for one in found if url is None or one.url == url]


def latest_edition(archive: Kept, page_id: int, url: str) -> Edition | None:
    """What a file was when it was last seen; None where nothing was ever kept of it."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        row = sql.first(_LAST, {"of_page": page_id, "at_url": url})
    return None if row is None else _edition(row)


def add_edition(
    unit: Unit,
    page_id: int,
    url: str,
    *,
    digest: str,
    body: bytes,
    keep: bool,
    media_type: str,
    at: dt.datetime,
    paragraphs: Sequence[str],
    problem: str | None,
) -> int:
    """Write what a file is now; the number of the edition. One that is the same as the last is only seen again."""
    last = latest_edition(unit, page_id, url)
    if last is not None and last.digest == digest:
        see_edition(unit, page_id, url, at=at)
        return last.number
    number = last.number + 1 if last else 1
    values = {
        "page_id": page_id,
        "url": url,
        "number": number,
        "digest": digest,
        "payload": _keep(unit._sql, digest, body) if keep else None,  # noqa: SLF001 - same room
        "size": len(body),
        "media_type": media_type,
        "first_seen": at,
        "last_seen": at,
        "visits": 1,
        "problem": problem,
        "text": _pack(paragraphs) if problem is None else None,
    }
    unit._sql.insert(_ADD, values)  # noqa: SLF001 - same room
    return number


def see_edition(unit: Unit, page_id: int, url: str, *, at: dt.datetime) -> None:
    """A file was found as it was; nothing where no edition of it is kept."""
    unit._sql.run(_SEE, {"of_page": page_id, "at_url": url, "seen": at})  # noqa: SLF001 - same room


def kept_files(sql: Sql, page_id: int) -> set[str]:
    """The payloads of the files of a page."""
    return {row.payload for row in sql.rows(_ALL, {"of_page": page_id}) if row.payload is not None}


def saying(reading: Callable[[], AbstractContextManager[Sql]], says: Callable[[str], bool]) -> list[int]:
    """The ids of the editions in whose text something stands."""
    query = editions.select().where(editions.c.text.is_not(None))
    return [row.id for row in stream(reading, query, editions.c.id) if says("\n".join(_unpack(row.text)))]


def erase_editions(sql: Sql, keys: Sequence[int], why: str) -> set[str]:
    """Leave of some editions only that they were; the payloads that they had."""
    payloads: set[str] = set()
    for key in keys:
        row = sql.first(editions.select().where(editions.c.id == key))
        if row is not None:
            payloads |= {row.payload} - {None}
            sql.run(editions.update().where(editions.c.id == key).values(text=None, payload=None, problem=why))
    return payloads


def damaged_editions(reading: Callable[[], AbstractContextManager[Sql]]) -> Iterator[tuple[str, str]]:
    """The editions that are not as they were kept: which, and what is wrong."""
    for row in stream(reading, editions.select(), editions.c.id):
        name = f"{row.number} of {row.url}"
        if row.payload is not None and row.payload != row.digest:
            yield name, "its payload is another's"
        try:
            if row.text is not None:
                _unpack(row.text)
        except (zstandard.ZstdError, msgspec.DecodeError):
            yield name, "its text cannot be read"


def _keep(sql: Sql, digest: str, body: bytes) -> str:
    """Keep the bytes of a file as a payload of its own: nothing of a page is in them, or of another edition."""
    if sql.first(HAS_PAYLOAD, {"named": digest}) is not None:
        return digest
    if (store := sql.database.store) is not None and body:
        data = compress(body)
        store.put(digest, data)  # before the row that speaks of it
        values = {"digest": digest, "size": len(body), "codec": OUTSIDE, "data": b"", "base_digest": None}
        sql.insert(ADD_PAYLOAD, {**values, "shared_id": None, "crc": zlib.crc32(data)})
    else:
        add_payload(sql, pack(body, digest))
    return digest


def _pack(paragraphs: Sequence[str]) -> bytes:
    return zstandard.ZstdCompressor(level=9).compress(msgspec.json.encode(list(paragraphs)))


def _unpack(data: bytes) -> tuple[str, ...]:
    return msgspec.json.decode(zstandard.ZstdDecompressor().decompress(data), type=tuple[str, ...])


def _edition(row: Row[Any]) -> Edition:
    return Edition(
        id=row.id,
        page_id=row.page_id,
        url=row.url,
        number=row.number,
        digest=row.digest,
        kept=row.payload is not None,
        size=row.size,
        media_type=row.media_type,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        visits=row.visits,
        paragraphs=None if row.text is None else _unpack(row.text),
        problem=row.problem,
    )
