"""How fast we crawl, beside a plain Scrapy spider on the same pages, and how much memory a large site takes.

    python -m benchmarks.bench [--pages 2000] [--rounds 3] [--memory-pages 10000]

Each crawl runs in a process of its own and is timed from the engine's start to its end; the site is served by one more
process. Crawls take turns (plain, first, plain, again; and the other way round), and medians count, because machines
have moods. A ratio is pages a second, ours by theirs. CPU seconds are those of the crawling process, all its threads.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

#: What one run must reach: pages a second by the plain spider's, and megabytes.
AGAIN, FIRST, MEMORY = 0.6, 0.2, 250


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one crawl cost."""

    pages: int
    wall: float
    cpu: float
    rss: float
    published: int = 0
    unchanged: int = 0
    bytes: int = 0

    @property
    def speed(self) -> float:
        """Pages a second."""
        return self.pages / self.wall

    @property
    def effort(self) -> float:
        """CPU milliseconds a page."""
        return 1000 * self.cpu / self.pages


def main() -> int:
    """Run all crawls and print what they cost; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=2000, help="pages of the site that speed is measured on")
    parser.add_argument("--rounds", type=int, default=3, help="crawls of each kind")
    parser.add_argument("--memory-pages", type=int, default=10_000, help="pages of the large site; 0 leaves it out")
    options = parser.parse_args()
    started = time.monotonic()
    print(_machine())
    costs = _race(options.pages, options.rounds)
    good = _report(costs)
    if options.memory_pages:
        good = _large(options.memory_pages) and good
    print(f"{time.monotonic() - started:.0f} s in all")
    return 0 if good else 1


def _race(pages: int, rounds: int) -> dict[str, list[Cost]]:
    costs: dict[str, list[Cost]] = {"bare": [], "first": [], "again": []}
    with _site(pages) as url, tempfile.TemporaryDirectory() as folder:
        urls = Path(folder) / "urls.txt"
        urls.write_text("\n".join(_addresses(url, pages)), encoding="utf-8")
        for number in range(rounds):
            archive = Path(folder) / f"{number}.db"
            for kind in ("bare", "first", "bare", "again") if number % 2 == 0 else ("first", "bare", "again", "bare"):
                costs[kind].append(_crawl(kind, url, urls if kind == "bare" else archive, pages))
    return costs


def _crawl(kind: str, url: str, path: Path, pages: int) -> Cost:
    command = ["bare", str(path)] if kind == "bare" else ["ours", url, str(path)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.children", *command], stdout=subprocess.PIPE, text=True, check=True
    )
    cost = Cost(**json.loads(done.stdout.splitlines()[-1]))
    if (
        cost.pages != pages
        or (kind == "first" and cost.published != pages)
        or (kind == "again" and cost.unchanged != pages)
    ):
        raise SystemExit(f"{kind}: not all of {pages} pages came home as they should: {cost}")
    print(f"  {kind:5}  {cost.speed:6.0f} pages/s  {cost.effort:6.2f} ms CPU/page  {cost.rss:5.0f} MB", flush=True)
    return cost


def _report(costs: dict[str, list[Cost]]) -> bool:
    """Medians and ratios; whether the goals are met."""
    speed = {kind: statistics.median(cost.speed for cost in found) for kind, found in costs.items()}
    effort = {kind: statistics.median(cost.effort for cost in found) for kind, found in costs.items()}
    print(f"\n{'median':18} {'pages/s':>9} {'ratio':>7} {'goal':>6} {'CPU ms/page':>12} {'CPU ratio':>10}")
    good = True
    for kind, name, goal in (
        ("bare", "plain Scrapy", 1.0),
        ("again", "nothing changed", AGAIN),
        ("first", "first", FIRST),
    ):
        ratio = speed[kind] / speed["bare"]
        good = good and ratio >= goal
        print(
            f"{name:18} {speed[kind]:9.0f} {ratio:7.2f} {goal:6.1f} {effort[kind]:12.2f} "
            f"{effort['bare'] / effort[kind]:10.2f}{'' if ratio >= goal else '   MISSED'}"
        )
    return good


def _large(pages: int) -> bool:
    """The most memory that the first crawl of a large site holds: a later one reads less and holds less."""
    print(f"\n{pages} pages:")
    with _site(pages) as url, tempfile.TemporaryDirectory() as folder:
        held = _crawl("first", url, Path(folder) / "large.db", pages).rss
    good = held < MEMORY
    print(f"peak memory {held:.0f} MB, goal below {MEMORY}{'' if good else '   MISSED'}")
    return good


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


def _addresses(url: str, pages: int) -> list[str]:
    """What the site's sitemap lists."""
    found: list[str] = []
    with urlopen(f"{url}/sitemap.xml") as index:
        parts = re.findall(r"<loc>([^<]+)", index.read().decode())
    for part in parts:
        with urlopen(part) as answer:
            found += re.findall(r"<loc>([^<]+)", zlib.decompress(answer.read(), wbits=31).decode())
    assert len(found) == pages, f"{len(found)} addresses of {pages}"
    return found


def _machine() -> str:
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}" for name in ("scrapy", "lxml", "beautifulsoup4", "sqlalchemy")
    )
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "?"
    return (
        f"{platform.machine()} {platform.system()}, {os.cpu_count()} cores, load {load}; "
        f"Python {platform.python_version()}, {versions}"
    )


if __name__ == "__main__":
    sys.exit(main())
