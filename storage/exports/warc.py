"""What is kept, as one WARC 1.1 file: every answer whole, or as a revisit of an earlier one, with what we know of it.

Written as it is read, page by page: memory stays flat however much is kept. The same archive gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from storage.correcting import former_addresses
from storage.errors import ArchiveError
from storage.exports.choice import Choice, Watch, chosen_pages, crawl_times, newest_capture, page_changes
from storage.exports.messages import ORIGINAL, request_head, response_head
from storage.exports.metadata import capture_fields, exact, page_fields
from storage.exports.records import CONFORMS, Original, Place, Records, Sink
from storage.imports import page_origins
from storage.purging import EMPTY

if TYPE_CHECKING:
    from storage.archive import Archive
    from storage.imports import Import, Origin
    from storage.records import Page, Site, Snapshot, Version

DESCRIPTION = (
    "Answers as they were kept: the content of each, its transfer and content encodings undone. Headers that told of "
    f"them stand under {ORIGINAL}…, and Content-Length is that of the content. Of requests, only method, path and host "
    "are known: request records are made of those. Metadata records tell redirects, versions and changes."
)


@dataclass(frozen=True, kw_only=True)
class Captured:
    """An answer that was written: what an index of the file holds, and what a list of its pages."""

    snapshot: Snapshot
    versions: tuple[Version, ...]  #: what it says; none where nobody could read it
    revisit: bool
    place: Place


@dataclass(kw_only=True)
class Written:
    """What went into a file."""

    at: dt.datetime  #: the date of the whole: that of the newest answer
    pages: int = 0
    responses: int = 0
    revisits: int = 0
    purged: int = 0  #: answers of which only their time is left

    @property
    def captures(self) -> int:
        """How many answers."""
        return self.responses + self.revisits


Note = Callable[[Captured], None]


def write_warc(
    archive: Archive,
    out: Sink,
    choice: Choice,
    *,
    software: str,
    name: str | None = None,
    note: Note = lambda _: None,
    watch: Watch = lambda *_: None,
) -> Written:
    """Write what was chosen.

    Args:
        archive: An open archive; crawls may go on meanwhile.
        out: Where the bytes go.
        choice: Of which site or page, captured when.
        software: Who writes: `pressvakt/0.1.0`.
        name: The file's name, where it is known.
        note: Told of each answer once it is written.
        watch: Told how many pages are done, and of how many.

    Raises:
        ArchiveError: nothing was kept of what was chosen.
        storage.errors.Damaged: a payload is no longer what was kept.
    """
    newest = newest_capture(archive, choice)
    if newest is None:
        raise ArchiveError("nothing was kept of what was asked for, so there is nothing to export")
    done = Written(at=newest)
    writer = _Writer(archive, Records(out), choice, done, note)
    writer.begin(software, name)
    for site, page in chosen_pages(archive, choice, watch=watch):
        writer.page(site, page)
    return done


def write_answers(
    archive: Archive, out: Sink, site: Site, page: Page, snapshots: Sequence[Snapshot], *, software: str
) -> Written:
    """As `write_warc`, for some answers of one page."""
    done = Written(at=max(snapshot.captured_at for snapshot in snapshots))
    writer = _Writer(archive, Records(out), Choice(page=page), done, lambda _: None)
    writer.begin(software, None)
    writer.answers(site, page, snapshots, archive.versions(page.id))
    return done


class _Writer:
    """Writes pages, and counts."""

    def __init__(self, archive: Archive, records: Records, choice: Choice, done: Written, note: Note) -> None:
        self._archive = archive
        self._records = records
        self._choice = choice
        self._done = done
        self._note = note
        self._crawls = crawl_times(archive)

    def begin(self, software: str, name: str | None) -> None:
        """Say what the file is."""
        fields = {
            "software": software,
            "format": "WARC File Format 1.1",
            "conformsTo": CONFORMS,
            "description": DESCRIPTION,
        }
        self._records.warcinfo(fields, at=self._done.at, name=name)

    def page(self, site: Site, page: Page) -> None:
        """All that is wanted of one page."""
        snapshots = [one for one in self._archive.snapshots(page.id) if self._choice.holds(one.captured_at)]
        changes = [one for one in page_changes(self._archive, page.id) if self._choice.holds(one.detected_at)]
        if not snapshots and not changes:
            return
        versions = self._archive.versions(page.id)
        self.answers(site, page, snapshots, versions)
        block = page_fields(
            site,
            page,
            former=former_addresses(self._archive, page.id),
            purged=[(one, _of(versions, one)) for one in snapshots if is_purged(one)],
            changes=changes,
        )
        last = max(
            [*(one.captured_at for one in snapshots), *(one.detected_at for one in changes)],
        )
        self._records.metadata(f"{site.name} {page.url} {exact(last)}", page.url, block, at=last, of=None)

    def answers(self, site: Site, page: Page, snapshots: Sequence[Snapshot], versions: Sequence[Version]) -> None:
        """Some answers of a page, each with what we know of it."""
        told = _Told(
            site=site,
            page=page,
            origins=page_origins(self._archive, page.id),
        )
        self._done.pages += 1
        for snapshot in snapshots:
            if is_purged(snapshot):
                self._done.purged += 1
            else:
                self._answer(told, snapshot, _of(versions, snapshot))

    def _answer(self, told: _Told, snapshot: Snapshot, versions: tuple[Version, ...]) -> None:
        site, page = told.site, told.page
        key = f"{site.name} {page.url} {exact(snapshot.captured_at)} {snapshot.digest} {snapshot.id}"
        # read even where a revisit will do: what is given out was looked at
        body = self._archive.payload(snapshot.digest)
        head = response_head(snapshot, len(body))
        original = told.originals.get(snapshot.digest)
        if original is None:
            one, place = self._records.response(key, snapshot, head, body)
            name = one.record_id
            if body:  # of nothing, there is nothing to look up
                told.originals[snapshot.digest] = one
            self._done.responses += 1
        else:
            name, place = self._records.revisit(key, snapshot, head, original)
            self._done.revisits += 1
        crawl = None if snapshot.crawl_id is None else self._crawls.get(snapshot.crawl_id)
        if crawl is not None:
            self._records.request(key, snapshot, request_head(snapshot.url), of=name)
        origin = told.origins.get(snapshot.id)
        block = capture_fields(site, page, snapshot, versions, crawl=crawl, origin=origin)
        self._records.metadata(key, snapshot.url, block, at=snapshot.captured_at, of=name)
        self._note(Captured(snapshot=snapshot, versions=versions, revisit=original is not None, place=place))


@dataclass(frozen=True, kw_only=True)
class _Told:
    """A page, and what was written of it."""

    site: Site
    page: Page
    origins: Mapping[int, tuple[Origin, Import]]  #: by the ids of snapshots
    originals: dict[str, Original] = field(default_factory=dict)  #: by the digests of payloads


def is_purged(snapshot: Snapshot) -> bool:
    """Whether only the time of an answer is left: it has neither bytes nor headers."""
    return snapshot.digest == EMPTY and not snapshot.headers


def _of(versions: Sequence[Version], snapshot: Snapshot) -> tuple[Version, ...]:
    return tuple(version for version in versions if version.snapshot_id == snapshot.id)
