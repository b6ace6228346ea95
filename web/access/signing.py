"""Signing in and out. The form itself is drawn by the pages, at GET /sign-in."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from typing import Annotated
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from storage.access import add_session, end_session, password_of
from storage.archive import Archive
from web.access.cookies import SESSION, cookie, header
from web.access.passwords import is_right
from web.access.patience import Patience
from web.errors import Refusal
from web.state import archive_of, now_of, settings_of

router = APIRouter(include_in_schema=False)
_LOCAL = re.compile(r"/(?![/\\])[!-~]*")
_patience: WeakKeyDictionary[Archive, Patience] = WeakKeyDictionary()


@router.post("/sign-in")
def sign_in(
    request: Request,
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=2000)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",  # noqa: A002 - the name of the form's field
) -> Response:
    """Begin a session, and go on to where the reader was going."""
    archive, now = archive_of(request), now_of(request)
    patience = _patience.setdefault(archive, Patience())
    place = request.client.host if request.client else ""
    if seconds := patience.begin(place, name, now=now):
        raise Refusal(429, f"Too many tries; try again in {seconds // 60 + 1} minutes.", {"retry-after": str(seconds)})
    found = password_of(archive, name)
    if not is_right(password, found[1] if found else None) or found is None:
        raise Refusal(401, "That name and password do not go together.")
    patience.succeeded(place, name)
    secret = secrets.token_urlsafe(32)
    lasting = dt.timedelta(days=settings_of(request).session_days)
    add_session(archive, found[0], secret, now=now, until=now + lasting)
    answer = RedirectResponse(onward(request, next), status_code=303)
    answer.headers.append("set-cookie", header(request.scope, SESSION, secret, seconds=int(lasting.total_seconds())))
    return answer


@router.post("/sign-out")
def sign_out(request: Request) -> Response:
    """End the session; what the browser still shows is no longer to be had."""
    if (secret := cookie(request.scope, SESSION)) is not None:
        end_session(archive_of(request), secret)
    answer = RedirectResponse(onward(request, "/"), status_code=303)
    answer.headers.append("set-cookie", header(request.scope, SESSION, "", seconds=0))
    answer.headers["clear-site-data"] = '"cache"'
    return answer


def onward(request: Request, path: str) -> str:
    """A path of ours, prefix and all; the first page in place of what leads elsewhere."""
    prefix = settings_of(request).prefix
    if not _LOCAL.fullmatch(path):
        path = "/"
    return path if prefix and (path + "/").startswith(prefix + "/") else prefix + path
