"""The headers that every answer has, whichever route gave it: what a browser may do with it."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Scope, Send

from web.access.cookies import FORM, header
from web.access.forms import new_cookie

#: Our own pages: scripts, styles and pictures of ours, and stored pages in frames of ours; nothing else, nothing inline.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
#: A stored page: it runs nothing, loads nothing, and is in an origin of its own; the styles inside it may dress it.
SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
_DEFAULTS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "x-permitted-cross-domain-policies": "none",
    "x-dns-prefetch-control": "off",
    "cache-control": "private, no-cache",
}


def guarded(scope: Scope, send: Send) -> Send:
    """Sends with the headers that a route did not set itself, and with the form cookie where a form needs one."""

    async def send_guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            for name, value in _DEFAULTS.items():
                headers.setdefault(name, value)
            if scope.get("scheme") == "https":
                headers.setdefault("strict-transport-security", "max-age=31536000")
            if (secret := new_cookie(scope)) is not None:
                headers.append("set-cookie", header(scope, FORM, secret))
                headers["cache-control"] = "no-store"
        await send(message)

    return send_guarded


def bodiless(send: Send) -> Send:
    """Sends the head of an answer alone: what HEAD asks for (RFC 9110, 9.3.2)."""
    ended = False

    async def send_head(message: Message) -> None:
        nonlocal ended
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            ended = True
        elif not ended:
            await send(message)

    return send_head
