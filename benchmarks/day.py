"""A day of `pressvakt run` with a clock that is sped up: is every edit found when the plan says so, and what does it take?

    python -m benchmarks.day --minutes 10

Press sites on loopback publish and edit releases over a simulated day while the service of one process watches them,
with its own crawl process and its own archive. At each edit the page's next visit is looked up in the archive: found any
later than that, and than the run it falls into, the promise is broken. Exit status 1 where one is.

Told at its end: delays, requests a page and day, how many crawls there were, and the memory and the open files of the
service and of its crawl process over time.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.days import text
from benchmarks.sped_up import SpedUp
from changes.kinds import Kind
from storage.archive import Archive
from tests.press_site import PressSite

ROOT = Path(__file__).resolve().parents[1]
START = dt.datetime(2026, 9, 22, 4, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
PERIOD = dt.timedelta(minutes=15)
#: What comes on top of a promise: the run in which the page is due takes a while.
SLACK = dt.timedelta(minutes=15)

_CONFIG = """\
contact = "day@pressvakt.example"
[storage]
database = "sqlite:///press.db"
[network]
allow_private = ["127.0.0.1"]
[service]
recycle = {recycle}
"""
_PROFILE = """\
extends = "regeringen.se"
base_url = "{url}"
[crawl]
delay = "0s"
concurrency = 4
"""


@dataclass(kw_only=True)
class Edit:
    """An edit of a page of a site."""

    url: str
    at: dt.datetime
    promised: dt.datetime | None  #: when the page was to be visited next; None: it was not known yet
    age: dt.timedelta
    found: dt.datetime | None = None


@dataclass(kw_only=True)
class Look:
    """One look at a process."""

    name: str
    at: float
    megabytes: float
    files: int


@dataclass(kw_only=True)
class Told:
    """What the day has shown."""

    edits: list[Edit] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the day; 1 where a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=6)
    parser.add_argument("--pages", type=int, default=60, help="releases a site has at the beginning")
    parser.add_argument("--new", type=int, default=12, help="releases that a site publishes over the day")
    parser.add_argument("--edits", type=int, default=120, help="edits over the day, all sites together")
    parser.add_argument("--minutes", type=float, default=10, help="real minutes that the day takes")
    parser.add_argument("--recycle", type=int, default=100_000, help="crawls after which the crawl process is new")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.serve:
        _serve(Path(given.serve))
        return 0
    folder = Path(tempfile.mkdtemp(prefix="pressvakt-day-"))
    try:
        return _day(given, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _serve(folder: Path) -> None:
    """The service's own process."""
    from pressvakt.config import load_config  # noqa: PLC0415 - only this process needs it
    from pressvakt.logging_setup import LogFormat, set_up  # noqa: PLC0415
    from pressvakt.running import run_service  # noqa: PLC0415

    real, speed = (float(word) for word in (folder / "clock").read_text().split())
    set_up(LogFormat.TEXT, quiet=True)
    clock = SpedUp(start=START, real=real, speed=speed)
    settings = load_config(folder / "pressvakt.toml")
    run_service(settings, log=LogFormat.TEXT, quiet=True, now=clock, interval=0.1)


def _day(given: argparse.Namespace, folder: Path) -> int:
    told = Told()
    with ExitStack() as held:
        sites = [held.enter_context(PressSite()) for _ in range(given.sites)]
        (folder / "sites").mkdir()
        (folder / "pressvakt.toml").write_text(_CONFIG.format(recycle=given.recycle))
        for number, site in enumerate(sites):
            url = site.url if number % 2 else site.url.replace("127.0.0.1", "localhost")
            (folder / "sites" / f"site{number}.toml").write_text(_PROFILE.format(url=url))
            for n in range(given.pages):
                published = (START - dt.timedelta(days=1 + 300 * (n / given.pages) ** 2)).date()
                site.add(_path(n), title=f"Beslut {n} om orter", body=text(n), published=published)
        speed = DAY.total_seconds() / (given.minutes * 60)
        real = time.time() + 3
        (folder / "clock").write_text(f"{real} {speed}")
        clock = SpedUp(start=START, real=real, speed=speed)
        service = subprocess.Popen([sys.executable, "-m", "benchmarks.day", "--serve", str(folder)], cwd=ROOT)
        try:
            _live(given, sites=sites, clock=clock, folder=folder, told=told, pid=service.pid)
        finally:
            service.send_signal(signal.SIGTERM)
            began = time.monotonic()
            code = service.wait(30)
        print(f"stopped with {code} after {time.monotonic() - began:.1f} s")
        requests = sum(len(site.requests) for site in sites)
    return _report(told, folder, requests)


