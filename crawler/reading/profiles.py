"""A site's profile: how its lists, its pages and its notices are read, and how we behave as its guest.

A profile is data: one TOML file per press office. `load_profile` (in `profile_files`) reads it.

A *source* in these rules is a CSS selector, and after it, where a value stands in an attribute, `@name`:
`meta[name=published]@content`, `span.updated time@datetime`, `h1`. Sources are tried in order; the first that
gives a value wins.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal
from zoneinfo import ZoneInfo

from changes.presence import RemovalRule

__all__ = [
    "AttachmentRule",
    "Discovery",
    "Politeness",
    "ReleaseRules",
    "RemovalRule",
    "Schedule",
    "SiteProfile",
    "Window",
    "Wording",
    "with_noise",
]


@dataclass(frozen=True, kw_only=True)
class Discovery:
    """One way to the addresses of releases.

    `url` is an address or a path below `base_url`; a `json` or `html` list that pages has `{page}` in it (and
    `{size}` where the site lets us choose).
    """

    kind: Literal["json", "html", "feed", "sitemap"]
    url: str
    items: str = "a[href]"  #: html, and html inside json: CSS of one entry, or of its links
    link: str = "a[href]"  #: CSS of the link inside an entry
    html_at: str | None = None  #: json: the key (dotted path) whose value is a piece of HTML
    items_at: str | None = None  #: json: the key (dotted path) of the list of entries
    link_at: str | None = None  #: json: the key inside an entry that holds its address
    total_at: str | None = None  #: json: the key of the total number of entries
    next: str | None = None  #: html: CSS of the link to the next page
    page_size: int = 20
    first_page: int = 1
    max_pages: int = 200
    required: bool = False  #: whether the site counts as unreachable without it


@dataclass(frozen=True, kw_only=True)
class ReleaseRules:
    """How one rendering of a site's release pages is read.

    A page fits the rules when `region` and `title` are found, and at least one of `body`, `lead`, `attachments`.
    `noise` is dropped from the region before anything else is read. An empty tuple of sources means that these
    rules do not look for the field, which is then `unread`.
    """

    name: str
    region: str  #: CSS of the smallest element that holds all that a reader should see
    title: tuple[str, ...]
    title_remove: tuple[str, ...] = ()
    noise: tuple[str, ...] = ()
    restless: tuple[str, ...] = ()  #: CSS of parts that change by themselves: read, but left out of the fingerprint
    identifier: tuple[str, ...] = ()
    kind_line: tuple[str, ...] = ()  #: "Pressmeddelande från Socialdepartementet": kind and senders
    lead: tuple[str, ...] = ()
    body: tuple[str, ...] = ()  #: all elements that match any of them, in page order; what nests counts once
    body_remove: tuple[str, ...] = ()
    body_ends: tuple[str, ...] = ()  #: a block that says just this, whatever its case, ends the body: "Relaterat"
    body_skips: tuple[str, ...] = ()  #: a block that says just this, whatever its case, is no part of the text
    published: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()  #: CSS of the links
    categories: tuple[str, ...] = ()
    valid_until: dt.date | None = None  #: pages captured after this day are not read by these rules
    learned: bool = False  #: worked out from the pages themselves after a redesign, not written by a person


@dataclass(frozen=True, kw_only=True)
class Wording:
    """The words a site uses, besides those known for its language. Matched whatever their case."""

    published: tuple[str, ...] = ()  #: before a date of publication: "Publicerad"
    updated: tuple[str, ...] = ()
    contact: tuple[str, ...] = ()  #: headings of a contact block: "Presskontakt"
    attachments: tuple[str, ...] = ()  #: headings of a list of files: "Ladda ner"
    kinds: tuple[str, ...] = ()  #: "Pressmeddelande"
    archived: tuple[str, ...] = ()  #: regular expressions with optional groups `since`, `until`, `government`
    withdrawn: tuple[str, ...] = ()  #: regular expressions with optional groups `since`, `reason`
    missing: tuple[str, ...] = ()  #: regular expressions for titles or headings of a page that is not there
    blocked: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Politeness:
    """How we behave as a site's guest. Times are in seconds."""

    delay: float = 1.0  #: between two requests to one host; robots.txt may ask for more
    concurrency: int = 1
    timeout: float = 30.0  #: for one whole answer
    max_bytes: int = 20 * 1024 * 1024
    max_redirects: int = 5
    blocked_limit: int = 20  #: blocked answers in a row after which the crawl leaves the site alone
    browser: bool = False  #: whether its pages are drawn by a browser before they are read
    browser_hosts: tuple[str, ...] = ()  #: other hosts that its pages need then, for their scripts and their content


