"""What is said when something cannot be done: one shape for programs (RFC 9457), one page for people.

The page is drawn by `web.pages.errors.error_page(request, status, detail)` where there is one; at 401 it may hold the
form to sign in, so that whoever comes by a link goes on to where it leads.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette._utils import get_route_path
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from storage.errors import ArchiveError, Locked

Draw = Callable[[Request, int, str], Response]
PROBLEM = "application/problem+json"
#: Below these, programs ask, whatever they say they accept.
_FOR_PROGRAMS = ("/api/", "/feeds/", "/timegate/", "/timemap/", "/memento/")


class Refusal(Exception):  # noqa: N818 - a request is refused, nothing went wrong
    """A request that goes no further; the message is for whoever sent it."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        """What is answered."""
        super().__init__(detail)
        self.status, self.detail = status, detail
        self.headers = dict(headers or {})


def answer(
    request: Request,
    status: int,
    detail: str,
    *,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """What was refused or went wrong, as the asker can read it."""
    title = HTTPStatus(status).phrase
    extra = dict(headers or {})
    if status == HTTPStatus.UNAUTHORIZED:
        # feed readers show a token as a password, and only where they are asked for one
        scheme = "Basic" if get_route_path(request.scope).startswith("/feeds/") else "Bearer"
        extra.setdefault("www-authenticate", f'{scheme} realm="pressvakt"')
    if is_for_programs(request):
        found = problem(status, title, detail, errors=errors)
    else:
        found = _page(request, status, title, detail)
    found.headers.update(extra)
    found.headers["cache-control"] = "no-store"
    return found


def problem(status: int, title: str, detail: str, *, errors: Sequence[Mapping[str, str]] = ()) -> Response:
    """A problem by RFC 9457; `errors` says where in the question each fault is."""
    value: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if errors:
        value["errors"] = [dict(one) for one in errors]
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    return Response(body, status_code=status, media_type=PROBLEM)


def is_for_programs(request: Request) -> bool:
    """Whether a program asks rather than a person."""
    path = get_route_path(request.scope)
    if path.startswith(_FOR_PROGRAMS) or path.rstrip("/") == "/api":
        return True
    accept = request.headers.get("accept", "")
    return "json" in accept and "text/html" not in accept


def on_refusal(request: Request, error: Exception) -> Response:
    """A refusal, answered."""
    if not isinstance(error, Refusal):
        raise error
    return answer(request, error.status, error.detail, headers=error.headers)


def on_http(request: Request, error: Exception) -> Response:
    """What the framework refuses: an address or a method that is not there."""
    if not isinstance(error, HTTPException):
        raise error
    status = error.status_code
    detail = str(error.detail)
    if detail == HTTPStatus(status).phrase:
        detail = {404: "There is nothing at this address.", 405: "This address takes another method."}.get(
            status, detail
        )
    headers = dict(error.headers or {})
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["allow"] = ", ".join(sorted(_methods(request)))
    return answer(request, status, detail, headers=headers)


def on_invalid(request: Request, error: Exception) -> Response:
    """A question that makes no sense, with the place of each fault."""
    if not isinstance(error, RequestValidationError):
        raise error
    errors = [{"where": ".".join(str(part) for part in one["loc"]), "message": _said(one)} for one in error.errors()]
    detail = "; ".join(f"{one['where']}: {one['message']}" for one in errors)
    return answer(request, 422, detail, errors=errors)


def on_archive(request: Request, error: Exception) -> Response:
    """The archive could not answer: it is busy, or damaged."""
    if not isinstance(error, ArchiveError):
        raise error
    if isinstance(error, Locked):
        return answer(
            request, 503, "The archive is being written to; try again in a moment.", headers={"retry-after": "5"}
        )
    raise error


def on_fault(request: Request, error: Exception) -> Response:
    """A fault of ours: nothing of it is shown, the log has it."""
    del error
    return answer(request, 500, "Something went wrong on our side; the log of the web says what.")


def _methods(request: Request) -> set[str]:
    """The methods that an address takes, whichever routes take them."""
    found: set[str] = set()
    for context in iter_route_contexts(request.app.routes):
        pattern = getattr(context, "path_regex", None)
        if pattern is not None and pattern.match(get_route_path(request.scope)):
            found |= set(context.methods or ())
    return found | {"HEAD"} if "GET" in found else found


def _said(one: Mapping[str, Any]) -> str:
    message = str(one.get("msg", "makes no sense")).removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _page(request: Request, status: int, title: str, detail: str) -> Response:
    draw: Draw | None = getattr(request.app.state, "error_page", None)
    if draw is not None:
        return draw(request, status, detail)
    said = html.escape(detail)
    body = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><h1>{title}</h1><p>{said}</p></html>'
    return HTMLResponse(body, status_code=status)
