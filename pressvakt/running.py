"""`pressvakt run`, put together: the clock, the crawl process, alerts, metrics, and the web where it is wanted."""

from __future__ import annotations

import datetime as dt
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from pressvakt.alerting import keep_file, run_alerts
from pressvakt.config_service import Place
from pressvakt.failure import Failure, Misuse
from pressvakt.logging_setup import LogFormat, set_up
from pressvakt.metrics import Metrics, served
from pressvakt.planning import Plans, order_of
from scheduler.local import Local, Run
from scheduler.service import Service
from scheduler.supervisor import Supervisor
from scheduler.tick import Sender
from storage.archive import Archive
from storage.duties import SERVICE, take_duty
from storage.errors import ArchiveError, DiskFull, Locked, Unreachable

if TYPE_CHECKING:
    from crawler.orders import Order
    from pressvakt.config import Config
    from scheduler.plan import Plan

logger = logging.getLogger(__name__)

#: Seconds that crawls get to end in order when the service is stopped.
GRACE = 6.0
#: Seconds after which it ends by force.
LAST = 9.5
#: Seconds between two rounds of alerts in which nothing was crawled: deliveries that were put off become due.
ROUND = 30.0
#: Seconds until an archive that is away is tried again.
_AGAIN = 2.0
#: What may pass by itself.
_PASSING = (Unreachable, Locked, DiskFull)

T = TypeVar("T")
Now = Callable[[], dt.datetime]


def clock() -> dt.datetime:
    """The wall clock."""
    return dt.datetime.now(dt.UTC)


def run_service(
    settings: Config,
    *,
    log: LogFormat,
    quiet: bool = False,
    mail_dir: Path | None = None,
    now: Now = clock,
    interval: float = 1.0,
    stop: threading.Event | None = None,
) -> None:
    """Run the service until SIGTERM, SIGINT or `stop`.

    Args:
        settings: The configuration.
        log: How it tells what it does.
        quiet: Tell only what is not as it should be.
        mail_dir: Keep mails there as files instead of sending them.
        now: The clock by which sites and pages are due; one that can be pickled.
        interval: Seconds between two looks at it.
        stop: Set by whoever wants it to end.

    Raises:
        storage.errors.UnderWay: another service runs on this archive.
        storage.errors.LeaseLost: another one has taken it over.
        storage.errors.ArchiveError: the archive is none, or damaged. One that is away is waited for.
    """
    stop = stop or threading.Event()
    with ExitStack() as held:
        held.enter_context(_signals(stop))
        archive = _open(settings, stop)
        if archive is None:
            return
        held.enter_context(archive)
        duty = take_duty(archive, SERVICE, clock=clock)
        held.callback(duty.release)
        _patiently(lambda: keep_file(archive, settings, now=now()), stop)
        held.enter_context(_web(settings, archive, now=now))  # before there is a crawl process to be stopped
        metrics = Metrics(list(settings.sites))
        alerts = _Alerts(archive, settings, mail_dir=mail_dir, now=now)
        here = settings.service.crawl is Place.HERE
        supervisor = _supervisor(settings, log, quiet=quiet) if here else None
        sender = _sender(settings, archive, supervisor, duty.token, now=now, ended=partial(_ended, metrics, alerts))
        service = Service(archive, settings.sites, sender, now, duty=duty, interval=interval)
        metrics.watch(supervisor, lambda: bool(service.away))
        held.enter_context(served(metrics, settings.service.metrics))
        held.enter_context(alerts)
        held.enter_context(_stopping(stop, service))
        logger.info("watching %d sites", len(settings.sites), extra={"event": "started"})
        try:
            service.run()
        finally:
            if supervisor is not None:
                supervisor.stop(GRACE)
                _last_words(sender)
            logger.info("stopped", extra={"event": "stopped"})


@contextmanager
def _web(settings: Config, archive: Archive, *, now: Now) -> Iterator[None]:
    """The web beside the service, where `[web]` stands in the configuration."""
    wanted = settings.web
    if wanted is None:
        yield
        return
    from web.server import WebError, check, serving  # noqa: PLC0415 - who wants no web does without what it needs

    try:
        check(archive, wanted)
    except WebError as error:
        raise Failure(str(error)) from None
    from pressvakt.webparts import extras  # noqa: PLC0415
    from web.app import create_app  # noqa: PLC0415

    app = create_app(archive, wanted, settings.sites, now=now, alerts=settings.alerts, extras=extras())
    with serving(app, wanted) as address:
        logger.info("the web is at %s", address, extra={"event": "web", "address": address})
        yield


