"""What makes a page's new words doubtful, and which rules to read it by: what the archivist asks before it believes."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec

from changes.canonical import similarity
from changes.release import Release
from crawler.items import Fault
from crawler.opened import Opened
from crawler.outcomes import Result
from crawler.reading.addresses import at_home, identify, same_site
from crawler.reading.extract import read_with
from crawler.reading.fingerprint import rules_behind
from crawler.reading.generic.rules import closest_first
from crawler.reading.profiles import ReleaseRules, SiteProfile, with_noise
from crawler.weighing import GUESSED, garbled, says_again, says_less, shrunk
from storage.archive import Archive
from storage.records import Page, Site, Version

#: So many earlier versions are held against a page that may be a stale copy.
RECENT = 6
#: A visit by a crawl that was killed is a look of its own after so long; until then it is the next crawl's.
AGAIN = dt.timedelta(minutes=10)
#: So many pages that wait are more than a few odd ones.
MANY = 5


class Doubts:
    """The archivist's judgement, over what one crawl of one site knows."""

    def __init__(self, archive: Archive, profile: SiteProfile, site: Site, crawl: int) -> None:
        self.archive = archive
        self.profile = profile
        self.site = site
        self.resumes = archive.interrupted(crawl)  #: the killed crawls that this one takes up again
        self.learnt: list[ReleaseRules] = list(with_noise(rules_of(site), profile))
        self.fresh: list[ReleaseRules] = []  #: those of them that this crawl has learnt
        self._used: Counter[str] = Counter()  #: rules by the pages that they read in this crawl

    @property
    def rules(self) -> list[ReleaseRules]:
        """All rules that may read a page, the profile's first."""
        return closest_first([*self.profile.release, *self.learnt])

    @property
    def used(self) -> set[str]:
        """The names of the rules that pages of this crawl were read by."""
        return {name for name in self._used if name}

    def _likeliest(self, page: Page) -> list[ReleaseRules]:
        """All rules: those learnt just now, those that read most pages of this crawl, those that read the page last,
        and then the profile's own before older ones.
        """
        common = [name for name, count in self._used.most_common(1) if 2 * count > self._used.total() > MANY]
        first = [*common, (page.fingerprint or "").rpartition(":")[0], *(name for name, _ in self._used.most_common(3))]
        known = (rules_behind(f"{name}:", self.rules) for name in first)
        ordered = [rules for rules in (*self.fresh, *known, *self.rules) if rules is not None]
        return closest_first(ordered)

    def _reads_better(self, page: Page, answer: Opened, before: Version, release: Release, rules: ReleaseRules) -> bool:
        """Whether other rules than before have only left out what never belonged: no word is new, and by the rules of
        then, or where those were but guessed, nothing has gone.
        """
        if rules.name == before.rules or not says_less(before.release, release):
            return False
        if before.rules.startswith(GUESSED):
            return True
        then = rules_behind(f"{before.rules}:", self.rules)
        again = read_with(answer.root, then, self.profile, page.url) if then is not None else None
        return again is not None and len(release.body) < len(again.body) >= len(before.release.body)

    def _broken(self, page: Page, answer: Opened, before: Release, after: Release) -> tuple[str, str] | None:
        """Why a page's new words are not the publisher's: its bytes were cut off, or its letters decoded twice."""
        if garbled(before, after):
            return "garbled", "its letters have been through a wrong encoding"
        if not _ends(answer.fetch.body):
            latest = self.archive.latest(page.id)
            kept = self.archive.snapshot(latest.snapshot_id) if latest is not None else None
            if kept is not None and _ends(self.archive.payload(kept.digest)):
                return str(Fault.TRUNCATED), "the page has no end"
        return None

    def _doubtful(self, page: Page, answer: Opened, past: Sequence[Version], release: Release) -> bool:
        """Whether a page must say this twice: it may be an old copy, half a page, or another one's."""
        before, earlier = past[0].release, [version.release for version in past[1:]]
        again = says_again(before, earlier, release) or shrunk(before, release)
        return again or self._others(page, answer, before, release)

    def _others(self, page: Page, answer: Opened, before: Release | None, release: Release) -> bool:
        """Whether this is what another page says: a cache may have mixed them up."""
        if any(one.id != page.id for one in self.archive.same_text(self.site.id, answer.text_digest(release))):
            return True
        named = identify(release.canonical, page.url) if release.canonical else None
        if named is None or urlsplit(named).path == urlsplit(page.url).path:
            return False
        if before is not None:
            return release.canonical != before.canonical
        other = self.archive.page(self.site.id, at_home(named, self.profile))
        return other is not None and other.id != page.id

    def _confirmed(self, page: Page, answer: Opened, release: Release) -> bool:
        """Whether an earlier look found the page to say this already."""
        if page.suspect is None:
            return False
        return page.suspect == answer.text_digest(release) and not self._same_look(page, answer.fetch.fetched_at)

    def _same_look(self, page: Page, now: dt.datetime) -> bool:
        """Whether a crawl that was killed has just looked at the page, and this is the same look once more.

        What must be seen twice to be believed is not seen twice because a crawl had to begin again.
        """
        if not self.resumes or page.last_visit is None:
            return False
        return page.last_visit >= self.resumes[0].started_at and now - page.last_visit < AGAIN

    def _past(self, page: Page) -> list[Version]:
        """The latest versions, newest first."""
        if page.version is None:
            return []
        oldest = max(0, page.version - RECENT)
        found = (self.archive.version(page.id, number) for number in range(page.version, oldest, -1))
        return [version for version in found if version is not None]

    def _moved(self, page: Page, answer: Opened, before: Release, after: Release) -> Result | None:
        """Whether the page has a new address: CHANGED; FAULT where a redirect led to something else; None else."""
        fetch = answer.fetch
        if not fetch.redirects:
            return None
        target = identify(fetch.final_url, page.url)
        if target is None or not same_site(target, self.profile):
            return Result.FAULT
        other = self.archive.page(self.site.id, target)
        known = other is not None and other.id != page.id and other.version is not None
        if not is_the_same(before, after, strictly=known):
            return Result.FAULT
        return Result.CHANGED if fetch.permanent and at_home(target, self.profile) != page.url else None


def _ends(body: bytes) -> bool:
    """Whether a page has its end: many never had one, and what lost it has lost more."""
    return b"</html" in body[-2000:].lower()


def is_the_same(before: Release, after: Release, *, strictly: bool = False) -> bool:
    """Whether two readings are of one release, edited perhaps: what a redirect must lead to.

    `strictly`: the second is known as a page of its own, and releases of one office resemble each other.
    """
    return similarity(before, after) >= (0.9 if strictly else 0.5) or before.title == after.title


def rules_of(site: Site) -> list[ReleaseRules]:
    """The rules learnt for a site, newest first."""
    return msgspec.json.decode(site.layout, type=list[ReleaseRules]) if site.layout else []
