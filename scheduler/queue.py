"""The queue of crawls that any number of workers take from: one job is one crawl of one site.

Two rules of procrastinate hold it together. No two jobs with one `lock` are done at a time: it is the host's, so that
sites that share a host are crawled in turn, whichever workers take them. No two with one `queueing_lock` wait: it is
the site's, so that a site which is due again while it still waits is crawled once.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING, Any

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.schema import SchemaManager

from crawler.hosts import neighbours
from crawler.reading.profiles import SiteProfile
from scheduler.jobs import Jobs
from storage import queueing
from storage.queueing import Migration

if TYPE_CHECKING:
    from storage.agenda import Due
    from storage.archive import Archive
    from storage.unit import Unit

QUEUE = "crawls"
TASK = "crawl"
#: The priority of the rest of a site that was crawled in part: after what is newly due on its host.
REST = -1


def prepare_queue(archive: Archive) -> None:
    """Make the queue in the archive's database, or bring it up to date; nothing where it is.

    Raises:
        storage.errors.NotAnArchive: the archive is a file.
    """
    folder = resources.files("procrastinate.sql") / "migrations"
    steps = sorted((step for step in folder.iterdir() if step.name.endswith(".sql")), key=lambda step: step.name)
    migrations = [Migration(name=step.name, sql=step.read_text("utf-8")) for step in steps]
    queueing.prepare(archive, schema=SchemaManager.get_schema(), migrations=migrations)


def make_app(archive: Archive) -> App:
    """The queue on the archive's own database. It is not open: what is enqueued in a unit needs no more."""
    address, options = queueing.address(archive)
    connector = PsycopgConnector(
        conninfo=address,
        min_size=1,
        max_size=4,
        timeout=10.0,
        # a pool that gave up on a server would never come back to it
        reconnect_timeout=10 * 365 * 86400.0,
        kwargs={"application_name": "pressvakt-queue", **options},
    )
    app = App(connector=connector)
    app.job_manager = Jobs(connector)
    return app


class QueueSender:
    """Hands what is due to the workers: a `scheduler.tick.Sender`. The queue must be there (`prepare_queue`)."""

    def __init__(self, archive: Archive, sites: Mapping[str, SiteProfile]) -> None:
        self._app = make_app(archive)
        self._locks = neighbours(sites.values())

    def send(self, unit: Unit, due: Due) -> None:
        """Enqueue one crawl in the unit that moves the site on: both are kept, or neither.

        Where the site still waits in the queue, that job does this run's work too.
        """
        self._enqueue(unit, due.site, lists=due.lists)

    def send_rest(self, unit: Unit, site: str) -> None:
        """Enqueue the pages that a crawl has left over, for after whatever else is due on its host."""
        self._enqueue(unit, site, lists=False, priority=REST)

    def _enqueue(self, unit: Unit, site: str, *, lists: bool, **options: Any) -> None:
        # a job for pages alone must not stand in the way of one for the lists
        waiting = site if lists else f"{site} (pages)"
        lock = self._locks.get(site, site)
        try:
            with queueing.beside(unit) as connection:
                self._app.configure_task(
                    TASK, queue=QUEUE, lock=f"host {lock}", queueing_lock=waiting, connection=connection, **options
                ).defer(site=site, lists=lists)
        except AlreadyEnqueued:
            return
