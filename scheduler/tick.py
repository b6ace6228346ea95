"""One look at the clock: which sites are due now, handed on in the very transaction that moves them on.

However many processes look, and whenever one of them is killed, a due time is handed on once: what it is handed to and
when the site is due next stand in the archive together or not at all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from scheduler.schedule import settle
from storage.agenda import Due, entries

if TYPE_CHECKING:
    from crawler.reading.profiles import SiteProfile
    from storage.agenda import Entry
    from storage.archive import Archive
    from storage.unit import Unit

#: A clock that goes back by more than this was set.
_SET_BACK = dt.timedelta(seconds=2)


class Sender(Protocol):
    """Whom the sites that are due are handed to."""

    def send(self, unit: Unit, due: Due) -> None:
        """Take one run of a site, inside the unit in which the site is moved on.

        What is written into the unit stands when that is committed, and only then may anything begin.
        """


class Ticker:
    """Looks at the clock for some sites of one archive; one for the process."""

    def __init__(self, archive: Archive, sites: Mapping[str, SiteProfile], sender: Sender) -> None:
        self._archive = archive
        self._sites = sites
        self._sender = sender
        self._settled: dict[str, dt.datetime] = {}  #: what stood in the agenda when it was last found right
        self._last: dt.datetime | None = None

    def tick(self, now: dt.datetime) -> list[Due]:
        """Hand on what is due; gives it once that is committed. A look at which nothing is due writes nothing.

        Raises:
            storage.errors.ArchiveError: the archive could not be read or written; nothing was handed on.
        """
        if self._last is not None and now < self._last - _SET_BACK:
            self._settled.clear()
        self._last = now
        known = entries(self._archive)
        if not any(self._stirs(name, known.get(name), now) for name in self._sites):
            return []
        handed: list[Due] = []
        settled: dict[str, dt.datetime] = {}
        with self._archive.writing() as unit:
            self._plan(unit, now, settled)
            for due in unit.take_due(now, among=list(self._sites)):
                profile = self._sites[due.site]
                fires, coming = settle(profile.schedule, profile.time_zone, stored=due.at, now=now, seed=due.site)
                unit.set_due(due.site_id, coming)
                settled[due.site] = coming
                if fires:
                    self._sender.send(unit, due)
                    handed.append(due)
        self._settled |= settled
        return handed

    def _stirs(self, name: str, entry: Entry | None, now: dt.datetime) -> bool:
        """Whether there may be something to do for a site."""
        if entry is None or entry.next_due is None:
            return True
        if entry.next_due > now:
            return self._settled.get(name) != entry.next_due
        resting = entry.rests_until is not None and entry.rests_until > now
        return entry.paused_at is None and entry.taken_by is None and not resting

    def _plan(self, unit: Unit, now: dt.datetime, settled: dict[str, dt.datetime]) -> None:
        """See to it that each site has a due time that can be: a new one's, and one from before the clock was set."""
        known = unit.entries()
        for name, profile in self._sites.items():
            entry = known.get(name)
            stored = entry.next_due if entry is not None else None
            if stored is not None and stored <= now:
                continue
            fires, coming = settle(profile.schedule, profile.time_zone, stored=stored, now=now, seed=name)
            if coming != stored:
                site_id = entry.site_id if entry is not None else unit.add_site(name).id
                unit.set_due(site_id, now if fires else coming)
            settled[name] = coming
