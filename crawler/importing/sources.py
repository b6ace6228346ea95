"""The files of records that an import reads: those on disk, and those inside a WACZ, which is a zip file."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

_ZIP = b"PK\x03\x04"
_PACKED = {b"\x04\x22\x4d\x18": "LZ4", b"\x28\xb5\x2f\xfd": "zstd", b"\x5d\x2a\x4d\x18": "zstd", b"BZh": "bzip2"}
_ENDINGS = (".warc", ".warc.gz", ".arc", ".arc.gz")
#: What reading a file, or a zip file, may fail with; the last two: a password, a way of packing that is not known.
FAILURES = (OSError, zipfile.BadZipFile, EOFError, zlib.error, RuntimeError, NotImplementedError)


class NoSource(Exception):  # noqa: N818 - named for what happened
    """A file in which no records can be looked for. The message says why."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One file of records: a file on disk, or one inside a WACZ."""

    name: str
    size: int
    path: Path
    inner: str | None = None
    sound: bool = True  #: whether the zip's checksum is right


def look(path: Path) -> list[Source]:
    """The files of records in a file: itself, or those in a WACZ.

    Raises:
        NoSource: there are none.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4)
        if start == _ZIP:
            return _inside(path)
        size = path.stat().st_size
    except FAILURES as error:
        raise NoSource(f"cannot be read ({saying(error)})") from None
    if not start:
        raise NoSource("is empty")
    if packed := next((name for mark, name in _PACKED.items() if start.startswith(mark)), None):
        raise NoSource(f"is packed with {packed}; unpack it first")
    return [Source(name=path.name, size=size, path=path)]


@contextmanager
def opened(source: Source) -> Iterator[BinaryIO]:
    """The bytes of a source; it can be read again from any place."""
    if source.inner is None:
        with source.path.open("rb") as file:
            yield file
        return
    with zipfile.ZipFile(source.path) as zipped, zipped.open(source.inner) as inner:
        yield cast("BinaryIO", inner)  # it reads and seeks as a file does


def saying(error: BaseException) -> str:
    """What went wrong with a file, in one line."""
    return " ".join(str(getattr(error, "strerror", None) or error).split())[:200]


def _inside(path: Path) -> list[Source]:
    with zipfile.ZipFile(path) as zipped:
        inner = [one for one in zipped.infolist() if one.filename.endswith(_ENDINGS) and not one.is_dir()]
    if not inner:
        raise NoSource("is a zip file without a WARC file in it, so no WACZ")
    return [
        Source(
            name=f"{path.name}:{one.filename}",
            size=one.compress_size,
            path=path,
            inner=one.filename,
            sound=_unpacks(path, one.filename),
        )
        for one in inner
    ]


def _unpacks(path: Path, inner: str) -> bool:
    """Whether a file in a zip can be read to its end, and has the checksum that the zip states."""
    try:
        with zipfile.ZipFile(path) as zipped, zipped.open(inner) as file:
            while file.read(1024 * 1024):
                pass
    except FAILURES:
        return False
    return True
