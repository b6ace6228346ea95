"""Where the records of a WARC or ARC file begin and end, and which of them are broken.

warcio reads records well and says nothing of those that are cut short, whose length is wrong, or that are missing at
the end of a damaged gzip file (webrecorder/warcio#138). So the frame is found here, to the byte (ISO 28500, 5 and
annex A), and warcio reads what is inside a sound one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from crawler.importing.streams import GZIP, Broken, Member, Plain, next_member, sound

#: A larger block is passed over: no page is as long, and videos are.
LARGEST = 64 * 1024 * 1024
_LINE = 64 * 1024
_HEAD = 256 * 1024
_STEP = 1024 * 1024
_VERSION = re.compile(rb"WARC/(?:0\.1[78]|1\.\d)[ \t\r]*\n")
#: address, IP, time, media type, length: the five words of an ARC record (version 1)
_ARC = re.compile(rb"[a-zA-Z][a-zA-Z0-9+.-]*:\S[^\r\n]* [^ \r\n]+ \d{6,20} [^ \r\n]+ (?P<length>\S+)[ \t]*\r?\n")
_LENGTH = re.compile(rb"(?im)^content-length[ \t]*:[ \t]*([^\r\n]*?)[ \t]*\r?$")
_BLANK = b"\r\n"
#: What may stand before and in a first line, to look for one where the last frame was broken.
_MARKS = (b"\nWARC/1.", b"\0WARC/1.", b"\nWARC/0.1", b"\nhttp://", b"\nhttps://", b"\ndns:")

Watch = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One whole record. `block` is None where it is larger than `LARGEST`."""

    place: int  #: where it begins in the file; inside a gzip member, where the member begins
    head: bytes  #: its own lines, to the blank one
    block: bytes | None
    proven: bool = True  #: False in a gzip member with a broken end: only a digest can prove it


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Bytes that are no whole record."""

    place: int
    reason: str


def frames(file: BinaryIO, watch: Watch = lambda _: None) -> Iterator[Frame | Gap]:
    """All records of a file, in order, and what is broken between them. `watch` is told how many bytes are done."""
    file.seek(0)
    if file.read(len(GZIP)) == GZIP:
        yield from _members(file, watch)
    else:
        yield from _records(Plain(file), watch)


def _members(file: BinaryIO, watch: Watch) -> Iterator[Frame | Gap]:
    start: int | None = 0
    while start is not None:
        member = Member(file, start)
        try:
            yield from _records(member, watch)
            end: int | None = member.end if member.ended else None
        except Broken as error:
            yield Gap(place=start, reason=str(error))
            end = None
        file.seek(start + 1 if end is None else end)
        if end is not None and file.read(len(GZIP)) == GZIP:
            start = end
            continue
        after = next_member(file, start + 1 if end is None else end)
        if end is not None:
            file.seek(end)
            between = file.read(min(_STEP, (after - end) if after is not None else _STEP))
            if between.strip(b"\0\r\n"):
                yield Gap(place=end, reason="bytes that are no gzip data")
        start = after


def _records(stream: Plain, watch: Watch) -> Iterator[Frame | Gap]:
    """The records of a plain file, or of one gzip member."""
    first = True
    proven = True
    while _more(stream):
        at = stream.position
        place = stream.start if isinstance(stream, Member) else at
        found = _record(stream, place)
        if isinstance(found, Gap):
            if stream.broken is not None:
                break
            yield found
            _find_next(stream, at)
        else:
            if isinstance(stream, Member) and first and not stream.ended:
                if not _more(stream) and stream.broken is not None:
                    break  # the one record of its member, which is not closed
                # several records in one member: its checksum comes after the last of them
                proven = sound(stream.file, stream.start)
            yield Frame(place=place, head=found.head, block=found.block, proven=proven)
        first = False
        watch(stream.read_so_far)
    if stream.broken is not None:
        raise stream.broken


def _more(stream: Plain) -> bool:
    """Go to what follows the ends of lines; False where nothing does."""
    while stream.peek(1) in (b"\r", b"\n"):
        stream.take(1)
    return bool(stream.peek(1))


def _find_next(stream: Plain, at: int) -> None:
    """Go from a broken record to the next line that begins one, or to the end."""
    stream.back(at)
    stream.take(1)
    while stream.find(_MARKS):
        stream.take(1)
        if _begins(stream.peek(_LINE)):
            return


def _begins(data: bytes) -> bool:
    return bool(_VERSION.match(data) or _ARC.match(data))


def _record(stream: Plain, place: int) -> Frame | Gap:
    line = stream.line(_LINE)
    if not line.endswith(b"\n"):
        cut = len(line) < _LINE and (b"WARC/1.1".startswith(line.strip()) or line.startswith(b"WARC/"))
        return Gap(place=place, reason="the record is cut short in its first line" if cut else "no record begins here")
    arc = _ARC.fullmatch(line)
    if arc is not None:
        return _block(stream, place, line, arc["length"], arc=True)
    if not _VERSION.fullmatch(line):
        return Gap(place=place, reason=f"no record begins here, but {_shown(line)}")
    head = line
    while True:
        line = stream.line(_LINE)
        head += line
        if not line.endswith(b"\n"):
            return Gap(place=place, reason="the record is cut short in its headers")
        if not line.strip():
            break
        if len(head) > _HEAD:
            return Gap(place=place, reason=f"its headers are longer than {_HEAD} bytes")
    lengths = set(_LENGTH.findall(head))
    if len(lengths) != 1:
        return Gap(place=place, reason="it says two lengths" if lengths else "it has no Content-Length")
    return _block(stream, place, head, lengths.pop(), arc=False)


def _block(stream: Plain, place: int, head: bytes, length: bytes, *, arc: bool) -> Frame | Gap:
    if not re.fullmatch(rb"\d{1,15}", length):
        return Gap(place=place, reason=f"its length is {_shown(length)}, which is none")
    size = int(length)
    begins = stream.position
    block: bytes | None = stream.take(size) if size <= LARGEST else None
    if block is None:
        while stream.position - begins < size and stream.take(min(_STEP, size - (stream.position - begins))):
            pass
    if (there := stream.position - begins) < size:
        return Gap(place=place, reason=f"the record is cut short: {there} of {size} bytes are there")
    if not _ends(stream, closed=arc or (block or b"").endswith(b"\n")):
        return Gap(place=place, reason=f"its length ({size} bytes) does not lead to the end of the record")
    return Frame(place=place, head=head, block=block)


def _ends(stream: Plain, *, closed: bool) -> bool:
    """Whether a record may end here: nothing follows but line ends, or else the next one, on a line of its own."""
    after = stream.peek(_LINE)
    following = after.lstrip(_BLANK)
    if not following or after.startswith(b"\r\n\r\n"):
        return True  # as the standard has it (ISO 28500, 4), whatever follows
    if not closed and after.startswith(following):
        return False
    return _begins(following)


def _shown(data: bytes) -> str:
    """A little of some bytes, for a person."""
    text = data.strip().decode("ascii", "replace")
    return repr(text if len(text) <= 40 else f"{text[:40]}…")
