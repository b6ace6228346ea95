"""Several machines: nothing lost, nothing twice, never two requests at one host, whatever befalls a worker.

    python -m benchmarks.workers trial --sample 0.05 --ticks 0-8
    python -m benchmarks.workers throughput --hosts 50

`trial`: three workers in network namespaces of their own, one PostgreSQL, and the replayed press site
(`../shared/replay`) behind a door that counts. While the site lives through its days, whichever worker is at it is
killed with SIGKILL, stopped until its lease has run out and woken, cut off from the network, and the database is
restarted, in turn, over and over. The score must be that of one machine which nobody disturbs, change for change.
`throughput`: sites on so many loopback addresses, crawled by one, two and three workers. Needs root and iproute2.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from benchmarks.machines import GATE, NET, ROOT, Database, Door, Machine, kill_group, machines
from scheduler.queue import QueueSender, prepare_queue
from storage.agenda import Due
from storage.archive import Archive
from storage.leases import TERM
from storage.queueing import waiting

REPLAY = ROOT.parent / "shared" / "replay"
SITE, DOOR, POSTGRES = 8811, 8900, 5499
PRESSVAKT = [sys.executable, "-m", "pressvakt"]
HERE = [sys.executable, "-m", "benchmarks.workers"]
PATIENCE = 900.0  #: seconds after which a day that does not end is a failure

_CONFIG = f"""\
contact = "trial@pressvakt.example"
[network]
allow_private = ["{NET}.0/24", "127.0.0.0/16"]
[workers]
crawls = {{crawls}}
batch = {{batch}}
"""
_PROFILE = """\
extends = "regeringen.se"
base_url = "{base}"
aliases = []
[crawl]
delay = "0s"
concurrency = 1
[removal]
visits = 2
span = "0s"
"""


class Fleet:
    """The workers of an installation, one on each machine."""

    def __init__(self, folder: Path, fleet: Sequence[Machine], environment: dict[str, str]) -> None:
        self._folder, self._machines, self._environment = folder, fleet, environment
        self._log = folder.parent / "workers.log"
        self.workers = [self._start(number) for number in range(len(fleet))]

    def machine(self, worker: int) -> Machine:
        """The machine that a worker is on."""
        return self._machines[worker]

    def kill(self, worker: int) -> None:
        """The machine goes up in smoke; another one takes its place."""
        kill_group(self.workers[worker], signal.SIGKILL)
        self.workers[worker].wait()
        self.workers[worker] = self._start(worker)

    def signal(self, worker: int, number: signal.Signals) -> None:
        """Send a signal to a worker and all that it started."""
        kill_group(self.workers[worker], number)

    def close(self) -> list[float]:
        """End the workers in order; how many seconds each took."""
        took = []
        for worker in self.workers:
            began = time.monotonic()
            worker.terminate()
            try:
                worker.wait(30)
            except subprocess.TimeoutExpired:
                kill_group(worker, signal.SIGKILL)
            took.append(time.monotonic() - began)
        return took

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        command = [*PRESSVAKT, "worker", "--quiet"]
        return self._machines[number].start(command, cwd=self._folder, env=self._environment, log=self._log)


class Chaos:
    """Disturbs whichever worker is at the site, in one way after the other, until it is stopped."""

    def __init__(self, fleet: Fleet, database: Database) -> None:
        self._fleet, self._database = fleet, database
        self.done: Counter[str] = Counter()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Leave everybody alone."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        ways: list[Callable[[int], None]] = [self._kill, self._sleep, self._cut, self._restart]
        while not self._over.is_set():
            worker = self._busy()
            if worker is None or self._over.wait(2.0):  # in the midst of it
                continue
            if worker != self._busy():
                continue
            way = ways[sum(self.done.values()) % len(ways)]
            self._say(way.__name__.strip("_"), worker)
            way(worker)
            self.done[way.__name__.strip("_")] += 1
            self._over.wait(20.0)

    def _busy(self) -> int | None:
        """The worker that crawls now."""
        try:
            with psycopg.connect(self._database.url(), autocommit=True, connect_timeout=3) as session:
                row = session.execute("SELECT pid FROM leases").fetchone()
            group = os.getpgid(row[0]) if row else None
        except (psycopg.Error, ProcessLookupError):
            group = None
        pids = [worker.pid for worker in self._fleet.workers]
        if group not in pids:
            self._over.wait(0.2)
            return None
        return pids.index(group)

    def _kill(self, worker: int) -> None:
        self._fleet.kill(worker)

    def _sleep(self, worker: int) -> None:
        self._fleet.signal(worker, signal.SIGSTOP)
        self._over.wait(1.5 * TERM.total_seconds() + 15)
        self._fleet.signal(worker, signal.SIGCONT)

    def _cut(self, worker: int) -> None:
        self._fleet.machine(worker).pull(out=True)
        self._over.wait(1.5 * TERM.total_seconds() + 15)
        self._fleet.machine(worker).pull(out=False)

    def _restart(self, worker: int) -> None:
        del worker
        self._database.stop()
        self._over.wait(5.0)
        self._database.start()

    def _say(self, what: str, worker: int) -> None:
        print(f"  {time.strftime('%H:%M:%S')} {what}: worker {worker + 1}", flush=True)


def trial(options: argparse.Namespace) -> int:
    """The trial; 1 where anything is lost, twice or at the wrong time."""
    work = Path(tempfile.mkdtemp(prefix="pressvakt-workers."))
    faults: list[str] = []
    with machines(3) as fleet_of:
        database = Database(GATE, POSTGRES)
        door = Door(GATE, DOOR, behind=SITE, hold=options.hold)
        try:
            folder = work / "workers" / "config"
            _write(folder, {"replay": f"http://{GATE}:{DOOR}"}, crawls=4, batch=options.batch)
            environment = _environment(database.url())
            with Archive.open(database.url()) as archive:
                prepare_queue(archive)
            fleet = Fleet(folder, fleet_of, environment)
            chaos = None if options.calm else Chaos(fleet, database)
            scored = _drive(options, work / "disturbed", folder, environment, [*HERE, "day"])
            if chaos is not None:
                chaos.stop()
            ended = fleet.close()
            disturbed = _changes(folder, environment)
            verified = subprocess.run(
                [*PRESSVAKT, "verify"], cwd=folder, env=environment, capture_output=True, text=True, check=False
            )
            faults += [f"verify: {verified.stderr}{verified.stdout}"] if verified.returncode else []
            print(f"disturbed: {scored}\n  most in flight {door.most}, asked {dict(door.asked)}", flush=True)
            print(f"  disturbed by {dict(chaos.done) if chaos else {}}; ended in {max(ended):.1f} s at most")
            faults += door.overlaps[:20] + _twice(disturbed)

            alone = work / "alone" / "config"
            _write(alone, {"replay": f"http://{GATE}:{DOOR}"}, crawls=4, batch=options.batch)
            plain = _environment(f"sqlite:///{work}/alone.db")
            scored = _drive(options, work / "undisturbed", alone, plain, [*PRESSVAKT, "crawl", "replay", "--all", "-q"])
            print(f"undisturbed: {scored}")
            faults += _differences(disturbed, _changes(alone, plain))
        finally:
            door.close()
            database.scrap()
    for fault in faults:
        print(f"FAULT {fault}")
    if faults:
        print(f"logs are kept in {work}")
        return 1
    shutil.rmtree(work)
    return 0


def day() -> int:
    """One visit to the site by whichever workers there are: all its pages are due, and the queue runs empty."""
    now = dt.datetime.now(dt.UTC)
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        try:
            with Archive.open(os.environ["PRESSVAKT_DATABASE"]) as archive:
                _send(archive, ["replay"], _profiles(), now)
                break
        except Exception as error:  # noqa: BLE001 - the database may be away just now
            print(error, file=sys.stderr)
            time.sleep(1)
    while time.monotonic() - began < PATIENCE:
        try:
            with Archive.open(os.environ["PRESSVAKT_DATABASE"]) as archive:
                while waiting(archive):
                    time.sleep(0.2)
                return 0
        except Exception as error:  # noqa: BLE001 - as above
            print(error, file=sys.stderr)
            time.sleep(1)
    print("the day did not end", file=sys.stderr)
    return 1


def _send(archive: Archive, names: Sequence[str], sites: dict[str, object], now: dt.datetime) -> None:
    sender = QueueSender(archive, sites)  # type: ignore[arg-type]
    with archive.writing() as unit:
        for name in names:
            site = unit.add_site(name)
            unit.set_pages_due(site.id, now, unvisited_since=now)
            sender.send(unit, Due(site=name, site_id=site.id, at=now))


def _profiles() -> dict[str, object]:
    from pressvakt.config import load_config  # noqa: PLC0415 - the folder is the working one by now

    return dict(load_config().sites)


def _drive(
    options: argparse.Namespace, work: Path, folder: Path, environment: dict[str, str], crawl: Sequence[str]
) -> str:
    """Have the replay pass its days, with a command for each visit; its score."""
    where = f"cd {folder} && exec "
    command = [
        sys.executable, str(REPLAY / "drive.py"), str(REPLAY / "dev.jsonl.gz"), "--dir", str(work), "--port", str(SITE),
        "--ticks", options.ticks, "--sample", str(options.sample), "--config", str(folder),
        "--crawl", f"sh -c '{where}{' '.join(crawl)}'",
        "--changes", f"sh -c '{where}{' '.join(PRESSVAKT)} changes --format jsonl'",
    ]  # fmt: skip
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    (work / "score.log").write_text(done.stdout + done.stderr)
    print(done.stdout, done.stderr, sep="", flush=True)
    lines = [line for line in done.stdout.splitlines() if re.match(r"recall|\d+ pages", line)]
    return "; ".join(lines) or f"no score: {done.stderr[-500:]}"


def _changes(folder: Path, environment: dict[str, str]) -> list[dict[str, object]]:
    command = [*PRESSVAKT, "changes", "--format", "jsonl"]
    listed = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in listed.stdout.splitlines()]


def _key(change: dict[str, object]) -> str:
    told = {name: change.get(name) for name in ("kind", "url", "fields", "silent", "period", "was", "status")}
    return json.dumps(told, sort_keys=True)


def _twice(changes: Sequence[dict[str, object]]) -> list[str]:
    """One step of one page, told more than once."""
    steps = Counter(json.dumps([one["kind"], one["url"], one["before"], one["after"]]) for one in changes)
    return [f"told {count} times: {step}" for step, count in steps.items() if count > 1]


def _differences(ours: Sequence[dict[str, object]], theirs: Sequence[dict[str, object]]) -> list[str]:
    here, there = Counter(map(_key, ours)), Counter(map(_key, theirs))
    return [f"only with workers: {one}" for one in (here - there).elements()] + [
        f"only on one machine: {one}" for one in (there - here).elements()
    ]


def _write(folder: Path, sites: dict[str, str], *, crawls: int, batch: int) -> None:
    (folder / "sites").mkdir(parents=True)
    (folder / "pressvakt.toml").write_text(_CONFIG.format(crawls=crawls, batch=batch))
    for name, base in sites.items():
        (folder / "sites" / f"{name}.toml").write_text(_PROFILE.format(base=base))


def _environment(database: str) -> dict[str, str]:
    return {**os.environ, "PRESSVAKT_DATABASE": database, "PYTHONPATH": str(ROOT), "PRESSVAKT_DEBUG": "1"}


def throughput(options: argparse.Namespace) -> int:
    """Pages a second with one, two and three workers over many hosts."""
    work = Path(tempfile.mkdtemp(prefix="pressvakt-workers."))
    database = Database("127.0.0.1", POSTGRES + 1)
    hosts = [f"127.0.1.{number}" for number in range(1, options.hosts + 1)]
    with _served(options.pages) as port:
        sites = {f"site{number}": f"http://{host}:{port}" for number, host in enumerate(hosts)}
        _write(work / "config", sites, crawls=options.crawls, batch=500)
        environment = _environment(database.url())
        os.chdir(work / "config")
        profiles = _profiles()
        try:
            with Archive.open(database.url()) as archive:
                prepare_queue(archive)
                for count in (1, 1, 2, 3):  # the first time all pages are new
                    workers = [
                        subprocess.Popen([*PRESSVAKT, "worker", "--quiet"], env=environment, cwd=work / "config")
                        for _ in range(count)
                    ]
                    time.sleep(6)  # they are up
                    began, before = time.monotonic(), os.times()
                    _send(archive, list(sites), profiles, dt.datetime.now(dt.UTC))
                    while waiting(archive):
                        time.sleep(0.2)
                    took = time.monotonic() - began
                    for worker in workers:
                        worker.terminate()
                    for worker in workers:
                        worker.wait(30)
                    after = os.times()
                    cpu = after.children_user + after.children_system - before.children_user - before.children_system
                    print(
                        f"{count} workers: {options.hosts * options.pages / took:.0f} pages/s ({took:.1f} s, "
                        f"{cpu:.1f} s of CPU in workers)",
                        flush=True,
                    )
        finally:
            database.scrap()
            os.chdir("/")
            shutil.rmtree(work)
    return 0


@contextmanager
def _served(pages: int) -> Iterator[int]:
    """The measuring site on all loopback addresses."""
    command = [sys.executable, "-m", "benchmarks.server", "--pages", str(pages), "--any-address"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline().rsplit(":", 1)[1])
        finally:
            server.kill()


def main() -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(dest="what", required=True)
    one = parts.add_parser("trial")
    one.add_argument("--sample", type=float, default=0.05)
    one.add_argument("--ticks", default="0-8")
    one.add_argument("--batch", type=int, default=100)
    one.add_argument("--hold", type=float, default=0.1, help="seconds that each answer takes at least")
    one.add_argument("--calm", action="store_true", help="disturb nobody")
    two = parts.add_parser("throughput")
    two.add_argument("--hosts", type=int, default=50)
    two.add_argument("--pages", type=int, default=40)
    two.add_argument("--crawls", type=int, default=8)
    parts.add_parser("day")
    options = parser.parse_args()
    if options.what == "day":
        return day()
    return trial(options) if options.what == "trial" else throughput(options)


if __name__ == "__main__":
    sys.exit(main())
