"""Sites: how each is, its rhythm, and pictures of its year."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from web.pages.errors import error_page
from web.state import archive_of, sites_of
from web.views.frame import frame_of, render
from web.views.health import health, healths
from web.views.kept import kept_of

router = APIRouter()
CRAWLS = 12


@router.get("/sites")
def sites_page(request: Request) -> Response:
    """All sites at a glance."""
    frame, kept = frame_of(request), kept_of(request)
    found = healths(archive_of(request), sites_of(request), kept.census, now=frame.now)
    weekly = kept.memory.weekly(frame.words.local(frame.now).date())
    sparks = {one.name: _spark(weekly.get(one.name, ())) for one in found}
    return render(request, "sites.html", frame=frame, section="sites", found=found, sparks=sparks, weekly=weekly)


@router.get("/sites/{name}")
def site_page(request: Request, name: str) -> Response:
    """One site: how it is, and its pictures."""
    frame, kept = frame_of(request), kept_of(request)
    profiles = sites_of(request)
    found = health(archive_of(request), name, profiles, kept.census, now=frame.now, crawls=CRAWLS)
    if found is None:
        return error_page(request, status=404)
    pictures = kept.memory.pictures(name, frame.words, today=frame.words.local(frame.now).date())
    return render(
        request,
        "site.html",
        frame=frame,
        section="sites",
        site=found,
        profile=profiles.get(name),
        pictures=pictures,
    )


def _spark(values: tuple[int, ...]) -> str:
    """The year of a site as one small line, as points of a picture of 106 by 24."""
    top = max(values, default=0)
    if not top:
        return ""
    return " ".join(f"{number * 2 + 1},{round(22 - 20 * value / top, 1)}" for number, value in enumerate(values))
