"""Errors as a person reads them: what went wrong, and where to go on; at 401 the form to sign in."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from web.views.frame import frame_of, render

_KNOWN = frozenset({400, 401, 403, 404, 405, 413, 422, 429, 500, 503})


def error_page(request: Request, status: int, detail: str = "") -> Response:
    """The page for an answer that is none. `detail` is one line of ours in English, or empty."""
    frame = frame_of(request)
    if status == 401:
        tried = request.method == "POST"
        to = request.query_params.get("next", "/") if request.url.path.endswith("/sign-in") else frame.path
        return render(request, "sign_in.html", status=status, frame=frame, tried=tried, to=to)
    key = str(status) if status in _KNOWN else "500" if status >= 500 else "400"
    return render(
        request, "error.html", status=status, frame=frame, code=status, key=key, search=status == 404,
        detail="" if status == 404 else detail,
    )  # fmt: skip
