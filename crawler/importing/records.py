"""What an import finds: captures, and records that are refused with their reasons."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from storage.imports import Origin


class Found(StrEnum):
    """What became of one record that an import met. Each is exactly one of these."""

    NEW = "new"  #: kept now
    KNOWN = "known"  #: kept before
    REPEATED = "repeated"  #: between two others that say the very same: it would tell nothing
    REDIRECT = "redirect"  #: says where the page went, and nothing else
    MISSING = "missing"  #: 404 or 410
    ERROR = "error"  #: any other status that is no page's
    OTHER = "other"  #: on the site, and no release: an image, a list, the answer to a form
    ELSEWHERE = "elsewhere"  #: belongs to no watched site
    PURGED = "purged"  #: was taken away on purpose, and stays away
    TECHNICAL = "technical"  #: about the file: warcinfo, request, metadata
    REFUSED = "refused"  #: broken


@dataclass(frozen=True, kw_only=True)
class Capture:
    """One answer that somebody else kept, whole and checked.

    `body` is the content with its encodings undone; it waits in a `Spool` under `digest` until it is written.
    """

    site: str
    url: str  #: the page's address, as it is watched
    final_url: str  #: the address that gave the answer
    captured_at: dt.datetime
    status: int
    headers: tuple[tuple[str, str], ...]
    digest: str  #: of the body: `sha256:…`
    origin: Origin
    redirects: tuple[tuple[str, int], ...] = ()  #: on the way to it, where they are told


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A record that was not taken in, and why. `place` is where it begins in the source, in bytes."""

    source: str
    place: int | None
    reason: str

    def __str__(self) -> str:
        where = f"{self.source}: at byte {self.place}" if self.place is not None else self.source
        return f"{where}: {self.reason}"


@dataclass(kw_only=True)
class Report:
    """What an import has met so far. The counts add up to `records`."""

    counts: Counter[Found] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)  #: for a person: odd, and yet nothing is missing
    per_site: dict[str, Counter[str]] = field(default_factory=dict)  #: captures, pages, versions and changes, by site

    @property
    def records(self) -> int:
        """How many records were met."""
        return self.counts.total()

    def count(self, found: Found, many: int = 1) -> None:
        """Count records."""
        self.counts[found] += many

    def refuse(self, refusal: Refusal) -> None:
        """Count a record that is not taken in."""
        self.counts[Found.REFUSED] += 1
        self.refusals.append(refusal)

    def add(self, site: str, **counts: int) -> None:
        """Count what was written for a site."""
        self.per_site.setdefault(site, Counter()).update(counts)


def by_page(captures: Iterable[Capture]) -> dict[tuple[str, str], list[Capture]]:
    """Captures by the site and address of their page, each in the order of their times."""
    found: dict[tuple[str, str], list[Capture]] = {}
    for capture in sorted(captures, key=lambda one: (one.captured_at, one.digest)):
        found.setdefault((capture.site, capture.url), []).append(capture)
    return found
