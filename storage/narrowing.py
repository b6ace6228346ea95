"""Narrowing: which changes may fit what is asked, in the order of their numbers, by marks and spans (`storage.marking`).

Of all that a question narrows by, the seldom one leads: its marks are gone through, and each number is looked up among
the marks of the others. Whoever reads the rows sees for himself which of them do fit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from storage import marking
from storage.question_tables import spans
from storage.tables import EPOCH

if TYPE_CHECKING:
    from sqlalchemy import Select, TextClause

    from storage.database import Sql

#: Past so many, a trait is common, and how many more there are does not matter.
COMMON = 5_000
#: Traits of one sort that are gone through side by side; of more, each change is asked whether it has one.
ASIDE = 48
_MICROSECOND = dt.timedelta(microseconds=1)
#: The highest number that a change may have.
_LAST = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class Narrowed:
    """What a question comes down to."""

    leading: tuple[int, ...] = ()  #: a change has one of these marks; none of them: all changes are gone through
    others: tuple[tuple[int, ...], ...] = ()  #: and one of each of these
    ranges: tuple[tuple[int, int], ...] = ()  #: and its number is in one of these, oldest first

    def conditions(self) -> list[TextClause]:
        """What a row of `changes` must meet where all are gone through."""
        return [text(_has("changes.id", some)) for some in self.others]


def narrow(
    sql: Sql,
    *,
    site_id: int | None,
    traits: Sequence[Sequence[int]],
    since: dt.datetime | None,
    until: dt.datetime | None,
) -> Narrowed | None:
    """What leads, and what follows; None where nothing can fit.

    Args:
        sql: A connection.
        site_id: The site, where it is one; for nothing but a site, its changes have an index of their own.
        traits: Of each sort of trait, the marks of which a change has at least one.
        since: The time from which on it was detected.
        until: The time before which it was.
    """
    ranges = _ranges(sql, since, until)
    if not ranges:
        return None
    sorts = [(*sorted(set(some)), marking.ANY) for some in traits]
    if site_id is not None and sorts:
        sorts.append((marking.site_mark(site_id), marking.ANY))
    counted = [(many, tuple(many)) for some in sorts if len(some) <= ASIDE for many in [_counts(sql, some)]]
    if not counted:
        return Narrowed(others=tuple(sorts), ranges=ranges)
    if len(counted) > 1 and all(max(many.values()) >= COMMON for many, _ in counted):
        # all are common: how common, the newest tell
        recent = f"change_id > {_newest(sql) - COMMON}"
        counted = [(_counts(sql, some, recent), some) for _, some in counted]
    leading = min(counted, key=lambda pair: sum(pair[0].values()))[1]
    others = tuple(some for some in sorts if not set(leading) <= set(some))
    return Narrowed(leading=leading, others=others, ranges=ranges)


def numbers(sql: Sql, narrowed: Narrowed, low: int, high: int, *, count: int, newest_first: bool) -> list[int]:
    """The next numbers of changes that may fit, at most so many, all of them from `low` to `high`."""
    order = "DESC" if newest_first else "ASC"
    others = "".join(f" AND {_has('m.change_id', some)}" for some in narrowed.others)
    parts = " UNION ALL ".join(
        f"SELECT change_id FROM (SELECT m.change_id FROM marks m WHERE m.mark = {one} "  # noqa: S608 - numbers of ours
        f"AND m.change_id BETWEEN :low AND :high{others} ORDER BY m.change_id {order} LIMIT :count) AS part{number}"
        for number, one in enumerate(narrowed.leading)
    )
    query = text(f"SELECT DISTINCT change_id FROM ({parts}) AS found ORDER BY change_id {order} LIMIT :count")  # noqa: S608
    return [row[0] for row in sql.rows(query, {"low": low, "high": high, "count": count})]


def _has(key: str, some: Sequence[int]) -> str:
    """That a change has one of some marks: asked so, a database looks at one change, and does not gather all."""
    among = ", ".join(map(str, some))
    return f"(SELECT 1 FROM marks t WHERE t.mark IN ({among}) AND t.change_id = {key} LIMIT 1) IS NOT NULL"  # noqa: S608


def _newest(sql: Sql) -> int:
    row = sql.first(text("SELECT max(id) FROM changes"))
    return 0 if row is None else row[0] or 0


def _counts(sql: Sql, some: Sequence[int], among: str = "change_id > 0") -> dict[int, int]:
    """How many changes have each of some marks, without those that none has; past `COMMON`, just as many as that."""
    parts = " UNION ALL ".join(
        f"SELECT {one}, count(*) FROM (SELECT 1 FROM marks WHERE mark = {one} AND {among} LIMIT {COMMON}) AS part{number}"  # noqa: S608
        for number, one in enumerate(some)
    )
    found = [tuple(row) for row in sql.rows(text(parts))]
    return {one: min(many, COMMON) for one, many in found if many} or {marking.ANY: 0}


def _ranges(sql: Sql, since: dt.datetime | None, until: dt.datetime | None) -> tuple[tuple[int, int], ...]:
    """The numbers among which the changes of a time stand."""
    if since is None and until is None:
        return ((0, _LAST),)
    query: Select[tuple[int]] = select(spans.c.number).order_by(spans.c.number)
    if since is not None:
        query = query.where(spans.c.last_at >= since)
    if until is not None:
        query = query.where(spans.c.first_at < until)
    found = list(_joined(row.number for row in sql.rows(query)))
    if found and since is not None:
        low, high = found[0]
        first = _edge(sql, "min", low, f"detected_at >= {_in_table(since)}")
        found[0] = (first or low + marking.SPAN, high)
    if found and until is not None:
        low, high = found[-1]
        last = _edge(sql, "max", high + 1 - marking.SPAN, f"detected_at < {_in_table(until)}")
        found[-1] = (low, last or high - marking.SPAN)
    return tuple(found)


def _edge(sql: Sql, which: str, span: int, condition: str) -> int | None:
    """The first or last number of a span that is within a time; None where none is."""
    row = sql.first(
        text(
            f"SELECT {which}(id) FROM (SELECT id FROM changes WHERE id BETWEEN {span} AND {span + marking.SPAN - 1} "  # noqa: S608
            f"AND {condition}) AS part"
        )
    )
    return None if row is None else row[0]


def _in_table(time: dt.datetime) -> int:
    return (time - EPOCH) // _MICROSECOND


def _joined(found: Iterator[int]) -> Iterator[tuple[int, int]]:
    start = end = None
    for number in found:
        if start is None or end is None:
            start = end = number
        elif number == end + 1:
            end = number
        else:
            yield start * marking.SPAN, end * marking.SPAN + marking.SPAN - 1
            start = end = number
    if start is not None and end is not None:
        yield start * marking.SPAN, end * marking.SPAN + marking.SPAN - 1
