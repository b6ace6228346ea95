"""What payloads of a site have in common: the segments that several pages say, gathered for a volume."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

#: A segment ends with a tag or a line; what ends with neither is none.
_SEGMENT = re.compile(rb"[^>\n]*[>\n]")
#: A shorter one is found again quickly, or is not worth a look.
_SHORT = 8
#: zstd finds a few bytes of almost anything in a large dictionary: so many in a row that it did not find are new.
_NEW = re.compile(rb"[^\0]{3,}")
#: What is known is passed over in strides: a search byte by byte takes ten times as long.
_KNOWN = bytes(128)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A payload to gather from."""

    page: int
    body: bytes
    novel: bytes | None = None  #: it, with zeros where it leans on others (`storage.payloads.novel`); None: all is new


def gather(samples: Sequence[Sample], *, limit: int) -> bytes:
    """The new segments that payloads of more than one page have, those of the last sample last; `limit` in bytes."""
    found = [_SEGMENT.findall(_new_part(sample)) for sample in samples]
    pages: defaultdict[bytes, set[int]] = defaultdict(set)
    for sample, segments in zip(samples, found, strict=True):
        for segment in segments:
            if len(segment) >= _SHORT:
                pages[segment].add(sample.page)
    parts: list[bytes] = []
    size, taken = 0, set[bytes]()
    for segments in reversed(found):
        part = bytearray()
        for segment in segments:
            # a short one keeps its neighbours together
            wanted = bool(part) if len(segment) < _SHORT else segment not in taken and len(pages[segment]) > 1
            if wanted and size + len(part) + len(segment) <= limit:
                taken.add(segment)
                part += segment
        size += len(part)
        parts.append(bytes(part))
    return b"".join(reversed(parts))


def segments(body: bytes) -> set[bytes]:
    """All segments of a payload, or of a volume."""
    return set(_SEGMENT.findall(body))


def without(content: bytes, known: bytes) -> bytes:
    """The segments of a volume that stand nowhere in another."""
    there = segments(known)
    return b"".join(one for one in _SEGMENT.findall(content) if len(one) < _SHORT or one not in there)


def said_in(body: bytes, some: Collection[bytes]) -> set[bytes]:
    """Those of some segments that a payload has."""
    return segments(body).intersection(some)


def _new_part(sample: Sample) -> bytes:
    """The segments of a payload in which there is something new."""
    if sample.novel is None:
        return sample.body
    body, parts, end = sample.body, [], 0
    for first, last in _new_places(sample.novel):
        if last <= end:
            continue
        start = max(end, body.rfind(b">", end, first) + 1, body.rfind(b"\n", end, first) + 1)
        ends = [place for mark in (b">", b"\n") if (place := body.find(mark, last - 1)) >= 0]
        if not ends:
            break
        end = min(ends) + 1
        parts.append(body[start:end])
    return b"".join(parts)


def _new_places(novel: bytes) -> Iterator[tuple[int, int]]:
    """Where the new bytes stand, from and to."""
    place = 0
    for part in novel.split(_KNOWN):
        if part:
            for match in _NEW.finditer(part):
                yield place + match.start(), place + match.end()
        place += len(part) + len(_KNOWN)
