"""The index of a WARC file: CDXJ, sorted by address (SURT) and time, in gzipped blocks with an index of their own.

`index.cdx.gz` holds the lines in blocks that can be read one by one, `index.idx` where each block begins (ZipNum). Lines
that are too many to be sorted at once are sorted on disk: memory stays flat.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import re
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from typing import IO, TYPE_CHECKING, Self

from storage.exports.surt import surt

if TYPE_CHECKING:
    from types import TracebackType

    from storage.exports.records import Sink
    from storage.exports.warc import Captured
    from storage.records import Snapshot

#: Lines of a block: what a reader fetches to find one address.
BLOCK = 1024
#: Characters of lines that are sorted in memory.
AT_ONCE = 16 * 1024 * 1024

_PARAMETERS = re.compile(r"[;\s]")


def line(captured: Captured, file: str) -> str:
    """The line of an answer that stands in a WARC file of that name."""
    snapshot, place = captured.snapshot, captured.place
    found = {
        "url": snapshot.url,
        "mime": "warc/revisit" if captured.revisit else _mime(snapshot),
        "status": str(snapshot.status),
        "digest": snapshot.digest,
        "length": str(place.length),
        "offset": str(place.offset),
        "filename": file,
        "recordDigest": place.digest,
    }
    return f"{surt(snapshot.url)} {snapshot.captured_at:%Y%m%d%H%M%S} {json.dumps(found)}\n"


def _mime(snapshot: Snapshot) -> str:
    value = next((value for name, value in snapshot.headers if name.lower() == "content-type"), "")
    return _PARAMETERS.split(value.strip(), maxsplit=1)[0].lower() or "unk"


class Sorted:
    """Lines in any order, given back in the order of their bytes."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._size = 0
        self._files: list[IO[str]] = []
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def add(self, text: str) -> None:
        """Take one line, its line feed and all."""
        self._lines.append(text)
        self._size += len(text)
        if self._size > AT_ONCE:
            self._spill()

    def __iter__(self) -> Iterator[str]:
        self._lines.sort()
        for file in self._files:
            file.seek(0)
        return heapq.merge(*self._files, self._lines)

    def _spill(self) -> None:
        self._lines.sort()
        file = self._open.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n"))  # noqa: SIM115 - the stack closes it
        file.writelines(self._lines)
        self._files.append(file)
        self._lines, self._size = [], 0


def write_blocks(lines: Sorted, data: Sink) -> Iterator[str]:
    """Write the lines as blocks, and give the lines of their index: what stands in `index.idx`."""
    yield "!meta 0 " + json.dumps({"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}) + "\n"
    offset, left = 0, iter(lines)
    while block := list(islice(left, BLOCK)):
        packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
        packed = packer.compress("".join(block).encode()) + packer.flush()
        data.write(packed)
        told = {"offset": offset, "length": len(packed), "digest": f"sha256:{hashlib.sha256(packed).hexdigest()}"}
        yield f"{block[0].split('{', 1)[0].rstrip()} {json.dumps(told)}\n"
        offset += len(packed)
