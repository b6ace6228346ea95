"""The answer that a revisit record refers to, where it came into the archive by an earlier import or crawl."""

from __future__ import annotations

from crawler.importing.digests import agrees
from crawler.importing.http import header
from crawler.importing.records import Found
from crawler.importing.revisits import Original, Revisit, bare
from storage.archive import Archive
from storage.imports import by_record
from storage.purging import EMPTY
from storage.records import Snapshot

#: So many payloads of a page are held against a digest.
MOST = 50


def original(archive: Archive, revisit: Revisit) -> Original | None:
    """The answer that a revisit repeats; None where the archive has none that it can mean."""
    site = archive.site(revisit.site)
    page = archive.page(site.id, revisit.url) if site is not None else None
    if page is None:
        return None
    found = by_record(archive, page.id, revisit.refers_id) if revisit.refers_id else None
    if found is None:
        kept = [one for one in archive.snapshots(page.id) if one.status == 200 and one.digest != EMPTY]
        found = _by_time(kept, revisit) or _by_digest(archive, kept, revisit) or _before(kept, revisit)
    if found is None or found.digest == EMPTY:
        return None
    return Original(
        record=None,
        target=found.url,
        page=page.url,
        at=found.captured_at,
        payload=None,
        found=Found.NEW,
        digest=found.digest,
        headers=found.headers,
    )


def _by_time(kept: list[Snapshot], revisit: Revisit) -> Snapshot | None:
    if revisit.refers_at is None:
        return None
    second = revisit.refers_at.replace(microsecond=0)
    return next((one for one in kept if one.captured_at.replace(microsecond=0) == second), None)


def _by_digest(archive: Archive, kept: list[Snapshot], revisit: Revisit) -> Snapshot | None:
    if revisit.unmodified or not revisit.payload:
        return None
    newest = {one.digest: one for one in reversed(kept)}
    for one in list(newest.values())[:MOST]:
        if agrees(revisit.payload, [archive.payload(one.digest)]):
            return one
    return None


def _before(kept: list[Snapshot], revisit: Revisit) -> Snapshot | None:
    """What the page gave last, where its server said that this still holds, and nothing names another."""
    if not revisit.unmodified or revisit.refers_id or revisit.refers_date:
        return None
    last = next((one for one in reversed(kept) if one.captured_at <= revisit.at), None)
    tag = header(last.headers, "etag") if last is not None else None
    return last if not tag or not revisit.etag or bare(tag) == bare(revisit.etag) else None
