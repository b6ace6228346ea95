"""The web asked while a crawl writes: how long each call takes, and what two hundred requests a second do to it.

    python -m benchmarks.web [--archive million.db] [--seconds 60] [--rate 200] [--only WORDS]

The web is served by a process of its own, as `pressvakt web` serves it; another writes new versions all the while, as a
crawl does. First each call is asked by itself, with other words and ids each time; then many are asked side by side at
a steady rate, and the server's memory is watched. The archive is copied: what is named is only read.
"""

from __future__ import annotations

import argparse
import datetime as dt
import http.client
import json
import multiprocessing
import os
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import quote, urlsplit

from changes.kinds import Finding, Kind
from storage.archive import Archive
from web.app import create_app
from web.server import serving
from web.settings import WebSettings

#: Times each call is asked by itself, and the seconds after which that is enough.
ASKED, PATIENCE = 60, 6.0
#: New versions a second that the writer keeps: more than a crawl that minds its manners brings.
WRITTEN = 10
GOAL = 50.0
#: Of a hundred requests side by side, how many are of a kind; the others share what is left.
_SHARES = {
    "changes": 22.0, "changes of a site": 8.0, "changes of a kind": 6.0, "changes, silent": 4.0, "change": 6.0,
    "release": 12.0, "release by address": 6.0, "version": 6.0, "versions": 4.0, "diff": 4.0, "timegate": 4.0,
    "memento": 6.0, "search, one word": 2.0,
}  # fmt: skip
_LITTLE = 0.5

Call = tuple[str, Callable[[], str]]