@dataclass(frozen=True, kw_only=True)
class AttachmentRule:
    """Which of a release's files are watched, and how far."""

    watch: bool = True
    keep: bool = True  #: whether their bytes are kept; their text and digest always are
    max_bytes: int = 50 * 1024 * 1024
    max_files: int = 50  #: of one release, in its order
    fold: tuple[str, ...] = ()  #: regular expressions cut from an address before it is compared: rotating prefixes


@dataclass(frozen=True, kw_only=True)
class Window:
    """Hours in which the site may be visited, by its own clock, from `start` up to but not including `end`.

    One that ends where it begins, or earlier, passes midnight: 00:00 to 00:00 is the whole day.
    """

    start: dt.time
    end: dt.time
    days: tuple[int, ...] = ()  #: on which it begins, Monday is 0 and Sunday 6; empty: on all

    def covers(self, local: dt.datetime) -> bool:
        """Whether a moment on the site's clock is inside."""
        now, today = local.time(), local.weekday()
        if self.start < self.end:
            return self.start <= now < self.end and self._begins_on(today)
        since_yesterday = now < self.end and self._begins_on((today - 1) % 7)
        return since_yesterday or (now >= self.start and self._begins_on(today))

    def _begins_on(self, day: int) -> bool:
        return not self.days or day in self.days


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When the site's lists are read, and the pages that are due with them."""

    every: dt.timedelta | None = dt.timedelta(minutes=15)  #: None where `cron` says when
    cron: tuple[str, ...] = ()  #: five fields each, on the site's own clock
    windows: tuple[Window, ...] = ()  #: empty: at any hour
    jitter: dt.timedelta = dt.timedelta()  #: each run begins up to this much later
    budget: int | None = None  #: requests a day that the site grants us; None: no limit

    def allows(self, local: dt.datetime) -> bool:
        """Whether the site may be visited at a moment on its clock."""
        return not self.windows or any(window.covers(local) for window in self.windows)


@dataclass(frozen=True, kw_only=True)
class SiteProfile:
    """Everything that is known about one site before it is asked."""

    name: str
    title: str
    base_url: str  #: scheme and host, no slash at its end
    language: str  #: BCP 47
    time_zone: ZoneInfo
    discovery: tuple[Discovery, ...]
    release: tuple[ReleaseRules, ...]  #: the first that fits a page reads it: newest rendering first
    pages: tuple[str, ...] = ()  #: regular expressions for the paths of releases; empty: all that discovery finds
    skip: tuple[str, ...] = ()  #: regular expressions for paths that are no releases
    noise: tuple[str, ...] = ()  #: CSS of what is dropped from every page, whichever rules read it
    aliases: tuple[str, ...] = ()  #: other hosts that are the same site: "regeringen.se"
    wording: Wording = field(default_factory=Wording)
    crawl: Politeness = field(default_factory=Politeness)
    removal: RemovalRule = field(default_factory=RemovalRule)
    attachments: AttachmentRule = field(default_factory=AttachmentRule)
    schedule: Schedule = field(default_factory=Schedule)
    page_object: str | None = None  #: "module:function" below crawler.reading.pages, where data is not enough


def with_noise(release: Iterable[ReleaseRules], profile: SiteProfile) -> tuple[ReleaseRules, ...]:
    """Rules that drop, besides their own noise, what is noise on every page of the site."""
    return tuple(replace(rules, noise=tuple(dict.fromkeys((*rules.noise, *profile.noise)))) for rules in release)
