"""A place on disk where bodies wait until they are written: an import may bring more than memory holds."""

from __future__ import annotations

import tempfile
from types import TracebackType
from typing import Self

import zstandard

from storage.payloads import digest_of


class Spool:
    """Bodies by their digests, each kept once, in a file without a name that is gone with the process."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="pressvakt-import-")  # noqa: SIM115 - closed by `close`
        self._places: dict[str, tuple[int, int]] = {}
        self._end = 0
        self._packer = zstandard.ZstdCompressor(level=1)

    def put(self, body: bytes) -> str:
        """Keep a body; its digest."""
        digest = digest_of(body)
        if digest not in self._places:
            packed = self._packer.compress(body)
            self._file.seek(self._end)
            self._file.write(packed)
            self._places[digest] = (self._end, len(packed))
            self._end += len(packed)
        return digest

    def get(self, digest: str) -> bytes | None:
        """A body; None where it is not kept here."""
        place = self._places.get(digest)
        if place is None:
            return None
        self._file.seek(place[0])
        return zstandard.ZstdDecompressor().decompress(self._file.read(place[1]))

    def close(self) -> None:
        """Give the room back."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
