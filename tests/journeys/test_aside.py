"""The process beside a large crawl: it reads what this one would read, and a page that kills it takes nothing along."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.desk import LARGE
from crawler.reading.extract import extract
from tests.journeys.watch import Watch
from tests.press_site import Answer, PressSite, Request

COUNT = 2 * LARGE + 10
#: More than are read in this process.
PATHS = [f"/pressmeddelanden/2026/09/beslut-{number:03}/" for number in range(COUNT)]


def text(number: int) -> str:
    rest = " ".join(f"Punkt {point} i beslut {number} gäller skolor och vägar i landet." for point in range(1, 9))
    return f"<p>Regeringen har beslutat om {100 + number} miljoner kronor.</p><p>{rest}</p>"


@pytest.fixture
def site() -> Iterator[PressSite]:
    with PressSite() as site:
        for number, path in enumerate(PATHS):
            site.add(path, title=f"Beslut {number} om orter", body=text(number))
        yield site


def readers() -> list[int]:
    """The processes that read beside this one."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if b"crawler.aside" in words and parent == os.getpid():
            found.append(int(folder.name))
    return found


def test_what_is_kept_is_what_reading_a_page_here_gives(site: PressSite, tmp_path: Path) -> None:
    with Watch(site, tmp_path) as watch:
        stats = watch.crawl()
        for path in PATHS:
            version = watch.archive.latest(watch.page(path).id)
            assert version is not None
            snapshot = watch.archive.snapshot(version.snapshot_id)
            assert snapshot is not None
            body = watch.archive.payload(snapshot.digest)
            assert version.release == extract(body, watch.profile, url=site.url + path).release
        assert stats["page/published"] == COUNT
        watch.news()
        assert watch.look() == []
        site.edit(PATHS[-1], body=text(COUNT - 1).replace("miljoner", "miljarder"))
        assert watch.look() == [("edited", PATHS[-1])]
    assert readers() == []


def test_a_page_that_holds_its_reader_for_ever_counts_as_unreadable_and_all_others_are_read(
    site: PressSite, tmp_path: Path
) -> None:
    trap = "/pressmeddelanden/2026/09/zz-sist/"
    site.add(trap, title="a" * 60 + "!", body=text(1))
    with Watch(site, tmp_path) as watch:
        wording = watch.profile.wording
        watch.profile = replace(watch.profile, wording=replace(wording, missing=("(a+)+$",)))
        stats = watch.crawl(page_limit=5)
        assert (stats["page/published"], stats["page/fault/unreadable"], watch.page(trap).version) == (COUNT, 1, None)
        site.edit(trap, title="Beslut om hamnar")
        watch.news()
        assert watch.look() == [("published", trap)]


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="looks for processes in /proc")
def test_a_reader_that_is_killed_costs_one_page_at_most_and_the_next_crawl_reads_it(
    site: PressSite, tmp_path: Path
) -> None:
    killed: list[int] = []

    def answer(request: Request) -> Answer:
        for process in readers() if not killed else ():
            os.kill(process, signal.SIGKILL)
            killed.append(process)
        return site._usual(request)

    for path in PATHS[LARGE + 10 :]:
        site.answer(path, answer)
    with Watch(site, tmp_path) as watch:
        stats = watch.crawl()
        lost = stats.get("page/fault/unreadable", 0)
        assert killed
        assert stats["page/published"] + lost == COUNT
        assert lost <= 1
        watch.news()
        assert len(watch.look()) == lost
        assert sum(1 for path in PATHS if watch.page(path).version is not None) == COUNT