def main() -> int:
    """Serve, write, ask, print; 1 where a call failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--archive", type=Path, help="an SQLite archive to copy; a small one is made where none is named"
    )
    parser.add_argument("--seconds", type=int, default=60, help="of many requests side by side")
    parser.add_argument("--rate", type=int, default=200, help="requests a second")
    parser.add_argument("--only", default="", help="ask the calls alone that have this in their names")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive.db"
        _make(path, given.archive)
        with _process(_serve, path) as (server, address), _process(_write, path) as (_, written):
            del written
            calls = [call for call in _calls(path) if given.only in call[0]]
            fine = _each(address, calls, server)
            return 0 if _many(address, calls, given.rate, given.seconds, server) and fine else 1


def _make(path: Path, given: Path | None) -> None:
    if given is not None:
        shutil.copyfile(given, path)
        return
    from benchmarks.filling import Size, fill  # noqa: PLC0415 - not needed for an archive that is there

    with Archive.open(f"sqlite:///{path}") as archive:
        fill(archive, Size(releases=1000, versions=10, workers=os.cpu_count() or 1))


def _serve(path: Path, out: Connection) -> None:
    parent = os.getppid()
    with Archive.open(f"sqlite:///{path}") as archive:
        while archive.unindexed():
            with archive.writing() as unit:
                unit.index_more(2000)
        app = create_app(archive, WebSettings(port=0), {}, now=lambda: dt.datetime.now(dt.UTC))
        with serving(app, WebSettings(port=0)) as address:
            out.send(address)
            while os.getppid() == parent:
                time.sleep(1)


def _write(path: Path, out: Connection) -> None:
    """Keep new versions of pages that are there, each in a transaction, at a steady pace."""
    chance, parent = random.Random(5), os.getppid()
    with Archive.open(f"sqlite:///{path}") as archive:
        site = archive.sites()[0]
        ids = [page.id for page, _ in zip(archive.pages(site.id), range(2000), strict=False)]
        out.send("ready")
        while os.getppid() == parent:
            begun = time.monotonic()
            key, now = chance.choice(ids), dt.datetime.now(dt.UTC)
            with archive.writing() as unit:
                page, latest = unit.page_by_id(key), unit.latest(key)
                if page is not None and latest is not None:
                    release = replace(latest.release, title=f"{latest.release.title[:80]} {chance.randrange(10**6)}")
                    kept = unit.keep_snapshot(
                        key, url=page.url, status=200, headers=(), redirects=(), captured_at=now, body=os.urandom(2000)
                    )
                    digest = f"sha256:{chance.randrange(2**64):064x}"
                    new = unit.add_version(
                        key, snapshot_id=kept.id, release=release, digest=digest, rules="bench", at=now
                    )
                    unit.add_change(
                        key, Finding(kind=Kind.EDITED, fields=("title",), silent=True), before=latest.number,
                        after=new.number, title=release.title, url=page.url, at=now, baseline=False,
                    )  # fmt: skip
            time.sleep(max(0.0, 1 / WRITTEN - (time.monotonic() - begun)))


@contextmanager
def _process(work: Callable[[Path, Connection], None], path: Path) -> Iterator[tuple[int, str]]:
    mine, its = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=work, args=(path, its), daemon=True)
    process.start()
    try:
        yield process.pid or 0, mine.recv()
    finally:
        process.kill()
        process.join()


def _calls(path: Path) -> list[Call]:
    """Each call, as a function that gives another address of its kind each time."""
    chance = random.Random(7)
    with Archive.open(f"sqlite:///{path}") as archive:
        sites = [site.name for site in archive.sites()]
        pages = [page for site in archive.sites() for page, _ in zip(archive.pages(site.id), range(3000), strict=False)]
        last = next(iter(archive.changes(newest_first=True, limit=1))).id
        some = list(archive.changes(newest_first=True, limit=200))
        senders = sorted(
            {name for page in pages[:50] if (one := archive.latest(page.id)) for name in one.release.senders}
        )
        said = [one.release for page in pages[:200] if (one := archive.latest(page.id))]
    words = [word for release in said for block in release.body[:2] for word in block.text.split() if word.isalpha()]
    snapshots = [(page.url, page.first_seen) for page in pages]

    def page() -> int:
        return chance.choice(pages).id

    def day() -> str:
        return chance.choice(some).detected_at.date().isoformat()

    root = "/api/v1"
    kinds, labels, fields = list(Kind), ("figure", "date", "name", "wording", "quote"), ("title", "body", "contacts")
    plain: list[Call] = [
        ("sites", lambda: f"{root}/sites"),
        ("site", lambda: f"{root}/sites/{quote(chance.choice(sites))}"),
        ("releases", lambda: f"{root}/releases?limit=50"),
        ("releases of a site", lambda: f"{root}/releases?limit=50&site={quote(chance.choice(sites))}"),
        ("release by address", lambda: f"{root}/releases?url={quote(chance.choice(pages).url, safe='')}"),
        ("release", lambda: f"{root}/releases/{page()}"),
        ("versions", lambda: f"{root}/releases/{page()}/versions"),
        ("version at a time", lambda: f"{root}/releases/{page()}/versions?at={day()}"),
        ("version", lambda: f"{root}/releases/{page()}/versions/1"),
        ("diff", lambda: f"{root}/releases/{page()}/diff"),
        ("snapshots", lambda: f"{root}/releases/{page()}/snapshots"),
        ("changes", lambda: f"{root}/changes?limit=50"),
        ("changes of a site", lambda: f"{root}/changes?limit=50&site={quote(chance.choice(sites))}"),
        ("changes of a kind", lambda: f"{root}/changes?limit=50&kind={chance.choice(kinds)}"),
        ("changes with a label", lambda: f"{root}/changes?limit=50&label={chance.choice(labels)}"),
        ("changes of a field", lambda: f"{root}/changes?limit=50&field={chance.choice(fields)}"),
        ("changes since", lambda: f"{root}/changes?limit=50&order=oldest&since={day()}"),
        ("changes of a sender", lambda: f"{root}/changes?limit=50&sender={quote(chance.choice(senders or ['x']))}"),
        ("changes that match", lambda: f"{root}/changes?limit=50&match={quote(chance.choice(words))}"),
        ("changes, silent", lambda: f"{root}/changes?limit=50&silent=true"),
        ("change", lambda: f"{root}/changes/{chance.randrange(1, last)}"),
        ("search, one word", lambda: f"{root}/search?q={quote(chance.choice(words))}"),
        ("search, two words", lambda: f"{root}/search?q={quote(chance.choice(words))}%20{quote(chance.choice(words))}"),
        ("search, added", lambda: f"{root}/search?in=added&q={quote(chance.choice(words))}"),
        ("search, removed", lambda: f"{root}/search?in=removed&q={quote(chance.choice(words))}"),
        ("crawls", lambda: f"{root}/crawls?limit=50"),
        ("notices", lambda: f"{root}/notices?limit=50"),
        ("subscriptions", lambda: f"{root}/subscriptions"),
        ("feed, Atom", lambda: "/feeds/changes.atom"),
        ("feed, JSON, of a kind", lambda: f"/feeds/changes.json?kind={chance.choice(kinds)}"),
        ("timegate", lambda: f"/timegate/{chance.choice(pages).url}"),
        ("timemap", lambda: f"/timemap/link/{chance.choice(pages).url}"),
    ]

    def memento() -> str:
        url, at = chance.choice(snapshots)
        return f"/memento/{at:%Y%m%d%H%M%S}/{url}"

    return [*plain, ("memento", memento)]


@dataclass
class Heard:
    """What came back, and how long it took, in milliseconds."""

    took: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def _each(address: str, calls: list[Call], server: int) -> bool:
    """Each call by itself. On a machine that others use, too, the server's own time (CPU) tells what a call costs."""
    print(f"{'call':<24} {'asked':>6} {'median':>9} {'p95':>9} {'most':>9} {'CPU':>9}")
    fine = True
    asker = _Asker(address)
    for name, path in calls:
        heard, begun = Heard(), time.monotonic()
        asker.ask("/api/v1/crawls?limit=1", Heard())
        spent = _cpu(server)
        while len(heard.took) < ASKED and time.monotonic() - begun < PATIENCE:
            asker.ask(path(), heard)
        cost = (_cpu(server) - spent) / max(len(heard.took), 1)
        mark = "" if _p95(heard.took) <= GOAL else f"  more than {GOAL:.0f} ms"
        print(f"{name:<24} {_line(heard)} {cost:>6.1f} ms{mark}")
        for failure in heard.failed[:3]:
            print(f"    {failure}")
        fine = fine and not heard.failed
    return fine


