"""A large archive asked: one million versions of a hundred thousand releases, and how long the questions take.

    python -m benchmarks.million [--releases 100000] [--versions 10] [--archive URL]

Fills an archive with invented releases of Zipf-distributed words, each edited nine times, five hundred versions a
commit, and then asks it in this process. `--archive` names one to keep, SQLite or PostgreSQL; where it is full already
it is only asked. Goals (p95): 2 ms for one version at a time and a history, 20 ms for filtered changes, 50 ms for
searches.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.search import START, Language
from changes.compare import compare
from changes.kinds import Finding, Kind
from changes.release import Block, BlockKind, Release
from storage.archive import Archive
from storage.records import Change
from storage.unit import Unit

SITES = 20
#: Versions written in one commit.
UNIT = 500
ASKED = 300
ONE, FILTERED, SEARCHED = 2.0, 20.0, 50.0


@dataclass(frozen=True, kw_only=True)
class Writing:
    """One version to be written: its page's number, which edition it is, what it says and what is new about it."""

    page: int
    edition: int
    release: Release
    findings: tuple[Finding, ...]


def main() -> int:
    """Fill, ask, print; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--releases", type=int, default=100_000)
    parser.add_argument("--versions", type=int, default=10, help="of each release")
    parser.add_argument("--archive", help="address of an archive to keep")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = given.archive or f"sqlite:///{folder}/million.db"
        language = Language(1)
        with Archive.open(url) as archive:
            if not archive.sites():
                _fill(archive, language, given.releases, given.versions)
            if url.startswith("sqlite:///"):
                path = Path(url.removeprefix("sqlite:///"))
                print(
                    f"{path.stat().st_size / 1e6:.0f} MB, {path.stat().st_size / given.releases / given.versions:.0f} bytes a version"
                )
            return 0 if _ask(archive, language, given.releases) else 1


def _fill(archive: Archive, language: Language, releases: int, versions: int) -> None:
    started, total = time.monotonic(), releases * versions
    with archive.writing() as unit:
        sites = [unit.add_site(f"press-{number}.example").id for number in range(SITES)]
    pages: dict[int, int] = {}
    todo = _writings(language, releases, versions)
    done = 0
    while part := list(islice(todo, UNIT)):
        with archive.writing() as unit:
            for one in part:
                _write(unit, one, sites, pages, releases)
        done += len(part)
        if done % 50_000 < UNIT:
            print(f"  {done:,} of {total:,} after {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    print(f"{total:,} versions of {releases:,} releases written in {time.monotonic() - started:.0f} s")


def _writings(language: Language, releases: int, versions: int) -> Iterator[Writing]:
    """Editions of all releases, an edition after the other, as years would bring them; few are held in memory."""
    for start in range(0, releases, 1000):
        numbers = range(start, min(start + 1000, releases))
        said = {number: _release(language) for number in numbers}
        for edition in range(versions):
            for number in numbers:
                if not edition:
                    yield Writing(
                        page=number, edition=0, release=said[number], findings=(Finding(kind=Kind.PUBLISHED),)
                    )
                    continue
                before, said[number] = said[number], language.edited(said[number])
                found = compare(before, said[number]) or (Finding(kind=Kind.EDITED, fields=("body",), silent=True),)
                yield Writing(page=number, edition=edition, release=said[number], findings=found)


def _release(language: Language) -> Release:
    texts = [language.sentence() for _ in range(4)]
    body = tuple(Block(kind=BlockKind.PARAGRAPH, text=text, markdown=text) for text in texts)
    senders = (f"Departement {language.chance.randint(1, 12)}",)
    return Release(title=" ".join(language.some(6)).capitalize(), body=body, senders=senders)


def _write(unit: Unit, one: Writing, sites: list[int], pages: dict[int, int], releases: int) -> None:
    at = _at(one.page, one.edition, releases)
    url = _url(one.page)
    if one.page not in pages:
        pages[one.page] = unit.add_page(sites[one.page % SITES], url, at=at, baseline=False).id
    page = pages[one.page]
    body = f"<h1>{one.release.title}</h1>{one.release.markdown}".encode()
    kept = unit.keep_snapshot(page, url=url, status=200, headers=(), redirects=(), captured_at=at, body=body)
    version = unit.add_version(
        page, snapshot_id=kept.id, release=one.release, digest=f"sha256:{one.page}-{one.edition}", rules="r", at=at
    )
    for finding in one.findings:
        unit.add_change(
            page,
            finding,
            before=version.number - 1 or None,
            after=version.number,
            title=one.release.title,
            url=url,
            at=at,
            baseline=False,
        )


def _few(archive: Archive, **filters: Any) -> list[Change]:
    return list(archive.changes(newest_first=True, limit=50, **filters))


def _url(page: int) -> str:
    return f"https://press-{page % SITES}.example/news/{page}"


def _at(page: int, edition: int, releases: int) -> dt.datetime:
    return START + dt.timedelta(seconds=40 * page + edition * 40 * min(releases, 1000))


def _ask(archive: Archive, language: Language, releases: int) -> bool:
    """Ask as people do, each question many times with other words; whether all goals are met."""
    chance = random.Random(3)
    common, rare = language.words[5:200], language.words[2000:20000]

    def page() -> int:
        found = archive.find_page(_url(chance.randrange(releases)))
        return found[0].id

    def day() -> dt.datetime:
        return START + dt.timedelta(seconds=40 * chance.randrange(releases))

    def changes(**filters: Any) -> Callable[[], object]:
        return lambda: _few(archive, **filters)

    def search(words: list[str]) -> Callable[[], object]:
        return lambda: list(archive.search(chance.choice(words), limit=20))

    def edits(words: list[str], *, added: bool) -> Callable[[], object]:
        return lambda: list(archive.search_changes(chance.choice(words), added=added, limit=20))

    questions: list[tuple[str, float, Callable[[], object]]] = [
        ("show: the page and its latest version", ONE, lambda: archive.latest(page())),
        ("show --at: the version of a day", ONE, lambda: archive.version_at(page(), day())),
        ("history: all versions of a page", ONE, lambda: list(archive.versions(page()))),
        ("changes, the newest 50", FILTERED, changes()),
        ("changes of a site", FILTERED, changes(site="press-7.example")),
        ("changes of a kind", FILTERED, changes(kinds=[Kind.PUBLISHED])),
        ("changes in three days", FILTERED, lambda: _few(archive, since=(at := day()), until=at + dt.timedelta(days=3))),
        ("changes of a site and a kind since a day", FILTERED,
         lambda: _few(archive, site="press-3.example", kinds=[Kind.EDITED], since=day())),
        ("search text, a seldom word", SEARCHED, search(rare)),
        ("search text, a common word", SEARCHED, search(common)),
        ("search added, a seldom word", SEARCHED, edits(rare, added=True)),
        ("search added, a common word", SEARCHED, edits(common, added=True)),
        ("search removed, a seldom word", SEARCHED, edits(rare, added=False)),
        ("search removed, a common word", SEARCHED, edits(common, added=False)),
    ]  # fmt: skip
    good = True
    print(f"{'question':44}{'p50 ms':>9}{'p95 ms':>9}{'goal':>7}")
    for name, goal, ask in questions:
        took = []
        for _ in range(ASKED):
            began = time.perf_counter()
            ask()
            took.append(1000 * (time.perf_counter() - began))
        took.sort()
        middle, slow = took[len(took) // 2], took[int(0.95 * len(took))]
        good = good and slow < goal
        print(f"{name:44}{middle:9.2f}{slow:9.2f}{goal:7.0f}{'' if slow < goal else '   MISSED'}", flush=True)
    return good


if __name__ == "__main__":
    sys.exit(main())
