"""What a crawl that has ended means for the agenda: a wave has all pages visited, a site that blocks us is left alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from itertools import takewhile
from typing import TYPE_CHECKING, Protocol

from storage.agenda import count_due
from storage.records import PageState

if TYPE_CHECKING:
    from storage.archive import Archive
    from storage.records import Change, Site

#: How long a site is left alone that answered by a firewall; doubled with each crawl that met it in a row.
REST, LONGEST_REST = dt.timedelta(minutes=30), dt.timedelta(days=1)
#: Crawls that are looked back at.
_BACK = 12
#: A page that was visited so shortly before a wave was seen is not visited for it.
SWEEP = dt.timedelta(hours=12)
_BLOCKED, _STOPPED = "blocked", "stopped"
_ASIDE = ("change/published", "change/moved", "change/attachment")


class Waves(Protocol):
    """What tells a wave: `scheduler.plan.Plan`."""

    def wave(self, changes: Iterable[Change], *, visited: int, known: int) -> bool:
        """Whether something happened to the whole site, of whose `known` pages `visited` were looked at."""


def after_run(
    archive: Archive,
    site: Site,
    stats: Mapping[str, int],
    plan: Waves | None,
    *,
    now: dt.datetime,
    limit: int | None = None,
) -> None:
    """Put into the agenda what the last crawl of a site has shown.

    Args:
        archive: The archive.
        site: The site, as it stands now.
        stats: What the crawl counted.
        plan: Tells waves; None where nobody does.
        now: Now.
        limit: How many known pages the crawl could visit at most; what it left over is due at once.
    """
    crawls = archive.crawls(site.name, _BACK)
    rows = list(takewhile(lambda crawl: crawl.reason == _BLOCKED, crawls))
    wave = plan is not None and crawls and not site.baseline and _wave(archive, site, stats, plan, crawls[0].id)
    planned = stats.get("planned", 0)
    left = limit is not None and planned >= limit and not rows and count_due(archive, site.id, now) > 0
    cut = bool(crawls) and crawls[0].reason == _STOPPED
    resting = bool(rows)
    with archive.writing() as unit:
        unit.rest(site.id, now + min(REST * 2 ** (len(rows) - 1), LONGEST_REST) if resting else None)
        if wave:
            unit.set_pages_due(site.id, now, unvisited_since=now - SWEEP)
        if (wave or left or cut) and not resting:
            unit.set_due(site.id, now)


def _wave(archive: Archive, site: Site, stats: Mapping[str, int], plan: Waves, crawl_id: int) -> bool:
    telling = sum(count for name, count in stats.items() if name.startswith("change/") and name not in _ASIDE)
    if telling < 2:  # one change is no wave, and most crawls find none
        return False
    counts = archive.page_counts(site.id)
    known = sum(counts.values()) - counts[PageState.MOVED] - counts[PageState.GONE]
    changes = (change for _, change in archive.changes_of([crawl_id]))
    return plan.wave(changes, visited=stats.get("planned", 0), known=known)
