"""The service: looks at the clock, has done what is due, and goes on whatever befalls it.

It holds nothing that is not in the archive. Killed at any moment, the next one makes up once what was under way.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from scheduler.clock import Clock
from scheduler.local import Local
from scheduler.tick import Sender, Ticker
from storage.errors import ArchiveError, LeaseLost
from storage.leases import BEAT

if TYPE_CHECKING:
    from crawler.reading.profiles import SiteProfile
    from storage.archive import Archive
    from storage.duties import Duty

logger = logging.getLogger(__name__)

#: Seconds between two looks for runs that nobody is at.
_MAKE_UP = 60.0


class Service:
    """Has the sites of an archive crawled when they are due. `run` lasts until `stop`."""

    def __init__(
        self,
        archive: Archive,
        sites: Mapping[str, SiteProfile],
        send: Sender,
        now: Callable[[], dt.datetime],
        *,
        duty: Duty | None = None,
        interval: float = 1.0,
    ) -> None:
        """`send` is whom it hands what is due; `duty`, if it has one, is kept alive; `interval` is in seconds."""
        self._now = now
        self._ticker = Ticker(archive, sites, send)
        self._local = send if isinstance(send, Local) else None
        self._duty = duty
        self._renewed = time.monotonic()
        self._made_up: float | None = None
        self._clock = Clock(self.tick, interval=interval)
        self.away = ""  #: what is wrong with the archive; empty while it answers
        self.failure: LeaseLost | None = None  #: another service has taken over

    def run(self) -> None:
        """Go on until `stop`.

        Raises:
            LeaseLost: another service has taken over, because this one was held up for too long.
        """
        self._clock.run()
        if self.failure is not None:
            raise self.failure

    def stop(self) -> None:
        """Begin nothing more."""
        self._clock.stop()

    def tick(self) -> None:
        """One look: write down what ended, hand on what is due. An archive that is away is told of once."""
        try:
            self._look()
        except LeaseLost as error:
            self.failure = error
            self.stop()
        except ArchiveError as error:
            if not self.away:
                logger.warning("the archive cannot be used, waiting for it: %s", error, extra={"event": "archive-away"})
            self.away = str(error)
        else:
            if self.away:
                logger.warning("the archive can be used again", extra={"event": "archive-back"})
            self.away = ""

    def _look(self) -> None:
        if self._duty is not None and time.monotonic() - self._renewed >= BEAT.total_seconds():
            self._duty.renew()
            self._renewed = time.monotonic()
        local = self._local
        if local is not None:
            local.settle()
            if self._made_up is None or time.monotonic() - self._made_up >= _MAKE_UP:
                if names := local.make_up():
                    logger.warning("made up once, as it was cut short: %s", ", ".join(names))
                self._made_up = time.monotonic()
        dues = self._ticker.tick(self._now())
        if local is not None:
            local.begin(dues)
