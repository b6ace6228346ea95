"""Answers of the API: JSON that says whether it is what the asker has already, and JSON lines as they are found."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

JSON, LINES = "application/json", "application/x-ndjson"
#: Bytes of JSON lines that go out at once.
_CHUNK = 32 * 1024
#: Some programs take these for the end of a line; they stand in no JSON but inside its texts.
_LINE_ENDS = ((b"\xe2\x80\xa8", b"\\u2028"), (b"\xe2\x80\xa9", b"\\u2029"), (b"\xc2\x85", b"\\u0085"))

_encoder = msgspec.json.Encoder()


def answer(
    request: Request, value: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON object; where the asker has the same one already (`If-None-Match`), only the word that it is (304)."""
    body = encoded(value)
    found = Response(body, status_code=status, media_type=JSON, headers=dict(headers or {}))
    found.headers["vary"] = "Accept, Authorization, Cookie"
    return marked(request, found, body) if status == 200 else found


def marked(request: Request, found: Response, body: bytes) -> Response:
    """An answer with its ETag, or 304 in its place (RFC 9110, 13.1.2)."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    if is_known(request, tag):
        kept = {name: value for name, value in found.headers.items() if name not in {"content-length", "content-type"}}
        return Response(status_code=304, headers={**kept, "etag": tag})
    found.headers["etag"] = tag
    return found


def is_known(request: Request, tag: str) -> bool:
    """Whether the asker says that it has what is so marked."""
    for line in request.headers.getlist("if-none-match"):
        for part in line.split(","):
            if part.strip().removeprefix("W/") in {tag, "*"}:
                return True
    return False


def lines(request: Request, values: Iterable[Mapping[str, Any]]) -> Response:
    """One JSON object a line, each on its way as soon as it is found.

    What goes wrong before the first is told as usual; after it the answer is broken off, which a client notices.
    """
    found = iter(values)
    head: list[Mapping[str, Any]] = []
    if not request.scope.get("state", {}).get("head"):
        head += [one for one in (next(found, None),) if one is not None]
    else:
        found = iter(())
    headers = {"vary": "Accept, Authorization, Cookie"}
    return StreamingResponse(_chunks(chain(head, found)), media_type=LINES, headers=headers)


def wants_lines(request: Request) -> bool:
    """Whether a program asks for JSON lines rather than one object."""
    return LINES in request.headers.get("accept", "")


def encoded(value: Mapping[str, Any]) -> bytes:
    """JSON in UTF-8 that is one line to every program."""
    body = _encoder.encode(value)
    for end, written in _LINE_ENDS:
        if end in body:
            body = body.replace(end, written)
    return body


def _chunks(values: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    part = bytearray()
    for value in values:
        part += encoded(value)
        part += b"\n"
        if len(part) >= _CHUNK:
            yield bytes(part)
            part.clear()
    yield bytes(part)
