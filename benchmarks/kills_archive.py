"""Imports, rereadings, backups and purges that are killed: nothing lost, nothing half, and the next run comes to the end.

    python -m benchmarks.kills_archive --kills 100

An archive of invented pages is made once, by `pressvakt import warc`. Then each command works on copies of it: once
undisturbed, and in rounds in which it is killed with SIGKILL at random moments and begun again until it ends. Half of the
processes are `python -m pressvakt`, the others forks that have imported it before (`benchmarks.nursery`). After each kill
the archive is looked through and verified; at the end it must tell what the undisturbed one tells. Exit status 1 where
anything is lost, half or different.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.archive_checks import Account, account_of, look_through
from benchmarks.nursery import Nursery
from storage.archive import Archive
from storage.inspection import verify
from storage.redaction import find_text
from tests.past import OFFICE, START, Kept, Warc, page

#: Seconds that the command takes to start, about.
IMPORTS = 1.2
#: Said by a third of the pages, in their text or beside it.
NAME = "Zebulon Quist"

_CONFIG = """\
contact = "kills@pressvakt.example"
[storage]
database = "sqlite:///press.db"
"""
_PROFILE = """\
title = "The Press Office of Alvik"
base_url = "{url}"
language = "en"
time_zone = "Europe/Stockholm"
pages = ['^/news/[^/]+$']
[[discovery]]
kind = "html"
url = "/news/"
[[release]]
name = "plain"
region = "main"
title = ["h1"]
body = ["{body}"]
published = ["p.date"]
"""
_TEXT = "div.text"
#: Reads less than the other, so that a rereading has all pages to put right.
_LESS = "div.text p:first-of-type"


@dataclass(frozen=True, kw_only=True)
class Errand:
    """One command and what it begins with."""

    words: tuple[str, ...]
    keeps: bool = True  #: nothing that was kept may go
    body: str = _TEXT  #: the rule that it reads by


ERRANDS = {
    "import": Errand(words=("import", "warc", "later.warc.gz", "--quiet")),
    "reread": Errand(words=("reread", "--processes", "2"), keeps=False, body=_LESS),
    "backup": Errand(words=("backup", "copy.db")),
    "purge a page": Errand(words=("purge", "--page", f"{OFFICE}/news/1", "--reason", "asked", "--yes"), keeps=False),
    "purge a text": Errand(words=("purge", "--text", NAME, "--reason", "asked", "--yes"), keeps=False),
}


@dataclass
class Report:
    """What a trial found. `faults` has one line for each loss, half state or difference."""

    kills: dict[str, int] = field(default_factory=dict)
    by_command: int = 0
    runs: int = 0
    rounds: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        told = ", ".join(f"{many} of {name}" for name, many in self.kills.items())
        return (
            f"{sum(self.kills.values())} kills ({told}; {self.by_command} of the command itself) in {self.runs} runs of "
            f"{self.rounds} rounds: {len(self.faults)} lost, half or different"
        )


def trial(folder: Path, *, kills: int, pages: int, seed: int, most: int = 4, say: bool = False) -> Report:
    """Kill so many times in all, at most `most` times a round, each errand as often as the others."""
    report = Report(kills=dict.fromkeys(ERRANDS, 0))
    with contextlib.closing(Nursery()) as nursery:
        trials = _Trial(folder, nursery, report, random.Random(seed), pages)
        while (left := kills - sum(report.kills.values())) > 0:
            told = len(report.faults)
            there = trials.round(min(report.kills, key=report.kills.__getitem__), min(most, left))
            if say:
                print(*report.faults[told:], f"round {report.rounds}: {report}", sep="\n", flush=True)
            if len(report.faults) == told:
                shutil.rmtree(there)
    return report


class _Trial:
    """An archive as it was at first, and copies of it on which errands are run, and killed."""

    def __init__(self, folder: Path, nursery: Nursery, report: Report, dice: random.Random, pages: int) -> None:
        self._folder, self._first = folder, folder / "first"
        self._nursery, self._report, self._dice = nursery, report, dice
        _prepare(self._first, pages)
        self._run(self._first, ("import", "warc", "first.warc.gz", "--quiet"))
        self._ends: dict[str, Account] = {}  #: what each errand comes to where nobody disturbs it
        self._usual: dict[str, float] = {}  #: and how long it takes
        for name, errand in ERRANDS.items():
            there = _copy(self._first, folder / f"undisturbed {name}", errand)
            began = time.monotonic()
            self._run(there, errand.words)
            self._usual[name] = time.monotonic() - began
            self._ends[name] = self._account(there)

    def round(self, name: str, most: int) -> Path:
        """Kill an errand until it was killed often enough or comes to its end, and then let it end; its folder."""
        errand = ERRANDS[name]
        there = _copy(self._first, self._folder / f"round {self._report.rounds}, {name}", errand)
        self._report.rounds += 1
        before = self._account(there)
        while most and self._killed(there, name):
            most -= 1
            now = self._account(there)
            self._fault(there, _lost(before, now) if errand.keeps else ())
            before = now
            if _is_done(there, name):
                break
        if not _is_done(there, name):
            self._run(there, errand.words)
        elif name.startswith("purge"):  # taken away, but maybe not swept out of the file yet
            self._run(there, ("purge",))
        self._fault(there, self._account(there).unlike(self._ends[name]))
        self._fault(there, _left_over(there, name))
        return there

    def _killed(self, there: Path, name: str) -> bool:
        """Begin an errand and kill it at some moment; False where it came to its end before."""
        forked = self._report.by_command * 2 > sum(self._report.kills.values())
        moment = self._dice.random() * (self._usual[name] + (0 if forked else IMPORTS))
        code = self._nursery.run(there, ERRANDS[name].words, forked=forked, kill_after=moment)
        self._report.runs += 1
        if code is None:
            self._report.kills[name] += 1
            self._report.by_command += not forked
        elif code:
            self._fault(there, [f"ended with {code}; see crawl.log there"])
        return code is None

    def _run(self, there: Path, words: Sequence[str]) -> None:
        """Run a command undisturbed."""
        code = self._nursery.run(there, words, forked=True, kill_after=None)
        self._report.runs += 1
        if code:
            self._fault(there, [f"{' '.join(words)} ended with {code}; see crawl.log there"])

    def _account(self, there: Path) -> Account:
        """Look through an archive; what it keeps."""
        with Archive.open(_address(there)) as archive:
            self._fault(there, [*look_through(archive), *map(str, verify(archive))])
            return account_of(archive, OFFICE)

    def _fault(self, there: Path, lines: Sequence[str]) -> None:
        self._report.faults += [f"{there.name}: {line}" for line in lines]


def _lost(before: Account, now: Account) -> list[str]:
    """The answers that are gone, and what versions said: an import may give these other numbers."""
    gone = _bare(before) - _bare(now)
    return [f"lost or altered: {row}" for row in sorted(gone, key=repr)]


def _bare(account: Account) -> set[tuple[object, ...]]:
    versions = {(row[1], *row[3:]) for row in account.kept if row[0] == "version"}
    return versions | {row for row in account.kept if row[0] == "snapshot"}


def _is_done(folder: Path, name: str) -> bool:
    """Whether a killed errand had come so far that there is nothing to run again."""
    if name == "backup":
        return (folder / "copy.db").exists()
    with Archive.open(_address(folder)) as archive:
        if name == "purge a page":
            return not archive.find_page(f"{OFFICE}/news/1")
        return name == "purge a text" and find_text(archive, NAME).nowhere


def _left_over(folder: Path, name: str) -> list[str]:
    """What a finished errand should have taken away, or made."""
    found = []
    if name == "backup":
        with Archive.open(f"sqlite:///{folder / 'copy.db'}") as copy, Archive.open(_address(folder)) as archive:
            if account_of(copy, OFFICE) != account_of(archive, OFFICE):
                found.append("the backup is another than the archive")
        found += [f"{part.name} was left behind" for part in folder.glob("*.part*")]
    if name.startswith("purge"):
        words = (NAME if name == "purge a text" else f"{OFFICE}/news/1\n").strip().encode()
        for file in folder.glob("press.db*"):
            data = file.read_bytes()
            gone = data.count(words) if name == "purge a text" else data.count(words + b"\0")
            found += [f"{file.name} still has {words.decode()}"] if gone else []
    return found


def _address(folder: Path) -> str:
    return f"sqlite:///{folder / 'press.db'}"


def _copy(first: Path, folder: Path, errand: Errand) -> Path:
    """The archive as it was at first, for an errand."""
    shutil.copytree(first, folder)
    (folder / "sites" / "office.toml").write_text(_PROFILE.format(url=OFFICE, body=errand.body))
    return folder


def _prepare(folder: Path, pages: int) -> None:
    """A folder with a configuration, and two WARC files: the past, and what is imported on top of it."""
    (folder / "sites").mkdir(parents=True)
    (folder / "pressvakt.toml").write_text(_CONFIG)
    (folder / "sites" / "office.toml").write_text(_PROFILE.format(url=OFFICE, body=_TEXT))
    for name, days in (("first", (0, 4, 8)), ("later", (2, 6, 10))):
        warc = Warc()
        for number in range(pages):
            for day in days:
                warc.add(_answer(number, day))
        (folder / f"{name}.warc.gz").write_bytes(b"".join(warc.parts))


def _answer(number: int, day: int) -> Kept:
    """A page on a day: every other one says something new each time."""
    word = f"{(number + 1) * 1000 + (day if number % 2 else 0)}"
    named = f"{word}, says {NAME}," if number % 3 == 1 and day == 4 else word
    menu = "".join(f'<li><a href="/about/{item}">About matter {item * 7919}</a></li>' for item in range(120))
    body = page(named, title=f"The council decides on bridge {number}", nonce=f"{number}-{day}")
    return Kept(
        url=f"{OFFICE}/news/{number}",
        at=START + dt.timedelta(days=day, minutes=number),
        body=body.replace(b"<main>", f"<nav>{menu}</nav>\n<main>".encode()),
    )


def main() -> int:
    """Run a trial and say what it found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="pressvakt-kills."))
    report = trial(folder, kills=arguments.kills, pages=arguments.pages, seed=arguments.seed, say=True)
    print(report)
    if report.faults:
        print(f"the archives are kept in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
