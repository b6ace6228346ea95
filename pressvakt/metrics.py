"""What the service counts, for Prometheus: read at `http://ADDRESS/metrics` where `[service] metrics` says so."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, start_http_server

from pressvakt.failure import Failure

if TYPE_CHECKING:
    from scheduler.local import Run
    from scheduler.supervisor import Supervisor

_SECONDS = (0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 4 * 3600)


class Metrics:
    """The service's counts, in a registry of their own."""

    def __init__(self, sites: Sequence[str]) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        site = ("site",)
        self._crawls = Counter("pressvakt_crawls", "Crawls that ended.", (*site, "result"), registry=self.registry)
        self._pages = Counter(
            "pressvakt_visits", "Pages visited, by what came of it.", (*site, "outcome"), registry=self.registry
        )
        self._changes = Counter("pressvakt_changes", "Changes found.", (*site, "kind"), registry=self.registry)
        self._seconds = Histogram(
            "pressvakt_crawl_seconds", "How long crawls took.", site, buckets=_SECONDS, registry=self.registry
        )
        self._last = Gauge(
            "pressvakt_last_crawl_timestamp_seconds", "When a crawl last succeeded.", site, registry=self.registry
        )
        for name in sites:
            for result in ("done", "failed"):
                self._crawls.labels(name, result)

    def watch(self, supervisor: Supervisor | None, away: Callable[[], bool]) -> None:
        """Show how the service fares at the moment that it is asked."""
        away_now = Gauge("pressvakt_archive_away", "1 while the archive cannot be used.", registry=self.registry)
        away_now.set_function(lambda: float(away()))
        if supervisor is None:
            return
        for name, what, read in (
            ("pressvakt_crawls_running", "Crawls under way.", lambda: len(supervisor.running)),
            ("pressvakt_crawls_waiting", "Crawls that are due and wait for room.", lambda: supervisor.waiting),
            ("pressvakt_crawl_processes_killed", "Crawl processes that a page held.", lambda: supervisor.killed),
            ("pressvakt_crawl_processes_died", "Crawl processes that ended unasked.", lambda: supervisor.died),
        ):
            Gauge(name, what, registry=self.registry).set_function(read)

    def count(self, run: Run, *, at: float) -> None:
        """Count a run that ended; `at` is now, in seconds since 1970."""
        self._seconds.labels(run.site).observe(run.seconds)
        self._crawls.labels(run.site, "failed" if run.stats is None else "done").inc()
        if run.stats is None:
            return
        self._last.labels(run.site).set(at)
        for name, count in run.stats.items():
            group, _, what = name.partition("/")
            if group == "page":
                self._pages.labels(run.site, what).inc(count)
            elif group == "change":
                self._changes.labels(run.site, what).inc(count)


@contextmanager
def served(metrics: Metrics, door: tuple[str, int] | None) -> Iterator[int | None]:
    """Answer those who ask for the counts while the block lasts; gives the port. None: nobody may ask."""
    if door is None:
        yield None
        return
    try:
        server, thread = start_http_server(door[1], addr=door[0], registry=metrics.registry)
    except OSError as error:
        raise Failure(
            f"metrics cannot be read at {door[0]}:{door[1]} ({error.strerror}); choose another port below [service]"
        ) from error
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        _join(thread)


def _join(thread: threading.Thread) -> None:
    thread.join(timeout=2)
