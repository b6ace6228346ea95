"""Alerts: the form to subscribe; for an operator, who is told of what, and what was sent."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from alerts.making import DAYS, RHYTHMS
from alerts.messages.text import clean
from alerts.subscription import of
from alerts.wishes import in_words
from changes.kinds import Kind
from changes.labels import Label
from storage.alert_records import Delivery, Subscriber
from storage.outbox import Outbox
from storage.outbox_subscribers import subscribers
from web.state import alerts_of, archive_of, sites_of
from web.views.frame import frame_of, render

router = APIRouter()
#: Messages that are listed, and subscriptions.
SENT, SUBSCRIPTIONS = 50, 200
_LINE = 300


@dataclass(frozen=True, kw_only=True)
class Told:
    """One subscription in words."""

    reader: Subscriber
    wishes: tuple[str, ...]
    language: str


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One message, and what became of it."""

    delivery: Delivery
    address: str
    many: int
    reason: str


@router.get("/alerts")
def alerts_page(request: Request) -> Response:
    """The form, and for operators the lists: they hold addresses of others."""
    archive, frame, sites = archive_of(request), frame_of(request), sites_of(request)
    told: list[Told] = []
    sent: list[Sent] = []
    ended = 0
    if frame.is_operator:
        everybody = subscribers(archive)
        addresses = {reader.id: reader.address for reader in everybody}
        living = [reader for reader in everybody if reader.ended_at is None]
        ended = len(everybody) - len(living)
        settings = alerts_of(request)
        told = [
            Told(reader=reader, wishes=in_words(of(reader), settings), language=of(reader).language)
            for reader in living[-SUBSCRIPTIONS:]
        ]
        sent = [
            Sent(
                delivery=delivery,
                address=addresses.get(delivery.subscription_id, ""),
                many=many,
                reason=clean(delivery.reason, _LINE),
            )
            for delivery, many in reversed(Outbox(archive).deliveries(limit=SENT))
        ]
    done = request.query_params.get("done", "")
    return render(
        request,
        "alerts.html",
        frame=frame,
        section="alerts",
        told=told,
        ended=ended,
        sent=sent,
        done=done if done in ("asked", "begun", "ended") else "",
        sites=sorted({*(site.name for site in archive.sites()), *sites}),
        kinds=[kind.value for kind in Kind],
        labels=[label.value for label in Label],
        rhythms=RHYTHMS,
        days=DAYS,
    )
