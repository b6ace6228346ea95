"""Crawls that are killed: nothing lost, nothing half, and in the end the changes of a watch that nobody disturbed.

    python -m benchmarks.kills --kills 200

A press site on loopback lives through eleven days (`benchmarks.days`). Each day's crawl is a process of its own that is
killed with SIGKILL at random moments and begun again, until it ends. Half of the processes are `python -m pressvakt
crawl`; the others run the same command in a fork of a process that has imported it before, so that most of their kills
meet a crawl and not an import. After each kill the archive is looked through; after the last day its changes are held
against those of an undisturbed watch over the same days. Exit status 1 where anything is lost, half or different.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.archive_checks import Account, account_of, look_through
from benchmarks.days import Day, eleven_days
from benchmarks.nursery import Nursery
from storage.archive import Archive
from tests.press_site import PressSite

CRAWL = ("crawl", "press", "--all", "--quiet")
IMPORTS = 1.2  #: seconds that the command takes to start, about

_CONFIG = """\
contact = "kills@pressvakt.example"
[storage]
database = "sqlite:///press.db"
[network]
allow_private = ["127.0.0.1"]
"""
_PROFILE = """\
extends = "regeringen.se"
base_url = "{url}"
[crawl]
delay = "0s"
concurrency = 8
[removal]
visits = 2
span = "0s"
"""


@dataclass
class Report:
    """What a trial found. `faults` has one line for each loss, half state or difference."""

    kills: int = 0
    by_command: int = 0
    crawls: int = 0
    rounds: int = 0
    changes: int = 0
    faults: list[str] = field(default_factory=list)


def trial(folder: Path, *, kills: int, pages: int, seed: int, most: int = 4, say: bool = False) -> Report:
    """Kill crawls so many times, at most `most` times a day, over as many rounds of the eleven days as that takes."""
    dice, report, days = random.Random(seed), Report(), eleven_days(pages)
    undisturbed: dict[bool, Account] = {}
    usual: dict[tuple[bool, int], float] = {}
    with contextlib.closing(Nursery()) as nursery:
        while report.kills < kills:
            told = len(report.faults)
            validators = report.rounds % 2 == 1
            if validators not in undisturbed:
                life = Life(folder / f"undisturbed-{validators}", nursery, usual, report)
                undisturbed[validators] = life.run(days, dice, validators=validators, kills=0, most=0)
            life = Life(folder / f"round-{report.rounds}", nursery, usual, report)
            account = life.run(days, dice, validators=validators, kills=kills - report.kills, most=most)
            report.rounds += 1
            report.changes += len(account.changes)
            report.faults += [f"{life.folder.name}: {line}" for line in account.unlike(undisturbed[validators])]
            if say:
                print(*report.faults[told:], f"round {report.rounds}: {summary(report)}", sep="\n", flush=True)
    return report


class Life:
    """One archive that lives through all days. `usual` is how long a crawl takes, forked or not, on each day."""

    def __init__(self, folder: Path, nursery: Nursery, usual: dict[tuple[bool, int], float], report: Report) -> None:
        self.folder = folder
        self._nursery = nursery
        self._usual = usual
        self._report = report
        self._last: Account | None = None
        self._finished = 0  #: crawls that came to their end, as the archive has it

    def run(self, days: Sequence[Day], dice: random.Random, *, validators: bool, kills: int, most: int) -> Account:
        """Live through the days and give what is kept at their end."""
        with PressSite(validators=validators) as site:
            (self.folder / "sites").mkdir(parents=True)
            (self.folder / "pressvakt.toml").write_text(_CONFIG)
            (self.folder / "sites" / "press.toml").write_text(_PROFILE.format(url=site.url))
            enough = self._report.kills + kills
            for number, day in enumerate(days):
                day(site)
                tries = min(dice.randint(1, most) if most else 0, enough - self._report.kills)
                while tries and self._killed(number, dice):
                    tries -= 1
                    self._check(site.url, f"day {number}, kill {self._report.kills}")
                if self._finished == number:  # the days before this one, that is
                    self._crawl(number, forked=True, kill_after=None)
            return self._check(site.url, "at the end")

    def _killed(self, day: int, dice: random.Random) -> bool:
        """Begin the day's crawl and kill it at some moment; False where there is nothing left to kill.

        Killed after its end was written down, a crawl is done: one more would be a second look at the day.
        """
        if self._finished > day:
            return False
        forked = self._report.by_command * 2 > self._report.kills
        guess = self._usual[True, day] + (0 if forked else IMPORTS)
        moment = dice.random() * self._usual.get((forked, day), guess)
        if self._crawl(day, forked=forked, kill_after=moment):
            return False
        self._report.kills += 1
        self._report.by_command += not forked
        return True

    def _crawl(self, day: int, *, forked: bool, kill_after: float | None) -> bool:
        """Whether a crawl came to its end."""
        started = time.monotonic()
        code = self._nursery.run(self.folder, CRAWL, forked=forked, kill_after=kill_after)
        self._report.crawls += 1
        if code == 0:
            self._finished += 1
            self._usual.setdefault((forked, day), time.monotonic() - started)
        elif code is not None or kill_after is None:
            self._report.faults.append(f"{self.folder.name}, day {day}: a crawl ended with {code}; see crawl.log there")
        return code is not None

    def _check(self, base: str, when: str) -> Account:
        """Look through the archive, which may never have been made."""
        database = self.folder / "press.db"
        with Archive.open(f"sqlite:///{database}") as archive:
            found, account = look_through(archive), account_of(archive, base)
            self._finished = sum(crawl.reason == "finished" for crawl in archive.crawls())
        found += account.lost(self._last) if self._last else []
        self._report.faults += [f"{self.folder.name}, {when}: {line}" for line in found]
        self._last = account
        return account


def summary(report: Report) -> str:
    """What a trial found, on one line."""
    return (
        f"{report.kills} kills ({report.by_command} of the command itself) in {report.crawls} crawls of "
        f"{report.rounds} rounds, {report.changes} changes: {len(report.faults)} lost, half or different"
    )


def main() -> int:
    """Run a trial and say what it found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--pages", type=int, default=100, help="releases on the first day")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="pressvakt-kills."))
    report = trial(folder, kills=arguments.kills, pages=arguments.pages, seed=arguments.seed, say=True)
    print(summary(report))
    if report.faults:
        print(f"the archives are kept in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
