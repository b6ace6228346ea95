"""Changes: what happened, newest first; and where a link to one change leads."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from changes.kinds import Kind
from changes.labels import Label
from storage.exports.choice import find_change
from web.pages.errors import error_page
from web.state import archive_of, sites_of
from web.views import paging
from web.views.day_list import day_list, filters_of
from web.views.frame import SEEN, frame_of, render

router = APIRouter()
#: Fields that a reader may choose edits by.
FIELDS = ("title", "lead", "body", "published", "updated", "senders", "contacts", "attachments", "links")


@router.get("/")
def changes_page(request: Request) -> Response:
    """The newest changes that fit what the address asks for."""
    frame, archive, sites = frame_of(request), archive_of(request), sites_of(request)
    filters = filters_of(request.query_params)
    older = paging.number(request.query_params.get("older"))
    found = day_list(
        archive, filters, older=older, words=frame.words, sites=sites, today=frame.words.local(frame.now).date()
    )
    return render(
        request,
        "changes.html",
        frame=frame,
        section="changes",
        filters=filters,
        list=found,
        older_than=older,
        seen=paging.number(request.cookies.get(SEEN)) or 0,
        sites=sorted({*(site.name for site in archive.sites()), *sites}),
        kinds=[kind.value for kind in Kind],
        labels=[label.value for label in Label],
        fields=FIELDS,
        feed={name: value for name, value in filters.query.items() if name not in ("wave", "baseline")},
    )


@router.get("/changes/{change_id}")
def change_page(request: Request, change_id: str) -> Response:
    """The release of a change, at that change: where links in mails lead."""
    key = paging.number(change_id)
    found = None if key is None else find_change(archive_of(request), key)
    if found is None:
        return error_page(request, status=404)
    change, page = found
    url = frame_of(request).url
    if change.before is not None and change.after is not None and change.before != change.after:
        to = url(f"/release/{page.id}", from_=change.before, to=change.after)
    else:
        to = url(f"/release/{page.id}", version=change.after or change.before)
    return RedirectResponse(to, status_code=303)
