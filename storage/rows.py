"""Rows to records: the one place where a table's columns become what the archive gives."""

# ruff: noqa: SLF001 - `_mapping` is public in SQLAlchemy; the underscore keeps it apart from columns

from __future__ import annotations

import json
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import zstandard

from changes.kinds import Finding, Kind, SiteNotice
from changes.release import Release, decode, encode
from storage import payloads
from storage.errors import Damaged
from storage.records import Change, Crawl, File, Notice, Page, PageState, Site, Snapshot, Version
from storage.text import to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Row

T = TypeVar("T")


class _Sent(msgspec.Struct):
    senders: tuple[str, ...] = ()


_sent = msgspec.json.Decoder(_Sent)
_finding = msgspec.json.Decoder(Finding)
_pairs = partial(msgspec.json.decode, type=tuple[tuple[str, str], ...])
_hops = partial(msgspec.json.decode, type=tuple[tuple[str, int], ...])


def _whole(make: Callable[[Row[Any]], T]) -> Callable[[Row[Any]], T]:
    """Where a row cannot be what was written, say so."""

    @wraps(make)
    def made(row: Row[Any]) -> T:
        try:
            return make(row)
        except (ValueError, msgspec.MsgspecError) as error:
            raise Damaged(
                f"{make.__name__} {row.id} is damaged ({error}); restore the archive from a backup"
            ) from error

    return made


def pack_release(release: Release) -> bytes:
    """A release as it is stored: JSON in a zstd frame."""
    try:
        data = encode(release)
    except UnicodeEncodeError:
        data = to_json(release).encode()  # half a surrogate that slipped into an address
    return payloads.compress(data, checked=True)


def unpack_release(data: bytes, what: str) -> Release:
    """The release that `pack_release` stored; `what` names it in the error.

    Raises:
        Damaged: these are not the bytes that were stored.
    """
    try:
        return decode(payloads.decompress(data))
    except (zstandard.ZstdError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _damaged(what, error) from error


def senders_of(data: bytes, what: str) -> tuple[str, ...]:
    """Who sent a stored release; all else of it is passed over.

    Raises:
        Damaged: these are not the bytes that were stored.
    """
    try:
        return _sent.decode(payloads.decompress(data)).senders
    except (zstandard.ZstdError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _damaged(what, error) from error


def release_json(data: bytes, what: str) -> str:
    """The JSON text of a stored release, not decoded."""
    try:
        return payloads.decompress(data).decode()
    except (zstandard.ZstdError, UnicodeDecodeError) as error:
        raise _damaged(what, error) from error


def as_json_text(text: str) -> str:
    """How a piece of text stands inside JSON text."""
    return to_json(text)[1:-1]


def finding(text: str, what: str) -> Finding:
    """The finding that a row of `changes` holds; `what` names it in the error.

    Raises:
        Damaged: this is not the text that was stored.
    """
    try:
        return _finding.decode(text)
    except (ValueError, msgspec.MsgspecError) as error:
        raise Damaged(f"{what} is damaged ({error}); restore the archive from a backup") from error


def _damaged(what: str, error: Exception) -> Damaged:
    return Damaged(f"the release of {what} is damaged ({error}); restore a backup, or read its snapshot anew")


def site(row: Row[Any]) -> Site:
    """A row of `sites`."""
    return Site(**row._mapping)


@_whole
def page(row: Row[Any]) -> Page:
    """A row of `pages`."""
    return Page(**{**row._mapping, "state": PageState(row.state)})


@_whole
def snapshot(row: Row[Any]) -> Snapshot:
    """A row of `snapshots`."""
    return Snapshot(
        id=row.id,
        page_id=row.page_id,
        url=row.url,
        status=row.status,
        headers=_pairs(row.headers),
        redirects=_hops(row.redirects),
        captured_at=row.captured_at,
        digest=row.digest,
        crawl_id=row.crawl_id,
    )


def kept_snapshot(key: int, values: Mapping[str, Any]) -> Snapshot:
    """The snapshot that was just inserted with these values: the same that reading it back would give."""
    given = {**values, "id": key, "headers": _pairs(values["headers"]), "redirects": _hops(values["redirects"])}
    return Snapshot(**given)


def version(row: Row[Any]) -> Version:
    """A row of `versions`."""
    values: dict[str, Any] = dict(row._mapping)
    values["release"] = unpack_release(row.release, f"version {row.number} of page {row.page_id}")
    return Version(**values)


@_whole
def change(row: Row[Any]) -> Change:
    """A row of `changes` with `site`, the site's name, and `wave`."""
    return Change(
        id=row.id,
        site=row.site,
        url=row.url,
        title=row.title,
        kind=Kind(row.kind),
        detected_at=row.detected_at,
        finding=_finding.decode(row.finding),
        before=row.before,
        after=row.after,
        baseline=row.baseline,
        wave=row.wave,
    )


@_whole
def notice(row: Row[Any]) -> Notice:
    """A row of `notices` with `site`, the site's name."""
    return Notice(
        id=row.id,
        site=row.site,
        kind=SiteNotice(row.kind),
        at=row.at,
        text=row.text,
        detail=json.loads(row.detail),
        about=None if row.about is None else SiteNotice(row.about),
    )


def file(row: Row[Any]) -> File:
    """A row of `files`."""
    return File(**row._mapping)


@_whole
def crawl(row: Row[Any]) -> Crawl:
    """A row of `crawls` with `site`, the site's name."""
    return Crawl(
        id=row.id,
        site=row.site,
        started_at=row.started_at,
        ended_at=row.ended_at,
        reason=row.reason,
        stats=json.loads(row.stats),
    )


def packed(row: Row[Any]) -> payloads.Packed:
    """A row of `payloads`."""
    return payloads.Packed(
        digest=row.digest, size=row.size, codec=row.codec, data=row.data, base=row.base_digest, shared=row.shared_id
    )
