"""Our cookies: what they are called and what a browser may do with them."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import Scope

SESSION = "pressvakt_session"
FORM = "pressvakt_form"


def cookie(scope: Scope, name: str) -> str | None:
    """What a request's cookie of that name holds; None where there is none."""
    found: str | None = None
    for line in Headers(scope=scope).getlist("cookie"):
        for part in line.split(";"):
            key, _, value = part.strip().partition("=")
            if key == called(scope, name) and value:
                found = value.strip('"')
    return found


def called(scope: Scope, name: str) -> str:
    """A cookie's whole name. Behind https its prefix keeps other hosts of our domain from setting it."""
    return f"__Host-{name}" if scope.get("scheme") == "https" else name


def header(scope: Scope, name: str, value: str, *, seconds: int | None = None) -> str:
    """A Set-Cookie for a cookie of ours; `seconds=0` takes it away, None keeps it until the browser is closed."""
    parts = [f"{called(scope, name)}={value}", "Path=/", "HttpOnly", "SameSite=Lax"]
    if seconds is not None:
        parts.append(f"Max-Age={seconds}")
    if scope.get("scheme") == "https":
        parts.append("Secure")
    return "; ".join(parts)
