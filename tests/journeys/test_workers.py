"""Several workers on one PostgreSQL: whatever befalls one, the others go on; one request at a host, nothing twice."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pressvakt.config import load_config
from scheduler.queue import QueueSender, prepare_queue
from storage.agenda import Due, entries
from storage.archive import Archive
from storage.queueing import waiting
from tests.postgres import binaries, served
from tests.press_site import Answer, PressSite, Request

ROOT = Path(__file__).resolve().parents[2]
COUNT = 12

_CONFIG = """\
contact = "test@pressvakt.example"
[network]
allow_private = ["127.0.0.1"]
[workers]
batch = 5
"""
_PROFILE = """\
extends = "regeringen.se"
base_url = "{url}"
[crawl]
delay = "0s"
concurrency = 1
timeout = "2s"
"""


def path(number: int) -> str:
    return f"/pressmeddelanden/2026/09/release-{number}/"


class Yard:
    """A site, an archive on a server of its own, and as many workers as a test starts."""

    def __init__(self, folder: Path, site: PressSite, database: str) -> None:
        self.folder, self.site, self.database = folder, site, database
        self.workers: list[subprocess.Popen[bytes]] = []
        (folder / "sites").mkdir()
        (folder / "pressvakt.toml").write_text(_CONFIG)
        (folder / "sites" / "press.toml").write_text(_PROFILE.format(url=site.url))
        self.environment = {**os.environ, "PRESSVAKT_DATABASE": database, "PYTHONPATH": str(ROOT)}
        with self.archive() as archive:
            prepare_queue(archive)

    def archive(self) -> Archive:
        return Archive.open(self.database)

    def work(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a worker: the one that is quick to take others for dead, or a command of Pressvakt."""
        words = ["-m", "pressvakt", *command] if command else ["-m", "tests.worker_process"]
        worker = subprocess.Popen(
            [sys.executable, *words], cwd=self.folder, env=self.environment, start_new_session=True
        )
        self.workers.append(worker)
        return worker

    def send(self) -> None:
        """Have the site crawled, with all its pages."""
        now = dt.datetime.now(dt.UTC)
        sites = load_config(self.folder / "pressvakt.toml", environ=self.environment).sites
        with self.archive() as archive, archive.writing() as unit:
            site = unit.add_site("press")
            unit.set_pages_due(site.id, now, unvisited_since=now)
            QueueSender(archive, sites).send(unit, Due(site="press", site_id=site.id, at=now))

    def ended(self) -> None:
        """Wait until nothing is queued or being done."""
        with self.archive() as archive:
            until(lambda: not waiting(archive))

    def news(self) -> list[tuple[str, str]]:
        """All changes; nothing may be wrong with the archive."""
        with self.archive() as archive:
            assert archive.check() == []
            return sorted((str(one.kind), one.url.removeprefix(self.site.url)) for one in archive.changes())

    def close(self) -> None:
        for worker in self.workers:
            signal_all(worker, signal.SIGKILL)
            worker.wait()


def signal_all(worker: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to a worker and to the process in which it crawls, as what befalls a machine befalls both."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(worker.pid, number)


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def database() -> Iterator[Callable[[], str]]:
    folder = binaries()
    if folder is None:
        if os.environ.get("CI"):
            pytest.fail("no PostgreSQL 15 or newer is installed; under CI it must be")
        pytest.skip("no PostgreSQL 15 or newer is installed")
    with served(folder) as server:
        made = iter(range(100))

        def make() -> str:
            name = f"yard_{next(made)}"
            server.run(f"CREATE DATABASE {name} TEMPLATE template0")
            return server.url(name)

        yield make


@pytest.fixture
def yard(tmp_path: Path, database: Callable[[], str]) -> Iterator[Yard]:
    with PressSite() as site:
        for number in range(COUNT):
            site.add(path(number), title=f"Beslut {number}", body=f"<p>Beslut nummer {number} om orter.</p>")
        yard = Yard(tmp_path, site, database())
        yield yard
        yard.close()


class Gate:
    """Holds a page's answers back until it is opened, and tells when the first has been asked for."""

    def __init__(self, site: PressSite, target: str) -> None:
        self.reached, self._open = threading.Event(), threading.Event()
        site.answer(target, self._wait, times=1)

    def open(self) -> None:
        self._open.set()

    def _wait(self, _: Request) -> Answer | None:
        self.reached.set()
        self._open.wait(60)
        return None


PUBLISHED = sorted(("published", path(number)) for number in range(COUNT))


def test_the_command_takes_what_is_queued_and_ends_when_nothing_is_left(yard: Yard) -> None:
    yard.send()

    assert yard.work("worker", "--once", "--quiet").wait(60) == 0
    assert yard.news() == PUBLISHED


def test_a_killed_worker_is_no_loss_another_goes_on_with_its_crawl(yard: Yard) -> None:
    gate = Gate(yard.site, path(4))
    first = yard.work()
    yard.send()
    assert gate.reached.wait(60)
    first.kill()
    gate.open()
    yard.work()
    yard.ended()

    assert yard.news() == PUBLISHED
    with yard.archive() as archive:
        assert [crawl.reason for crawl in archive.crawls()][-1] == "killed"
        assert {change.baseline for change in archive.changes()} == {True}


def test_a_worker_that_was_stopped_beyond_its_lease_asks_for_nothing_and_writes_nothing_more(yard: Yard) -> None:
    gate = Gate(yard.site, path(4))
    first = yard.work()
    yard.send()
    assert gate.reached.wait(60)
    signal_all(first, signal.SIGSTOP)
    gate.open()
    yard.work()
    yard.ended()
    asked = len(yard.site.requests)
    before = yard.news()
    signal_all(first, signal.SIGCONT)
    first.terminate()

    assert first.wait(20) == 0
    assert before == PUBLISHED
    assert yard.news() == PUBLISHED
    assert len(yard.site.requests) == asked


def test_a_worker_that_is_told_to_end_does_so_within_ten_seconds_and_gives_its_job_back(yard: Yard) -> None:
    gate = Gate(yard.site, path(4))
    first = yard.work()
    yard.send()
    assert gate.reached.wait(60)
    began = time.monotonic()
    first.terminate()
    assert first.wait(20) == 0
    assert time.monotonic() - began < 10
    gate.open()
    with yard.archive() as archive:
        assert [(job.site, job.doing) for job in waiting(archive)] == [("press", False)]
    yard.work()
    yard.ended()

    assert yard.news() == PUBLISHED


def test_what_the_service_finds_due_is_done_by_a_worker_on_another_machine(yard: Yard) -> None:
    with (yard.folder / "pressvakt.toml").open("a") as settings:
        settings.write('[service]\ncrawl = "workers"\n')
    yard.work("run", "--quiet")
    yard.work("worker", "--quiet")
    with yard.archive() as archive:
        until(lambda: [crawl.reason for crawl in archive.crawls()] == ["finished"])
        line = entries(archive)["press"]

    assert yard.news() == PUBLISHED
    assert line.next_due is not None
    assert line.next_due > dt.datetime.now(dt.UTC)
    for process in yard.workers:
        process.terminate()
        assert process.wait(20) == 0
