"""procrastinate's jobs as our workers keep them: patient with a database that is away, fenced against late attempts."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import random
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

from procrastinate import retry
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager, NotificationCallback

from storage.errors import LeaseLost, UnderWay
from storage.queueing import FINISH, GIVE_BACK, HEARTBEAT

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: Seconds until a job is tried again whose site or host another crawl is at.
BUSY = 5
#: Seconds until the first try after a fault of ours, doubled with each, and the longest.
FIRST, LONGEST = 2, 600
#: A job that failed lets the others of its host go first.
AFTER_OTHERS = -1


class GivenBack(Exception):  # noqa: N818 - named for what happened
    """The worker is to end: another one goes on with the job."""


class Backoff(retry.BaseRetryStrategy):
    """When a job is tried again: always, and ever later while it is a fault of ours."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> retry.RetryDecision:
        """At once where the worker ends, soon where somebody else is at it, else after a pause that doubles."""
        if isinstance(exception, GivenBack | asyncio.CancelledError):
            return retry.RetryDecision(retry_in={"seconds": 0})
        if isinstance(exception, UnderWay | LeaseLost):
            return retry.RetryDecision(retry_in={"seconds": BUSY + random.randrange(BUSY)})  # noqa: S311 - no secret
        seconds = min(LONGEST, FIRST * 2 ** min(job.attempts, 16))
        return retry.RetryDecision(retry_in={"seconds": seconds}, priority=AFTER_OTHERS)


class Jobs(JobManager):
    """The queue as a worker sees it. A database that is away is told of once, and waited for."""

    def __init__(self, connector: Any) -> None:
        super().__init__(connector)
        self.ending = asyncio.Event()  #: set: nothing is waited for any more
        self._away = False

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """The next job; None also while the database is away: it is asked again at the next look."""
        return await self._once(lambda: super(Jobs, self).fetch_job(queues, worker_id), None)

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """End a job, if it is still ours."""
        values = {"job_id": job.id, "attempt": job.attempts, "status": status.value, "delete_job": delete_job}
        await self._until_done(lambda: self.connector.execute_query_async(query=FINISH, **values))

    async def retry_job(
        self,
        job: Job,
        retry_at: dt.datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """Give a job back, if it is still ours. Where the same site waits again already, it is ended instead."""
        del queue, lock
        at = retry_at or dt.datetime.now(dt.UTC)
        values = {"job_id": job.id, "attempt": job.attempts, "retry_at": at, "priority": priority}
        try:
            await self._until_done(lambda: self.connector.execute_query_async(query=GIVE_BACK, **values))
        except UniqueViolation:
            # one that waits does the same work; both would break the rule of one waiting job a site
            await self.finish_job(job, Status.ABORTED, delete_job=True)

    async def update_heartbeat(self, worker_id: int) -> None:
        """Say that a worker is alive, also where it was struck off meanwhile."""
        await self._once(lambda: self.connector.execute_query_async(query=HEARTBEAT, worker_id=worker_id), None)

    async def list_jobs_to_abort_async(self, queue: str | None = None) -> Iterable[int]:
        """None while the database is away."""
        return await self._once(lambda: super(Jobs, self).list_jobs_to_abort_async(queue), ())

    async def unregister_worker(self, worker_id: int) -> None:
        """Strike a worker off; where that fails, others do it later."""
        await self._once(lambda: super(Jobs, self).unregister_worker(worker_id), None)

    async def listen_for_jobs(
        self, *, on_notification: NotificationCallback, queues: Iterable[str] | None = None
    ) -> None:
        """Hear of new jobs at once, for as long as nobody cancels it."""
        while True:
            await self._once(
                lambda: super(Jobs, self).listen_for_jobs(on_notification=on_notification, queues=queues), None
            )
            await asyncio.sleep(FIRST)

    async def _once(self, task: Callable[[], Awaitable[T]], instead: T) -> T:
        try:
            done = await task()
        except UniqueViolation:
            raise
        except ConnectorException as error:
            self._is_away(error)
            return instead
        self._is_back()
        return done

    async def _until_done(self, task: Callable[[], Awaitable[None]]) -> None:
        """Repeat it until the database has taken it; while the worker ends, try it once."""
        pause = 0.5
        while True:
            try:
                await task()
            except UniqueViolation:
                raise
            except ConnectorException as error:
                self._is_away(error)
                if self.ending.is_set():
                    return  # the reaper of another worker brings it back
                pause = min(2 * pause, 10.0)
                await asyncio.wait([asyncio.ensure_future(self.ending.wait())], timeout=pause)
            else:
                self._is_back()
                return

    def _is_away(self, error: Exception) -> None:
        if not self._away:
            self._away = True
            logger.warning("the queue cannot be reached, waiting for it: %s", error.__cause__ or error)

    def _is_back(self) -> None:
        if self._away:
            self._away = False
            logger.warning("the queue is back")
