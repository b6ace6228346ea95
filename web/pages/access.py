"""The doors: signing in, and what the links in our mails lead to. These pages only ask; a POST does it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from alerts.subscription import of
from alerts.tokens import CONFIRM_WITHIN, TokenError, Use, holder
from alerts.wishes import in_words
from storage.alert_records import Subscriber, SubscriberState
from web.pages.errors import error_page
from web.pages.preferences import inside
from web.state import alerts_of, archive_of, now_of, user_of
from web.views.frame import frame_of, render

router = APIRouter()


@router.get("/sign-in")
def sign_in_page(request: Request) -> Response:
    """The form to sign in; who has signed in already goes on."""
    to = inside(request.query_params.get("next", "/"))
    if user_of(request) is not None:
        return RedirectResponse(frame_of(request).root + to, status_code=303)
    return render(request, "sign_in.html", tried=False, to=to)


@router.get("/confirm/{token}")
def confirm_page(request: Request, token: str) -> Response:
    """Whether whoever reads an address wants what was asked for in its name."""
    reader = _holder(request, token, Use.CONFIRM)
    if reader is None:
        return error_page(request, status=404)
    late = now_of(request) - reader.created_at > CONFIRM_WITHIN
    open_ = reader.state is SubscriberState.UNCONFIRMED and not late
    active = reader.state is SubscriberState.ACTIVE
    return render(
        request, "confirm.html", token=token, reader=reader, open=open_, active=active,
        wishes=in_words(of(reader), alerts_of(request)), wishes_language=of(reader).language,
    )  # fmt: skip


@router.get("/unsubscribe/{token}")
def unsubscribe_page(request: Request, token: str) -> Response:
    """Whether a reader wants no more."""
    reader = _holder(request, token, Use.UNSUBSCRIBE)
    if reader is None:
        return error_page(request, status=404)
    return render(
        request, "unsubscribe.html", token=token, reader=reader, ended=reader.ended_at is not None,
        wishes=in_words(of(reader), alerts_of(request)), wishes_language=of(reader).language,
    )  # fmt: skip


def _holder(request: Request, token: str, use: Use) -> Subscriber | None:
    try:
        return holder(archive_of(request), token, use)
    except TokenError:
        return None
