"""The routes of feeds: the newest changes that fit a filter, as Atom and as JSON Feed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from alerts.told import Language
from changes.moments import iso
from storage.browsing import Asked, some_changes
from storage.records import Change
from web.api.answers import encoded, is_known
from web.api.happenings import Asking
from web.api.params import Strict
from web.feeds.atom import ATOM, Head, as_atom
from web.feeds.entries import Entry, entries, name_of
from web.memento.finding import http_date
from web.state import archive_of, outside, sites_of

router = APIRouter(prefix="/feeds", include_in_schema=False, dependencies=[Strict])
JSON_FEED = "application/feed+json"
_NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
#: Grows when what feeds say of the same changes is said otherwise.
_FORM = 1
_TITLES = {"en": "Changes of press releases", "sv": "Ändringar i pressmeddelanden"}

Limit = Annotated[int, Query(ge=1, le=200)]
InLanguage = Annotated[Literal["en", "sv"], Query()]


@router.get("/changes.atom")
def atom(request: Request, *, wanted: Asking, limit: Limit = 50, lang: InLanguage = "en") -> Response:
    """The newest changes as Atom (RFC 4287)."""
    feed = _feed(request, wanted, limit, lang, "changes.atom")
    if feed.is_known:
        return Response(status_code=304, headers=feed.headers)
    body = as_atom(feed.head, _entries(request, feed))
    return Response(body, media_type=f"{ATOM}; charset=utf-8", headers=feed.headers)


@router.get("/changes.json")
def json_feed(request: Request, *, wanted: Asking, limit: Limit = 50, lang: InLanguage = "en") -> Response:
    """The newest changes as JSON Feed 1.1."""
    feed = _feed(request, wanted, limit, lang, "changes.json")
    if feed.is_known:
        return Response(status_code=304, headers=feed.headers)
    value = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.head.title,
        "home_page_url": feed.head.page,
        "feed_url": feed.head.self,
        "language": feed.head.language,
        "authors": [{"name": "Pressvakt"}],
        "items": [_item(one) for one in _entries(request, feed)],
    }
    return Response(encoded(value), media_type=JSON_FEED, headers=feed.headers)


@dataclass(frozen=True, kw_only=True)
class _Feed:
    """A feed that is asked for, before anything is written."""

    head: Head
    changes: tuple[Change, ...]
    language: Language
    headers: dict[str, str]
    is_known: bool  #: whether the reader has it already


def _feed(request: Request, wanted: Asked, limit: int, language: Language, name: str) -> _Feed:
    if wanted.baseline is None:
        wanted = replace(wanted, baseline=False)  # what a first crawl finds is news to nobody
    part = some_changes(archive_of(request), wanted, after=None, limit=limit, newest_first=True)
    pairs = sorted(pair for pair in request.query_params.multi_items() if pair[0] not in {"limit", "lang"})
    query = f"?{request.url.query}" if request.url.query else ""
    where = ", ".join(value for _, value in pairs)
    head = Head(
        id=name_of("feed", *(f"{key}={value}" for key, value in pairs)),
        title=_TITLES[language] + (f": {where}" if where else ""),
        language=language,
        updated=part.found[0].detected_at if part.found else _NEVER,
        page=outside(request) + "/",
        self=outside(request, f"feeds/{name}") + query,
    )
    # worked out of what is in it, not of what it says: whoever has it is told so before it is written
    named = name_of(head.self, language, _FORM, *(f"{one.id} {one.detected_at} {one.title}" for one in part.found))
    tag = f'W/"{named.rpartition(":")[2]}"'
    headers = {"etag": tag, "last-modified": http_date(head.updated), "vary": "Authorization, Cookie"}
    known = is_known(request, tag.removeprefix("W/")) or _is_older(request, head.updated)
    return _Feed(head=head, changes=part.found, language=language, headers=headers, is_known=known)


def _entries(request: Request, feed: _Feed) -> list[Entry]:
    titles = {site: profile.title for site, profile in sites_of(request).items()}
    page = outside(request, "changes")
    return entries(archive_of(request), feed.changes, titles=titles, language=feed.language, page=page)


def _item(one: Entry) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": one.id,
        "url": one.url,
        "title": one.title,
        "content_text": "\n".join(one.lines) or one.title,
        "date_published": iso(one.change.detected_at),
        "tags": [str(one.change.kind), *one.change.finding.labels],
    }
    if one.about is not None:
        item["external_url"] = one.about
    return item


def _is_older(request: Request, updated: dt.datetime) -> bool:
    """Whether nothing is newer than what the reader has; its ETag, where it sends one, counts instead."""
    since = request.headers.get("if-modified-since")
    if since is None or "if-none-match" in request.headers:
        return False
    try:
        found = parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False
    return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)) >= updated.replace(microsecond=0)