def _many(address: str, calls: list[Call], rate: int, seconds: int, server: int) -> bool:
    """Many side by side at a steady rate, whether the last one was answered or not."""
    if not seconds:
        return True
    chance, lock = random.Random(11), threading.Lock()
    begun, asked, heard = time.monotonic(), [0], Heard()
    memory = [_memory(server)]
    paths, weights = [path for _, path in calls], [_SHARES.get(name, _LITTLE) for name, _ in calls]

    def work() -> None:
        asker = _Asker(address)
        while True:
            with lock:
                number, (path,) = asked[0], chance.choices(paths, weights)
                asked[0] += 1
            due = begun + number / rate
            if max(due, time.monotonic()) > begun + seconds:
                return
            time.sleep(max(0.0, due - time.monotonic()))
            mine = Heard()
            asker.ask(path(), mine, since=due)
            with lock:
                heard.took += mine.took
                heard.failed += mine.failed

    threads = [threading.Thread(target=work, daemon=True) for _ in range(32)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        time.sleep(min(10, seconds / 6))
        memory.append(_memory(server))
    took = time.monotonic() - begun
    print(f"\n{len(heard.took)} requests in {took:.0f} s, {len(heard.took) / took:.0f} a second: {_line(heard)}")
    print("memory of the server, MB:", ", ".join(f"{part:.0f}" for part in memory))
    for failure in heard.failed[:5]:
        print(f"    {failure}")
    return not heard.failed


class _Asker:
    """One connection that is kept."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)

    def ask(self, path: str, heard: Heard, *, since: float | None = None) -> None:
        """Ask, and note how long it took; since it was due, where that is said."""
        begun = time.monotonic() if since is None else since
        try:
            self._connection.request("GET", path)
            answer = self._connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            heard.failed.append(f"{path}: {error!r}")
            return
        heard.took.append((time.monotonic() - begun) * 1000)
        if answer.status not in {200, 302, 404}:
            heard.failed.append(f"{path}: {answer.status} {body[:200]!r}")
        elif answer.status == http.client.NOT_FOUND and "no version" not in json.loads(body)["detail"]:
            heard.failed.append(f"{path}: {body[:200]!r}")


def _line(heard: Heard) -> str:
    took = heard.took or [0.0]
    return f"{len(heard.took):>6} {statistics.median(took):>6.1f} ms {_p95(took):>6.1f} ms {max(took):>6.1f} ms"


def _p95(took: list[float]) -> float:
    return sorted(took)[int(len(took) * 0.95)] if took else 0.0


def _cpu(pid: int) -> float:
    """Milliseconds that a process has had."""
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    sys.exit(main())
