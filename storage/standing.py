"""How each site stands at a moment: what is due, under way, late, at rest, paused; and what was last heard of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage.agenda import Entry, count_due, entries
from storage.faults import count_faults
from storage.leases import TERM, Holder
from storage.tables import leases, sites

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Row

    from storage.archive import Archive
    from storage.records import Crawl, Notice

#: A site that is due for longer than this, and that nobody is at, is late.
LATE = dt.timedelta(minutes=5)


class State(StrEnum):
    """What a site is doing."""

    RUNNING = "running"  #: it is being crawled
    WAITING = "waiting"  #: its crawl has been taken, and waits for its host or for room
    PAUSED = "paused"  #: somebody has paused it
    RESTING = "resting"  #: it blocks us, and is left alone for a while
    LATE = "late"  #: it should have been crawled by now
    DUE = "due"
    IDLE = "idle"  #: it is not due yet
    NEW = "new"  #: it was never planned


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a site stands."""

    site: str
    state: State
    entry: Entry | None = None
    running_since: dt.datetime | None = None
    running_at: str = ""  #: the machine and the process that crawl it
    last: Crawl | None = None  #: the last crawl that ended
    pages: int = 0
    pages_due: int = 0
    faults: dict[str, int] = field(default_factory=dict)  #: of the last crawl, by kind, files included
    open: tuple[Notice, ...] = ()  #: what is amiss with it, and not over


def count_pages(archive: Archive, site_id: int, now: dt.datetime) -> tuple[int, int]:
    """How many pages a site has, and how many of them are due."""
    return sum(archive.page_counts(site_id).values()), count_due(archive, site_id, now)


def standings(
    archive: Archive,
    names: Sequence[str],
    *,
    now: dt.datetime,
    clock: dt.datetime,
    count: Callable[[Archive, int, dt.datetime], tuple[int, int]] = count_pages,
) -> list[Standing]:
    """How sites stand, in the order of their names. `now` is the time they are planned by, `clock` that of the wall.

    Counting pages takes longest: whoever asks often may hand in a `count` that remembers.
    """
    agenda, at_work = entries(archive), _at_work(archive, clock)
    found = []
    for name in sorted(names):
        site, entry = archive.site(name), agenda.get(name)
        if site is None:
            found.append(Standing(site=name, state=State.NEW))
            continue
        row, (total, due) = at_work.get(name), count(archive, site.id, now)
        last = next((crawl for crawl in archive.crawls(name, 5) if crawl.ended_at is not None), None)
        found.append(
            Standing(
                site=name,
                state=_state(entry, running=row is not None, now=now),
                entry=entry,
                running_since=None if row is None else row.taken_at,
                running_at="" if row is None else f"{row.host.partition('/')[0]} {row.pid}",
                last=last,
                pages=total,
                pages_due=due,
                faults=count_faults(archive, site.id, crawl_id=last.id) if last is not None else {},
                open=tuple(archive.open_notices(site.id)),
            )
        )
    return found


def _state(entry: Entry | None, *, running: bool, now: dt.datetime) -> State:
    if running:
        return State.RUNNING
    if entry is None:
        return State.NEW
    if entry.paused_at is not None:
        return State.PAUSED
    if entry.taken_by is not None:
        return State.WAITING
    if entry.rests_until is not None and entry.rests_until > now:
        return State.RESTING
    if entry.next_due is None:
        return State.NEW
    if entry.next_due > now:
        return State.IDLE
    return State.LATE if now - entry.next_due > LATE else State.DUE


def _at_work(archive: Archive, clock: dt.datetime) -> dict[str, Row[tuple[object, ...]]]:
    """The leases of sites that somebody is at, by site."""
    query = select(leases, sites.c.name.label("site")).join(sites, sites.c.id == leases.c.site_id)
    with archive._reading() as sql:  # noqa: SLF001 - same room
        at = clock + archive._database.clock_ahead(sql)  # noqa: SLF001
        found = sql.rows(query)
    return {
        row.site: row
        for row in found
        if abs(at - row.renewed_at) < TERM and not Holder(host=row.host, pid=row.pid, born=row.born).is_dead()
    }
