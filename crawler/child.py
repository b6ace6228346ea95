"""The crawl process: `python -m crawler.child`, started and watched by the service's supervisor.

Its standard input is one end of a pair of sockets. Orders come in, and it says which page it is reading, that it is
alive, and how each crawl ended. It ends when the other side does: what is in flight is fetched again.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from crawler.orders import Alive, Counted, Ended, Order, Reading, Ready, Stop, Word, encode, receive_frame, send_frame
from crawler.orphans import die_with_parent
from crawler.process import Job, crawls
from storage.archive import Archive

if TYPE_CHECKING:
    from crawler.outcomes import Tally

#: Seconds between two signs of life, and between two counts of a crawl.
BEAT = 2.0


class Child:
    """The process's own side."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._sending = threading.Lock()
        self._archives: dict[tuple[str, str | None], Archive] = {}
        self._opening = threading.Lock()
        self._stopping = threading.Event()

    def serve(self) -> None:
        """Take orders until the other side is gone."""
        crawls()
        self._say(Ready())
        self._thread(self._beat)
        while (frame := receive_frame(self._end)) is not None:
            order = pickle.loads(frame)  # noqa: S301 - from the process that started this one
            if isinstance(order, Stop):
                self._thread(self._stop)
            elif isinstance(order, Order):
                self._thread(self._crawl, order)

    def _crawl(self, order: Order) -> None:
        try:
            job = self._job(order)
            stats = crawls().start(job).result()
        except Exception as error:  # noqa: BLE001 - whatever it was, the service is told how the crawl ended
            words = str(error) or type(error).__name__
            self._say(Ended(key=order.key, stats=None, error=words, kind=type(error).__name__))
        else:
            self._say(Ended(key=order.key, stats=stats))

    def _job(self, order: Order) -> Job:
        told = [0.0]

        def watch(tally: Tally) -> None:
            if time.monotonic() - told[0] >= BEAT:
                told[0] = time.monotonic()
                self._say(Counted(key=order.key, planned=tally.planned, ended=tally.ended))

        given = {name: value for name, value in (("plan", order.plan), ("now", order.now)) if value is not None}
        return Job(
            profile=order.profile,
            archive=self._archive(order),
            user_agent=order.user_agent,
            allow_private=order.allow_private,
            due=order.due,
            lists=order.lists,
            limit=order.limit,
            fence=order.fence,
            page_limit=order.page_limit,
            settings=order.settings,
            unreadable=order.unreadable,
            reading=lambda what: self._say(Reading(key=order.key, what=what)),
            watch=watch,
            **given,  # type: ignore[arg-type]
        )

    def _archive(self, order: Order) -> Archive:
        key = order.database, order.payloads
        with self._opening:
            if key not in self._archives:
                self._archives[key] = Archive.open(order.database, payloads=order.payloads, now=order.now)
            return self._archives[key]

    def _stop(self) -> None:
        while not self._stopping.wait(0.2):
            crawls().stop()  # again and again: one may just be beginning

    def _beat(self) -> None:
        while not self._stopping.wait(BEAT):
            self._say(Alive())

    def _say(self, word: Word) -> None:
        try:
            with self._sending:
                send_frame(self._end, encode(word))
        except OSError:
            os._exit(0)  # nobody listens any more

    def _thread(self, task: Callable[..., None], *args: object) -> None:
        threading.Thread(target=task, args=args, daemon=True, name=task.__name__.strip("_")).start()


def main() -> None:
    """Serve whoever holds the other end of standard input."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the service says when to stop, in order
    die_with_parent()
    with socket.socket(fileno=0) as end:
        setup = receive_frame(end)
        if setup is None:
            return
        start = pickle.loads(setup)  # noqa: S301 - from the process that started this one
        if start is not None:
            start()
        Child(end).serve()
    sys.stdout.flush()
    os._exit(0)  # crawls that still run have nobody to answer to


if __name__ == "__main__":
    main()
