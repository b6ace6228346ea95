"""All routes of the API, below /api/v1."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from web.api import archive, happenings, searching, subscribing
from web.api.answers import answer
from web.api.params import Strict

router = APIRouter(prefix="/api/v1", dependencies=[Strict])


@router.get("", response_model=dict[str, str], tags=["start"])
def index(request: Request) -> Response:
    """Where everything is."""
    root = f"{request.scope.get('root_path', '')}/api/v1"
    names = ("sites", "releases", "changes", "search", "notices", "crawls", "subscriptions", "openapi.json")
    return answer(request, {name.partition(".")[0]: f"{root}/{name}" for name in names})


for part in (archive, happenings, searching, subscribing):
    router.include_router(part.router)
