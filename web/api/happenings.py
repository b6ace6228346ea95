"""The API's routes to what happened: changes, notices and crawls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from storage import browsing
from storage.archive import Archive
from storage.exports.choice import find_change
from storage.objects import change_object, crawl_object, notice_object
from web.api import params, shapes
from web.api.answers import LINES, answer, lines, wants_lines
from web.errors import Refusal
from web.state import archive_of, sites_of

router = APIRouter()
_AS_LINES = {LINES: {"schema": {"type": "string", "description": "One `Change` a line."}}}
Order = Literal["newest", "oldest"]


def asked(
    request: Request,
    *,
    site: params.SiteName = None,
    kind: params.Kinds = None,
    since: params.Since = None,
    until: params.Until = None,
    match: params.Match = None,
    label: params.Labels = None,
    field: params.Fields = None,
    sender: params.Senders = None,
    url: params.Url = None,
    silent: Annotated[bool | None, Query(description="Edits that the page's own date tells of, or not.")] = None,
    baseline: Annotated[bool | None, Query(description="What a site's first crawl found, or what came later.")] = None,
    wave: Annotated[str | None, Query(description="The members of this wave.", max_length=400)] = None,
) -> browsing.Asked:
    """Which changes a question is about."""
    params.known_site(archive_of(request), site, sites_of(request))
    return browsing.Asked(
        site=site,
        kinds=tuple(kind or ()),
        since=since,
        until=until,
        match=match,
        labels=tuple(str(one) for one in label or ()),
        fields=tuple(field or ()),
        senders=tuple(sender or ()),
        url=url,
        silent=silent,
        baseline=baseline,
        wave=wave,
    )


Asking = Annotated[browsing.Asked, Depends(asked)]


@router.get("/changes", response_model=shapes.Changes, tags=["changes"], responses={200: {"content": _AS_LINES}})
def list_changes(
    request: Request,
    *,
    wanted: Asking,
    order: Annotated[Order, Query(description="Which come first.")] = "newest",
    limit: params.Limit = 100,
    next: params.Next = None,  # noqa: A002 - the word of the API
) -> Response:
    """Changes that fit all filters. With `Accept: application/x-ndjson`, all of them, one a line."""
    archive = archive_of(request)
    if wants_lines(request):
        return lines(request, _all(archive, wanted, newest_first=order == "newest"))
    after = params.place(request, next)
    part = browsing.some_changes(archive, wanted, after=after, limit=limit, newest_first=order == "newest")
    found = [change_object(one) for one in part.found]
    return answer(request, {"changes": found, "next": params.going_on(request, part.after)})


@router.get("/changes.jsonl", response_model=None, tags=["changes"], responses={200: {"content": _AS_LINES}})
def stream_changes(
    request: Request,
    *,
    wanted: Asking,
    order: Annotated[Order, Query(description="Which come first.")] = "oldest",
    after: Annotated[int | None, Query(ge=0, le=2**31 - 1, description="Go on after the change of this id.")] = None,
) -> Response:
    """All changes that fit all filters, one JSON object a line, as `pressvakt changes --format jsonl` writes them."""
    return lines(request, _all(archive_of(request), wanted, newest_first=order == "newest", after=after))


@router.get("/changes/{id}", response_model=shapes.Change, tags=["changes"])
def get_change(request: Request, id: params.Id) -> Response:  # noqa: A002
    """One change."""
    found = find_change(archive_of(request), id)
    if found is None:
        raise Refusal(404, f"There is no change {id}.")
    return answer(request, change_object(found[0]))


@router.get("/notices", response_model=shapes.Notices, tags=["sites"])
def list_notices(
    request: Request,
    *,
    site: params.SiteName = None,
    kind: params.NoticeKinds = None,
    since: params.Since = None,
    limit: params.Limit = 100,
    next: params.Next = None,  # noqa: A002
) -> Response:
    """What happened to sites, not to releases; newest first."""
    archive = archive_of(request)
    params.known_site(archive, site, sites_of(request))
    after = params.place(request, next)
    part = browsing.some_notices(archive, site=site, kinds=kind or (), since=since, after=after, limit=limit)
    found = [notice_object(one) for one in part.found]
    return answer(request, {"notices": found, "next": params.going_on(request, part.after)})


@router.get("/notices/{id}", response_model=shapes.Notice, tags=["sites"])
def get_notice(request: Request, id: params.Id) -> Response:  # noqa: A002
    """One notice."""
    found = browsing.notice(archive_of(request), id)
    if found is None:
        raise Refusal(404, f"There is no notice {id}.")
    return answer(request, notice_object(found))


@router.get("/crawls", response_model=shapes.Crawls, tags=["crawls"])
def list_crawls(
    request: Request,
    *,
    site: params.SiteName = None,
    limit: params.Limit = 100,
    next: params.Next = None,  # noqa: A002
) -> Response:
    """Crawls, newest first, each with what it counted."""
    archive = archive_of(request)
    params.known_site(archive, site, sites_of(request))
    after = params.place(request, next)
    part = browsing.some_crawls(archive, site=site, after=after, limit=limit)
    found = [crawl_object(one) for one in part.found]
    return answer(request, {"crawls": found, "next": params.going_on(request, part.after)})


@router.get("/crawls/{id}", response_model=shapes.Crawl, tags=["crawls"])
def get_crawl(request: Request, id: params.Id) -> Response:  # noqa: A002
    """One crawl."""
    found = browsing.crawl(archive_of(request), id)
    if found is None:
        raise Refusal(404, f"There is no crawl {id}.")
    return answer(request, crawl_object(found))


def _all(
    archive: Archive, wanted: browsing.Asked, *, newest_first: bool, after: int | None = None
) -> Iterator[dict[str, Any]]:
    while True:
        part = browsing.some_changes(archive, wanted, after=after, limit=500, newest_first=newest_first, bounded=False)
        yield from map(change_object, part.found)
        if part.after is None:
            return
        after = part.after
