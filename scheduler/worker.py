"""A worker: takes crawls from the queue, runs them, and gives back what it cannot end.

It holds nothing that is not in the database: killed at any moment, others go on with its jobs (`scheduler.reaper`).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, cast

from procrastinate import JobContext
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from procrastinate.worker import Worker as Procrastinate

from crawler.orders import Order
from crawler.reading.profiles import SiteProfile
from scheduler.aftermath import Waves, after_run
from scheduler.jobs import Backoff, GivenBack, Jobs
from scheduler.queue import QUEUE, TASK, QueueSender, make_app
from scheduler.reaper import HEARTBEAT, STALLED, make_up_for_ever, name_of, reap_for_ever
from scheduler.supervisor import CrawlDied, NotStarted
from storage.agenda import count_due, entries
from storage.errors import ArchiveError, LeaseLost, UnderWay
from storage.queueing import waiting

if TYPE_CHECKING:
    from storage.archive import Archive

logger = logging.getLogger(__name__)

#: Seconds that crawls get to bring home what is in flight when the worker ends.
GRACE = 7.0
#: Seconds between two looks into the queue; news of new jobs come at once besides.
LOOK = 5.0
#: Pages that one job visits.
BATCH = 500
#: Seconds until a queue that cannot be opened is tried again.
AGAIN = 2.0


class UnknownSite(LookupError):  # noqa: N818 - named for what happened
    """The queue has a site that this worker's configuration does not; another worker may know it."""


class Crawling(Protocol):
    """What runs the crawls of a worker: `scheduler.supervisor.Supervisor`."""

    def start(self, order: Order) -> Future[dict[str, int]]:
        """Have a crawl run; the future gives its counts."""

    def stop(self, patience: float) -> None:
        """Let crawls end in order for so many seconds, and then end them."""


