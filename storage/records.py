"""What the archive gives and takes: frozen records, never rows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from changes.kinds import Finding, Kind, SiteNotice
from changes.release import Release


class PageState(StrEnum):
    """What is known of a watched address."""

    NEW = "new"  #: found, not read yet
    LIVE = "live"
    MISSING = "missing"  #: not found at the last visit; suspected
    GONE = "gone"  #: counted as removed
    MOVED = "moved"  #: redirects to another page that is watched


@dataclass(frozen=True, kw_only=True)
class Site:
    """A site under watch."""

    id: int
    name: str
    baseline: bool  #: True until the first crawl has come to its end
    layout: str | None = None  #: JSON of rules learnt after a redesign, newest


@dataclass(frozen=True, kw_only=True)
class Page:
    """A watched address, its state, and what the next visit needs to know."""

    id: int
    site_id: int
    url: str
    state: PageState
    baseline: bool  #: found during the site's first crawl
    first_seen: dt.datetime
    last_visit: dt.datetime | None = None
    last_seen: dt.datetime | None = None  #: the last visit that read the release
    last_full: dt.datetime | None = None  #: the last visit whose answer brought the whole page, not a 304
    version: int | None = None  #: number of the latest version, 1 and up
    etag: str | None = None
    last_modified: str | None = None
    digest: str | None = None  #: of the latest payload that was read: `sha256:…`
    fingerprint: str | None = None  #: of what a reader saw then
    suspect: str | None = None  #: text digest of an earlier version that the last visit showed again
    misses: int = 0  #: visits in a row that did not find the page
    missing_since: dt.datetime | None = None
    status: int | None = None  #: of the last visit
    dated: dt.datetime | None = None  #: when the release says it was published
    edits: int = 0  #: how often a visit found it changed
    last_edit: dt.datetime | None = None
    next_due: dt.datetime | None = None  #: when it is to be visited again; None: at the next crawl


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One kept answer. Never edited."""

    id: int
    page_id: int
    url: str  #: where the answer came from, after redirects
    status: int
    headers: tuple[tuple[str, str], ...]
    redirects: tuple[tuple[str, int], ...]
    captured_at: dt.datetime
    digest: str  #: of its payload: `sha256:…`
    crawl_id: int | None = None  #: the crawl that brought it; None for what came from elsewhere


@dataclass(frozen=True, kw_only=True)
class Version:
    """What one snapshot says, read by one set of rules."""

    id: int
    page_id: int
    number: int
    snapshot_id: int
    release: Release
    digest: str  #: of what the release says: `sha256:…`
    rules: str  #: name of the rules that read it
    first_seen: dt.datetime
    last_seen: dt.datetime
    visits: int


@dataclass(frozen=True, kw_only=True)
class Change:
    """A step before..after on one page. Append-only; `id` grows."""

    id: int
    site: str
    url: str
    title: str
    kind: Kind
    detected_at: dt.datetime
    finding: Finding
    before: int | None = None  #: version numbers
    after: int | None = None
    baseline: bool = False
    wave: str | None = None  #: many changes of one kind and cause in one crawl share this name


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something that happened to a site, for its operator."""

    id: int
    site: str
    kind: SiteNotice
    at: dt.datetime
    text: str
    detail: dict[str, Any] = field(default_factory=dict)
    about: SiteNotice | None = None  #: recovered: from what


@dataclass(frozen=True, kw_only=True)
class File:
    """An attachment under watch, by its validators and digest."""

    id: int
    page_id: int
    url: str
    etag: str | None = None
    last_modified: str | None = None
    digest: str | None = None
    size: int | None = None
    checked_at: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Crawl:
    """One run over one site."""

    id: int
    site: str
    started_at: dt.datetime
    ended_at: dt.datetime | None
    reason: str | None  #: "finished", "stopped", "blocked"; "killed" where it never ended; None while it runs
    stats: dict[str, int]
