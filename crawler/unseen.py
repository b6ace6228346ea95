"""The known pages that a crawl could not see, and whether a new page is one of them at a new address.

A page may move on the very day on which a firewall hides the redirect at its old address. Until somebody has looked
there, what stands at the new address is not known to be news.
"""

from __future__ import annotations

from changes.release import Release, letters
from storage.archive import Archive
from storage.records import Site


class Unseen:
    """Addresses of one crawl that ended in a fault."""

    def __init__(self, archive: Archive, site: Site) -> None:
        self._archive = archive
        self._site = site
        self._urls: list[str] = []
        self._said: set[str] = set()  #: what those pages said last: their titles and bodies
        self._read = 0

    def add(self, url: str) -> None:
        """An address gave no answer that could be read."""
        self._urls.append(url)

    def may_be(self, release: Release) -> bool:
        """Whether one of the pages that could not be seen last said this, by its title or its whole body."""
        for url in self._urls[self._read :]:
            page = self._archive.page(self._site.id, url)
            version = self._archive.latest(page.id) if page is not None else None
            if version is not None:
                self._said.update(_marks(version.release))
        self._read = len(self._urls)
        return not self._said.isdisjoint(_marks(release))


def _marks(release: Release) -> tuple[str, str]:
    body = "".join(letters(block.text) for block in release.body)
    return f"title {letters(release.title)}", f"body {body}"
