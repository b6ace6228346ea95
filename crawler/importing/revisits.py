"""Revisit records (ISO 28500, 6.7): answers that were not written down again because another record has them.

A revisit names its original by id, by address and date, or only by the digest of its payload; one that says "not
modified" may name none at all, and means what its address gave before.
"""

from __future__ import annotations

import datetime as dt
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field

from crawler.importing.http import Headers, header
from crawler.importing.records import Found
from storage.imports import Origin


@dataclass(frozen=True, kw_only=True)
class Original:
    """A record that a revisit may refer to. `digest` is that of its content, None where that is no page."""

    record: str | None
    target: str
    page: str | None
    at: dt.datetime | None
    payload: str | None  #: `WARC-Payload-Digest`
    found: Found
    digest: str | None = None
    headers: Headers = ()


@dataclass(frozen=True, kw_only=True)
class Revisit:
    """A revisit of a watched page, not resolved yet."""

    site: str
    url: str
    target: str
    at: dt.datetime
    origin: Origin
    record: str | None
    concurrent: frozenset[str]
    unmodified: bool  #: the server said so; else the payload was found to be identical
    refers_id: str | None
    refers_target: str | None
    refers_date: str | None
    refers_at: dt.datetime | None
    payload: str | None
    status: int | None  #: of its own HTTP answer, where it has one
    headers: Headers
    etag: str | None

    @property
    def names(self) -> list[str]:
        """What it calls its original, the surest name first."""
        found = [self.refers_id or ""]
        if self.refers_date:
            found.append(f"{self.refers_target or self.target} {self.refers_date}")
        if not self.unmodified:  # where nothing was sent, the digest is that of nothing
            found.append(self.payload or "")
        return [name for name in found if name]


@dataclass
class Originals:
    """All records of the files that are read, by what a revisit may call them."""

    _named: dict[str, list[Original]] = field(default_factory=dict)
    _pages: dict[str, list[tuple[dt.datetime, int, Original]]] = field(default_factory=dict)
    _count: int = 0

    def add(self, one: Original) -> None:
        """Take up a record."""
        self._count += 1
        date = one.at.strftime("%Y-%m-%dT%H:%M:%SZ") if one.at is not None else ""
        for name in {one.record or "", f"{one.target} {date}" if date else "", one.payload or ""} - {""}:
            self._named.setdefault(name, []).append(one)
        if one.page is not None and one.at is not None:
            insort(self._pages.setdefault(one.page, []), (one.at, self._count, one))

    def of(self, revisit: Revisit) -> Original | None:
        """The record that a revisit repeats; None where it is not among these."""
        if revisit.status is not None and revisit.status not in (200, 304):
            return Original(record=None, target="", page=None, at=None, payload=None, found=_other(revisit.status))
        for name in (_whole_seconds(revisit, name) for name in revisit.names):
            if found := [one for one in self._named.get(name, ()) if _fits(one, revisit)]:
                return _best(found, revisit)
        if revisit.unmodified and not revisit.refers_id and not revisit.refers_date:
            return self._before(revisit)
        return None

    def missing(self, revisits: Sequence[Revisit]) -> set[str]:
        """The names of those originals that are not here, and may stand at an address that nobody watches."""
        return {name for one in revisits if self.of(one) is None for name in one.names}

    def _before(self, revisit: Revisit) -> Original | None:
        """What the page gave last before it said that this still holds."""
        for at, _, one in reversed(self._pages.get(revisit.url, [])):
            if at <= revisit.at and one.digest is not None:
                tag = header(one.headers, "etag")
                return one if not tag or not revisit.etag or bare(tag) == bare(revisit.etag) else None
        return None


def _other(status: int) -> Found:
    if 300 <= status < 400:
        return Found.REDIRECT
    return Found.MISSING if status in (404, 410) else Found.ERROR


def _whole_seconds(revisit: Revisit, name: str) -> str:
    """A name by address and date, its date as the index has it."""
    if revisit.refers_at is not None and revisit.refers_date and name.endswith(f" {revisit.refers_date}"):
        return f"{name[: -len(revisit.refers_date)]}{revisit.refers_at:%Y-%m-%dT%H:%M:%SZ}"
    return name


def _fits(one: Original, revisit: Revisit) -> bool:
    """Whether a record can be what a revisit calls identical: their payload digests agree where both have one."""
    if revisit.unmodified or not one.payload or not revisit.payload:
        return True
    return one.payload.strip().lower() == revisit.payload.strip().lower()


def _best(found: Sequence[Original], revisit: Revisit) -> Original:
    """Of several the one that is a page, at the same address, and next before it in time."""
    far = dt.timedelta.max

    def key(one: Original) -> tuple[bool, bool, dt.timedelta]:
        near = far if one.at is None else abs(revisit.at - one.at)
        return one.digest is None, one.page != revisit.url, near

    return min(found, key=key)


def bare(tag: str) -> str:
    """An entity tag without what makes it weak."""
    return tag.strip().removeprefix("W/").strip('"')