def _open(settings: Config, stop: threading.Event) -> Archive | None:
    """The archive; one that is away is waited for. None where the service was stopped meanwhile."""
    return _patiently(lambda: Archive.open(settings.database, payloads=settings.payloads), stop)


def _patiently(task: Callable[[], T], stop: threading.Event) -> T | None:
    told = False
    while not stop.is_set():
        try:
            return task()
        except _PASSING as error:
            if not told:
                logger.warning("the archive cannot be used, waiting for it: %s", error, extra={"event": "archive-away"})
            told = True
        stop.wait(_AGAIN)
    return None


def _supervisor(settings: Config, log: LogFormat, *, quiet: bool) -> Supervisor:
    wanted = settings.service
    return Supervisor(
        crawls=wanted.crawls,
        limit=wanted.page_limit,
        recycle=wanted.recycle,
        setup=partial(set_up, log, quiet=quiet),
    )


def _sender(
    settings: Config,
    archive: Archive,
    supervisor: Supervisor | None,
    token: str,
    *,
    now: Now,
    ended: Callable[[Run], None],
) -> Sender:
    """Whom the service hands what is due: the supervisor of this machine, or the queue."""
    if supervisor is None:
        try:
            from scheduler.queue import QueueSender, prepare_queue  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise Misuse(
                f"crawl = 'workers' below [service] needs {error.name}; install it: pip install 'pressvakt[workers]'"
            ) from None
        prepare_queue(archive)
        return QueueSender(archive, settings.sites)
    clocked = None if now is clock else now
    plans = Plans(archive)

    def order(key: str, name: str, lists: bool) -> tuple[Order, Plan]:
        return order_of(settings, archive, name, key=key, lists=lists, now=clocked, plans=plans)

    return Local(archive, supervisor, token=token, order=order, now=now, ended=ended)


def _ended(metrics: Metrics, alerts: _Alerts, run: Run) -> None:
    metrics.count(run, at=time.time())
    if run.stats is not None:
        alerts.hurry()


def _last_words(sender: Sender) -> None:
    """Write down how the last crawls ended. Where that cannot be, they are made up when the service starts again."""
    if isinstance(sender, Local):
        try:
            sender.settle()
        except ArchiveError as error:
            logger.warning("what ended last could not be written down, and is made up later: %s", error)


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """SIGTERM and SIGINT end the service in order, a second one at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # whatever keeps us (an archive that hangs, say), we are gone in time: nothing is lost by that
    last = threading.Timer(LAST, os._exit, (0,))
    last.daemon = True

    def end(*_: object) -> None:
        if stop.is_set():
            os._exit(1)  # somebody is in a hurry
        stop.set()
        last.start()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        last.cancel()
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _stopping(stop: threading.Event, service: Service) -> Iterator[None]:
    """Have the service end when it is told to."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.is_set() and not stop.wait(0.2):
            pass
        service.stop()

    thread = threading.Thread(target=watch, name="stopping", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(timeout=1)


class _Alerts:
    """Sends what is owed: after each crawl, and now and then. In a thread of its own: mail may be slow."""

    def __init__(self, archive: Archive, settings: Config, *, mail_dir: Path | None, now: Now) -> None:
        self._archive = archive
        self._settings = settings
        self._mail_dir = mail_dir
        self._now = now
        self._wanted = threading.Event()
        self._ended = threading.Event()
        self._said: list[str] = []
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)

    def hurry(self) -> None:
        """Something may be owed now."""
        self._wanted.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._wanted.set()
        self._thread.join(timeout=2)  # what is under way is leased, and tried again

    def _run(self) -> None:
        while not self._ended.is_set():
            self._wanted.clear()
            try:
                done = run_alerts(self._archive, self._settings, now=self._now, mail_dir=self._mail_dir)
            except ArchiveError as error:
                self._say([f"wait for the archive: {error}"])
            except Exception:
                logger.exception("alerts: a fault of our own; what is owed stays owed")
            else:
                if done.summary:
                    logger.info("%s", done.summary, extra={"event": "alerts"})
                self._say(done.failed)
            self._wanted.wait(ROUND)

    def _say(self, lines: list[str]) -> None:
        """Tell what is wrong, once for as long as it is."""
        for line in lines:
            if line not in self._said:
                logger.warning("alerts: %s", line, extra={"event": "alerts-failing"})
        self._said = lines
