"""Searching: which releases say words, which lost or gained them, which words came and went most.

What is asked is a query (`storage.query`); how a database answers stands in `storage.fts5` and `storage.tsearch`; here
the answers become releases and changes, with the sentences that say it.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, text
from sqlalchemy.types import BigInteger, Text

from changes.blocks import passages
from changes.kinds import Kind
from changes.rewording import Marked, unpack
from changes.sentences import words
from changes.stopwords import STOP_WORDS
from storage import fulltext, indexing, rows
from storage.fulltext import SLACK, place, says, words_of
from storage.listing import CHANGES, Told
from storage.matching import Passage, in_marked, in_texts
from storage.query import parse
from storage.records import Change
from storage.tables import EPOCH, Moment, changes, pages, sites, versions

if TYPE_CHECKING:
    from sqlalchemy import Connection, Executable, Row
    from sqlalchemy.types import TypeEngine

    from storage.database import Sql
    from storage.fulltext import Asking
    from storage.query import Query

#: The end of time, for databases: what no release will see.
_NEVER = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
#: Rows of an index that are read at once, and at first, when few may do.
CHUNK, FIRST = 200, 60
#: Finds that are read whole at once.
SHOWN = 50
_SECOND = dt.timedelta(seconds=1)
#: Where a value goes in.
_VALUE = re.compile(r"(?<![:\w]):(\w+)")

_RELEASES = select(versions.c.id, versions.c.page_id, versions.c.number, versions.c.release).where(
    versions.c.id.in_(bindparam("among", expanding=True))
)
_ALL_OF = (
    select(versions.c.page_id, versions.c.number, versions.c.first_seen, versions.c.last_seen, versions.c.release)
    .where(versions.c.page_id.in_(bindparam("among", expanding=True)))
    .order_by(versions.c.page_id, versions.c.number)
)
_PAGES = (
    select(pages.c.id, pages.c.url, pages.c.version, sites.c.name.label("site"))
    .join(sites, sites.c.id == pages.c.site_id)
    .where(pages.c.id.in_(bindparam("among", expanding=True)))
)
_CHANGES_AMONG = CHANGES.where(changes.c.id.in_(bindparam("among", expanding=True)))


@dataclass(frozen=True, kw_only=True)
class Saying:
    """A release that says what was looked for, in at least one of its versions.

    `version` is the one shown: the newest that fits, or the best where results are ranked. `versions` are all that
    say it, whatever the period asked for; the first of them was first seen at `first_seen`, the last one last seen at
    `last_seen`.
    """

    page_id: int
    site: str
    url: str
    title: str
    version: int
    versions: tuple[int, ...]
    latest: int  #: the number of the page's latest version
    first_seen: dt.datetime
    last_seen: dt.datetime
    passages: tuple[Passage, ...]


@dataclass(frozen=True, kw_only=True)
class Reworded:
    """An edit that took away, or brought, what was looked for."""

    change: Change
    passages: tuple[Passage, ...]


@dataclass(frozen=True, kw_only=True)
class TopWord:
    """A word that came or went: in how many releases, and how often over all."""

    word: str
    releases: int
    times: int
    example: int  #: a page's id


class Asked(Told):
    """The reading side for those who look for words."""

    def search(
        self,
        asked: str,
        *,
        site: str | None = None,
        kinds: Sequence[Kind] = (),
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
        limit: int | None = None,
        ranked: bool = False,
    ) -> Iterator[Saying]:
        """The releases that say it, those first whose saying it is newest; with `ranked`, the most telling first.

        The period (`since` in, `until` not) is that in which a version was first seen. With `kinds`, a version counts
        that such a change led to, or that was taken down by it.

        Raises:
            NoQuery: there is nothing to look for.
        """
        query = parse(asked)
        where = self._site_id(site)
        if site is not None and where is None:
            return iter(())
        found = self.index_rows(query, site_id=where, kinds=kinds, since=since, until=until, ranked=ranked)
        return self._sayings(query, islice(_each_page(found), limit))

    def search_changes(
        self,
        asked: str,
        *,
        added: bool,
        site: str | None = None,
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
        limit: int | None = None,
        ranked: bool = False,
    ) -> Iterator[Reworded]:
        """The edits that took it away, or with `added` those that brought it, newest first.

        It stands in the sentences that an edit altered, as they were (or as they are), and at least one of its words
        went (or came).

        Raises:
            NoQuery: there is nothing to look for.
        """
        query = parse(asked)
        where = self._site_id(site)
        if site is not None and where is None:
            return iter(())
        with self._reading() as sql:
            asking = sql.database.words.rewordings(query, where, added=added, ranked=ranked)
        found = self._index_rows(asking, _bounds(since, until), ranked=ranked)
        return self._reworded(query, islice(found, limit), added=added)

    def top_words(
        self,
        *,
        added: bool,
        site: str | None = None,
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
        limit: int = 20,
    ) -> list[TopWord]:
        """The words that most releases lost (or gained) by edits of a period; those of one release more often first.

        A word that an edit took away in one place and brought in another did neither. Words that say nothing by
        themselves ("och", "the"), numbers and single letters are left out.
        """
        where = self._site_id(site)
        if site is not None and where is None:
            return []
        times: Counter[str] = Counter()
        releases: dict[str, set[int]] = {}
        for row in self._period(where, since, until):
            lost, gained = _counted(unpack(row.lost)), _counted(unpack(row.gained))
            for word, number in (gained - lost if added else lost - gained).items():
                times[word] += number
                releases.setdefault(word, set()).add(row.page_id)
        order = sorted(releases, key=lambda word: (-len(releases[word]), -times[word], word))
        return [
            TopWord(word=word, releases=len(releases[word]), times=times[word], example=max(releases[word]))
            for word in order[:limit]
        ]

    def unindexed(self) -> int:
        """How much is still to be indexed, of versions and changes; `Unit.index_more` does so."""
        with self._reading() as sql:
            return indexing.unindexed(sql)

    def _site_id(self, name: str | None) -> int | None:
        found = self.site(name) if name is not None else None
        return found.id if found else None

    def index_rows(
        self,
        query: Query,
        *,
        site_id: int | None = None,
        kinds: Sequence[Kind] = (),
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
        ranked: bool = False,
    ) -> Iterator[Row[Any]]:
        """The rows of the index of versions that say it, for this room alone."""
        values = _bounds(since, until)
        if kinds:
            values["kinds"] = json.dumps([kind.value for kind in kinds])
        with self._reading() as sql:
            asking = sql.database.words.sayings(query, site_id, kinds=bool(kinds), ranked=ranked)
        return self._index_rows(asking, values, ranked=ranked)

    def _index_rows(self, asking: Asking, values: dict[str, Any], *, ranked: bool) -> Iterator[Row[Any]]:
        """The rows of an index, in chunks; ranked ones in ever larger ones, as each is sorted out anew."""
        values = {**asking.values, **values}
        count, read = FIRST, 0
        few: bool | None = None
        while True:
            with self._reading() as sql:
                if few is None and asking.probe:
                    few = _are_few(sql, asking)
                if setting := asking.before[0 if few else 1]:
                    sql.ask(partial(_set, setting=setting))
                found = sql.rows(_statement(asking, values, few=bool(few)), {**values, "count": count})
            yield from found[read:] if ranked else found
            if len(found) < count:
                return
            if ranked:
                read, count = count, count * 8
            else:
                count, values = CHUNK, {**values, "high": found[-1].row}

    def _sayings(self, query: Query, found: Iterator[Row[Any]]) -> Iterator[Saying]:
        while part := list(islice(found, SHOWN)):
            with self._reading() as sql:
                releases = {row.id: row for row in sql.rows(_RELEASES, {"among": [row.id for row in part]})}
                about = {row.id: row for row in sql.rows(_PAGES, {"among": [row.page_id for row in part]})}
                said = _said_in(sql, query, part)
            for row in part:
                # what was purged between one question and the next is not shown
                if row.id in releases and row.page_id in said:
                    yield _saying(query, row, releases[row.id], about[row.page_id], said[row.page_id])

    def _reworded(self, query: Query, found: Iterator[Row[Any]], *, added: bool) -> Iterator[Reworded]:
        while part := list(islice(found, SHOWN)):
            with self._reading() as sql:
                asked = {"among": [row.change_id for row in part]}
                told = {row.id: rows.change(row) for row in sql.rows(_CHANGES_AMONG, asked)}
            for row in part:
                if row.change_id in told:
                    marked = unpack(row.gained if added else row.lost)
                    yield Reworded(change=told[row.change_id], passages=in_marked(query, marked))

    def _period(self, site: int | None, since: dt.datetime | None, until: dt.datetime | None) -> Iterator[Row[Any]]:
        values = {**_bounds(since, until), "site": site, "count": CHUNK}
        while True:
            with self._reading() as sql:
                found = sql.rows(_statement(sql.database.words.period(), values), values)
            yield from found
            if len(found) < CHUNK:
                return
            values["low"] = found[-1].row + 1


def _are_few(sql: Sql, asking: Asking) -> bool:
    """Whether few rows may say it."""
    row = sql.first(_typed(asking.probe, tuple(asking.values)), asking.values)
    return bool(row is not None and row[0])


def _set(connection: Connection, setting: str) -> None:
    connection.exec_driver_sql(setting)


def _statement(asking: Asking, values: Mapping[str, Any], *, few: bool = False) -> Executable:
    """A question as SQLAlchemy takes it: with the types of what goes in and of what comes out."""
    given = {**asking.values, **values}
    texts = tuple(name for name, value in given.items() if isinstance(value, str))
    return _typed(asking.few if few and asking.few else asking.sql, texts)


@lru_cache(maxsize=256)
def _typed(sql: str, texts: tuple[str, ...]) -> Executable:
    known: dict[str, TypeEngine[Any]] = {name: Text() for name in texts} | dict.fromkeys(("since", "until"), Moment())
    known |= dict.fromkeys(("low", "high", "count", "site"), BigInteger())
    asked = dict.fromkeys(_VALUE.findall(sql))  # a statement need not take all values
    statement = text(sql).bindparams(*(bindparam(name, type_=known[name]) for name in asked))
    if "v.first_seen, v.last_seen" not in sql:
        return statement
    return statement.columns(first_seen=Moment, last_seen=Moment)


def _each_page(found: Iterator[Row[Any]]) -> Iterator[Row[Any]]:
    """The first row of each page."""
    seen: set[int] = set()
    for row in found:
        if row.page_id not in seen:
            seen.add(row.page_id)
            yield row


def _said_in(sql: Sql, query: Query, found: Sequence[Row[Any]]) -> dict[int, list[Row[Any]]]:
    """The versions that say it, oldest first, by page.

    Versions of a page say much the same: each block of theirs is cut into words once. That is sooner done than to ask
    the index of each.
    """
    cut = lru_cache(maxsize=4096)(words_of)
    said: dict[int, list[Row[Any]]] = {}
    for row in sql.rows(_ALL_OF, {"among": [row.page_id for row in found]}):
        release = rows.unpack_release(row.release, f"version {row.number} of page {row.page_id}")
        text = [word for block in passages(release) for word in cut(block.text)]
        if says(query, cut(release.title), text):
            said.setdefault(row.page_id, []).append(row)
    return said


def _saying(query: Query, row: Row[Any], kept: Row[Any], page: Row[Any], said: Sequence[Row[Any]]) -> Saying:
    release = rows.unpack_release(kept.release, f"version {kept.number} of page {kept.page_id}")
    texts = dict.fromkeys((release.title, *(block.text for block in passages(release))))
    return Saying(
        page_id=row.page_id,
        site=page.site,
        url=page.url,
        title=release.title,
        version=row.number,
        versions=tuple(one.number for one in said),
        latest=page.version or row.number,
        first_seen=said[0].first_seen,
        last_seen=said[-1].last_seen,
        passages=in_texts(query, list(texts)),
    )


def _bounds(since: dt.datetime | None, until: dt.datetime | None) -> dict[str, Any]:
    """A period, and the rows of an index among which it lies."""
    since, until = since or EPOCH, until or _NEVER
    slack = min(SLACK * _SECOND, _NEVER - until)
    return {
        "since": since,
        "until": until,
        "low": place(since),
        "high": place(until + slack) + fulltext.ROOM,
    }


def _counted(marked: Sequence[Marked]) -> Counter[str]:
    return Counter(
        word
        for one in marked
        for word in words(one.words)
        if len(word) > 1 and word not in STOP_WORDS and not word[0].isdigit()
    )
