"""A profile mended after a redesign: the rules that were learnt from the pages, held against them, ready to be written.

A crawl heals itself (`crawler.settling`): what it learnt stands with the site in the archive. Whoever looks after the
profile takes it over here, after a look at what it reads.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from changes.compare import compare
from crawler.doubts import rules_of
from crawler.reading.extract import read_with
from crawler.reading.pages import page_tree
from crawler.reading.profiles import ReleaseRules
from storage.records import PageState

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from changes.release import Release
    from crawler.reading.profiles import SiteProfile
    from storage.archive import Archive
    from storage.records import Page, Site

#: Pages that are read again to judge the rules.
SAMPLE = 60
#: Rules that read hardly any page on their own are left where they are.
WORTH = 0.05


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A page as its last answer has it, and what it says by the version that is kept."""

    url: str
    captured_at: dt.datetime
    release: Release
    root: HtmlElement


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Learnt rules, and how many of the sampled pages that the profile's own rules do not read they read as kept."""

    rules: ReleaseRules
    pages: int
    alike: int  #: read as the kept version says


@dataclass(frozen=True, kw_only=True)
class Repair:
    """What to write into a profile."""

    rules: tuple[Judged, ...]  #: best first
    retired: tuple[str, ...]  #: names of the profile's own rules that fit no sampled page any more
    since: dt.date | None  #: the first day that a sampled page was read by learnt rules
    samples: tuple[Sample, ...]


def propose(archive: Archive, site: Site, profile: SiteProfile) -> Repair | None:
    """What would put a profile in order; None where nothing was learnt, or its own rules read all pages.

    Pages are read from what is stored; nothing is fetched or written.
    """
    learnt = rules_of(site)
    if not learnt:
        return None
    samples = list(_samples(archive, site, profile))
    own: dict[str, int] = {rules.name: 0 for rules in profile.release}
    unread: list[Sample] = []
    for sample in samples:
        fitting = next((rules for rules in profile.release if _reads(sample, rules, profile) is not None), None)
        if fitting is None:
            unread.append(sample)
        else:
            own[fitting.name] += 1
    judged: list[Judged] = []
    left = unread
    for rules in learnt:
        readings = [(sample, _reads(sample, rules, profile)) for sample in left]
        read = [(sample, release) for sample, release in readings if release is not None]
        if len(read) >= max(1, WORTH * len(samples)):
            alike = sum(not compare(sample.release, release) for sample, release in read)
            judged.append(Judged(rules=rules, pages=len(read), alike=alike))
            left = [sample for sample, release in readings if release is None]
    if not judged:
        return None
    since = min(sample.captured_at for sample in unread).astimezone(profile.time_zone).date()
    retired = tuple(name for name, count in own.items() if not count)
    return Repair(rules=tuple(judged), retired=retired, since=since, samples=tuple(unread))


def named(repair: Repair, profile: SiteProfile, *, on: dt.date) -> tuple[ReleaseRules, ...]:
    """The proposed rules under names for people: `2026-09`, with a letter behind it where that is taken."""
    taken = {rules.name for rules in profile.release}
    out = []
    for judged in repair.rules:
        name = next(name for name in _names(on) if name not in taken)
        taken.add(name)
        out.append(replace(judged.rules, name=name))
    return tuple(out)


def _names(on: dt.date) -> Iterator[str]:
    yield f"{on:%Y-%m}"
    for number in range(2, 1000):
        yield f"{on:%Y-%m}-{number}"


def _samples(archive: Archive, site: Site, profile: SiteProfile) -> Iterator[Sample]:
    """Pages spread over the site, each with its newest answer: after a redesign that one is kept, whatever it says."""
    live = [page for page in archive.pages(site.id) if page.version is not None and page.state is PageState.LIVE]
    for page in _spread(live):
        version = archive.latest(page.id)
        snapshots = archive.snapshots(page.id)
        if version is None or not snapshots:
            continue
        snapshot = snapshots[-1]
        kind = next((value for name, value in snapshot.headers if name.lower() == "content-type"), None)
        root = page_tree(archive.payload(snapshot.digest), kind, profile)
        if root is not None:
            yield Sample(url=page.url, captured_at=snapshot.captured_at, release=version.release, root=root)


def _spread(pages: Sequence[Page]) -> Sequence[Page]:
    """The pages that were read last, where a redesign shows, and some of all others."""
    newest = sorted(pages, key=lambda page: page.last_full or page.first_seen, reverse=True)[: SAMPLE // 2]
    step = max(1, len(pages) // (SAMPLE // 2))
    chosen = {page.id: page for page in (*newest, *pages[::step])}
    return list(chosen.values())[:SAMPLE]


def _reads(sample: Sample, rules: ReleaseRules, profile: SiteProfile) -> Release | None:
    if rules.valid_until is not None and sample.captured_at.date() > rules.valid_until:
        return None
    return read_with(sample.root, rules, profile, sample.url)