class Worker:
    """Takes jobs until it is told to `stop`."""

    def __init__(
        self,
        archive: Archive,
        sites: Mapping[str, SiteProfile],
        crawling: Crawling,
        *,
        order: Callable[[str, str, bool], tuple[Order, Waves | None]],
        now: Callable[[], dt.datetime],
        crawls: int = 4,
        batch: int = BATCH,
        heartbeat: float = HEARTBEAT,
        stalled: float = STALLED,
    ) -> None:
        """`crawls` run at a time; each visits `batch` pages at most. `heartbeat` and `stalled` are in seconds.

        `order` makes the order of a crawl from its key, the site's name and whether lists are asked.
        """
        self._archive = archive
        self._sites = sites
        self._crawling = crawling
        self._order = order
        self._now = now
        self._crawls = crawls
        self._batch = batch
        self._heartbeat = heartbeat
        self._stalled = stalled
        self._sender = QueueSender(archive, sites)
        self._ending = asyncio.Event()
        self._procrastinate: Procrastinate | None = None

    async def run(self, *, once: bool = False) -> None:
        """Work until `stop`, or with `once` until nothing waits any more that could be done now."""
        logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # that the server is away is told once, by `Jobs`
        app = make_app(self._archive)
        app.task(name=TASK, queue=QUEUE, pass_context=True, retry=Backoff())(self._crawl)
        jobs = cast("Jobs", app.job_manager)
        self._jobs = jobs
        while not self._ending.is_set():
            try:
                async with app.open_async():
                    await self._work(app, jobs, once=once)
                self._ending.set()
            except ConnectorException as error:
                logger.warning("the queue cannot be reached, waiting for it: %s", error.__cause__ or error)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._ending.wait(), AGAIN)

    def stop(self) -> None:
        """End within `GRACE` seconds and a little; jobs that are not done by then are given back."""
        self._ending.set()
        if self._procrastinate is not None:
            self._jobs.ending.set()
            self._procrastinate.stop()  # type: ignore[no-untyped-call]
            self._stopping = asyncio.create_task(asyncio.to_thread(self._crawling.stop, GRACE))

    async def _work(self, app: object, jobs: Jobs, *, once: bool) -> None:
        worker = Procrastinate(
            app,  # type: ignore[arg-type]
            queues=[QUEUE],
            name="pressvakt",
            concurrency=self._crawls,
            fetch_job_polling_interval=LOOK,
            shutdown_graceful_timeout=GRACE + 1,
            delete_jobs="successful",
            install_signal_handlers=False,
            update_heartbeat_interval=self._heartbeat,
            stalled_worker_timeout=self._stalled,
        )
        self._procrastinate = worker
        beside = [
            asyncio.create_task(reap_for_ever(jobs, stalled=self._stalled)),
            asyncio.create_task(make_up_for_ever(self._archive, now=self._now)),
        ]
        if once:
            beside.append(asyncio.create_task(self._stop_when_done()))
        try:
            await worker.run()  # type: ignore[no-untyped-call]
        finally:
            for task in beside:
                task.cancel()
            self._procrastinate = None

    async def _stop_when_done(self) -> None:
        while any(job.doing or job.ready for job in await asyncio.to_thread(waiting, self._archive)):  # noqa: ASYNC110
            await asyncio.sleep(0.5)  # nothing but the database tells of it
        self.stop()

    async def _crawl(self, context: JobContext, *, site: str, lists: bool) -> None:
        """One job. What it raises decides when it is tried again (`Backoff`)."""
        if site not in self._sites:
            raise UnknownSite(f"no site {site!r} is known here; give all workers the same sites/")
        job, began = name_of(context.job.id), self._now()
        before = await asyncio.to_thread(self._begin, job, site, began)
        if before is None:
            return
        try:
            await self._run(context.job, site, lists=lists, began=began, before=before)
        except Exception as error:
            self._begins()  # cut short: whatever it says of it
            _tell(site, job, error)
            raise
        finally:
            await asyncio.to_thread(self._end, job, site)

    async def _run(self, job: Job, site: str, *, lists: bool, began: dt.datetime, before: int) -> None:
        fence = f"{job.id}/{job.attempts}"
        order, plan = await asyncio.to_thread(self._order, fence, site, lists)
        self._begins()
        future = self._crawling.start(replace(order, limit=self._batch, fence=fence))
        stats = await asyncio.wrap_future(future)
        self._begins()
        await asyncio.to_thread(self._settle, site, stats, plan, began, before)
        logger.info(
            "%s: crawled, %d pages (job %s)", site, stats.get("planned", 0), fence,
            extra={"event": "crawl", "site": site, "job": job.id, "stats": dict(stats)},
        )  # fmt: skip

    def _begins(self) -> None:
        if self._ending.is_set():
            raise GivenBack

    def _begin(self, job: str, name: str, at: dt.datetime) -> int | None:
        """Note in the agenda who is at a site, and how many of its pages are due; None where it is to be left alone."""
        with self._archive.writing() as unit:
            site = unit.add_site(name)
            line = unit.entries().get(name)
            if line is not None and (line.paused_at is not None or (line.rests_until or at) > at):
                return None
            unit.begin_run(site.id, at=at, by=job)
        return count_due(self._archive, site.id, at)

    def _end(self, job: str, name: str) -> None:
        """Note that nobody is. Where that cannot be written, `scheduler.reaper.make_up` does it later."""
        try:
            site = self._archive.site(name)
            if site is not None:
                with self._archive.writing() as unit:
                    unit.end_run(site.id, by=job)
        except ArchiveError as error:
            logger.debug("%s: the end of its run was not written down: %s", name, error)

    def _settle(self, name: str, stats: Mapping[str, int], plan: Waves | None, began: dt.datetime, before: int) -> None:
        """Put into the agenda what the crawl has shown, and into the queue what its batch left over.

        A batch that moved nothing on leaves nothing over: that would go round for ever.
        """
        site = self._archive.site(name)
        if site is None:
            return
        after_run(self._archive, site, stats, plan, now=self._now())
        line = entries(self._archive).get(name)
        rests = line is not None and line.rests_until is not None
        if (
            stats.get("planned", 0) >= self._batch
            and not rests
            and 0 < count_due(self._archive, site.id, began) < before
        ):
            with self._archive.writing() as unit:
                self._sender.send_rest(unit, name)


def _tell(site: str, job: str, error: Exception) -> None:
    """Say why a crawl ended before its end; it is tried again in any case, by whoever has its job then."""
    more = {"site": site, "job": job}
    if isinstance(error, UnderWay):
        logger.info("%s: %s", site, error, extra={"event": "crawl-postponed", **more})
    elif isinstance(error, LeaseLost):
        logger.warning("%s: %s", site, error, extra={"event": "crawl-lost", **more})
    elif isinstance(error, ArchiveError | CrawlDied | NotStarted):
        logger.warning(
            "%s: the crawl failed, and is tried again: %s", site, error, extra={"event": "crawl-failed", **more}
        )
    else:
        logger.error("%s: a fault of our own", site, exc_info=error, extra={"event": "crawl-failed", **more})
