"""An archive filled in minutes: ten years of twenty offices, made on several cores and written in bulk.

What is written is what the archive itself would have written: releases, payloads, findings and the words of both
indexes come from its own functions. Only the way into the tables is another: many rows a statement, on PostgreSQL by
COPY, its indexes of words built at the end.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import heapq
import multiprocessing
import random
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import islice
from typing import Any, NamedTuple

import psycopg

from benchmarks.columns import COLUMNS, VISITED, WORDS, reworded_row, said_row
from benchmarks.invented import Newsroom
from changes.canonical import text_digest
from changes.compare import compare
from changes.kinds import Finding, Kind
from changes.release import Release
from changes.rewording import pack, rewording
from storage import indexing, marking, payloads, rows
from storage.archive import Archive
from storage.database import Sql
from storage.fulltext import own_words_of, place, sentences_of, words_of
from storage.tables import EPOCH
from storage.text import to_json

START = dt.datetime(2015, 1, 1, 8, tzinfo=dt.UTC)
YEARS = dt.timedelta(days=3650)
SITES = 20
ENGLISH = (4, 9, 14)  #: offices that write in English
#: A page's edits come within so many days, most of them soon.
RESTLESS = 120.0
#: Versions written in one commit, and made before they are handed over.
COMMIT, HANDED = 2_000, 200
WEEK = 7 * 86_400


class Edition(NamedTuple):
    """One version on its way into the tables."""

    at: int  #: in microseconds
    page: int
    number: int
    title: str
    payload: tuple[str, int, str, bytes, str | None, int]  #: digest, size, codec, data, base, CRC
    digest: str
    release: bytes
    said: tuple[str, str]
    findings: tuple[tuple[str, str, frozenset[int]], ...]  #: kind, JSON, marks
    reworded: tuple[str, ...] | None  #: of the edit: lost, gained, and the words of the four columns
    gone: bool  #: removed right after
    senders: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large the archive is to be."""

    releases: int
    versions: int  #: of each
    workers: int = 2


def fill(archive: Archive, size: Size) -> float:
    """Fill an empty archive; how many seconds it took."""
    started, total, done = time.monotonic(), size.releases * size.versions, 0
    writer = _writer(archive)
    writer.begin()
    editions = _merged(size)
    while part := list(islice(editions, COMMIT)):
        writer.write(part)
        done += len(part)
        if done % 50_000 < COMMIT:
            print(f"  {done:,} of {total:,} after {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    writer.end()
    return time.monotonic() - started


def url_of(page: int) -> str:
    """Where a release stands; pages are numbered from 0 in the order in which they were published."""
    return f"https://{site_of(page)}/news/{page}"


def site_of(page: int) -> str:
    """Whose release it is: a few offices publish most."""
    return f"press-{_office(page)}.example"


def published(page: int, releases: int) -> dt.datetime:
    """When a release was first seen."""
    return START + YEARS * (page / releases)


def _office(page: int) -> int:
    return int(SITES * random.Random(page).random() ** 1.6)


def _merged(size: Size) -> Iterator[Edition]:
    """All editions in the order of time, made by several processes."""
    context = multiprocessing.get_context("fork")
    queues = []
    for worker in range(size.workers):
        queue: Any = context.Queue(maxsize=20)
        context.Process(target=_hand_over, args=(queue, size, worker), daemon=True).start()
        queues.append(queue)
    return heapq.merge(*map(_handed, queues), key=lambda one: one.at)


def _handed(queue: Any) -> Iterator[Edition]:
    while part := queue.get():
        if isinstance(part, Exception):
            raise part
        yield from part


def _hand_over(queue: Any, size: Size, worker: int) -> None:
    editions = _editions(size, worker)
    try:
        while part := list(islice(editions, HANDED)):
            queue.put(part)
    except Exception as error:
        queue.put(error)
        raise
    queue.put(None)


def _editions(size: Size, worker: int) -> Iterator[Edition]:
    """The editions of a worker's share of the pages, in the order of time."""
    chance = random.Random(worker + 100)
    offices = [Newsroom(number, english=number in ENGLISH) for number in range(SITES)]
    coming: list[tuple[dt.datetime, int, int]] = []
    living: dict[int, tuple[Release, payloads.Keyframe | None]] = {}
    for page in range(worker, size.releases + size.workers, size.workers):
        new = published(page, size.releases) if page < size.releases else dt.datetime.max.replace(tzinfo=dt.UTC)
        while coming and coming[0][0] < new:
            at, old, number = heapq.heappop(coming)
            before, keyframe = living[old]
            after = offices[_office(old)].edited(before, at)
            edition, keyframe = _edition(
                at, old, number, before, after, keyframe=keyframe, gone=chance.random() < 0.004
            )
            yield edition
            if number == size.versions:
                del living[old]
            else:
                living[old] = after, keyframe
                delay = dt.timedelta(days=chance.expovariate(1 / RESTLESS) * chance.random() ** 2, seconds=600)
                heapq.heappush(coming, (at + delay, old, number + 1))
        if page < size.releases:
            release = offices[_office(page)].release(new)
            edition, keyframe = _edition(new, page, 1, None, release, keyframe=None)
            yield edition
            if size.versions > 1:
                living[page] = release, keyframe
                heapq.heappush(coming, (new + dt.timedelta(hours=chance.randint(1, 40)), page, 2))


def _edition(
    at: dt.datetime,
    page: int,
    number: int,
    before: Release | None,
    after: Release,
    *,
    keyframe: payloads.Keyframe | None,
    gone: bool = False,
) -> tuple[Edition, payloads.Keyframe]:
    found: tuple[Finding, ...] = (Finding(kind=Kind.PUBLISHED),)
    reworded = None
    if before is not None:
        found = compare(before, after) or (Finding(kind=Kind.EDITED, fields=("body",), silent=True),)
        change = rewording(before, after)
        if found[0].kind is Kind.EDITED and (change.lost or change.gained):
            sides = (change.lost, change.gained)
            columns = [" ".join(words) for cut in (sentences_of, own_words_of) for words in map(cut, sides)]
            reworded = (pack(change.lost), pack(change.gained), *columns)
    body = _html(after, at)
    packed = payloads.pack(body, payloads.digest_of(body), keyframe)
    deltas = 0 if packed.base is None or keyframe is None else keyframe.deltas + 1
    if keyframe is None or not deltas:
        keyframe = payloads.Keyframe(digest=packed.digest, body=body, stored=len(packed.data), deltas=0)
    keyframe = replace(keyframe, deltas=deltas)
    edition = Edition(
        at=(at - EPOCH) // dt.timedelta(microseconds=1),
        page=page,
        number=number,
        title=after.title,
        payload=(packed.digest, packed.size, packed.codec, packed.data, packed.base, packed.crc),
        digest=text_digest(after),
        release=rows.pack_release(after),
        said=(" ".join(words_of(after.title)), " ".join(words_of(indexing.said_text(after)))),
        findings=tuple((one.kind.value, to_json(one), frozenset(marking.traits(one))) for one in found),
        reworded=reworded,
        gone=gone,
        senders=after.senders,
    )
    return edition, keyframe


def _html(release: Release, at: dt.datetime) -> bytes:
    said = "".join(f"<p>{escape(block.text)}</p>\n" for block in release.body)
    people = "".join(f"<li>{escape(contact.text)}</li>" for contact in release.contacts)
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><meta name="rendered" content="{at.isoformat()}"><title>'
        f"{escape(release.title)}</title></head><body><nav><a href='/'>Start</a></nav><main><h1>{escape(release.title)}"
        f"</h1><p class=lead>{escape(release.lead or '')}</p>\n{said}<ul>{people}</ul></main></body></html>"
    ).encode()


