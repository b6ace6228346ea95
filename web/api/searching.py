"""The API's route to words: which releases say them, which edits brought or took them."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from storage.objects import reworded_object, saying_object
from storage.query import NoQuery, parse
from web.api import params, shapes
from web.api.answers import answer
from web.errors import Refusal
from web.state import archive_of, sites_of

router = APIRouter()
#: So many finds can be walked through; who wants more narrows the question, or its period.
DEEPEST = 1_000


@router.get("/search", response_model=shapes.Finds, tags=["search"])
def search(
    request: Request,
    *,
    q: Annotated[
        str,
        Query(
            description='Words, "phrases", the start of a word (minist*), AND, OR, NOT.', min_length=1, max_length=500
        ),
    ],
    where: Annotated[
        Literal["text", "added", "removed"],
        Query(alias="in", description="In all that releases say or said; in what edits brought; in what they took."),
    ] = "text",
    site: params.SiteName = None,
    since: params.Since = None,
    until: params.Until = None,
    kind: params.Kinds = None,
    ranked: Annotated[bool, Query(description="The most telling first, not the newest.")] = False,
    limit: Annotated[int, Query(description="At most so many.", ge=1, le=100)] = 20,
    next: params.Next = None,  # noqa: A002 - the word of the API
) -> Response:
    """Releases that say all words in any of their versions; or edits that brought, or took away, at least one of them."""
    archive = archive_of(request)
    params.known_site(archive, site, sites_of(request))
    start = params.place(request, next) or 0
    if kind and where != "text":
        raise Refusal(400, "`kind` goes with in=text: the others look at edits.")
    if start >= DEEPEST:
        raise Refusal(400, f"Only the first {DEEPEST} finds can be walked through; narrow the question or its period.")
    try:
        parse(q)
    except NoQuery as error:
        raise Refusal(400, f"q: {error}.") from None
    shared: dict[str, Any] = {
        "site": site,
        "since": since,
        "until": until,
        "limit": start + limit + 1,
        "ranked": ranked,
    }
    found: list[dict[str, Any]]
    if where == "text":
        found = [saying_object(one) for one in islice(archive.search(q, kinds=kind or (), **shared), start, None)]
    else:
        added = where == "added"
        edits = islice(archive.search_changes(q, added=added, **shared), start, None)
        found = [reworded_object(one, added=added) for one in edits]
    more = len(found) > limit and start + limit < DEEPEST
    after = start + limit if more else None
    return answer(request, {"finds": found[:limit], "next": params.going_on(request, after)})
