"""The agenda: when each site is crawled next, what is paused, and who is at it.

Whoever takes what is due moves it on in the same transaction. A unit is alone with the archive, so that of several
processes that look at one time each due time is taken once; a killed one has taken nothing, or all of it.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, null, or_, select

from storage import rows
from storage.records import PageState
from storage.service_tables import agenda
from storage.tables import pages, sites

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Row, Select

    from storage.archive import Archive
    from storage.database import Sql
    from storage.records import Page

#: Pages that are read at a time.
CHUNK = 500

_OF_SITE = agenda.c.site_id == bindparam("of_site")
_HAS = select(agenda.c.site_id).where(_OF_SITE)
_ADD = agenda.insert()
_SET_DUE = agenda.update().where(_OF_SITE).values(next_due=bindparam("due"))
_PAUSE = agenda.update().where(_OF_SITE).values(paused_at=bindparam("since"), pause_reason=bindparam("why"))
_RESUME = agenda.update().where(_OF_SITE).values(paused_at=null(), pause_reason=null())
_BEGIN = agenda.update().where(_OF_SITE).values(taken_at=bindparam("at"), taken_by=bindparam("who"))
_END = agenda.update().where(_OF_SITE, agenda.c.taken_by == bindparam("who")).values(taken_at=null(), taken_by=null())
_REST = agenda.update().where(_OF_SITE).values(rests_until=bindparam("until"))
_MAKE_UP = agenda.update().where(_OF_SITE).values(next_due=bindparam("due"), taken_at=null(), taken_by=null())
_ENTRIES = select(agenda, sites.c.name.label("site")).join(sites, sites.c.id == agenda.c.site_id)
_ALL_DUE = (
    pages.update()
    .where(
        pages.c.site_id == bindparam("of_site"),
        pages.c.state.not_in([PageState.MOVED.value, PageState.GONE.value]),
        or_(pages.c.next_due.is_(None), pages.c.next_due > bindparam("due", type_=pages.c.next_due.type)),
        or_(pages.c.last_visit.is_(None), pages.c.last_visit < bindparam("since", type_=pages.c.last_visit.type)),
    )
    .values(next_due=bindparam("due", type_=pages.c.next_due.type))
)
_VISITED = (pages.c.site_id == bindparam("of_site"), pages.c.state != PageState.MOVED.value)
_LATE = (*_VISITED, pages.c.next_due <= bindparam("now", type_=pages.c.next_due.type))
_NEVER = (*_VISITED, pages.c.next_due.is_(None))


@dataclass(frozen=True, kw_only=True)
class Due:
    """One run of one site that is due. `lists` is False where only pages are."""

    site: str
    site_id: int
    at: dt.datetime  #: since when it has been due
    lists: bool = True


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A site's line in the agenda."""

    site: str
    site_id: int
    next_due: dt.datetime | None = None  #: None: it was never worked out
    rests_until: dt.datetime | None = None  #: until then it is left alone, because it blocks us
    paused_at: dt.datetime | None = None
    pause_reason: str | None = None
    taken_at: dt.datetime | None = None
    taken_by: str | None = None  #: which run is at it, by its own token


