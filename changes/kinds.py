"""The kinds of change, the notices about a site, and the records that carry them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What happened to a release between two of its versions."""

    PUBLISHED = "published"  #: first seen after the site's first crawl; with `baseline`, during it
    EDITED = "edited"  #: what it says is different; `fields` tell where
    ARCHIVED = "archived"  #: the site marked the page as archived
    UNARCHIVED = "unarchived"  #: the mark is gone again
    WITHDRAWN = "withdrawn"  #: the site says that the release no longer holds
    REINSTATED = "reinstated"  #: the withdrawal is taken back
    OFFICEHOLDER = "officeholder"  #: the site notes that a minister named on the page left or changed posts
    REMOVED = "removed"  #: the publisher no longer serves the page, seen over several visits
    RESTORED = "restored"  #: a removed page is back
    MOVED = "moved"  #: the page has a new address; `was` is the old one
    ATTACHMENT = "attachment"  #: the file behind a link was replaced


class SiteNotice(StrEnum):
    """What happened to a site, for its operator: never a change of a release."""

    UNREACHABLE = "unreachable"  #: the site did not answer for most of a crawl
    BLOCKED = "blocked"  #: a firewall or challenge answered in the site's place
    LAYOUT_CHANGED = "layout-changed"  #: pages no longer fit the profile's rules
    MASS_REMOVAL = "mass-removal"  #: so many pages vanished at once that they are held until accepted
    UNREADABLE = "unreadable"  #: a page held its reader for ever, or killed it
    GAP = "gap"  #: a list was too short to be sure that nothing was missed
    RECOVERED = "recovered"  #: what an earlier notice told of is over


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One difference between two versions of a page, as `changes.compare` finds it."""

    kind: Kind
    fields: tuple[str, ...] = ()  #: names of `Release` fields, in that class's order, plus "links"
    silent: bool | None = None  #: for an edit: True where the page's own "updated" date did not move
    labels: tuple[str, ...] = ()
    period: tuple[dt.date | None, dt.date | None] | None = None
    government: str | None = None
    reason: str | None = None
    person: str | None = None
    role: str | None = None
    was: str | None = None  #: moved: the old address
    status: int | None = None  #: removed: the HTTP status seen
    href: str | None = None  #: attachment: the file's address
