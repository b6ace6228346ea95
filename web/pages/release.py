"""A release: what it says, how it stands, its versions side by side, its answers as they were, its evidence."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import IO, Any

from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, RedirectResponse, Response

from alerts.messages.text import clean
from storage.archive import Archive
from storage.copies import find_copies
from storage.correcting import former_addresses
from storage.exports.choice import find_change, page_changes
from storage.imports import page_origins
from storage.newest import Line
from storage.records import Page, Version
from storage.timeline import Moment, answers, timeline
from web.memento.addresses import digits, written
from web.pages.errors import error_page
from web.state import archive_of, sites_of, state_of
from web.views import paging
from web.views.axis import axis
from web.views.comparing import comparison
from web.views.day_list import title_of
from web.views.frame import Frame, frame_of, render
from web.views.reading import fields_of, links_of, text_of
from web.views.standing import standings
from web.views.stories import story

router = APIRouter()
#: Versions that are listed by name, changes and answers that are listed.
BY_NAME, EVENTS, ANSWERS = 60, 40, 12
_TITLE = 300
Evidence = Callable[[Archive, int, IO[bytes]], None]


@router.get("/release")
def find_release(request: Request) -> Response:
    """The release at an address, as a person writes it down."""
    found = archive_of(request).find_page(paging.words(request.query_params, "url"))
    if not found:
        return error_page(request, status=404)
    return RedirectResponse(frame_of(request).url(f"/release/{found[0].id}"), status_code=303)


@router.get("/release/{page_id}")
def release_page(request: Request, page_id: str) -> Response:
    """One release: a version of it, or two compared."""
    archive, page = archive_of(request), _page(request, page_id)
    if page is None:
        return error_page(request, status=404)
    frame, query = frame_of(request), request.query_params
    moments = timeline(archive, page.id)
    first, second = (_numbered(query.get(name), moments) for name in ("from", "to"))
    comparing = first is not None and second is not None
    number = second or _numbered(query.get("version"), moments) or (moments[-1].number if moments else None)
    latest = archive.latest(page.id)
    version = archive.version(page.id, number) if number is not None else None
    before = archive.version(page.id, first) if comparing and first is not None else None
    whole = query.get("whole") == "1"
    shown = {one for one in (number, first if comparing else None) if one is not None}
    return render(
        request,
        "release.html",
        frame=frame,
        **_head(request, page, latest or version),
        moments=moments if len(moments) <= BY_NAME else (),
        count=len(moments),
        version=version,
        before=before,
        moment=next((one for one in moments if one.number == number), None),
        axis=axis(moments, frame.words, shown=shown),
        view=paging.either(query.get("view", ""), "side", "inline", default="inline"),
        whole=whole,
        text=None if version is None or before is not None else text_of(version.release, whole=whole),
        compared=None
        if version is None or before is None
        else comparison(before.release, version.release, frame.words, whole=whole),
        fields=[] if version is None else fields_of(version.release, frame.words),
        links=[] if version is None else links_of(version.release),
        standings=standings(page, latest.release if latest else None, frame.words),
        events=_events(request, frame, page),
        answers=_answers(archive, page, moments),
        former=former_addresses(archive, page.id),
        evidence=_evidence(request) is not None,
    )


@router.get("/release/{page_id}/answers")
def answers_page(request: Request, page_id: str) -> Response:
    """All answers that were kept of a page, newest first."""
    archive, page = archive_of(request), _page(request, page_id)
    if page is None:
        return error_page(request, status=404)
    frame = frame_of(request)
    older = paging.number(request.query_params.get("older"))
    start = archive.snapshot(older) if older else None
    before = start.captured_at if start is not None and start.page_id == page.id else None
    found = _answers(archive, page, timeline(archive, page.id), before=before, limit=100)
    return render(
        request, "answers.html", frame=frame, **_head(request, page, archive.latest(page.id)), answers=found,
        older=found[-1]["answer"].id if len(found) == 100 else None,
    )  # fmt: skip


@router.get("/release/{page_id}/as-it-was/{snapshot_id}")
def as_it_was(request: Request, page_id: str, snapshot_id: str) -> Response:
    """One answer as it was captured, in a frame in which nothing runs and nothing is loaded."""
    archive, page, key = archive_of(request), _page(request, page_id), paging.number(snapshot_id)
    snapshot = archive.snapshot(key) if key is not None else None
    if page is None or snapshot is None or snapshot.page_id != page.id:
        return error_page(request, status=404)
    return render(
        request,
        "as_it_was.html",
        **_head(request, page, archive.latest(page.id)),
        snapshot=snapshot,
        memento=f"/memento/{digits(snapshot.captured_at)}/{written(page.url)}",
    )


@router.get("/release/{page_id}/copies")
def copies_page(request: Request, page_id: str) -> Response:
    """The same release at other addresses and sites."""
    archive, page = archive_of(request), _page(request, page_id)
    latest = archive.latest(page.id) if page is not None else None
    if page is None or latest is None:
        return error_page(request, status=404)
    found = [
        {"found": copy, "page_id": copy.version.page_id, "title": clean(copy.version.release.title, _TITLE),
         "site": title_of(copy.site, sites_of(request))}
        for copy in find_copies(archive, latest)
    ]  # fmt: skip
    return render(request, "copies.html", **_head(request, page, latest), copies=found)


@router.get("/changes/{change_id}/evidence.zip")
def evidence(request: Request, change_id: str) -> Response:
    """The evidence of one change: what the site sent, byte for byte, with digests."""
    key, write = paging.number(change_id), _evidence(request)
    if key is None or write is None or find_change(archive_of(request), key) is None:
        return error_page(request, status=404)
    # not deleted before it is sent: the answer's background does it
    file = tempfile.NamedTemporaryFile(suffix=".zip")  # noqa: SIM115
    try:
        write(archive_of(request), key, file)
    except LookupError:
        file.close()
        return error_page(request, status=404)
    file.flush()
    name = f"pressvakt-change-{key}.zip"
    return FileResponse(file.name, filename=name, media_type="application/zip", background=BackgroundTask(file.close))


def _page(request: Request, page_id: str) -> Page | None:
    key = paging.number(page_id)
    return None if key is None else archive_of(request).page_by_id(key)


def _evidence(request: Request) -> Evidence | None:
    found: Evidence | None = state_of(request).extras.get("evidence")
    return found


def _numbered(text: str | None, moments: list[Moment]) -> int | None:
    return paging.number(text, highest=moments[-1].number) if moments else None


def _head(request: Request, page: Page, version: Version | None) -> dict[str, Any]:
    """What each page about a release begins with."""
    site = next((one.name for one in archive_of(request).sites() if one.id == page.site_id), "")
    title = clean(version.release.title, _TITLE) if version else ""
    return {
        "page": page,
        "site": site,
        "site_title": title_of(site, sites_of(request)),
        "title": title or frame_of(request).words("say.untitled"),
    }


def _events(request: Request, frame: Frame, page: Page) -> list[Any]:
    """What happened to a page, newest first; its words stand on the page itself."""
    found = page_changes(archive_of(request), page.id)[-EVENTS:]
    lines = [Line(page_id=page.id, change=change) for change in reversed(found)]
    return [story(line, {}, frame.words, site_title="") for line in lines]


def _answers(
    archive: Archive, page: Page, moments: list[Moment], *, before: Any = None, limit: int = ANSWERS
) -> list[dict[str, Any]]:
    """The newest answers, each with the version that was read from it and where it came from."""
    by_snapshot = {moment.snapshot_id: moment.number for moment in moments}
    origins = page_origins(archive, page.id)
    return [
        {
            "answer": answer,
            "version": by_snapshot.get(answer.id),
            "origin": clean(origins[answer.id][0].source, 120) if answer.id in origins else "",
            "digest": answer.digest.removeprefix("sha256:")[:12],
        }
        for answer in answers(archive, page.id, before=before, limit=limit)
    ]
