"""Search measured: what the indexes cost to write and to keep, and how fast they answer.

`python -m benchmarks.search [--versions 20000] [--keep FILE]` fills an archive with invented releases, a commit for
each version, and asks it. Words come as often as in a language: a few all the time, most of them seldom.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

from changes.compare import compare
from changes.kinds import Finding, Kind
from changes.release import Block, BlockKind, Release
from storage import indexing
from storage.archive import Archive
from storage.search import Reworded, Saying
from storage.unit import Unit

START = dt.datetime(2019, 1, 1, 8, tzinfo=dt.UTC)
#: Of ten versions, how many are edits of an earlier one.
EDITS = 5
LETTERS = "aaabbcddeeeefgghiiijkklllmmnnnoopprrrsssttttuuvyåäö"


class Language:
    """Invented words and releases made of them."""

    def __init__(self, seed: int, size: int = 60_000) -> None:
        self.chance = random.Random(seed)
        lengths = [2, 3, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15]
        made = {"".join(self.chance.choices(LETTERS, k=self.chance.choice(lengths))) for _ in range(size)}
        self.words = sorted(made, key=lambda word: (len(word) + self.chance.random() * 6, word))
        self.weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(self.words))))

    def some(self, count: int) -> list[str]:
        return self.chance.choices(self.words, cum_weights=self.weights, k=count)

    def sentence(self) -> str:
        said = self.some(self.chance.randint(6, 22))
        if self.chance.random() < 0.3:
            said[-1] = str(self.chance.randint(2, 999))
        return " ".join(said).capitalize() + "."

    def release(self) -> Release:
        body = [" ".join(self.sentence() for _ in range(self.chance.randint(1, 4))) for _ in range(8)]
        return Release(title=" ".join(self.some(8)).capitalize(), lead=self.sentence(), body=tuple(map(_block, body)))

    def edited(self, release: Release) -> Release:
        """One sentence in other words, and now and then a paragraph more."""
        body = list(release.body)
        at = self.chance.randrange(len(body))
        said = body[at].text.split()
        said[self.chance.randrange(len(said))] = self.some(1)[0]
        body[at] = _block(" ".join(said))
        if self.chance.random() < 0.2:
            body.insert(at, _block(self.sentence()))
        return replace(release, body=tuple(body))


def _block(text: str) -> Block:
    return Block(kind=BlockKind.PARAGRAPH, text=text, markdown=text)


def write(archive: Archive, count: int, language: Language, *, sites: int = 5) -> Iterator[tuple[bool, float, float]]:
    """Write versions, each a commit of its own; whether it was an edit, seconds, and seconds of work."""
    with archive.writing() as unit:
        ids = [unit.add_site(f"press-{number}.example").id for number in range(sites)]
    known: list[tuple[int, str, Release]] = []
    for number in range(count):
        at = START + dt.timedelta(minutes=7 * number)
        edit = number % 10 >= 10 - EDITS and len(known) > 20
        if edit:
            place = language.chance.randrange(len(known))
            page, url, before = known[place]
            release = language.edited(before)
            known[place] = page, url, release
            findings = list(compare(before, release))
        else:
            release, before = language.release(), None
            url = f"https://press.example/news/{number}"
            findings = [Finding(kind=Kind.PUBLISHED)]
            page = 0
        began, worked = time.perf_counter(), time.process_time()
        with archive.writing() as unit:
            if not page:
                page = unit.add_page(ids[number % sites], url, at=at, baseline=False).id
                known.append((page, url, release))
            _record(unit, page, url, release, findings=findings, at=at)
        yield edit, time.perf_counter() - began, time.process_time() - worked


def _record(unit: Unit, page: int, url: str, release: Release, *, findings: list[Finding], at: dt.datetime) -> None:
    body = f"<h1>{release.title}</h1>{release.markdown}".encode()
    kept = unit.keep_snapshot(page, url=url, status=200, headers=(), redirects=(), captured_at=at, body=body)
    version = unit.add_version(page, snapshot_id=kept.id, release=release, digest=f"sha256:{at}", rules="r", at=at)
    for finding in findings:
        unit.add_change(
            page,
            finding,
            before=version.number - 1 or None,
            after=version.number,
            title=release.title,
            url=url,
            at=at,
            baseline=False,
        )


def measure(what: str, ask: Callable[[], object], *, times: int = 200) -> None:
    """Print how long a question takes, in milliseconds."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    print(f"  {what:<44} p50 {took[len(took) // 2]:8.2f} ms   p95 {took[int(len(took) * 0.95)]:8.2f} ms")


def compare_writing(folder: Path, count: int) -> None:
    """What indexing adds to a commit: the same versions written with and without, turn by turn."""
    both: dict[str, dict[bool, list[float]]] = {}
    with (
        mock.patch.object(indexing, "index_version"),
        mock.patch.object(indexing, "index_change"),
        Archive.open(f"sqlite:///{folder / 'without.db'}") as archive,
    ):
        without = list(write(archive, count, Language(7)))
    with Archive.open(f"sqlite:///{folder / 'with.db'}") as archive:
        indexed = list(write(archive, count, Language(7)))
    for name, found in (("without", without), ("with", indexed)):
        both[name] = {kind: [work * 1000 for edit, _, work in found if edit is kind] for kind in (False, True)}
    print(f"a commit, {count} of them (CPU, mean / median):")
    for kind, label in ((False, "a new release"), (True, "an edit with its change")):
        less, more = both["without"][kind], both["with"][kind]
        print(
            f"  {label:<24} {statistics.mean(less):6.3f} / {statistics.median(less):6.3f} ms without, "
            f"{statistics.mean(more):6.3f} / {statistics.median(more):6.3f} ms with: "
            f"{statistics.mean(more) - statistics.mean(less):+.3f} / {statistics.median(more) - statistics.median(less):+.3f}"
        )


def sizes(archive: Archive, count: int) -> None:
    """Print what each part of the file takes for one version."""
    with archive._reading() as sql:  # noqa: SLF001 - sizes are nobody else's business
        parts: dict[str, int] = dict(
            sql.connection.exec_driver_sql(
                "SELECT CASE WHEN name LIKE 'said%' OR name LIKE '%sayings%' THEN 'index of versions' "
                "WHEN name LIKE 'reworded%' OR name LIKE '%rewordings%' THEN 'index of edits' "
                "WHEN name LIKE '%versions%' THEN 'versions' WHEN name LIKE '%payloads%' THEN 'payloads' "
                "ELSE 'the rest' END AS part, sum(pgsize) FROM dbstat GROUP BY 1"
            ).fetchall()
        )
    print(f"bytes a version: {', '.join(f'{part} {size / count:.0f}' for part, size in sorted(parts.items()))}")


def questions(archive: Archive, language: Language) -> None:
    """Ask as people do: seldom words, common words, phrases, prefixes, all of it within a site and a period."""
    chance = random.Random(3)
    common, rare = language.words[5:200], language.words[2000:20000]

    def one(words: list[str]) -> Callable[[], str]:
        return lambda: chance.choice(words)

    seldom, often = one(rare), one(common)
    print("search, newest first:")
    measure("a seldom word", lambda: _search(archive, seldom()))
    measure("a common word", lambda: _search(archive, often()))
    measure("two common words", lambda: _search(archive, f"{often()} {often()}"))
    measure("a phrase of common words", lambda: _search(archive, f'"{often()} {often()}"'))
    measure("a prefix of three letters", lambda: _search(archive, f"{seldom()[:3]}*"))
    measure("a prefix of two letters", lambda: _search(archive, f"{seldom()[:2]}*"))
    measure("one OR another, NOT a third", lambda: _search(archive, f"({seldom()} OR {often()}) NOT {often()}"))
    since = START + dt.timedelta(days=30)
    until = since + dt.timedelta(days=20)
    measure(
        "a common word of one site and twenty days",
        lambda: _search(archive, often(), site="press-2.example", since=since, until=until),
    )
    measure("a common word, kind edited", lambda: _search(archive, often(), kinds=[Kind.EDITED]))
    measure("a seldom word in removed", lambda: _changes(archive, seldom(), added=False))
    measure("a common word in removed", lambda: _changes(archive, often(), added=False))
    measure("a common word in added", lambda: _changes(archive, often(), added=True))
    print("search, ranked:")
    measure("a seldom word", lambda: _search(archive, seldom(), ranked=True))
    measure("a common word", lambda: _search(archive, often(), ranked=True), times=50)
    print("counting:")
    measure("the words that vanished most, over all", lambda: archive.top_words(added=False), times=5)


def _search(archive: Archive, words: str, **narrowed: Any) -> list[Saying]:
    return list(archive.search(words, limit=20, **narrowed))


def _changes(archive: Archive, words: str, *, added: bool) -> list[Reworded]:
    return list(archive.search_changes(words, added=added, limit=20))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--versions", type=int, default=20_000)
    parser.add_argument("--commits", type=int, default=4_000, help="versions written twice, to see what indexing costs")
    parser.add_argument("--keep", type=Path, help="keep the archive there, and use it again where it is there already")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.commits:
            compare_writing(Path(folder), given.commits)
        path = given.keep or Path(folder) / "search.db"
        language = Language(1)
        fresh = not path.exists()
        with Archive.open(f"sqlite:///{path}") as archive:
            if fresh:
                for _ in write(archive, given.versions, language):
                    pass
            print(f"{given.versions} versions:")
            sizes(archive, given.versions)
            questions(archive, language)
    return 0


if __name__ == "__main__":
    sys.exit(main())
