"""Search: words in what releases say, and in what edits took away or brought."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from storage.query import NoQuery
from web.state import archive_of, sites_of
from web.views import paging
from web.views.day_list import title_of
from web.views.finding import Asked, Find, Place, finds, kinds_of, place_of
from web.views.frame import frame_of, render

router = APIRouter()


@router.get("/search")
def search_page(request: Request) -> Response:
    """What was found; a page with the form alone where nothing was asked."""
    frame, archive, sites, query = frame_of(request), archive_of(request), sites_of(request), request.query_params
    asked_for = {name: paging.words(query, name) for name in ("q", "site", "since", "until", "kind")}
    within = paging.either(query.get("in", ""), "text", "added", "removed", default="text")
    order = paging.either(query.get("order", ""), "new", "best", default="new")
    since, until = paging.bounds(asked_for["since"], asked_for["until"], frame.words.zone)
    asked = Asked(
        words=asked_for["q"], within=within, site=asked_for["site"] or None, kinds=kinds_of([asked_for["kind"]]),
        since=since, until=until, ranked=order == "best",
    )  # fmt: skip
    if asked.words.startswith(("http://", "https://")) and (pages := archive.find_page(asked.words)):
        return RedirectResponse(frame.url(f"/release/{pages[0].id}"), status_code=303)
    found: list[Find] = []
    more: Place | None = None
    wrong = ""
    if asked.words:
        try:
            found, more = finds(archive, asked, older=place_of(query.get("older", "")))
        except NoQuery as error:
            wrong = str(error)
    again = {**asked_for, "in": within if within != "text" else "", "order": order if order != "new" else ""}
    return render(
        request,
        "search.html",
        frame=frame,
        section="search",
        asked=asked_for,
        within=within,
        order=order,
        found=found,
        wrong=wrong,
        unindexed=archive.unindexed() if asked.words and not found else 0,
        sites=sorted({*(site.name for site in archive.sites()), *sites}),
        site_titles={find.site: title_of(find.site, sites) for find in found},
        older=frame.url("/search", older=more, **again) if more else None,
    )
