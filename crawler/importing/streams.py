"""The bytes of an archive file, unpacked: plain, or gzip member by member, each proven to be whole.

Readers of WARC files take what a broken gzip stream gives and say nothing. Here a member counts when its checksum and
length were seen (RFC 1952), and what follows a broken one is found again.
"""

from __future__ import annotations

import zlib
from typing import BinaryIO

GZIP = b"\x1f\x8b\x08"
_CHUNK = 64 * 1024
_PACKED = 16 * 1024
_STEP = 1024  #: unpacked at once: where a checksum is wrong, so much of what stands before it is lost
_PROBE = 4096


class Broken(Exception):  # noqa: N818 - named for what happened
    """The bytes end, or go wrong, where more should follow. The message says how."""


class Plain:
    """An uncompressed file."""

    broken: Broken | None = None  #: why there is no more, where more should follow

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self._buffer = b""
        self._at = 0  #: where the buffer begins in the file
        file.seek(0)

    @property
    def position(self) -> int:
        """Where the next byte stands."""
        return self._at

    @property
    def read_so_far(self) -> int:
        """How much of the file was read: for a progress bar."""
        return self._at + len(self._buffer)

    def peek(self, size: int) -> bytes:
        """The next bytes, fewer at the end; they stay where they are."""
        if len(self._buffer) < size:
            parts, have = [self._buffer], len(self._buffer)
            try:
                while have < size and self.broken is None and (part := self._more(max(_CHUNK, size - have))):
                    parts.append(part)
                    have += len(part)
            except Broken as error:
                self.broken = error
            self._buffer = b"".join(parts)
        return self._buffer[:size]

    def take(self, size: int) -> bytes:
        """The next bytes; fewer than asked for at the end."""
        found = self.peek(size)
        self._buffer = self._buffer[len(found) :]
        self._at += len(found)
        return found

    def line(self, limit: int) -> bytes:
        """The next line with its end; without one where it is longer than `limit` or the last."""
        end = self.peek(limit).find(b"\n")
        return self.take(limit if end < 0 else end + 1)

    def back(self, position: int) -> None:
        """Go on from an earlier place."""
        self.file.seek(position)
        self._buffer, self._at = b"", position

    def find(self, marks: tuple[bytes, ...]) -> bool:
        """Go to where one of some byte strings stands next; to the end where none does."""
        longest = max(map(len, marks))
        while True:
            window = self.peek(_CHUNK)
            hits = [place for mark in marks if (place := window.find(mark)) >= 0]
            if hits:
                self.take(min(hits))
                return True
            if len(window) < _CHUNK:
                self.take(len(window))
                return False
            self.take(len(window) - longest + 1)

    def _more(self, size: int) -> bytes:
        return self.file.read(size)


class Member(Plain):
    """One member of a gzip file, unpacked as it is read. Positions count unpacked bytes."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        super().__init__(file)
        self.start = start
        self._begin()

    def _begin(self) -> None:
        self._buffer, self._at, self.broken = b"", 0, None
        self._member = zlib.decompressobj(wbits=31)
        self._packed = b""
        self._next = self.start  #: where the next packed bytes stand

    @property
    def read_so_far(self) -> int:
        """How much of the file was read."""
        return self._next - len(self._packed)

    @property
    def end(self) -> int:
        """Where the member ends in the file, once it was read to its end."""
        return self._next - len(self._member.unused_data)

    @property
    def ended(self) -> bool:
        """Whether all of the member was read, and its checksum is right."""
        return not self.peek(1) and self._member.eof

    def back(self, position: int) -> None:
        """Unpack the member again up to an earlier place."""
        self._begin()
        while self._at < position and self.take(min(_CHUNK, position - self._at)):
            pass

    def _more(self, size: int) -> bytes:
        del size
        while not self._member.eof:
            if not self._packed:
                self.file.seek(self._next)
                self._packed = self.file.read(_PACKED)
                self._next += len(self._packed)
                if not self._packed:
                    raise Broken("the file ends in the middle of its gzip data")
            try:
                part = self._member.decompress(self._packed, _STEP)
            except zlib.error as error:
                raise Broken(f"the gzip data are damaged ({error})") from None
            self._packed = self._member.unconsumed_tail
            if part:
                return part
        return b""


def sound(file: BinaryIO, start: int) -> bool:
    """Whether a whole gzip member can be unpacked; keeps nothing of it."""
    member = Member(file, start)
    while member.take(_CHUNK):
        pass
    return member.ended


def next_member(file: BinaryIO, after: int) -> int | None:
    """Where the next gzip member begins from which something can be read; None where there is none."""
    at = after
    held = b""
    while True:
        file.seek(at + len(held))
        part = file.read(_CHUNK)
        if not part:
            return None
        window = held + part
        place = window.find(GZIP)
        while place >= 0:
            if _opens(file, at + place):
                return at + place
            place = window.find(GZIP, place + 1)
        keep = min(len(window), len(GZIP) - 1)
        at, held = at + len(window) - keep, window[-keep:]


def _opens(file: BinaryIO, start: int) -> bool:
    file.seek(start)
    try:
        return bool(zlib.decompressobj(wbits=31).decompress(file.read(_PROBE), 16))
    except zlib.error:
        return False
