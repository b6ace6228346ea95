"""What a reader chose: theme, language, and up to which change they have read. Kept in cookies of theirs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from web.state import settings_of
from web.views import paging
from web.views.frame import LANGUAGE, SEEN, THEME, THEMES, frame_of
from web.words import LANGUAGES

router = APIRouter()
_YEAR = 366 * 24 * 3600


@router.post("/preferences")
def keep_preferences(
    request: Request,
    theme: Annotated[str, Form()] = "",
    language: Annotated[str, Form()] = "",
    seen: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "/",
) -> Response:
    """Keep what was chosen, and go back to where it was chosen."""
    answer = RedirectResponse(frame_of(request).root + inside(to), status_code=303)
    if theme in THEMES:
        _keep(request, answer, THEME, theme)
    if language in LANGUAGES and language in settings_of(request).languages:
        _keep(request, answer, LANGUAGE, language)
    if (change := paging.number(seen)) is not None:
        _keep(request, answer, SEEN, str(change))
    return answer


def inside(path: str) -> str:
    """A path of ours to go on to; the first page where it leads anywhere else."""
    fits = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if fits and len(path) < 2000 else "/"


def _keep(request: Request, answer: Response, name: str, value: str) -> None:
    answer.set_cookie(
        name,
        value,
        max_age=_YEAR,
        path=request.scope.get("root_path") or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
