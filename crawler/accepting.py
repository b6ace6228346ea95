"""Accepting what was held for a person to look at: removals of many pages at once, and a layout that moved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from changes.kinds import Finding, Kind, SiteNotice
from crawler.afterwards import WAVE, is_gone
from crawler.keeper import Keeper, Plan, unplanned
from crawler.outcomes import Tally
from storage.leases import take
from storage.records import PageState

if TYPE_CHECKING:
    from crawler.reading.profiles import SiteProfile
    from storage.archive import Archive
    from storage.records import Notice, Page, Site

#: What can be accepted.
HELD = (SiteNotice.MASS_REMOVAL, SiteNotice.LAYOUT_CHANGED)
_AT_ONCE = 200


@dataclass(frozen=True, kw_only=True)
class Held:
    """What waits for a person to accept it."""

    notices: tuple[Notice, ...]
    removals: tuple[Page, ...]  #: pages that then count as removed

    def __bool__(self) -> bool:
        return bool(self.notices)


def held(archive: Archive, site: Site, profile: SiteProfile) -> Held:
    """What waits to be accepted of a site."""
    notices = tuple(notice for notice in archive.open_notices(site.id) if notice.kind in HELD)
    mass = any(notice.kind is SiteNotice.MASS_REMOVAL for notice in notices)
    gone = (page for page in archive.pages(site.id) if is_gone(page, profile.removal)) if mass else ()
    return Held(notices=notices, removals=tuple(gone))


def accept(
    archive: Archive,
    profile: SiteProfile,
    *,
    now: Callable[[], dt.datetime],
    clock: Callable[[], dt.datetime],
    plan: Plan = unplanned,
) -> Held:
    """Write the removals that were held, and tell that what a site's open notices say is known; what it was.

    It counts as a crawl that asked for nothing, so that those who want to hear of removals do. Cut short, it may be
    called again. `now` is what it is written under, `clock` the time of the wall.

    Raises:
        storage.errors.UnderWay: the site is being crawled.
    """
    with take(archive, profile.name, clock=clock) as lease:
        site = lease.site(profile.name)
        if site is None or not (found := held(lease, site, profile)):
            return Held(notices=(), removals=())
        at = now()
        with lease.writing() as unit:
            crawl = unit.start_crawl(site.id, at)
        keeper = Keeper(lease, profile, site, crawl, Tally(), plan=plan)
        for start in range(0, len(found.removals), _AT_ONCE):
            _remove(keeper, found.removals[start : start + _AT_ONCE], at)
        changes = [change for change, _ in keeper.noted]
        with lease.writing() as unit:
            if len(changes) >= WAVE:
                unit.add_wave(changes, f"{crawl}-{Kind.REMOVED}")
            for kind in dict.fromkeys(notice.kind for notice in found.notices):
                text = f"accepted: {len(changes)} pages count as removed" if kind is HELD[0] else "accepted"
                unit.add_notice(site.id, SiteNotice.RECOVERED, text=text, detail={}, at=at, about=kind, crawl_id=crawl)
            unit.end_crawl(crawl, at=at, reason="accepted", stats=keeper.tally.stats())
        return found


def _remove(keeper: Keeper, pages: Sequence[Page], at: dt.datetime) -> None:
    with keeper.archive.writing() as unit:
        for page in pages:
            last = unit.latest(page.id)
            gone = replace(page, state=PageState.GONE)
            unit.update_page(page.id, state=PageState.GONE, next_due=keeper.plan(gone, at))
            keeper.note(unit, page, Finding(kind=Kind.REMOVED, status=page.status), last, None, at=at)
