"""What we know of an answer besides its bytes, for the metadata records of a WARC (`application/warc-fields`).

With each answer: `via` for every redirect, and one line of JSON in `pressvakt-capture`; a `pressvakt-version` for each
version that was read from it. With each page: `pressvakt-page`, and a `pressvakt-change` for each change. Times are UTC
(RFC 3339) to the microsecond. `read_capture` and `read_page` understand what is written here.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from changes.kinds import Finding, Kind
from changes.release import Release
from storage.exports.messages import SENT
from storage.imports import Import, Origin
from storage.records import Change, Page, PageState, Site, Snapshot, Version
from storage.text import to_json

CAPTURE = "pressvakt-capture"
VERSION = "pressvakt-version"
PAGE = "pressvakt-page"
CHANGE = "pressvakt-change"

_BREAKS = re.compile("[\r\n]+")


@dataclass(frozen=True, kw_only=True)
class ToldVersion:
    """A version, as whoever exported it had read it."""

    number: int
    first_seen: dt.datetime
    last_seen: dt.datetime
    visits: int
    digest: str
    rules: str
    release: Release


@dataclass(frozen=True, kw_only=True)
class ToldOrigin:
    """Where an answer came from that no crawl had brought."""

    source: str
    place: int | None
    record: str | None
    way: str
    imported_at: dt.datetime


@dataclass(frozen=True, kw_only=True)
class ToldCapture:
    """An answer. `crawl` is when the crawl began that brought it."""

    site: str
    page: str  #: the watched address, as it was when this was exported
    captured_at: dt.datetime
    status: int
    payload: str
    redirects: tuple[tuple[str, int], ...] = ()
    headers: tuple[tuple[str, str], ...] | None = None  #: as they were sent, where the record has others
    crawl: dt.datetime | None = None
    origin: ToldOrigin | None = None


@dataclass(frozen=True, kw_only=True)
class ToldPurge:
    """An answer of which only its time is left."""

    captured_at: dt.datetime
    versions: tuple[ToldVersion, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ToldPage:
    """A page as it stood."""

    site: str
    page: str
    state: PageState
    baseline: bool
    first_seen: dt.datetime
    last_seen: dt.datetime | None = None
    former: tuple[tuple[str, dt.datetime], ...] = ()  #: addresses where it stood before, and until when
    purged: tuple[ToldPurge, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ToldChange:
    """A change, as it was told."""

    id: int
    kind: Kind
    url: str
    title: str
    detected_at: dt.datetime
    before: int | None
    after: int | None
    baseline: bool
    wave: str | None
    finding: Finding


def exact(at: dt.datetime) -> str:
    """A moment as WARC 1.1 writes it: `2024-05-03T12:30:00Z`, with the fraction of the second where there is one."""
    return at.astimezone(dt.UTC).replace(tzinfo=None).isoformat() + "Z"


def capture_fields(
    site: Site,
    page: Page,
    snapshot: Snapshot,
    versions: Iterable[Version],
    *,
    crawl: dt.datetime | None,
    origin: tuple[Origin, Import] | None,
) -> bytes:
    """The fields that go with one answer.

    `crawl` is when the crawl began that brought it, `origin` where it came from that no crawl of ours brought.
    """
    renamed = any(name.lower() in SENT for name, _ in snapshot.headers)
    told = ToldCapture(
        site=site.name,
        page=page.url,
        captured_at=snapshot.captured_at,
        status=snapshot.status,
        payload=snapshot.digest,
        redirects=snapshot.redirects,
        headers=snapshot.headers if renamed else None,
        crawl=crawl,
        origin=None if origin is None else _origin(*origin),
    )
    fields = [("via", url) for url, _ in snapshot.redirects]
    fields.append((CAPTURE, to_json(told)))
    return _fields([*fields, *((VERSION, to_json(_version(version))) for version in versions)])


def page_fields(
    site: Site,
    page: Page,
    *,
    former: Sequence[tuple[str, dt.datetime]],
    purged: Sequence[tuple[Snapshot, Sequence[Version]]],
    changes: Iterable[Change],
) -> bytes:
    """The fields about one page: where it stood before, which of its answers were purged, what happened to it."""
    told = ToldPage(
        site=site.name,
        page=page.url,
        state=page.state,
        baseline=page.baseline,
        first_seen=page.first_seen,
        last_seen=page.last_seen,
        former=tuple(former),
        purged=tuple(
            ToldPurge(captured_at=one.captured_at, versions=tuple(map(_version, versions))) for one, versions in purged
        ),
    )
    return _fields([(PAGE, to_json(told)), *((CHANGE, to_json(_change(change))) for change in changes)])


def read_capture(block: bytes) -> tuple[ToldCapture, tuple[ToldVersion, ...]] | None:
    """What the metadata record of an answer tells, and the versions read from it; None where it is none of ours.

    It is the word of whoever wrote the file: the digests of versions are not checked against what they say.
    """
    fields = _read(block)
    try:
        told = [msgspec.json.decode(value, type=ToldCapture) for name, value in fields if name == CAPTURE]
        versions = tuple(msgspec.json.decode(value, type=ToldVersion) for name, value in fields if name == VERSION)
    except (msgspec.MsgspecError, UnicodeError):
        return None
    return (told[0], versions) if told else None


def read_page(block: bytes) -> tuple[ToldPage, tuple[ToldChange, ...]] | None:
    """What the metadata record of a page tells, and its changes, oldest first; None where it is none of ours."""
    fields = _read(block)
    try:
        told = [msgspec.json.decode(value, type=ToldPage) for name, value in fields if name == PAGE]
        changes = tuple(msgspec.json.decode(value, type=ToldChange) for name, value in fields if name == CHANGE)
    except (msgspec.MsgspecError, UnicodeError):
        return None
    return (told[0], changes) if told else None


def _origin(origin: Origin, run: Import) -> ToldOrigin:
    return ToldOrigin(
        source=origin.source, place=origin.place, record=origin.record, way=str(run.kind), imported_at=run.at
    )


def _version(version: Version) -> ToldVersion:
    return ToldVersion(
        number=version.number,
        first_seen=version.first_seen,
        last_seen=version.last_seen,
        visits=version.visits,
        digest=version.digest,
        rules=version.rules,
        release=version.release,
    )


def _change(change: Change) -> ToldChange:
    return ToldChange(
        id=change.id,
        kind=change.kind,
        url=change.url,
        title=change.title,
        detected_at=change.detected_at,
        before=change.before,
        after=change.after,
        baseline=change.baseline,
        wave=change.wave,
        finding=change.finding,
    )


def _fields(pairs: Iterable[tuple[str, str]]) -> bytes:
    """Named fields, each on one line: JSON has no line breaks, and an address that has some is not believed."""
    return "".join(f"{name}: {_BREAKS.sub(' ', value)}\r\n" for name, value in pairs).encode("utf-8", "replace")


def _read(block: bytes) -> list[tuple[str, Any]]:
    lines = (line.rstrip(b"\r").partition(b": ") for line in block.split(b"\n"))
    return [(name.decode("latin-1"), value) for name, _, value in lines]
