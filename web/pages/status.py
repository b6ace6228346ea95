"""Status: what runs, what is late, what is wrong, what waits to be sent. On one page."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from storage.alert_records import DeliveryState
from storage.duties import SERVICE, holder_of
from storage.outbox import Outbox, owed_count
from storage.outbox_owed import open_troubles
from storage.standing import standings
from web.state import archive_of, sites_of
from web.views.frame import frame_of, render
from web.views.kept import kept_of

router = APIRouter()
CRAWLS = 20


@router.get("/status")
def status_page(request: Request) -> Response:
    """How the installation is."""
    archive, frame = archive_of(request), frame_of(request)
    outbox = Outbox(archive)
    counts = outbox.counts()
    names = sorted({*(site.name for site in archive.sites()), *sites_of(request)})
    return render(
        request,
        "status.html",
        frame=frame,
        section="status",
        service=holder_of(archive, SERVICE, now=frame.now),
        sites=standings(
            archive, names, now=frame.now, clock=frame.now, count=kept_of(request).census.look(frame.now).both
        ),
        crawls=archive.crawls(limit=CRAWLS),
        troubles=open_troubles(archive),
        owed=owed_count(archive),
        due=outbox.due(now=frame.now),
        deliveries=[(state.value, counts[state]) for state in DeliveryState],
        unindexed=archive.unindexed(),
    )
