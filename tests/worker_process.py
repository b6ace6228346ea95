"""A worker in a process of its own that is quick to take others for dead: seconds, where the real one waits for half a
minute. Run as `python -m tests.worker_process` in a folder with a configuration.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import signal

from crawler import process
from pressvakt.config import load_config
from pressvakt.planning import order_of
from scheduler import jobs, reaper, worker
from scheduler.supervisor import Supervisor
from storage import leases
from storage.archive import Archive

SILENT = 3.0


def be_quick() -> None:
    """In this process, and in the one that crawls."""
    leases.TERM = dt.timedelta(seconds=SILENT)
    leases.BEAT = vars(process)["BEAT"] = leases.TERM / 6
    leases.ASKING = leases.TERM / 3
    jobs.BUSY = 1
    reaper.EVERY = 0.5
    worker.LOOK = 0.5


def main() -> None:
    """Work until SIGTERM."""
    be_quick()
    settings = load_config()
    supervisor = Supervisor(setup=be_quick)

    async def work(archive: Archive) -> None:
        one = worker.Worker(
            archive,
            settings.sites,
            supervisor,
            order=lambda key, name, lists: order_of(settings, archive, name, key=key, lists=lists),
            now=lambda: dt.datetime.now(dt.UTC),
            batch=settings.workers.batch,
            heartbeat=0.5,
            stalled=SILENT,
        )
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, one.stop)
        await one.run()

    with Archive.open(settings.database) as archive:
        asyncio.run(work(archive))
    supervisor.stop(0)


if __name__ == "__main__":
    from tests.worker_process import main as here  # by its name: what it sets up is sent to another process

    here()
