"""Rereading a large site by unchanged rules: how many pages a second, by one process and by several.

    python -m benchmarks.reread [--pages 10000] [--processes N] [--archive FILE]

A site of our own is crawled into an archive, whose pages are then read again, first by one process and then by as many
as there are cores. Nothing may differ: no version, no change, no audit. CPU is that of all processes together; on a
machine that others use, too, it tells what the wall clock cannot. Exit status 1 where anything differs, or where
several processes are no faster than one.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.children import bench_profile
from crawler.reading.profiles import SiteProfile
from crawler.reread import reread
from storage.archive import Archive
from storage.audits import Action, Audit, list_audits


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one run cost, and what it found."""

    processes: int
    pages: int
    corrected: int
    wall: float  #: seconds
    cpu: float  #: seconds, of all processes

    @property
    def speed(self) -> float:
        """Pages a second."""
        return self.pages / self.wall


def main() -> int:
    """Crawl, reread, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--archive", type=Path, help="a file to keep; where it is there already it is only read")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, _site(given.pages) as url:
        path = given.archive or Path(folder) / "bench.db"
        if not path.exists():
            command = [sys.executable, "-m", "benchmarks.children", "ours", url, str(path)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return _measure(path, given.processes)


def _measure(path: Path, processes: int) -> int:
    with Archive.open(f"sqlite:///{path}") as archive:
        (page,) = _some(archive)
        profile = bench_profile("/".join(page.split("/")[:3]))
        before = _told(archive)
        costs = []
        for count in dict.fromkeys((1, processes)):
            costs.append(_run(archive, path, profile, count))
            print(_line(costs[-1]), flush=True)
        differs = sum(cost.corrected for cost in costs) or before != _told(archive) or list_audits(archive)
    slower = len(costs) > 1 and costs[-1].wall >= costs[0].wall
    print("nothing differs" if not differs else "SOMETHING DIFFERS, by unchanged rules")
    if len(costs) > 1:
        print(f"{costs[0].wall / costs[-1].wall:.2f} times as fast by {processes} processes")
    return 1 if differs or slower else 0


def _run(archive: Archive, path: Path, profile: SiteProfile, processes: int) -> Cost:
    audit = Audit(at=archive.now(), who="benchmark", action=Action.REREAD, reason="to measure")
    pages = corrected = 0
    wall, cpu = time.perf_counter(), _cpu()
    for one in reread(archive, f"sqlite:///{path}", profile, audit, processes=processes):
        pages, corrected = pages + 1, corrected + (one.correction is not None)
    wall = time.perf_counter() - wall
    return Cost(processes=processes, pages=pages, corrected=corrected, wall=wall, cpu=_cpu() - cpu)


def _line(cost: Cost) -> str:
    return (
        f"{cost.processes:2} processes: {cost.pages} pages, {cost.speed:5.0f} a second, "
        f"{1000 * cost.cpu / cost.pages:5.2f} ms CPU a page; load {os.getloadavg()[0]:.1f}"
    )


def _cpu() -> float:
    """CPU seconds of this process and of its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _some(archive: Archive) -> list[str]:
    """The address of a page of each site."""
    return [next(archive.pages(site.id)).url for site in archive.sites()]


def _told(archive: Archive) -> tuple[int, int]:
    """How many changes and notices there are."""
    return sum(1 for _ in archive.changes()), sum(1 for _ in archive.notices())


@contextlib.contextmanager
def _site(pages: int) -> Iterator[str]:
    """A site of that many pages in a process of its own; its address."""
    command = [sys.executable, "-m", "benchmarks.server", "--pages", str(pages)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


if __name__ == "__main__":
    sys.exit(main())
