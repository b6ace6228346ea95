"""Brings back what a worker held that was killed, stopped or cut off: without it such jobs would wait for ever."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable

from procrastinate.exceptions import ConnectorException

from scheduler.jobs import Jobs
from storage.agenda import entries
from storage.archive import Archive
from storage.errors import ArchiveError
from storage.queueing import waiting

logger = logging.getLogger(__name__)

#: Seconds between two signs of life of a worker, and after how many without one its jobs are given to others.
#: No sooner than the lease of its crawl runs out (`storage.leases.TERM`): before, nobody could go on with them.
HEARTBEAT, STALLED = 5.0, 30.0
#: Seconds between two looks.
EVERY = 5.0
#: Hours for which jobs that came to a bad end are kept for whoever wants to know.
KEPT = 7 * 24
_JOB = "job "


async def reap(jobs: Jobs, *, now: dt.datetime, stalled: float = STALLED) -> int:
    """Give the jobs of silent workers back to the queue; how many those were. One that resists leaves the others be."""
    given = 0
    for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=stalled):
        try:
            await jobs.retry_job(job, retry_at=now)
        except ConnectorException:
            logger.exception("job %s could not be given back; tried again at the next look", job.id)
        else:
            given += 1
            logger.warning("job %s (%s) was held by a worker that is silent; it goes on", job.id, job.task_kwargs)
    return given


async def reap_for_ever(jobs: Jobs, *, every: float = EVERY, stalled: float = STALLED) -> None:
    """Look after silent workers until this is cancelled. Any number of workers may: each job is given back once."""
    looks = 0
    while True:
        try:
            await reap(jobs, now=dt.datetime.now(dt.UTC), stalled=stalled)
            if looks % 720 == 0:
                await jobs.delete_old_jobs(KEPT, include_failed=True, include_cancelled=True, include_aborted=True)
        except ConnectorException as error:
            logger.debug("nobody could be looked after: %s", error)  # told already by whoever met it first
        looks += 1
        await asyncio.sleep(every)


def make_up(archive: Archive, *, now: dt.datetime) -> list[str]:
    """Have sites be due once more that a worker was at and that no job is for any more; their names.

    So it is where the queue was lost, or its database restored from before.
    """
    # in this order: a job is in the queue until its run has ended, also while it waits to be tried again
    taken = {line.taken_by for line in entries(archive).values() if line.taken_by is not None}
    queued = {name_of(job.job) for job in waiting(archive)}
    others = {name for name in taken if not name.startswith(_JOB)}
    if taken <= queued | others:
        return []
    with archive.writing() as unit:
        return unit.make_up(now=now, besides=sorted(queued | others))


def name_of(job: int | None) -> str:
    """By what name a job stands in the agenda while it is being done, whichever worker does it."""
    return f"{_JOB}{job}"


async def make_up_for_ever(archive: Archive, *, now: Callable[[], dt.datetime], every: float = 60.0) -> None:
    """Do so each minute until this is cancelled."""
    while True:
        await asyncio.sleep(every)
        try:
            names = await asyncio.to_thread(make_up, archive, now=now())
        except ArchiveError as error:
            logger.debug("nothing could be made up: %s", error)
        else:
            if names:
                logger.warning("made up once, as it was cut short: %s", ", ".join(names))
