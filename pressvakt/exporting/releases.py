"""Releases as they are exported: whole with all their versions, or a row for each version or change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pressvakt.differences import field_texts
from pressvakt.objects import change_object, release_object
from pressvakt.times import iso
from storage.archive import Archive
from storage.correcting import former_addresses
from storage.exports.choice import Choice, Watch, chosen_pages, page_changes
from storage.records import Page, Snapshot, Version

VERSION_ROW = (
    "site", "url", "state", "version", "first_seen", "last_seen", "visits", "title", "lead", "text", "published",
    "updated", "kind", "senders", "identifier", "contacts", "attachments", "categories", "language", "canonical",
    "notices", "digest", "rules", "captured_at", "status", "payload",
)  # fmt: skip


def release_objects(archive: Archive, choice: Choice, *, watch: Watch = lambda *_: None) -> Iterator[dict[str, Any]]:
    """Each release with its address, what it said in each version, and what happened to it.

    Of a choice of time, those are wanted of which a version was first seen, or a change detected, in it; with these.
    """
    for site, page in chosen_pages(archive, choice, watch=watch):
        changes = [one for one in page_changes(archive, page.id) if choice.holds(one.detected_at)]
        versions = [_told(archive, page, version) for version in _versions(archive, page, choice)]
        if not versions and not changes and not choice.timeless:
            continue
        yield {
            "site": site.name,
            "url": page.url,
            "state": str(page.state),
            "baseline": page.baseline,
            "first_seen": iso(page.first_seen),
            "last_seen": None if page.last_seen is None else iso(page.last_seen),
            "former": [{"url": url, "left_at": iso(at)} for url, at in former_addresses(archive, page.id)],
            "versions": versions,
            "changes": [change_object(change) for change in changes],
        }


def version_rows(archive: Archive, choice: Choice, *, watch: Watch = lambda *_: None) -> Iterator[dict[str, Any]]:
    """A row for each version that was first seen in the time that is wanted; its columns are `VERSION_ROW`."""
    for site, page in chosen_pages(archive, choice, watch=watch):
        for version in _versions(archive, page, choice):
            snapshot = archive.snapshot(version.snapshot_id)
            yield {"site": site.name, **_row(page, version, snapshot)}


def change_rows(archive: Archive, choice: Choice) -> Iterator[dict[str, Any]]:
    """A row for each change that was detected in the time that is wanted, oldest first."""
    if choice.page is not None:
        found = [one for one in page_changes(archive, choice.page.id) if choice.holds(one.detected_at)]
        yield from map(change_object, found)
        return
    name = None if choice.site is None else choice.site.name
    yield from map(change_object, archive.changes(site=name, since=choice.since, until=choice.until))


def _versions(archive: Archive, page: Page, choice: Choice) -> Iterator[Version]:
    return (version for version in archive.versions(page.id) if choice.holds(version.first_seen))


def _told(archive: Archive, page: Page, version: Version) -> dict[str, Any]:
    snapshot = archive.snapshot(version.snapshot_id)
    value = release_object(version, site="", url=page.url, snapshot=snapshot)
    del value["site"], value["url"]  # as the page's own
    return value


def _row(page: Page, version: Version, snapshot: Snapshot | None) -> dict[str, Any]:
    release = version.release
    return {
        "url": page.url,
        "state": str(page.state),
        "version": version.number,
        "first_seen": iso(version.first_seen),
        "last_seen": iso(version.last_seen),
        "visits": version.visits,
        "title": release.title,
        "lead": release.lead,
        "text": release.markdown,
        "published": _one(version, "published"),
        "updated": _one(version, "updated"),
        "kind": release.kind,
        "senders": list(release.senders),
        "identifier": release.identifier,
        "contacts": field_texts(release, "contacts"),
        "attachments": field_texts(release, "attachments"),
        "categories": list(release.categories),
        "language": release.language,
        "canonical": release.canonical,
        "notices": field_texts(release, "notices"),
        "digest": version.digest,
        "rules": version.rules,
        "captured_at": None if snapshot is None else iso(snapshot.captured_at),
        "status": None if snapshot is None else snapshot.status,
        "payload": None if snapshot is None else snapshot.digest,
    }


def _one(version: Version, name: str) -> str | None:
    return next(iter(field_texts(version.release, name)), None)