class Agenda(ABC):
    """What a unit does with the agenda."""

    @property
    @abstractmethod
    def _sql(self) -> Sql: ...

    def take_due(self, now: dt.datetime, limit: int | None = None, *, among: Sequence[str] = ()) -> list[Due]:
        """The sites that are due, longest overdue first. The caller moves them on (`set_due`) in this very unit.

        What is paused, rests, or has been taken and not ended is left out. `among` are the sites that are watched; none
        named: all.
        """
        query = (
            _ENTRIES.where(agenda.c.next_due <= now, agenda.c.paused_at.is_(None), agenda.c.taken_by.is_(None))
            .where(or_(agenda.c.rests_until.is_(None), agenda.c.rests_until <= now))
            .order_by(agenda.c.next_due, agenda.c.site_id)
            # units are alone already; this holds where a program writes beside them
            .with_for_update(of=agenda, skip_locked=True)
        )
        if among:
            query = query.where(sites.c.name.in_(among))
        found = self._sql.rows(query if limit is None else query.limit(limit))
        return [Due(site=row.site, site_id=row.site_id, at=row.next_due) for row in found]

    def set_due(self, site_id: int, at: dt.datetime | None) -> None:
        """Have a site be due then; None has it worked out anew."""
        self._line(site_id)
        self._sql.run(_SET_DUE, {"of_site": site_id, "due": at})

    def pause(self, site_id: int, *, at: dt.datetime, reason: str) -> None:
        """Ask a site for nothing until `resume`."""
        self._line(site_id)
        self._sql.run(_PAUSE, {"of_site": site_id, "since": at, "why": reason})

    def resume(self, site_id: int) -> None:
        """End a pause; nothing where there is none."""
        self._sql.run(_RESUME, {"of_site": site_id})

    def rest(self, site_id: int, until: dt.datetime | None) -> None:
        """Leave a site alone until then; None ends that."""
        self._line(site_id)
        self._sql.run(_REST, {"of_site": site_id, "until": until})

    def entries(self) -> dict[str, Entry]:
        """The agenda by site, as this unit sees it."""
        return _by_site(self._sql.rows(_ENTRIES.order_by(sites.c.name)))

    def begin_run(self, site_id: int, *, at: dt.datetime, by: str) -> None:
        """Note that a run of a site has been taken; until it is ended no other is."""
        self._line(site_id)
        self._sql.run(_BEGIN, {"of_site": site_id, "at": at, "who": by})

    def end_run(self, site_id: int, *, by: str) -> None:
        """Note that it has ended; nothing where somebody else has taken the site since."""
        self._sql.run(_END, {"of_site": site_id, "who": by})

    def make_up(self, *, now: dt.datetime, besides: Sequence[str] = ()) -> list[str]:
        """Have every run that was taken and never ended be due once more, now; the names of its sites.

        For whoever knows that the processes which took them are dead. `besides` are runs that are alive.
        """
        query = _ENTRIES.where(agenda.c.taken_by.is_not(None), agenda.c.taken_by.not_in(list(besides)))
        found = self._sql.rows(query.order_by(agenda.c.site_id))
        for row in found:
            self._sql.run(_MAKE_UP, {"of_site": row.site_id, "due": now})
        return [row.site for row in found]

    def set_pages_due(self, site_id: int, at: dt.datetime, *, unvisited_since: dt.datetime) -> int:
        """Have the pages of a site be due then that were not visited since some time, and are due later or were never
        given a time; how many those are.
        """
        return self._sql.run(_ALL_DUE, {"of_site": site_id, "due": at, "since": unvisited_since}).rowcount

    def _line(self, site_id: int) -> None:
        if self._sql.first(_HAS, {"of_site": site_id}) is None:
            self._sql.insert(_ADD, {"site_id": site_id})


def entries(archive: Archive) -> dict[str, Entry]:
    """The agenda by site. A site that was never planned has no line."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        return _by_site(sql.rows(_ENTRIES.order_by(sites.c.name)))


def due_pages(archive: Archive, site_id: int, now: dt.datetime, limit: int | None = None) -> Iterator[Page]:
    """The pages of a site that are due, those first that were never given a time, then the longest overdue.

    In constant memory: pages may be visited, and so be moved on, while this is read.
    """
    left = limit
    for make in (_unplanned, _overdue):
        last: Row[Any] | None = None
        while left is None or left > 0:
            size = CHUNK if left is None else min(CHUNK, left)
            with archive._reading() as sql:  # noqa: SLF001 - same room
                found = sql.rows(make(last).limit(size), {"of_site": site_id, "now": now})
            yield from map(rows.page, found)
            left = None if left is None else left - len(found)
            if len(found) < size:
                break
            last = found[-1]


def count_due(archive: Archive, site_id: int, now: dt.datetime) -> int:
    """How many pages of a site are due."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        counts = [
            sql.first(select(func.count()).select_from(pages).where(*part), {"of_site": site_id, "now": now})
            for part in (_LATE, _NEVER)
        ]
    return sum(int(row[0]) for row in counts if row is not None)


def _by_site(found: Sequence[Row[Any]]) -> dict[str, Entry]:
    return {row.site: Entry(**row._mapping) for row in found}  # noqa: SLF001 - public in SQLAlchemy


def _unplanned(last: Row[Any] | None) -> Select[Any]:
    query = pages.select().where(*_NEVER).order_by(pages.c.id)
    return query if last is None else query.where(pages.c.id > last.id)


def _overdue(last: Row[Any] | None) -> Select[Any]:
    query = pages.select().where(*_LATE).order_by(pages.c.next_due, pages.c.id)
    if last is None:
        return query
    after = pages.c.next_due > last.next_due
    return query.where(or_(after, (pages.c.next_due == last.next_due) & (pages.c.id > last.id)))
