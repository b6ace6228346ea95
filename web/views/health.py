"""How sites are: how many pages are in which state, the last crawl, what is wrong, when they are visited next."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from alerts.messages.text import clean
from crawler.reading.profiles import SiteProfile
from storage.agenda import Entry, count_due, entries
from storage.archive import Archive
from storage.records import Crawl, Notice, PageState, Site
from web.views.day_list import title_of

#: How long counts of pages are taken as they are; until when only a few of them are made anew at one look.
_FRESH, _STALE, _FEW = dt.timedelta(minutes=1), dt.timedelta(minutes=10), 3
_LINE = 500


@dataclass(frozen=True, kw_only=True)
class Open:
    """Something that is wrong at a site and not over."""

    kind: str
    text: str
    at: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Health:
    """One site as its operator looks at it."""

    name: str
    title: str
    base_url: str
    watched: bool  #: whether it has a profile here
    pages: Mapping[PageState, int]
    total: int
    crawls: tuple[Crawl, ...]  #: newest first
    wrong: tuple[Open, ...]
    entry: Entry | None

    @property
    def mood(self) -> str:
        """In a word: "good", "wrong", "paused", "new" or "unwatched"."""
        if self.entry is not None and self.entry.paused_at is not None:
            return "paused"
        if self.wrong:
            return "wrong"
        if not self.watched:
            return "unwatched"
        return "good" if self.crawls else "new"


@dataclass(frozen=True, kw_only=True)
class Counted:
    """The pages of a site by state, and how many of them were due, at a moment."""

    at: dt.datetime
    pages: Mapping[PageState, int]
    due: int


class Census:
    """Counts of pages that are remembered: counting a hundred thousand takes its time. Threads may share it."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._lock = threading.Lock()
        self._known: dict[int, Counted] = {}

    def look(self, now: dt.datetime) -> Look:
        """The counts for one page of ours."""
        return Look(self, now)

    def counted(self, site_id: int, *, now: dt.datetime, anew: bool) -> tuple[Counted, bool]:
        """The pages of a site, as of a moment ago; and whether they were counted now."""
        with self._lock:
            known = self._known.get(site_id)
        if known is not None and abs(now - known.at) < (_FRESH if anew else _STALE):
            return known, False
        found = Counted(at=now, pages=self._archive.page_counts(site_id), due=count_due(self._archive, site_id, now))
        with self._lock:
            self._known[site_id] = found
        return found, True


class Look:
    """The counts for one page of ours, a few of them made anew where they are a minute old."""

    def __init__(self, census: Census, now: dt.datetime) -> None:
        self._census, self._now, self._left = census, now, _FEW

    def pages(self, site_id: int) -> Counted:
        """The pages of a site."""
        found, anew = self._census.counted(site_id, now=self._now, anew=self._left > 0)
        self._left -= anew
        return found

    def both(self, archive: Archive, site_id: int, now: dt.datetime) -> tuple[int, int]:
        """How many pages a site has, and how many are due: as `storage.standing` counts them."""
        del archive, now
        found = self.pages(site_id)
        return sum(found.pages.values()), found.due


def healths(
    archive: Archive, profiles: Mapping[str, SiteProfile], census: Census, *, now: dt.datetime, crawls: int = 1
) -> list[Health]:
    """All sites, by title: those that are watched, and those that the archive knows of from before."""
    known = {site.name: site for site in archive.sites()}
    agenda, look = entries(archive), census.look(now)
    names = sorted({*known, *profiles}, key=lambda name: title_of(name, profiles).casefold())
    return [
        _health(archive, name, known.get(name), profiles, entry=agenda.get(name), look=look, crawls=crawls)
        for name in names
    ]


def health(
    archive: Archive, name: str, profiles: Mapping[str, SiteProfile], census: Census, *, now: dt.datetime, crawls: int
) -> Health | None:
    """One site; None where neither the archive nor the configuration knows it."""
    site = archive.site(name)
    if site is None and name not in profiles:
        return None
    return _health(
        archive, name, site, profiles, entry=entries(archive).get(name), look=census.look(now), crawls=crawls
    )


def _health(
    archive: Archive,
    name: str,
    site: Site | None,
    profiles: Mapping[str, SiteProfile],
    *,
    entry: Entry | None,
    look: Look,
    crawls: int,
) -> Health:
    profile = profiles.get(name)
    pages = look.pages(site.id).pages if site else {}
    return Health(
        name=name,
        title=title_of(name, profiles),
        base_url=profile.base_url if profile else "",
        watched=profile is not None,
        pages=pages,
        total=sum(pages.values()),
        crawls=tuple(archive.crawls(name, crawls)) if site else (),
        wrong=tuple(_open(notice) for notice in _newest(archive.open_notices(site.id))) if site else (),
        entry=entry,
    )


def _newest(found: list[Notice]) -> list[Notice]:
    """The newest of each kind, newest first."""
    return sorted({notice.kind: notice for notice in found}.values(), key=lambda notice: notice.at, reverse=True)


def _open(notice: Notice) -> Open:
    return Open(kind=notice.kind.value, text=clean(notice.text, _LINE), at=notice.at)
