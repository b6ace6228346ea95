"""`pressvakt run` as people run it: left alone, killed, started twice, kept from its archive."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from storage.agenda import entries
from tests.journeys.office import ROOT, Office
from tests.press_site import PressSite, Request

PATHS = [f"/pressmeddelanden/2026/09/beslut-{number}/" for number in range(8)]
_MORE = """
[[subscription]]
to = "reader@pressvakt.example"
[mail]
host = "127.0.0.1"
from = "Pressvakt <watch@pressvakt.example>"
"""


@pytest.fixture
def site() -> Iterator[PressSite]:
    with PressSite() as site:
        for number, path in enumerate(PATHS):
            site.add(path, title=f"Beslut {number} om orter", body=f"<p>Regeringen ger {100 + number} miljoner.</p>")
        yield site


class Running:
    """The service in a process of its own."""

    def __init__(self, office: Office, *options: str) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        words = [sys.executable, "-m", "pressvakt", "run", "--log-format", "json", "--mail-dir", "mail", *options]
        self.log = (office.folder / f"log-{time.monotonic_ns()}").open("w+")
        self.process = subprocess.Popen(words, cwd=office.folder, env=environment, stderr=self.log)

    def said(self, event: str) -> int:
        """How often it told of something."""
        return sum(line.get("event") == event for line in self.lines())

    def lines(self) -> list[dict[str, object]]:
        text = Path(self.log.name).read_text()
        return [json.loads(line) for line in text.splitlines() if line.startswith("{") and line.endswith("}")]

    def end(self) -> float:
        """Stop it in order; how many seconds that took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(20) == 0, Path(self.log.name).read_text()
        return time.monotonic() - began


@pytest.fixture
def run(site: PressSite, tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts services of an office in the test's folder, and leaves none behind."""
    office = Office(tmp_path, site)
    with (tmp_path / "sites" / "press.toml").open("a") as file:
        file.write('[schedule]\nevery = "1m"\n')
    with (tmp_path / "pressvakt.toml").open("a") as file:
        file.write(_MORE)
    (tmp_path / "mail").mkdir()
    started: list[Running] = []

    def start(*options: str) -> Running:
        started.append(Running(office, *options))
        started[-1].office = office  # type: ignore[attr-defined]
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()
        one.log.close()


def until(true: Callable[[], object], seconds: float = 60) -> None:
    """Wait for something that comes true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def test_it_crawls_what_is_due_tells_readers_refuses_a_second_one_and_stops_in_time(
    run: Callable[..., Running], site: PressSite, tmp_path: Path
) -> None:
    service = run()
    office: Office = service.office  # type: ignore[attr-defined]
    until(lambda: service.said("crawl") >= 1)
    second = run()
    assert second.process.wait(30) == 1
    assert "runs already" in Path(second.log.name).read_text()

    site.edit(PATHS[0], body="<p>Regeringen ger 999 miljoner.</p>")
    due = [sys.executable, "-m", "pressvakt", "sites", "due", "press", "--pages"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(due, cwd=tmp_path, env=environment, check=True, capture_output=True)
    until(lambda: list((tmp_path / "mail").glob("*.eml")))
    assert service.end() < 10
    assert ("edited", PATHS[0]) in office.news()
    with office.archive() as archive:
        assert entries(archive)["press"].taken_by is None
        assert {crawl.reason for crawl in archive.crawls()} == {"finished"}


def test_it_stops_within_ten_seconds_while_a_site_keeps_it_waiting(
    run: Callable[..., Running], site: PressSite
) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def wait(request: Request) -> None:
        del request
        asked.set()
        go_on.wait(30)

    site.answer(PATHS[3], wait, times=1)
    service = run()
    assert asked.wait(60)
    took = service.end()
    go_on.set()
    assert took < 10


def test_killed_in_the_middle_it_makes_up_for_it_once_at_its_next_start(
    run: Callable[..., Running], site: PressSite
) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def wait(request: Request) -> None:
        del request
        asked.set()
        go_on.wait(30)

    site.answer(PATHS[3], wait, times=1)
    first = run()
    office: Office = first.office  # type: ignore[attr-defined]
    assert asked.wait(60)
    first.process.kill()
    first.process.wait()
    go_on.set()

    second = run()
    until(lambda: second.said("crawl") >= 1)
    second.end()
    assert sorted(office.news()) == sorted(("published", path) for path in PATHS)
    with office.archive() as archive:
        assert [crawl.reason for crawl in archive.crawls()][-2:] == ["finished", "killed"]


def test_an_archive_that_somebody_keeps_is_waited_for_and_that_is_said_once(
    run: Callable[..., Running], tmp_path: Path
) -> None:
    service = run()
    until(lambda: service.said("crawl") >= 1)
    with closing(sqlite3.connect(tmp_path / "press.db", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        until(lambda: service.said("archive-away") >= 1, 90)
        time.sleep(3)
        connection.execute("ROLLBACK")
    until(lambda: service.said("archive-back") == 1)
    assert service.said("archive-away") == 1
    assert service.end() < 10
