"""`pressvakt worker`: take crawls from the queue, on as many machines as you like."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
import threading
import time
from functools import partial
from typing import Annotated

import typer

from pressvakt.config import load_config
from pressvakt.failure import Failure
from pressvakt.logging_setup import LogFormat, set_up
from pressvakt.options import Config
from pressvakt.planning import Plans, order_of
from pressvakt.present import say
from scheduler.supervisor import Supervisor
from storage.archive import Archive
from storage.errors import Unreachable

#: Seconds from a signal on after which the worker ends whatever holds it.
DEADLINE = 9.5


def worker(
    crawls: Annotated[
        int | None, typer.Option("--crawls", metavar="N", min=1, max=64, help="How many crawls to run at a time.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="End when nothing waits that could be done now.")] = False,
    log_format: Annotated[
        LogFormat, typer.Option("--log-format", metavar="FORMAT", help="How the log is written: text or json.")
    ] = LogFormat.TEXT,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing unless something fails.")] = False,
    config: Config = None,
) -> None:
    """Take crawls from the queue until stopped; start one on each machine. Needs an archive on PostgreSQL.

    'pressvakt run' with crawl = "workers" below [service] puts into the queue what is due, and sends the alerts.
    """
    settings = load_config(config)
    try:
        from scheduler.queue import prepare_queue  # noqa: PLC0415 - an extra
        from scheduler.worker import Worker  # noqa: PLC0415
    except ImportError as error:
        raise Failure(f"workers need {error.name}; install it: pip install 'pressvakt[workers]'") from None
    set_up(log_format, quiet=quiet)
    most = crawls or settings.workers.crawls
    with _opened(settings.database, settings.payloads, wait=not once) as archive:
        prepare_queue(archive)
        supervisor = Supervisor(
            crawls=most,
            limit=settings.service.page_limit,
            recycle=settings.service.recycle,
            setup=partial(set_up, log_format, quiet=quiet),
        )

        plans = Plans(archive)

        async def work() -> None:
            working = Worker(
                archive,
                settings.sites,
                supervisor,
                order=lambda key, name, lists: order_of(settings, archive, name, key=key, lists=lists, plans=plans),
                now=lambda: dt.datetime.now(dt.UTC),
                crawls=most,
                batch=settings.workers.batch,
            )

            def stop() -> None:
                working.stop()
                last = threading.Timer(DEADLINE, _give_up)  # a database that is away may hold us for a minute
                last.daemon = True
                last.start()

            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, stop)
            await working.run(once=once)

        if not quiet:
            say(f"worker: {len(settings.sites)} sites, {most} crawls at a time")
        asyncio.run(work())
        supervisor.stop(0)
    if not quiet:
        say("worker: stopped; what was not done is given back")


def _give_up() -> None:
    say("worker: ended at once, as the database does not answer; other workers go on with what it held")
    os._exit(1)


def _opened(database: str, payloads: str | None, *, wait: bool) -> Archive:
    """The archive; a server that is not up yet is waited for."""
    told = False
    while True:
        try:
            return Archive.open(database, payloads=payloads)
        except Unreachable as error:
            if not wait:
                raise
            if not told:
                say(f"worker: {error}; waiting for it")
                told = True
            time.sleep(2)
