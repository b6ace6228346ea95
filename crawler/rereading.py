"""Reading a stored answer by today's rules, as the archivist would have read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from changes.compare import compare
from changes.release import Release
from crawler.history import Reading, by_crawl
from crawler.items import Fetch, Hop
from crawler.reading.generic.rules import closest_first
from crawler.reading.layout.pagetext import page_text as linear_text
from crawler.reading.pages import page_tree
from crawler.reading.profiles import ReleaseRules, SiteProfile
from crawler.reading.screening import page_text, screen
from crawler.weighing import best_reading, misread
from storage.errors import Damaged
from storage.records import Page, Snapshot, Version

if TYPE_CHECKING:
    from lxml.html import HtmlElement


class PageReader:
    """Reads the answers of one page: a `crawler.history.Reader`."""

    def __init__(
        self,
        page: Page,
        profile: SiteProfile,
        learnt: Sequence[ReleaseRules],
        payload: Callable[[str], bytes],
        *,
        former: Sequence[tuple[str, dt.datetime]] = (),
        skip: Collection[int] = (),
        sure: Callable[[Snapshot], bool] = by_crawl,
    ) -> None:
        self._page = page
        self._profile = profile
        self._rules = closest_first([*profile.release, *learnt])
        self._payload = payload
        self._former = former
        self._skip = skip  #: answers that are known to be no release
        self._sure = sure
        self.damaged = 0  #: answers whose payload is not what was kept

    def __call__(self, snapshot: Snapshot, before: Release | None, version: Version | None) -> Reading | None:
        """What the answer says; None where it cannot be read, or another than the publisher spoke."""
        if snapshot.id in self._skip:
            return None
        try:
            body = self._payload(snapshot.digest)
        except Damaged:
            self.damaged += 1
            return None
        url = self._url_at(snapshot.captured_at)
        fetch = _fetch(snapshot, body, url)
        root = page_tree(body, fetch.header("content-type"), self._profile)
        if root is None:
            return None
        # a crawl has screened what it made a version of, and knew more of the answer than is kept
        sure = version is not None and self._sure(snapshot)
        if not sure and not screen(fetch, page_text(root), self._profile).ok:
            return None
        rules = _first(self._rules, version)
        found = best_reading(root, rules, self._profile, url, before)
        if found is None:
            return None
        release, by = found
        doubted = not sure and before is not None and bool(compare(before, release)) and _misread(root, before, release)
        return Reading(release=release, rules=by.name, doubted=doubted)

    def _url_at(self, at: dt.datetime) -> str:
        """Where the page stood when it was asked for."""
        return next((url for url, left in self._former if left >= at), self._page.url)


def parsed(snapshot: Snapshot, body: bytes, profile: SiteProfile) -> HtmlElement | None:
    """The page in a stored answer; None where there is no text."""
    return page_tree(body, _fetch(snapshot, body, snapshot.url).header("content-type"), profile)


def _fetch(snapshot: Snapshot, body: bytes, url: str) -> Fetch:
    return Fetch(
        url=url,
        final_url=snapshot.url,
        fetched_at=snapshot.captured_at,
        status=snapshot.status,
        headers=snapshot.headers,
        body=body,
        redirects=tuple(Hop(url=url, status=status) for url, status in snapshot.redirects),
    )


def _first(rules: Sequence[ReleaseRules], version: Version | None) -> list[ReleaseRules]:
    """The rules that read it before, as they are today, and then all others: of two that agree the one stays."""
    if version is None:
        return list(rules)
    return sorted(rules, key=lambda one: one.name != version.rules)


def _misread(root: HtmlElement, before: Release, after: Release) -> bool:
    return misread(before, after, linear_text(root), [link.get("href") or "" for link in root.iter("a")])
