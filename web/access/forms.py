"""Forms: that a POST comes from a form of ours, filled in by the person whose browser sends it.

Two proofs are asked for. The browser says by `Origin` or `Sec-Fetch-Site` that one of our own pages sent the form; and the
form holds a token that only a page of ours can know, as it is made from a cookie that no other site can read.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from web.access.cookies import FORM, SESSION, cookie

FIELD, HEADER = "csrf_token", "x-csrf-token"
_NEW = "new_form_cookie"


def token_for(scope: Scope) -> str:
    """The token that a form of this request's answer must hold. Where there is no cookie to go with it, one is made."""
    secret = cookie(scope, SESSION) or cookie(scope, FORM)
    if secret is None:
        secret = scope.setdefault("state", {}).setdefault(_NEW, secrets.token_urlsafe(32))
    return _proof(secret)


def new_cookie(scope: Scope) -> str | None:
    """The form cookie that the answer must set; None where it need not."""
    found: str | None = scope.get("state", {}).get(_NEW)
    return found


def is_proof(scope: Scope, token: str) -> bool:
    """Whether a token goes with the request's cookies."""
    held = (cookie(scope, SESSION), cookie(scope, FORM))
    given = token.encode("utf-8", "backslashreplace")
    return any(secret is not None and hmac.compare_digest(given, _proof(secret).encode()) for secret in held)


def is_foreign(scope: Scope, own: str) -> bool:
    """Whether a browser says that a page of another site makes it send this. `own` is our origin.

    What is no browser says nothing of the kind.
    """
    headers = Headers(scope=scope)
    site = headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        return True
    origin = headers.get("origin")
    if origin is None and (referer := headers.get("referer")):
        parts = urlsplit(referer)
        origin = f"{parts.scheme}://{parts.netloc}"
    return origin is not None and origin.lower() != own.lower()


def _proof(secret: str) -> str:
    digest = hmac.new(secret.encode("utf-8", "backslashreplace"), b"pressvakt form", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
