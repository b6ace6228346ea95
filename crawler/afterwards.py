"""What only the end of a crawl can tell: pages that fit no rules, removals, waves, and how the site itself fares."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING

from changes.kinds import Finding, Kind, SiteNotice
from changes.presence import Presence, hold, judge
from crawler.items import Fault, Fetch
from crawler.keeper import cause as cause_of
from crawler.outcomes import Result
from crawler.reading.screening import Reason
from crawler.settling import settle_layout
from crawler.telling import recovered, tell
from storage.records import PageState

if TYPE_CHECKING:
    from crawler.archivist import Archivist
    from storage.archive import Archive
    from storage.records import Site

#: So many changes of one kind and cause in one crawl are one wave.
WAVE = 5
#: Faults of the site that ended so many visits of a crawl, and this share of them, are told to the operator.
SHARE, LEAST = 0.5, 5

_UNREACHABLE = (Fault.UNREACHABLE, Reason.SERVER_ERROR, Reason.MAINTENANCE, Reason.RATE_LIMITED, "robots-unreachable")
_BLOCKED = (Reason.BLOCKED, Reason.CHALLENGE, Reason.LOGIN, Reason.CONSENT)


def finish(archivist: Archivist, *, at: dt.datetime, reason: str) -> dict[str, int]:
    """End a crawl: settle what waited, write what is owed, tell the operator, and close the books.

    Args:
        archivist: The crawl's archivist, all of its answers recorded.
        at: Now.
        reason: Why the crawl ended: "finished", "stopped", "blocked".

    Returns:
        The crawl's counts by name, as they are kept with it.
    """
    archivist.flush()
    settle_layout(archivist, at=at)
    archivist.flush()
    _remove(archivist, at)
    _waves(archivist)
    _tell(archivist, at)
    stats = archivist.tally.stats()
    read = archivist.tally.outcomes[Result.PUBLISHED] + archivist.tally.outcomes[Result.UNCHANGED]
    with archivist.archive.writing() as unit:
        if archivist.site.baseline and reason == "finished" and read:
            unit.end_baseline(archivist.site.id)
        unit.end_crawl(archivist.crawl, at=at, reason=reason, stats=stats)
    return stats


def _remove(archivist: Archivist, at: dt.datetime) -> None:
    """Write removals, unless so many pages vanished at once that something else must have happened."""
    if not archivist.removals:
        return
    counts = archivist.archive.page_counts(archivist.site.id)
    live = counts.get(PageState.LIVE, 0) + counts.get(PageState.MISSING, 0)
    vanished = _vanished(archivist)
    if hold(vanished, live, archivist.profile.removal):
        text = f"{vanished} of {live} pages are gone at once; held until accepted"
        tell(*_where(archivist), SiteNotice.MASS_REMOVAL, text, at=at, crawl=archivist.crawl)
        return
    recovered(*_where(archivist), SiteNotice.MASS_REMOVAL, at=at, crawl=archivist.crawl)
    for page_id, fetch in archivist.removals.items():
        _write_removal(archivist, page_id, fetch)


def _vanished(archivist: Archivist) -> int:
    """How many pages would count as removed, be it by the visits of earlier crawls, held or killed."""
    rule = archivist.profile.removal
    count = 0
    for page in archivist.archive.pages(archivist.site.id):
        if page.state is not PageState.MISSING or page.last_visit is None or page.misses < 1:
            continue
        if page.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            now, since = page.last_visit, page.missing_since
            found = judge(rule, status=page.status, misses=page.misses, missing_since=since, now=now)
            count += found is Presence.GONE
    return count


def _write_removal(archivist: Archivist, page_id: int, fetch: Fetch) -> None:
    last = archivist.archive.latest(page_id)
    page = archivist.archive.page(archivist.site.id, fetch.url)
    if last is None or page is None:
        return
    finding = Finding(kind=Kind.REMOVED, status=fetch.status)
    with archivist.archive.writing() as unit:
        unit.update_page(page_id, state=PageState.GONE)
        archivist.keeper.note(unit, page, finding, last, None, at=fetch.fetched_at)


def _waves(archivist: Archivist) -> None:
    groups: dict[str, list[int]] = defaultdict(list)
    for change, cause in (*_noted_before(archivist), *archivist.keeper.noted):
        groups[cause].append(change)
    first = archivist.resumes[0].id if archivist.resumes else archivist.crawl
    with archivist.archive.writing() as unit:
        for cause, changes in groups.items():
            if len(changes) >= WAVE and cause:
                unit.add_wave(changes, f"{first}-{cause}")


def _noted_before(archivist: Archivist) -> Iterator[tuple[int, str]]:
    """The changes that were noted by crawls which were killed before they could see them together."""
    archive = archivist.archive
    for page_id, change in archive.changes_of([crawl.id for crawl in archivist.resumes]):
        before, after = (
            None if number is None else archive.version(page_id, number) for number in (change.before, change.after)
        )
        yield change.id, cause_of(change.finding, before, after)


def _tell(archivist: Archivist, at: dt.datetime) -> None:
    """Tell the operator of a site that is away or blocks us, once, and once when that is over."""
    tally = archivist.tally
    asked = max(tally.planned, 1)
    for kind, reasons, word in (
        (SiteNotice.UNREACHABLE, _UNREACHABLE, "did not answer"),
        (SiteNotice.BLOCKED, _BLOCKED, "were answered by a firewall"),
    ):
        count = tally.faults(*map(str, reasons))
        if count >= LEAST:  # what was not asked any more for their sake
            count += tally.faults(str(Fault.SKIPPED))
        failed_lists = sum(tally.lists[str(reason)] for reason in reasons)
        read_lists = tally.lists["read"]
        if (count >= LEAST and count >= SHARE * asked) or (failed_lists and not read_lists):
            tell(*_where(archivist), kind, f"{count} of {tally.planned} addresses {word}", at=at, crawl=archivist.crawl)
        elif asked > count:
            recovered(*_where(archivist), kind, at=at, crawl=archivist.crawl)
    for gap in archivist.gaps:
        tell(*_where(archivist), SiteNotice.GAP, gap, at=at, crawl=archivist.crawl)


def _where(archivist: Archivist) -> tuple[Archive, Site]:
    return archivist.archive, archivist.site
