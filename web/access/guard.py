"""The guard at the door: who is asking, and whether they may. What is not allowed goes no further."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import parse_qs

from anyio import to_thread
from starlette._utils import get_route_path
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from storage.access import LOCAL, User, has_users, user_by_session, user_by_token
from web.access import open_routes, proxy
from web.access.cookies import SESSION, cookie
from web.access.forms import FIELD, HEADER, is_foreign, is_proof
from web.errors import Refusal
from web.state import State

#: A form of ours, or a question in JSON, is never longer than this, in bytes.
LONGEST = 256 * 1024
FORM_TYPE = "application/x-www-form-urlencoded"


async def admit(scope: Scope, receive: Receive, state: State) -> Receive:
    """Let a request in, with its user in `scope["state"]["user"]`; gives what the routes are to receive from.

    Raises:
        Refusal: it is not to go further.
    """
    settings = state.settings
    if proxy.is_unannounced(scope, settings):
        raise Refusal(
            403,
            "A proxy sends this, and the web was told to serve this machine alone: name the proxy below [web] proxies "
            "and add a user with `pressvakt users add NAME`.",
        )
    if proxy.is_misdirected(scope, settings):
        raise Refusal(421, "This is not a name of ours; below [web] hosts stand the names that are.")
    method, path = scope["method"], get_route_path(scope) or "/"
    held = scope.setdefault("state", {})
    if method in open_routes.SAFE and path.startswith("/static/"):
        return receive
    user, by_key = await _asking(scope, state)
    held["user"] = user
    if user is None and not open_routes.is_open(method, path):
        raise Refusal(401, "Please sign in." if not by_key else "This token is not known, or has run out.")
    if user is not None and not user.operates and open_routes.is_for_operators(method, path):
        raise Refusal(403, "Only an operator may do this.")
    if method in open_routes.SAFE:
        return receive
    return await _written(scope, receive, state, path=path, by_key=by_key)


async def _asking(scope: Scope, state: State) -> tuple[User | None, bool]:
    """Who is asking, and whether they showed a key of their own rather than a cookie, which a browser always sends."""
    key, session = _key(scope), cookie(scope, SESSION)
    return await to_thread.run_sync(_look_up, state, key, session)


def _look_up(state: State, key: str | None, session: str | None) -> tuple[User | None, bool]:
    archive = state.archive
    if state.trusted:
        return LOCAL, True
    if key is not None:
        return user_by_token(archive, key, now=state.now()), True
    if session is not None and (user := user_by_session(archive, session, now=state.now())) is not None:
        return user, False
    if not state.settings.closed and not has_users(archive):
        return LOCAL, False
    return None, False


def _key(scope: Scope) -> str | None:
    """The token that a program shows: `Authorization: Bearer …`, or the password of Basic, for feed readers."""
    scheme, _, value = Headers(scope=scope).get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode("utf-8").partition(":")[2]
        except (binascii.Error, ValueError):
            return ""
    return None


async def _written(scope: Scope, receive: Receive, state: State, *, path: str, by_key: bool) -> Receive:
    """See that a request which would change something is meant by whoever sends it."""
    if by_key or open_routes.is_by_token(scope["method"], path):
        _, again = await _body(receive)
        return again
    if all(is_foreign(scope, own) for own in proxy.origins(scope, state.settings)):
        raise Refusal(403, "Another site's page sent this; nothing was changed. Do it on a page of ours.")
    body, again = await _body(receive)
    headers = Headers(scope=scope)
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    if path.startswith("/api/"):
        if media and media != "application/json":  # a foreign page cannot send JSON without being asked first
            raise Refusal(415, "The API takes application/json.")
        if cookie(scope, SESSION) is not None and not is_proof(scope, headers.get(HEADER, "")):
            raise Refusal(403, "With a cookie, the header X-CSRF-Token must prove that a page of ours sends this.")
        return again
    token = headers.get(HEADER, "")
    if not token:
        if media not in {FORM_TYPE, ""}:
            raise Refusal(415, f"A form is sent as {FORM_TYPE}.")
        token = parse_qs(body.decode("utf-8", "replace")).get(FIELD, [""])[0]
    if not is_proof(scope, token):
        raise Refusal(
            403, "This form is too old, or not ours; nothing was changed. Load the page again and send it once more."
        )
    return again


async def _body(receive: Receive) -> tuple[bytes, Receive]:
    """The body of a request, and a way to receive it once more."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            break
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > LONGEST:
            raise Refusal(413, f"This is longer than {LONGEST} bytes.")
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": bytes(body), "more_body": False}

    return bytes(body), again
