"""The shapes of what the API gives: for its OpenAPI document, and for `pressvakt.client`, which reads answers into them.

What is written is made by `storage.objects`; a test holds the two together. Keys may be added, never renamed or taken
away: a program that reads these must leave alone what it does not know.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Literal

from changes.kinds import Kind, SiteNotice
from storage.records import PageState

Words = list[str]


@dataclass(frozen=True, kw_only=True)
class Change:
    """What happened to a release. Which of the keys with a default are there depends on the kind."""

    id: int
    kind: Kind
    site: str
    url: str
    detected_at: dt.datetime
    title: str
    before: int | None
    after: int | None
    baseline: bool
    wave: str | None
    fields: Words = field(default_factory=list)
    silent: bool | None = None
    labels: Words = field(default_factory=list)
    period: list[dt.date | None] | None = None
    government: str | None = None
    reason: str | None = None
    person: str | None = None
    role: str | None = None
    was: str | None = None
    status: int | None = None
    href: str | None = None


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What happened to a site."""

    id: int
    kind: SiteNotice
    site: str
    at: dt.datetime
    text: str
    about: SiteNotice | None
    detail: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Crawl:
    """One run over one site. `reason` and `ended_at` are null while it runs."""

    id: int
    site: str
    started_at: dt.datetime
    ended_at: dt.datetime | None
    reason: str | None
    stats: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Site:
    """A site. `watched` says whether it is configured here; the archive may hold others."""

    name: str
    title: str
    base_url: str | None
    language: str | None
    watched: bool
    baseline: bool  #: whether its first crawl has not come to its end yet
    last_crawl: Crawl | None
    open_notices: list[Notice]


@dataclass(frozen=True, kw_only=True)
class SiteDetail(Site):
    """A site with the number of its pages in each state."""

    pages: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Release:
    """A release: where it stands, and how it fares. `title` is null where it could never be read."""

    id: int
    site: str
    url: str
    title: str | None
    state: PageState
    versions: int
    first_seen: dt.datetime
    last_seen: dt.datetime | None
    last_visit: dt.datetime | None
    missing_since: dt.datetime | None
    status: int | None


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One kept answer. `memento` is where its bytes are (RFC 7089)."""

    id: int
    url: str
    status: int
    captured_at: dt.datetime
    digest: str
    memento: str | None = None


@dataclass(frozen=True, kw_only=True)
class Version:
    """What a release said from one time to another."""

    version: int
    url: str
    site: str
    first_seen: dt.datetime
    last_seen: dt.datetime
    visits: int
    title: str
    digest: str
    rules: str
    snapshot: int


@dataclass(frozen=True, kw_only=True)
class VersionDetail:
    """A version with all that it says: `release` as `pressvakt show --format json` writes it, `markdown` its body."""

    version: int
    url: str
    site: str
    first_seen: dt.datetime
    last_seen: dt.datetime
    visits: int
    title: str
    digest: str
    rules: str
    snapshot: Snapshot | None
    release: dict[str, Any]
    markdown: str


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One side of a difference."""

    version: int
    first_seen: dt.datetime
    last_seen: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Span:
    """A run of words: both sides have them, or one."""

    op: Literal["equal", "delete", "insert"]
    text: str


@dataclass(frozen=True, kw_only=True)
class Rewritten:
    """A title before and after."""

    before: str
    after: str
    words: list[Span]


@dataclass(frozen=True, kw_only=True)
class Values:
    """A field before and after, an entry for each value."""

    before: Words
    after: Words


@dataclass(frozen=True, kw_only=True)
class Step:
    """A block of the text: unchanged ones are folded to their number."""

    op: Literal["equal", "added", "removed", "changed", "moved"]
    blocks: int | None = None
    before: str | None = None
    after: str | None = None
    words: list[Span] | None = None


@dataclass(frozen=True, kw_only=True)
class Relinked:
    """Words whose link leads elsewhere now."""

    text: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What two versions say differently."""

    site: str
    url: str
    before: Seen
    after: Seen
    kinds: list[Kind]
    title: Rewritten | None
    fields: dict[str, Values]
    blocks: list[Step]
    links: list[Relinked]


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A sentence that says what was looked for. Places are pairs of offsets in characters, the end not included."""

    text: str
    marks: list[list[int]]
    added: list[list[int]] | None = None
    removed: list[list[int]] | None = None


@dataclass(frozen=True, kw_only=True)
class Find:
    """A find. In text it is a release and the versions that say it; in what edits did, it is a change."""

    site: str
    url: str
    title: str
    found: Words
    sentences: list[Sentence]
    release: int | None = None
    version: int | None = None
    versions: list[int] | None = None
    latest: int | None = None
    first_seen: dt.datetime | None = None
    last_seen: dt.datetime | None = None
    id: int | None = None
    kind: Kind | None = None
    detected_at: dt.datetime | None = None
    before: int | None = None
    after: int | None = None
    fields: Words | None = None
    silent: bool | None = None
    labels: Words | None = None
    baseline: bool | None = None
    wave: str | None = None


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """Who is told of what. Tokens and secrets are never given out."""

    id: int
    address: str
    channel: str
    origin: str
    state: str
    about: str
    sites: Words
    kinds: list[Kind]
    labels: Words
    fields: Words
    senders: Words
    words: Words
    where: str
    silent: bool
    rhythm: str
    at: str
    day: int
    quiet: Words | None
    language: str
    time_zone: str
    created_at: dt.datetime
    confirmed_at: dt.datetime | None
    ended_at: dt.datetime | None
    refusals: int


@dataclass(frozen=True, kw_only=True)
class Sites:
    """All sites, by name."""

    sites: list[Site]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class Releases:
    """A part of a list."""

    releases: list[Release]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class Versions:
    """A part of a list, oldest first."""

    versions: list[Version]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class Snapshots:
    """All snapshots of a release, oldest first."""

    snapshots: list[Snapshot]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class Changes:
    """A part of a list. It may be short, or empty, while `next` is not null."""

    changes: list[Change]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class Notices:
    """A part of a list, newest first."""

    notices: list[Notice]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class Crawls:
    """A part of a list, newest first."""

    crawls: list[Crawl]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class Finds:
    """A part of what was found."""

    finds: list[Find]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class Subscriptions:
    """All subscriptions, by id."""

    subscriptions: list[Subscription]
    next: str | None
