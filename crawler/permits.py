"""Leave to ask: a request goes out only while the lease of its crawl is known to be ours.

A crawl may be held up at any moment: stopped, put to sleep, cut off from the archive. Meanwhile another may have taken
over its site and host. So each request is preceded by a look at a clock, once before it is begun and once at the very
moment at which it is written: when the lease was last heard of too long ago, it is renewed first, and where that cannot
be done, nothing is asked any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar

from crawler.faults import FetchError
from crawler.items import Fault
from storage.errors import ArchiveError
from storage.leases import Leased


class NoLeave(FetchError):  # noqa: N818 - named for what happened
    """Not asked: another crawl has taken over, or the archive cannot be reached to see whether it has."""

    fault: ClassVar[Fault] = Fault.SKIPPED


class Permit:
    """Leave to ask, for one crawl. All but `fresh` belongs to the crawl's event loop."""

    def __init__(self, lease: Leased, *, give_up: Callable[[ArchiveError], None]) -> None:
        """`give_up` hears once why nothing more is asked."""
        self._lease = lease
        self._give_up = give_up
        self._renewing: asyncio.Task[None] | None = None
        self._refused: ArchiveError | None = None

    @property
    def fresh(self) -> bool:
        """Whether a request may be written now."""
        return self._refused is None and self._lease.fresh

    def slow_down(self, delay: float) -> None:
        """The site wants so many seconds between requests: whoever takes over from us is to wait that long."""
        self._lease.last_delay = max(self._lease.last_delay, delay)

    async def ask(self) -> None:
        """Wait until a request may be written.

        Raises:
            NoLeave: none may, from here on.
        """
        if (wait := self._lease.wait) > 0:
            await asyncio.sleep(wait)
        if self._refused is None and not self._lease.fresh:
            if self._renewing is None:
                self._renewing = asyncio.create_task(self._renew())
            await asyncio.shield(self._renewing)
        if self._refused is not None:
            raise NoLeave(f"not asked: {self._refused}") from self._refused

    async def _renew(self) -> None:
        try:
            await asyncio.to_thread(self._lease.renew)
        except ArchiveError as error:
            self._refused = error
            self._give_up(error)
        finally:
            self._renewing = None
