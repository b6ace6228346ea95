"""The JSON of what the archive holds: changes, notices and versions as objects whose keys are stable.

The command line, the web, exports and webhooks all write these.

Keys may be added, never renamed or taken away. Times are UTC (RFC 3339), days ISO 8601.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from changes.differences import Difference, block_objects
from changes.kinds import Kind
from changes.moments import iso
from changes.release import encode
from changes.words import diff_words
from storage.records import Change, Crawl, Notice, Page, Snapshot, Version

if TYPE_CHECKING:
    from storage.matching import Passage
    from storage.search import Reworded, Saying

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
    """A change as `pressvakt changes --format jsonl` and the web write it."""
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
    kept = None if snapshot is None else snapshot_object(snapshot)
    head = version_object(version, site=site, url=url, changes=[])
    del head["changes"]
    head["snapshot"] = kept
    return {**head, "release": json.loads(encode(version.release)), "markdown": version.release.markdown}


def _period(period: tuple[dt.date | None, dt.date | None] | None) -> list[str | None] | None:
    return None if period is None else [None if day is None else day.isoformat() for day in period]


def crawl_object(crawl: Crawl) -> dict[str, Any]:
    """A crawl as the web writes it; `reason` and `ended_at` are null while it runs."""
    return {
        "id": crawl.id,
        "site": crawl.site,
        "started_at": iso(crawl.started_at),
        "ended_at": _or_null(crawl.ended_at),
        "reason": crawl.reason,
        "stats": crawl.stats,
    }


def page_object(page: Page, *, site: str, title: str | None) -> dict[str, Any]:
    """A release as a list of the web has it: where it stands, and how it fares; `title` is what it says now."""
    return {
        "id": page.id,
        "site": site,
        "url": page.url,
        "title": title,
        "state": str(page.state),
        "versions": page.version or 0,
        "first_seen": iso(page.first_seen),
        "last_seen": _or_null(page.last_seen),
        "last_visit": _or_null(page.last_visit),
        "missing_since": _or_null(page.missing_since),
        "status": page.status,
    }


def snapshot_object(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot, without its bytes."""
    return {
        "id": snapshot.id,
        "url": snapshot.url,
        "status": snapshot.status,
        "captured_at": iso(snapshot.captured_at),
        "digest": snapshot.digest,
    }


def saying_object(one: Saying) -> dict[str, Any]:
    """A release that says what was looked for, as `pressvakt search --format jsonl` writes it."""
    return {
        "release": one.page_id,
        "site": one.site,
        "url": one.url,
        "title": one.title,
        "version": one.version,
        "versions": list(one.versions),
        "latest": one.latest,
        "first_seen": iso(one.first_seen),
        "last_seen": iso(one.last_seen),
        **passage_objects(one.passages),
    }


def reworded_object(one: Reworded, *, added: bool) -> dict[str, Any]:
    """An edit that brought, or took away, what was looked for, as `pressvakt search --in added` writes it."""
    return {**change_object(one.change), **passage_objects(one.passages, added=added)}


def passage_objects(passages: Sequence[Passage], *, added: bool | None = None) -> dict[str, Any]:
    """Sentences as JSON: `found` with signs, to read; `sentences` with the places of words, for programs.

    A place is a pair of offsets in characters, end not included. `added` says which side of an edit they are from.
    """
    objects = []
    for passage in passages:
        entry: dict[str, Any] = {"text": passage.text, "marks": [list(mark) for mark in passage.marks]}
        if added is not None:
            entry["added" if added else "removed"] = [list(place) for place in passage.own]
        objects.append(entry)
    signs = ("{+", "+}") if added else ("[-", "-]")
    return {"found": [marked(one, signs) for one in passages], "sentences": objects}


def marked(passage: Passage, signs: tuple[str, str]) -> str:
    """A sentence with what was looked for between stars, or between `signs` where the other version does not say it."""
    parts, at = [], 0
    for start, end in passage.marks:
        own = any(first < end and start < last for first, last in passage.own)
        left, right = signs if own else ("*", "*")
        parts += [passage.text[at:start], left, passage.text[start:end], right]
        at = end
    return "".join(parts) + passage.text[at:]


def difference_object(*, site: str, url: str, before: Version, after: Version, found: Difference) -> dict[str, Any]:
    """What two versions say differently, as `pressvakt diff --format json` writes it."""
    return {
        "site": site,
        "url": url,
        "before": _seen(before),
        "after": _seen(after),
        "kinds": [str(finding.kind) for finding in found.findings],
        "title": None
        if found.title is None
        else {
            "before": found.title[0],
            "after": found.title[1],
            "words": [{"op": str(span.op), "text": span.text} for span in diff_words(*found.title)],
        },
        "fields": {name: {"before": old, "after": new} for name, (old, new) in found.fields.items()},
        "blocks": block_objects(found.steps),
        "links": [{"text": words, "before": old, "after": new} for words, old, new in found.links],
    }


def _seen(version: Version) -> dict[str, Any]:
    return {
        "version": version.number,
        "first_seen": iso(version.first_seen),
        "last_seen": iso(version.last_seen),
    }


def _or_null(at: dt.datetime | None) -> str | None:
    return None if at is None else iso(at)
