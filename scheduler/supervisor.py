"""Sees to it that crawls are run, whatever becomes of the processes in which they are.

Crawls run in a process of their own, which is started anew after some hundred. A page that holds it for longer than its
limit takes it down: an expression that runs away hears of no signal but SIGKILL. The page is then recorded as
unreadable, and the next process does what is left of the crawl, and of all others that were under way.

Crawls share a process. Where several of them were reading when it ended, each is begun again in one of its own, so that
the next time nobody is blamed for another's page.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial

from crawler.hosts import hosts_of
from crawler.orders import Ended, Order, Ready, Word
from scheduler.child import Process, spawn
from storage import errors

logger = logging.getLogger(__name__)

#: Seconds between two looks at the processes.
LOOK = 0.25
#: Seconds that one page may hold a crawl process. It may have to wait for another writer meanwhile.
LIMIT = 60.0
#: Seconds for which a process may say nothing at all, and for which it may take to start.
SILENCE, STARTING = 30.0, 90.0
#: Seconds of silence after which a process gets no further crawls.
QUIET = 8.0
#: Crawls after which a process is replaced by a new one.
RECYCLE = 300
#: Processes that may end before a crawl does.
LIVES = 6
#: Seconds until a process that did not start is tried again, doubled each time, and the longest.
AGAIN, LATEST = 1.0, 60.0

Stats = dict[str, int]


class CrawlDied(Exception):  # noqa: N818 - named for what happened
    """Too many processes ended before the crawl did."""


class NotStarted(Exception):  # noqa: N818 - named for what happened
    """The supervisor was stopped before the crawl began."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """A crawl that is under way."""

    site: str
    planned: int
    ended: int


class Supervisor:
    """Runs crawls, one a host and some at a time. `start` and `stop` may be called from any thread."""

    def __init__(
        self,
        *,
        crawls: int = 4,
        limit: float = LIMIT,
        recycle: int = RECYCLE,
        setup: Callable[[], None] | None = None,
    ) -> None:
        """`crawls` run at a time, a process is replaced after `recycle`, a page may hold it for `limit` seconds.

        `setup` is called in each new process; it must be one that can be pickled.
        """
        self._most = crawls
        self._limit = limit
        self._recycle = recycle
        self._setup = setup
        self._events: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._waiting: deque[Order] = deque()
        self._futures: dict[str, Future[Stats]] = {}
        self._processes: list[Process] = []
        self._failures = 0  #: processes in a row that did not start
        self._not_before = 0.0
        self._stopping = False
        self.killed = 0  #: processes that something held too long
        self.died = 0  #: processes that ended by themselves
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)
        self._thread.start()

    def start(self, order: Order) -> Future[Stats]:
        """Have a crawl run as soon as there is room for it; the future gives its counts.

        Raises (from the future):
            storage.errors.ArchiveError: as `crawler.process.Crawls.start`.
            CrawlDied: it took down one process after the other.
            NotStarted: the supervisor was stopped.
        """
        future: Future[Stats] = Future()
        self._events.put(partial(self._take, order, future))
        return future

    def stop(self, patience: float) -> None:
        """Let crawls end in order for so many seconds, and then end their processes."""
        self._events.put(self._stop)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and self._busy:
            time.sleep(0.05)
        self._events.put(self._end)
        self._thread.join(timeout=5)

    @property
    def running(self) -> list[Running]:
        """The crawls under way."""
        found = []
        for process in list(self._processes):
            for key, order in list(process.orders.items()):
                planned, ended = process.counts.get(key, (0, 0))
                found.append(Running(site=order.profile.name, planned=planned, ended=ended))
        return found

    @property
    def waiting(self) -> int:
        """How many crawls wait for room."""
        return len(self._waiting)

    @property
    def _busy(self) -> bool:
        return any(process.orders for process in list(self._processes)) or not self._events.empty()

    def _run(self) -> None:
        """The supervisor's thread: what happens is done here, one thing after the other."""
        last = time.monotonic()
        while self._thread_goes_on:
            try:
                self._events.get(timeout=LOOK)()
                while not self._events.empty():
                    self._events.get()()
            except queue.Empty:
                pass
            except Exception:
                logger.exception("the supervisor met a fault of its own, and goes on")
            now = time.monotonic()
            # held up ourselves, we would blame whoever was held up with us
            passed, last = min(now - last, 2 * LOOK), now
            self._look(passed)
            self._begin()

    _thread_goes_on = True

    def _take(self, order: Order, future: Future[Stats]) -> None:
        if self._stopping:
            future.set_exception(NotStarted(f"{order.profile.name}: not begun"))
            return
        self._futures[order.key] = future
        self._waiting.append(order)

    def _told(self, process: Process, word: Word | None) -> None:
        """What a process says, from its reader's thread."""
        self._events.put(partial(self._hear, process, word))

    def _hear(self, process: Process, word: Word | None) -> None:
        if process not in self._processes:
            return
        if word is None:
            self._bury(process)
            return
        process.hear(word)
        if isinstance(word, Ready):
            self._failures = 0
        elif isinstance(word, Ended) and (order := process.orders.pop(word.key, None)) is not None:
            self._end_crawl(order, word)

    def _end_crawl(self, order: Order, word: Ended) -> None:
        future = self._futures.pop(order.key)
        if word.stats is not None:
            future.set_result(word.stats)
        else:
            kind = getattr(errors, word.kind, None)
            made = kind(word.error) if isinstance(kind, type) else errors.ArchiveError(word.error)
            if kind is None:
                made = CrawlDied(f"{order.profile.name}: {word.kind}: {word.error}")
            future.set_exception(made)

    def _look(self, passed: float) -> None:
        """Kill what is held, and let those go that have done their share."""
        for process in list(self._processes):
            process.age(passed)
            silence = max(self._limit, SILENCE) if process.ready else STARTING
            if process.longest > self._limit or process.silent > silence:
                if process.popen.poll() is None and not process.doomed:
                    process.doomed, process.killed = True, process.ready
                    self.killed += process.ready
                    what = ", ".join(held.what for held in process.reading.values()) or "something"
                    logger.warning("the crawl process was held by %s for too long; it is ended", what)
                process.kill()
            elif not process.orders and process.ready and (process.draining or process.alone):
                self._processes.remove(process)
                process.close()

    def _bury(self, process: Process) -> None:
        """A process has ended: have others do what it had not done."""
        self._processes.remove(process)
        process.close()
        if not process.ready:
            self._failures += 1
            pause = min(AGAIN * 2 ** (self._failures - 1), LATEST)
            self._not_before = time.monotonic() + pause
            logger.error("a crawl process did not come up; the next try is in %.0f s", pause)
        elif not process.killed and process.orders:
            self.died += 1
            logger.warning(
                "the crawl process ended by itself (%s); its crawls are taken up again", process.popen.poll()
            )
        for order in reversed(process.orders.values()):
            self._again(order, process)

    def _again(self, order: Order, process: Process) -> None:
        held = process.reading.get(order.key)
        what = held.what if held is not None else None
        deaths = order.deaths + (1 if process.ready else 0)
        if what is not None and len(process.reading) == 1 and (process.killed or what in order.suspects):
            why = (
                f"reading it took longer than {self._limit:.0f} s" if process.killed else "reading it ended the process"
            )
            logger.error("%s cannot be read: %s", what, why)
            order = replace(order, unreadable={**order.unreadable, what: why}, deaths=deaths)
        elif what is not None:
            order = replace(order, suspects=(*order.suspects, what), alone=True, deaths=deaths)
        else:
            order = replace(order, deaths=deaths)
        if order.deaths >= LIVES or self._stopping:
            error = CrawlDied(f"{order.profile.name}: {order.deaths} crawl processes ended before the crawl did")
            self._futures.pop(order.key).set_exception(error)
        else:
            self._waiting.appendleft(order)

    def _begin(self) -> None:
        """Give the crawls that wait to processes, as far as there is room."""
        if self._stopping or not self._waiting or time.monotonic() < self._not_before:
            return
        under_way = [order for process in self._processes for order in process.orders.values()]
        busy = {host for order in under_way for host in hosts_of(order.profile)}
        room = self._most - len(under_way)
        for order in list(self._waiting):
            if room <= 0:
                return
            hosts = set(hosts_of(order.profile))
            if not busy.isdisjoint(hosts):
                continue
            process = self._process(alone=order.alone)
            if process is None:
                return
            self._waiting.remove(order)
            process.give(order)
            busy |= hosts
            room -= 1

    def _process(self, *, alone: bool) -> Process | None:
        """A process for the next crawl, started where there is none."""
        for process in self._processes:
            if not (process.alone or alone or process.draining or process.doomed):
                if process.silent > QUIET:
                    return None  # something holds it: it is given nothing more before that is known
                process.draining = process.begun + 1 >= self._recycle
                return process
        try:
            process = spawn(self._setup, self._told, alone=alone)
        except OSError as error:
            self._failures += 1
            self._not_before = time.monotonic() + min(AGAIN * 2 ** (self._failures - 1), LATEST)
            logger.error("no crawl process can be started, it is tried again: %s", error)  # noqa: TRY400 - said whole
            return None
        self._processes.append(process)
        return process

    def _stop(self) -> None:
        self._stopping = True
        for order in self._waiting:
            self._futures.pop(order.key).set_exception(NotStarted(f"{order.profile.name}: not begun"))
        self._waiting.clear()
        for process in self._processes:
            process.stop()

    def _end(self) -> None:
        self._stopping = True
        self._thread_goes_on = False
        for process in list(self._processes):
            process.close()
            for order in process.orders.values():
                future = self._futures.pop(order.key)
                future.set_exception(CrawlDied(f"{order.profile.name}: ended before it was done"))
        self._processes.clear()
