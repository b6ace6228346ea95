"""Runs crawls: Scrapy on an event loop of its own, in a thread of its own, for as long as anybody needs it.

A Twisted reactor starts once in a process. Here it starts with the first crawl and is there for all that follow.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.settings import Settings

from crawler.archivist import Archivist
from crawler.aside import LIMIT
from crawler.browser import check_browser
from crawler.desk import Desk
from crawler.hosts import hosts_of
from crawler.items import Fault, Fetch
from crawler.outcomes import Tally
from crawler.permits import Permit
from crawler.reading.profiles import SiteProfile
from crawler.settings import crawl_settings
from storage.archive import Archive
from storage.errors import ArchiveError, LeaseLost
from storage.leases import BEAT, Leased, Terms, take
from storage.records import Page

if TYPE_CHECKING:
    from twisted.internet.asyncioreactor import AsyncioSelectorReactor

    from crawler.spiders.press import PressSpider
    from crawler.spiders.scout import Orders


logger = logging.getLogger(__name__)


def _clock() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, kw_only=True)
class Job:
    """One crawl of one site.

    The known pages that are visited are those whose time has come, or those of which `due` says so. `plan` says when
    each is visited next, from what it is after its visit. `watch` is called, in the crawl's thread, as the counts move.
    `page_limit` is how many seconds the process beside a large crawl may read one page. `reading` is called, in the
    thread that does it, with the address of each page before this process reads it, and with None after.
    """

    profile: SiteProfile
    archive: Archive
    user_agent: str
    allow_private: tuple[str, ...] = ()
    due: Callable[[Page], bool] | None = None
    plan: Callable[[Page, dt.datetime], dt.datetime | None] = lambda *_: None
    lists: bool = True  #: ask the site's lists, too; False: only its pages
    limit: int | None = None  #: visit at most so many known pages, the longest overdue first
    fence: str | None = None  #: the job of a queue that this is for, as JOB/ATTEMPT; the lease holds while it is ours
    watch: Callable[[Tally], None] = lambda _: None
    now: Callable[[], dt.datetime] = _clock
    page_limit: float = LIMIT
    unreadable: Mapping[str, str] = field(default_factory=dict)  #: addresses that are not to be read, and why
    reading: Callable[[str | None], None] = lambda _: None
    settings: Mapping[str, Any] = field(default_factory=dict)  #: Scrapy settings that go before all others


class Crawls:
    """The thread in which crawls run. One for the process: `crawls()` gives it."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop
        self._ready = threading.Event()
        self._crawlers: set[Crawler] = set()
        threading.Thread(target=self._run, name="crawls", daemon=True).start()
        self._ready.wait()

    def start(self, job: Job) -> Future[dict[str, int]]:
        """Begin a crawl; the future gives its counts once it has ended.

        Raises (from the future):
            storage.errors.UnderWay: another crawl of the site is alive; nothing was asked or written.
            storage.errors.ArchiveError: where the archive could not be written; what was kept before stays kept.
            crawler.browser.NoBrowser: the site's pages need a browser, and there is none; nothing was asked or written.
        """
        return asyncio.run_coroutine_threadsafe(self._crawl(job), self._loop)

    def run(self, job: Job) -> dict[str, int]:
        """Crawl, and give the counts. An interrupt ends the crawl in order, and then raises KeyboardInterrupt."""
        future = self.start(job)
        try:
            return future.result()
        except KeyboardInterrupt:
            self.stop()
            with contextlib.suppress(KeyboardInterrupt):
                future.result()
            raise

    def look(self, url: str, profile: SiteProfile, *, user_agent: str, allow_private: tuple[str, ...] = ()) -> Fetch:
        """Fetch one page as a crawl of its site would, robots.txt and guard and all, and keep it nowhere."""
        settings = crawl_settings(profile, user_agent=user_agent, allow_private=allow_private)
        settings.set("ITEM_PIPELINES", {}, priority="cmdline")
        return asyncio.run_coroutine_threadsafe(_look(url, profile, settings), self._loop).result()

    @contextlib.contextmanager
    def visit(
        self, profile: SiteProfile, *, user_agent: str, allow_private: tuple[str, ...] = ()
    ) -> Iterator[Callable[[str], Fetch]]:
        """Several looks at one site, as one polite guest: gives a function that fetches an address, kept nowhere."""
        settings = crawl_settings(profile, user_agent=user_agent, allow_private=allow_private)
        settings.set("ITEM_PIPELINES", {}, priority="cmdline")
        orders: Orders = asyncio.run_coroutine_threadsafe(_queue(), self._loop).result()
        visit = asyncio.run_coroutine_threadsafe(_visit(orders, profile, settings), self._loop)

        def ask(url: str) -> Fetch:
            return asyncio.run_coroutine_threadsafe(
                _order(url, orders, asyncio.wrap_future(visit, loop=self._loop)), self._loop
            ).result()

        try:
            yield ask
        finally:
            self._loop.call_soon_threadsafe(orders.put_nowait, None)
            visit.result()

    def stop(self) -> None:
        """Let the crawls that run end as soon as the answers in flight are home."""
        for crawler in list(self._crawlers):
            asyncio.run_coroutine_threadsafe(crawler.stop_async(), self._loop)

    def _run(self) -> None:
        from scrapy.utils.reactor import install_reactor  # noqa: PLC0415 - must be installed in this very thread

        with contextlib.suppress(ImportError):
            import uvloop  # noqa: PLC0415 - absent on Windows

            asyncio.set_event_loop(uvloop.new_event_loop())
        install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
        from twisted.internet import reactor  # noqa: PLC0415

        running = cast("AsyncioSelectorReactor", reactor)
        self._loop = running._asyncioEventloop  # noqa: SLF001 - where coroutines from other threads are handed in
        running.callWhenRunning(self._ready.set)
        running.run(installSignalHandlers=False)  # type: ignore[no-untyped-call]

    async def _crawl(self, job: Job) -> dict[str, int]:
        check_browser(job.profile)
        # The archive may keep us waiting for another writer: not on this thread, in which other crawls run too.
        lease = await asyncio.to_thread(take, job.archive, job.profile.name, clock=_clock, terms=_terms(job))
        try:
            archivist = await asyncio.to_thread(_begin, job, lease)
            desk = Desk(
                archivist,
                due=job.due,
                now=job.now,
                watch=job.watch,
                page_limit=job.page_limit,
                lists=job.lists,
                limit=job.limit,
                unreadable=job.unreadable,
                reading=job.reading,
            )
            desk.permit = Permit(lease, give_up=desk.fail)
            beating = asyncio.create_task(_beat(lease, desk))
            try:
                return await self._run_spider(job, desk)
            finally:
                beating.cancel()
        finally:
            await asyncio.to_thread(lease.release)

    async def _run_spider(self, job: Job, desk: Desk) -> dict[str, int]:
        from crawler.spiders.press import PressSpider  # noqa: PLC0415 - Scrapy imports the reactor

        settings = crawl_settings(job.profile, user_agent=job.user_agent, allow_private=job.allow_private)
        settings.update(dict(job.settings), priority="cmdline")
        runner = AsyncCrawlerRunner(settings)
        crawler = runner.create_crawler(PressSpider)
        self._crawlers.add(crawler)
        try:
            await runner.crawl(crawler, desk=desk)
        finally:
            self._crawlers.discard(crawler)
        spider: PressSpider | None = crawler.spider  # type: ignore[assignment]
        reason = crawler.stats.get_value("finish_reason", "failed")
        left = [url for url in spider.ledger.left() if not url.startswith("list ")] if spider else []
        return await desk.end("finished" if reason == "finished" else "stopped", left)


