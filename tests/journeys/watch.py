"""A watch over a `PressSite`: crawls in process, and what they found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from changes.presence import RemovalRule
from crawler.process import Job, crawls
from crawler.reading.profile_files import load_profile
from crawler.reading.profiles import Politeness, SiteProfile
from storage.archive import Archive
from storage.records import Change, Page
from tests.press_site import PressSite

START = dt.datetime(2026, 9, 20, 6, 0, tzinfo=dt.UTC)


class Watch:
    """Crawls one site over simulated time, as `pressvakt crawl --all` does; `hours` pass between two crawls."""

    def __init__(self, site: PressSite, folder: Path, *, hours: float = 12, **profile: Any) -> None:
        self.site = site
        self.archive = Archive.open(f"sqlite:///{folder / 'watch.db'}")
        self.profile = profile_of(site, **profile)
        self.now = START
        self.hours = hours
        self._seen = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.archive.close()

    def crawl(self, *, due: Callable[[Page], bool] = lambda _: True, page_limit: float = 60) -> dict[str, int]:
        """One crawl; its counts."""
        now = self.now
        job = Job(
            profile=self.profile,
            archive=self.archive,
            user_agent="Pressvakt/test (+test@pressvakt.example)",
            allow_private=("127.0.0.1",),
            due=due,
            now=lambda: now,
            page_limit=page_limit,
        )
        stats = crawls().run(job)
        self.now += dt.timedelta(hours=self.hours)
        return stats

    def news(self) -> list[Change]:
        """The changes since this was last asked, oldest first."""
        found = list(self.archive.changes(after_id=self._seen))
        self._seen = max([self._seen, *(change.id for change in found)])
        return found

    def seen(self) -> list[tuple[str, str]]:
        """The kind and path of each change since the last look."""
        return [(str(change.kind), change.url.removeprefix(self.site.url)) for change in self.news()]

    def look(self) -> list[tuple[str, str]]:
        """Crawl, and what that found."""
        self.crawl()
        return self.seen()

    def notices(self) -> list[str]:
        """The kinds of the notices so far."""
        return [str(notice.kind) for notice in self.archive.notices()]

    def page(self, path: str) -> Page:
        """The page at a path."""
        site = self.archive.site(self.profile.name)
        assert site is not None
        page = self.archive.page(site.id, self.site.url + path)
        assert page is not None
        return page


def profile_of(site: PressSite, **fields: Any) -> SiteProfile:
    """The shipped profile of regeringen.se, for this site and in a hurry."""
    shipped = load_profile("regeringen.se", folders=())
    quick = {
        "crawl": Politeness(delay=0, concurrency=8, timeout=10),
        "removal": RemovalRule(visits=2, gone_visits=2, span=dt.timedelta(0)),
    }
    return replace(shipped, name="press", base_url=site.url, aliases=(), **{**quick, **fields})