def _writer(archive: Archive) -> _Writer:
    postgres = archive._database.where.partition(" on ")[2]  # noqa: SLF001
    return (_Postgres if postgres else _Sqlite)(archive)


class _Writer:
    """Numbers rows and puts them into the tables."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.version = self.change = self.crawl = 0
        self.pages: dict[int, int] = {}
        self.crawls: dict[tuple[int, int], int] = {}
        self.places = {"said": 0, "reworded": 0}
        self.names: set[tuple[int, str]] = set()

    def begin(self) -> None:
        """Make the offices."""
        with self.archive.writing() as unit:
            for number in range(SITES):
                unit.end_baseline(unit.add_site(f"press-{number}.example").id)

    def write(self, part: Sequence[Edition]) -> None:
        """Write some editions as one unit."""
        found: dict[str, list[tuple[Any, ...]]] = {name: [] for name in COLUMNS}
        ended: dict[int, tuple[Any, ...]] = {}
        for one in part:
            self._edition(found, ended, one)
        with self.archive._database.writing() as sql:  # noqa: SLF001
            self.put(sql, found, list(ended.values()))

    def end(self) -> None:
        """What is done once all is written."""

    def put(self, sql: Sql, found: dict[str, list[tuple[Any, ...]]], ended: list[tuple[Any, ...]]) -> None:
        raise NotImplementedError

    def _edition(
        self, found: dict[str, list[tuple[Any, ...]]], ended: dict[int, tuple[Any, ...]], one: Edition
    ) -> None:
        office, url = _office(one.page) + 1, url_of(one.page)
        if one.page not in self.pages:
            self.pages[one.page] = len(self.pages) + 1
            found["pages"].append((self.pages[one.page], office, url, "new", False, one.at, 0))
        page = self.pages[one.page]
        week = one.at // 1_000_000 // WEEK
        if (office, week) not in self.crawls:
            self.crawls[office, week] = len(self.crawls) + 1
            found["crawls"].append((len(self.crawls), office, one.at, one.at + 1, "finished", '{"crawl/pages":50}'))
        crawl = self.crawls[office, week]
        self.version += 1
        found["payloads"].append(one.payload)
        found["snapshots"].append((self.version, page, crawl, url, 200, one.at, one.payload[0], "[]", "[]"))
        found["versions"].append(
            (self.version, page, one.number, self.version, one.at, one.at, 1, one.digest, "invented/1", one.release)
        )
        row = self._place("said", one.at)
        found["sayings"].append((row, self.version))
        found["said"].append((row, *one.said, office))
        for kind, text, traits in one.findings:
            key = self._change(
                found, one, (office, page, crawl), (kind, text, one.number - 1 or None, one.number), traits
            )
            if kind == "edited" and one.reworded is not None:
                row = self._place("reworded", one.at)
                found["rewordings"].append((row, key, *one.reworded[:2]))
                found["reworded"].append((row, *one.reworded[2:], office))
        if one.gone:
            for kind in ("removed", "restored"):
                finding = Finding(kind=Kind(kind), status=404 if kind == "removed" else None)
                what = (kind, to_json(finding), one.number, None)
                self._change(found, one, (office, page, crawl), what, marking.traits(finding))
        ended[page] = ("live", one.at, one.at, one.at, one.number, one.payload[0], 200, page)

    def _change(
        self,
        found: dict[str, list[tuple[Any, ...]]],
        one: Edition,
        where: tuple[int, int, int],
        what: tuple[str, str, int | None, int | None],
        traits: Collection[int],
    ) -> int:
        kind, text, before, after = what
        self.change += 1
        at = one.at + (60_000_000 if after is None else 0)
        found["changes"].append(
            (self.change, *where, kind, at, False, before, after, url_of(one.page), one.title, text)
        )
        for name in one.senders:
            mark, digest = self._sender(where[0], name)
            found["marks"].append((mark, self.change))
            if (mark, name) not in self.names:
                self.names.add((mark, name))
                found["senders"].append((digest, where[0], mark, name))
        found["marks"] += [(mark, self.change) for mark in (*traits, marking.site_mark(where[0]))]
        return self.change

    def _sender(self, site: int, name: str) -> tuple[int, str]:
        return marking.sender_mark(site, name), hashlib.sha256(f"{site}/{name}".encode()).hexdigest()

    def _place(self, index: str, at: int) -> int:
        low = place(EPOCH + dt.timedelta(microseconds=at))
        self.places[index] = max(low, self.places[index] + 1)
        return self.places[index]


class _Sqlite(_Writer):
    def put(self, sql: Sql, found: dict[str, list[tuple[Any, ...]]], ended: list[tuple[Any, ...]]) -> None:
        driver: Any = sql.connection.connection.driver_connection
        for table, columns in COLUMNS.items():
            names = columns.split()
            if names:
                driver.executemany(
                    f"INSERT OR IGNORE INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
                    found[table],
                )
        driver.executemany(f"UPDATE pages SET {', '.join(f'{name} = ?' for name in VISITED)} WHERE id = ?", ended)
        driver.executemany("INSERT INTO said (rowid, title, text, tags) VALUES (?, ?, ?, 's' || ?)", found["said"])
        driver.executemany(
            "INSERT INTO reworded (rowid, lost, gained, gone, come, tags) VALUES (?, ?, ?, ?, ?, 's' || ?)",
            found["reworded"],
        )
        driver.execute("DELETE FROM unindexed_versions")
        driver.execute("DELETE FROM unindexed_changes")
        driver.execute("DELETE FROM marks WHERE mark = 0")

    def end(self) -> None:
        with self.archive._database.writing() as sql:  # noqa: SLF001
            sql.connection.exec_driver_sql("ANALYZE")


class _Postgres(_Writer):
    def begin(self) -> None:
        super().begin()
        with self.archive._database.writing() as sql:  # noqa: SLF001
            for index in ("said_words", "reworded_lost_words", "reworded_gained_words"):
                sql.connection.exec_driver_sql(f"DROP INDEX {index}")

    def put(self, sql: Sql, found: dict[str, list[tuple[Any, ...]]], ended: list[tuple[Any, ...]]) -> None:
        driver: psycopg.Connection[Any] = sql.connection.connection.driver_connection  # type: ignore[assignment]
        found["payloads"] = list({row[0]: row for row in found["payloads"]}.values())
        found["said"] = [said_row(*row) for row in found["said"]]
        found["reworded"] = [reworded_row(*row) for row in found["reworded"]]
        with driver.cursor() as cursor:
            cursor.execute(
                "SET LOCAL session_replication_role = replica"
            )  # triggers and references are looked at later
            for table, columns in (COLUMNS | WORDS).items():
                names = ", ".join(columns.split())
                with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                    for row in found[table]:
                        copy.write_row(row)
            cursor.executemany(f"UPDATE pages SET {', '.join(f'{name} = %s' for name in VISITED)} WHERE id = %s", ended)

    def end(self) -> None:
        database = self.archive._database  # noqa: SLF001
        with database.writing() as sql:
            sql.connection.exec_driver_sql(marking.SPANS)
            sql.connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '512MB'")
            for table, column in (("said", "words"), ("reworded", "lost_words"), ("reworded", "gained_words")):
                sql.connection.exec_driver_sql(f"CREATE INDEX {table}_{column} ON {table} USING gin ({column})")
            database.set_last_keys(sql, {})
        with database._session() as connection:  # type: ignore[attr-defined]  # noqa: SLF001
            connection.exec_driver_sql("VACUUM ANALYZE")
