"""Where the spider and the archivist meet: the archivist's work is done in one thread beside the event loop.

lxml, zstd and SQLite let go of the interpreter while they work, so a page is fetched while another is read.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from crawler.afterwards import finish
from crawler.aside import LIMIT, Aside, UnreadableError
from crawler.items import Fault, Fetch
from crawler.outcomes import Outcome, Result, Tally
from crawler.reading.discovery import gap_risk
from crawler.reading.glance import Glance, Question
from crawler.reading.listings import Problem
from crawler.reading.screening import Reason
from storage.agenda import due_pages
from storage.errors import ArchiveError
from storage.records import PageState

if TYPE_CHECKING:
    from crawler.archivist import Archivist
    from crawler.permits import Permit
    from crawler.reading.profiles import SiteProfile
    from crawler.reading.walk import Walk
    from storage.records import File, Page

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger(__name__)

#: A server that always says "not modified" is asked without conditions after so long.
BELIEVED = dt.timedelta(days=7)

#: A crawl of fewer pages is over before a process beside it would have started.
LARGE = 30

_BLOCKING = {str(reason) for reason in (Reason.BLOCKED, Reason.CHALLENGE)}


class Desk:
    """One crawl of one site: what is due, what came of it, and the end."""

    def __init__(
        self,
        archivist: Archivist,
        *,
        due: Callable[[Page], bool] | None = None,
        now: Callable[[], dt.datetime],
        watch: Callable[[Tally], None] = lambda _: None,
        page_limit: float = LIMIT,
        lists: bool = True,
        limit: int | None = None,
        unreadable: Mapping[str, str] | None = None,
        reading: Callable[[str | None], None] = lambda _: None,
    ) -> None:
        self.archivist = archivist
        self.profile: SiteProfile = archivist.profile
        self.stopped = ""  #: why no further pages are asked for
        self.failure: ArchiveError | None = None
        self.permit: Permit | None = None  #: leave to ask; None where nobody else could take over
        self.lists = lists or archivist.site.baseline  #: whether the lists are asked; a first crawl must know them all
        self._due = due
        self._limit = limit
        self._reading = reading
        self._readings: list[str] = []
        archivist.reading, archivist.unreadable = self._while_reading, dict(unreadable or {})
        self.now = now
        self._watch = watch
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="archivist")
        self._blocked_in_a_row = 0
        self._out: dict[str, Page] = {}  #: pages that were asked for and have not come home
        self._visited: set[int] = set()
        self._never_read: list[int] = []  #: found by an earlier crawl that could not read them
        self._files: dict[str, list[File]] = {}
        self._page_limit = page_limit
        self._aside: Aside | None = None

    @property
    def tally(self) -> Tally:
        """The counts so far."""
        return self.archivist.tally

    async def begin(self) -> None:
        """Get ready for as large a crawl as the last one was."""
        archive, site = self.archivist.archive, self.archivist.site
        last = await self._work(lambda: list(archive.crawls(site.name, 2)))
        self._read_beside(max((crawl.stats.get("planned", 0) for crawl in last or ()), default=0))

    def known(self, walks: Sequence[Walk]) -> Iterator[Page]:
        """The pages of the site that are due, after a look at what its lists are worth."""
        try:
            if self.lists:
                self._judge_lists(walks)
            for page in islice(self._due_pages(), self._limit):
                if self.failure is not None:
                    return
                if page.version is None:
                    self._never_read.append(page.id)
                    continue
                self._visited.add(page.id)
                yield page
        except ArchiveError as error:
            self.fail(error)

    async def new(self, found: Iterable[str]) -> list[Page]:
        """The pages that were never read, and those that begin now: addresses that no page has."""
        pages = await self._work(self._plan, found)
        self._visited.update(page.id for page in pages or ())
        self._read_beside(len(pages or ()))
        return pages or []

    async def files(self) -> dict[str, list[File]]:
        """The attachments of the pages that were visited, by address: a file that many offer is fetched once."""
        if not self.profile.attachments.watch or self.stopped:
            return {}
        self._files = await self._work(self._watched_files) or {}
        return dict(self._files)

    def validators(self, page: Page) -> dict[str, str]:
        """The headers of a conditional request; none where the page's last whole answer is long past."""
        if page.state is not PageState.LIVE or page.last_full is None or page.suspect is not None:
            return {}
        if self.now() - page.last_full >= BELIEVED:
            return {}
        values = {"If-None-Match": page.etag, "If-Modified-Since": page.last_modified}
        return {name: value for name, value in values.items() if value}

    def planned(self, page: Page) -> None:
        """Count a page that will be asked for."""
        self.tally.planned += 1
        self._out[page.url] = page
        self._read_beside(self.tally.planned)
        self._watch(self.tally)

    def unasked(self, page: Page) -> Fetch | None:
        """The outcome of a page that is not worth asking for; None where it is."""
        why, fault = self.stopped, Fault.SKIPPED
        if not why and page.url in self.archivist.unreadable:
            why, fault = self.archivist.unreadable[page.url], Fault.UNREADABLE
        if not why:
            return None
        return Fetch(url=page.url, final_url=page.url, fetched_at=self.now(), fault=fault, detail=why)

    async def keep(self, fetch: Fetch) -> None:
        """Keep one answer for a page."""
        try:
            glance = await self._glance(fetch)
        except UnreadableError as why:
            fetch = replace(fetch, body=b"", fault=Fault.UNREADABLE, detail=str(why))
            glance = None
        outcome = await self._work(self._record, fetch, glance)
        if outcome is None:
            return
        blocked = outcome.result is Result.FAULT and outcome.reason in _BLOCKING
        self._blocked_in_a_row = self._blocked_in_a_row + 1 if blocked else 0
        if self._blocked_in_a_row >= self.profile.crawl.blocked_limit and not self.stopped:
            self.stopped = f"{self._blocked_in_a_row} answers in a row were a firewall's"
        self._watch(self.tally)

    async def keep_file(self, fetch: Fetch) -> None:
        """Keep one answer for an attachment."""
        await self._work(self.archivist.record_file, fetch, self._files.pop(fetch.url, []))

    async def take(self, walk: Walk, fetch: Fetch) -> None:
        """Read one page of a list."""
        if fetch.fault is None and fetch.status == 200:
            try:
                await self._work(self._read_list, walk, fetch)
                if self.archivist.site.baseline:
                    self._read_beside(len(walk.listing.found))
            except UnreadableError as why:
                walk.lost(fetch.url, f"could not be read: {why}", status=fetch.status)
            except Exception:
                logger.exception("%s could not be read; the list counts as lost", fetch.url)
                walk.lost(fetch.url, "could not be read", status=fetch.status)
        else:
            walk.lost(fetch.url, fetch.detail or f"status {fetch.status}", status=fetch.status)

    def fail(self, error: ArchiveError) -> None:
        """Ask for nothing more and write nothing more: the archive could not be read or written."""
        self.failure = self.failure or error
        self.stopped = self.stopped or str(error)

    async def end(self, reason: str, left: Sequence[str]) -> dict[str, int]:
        """End the crawl: what is still out is counted as dropped, and the books are closed.

        Raises:
            ArchiveError: what the archive failed with, now or before. The crawl stays without an end, so that the
                next one takes it up again.
        """
        try:
            for url in left:
                fetch = Fetch(url=url, final_url=url, fetched_at=self.now(), fault=Fault.DROPPED, detail=reason)
                await self._work(self._record, fetch)
            why = "blocked" if self.stopped else reason
            stats = await self._work(lambda: finish(self.archivist, at=self.now(), reason=why))
        finally:
            if self._aside is not None:
                await self._aside.close()
            self._thread.shutdown(wait=True)
            self.archivist.papers.close()
        if self.failure is not None:
            raise self.failure
        return stats or {}

    def _due_pages(self) -> Iterator[Page]:
        """The pages to visit: those that the agenda has, or whatever the crawl was told to ask of all."""
        archive, site, due = self.archivist.archive, self.archivist.site, self._due
        if due is None:
            return due_pages(archive, site.id, self.now())
        return (page for page in archive.pages(site.id) if page.state is not PageState.MOVED and due(page))

    def _plan(self, found: Iterable[str]) -> list[Page]:
        archive, site = self.archivist.archive, self.archivist.site
        again = [page for key in self._never_read if (page := archive.page_by_id(key)) and page.version is None]
        listed = sorted(found)
        taken = archive.taken(site.id, listed)
        urls = [url for url in listed if url not in taken]
        blocked = archive.blocked(site.id, urls)
        return [*again, *self.archivist.plan([url for url in urls if url not in blocked], at=self.now())]

    def _watched_files(self) -> dict[str, list[File]]:
        by_url: dict[str, list[File]] = defaultdict(list)
        for file in self.archivist.archive.site_files(self.archivist.site.id):
            if file.page_id in self._visited:
                by_url[file.url].append(file)
        return dict(by_url)

    def _read_beside(self, pages: int) -> None:
        """Start the process that takes first looks, once so many pages are to be read that it pays."""
        if self._aside is None and pages >= LARGE and not self.stopped:
            self._aside = Aside(self.profile, self.archivist.rules, limit=self._page_limit)

    async def _glance(self, fetch: Fetch) -> Glance | None:
        """What the process beside the crawl finds in an answer; None where there is no such process."""
        page = self._out.get(fetch.url)
        if self._aside is None or page is None or fetch.fault is not None or fetch.status != HTTPStatus.OK:
            return None
        new = page.version is None
        return await self._aside.look(
            Question(fetch=fetch, url=page.url, new=new, seen=page.fingerprint, digest=page.digest)
        )

    def _record(self, fetch: Fetch, glance: Glance | None = None) -> Outcome:
        page = self._out.pop(fetch.url, None)
        try:
            with self._while_reading(fetch.url):
                return self.archivist.record(fetch, page, glance)
        except ArchiveError:
            raise
        except Exception as error:
            logger.exception("%s could not be read; its last good version stays", fetch.url)
            outcome = self.archivist.fault(page, fetch, "unreadable", f"{type(error).__name__}: {error}")
            self.tally.count(outcome)
            return outcome

    def _read_list(self, walk: Walk, fetch: Fetch) -> None:
        if fetch.url in self.archivist.unreadable:
            self.archivist.held[fetch.url] = self.archivist.unreadable[fetch.url]
            raise UnreadableError(self.archivist.unreadable[fetch.url])
        with self._while_reading(fetch.url):
            walk.take(fetch.url, fetch.body, fetch.header("content-type"))

    @contextmanager
    def _while_reading(self, what: str) -> Iterator[None]:
        """Says what is being read while the block lasts; blocks may lie in each other."""
        self._readings.append(what)
        self._reading(what)
        try:
            yield
        finally:
            self._readings.pop()
            self._reading(self._readings[-1] if self._readings else None)

    async def _work(self, task: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """What a task of the archivist gives; None, and no further task is begun, once the archive has failed.

        Nothing of that is raised into Scrapy, which would only log it, page for page: `end` raises it once.
        """
        if self.failure is not None:
            return None
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: task(*args, **kwargs))
        except ArchiveError as error:
            self.fail(error)
            return None

    def _judge_lists(self, walks: Sequence[Walk]) -> None:
        archive, site = self.archivist.archive, self.archivist.site
        whole = False  #: whether a list without a window was read to its end
        for walk, how in zip(walks, self.profile.discovery, strict=True):
            listing = walk.listing
            self.tally.lists["read" if listing.problem is None else str(listing.problem)] += 1
            whole = whole or (listing.problem is None and how.kind != "feed")
            if listing.problem is Problem.GAP:
                self.archivist.gaps.append(listing.detail)
        if whole or site.baseline:
            return
        for walk, how in zip(walks, self.profile.discovery, strict=True):
            if how.kind == "feed" and gap_risk(walk.listing, lambda url: archive.page(site.id, url) is not None):
                self.archivist.gaps.append(f"{how.url}: not one of its entries was known; some may have been missed")
