"""The API's description for programs, at /api/v1/openapi.json: OpenAPI 3.1, with what each route may refuse."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import Response

from web.access.open_routes import is_for_operators
from web.api.answers import answer
from web.errors import PROBLEM

#: Of the API, not of Pressvakt: grows when keys or routes are added.
VERSION = "1.0"
_PROBLEM_SCHEMA = {
    "type": "object",
    "title": "Problem",
    "description": "Why something was refused, or went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "For a person: what is wrong, and what to do."},
        "errors": {
            "type": "array",
            "description": "Where in the question each fault is.",
            "items": {
                "type": "object",
                "required": ["where", "message"],
                "properties": {"where": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
_REFUSALS = {
    "400": "The question makes no sense, though each part of it does.",
    "401": "Nobody has signed in, or the token is not known.",
    "403": "Whoever asks may not do this.",
    "404": "It is not there.",
    "409": "It cannot be done as things stand.",
    "413": "The body is too long.",
    "415": "The body is no JSON.",
    "422": "A part of the question makes no sense; `errors` says which.",
    "429": "Asked too often.",
    "503": "The archive is busy; try again in a moment.",
}

router = APIRouter(include_in_schema=False)


@router.get("/api/v1/openapi.json")
def openapi(request: Request) -> Response:
    """The description of the API."""
    app: FastAPI = request.app
    if app.openapi_schema is None:
        app.openapi_schema = describe(app)
    return answer(request, {**app.openapi_schema, "servers": [{"url": request.scope.get("root_path") or "/"}]})


def describe(app: FastAPI) -> dict[str, Any]:
    """The description of all routes that are in it."""
    found: dict[str, Any] = get_openapi(
        title="Pressvakt",
        version=VERSION,
        summary="What press offices published, changed and took away",
        description="Within version 1, keys and routes may be added; none is renamed, taken away or given another meaning.",
        routes=app.routes,
    )
    parts = found["components"]
    for name in ("HTTPValidationError", "ValidationError"):
        parts["schemas"].pop(name, None)
    parts["schemas"]["Problem"] = _PROBLEM_SCHEMA
    parts["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "`pressvakt users token add NAME`"},
        "session": {"type": "apiKey", "in": "cookie", "name": "pressvakt_session"},
    }
    found["security"] = [{"token": []}, {"session": []}]
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            _complete(operation, method.upper(), path)
    return found


def _complete(operation: dict[str, Any], method: str, path: str) -> None:
    """The refusals of one operation, and the 304 of one that reads."""
    answers = operation["responses"]
    reads = method == "GET"
    codes = ["401", "404", "422", "503"]
    if is_for_operators(method, path.replace("{", "").replace("}", "")):
        codes.append("403")
    if reads and operation.get("parameters"):
        codes.append("400")
    if not reads:
        codes += ["400", "403", "409", "413", "415"]
    for code in codes:
        content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        answers[code] = {"description": _REFUSALS[code], "content": content}
    if reads and "application/json" in answers["200"].get("content", {}):
        answers["304"] = {"description": "The asker has it already (`If-None-Match`)."}
        answers["200"]["headers"] = {
            "ETag": {"schema": {"type": "string"}, "description": "Its mark, for If-None-Match."}
        }
    operation["responses"] = dict(sorted(answers.items()))
