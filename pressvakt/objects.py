"""The JSON of the command line: changes, notices and versions as objects whose keys are stable.

Keys may be added, never renamed or taken away. Times are UTC (RFC 3339), days ISO 8601.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from changes.kinds import Kind
from changes.release import encode
from pressvakt.times import iso
from storage.records import Change, Notice, Snapshot, Version

#: Keys that a change of this kind always has, null where the site does not say.
KEYS: dict[Kind, tuple[str, ...]] = {
    Kind.PUBLISHED: (),
    Kind.EDITED: ("fields", "silent", "labels"),
    Kind.ARCHIVED: ("period", "government", "reason"),
    Kind.UNARCHIVED: (),
    Kind.WITHDRAWN: ("period", "reason"),
    Kind.REINSTATED: (),
    Kind.OFFICEHOLDER: ("person", "role"),
    Kind.REMOVED: ("status",),
    Kind.RESTORED: (),
    Kind.MOVED: ("was",),
    Kind.ATTACHMENT: ("href",),
}

#: All keys of all kinds, in the order in which they are written.
SPECIAL = ("fields", "silent", "labels", "period", "government", "reason", "person", "role", "was", "status", "href")
COMMON = ("id", "kind", "site", "url", "detected_at", "title", "before", "after")
CHANGE_COLUMNS = (*COMMON, *SPECIAL, "baseline", "wave")
NOTICE_COLUMNS = ("id", "kind", "site", "at", "text", "about", "detail")
VERSION_COLUMNS = (
    "version", "url", "site", "first_seen", "last_seen", "visits", "title", "digest", "rules", "snapshot", "changes"
)  # fmt: skip


def change_object(change: Change) -> dict[str, Any]:
    """A change as `pressvakt changes --format jsonl` writes it."""
    special = {
        "fields": list(change.finding.fields),
        "silent": change.finding.silent,
        "labels": list(change.finding.labels),
        "period": _period(change.finding.period),
        "government": change.finding.government,
        "reason": change.finding.reason,
        "person": change.finding.person,
        "role": change.finding.role,
        "was": change.finding.was,
        "status": change.finding.status,
        "href": change.finding.href,
    }
    expected = KEYS[change.kind]
    return {
        "id": change.id,
        "kind": str(change.kind),
        "site": change.site,
        "url": change.url,
        "detected_at": iso(change.detected_at),
        "title": change.title,
        "before": change.before,
        "after": change.after,
        **{key: special[key] for key in SPECIAL if key in expected or special[key] not in (None, [])},
        "baseline": change.baseline,
        "wave": change.wave,
    }


def notice_object(notice: Notice) -> dict[str, Any]:
    """A notice about a site as `pressvakt notices --format jsonl` writes it."""
    return {
        "id": notice.id,
        "kind": str(notice.kind),
        "site": notice.site,
        "at": iso(notice.at),
        "text": notice.text,
        "about": None if notice.about is None else str(notice.about),
        "detail": notice.detail,
    }


def version_object(version: Version, *, site: str, url: str, changes: list[Change]) -> dict[str, Any]:
    """A version as `pressvakt history --format jsonl` writes it, with the changes that led to it or befell it."""
    return {
        "version": version.number,
        "url": url,
        "site": site,
        "first_seen": iso(version.first_seen),
        "last_seen": iso(version.last_seen),
        "visits": version.visits,
        "title": version.release.title,
        "digest": version.digest,
        "rules": version.rules,
        "snapshot": version.snapshot_id,
        "changes": [change_object(change) for change in changes],
    }


def release_object(version: Version, *, site: str, url: str, snapshot: Snapshot | None) -> dict[str, Any]:
    """A version with all that it says, as `pressvakt show --format json` writes it."""
    kept = None
    if snapshot is not None:
        kept = {
            "id": snapshot.id,
            "url": snapshot.url,
            "status": snapshot.status,
            "captured_at": iso(snapshot.captured_at),
            "digest": snapshot.digest,
        }
    head = version_object(version, site=site, url=url, changes=[])
    del head["changes"]
    head["snapshot"] = kept
    return {**head, "release": json.loads(encode(version.release)), "markdown": version.release.markdown}


def _period(period: tuple[dt.date | None, dt.date | None] | None) -> list[str | None] | None:
    return None if period is None else [None if day is None else day.isoformat() for day in period]
