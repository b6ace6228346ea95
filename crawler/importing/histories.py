"""What a file that Pressvakt exported tells of its pages besides their answers, so that they come back as they were.

Answers alone do not tell of visits that found nothing new, of addresses that a page has left, of removals, or which
answers a second visit had confirmed. All of it is held against the answers again by the rules of today
(`crawler.reread.place`), and is taken only for a page of which nothing was known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from crawler.importing.records import Capture
from crawler.importing.watched import Watched
from storage.exports.metadata import ToldCapture, ToldChange, ToldPage, ToldVersion, read_capture, read_page
from storage.imports import Origin, add_origin, stretch
from storage.records import Page, PageState
from storage.unit import Unit

#: Whose answer it was: its time, and the digest of its payload.
Key = tuple[dt.datetime, str]


@dataclass(kw_only=True)
class History:
    """What is told of one page."""

    page: ToldPage | None = None
    versions: list[tuple[Key, ToldVersion]] = field(default_factory=list)
    changes: tuple[ToldChange, ...] = ()


@dataclass(kw_only=True)
class Histories:
    """What the metadata records of some files tell."""

    watched: Watched
    _answers: dict[str, tuple[ToldCapture, tuple[ToldVersion, ...]]] = field(default_factory=dict)
    _pages: dict[tuple[str, str], History] = field(default_factory=dict)

    def take(self, block: bytes, about: str | None) -> None:
        """Take up a metadata record, if it is one of ours. `about` is the id of the record that it is about."""
        told = read_capture(block) if about else None
        if told is not None and about:
            self._answers[about] = told
        found = read_page(block)
        place = self.watched.of(found[0].page) if found is not None else None
        if found is not None and place is not None and place.url is not None:
            history = self._pages.setdefault((place.profile.name, place.url), History())
            history.page, history.changes = found

    def completed(self, capture: Capture) -> Capture:
        """A capture with what is told of it: the page that it belonged to, its redirects, its headers as sent."""
        told = self._answers.get(capture.origin.record or "")
        if told is None or told[0].payload != capture.digest:
            return capture
        one, versions = told
        place = self.watched.of(one.page)
        if place is None or place.url is None or place.profile.name != capture.site:
            return capture
        history = self._pages.setdefault((capture.site, place.url), History())
        key = capture.captured_at, capture.digest
        history.versions += [(key, version) for version in versions]
        return replace(
            capture,
            url=place.url,
            redirects=one.redirects,
            headers=capture.headers if one.headers is None else one.headers,
            origin=replace(capture.origin, crawled=one.crawl),
        )

    def of(self, site: str, url: str) -> History | None:
        """What is told of a page that had versions; None where nothing is."""
        found = self._pages.get((site, url))
        return found if found is not None and found.page is not None and found.versions else None


def begin(unit: Unit, site_id: int, url: str, told: ToldPage) -> Page:
    """The page that is told of, at the address where it stood last, and found by those where it stood before."""
    places = [*(place for place, _ in told.former if place != url), url]
    page = unit.add_page(site_id, places[0], at=told.first_seen, baseline=told.baseline)
    for place, (_, left) in zip(places[1:], told.former, strict=False):
        unit.move_page(page.id, place, at=left)
    return unit.page_by_id(page.id) or page


def restore(unit: Unit, page: Page, told: History, kept: Mapping[Key, int], *, run: int, origin: Origin) -> None:
    """Write a history as it is told, to be held against its answers next. Alerts nobody.

    Args:
        unit: The unit in which the answers were kept.
        page: Their page, of which nothing was known.
        told: What is told of it.
        kept: The ids of the answers.
        run: The number of the import.
        origin: Where all this comes from.
    """
    versions = [(kept[key], version) for key, version in told.versions if key in kept]
    for purged in told.page.purged if told.page is not None else ():
        bare = unit.keep_snapshot(
            page.id, url=page.url, status=200, headers=(), redirects=(), captured_at=purged.captured_at, body=b""
        )
        add_origin(unit, bare.id, run, origin)
        versions += [(bare.id, version) for version in purged.versions]
    numbers: dict[int, int] = {}
    for snapshot, one in sorted(versions, key=lambda pair: pair[1].number):
        if one.number in numbers:
            continue  # told twice
        version = unit.add_version(
            page.id, snapshot_id=snapshot, release=one.release, digest=one.digest, rules=one.rules, at=one.first_seen
        )
        stretch(unit, version.id, last_seen=max(one.last_seen, one.first_seen), visits=max(one.visits, 1))
        numbers[one.number] = version.number
    _changes(unit, page, told.changes, numbers)
    if told.page is not None and numbers:
        state = told.page.state if told.page.state in (PageState.GONE, PageState.MOVED) else PageState.LIVE
        unit.update_page(page.id, state=state, last_seen=told.page.last_seen)


def _changes(unit: Unit, page: Page, told: Sequence[ToldChange], numbers: Mapping[int, int]) -> None:
    for one in sorted(told, key=lambda change: change.id):
        key = unit.add_change(
            page.id,
            one.finding,
            before=numbers.get(one.before or 0),
            after=numbers.get(one.after or 0),
            title=one.title,
            url=one.url,
            at=one.detected_at,
            baseline=one.baseline,
        )
        if one.wave is not None:
            unit.add_wave([key], one.wave)