def _terms(job: Job) -> Terms:
    """What the crawl asks for itself alone: nobody else asks the site's hosts meanwhile, whichever site is theirs."""
    profile = job.profile
    return Terms(
        hosts=hosts_of(profile),
        delay=dt.timedelta(seconds=profile.crawl.delay),
        longest=dt.timedelta(seconds=profile.crawl.timeout),
        fence=job.fence,
    )


async def _queue() -> Orders:
    return asyncio.Queue()


async def _visit(orders: Orders, profile: SiteProfile, settings: Settings) -> None:
    from crawler.spiders.scout import ScoutSpider  # noqa: PLC0415 - Scrapy imports the reactor

    runner = AsyncCrawlerRunner(settings)
    await runner.crawl(runner.create_crawler(ScoutSpider), orders=orders, profile=profile, now=_clock)


async def _order(url: str, orders: Orders, visit: asyncio.Future[None]) -> Fetch:
    """One order of a visit; an answer that says so where the visit has ended before it."""
    answer: asyncio.Future[Fetch] = asyncio.get_running_loop().create_future()
    orders.put_nowait((url, answer))
    either: list[asyncio.Future[Any]] = [answer, visit]
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if answer.done():
        return answer.result()
    return Fetch(url=url, final_url=url, fetched_at=_clock(), fault=Fault.DROPPED, detail="the visit ended before it")


async def _look(url: str, profile: SiteProfile, settings: Settings) -> Fetch:
    from crawler.spiders.look import LookSpider  # noqa: PLC0415 - Scrapy imports the reactor

    runner = AsyncCrawlerRunner(settings)
    crawler = runner.create_crawler(LookSpider)
    await runner.crawl(crawler, url=url, profile=profile, now=_clock)
    spider = crawler.spider
    if isinstance(spider, LookSpider) and spider.found is not None:
        return spider.found
    return Fetch(url=url, final_url=url, fetched_at=_clock(), fault=Fault.DROPPED, detail="the crawl ended before it")


def _begin(job: Job, archive: Leased) -> Archivist:
    with archive.writing() as unit:
        site = unit.add_site(job.profile.name)
        crawl = unit.start_crawl(site.id, job.now())
    return Archivist(archive, job.profile, site, crawl, plan=job.plan)


async def _beat(lease: Leased, desk: Desk) -> None:
    """Keep the lease while the crawl writes nothing; a lease that is lost ends the crawl."""
    while desk.failure is None:
        await asyncio.sleep(BEAT.total_seconds())
        try:
            await asyncio.to_thread(lease.renew)
        except LeaseLost as error:
            desk.fail(error)
        except ArchiveError as error:
            logger.warning("%s: the lease could not be renewed, next try soon: %s", desk.profile.name, error)


_crawls: Crawls | None = None
_lock = threading.Lock()


def crawls() -> Crawls:
    """The process's thread for crawls, started at the first call."""
    global _crawls  # noqa: PLW0603 - there is one reactor in a process
    with _lock:
        if _crawls is None:
            _crawls = Crawls()
        return _crawls
