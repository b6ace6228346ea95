"""What the archive knows of how often a site's pages are edited: plain counts by age, for the revisit plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, case, func, or_, select, type_coerce

from changes.kinds import Kind
from storage.records import PageState
from storage.tables import EPOCH, changes, pages, versions, waves

if TYPE_CHECKING:
    from storage.archive import Archive
    from storage.records import Page

_DAY = dt.timedelta(days=1)
#: A page that was there before us, and whose release tells no date, is at least so old.
UNTOLD = 30 * _DAY
#: Many sites print a day without a time, and a list may be late: only what is dated earlier than this was not new.
LATE = 2 * _DAY
_SECOND = 1_000_000  # in microseconds, as moments are kept
_EDITS = (Kind.EDITED, Kind.WITHDRAWN, Kind.REINSTATED)
_GONE = (PageState.GONE, PageState.MOVED)


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What was seen of the pages of one band of age."""

    edits: int  #: visits that found an edit; those that were part of a wave do not count
    days: float  #: for how long the pages were watched, in days of all of them together


def birth(page: Page) -> dt.datetime:
    """When a page was published, as far as is known.

    For a page that was new on a list that is the moment it was found, unless its release is dated days before. For one
    that was there before us it is what the release says; where that tells nothing it is not taken for new.
    """
    dated = page.dated
    if dated is not None and dated <= page.first_seen and (page.baseline or dated < page.first_seen - LATE):
        return dated
    return page.first_seen - UNTOLD if page.baseline else page.first_seen


def watched(archive: Archive, site_id: int, bounds: Sequence[dt.timedelta]) -> list[Watched]:
    """What was seen of a site's pages by bands of age: those that end at `bounds`, youngest first, and what is older.

    An edit is counted at the age in the middle between the visit that found it and the one before.
    """
    with archive._reading() as sql:  # noqa: SLF001 - same room
        edits = sql.first(_count(_EDIT_AGE, bounds, _EDITED), {"of_site": site_id})
        spans = sql.first(_spans(bounds), {"of_site": site_id})
    return [
        Watched(edits=found, days=seconds / _DAY.total_seconds())
        for found, seconds in zip(_bands(edits), _bands(spans), strict=True)
    ]


def ages(archive: Archive, site_id: int, bounds: Sequence[dt.timedelta], now: dt.datetime) -> list[int]:
    """How many pages of a site are in each of these bands of age and, for all we know, still there."""
    age = _seconds(bindparam("now", type_=BigInteger)) - _seconds(_BORN)
    there = select(pages.c.id).where(_OF_SITE, pages.c.state.not_in([state.value for state in _GONE]))
    with archive._reading() as sql:  # noqa: SLF001 - same room
        row = sql.first(_count(age, bounds, there), {"of_site": site_id, "now": _micro(now - EPOCH)})
    return _bands(row)


def _whole(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return type_coerce(column, BigInteger)


def _micro(time: dt.timedelta) -> int:
    return time // dt.timedelta(microseconds=1)


def _seconds(microseconds: ColumnElement[Any]) -> ColumnElement[Any]:
    # sums of microseconds over a hundred thousand pages would not fit 64 bits
    return microseconds // _SECOND


_OF_SITE = pages.c.site_id == bindparam("of_site")
_FIRST, _DATED = _whole(pages.c.first_seen), _whole(pages.c.dated)
#: `birth`, as the database says it.
_BORN = case(
    (and_(_DATED <= _FIRST, or_(pages.c.baseline, _micro(LATE) < _FIRST - _DATED)), _DATED),
    (pages.c.baseline, _FIRST - _micro(UNTOLD)),
    else_=_FIRST,
)
_BETWEEN = (_seconds(_whole(versions.c.last_seen)) + _seconds(_whole(changes.c.detected_at))) // 2
_EDIT_AGE = _BETWEEN - _seconds(_BORN)
_EDITED = (
    select(changes.c.id)
    .join(pages, pages.c.id == changes.c.page_id)
    .join(versions, and_(versions.c.page_id == changes.c.page_id, versions.c.number == changes.c.before))
    .outerjoin(waves, waves.c.change_id == changes.c.id)
    .where(
        changes.c.site_id == bindparam("of_site"),
        changes.c.kind.in_([kind.value for kind in _EDITS]),
        ~changes.c.baseline,
        waves.c.change_id.is_(None),
    )
)


def _count(age: ColumnElement[Any], bounds: Sequence[dt.timedelta], query: Any) -> Any:
    """How many rows of a query are younger than each bound, and how many there are."""
    younger = [func.sum(case((age < int(bound.total_seconds()), 1), else_=0)) for bound in bounds]
    return query.with_only_columns(*younger, func.count(), maintain_column_froms=True)


def _spans(bounds: Sequence[dt.timedelta]) -> Any:
    """For how many seconds pages were watched while younger than each bound, and altogether."""
    start = _seconds(_FIRST) - _seconds(_BORN)
    end = _seconds(_whole(pages.c.last_seen)) - _seconds(_BORN)
    sums = [
        func.sum(_at_most(end, int(bound.total_seconds())) - _at_most(start, int(bound.total_seconds())))
        for bound in bounds
    ]
    return select(*sums, func.sum(end - start)).where(_OF_SITE, pages.c.last_seen.is_not(None))


def _at_most(seconds: ColumnElement[Any], bound: int) -> ColumnElement[Any]:
    return case((seconds < bound, seconds), else_=bound)


def _bands(row: Any) -> list[int]:
    """What is in each band, of sums up to each bound; no rows at all sum up to null."""
    sums = [int(value or 0) for value in row]
    return [more - less for less, more in zip([0, *sums], sums, strict=False)]
