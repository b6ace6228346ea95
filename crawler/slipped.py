"""Pages that changed their address without a redirect: missing where they stood, and saying the same elsewhere.

A slug is renamed with a title, and the old address answers 404 from then on. To a reader that is one release with one
history, neither a removal nor a new release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapidfuzz.fuzz import ratio

from changes.canonical import whole_text
from storage.records import PageState

if TYPE_CHECKING:
    from changes.release import Release
    from storage.archive import Archive
    from storage.records import Page, Site

#: How much of the text must be the same where not all of it is, and how long it must be to prove anything.
ALIKE, TELLING = 90.0, 200  # per cent, letters
#: Letters of a text that are compared.
LONGEST = 20_000
#: Where more pages are missing at once, something else is going on: then only the very same text counts.
MANY = 200


class Slipped:
    """The pages that one crawl did not find where they stood."""

    def __init__(self, archive: Archive, site: Site) -> None:
        self._archive = archive
        self._site = site
        self._missing: dict[int, Page] = {}

    def add(self, page: Page) -> None:
        """A page with a past was not found at its address."""
        self._missing[page.id] = page

    def found(self, release: Release, digest: str) -> Page | None:
        """The one missing page that said what a new page says; None where there is none, or more than one."""
        if not self._missing:
            return None
        candidates = [page for page in self._archive.same_text(self._site.id, digest) if page.id in self._missing]
        if not candidates and len(self._missing) <= MANY:
            candidates = [page for page in self._missing.values() if self._like(page, release)]
        if len(candidates) != 1:
            return None
        del self._missing[candidates[0].id]
        return self._archive.page_by_id(candidates[0].id)

    def elsewhere(self, digest: str, visited: frozenset[int] | set[int]) -> list[Page]:
        """Live pages that say the same and that this crawl has not looked at: one of them may be gone by now."""
        same = self._archive.same_text(self._site.id, digest)
        return [page for page in same if page.state is PageState.LIVE and page.id not in visited]

    def _like(self, page: Page, release: Release) -> bool:
        version = self._archive.latest(page.id)
        if version is None or version.release.language != release.language:
            return False
        before = version.release
        if len(whole_text(before)) < TELLING or len(whole_text(release)) < TELLING:
            return False
        texts = whole_text(before)[:LONGEST], whole_text(release)[:LONGEST]
        return _day(before) == _day(release) and ratio(*texts, score_cutoff=ALIKE) > 0


def _day(release: Release) -> object:
    return release.published.day if release.published is not None else None
