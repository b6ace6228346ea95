"""Reading captures before they are kept, and remembering it: nothing need be read while others wait."""

from __future__ import annotations

from changes.canonical import text_digest
from changes.release import Release
from crawler.history import Reader, Reading
from crawler.importing.records import Capture
from storage.records import Page, PageState, Snapshot, Version


class Memo:
    """A reader that remembers what it has read."""

    def __init__(self) -> None:
        self.read: Reader
        self._known: dict[tuple[object, ...], Reading | None] = {}

    def __call__(self, snapshot: Snapshot, before: Release | None, version: Version | None) -> Reading | None:
        by = None if version is None else (version.rules, snapshot.id)
        key = (snapshot.captured_at, snapshot.digest, before, by)
        if key not in self._known:
            self._known[key] = self.read(snapshot, before, version)
        return self._known[key]

    def texts_of(self, one: Capture) -> set[str]:
        """The digests of what a capture was read to say."""
        return {
            text_digest(reading.release)
            for (at, digest, *_), reading in self._known.items()
            if reading is not None and (at, digest) == (one.captured_at, one.digest)
        }


def page_of(one: Capture) -> Page:
    """A page that is not there yet."""
    return Page(id=0, site_id=0, url=one.url, state=PageState.NEW, baseline=False, first_seen=one.captured_at)


def as_snapshot(one: Capture, key: int, page: int) -> Snapshot:
    """A capture as it will be kept; its id is one that no answer has."""
    return Snapshot(
        id=key,
        page_id=page,
        url=one.final_url,
        status=one.status,
        headers=one.headers,
        redirects=one.redirects,
        captured_at=one.captured_at,
        digest=one.digest,
    )
