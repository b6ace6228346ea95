"""What an archive server has, as its CDX interface tells it: JSON rows, JSON lines or plain text.

The Internet Archive answers with rows under a head (`output=json`), pywb with one object a line, older servers with
words between blanks. A line that is none is told, and the others are read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

#: The columns where the server does not name them (the Internet Archive's, as text).
_COLUMNS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
_SAME = {"url": "original", "mime": "mimetype", "status": "statuscode"}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One capture that a server has. `status` is 0 where it is not told: a revisit record."""

    key: str
    timestamp: str
    url: str
    media: str
    status: int
    digest: str


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One answer of the interface."""

    rows: tuple[Row, ...]
    broken: tuple[str, ...] = ()  #: lines that are none
    resume: str | None = None  #: where the list goes on
    pywb: bool = False  #: whether it is in pywb's way, which knows no going on


class NotCdx(ValueError):  # noqa: N818 - named for what it is
    """The answer is no list of captures."""


def read_listing(text: str) -> Listing:
    """The captures in an answer.

    Raises:
        NotCdx: it is a page or something else.
    """
    start = text.lstrip()[:1]
    if start == "[":
        return _rows(text)
    if start == "{":
        return _lines(text)
    if start == "<":
        raise NotCdx(f"the answer is a page, no list of captures: {' '.join(text.split())[:80]}")
    return _words(text)


def _rows(text: str) -> Listing:
    try:
        table = json.loads(text)
    except ValueError as error:
        raise NotCdx(f"the list of captures is cut short or broken ({error})") from None
    if not table:
        return Listing(rows=())
    head, *lines = table
    if not isinstance(head, list) or "timestamp" not in head:
        raise NotCdx("the list of captures has no head")
    resume = None
    if len(lines) >= 2 and lines[-2] == [] and isinstance(lines[-1], list) and len(lines[-1]) == 1:
        resume, lines = str(lines[-1][0]), lines[:-2]
    good, broken = _sorted_out(
        (dict(zip(head, line, strict=False)) if isinstance(line, list) else {}, json.dumps(line)) for line in lines
    )
    return Listing(rows=good, broken=broken, resume=resume)


def _lines(text: str) -> Listing:
    def objects() -> Iterator[tuple[Mapping[str, object], str]]:
        for line in text.splitlines():
            if line.strip():
                try:
                    found = json.loads(line)
                except ValueError:
                    found = {}
                yield (found if isinstance(found, dict) else {}), line

    pairs = list(objects())
    if len(pairs) == 1 and ("error" in pairs[0][0] or "message" in pairs[0][0]) and "timestamp" not in pairs[0][0]:
        return Listing(rows=(), pywb=True)  # "No Captures found"
    good, broken = _sorted_out(pairs)
    return Listing(rows=good, broken=broken, pywb=True)


def _words(text: str) -> Listing:
    lines = text.split("\n")
    resume = None
    while lines and not lines[-1].strip():
        lines.pop()
    if len(lines) >= 2 and not lines[-2].strip() and " " not in lines[-1].strip():
        resume, lines = lines[-1].strip(), lines[:-2]
    kept = [line for line in lines if line.strip() and not line.startswith(" CDX ")]
    good, broken = _sorted_out(
        (dict(zip(_COLUMNS, line.split(" "), strict=False)) if line.count(" ") >= 5 else {}, line) for line in kept
    )
    return Listing(rows=good, broken=broken, resume=resume)


def _sorted_out(
    pairs: Iterator[tuple[Mapping[str, object], str]] | Sequence[tuple[Mapping[str, object], str]],
) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    good: list[Row] = []
    broken: list[str] = []
    for values, line in pairs:
        row = _row(values)
        if row is None:
            broken.append(" ".join(line.split())[:120])
        else:
            good.append(row)
    return tuple(good), tuple(broken)


def _row(values: Mapping[str, object]) -> Row | None:
    named = {_SAME.get(name, name): str(value) for name, value in values.items()}
    url, timestamp, status = named.get("original", ""), named.get("timestamp", ""), named.get("statuscode", "-")
    if not timestamp.isdigit() or "://" not in url[:12] or not (status in ("-", "") or status.isdigit()):
        return None
    return Row(
        key=named.get("urlkey", url),
        timestamp=timestamp,
        url=url,
        media=named.get("mimetype", ""),
        status=int(status) if status.isdigit() else 0,
        digest=named.get("digest", ""),
    )
