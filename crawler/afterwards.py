"""What only the end of a crawl can tell: pages that fit no rules, removals, waves, and how the site itself fares."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from changes.kinds import Finding, Kind, SiteNotice
from changes.presence import Presence, hold, judge
from crawler.furniture import learn_furniture
from crawler.items import Fault, Fetch
from crawler.keeper import cause as cause_of
from crawler.outcomes import Result
from crawler.reading.screening import Reason
from crawler.settling import settle_layout
from crawler.telling import recovered, tell
from storage.records import PageState

if TYPE_CHECKING:
    from changes.presence import RemovalRule
    from crawler.archivist import Archivist
    from storage.archive import Archive
    from storage.records import Page, Site

#: So many changes of one kind and cause in one crawl are one wave.
WAVE = 5
#: Faults of the site that ended so many visits of a crawl, and this share of them, are told to the operator.
SHARE, LEAST = 0.5, 5
#: Addresses that a notice names.
SHOWN = 20

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
    learn_furniture(archivist, at=at)
    _remove(archivist, at)
    _waves(archivist)
    _tell(archivist, at)
    _tell_unreadable(archivist, at)
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
    vanished, known = _vanished(archivist)
    if hold(vanished, known, archivist.profile.removal):
        text = f"{vanished} of {known} pages are gone at once; held until accepted"
        tell(*_where(archivist), SiteNotice.MASS_REMOVAL, text, at=at, crawl=archivist.crawl)
        return
    recovered(*_where(archivist), SiteNotice.MASS_REMOVAL, at=at, crawl=archivist.crawl)
    for page_id, fetch in archivist.removals.items():
        _write_removal(archivist, page_id, fetch)


def _vanished(archivist: Archivist) -> tuple[int, int]:
    """How many pages would count as removed, be it by the visits of earlier crawls, held or killed; and of how many.

    Not every crawl asks for every page: those that were found when the others were not are what they are held against.
    """
    rule = archivist.profile.removal
    gone: list[Page] = []
    found: list[dt.datetime] = []
    missing = 0
    for page in archivist.archive.pages(archivist.site.id):
        if page.state is PageState.LIVE and page.last_visit is not None:
            found.append(page.last_visit)
        missing += page.state is PageState.MISSING
        if is_gone(page, rule):
            gone.append(page)
    since = min((page.missing_since for page in gone if page.missing_since is not None), default=None)
    seen = sum(1 for visit in found if since is None or visit >= since)
    return len(gone), seen + missing


def is_gone(page: Page, rule: RemovalRule) -> bool:
    """Whether a page's visits so far make it count as removed."""
    if page.state is not PageState.MISSING or page.last_visit is None or page.misses < 1:
        return False
    if page.status not in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return False
    since = page.missing_since
    return (
        judge(rule, status=page.status, misses=page.misses, missing_since=since, now=page.last_visit) is Presence.GONE
    )


def _write_removal(archivist: Archivist, page_id: int, fetch: Fetch) -> None:
    last = archivist.archive.latest(page_id)
    page = archivist.archive.page(archivist.site.id, fetch.url)
    if last is None or page is None:
        return
    finding = Finding(kind=Kind.REMOVED, status=fetch.status)
    with archivist.archive.writing() as unit:
        gone = replace(page, state=PageState.GONE)
        unit.update_page(page_id, state=PageState.GONE, next_due=archivist.keeper.plan(gone, fetch.fetched_at))
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


def _tell_unreadable(archivist: Archivist, at: dt.datetime) -> None:
    """Tell the operator once of what held its reader for ever, and once when it has been read after all."""
    if archivist.held:
        url, why = next(iter(archivist.held.items()))
        others = f", and {len(archivist.held) - 1} others" if len(archivist.held) > 1 else ""
        text, detail = f"{url} cannot be read: {why}{others}", {"urls": sorted(archivist.held)[:SHOWN]}
        tell(*_where(archivist), SiteNotice.UNREADABLE, text, at=at, crawl=archivist.crawl, detail=detail)
        return
    archive, site = _where(archivist)
    for notice in archive.open_notices(site.id):
        if notice.kind is SiteNotice.UNREADABLE:
            pages = [archive.page(site.id, url) for url in notice.detail.get("urls", ())]
            if all(page is None or (page.last_visit is not None and page.last_visit > notice.at) for page in pages):
                recovered(archive, site, SiteNotice.UNREADABLE, at=at, crawl=archivist.crawl)
                return


def _where(archivist: Archivist) -> tuple[Archive, Site]:
    return archivist.archive, archivist.site
