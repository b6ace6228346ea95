"""Crawls of this machine: takes what is due, hands it to the supervisor, and writes down how it ended."""

from __future__ import annotations

import datetime as dt
import logging
import queue
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from scheduler.aftermath import Waves, after_run
from scheduler.supervisor import CrawlDied, NotStarted
from storage.agenda import entries
from storage.errors import ArchiveError, UnderWay

if TYPE_CHECKING:
    from crawler.orders import Order
    from storage.agenda import Due
    from storage.archive import Archive
    from storage.unit import Unit

logger = logging.getLogger(__name__)

#: After what time a site is tried again that another process is at, or whose crawl met a fault of ours.
AGAIN = dt.timedelta(minutes=1)


class Crawling(Protocol):
    """What runs crawls: `scheduler.supervisor.Supervisor`."""

    def start(self, order: Order) -> Future[dict[str, int]]:
        """Have a crawl run; the future gives its counts."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run of a site that has ended."""

    site: str
    lists: bool
    began: float  #: monotonic seconds
    seconds: float
    stats: Mapping[str, int] | None  #: None where it failed
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class _Under:
    due: Due
    key: str
    order: Order
    plan: Waves | None
    began: float


class Local:
    """Sends what is due to the supervisor of this machine: a `scheduler.tick.Sender`.

    A run stands in the agenda as taken from the unit on that moves its site, until its end is written. Those of a
    process that was killed are found there by the next one.
    """

    def __init__(
        self,
        archive: Archive,
        crawling: Crawling,
        *,
        token: str,
        order: Callable[[str, str, bool], tuple[Order, Waves | None]],
        now: Callable[[], dt.datetime],
        ended: Callable[[Run], None] = lambda _: None,
    ) -> None:
        """`order` makes the order of a run from its key, the site's name and whether lists are asked; `token` tells this
        process's runs from those of any other.
        """
        self._archive = archive
        self._crawling = crawling
        self._token = token
        self._order = order
        self._now = now
        self._ended = ended
        self._count = 0
        self._sent: dict[str, str] = {}  #: site: key, in units that may not be committed yet
        self._under: dict[str, _Under] = {}
        self._done: queue.SimpleQueue[tuple[_Under, Future[dict[str, int]]]] = queue.SimpleQueue()
        self._unwritten: list[tuple[_Under, Future[dict[str, int]], float]] = []

    @property
    def under_way(self) -> int:
        """How many runs have not ended."""
        return len(self._under)

    def send(self, unit: Unit, due: Due) -> None:
        """Take a run; it begins when `begin` is called."""
        self._count += 1
        key = f"{self._token}/{self._count}"
        unit.begin_run(due.site_id, at=self._now(), by=key)
        self._sent[due.site] = key

    def begin(self, dues: list[Due]) -> None:
        """Begin the runs of a unit that is committed."""
        for due in dues:
            key = self._sent[due.site]
            order, plan = self._order(key, due.site, due.lists)
            under = _Under(due=due, key=key, order=order, plan=plan, began=time.monotonic())
            self._under[key] = under
            self._crawling.start(order).add_done_callback(partial(self._tell, under))
        self._sent.clear()

    def make_up(self) -> list[str]:
        """Have runs be due once more that were taken and that nobody is at: those of a process that was killed.

        Raises:
            storage.errors.ArchiveError: the archive could not be written.
        """
        taken = [entry.taken_by for entry in entries(self._archive).values() if entry.taken_by is not None]
        if self._under.keys() >= set(taken):
            return []
        with self._archive.writing() as unit:
            return unit.make_up(now=self._now(), besides=list(self._under))

    def settle(self) -> int:
        """Write down how runs ended; how many have.

        Raises:
            storage.errors.ArchiveError: the archive could not be written. Those that are left are tried again.
        """
        while not self._done.empty():
            under, future = self._done.get()
            self._unwritten.append((under, future, time.monotonic() - under.began))
        count = 0
        while self._unwritten:
            under, future, seconds = self._unwritten[0]
            run = self._write(under, future, seconds)
            self._unwritten.pop(0)
            del self._under[under.key]
            if run is not None:
                self._ended(run)
            count += 1
        return count

    def _tell(self, under: _Under, future: Future[dict[str, int]]) -> None:
        self._done.put((under, future))

    def _write(self, under: _Under, future: Future[dict[str, int]], seconds: float) -> Run | None:
        error = future.exception()
        if isinstance(error, NotStarted):
            return None  # it stays taken: the next process makes it up
        due, now = under.due, self._now()
        stats = None if error is not None else future.result()
        if stats is not None and (site := self._archive.site(due.site)) is not None:
            after_run(self._archive, site, stats, under.plan, now=now, limit=under.order.limit)
        with self._archive.writing() as unit:
            unit.end_run(due.site_id, by=under.key)
            if isinstance(error, UnderWay | ArchiveError):
                unit.set_due(due.site_id, now + AGAIN)
        words = "" if error is None else str(error) or type(error).__name__
        _log(due.site, stats, error, seconds)
        return Run(site=due.site, lists=due.lists, began=under.began, seconds=seconds, stats=stats, error=words)


def _log(site: str, stats: Mapping[str, int] | None, error: BaseException | None, seconds: float) -> None:
    more = {"site": site, "seconds": round(seconds, 3)}
    if error is None:
        changes = sum(count for name, count in (stats or {}).items() if name.startswith("change/"))
        logger.info(
            "%s: crawled, %d pages, %d changes", site, (stats or {}).get("planned", 0), changes,
            extra={"event": "crawl", **more, "stats": dict(stats or {})},
        )  # fmt: skip
    elif isinstance(error, UnderWay):
        logger.info("%s: %s", site, error, extra={"event": "crawl-postponed", **more})
    elif isinstance(error, CrawlDied):
        logger.error("%s", error, extra={"event": "crawl-died", **more})
    else:
        logger.warning("%s: the crawl failed: %s", site, error, extra={"event": "crawl-failed", **more})