def _live(
    given: argparse.Namespace, *, sites: list[PressSite], clock: SpedUp, folder: Path, told: Told, pid: int
) -> None:
    """What happens over the day, at its time."""
    dice = random.Random(1)
    first = START + dt.timedelta(hours=1)  # the first crawl is over by then
    moments: list[tuple[dt.datetime, str]] = [
        (first + dice.random() * (DAY - dt.timedelta(hours=1)), "edit") for _ in range(given.edits)
    ]
    moments += [(first + dice.random() * DAY * 0.8, "new") for _ in range(given.sites * given.new)]
    moments += [(START + DAY * n / 60, "look") for n in range(61)]
    fresh: list[tuple[PressSite, str, dt.datetime]] = []
    edited: set[str] = set()
    count = given.pages
    archive: Archive | None = None
    for at, what in sorted(moments):
        clock.wait_until(at)
        if what == "look":
            told.looks += _look(pid)
        elif what == "new":
            count += 1
            site = dice.choice(sites)
            site.add(_path(count), title=f"Beslut {count} om orter", body=text(count), published=clock().date())
            fresh.append((site, _path(count), clock()))
        else:
            archive = archive or Archive.open(f"sqlite:///{folder / 'press.db'}")
            # as in life, most edits are made within hours
            young = [one for one in fresh if at - one[2] < dt.timedelta(hours=6)]
            if young and dice.random() < 0.6:
                site, path, born = dice.choice(young)
            else:
                n = int(given.pages * dice.random() ** 2)
                site, path, born = (
                    dice.choice(sites),
                    _path(n),
                    START - dt.timedelta(days=1 + 300 * (n / given.pages) ** 2),
                )
            if site.url + path in edited:
                continue
            edited.add(site.url + path)
            promised = _promised(archive, path, site)
            now = clock()
            site.edit(path, body=text(int(path.rstrip("/").rpartition("-")[2]), edition=1))
            told.edits.append(Edit(url=_key(site, path), at=now, promised=promised, age=now - born))
    clock.wait_until(START + DAY)
    if archive is not None:
        archive.close()


def _path(number: int) -> str:
    return f"/pressmeddelanden/2026/09/beslut-{number}/"


def _key(site: PressSite, path: str) -> str:
    return f"{site.url.rpartition(':')[2]}{path}"


def _promised(archive: Archive, path: str, site: PressSite) -> dt.datetime | None:
    for host in ("127.0.0.1", "localhost"):
        for page in archive.find_page(site.url.replace("127.0.0.1", host) + path):
            if page.version is not None:
                return page.next_due
    return None


def _look(pid: int) -> Iterator[Look]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
            above = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            mine = int(folder.name) == pid
            if not mine and not (above == pid and b"crawler.child" in words):
                continue
            size = next(line for line in (folder / "status").read_text().splitlines() if line.startswith("VmRSS"))
            files = len(list((folder / "fd").iterdir()))
        except (OSError, StopIteration):
            continue
        name = "service" if mine else "crawl process"
        yield Look(name=name, at=time.time(), megabytes=int(size.split()[1]) / 1024, files=files)


def _report(told: Told, folder: Path, requests: int) -> int:
    end = START + DAY
    with Archive.open(f"sqlite:///{folder / 'press.db'}") as archive:
        found = {(change.url.rpartition(":")[2], change.detected_at) for change in archive.changes(kinds=[Kind.EDITED])}
        crawls = archive.crawls()
        pages = sum(sum(archive.page_counts(site.id).values()) for site in archive.sites())
        wrong = archive.check()
    for edit in told.edits:
        times = [at for url, at in found if url == edit.url and at >= edit.at]
        edit.found = min(times, default=None)
    known = [edit for edit in told.edits if edit.promised is not None]
    due = [edit for edit in known if _by(edit) <= end]
    broken = [edit for edit in due if edit.found is None or edit.found > _by(edit)]
    delays = sorted((edit.found - edit.at).total_seconds() / 60 for edit in told.edits if edit.found is not None)
    print(f"{len(crawls)} crawls, {sum(crawl.reason == 'finished' for crawl in crawls)} of them finished")
    print(f"{requests} requests, {pages} pages: {requests / pages:.1f} requests a page and day, lists included")
    print(f"{len(told.edits)} edits, {len(delays)} found; {len(due)} were due within the day, {len(broken)} found late")
    if delays:
        print(
            f"delay: median {statistics.median(delays):.0f} min, 95 % {delays[int(0.95 * (len(delays) - 1))]:.0f} min"
        )
    for edit in broken:
        print(f"  late: {edit.url} edited {edit.at}, promised {edit.promised}, found {edit.found}, age {edit.age}")
    for name in ("service", "crawl process"):
        looks = [look for look in told.looks if look.name == name]
        parts = looks[:: max(1, len(looks) // 8)]
        print(f"{name}: MB " + " ".join(f"{look.megabytes:.0f}" for look in parts), end="; ")
        print("open files " + " ".join(str(look.files) for look in parts))
    return 1 if broken or wrong else 0


def _by(edit: Edit) -> dt.datetime:
    assert edit.promised is not None
    return max(edit.promised, edit.at) + PERIOD + SLACK


if __name__ == "__main__":
    raise SystemExit(main())
