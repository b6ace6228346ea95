"""The clock: calls one function again and again, whatever is done to the time of the machine.

APScheduler keeps the beat, with one job in memory and nothing to remember. What is due stands in the archive.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

logger = logging.getLogger(__name__)

_JOB = "tick"
#: A beat is late when so many have passed without one.
_LATE = 3
#: Seconds for which a beat under way is waited for at the end.
_PATIENCE = 2.0
#: Seconds between two looks at whether it is.
_LOOK = 1.0


class Clock:
    """Calls `tick` each `interval` seconds, never twice at a time, until `stop`."""

    def __init__(self, tick: Callable[[], None], *, interval: float = 1.0) -> None:
        self._tick = tick
        self._interval = interval
        self._ended = threading.Event()
        self._last = time.monotonic()
        self._ticking = False
        self._scheduler = BackgroundScheduler(
            timezone=dt.UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        # a beat that is skipped because the one before still lasts is nothing to tell of
        logging.getLogger("apscheduler").setLevel(logging.ERROR)

    def run(self) -> None:
        """Beat until `stop` is called from elsewhere."""
        self._scheduler.add_job(
            self._beat, "interval", seconds=self._interval, id=_JOB, next_run_time=dt.datetime.now(dt.UTC)
        )
        self._scheduler.start()
        try:
            while not self._ended.wait(_LOOK):
                self._keep_time()
        finally:
            self._scheduler.shutdown(wait=False)
            deadline = time.monotonic() + _PATIENCE
            while self._ticking and time.monotonic() < deadline:
                time.sleep(0.02)

    def stop(self) -> None:
        """End; a beat under way is waited for, but not long: it may be kept by an archive that is away."""
        self._ended.set()

    def _beat(self) -> None:
        if self._ended.is_set():
            return
        self._ticking = True
        try:
            self._tick()
        except Exception:
            logger.exception("a look at what is due failed; the next one follows")
        finally:
            self._ticking, self._last = False, time.monotonic()

    def _keep_time(self) -> None:
        """Beat now if no beat came for long: the next one was planned before the machine's clock was set back."""
        late = time.monotonic() - self._last > max(_LATE * self._interval, _LATE * _LOOK)
        if late and not self._ticking:
            self._scheduler.modify_job(_JOB, next_run_time=dt.datetime.now(dt.UTC))
