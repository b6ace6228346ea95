"""Moves: what permanent redirects among the answers say of a page's address.

A crawl that is led on for good (301, 308) to the same release has the page stand at the new address from then on.
So does an import, where the answers of both addresses are in it or in the archive: those of the new address go on the
history of the old one; and where the new address has a past of its own, the old page's history ends there. What leads
to an address that nobody has an answer of is stated.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from changes.kinds import Finding, Kind
from changes.release import Release
from crawler.doubts import is_the_same
from crawler.importing.records import Capture, Report
from storage.archive import Archive
from storage.records import Page, PageState
from storage.unit import Unit

#: Redirects in a row that are followed.
HOPS = 5


@dataclass(frozen=True, kw_only=True)
class Redirect:
    """One answer that led on for good: from a page's address to another page's, both as they are watched."""

    site: str
    url: str
    target: str
    at: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Move:
    """A page that stood at `url` until a time, and at `target` from then on."""

    url: str
    target: str
    at: dt.datetime


@dataclass(kw_only=True)
class Moves:
    """What came of the redirects of an import."""

    joined: dict[tuple[str, str], list[Move]] = field(default_factory=dict)  #: by site and first address, in order
    ended: list[tuple[str, Move]] = field(default_factory=list)  #: with their sites: the target has a past of its own

    def of(self, site: str, url: str) -> Sequence[Move]:
        """The moves of a page, whose answers are all under its first address."""
        return self.joined.get((site, url), ())


#: What the first of some captures of a site says that can be read.
Says = Callable[[str, Sequence[Capture]], Release | None]


def settle(
    archive: Archive, captures: Sequence[Capture], redirects: Iterable[Redirect], says: Says, report: Report
) -> tuple[list[Capture], Moves]:
    """The captures, each under the address at which its page is kept, and what moved.

    Args:
        archive: The archive.
        captures: All answers of an import.
        redirects: All that led on for good.
        says: What the first of some captures that can be read says.
        report: Where it is stated what leads to nothing.
    """
    settling = _Settling(archive, captures, says, report)
    for one in sorted(redirects, key=lambda redirect: redirect.at):
        settling.take(one)
    return settling.done()


def move_page(unit: Unit, page: Page, moves: Iterable[Move]) -> Page:
    """Have a page stand at its new address; it is still found by the former ones."""
    for move in moves:
        if page.url == move.url:
            unit.move_page(page.id, move.target, at=move.at)
            page = replace(page, url=move.target)
    return page


def tell(unit: Unit, page: Page, move: Move) -> bool:
    """Write the change that a crawl would have written of a move, once; whether it is new. Alerts nobody."""
    before = unit.version_at(page.id, move.at)
    known = (change.finding.was for change in unit.changes(url=move.url, kinds=[Kind.MOVED]))
    if before is None or move.url in known:
        return False
    goes_on = page.url != move.url
    after = next((one for one in unit.versions(page.id) if goes_on and one.last_seen > move.at), None)
    unit.add_change(
        page.id,
        Finding(kind=Kind.MOVED, was=move.url),
        before=before.number,
        after=after.number if after is not None else None,
        title=(after or before).release.title,
        url=move.target,
        at=move.at,
        baseline=False,
    )
    return True


def end_page(unit: Unit, page: Page, move: Move) -> bool:
    """End a page's history where another's goes on; whether that is news."""
    told = tell(unit, page, move)
    unit.update_page(page.id, state=PageState.MOVED)
    return told


class _Settling:
    """Holds redirects against the answers that are there, in the order of time."""

    def __init__(self, archive: Archive, captures: Sequence[Capture], says: Says, report: Report) -> None:
        self._archive = archive
        self._captures = captures
        self._says = says
        self._report = report
        self._here: dict[tuple[str, str], list[Capture]] = defaultdict(list)
        for capture in sorted(captures, key=lambda one: one.captured_at):
            self._here[capture.site, capture.url].append(capture)
        self._moves = Moves()
        self._first: dict[tuple[str, str], str] = {}  #: the first addresses of pages, by where they moved to
        self._led: dict[tuple[str, str], Redirect] = {}  #: the newest of each address
        self._nowhere: dict[tuple[str, str], Redirect] = {}

    def take(self, one: Redirect) -> None:
        """Take up a redirect, and those that led to where it begins."""
        self._led[one.site, one.url] = one
        self._take(one)
        for other in [other for other in self._nowhere.values() if (other.site, other.target) == (one.site, one.url)]:
            del self._nowhere[other.site, other.url]
            self._take(replace(other, target=one.target, at=one.at))

    def _take(self, one: Redirect, hops: int = HOPS) -> None:
        here, there = self._page(one.site, one.url), self._page(one.site, one.target)
        if here is not None and ((there is not None and here.id == there.id) or here.url != one.url):
            return  # it moved before
        if not self._stood(one, here) or self._stands_since(one, here):
            return
        self._nowhere.pop((one.site, one.url), None)
        of_its_own = self._has_past(one.site, one.target, one.at, there)
        move = Move(url=one.url, target=one.target, at=one.at)
        if not of_its_own and not self._here.get((one.site, one.target)):
            further = self._led.get((one.site, one.target))
            if further is not None and further.target != one.url and hops:
                self._take(replace(one, target=further.target), hops - 1)
            else:
                self._nowhere[one.site, one.url] = one
        elif not self._the_same(one, here, there, strictly=of_its_own):
            self._report.remarks.append(
                f"{one.url} led on to {one.target} ({one.at:%Y-%m-%d}), which says something else"
            )
        elif of_its_own:
            self._moves.ended.append((one.site, move))
        else:
            first = self._first.get((one.site, one.url), one.url)
            self._moves.joined.setdefault((one.site, first), []).append(move)
            self._first[one.site, one.target] = first

    def done(self) -> tuple[list[Capture], Moves]:
        """The captures under their pages' first addresses, and what moved."""
        lost: dict[str, list[Redirect]] = defaultdict(list)
        for one in self._nowhere.values():
            lost[one.site].append(one)
        for site, some in sorted(lost.items()):
            one, many = some[0], len(some)
            self._report.remarks.append(
                f"{site}: {many} page{'s' * (many > 1)} moved to where neither these files nor the archive have an "
                f"answer from: {one.url} to {one.target} ({one.at:%Y-%m-%d}){f', and {many - 1} more' * (many > 1)}"
            )
        found = [replace(one, url=self._first.get((one.site, one.url), one.url)) for one in self._captures]
        return found, self._moves

    def _stood(self, one: Redirect, page: Page | None) -> bool:
        """Whether the page had given an answer by then."""
        if page is not None and self._archive.version_at(page.id, one.at) is not None:
            return True
        return any(capture.captured_at < one.at for capture in self._here.get((one.site, one.url), ()))

    def _stands_since(self, one: Redirect, page: Page | None) -> bool:
        """Whether the page gave answers of its own after that, too: then it did not move for good; or moved already."""
        if any(capture.captured_at > one.at for capture in self._here.get((one.site, one.url), ())):
            return True
        if any(move.url == one.url for site, move in self._moves.ended if site == one.site):
            return True
        joined = self._moves.joined.get((one.site, self._first.get((one.site, one.url), one.url)), ())
        if any(move.url == one.url for move in joined):
            return True
        latest = self._archive.latest(page.id) if page is not None else None
        return latest is not None and latest.last_seen > one.at

    def _has_past(self, site: str, url: str, at: dt.datetime, page: Page | None) -> bool:
        """Whether a page of its own stands at the new address, or has come there by another way."""
        if (site, url) in self._first or (page is not None and self._archive.snapshots(page.id)):
            return True
        return any(capture.captured_at < at for capture in self._here.get((site, url), ()))

    def _the_same(self, one: Redirect, here: Page | None, there: Page | None, *, strictly: bool) -> bool:
        """Whether the new address says what the old one said."""
        old = [capture for capture in self._here.get((one.site, one.url), ()) if capture.captured_at < one.at]
        new = self._here.get((one.site, one.target), [])
        new = [capture for capture in new if capture.captured_at >= one.at] or new[::-1]
        before = self._says(one.site, old[::-1]) or self._kept(here, one.at)
        after = self._says(one.site, new) or self._kept(there, None)
        return before is not None and after is not None and is_the_same(before, after, strictly=strictly)

    def _kept(self, page: Page | None, at: dt.datetime | None) -> Release | None:
        if page is None:
            return None
        version = self._archive.latest(page.id) if at is None else self._archive.version_at(page.id, at)
        return version.release if version is not None else None

    def _page(self, name: str, url: str) -> Page | None:
        site = self._archive.site(name)
        return self._archive.page(site.id, url) if site is not None else None
