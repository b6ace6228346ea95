"""The HTTP messages of a stored answer, as bytes that a record of an archive can hold.

What is kept is the content of an answer, its encodings undone. A message must not name encodings that its body does not
have: such headers stand under `X-Archive-Orig-…`, and Content-Length is that of the body as it is.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.records import Snapshot

#: What a header that is no longer true of the body is called.
ORIGINAL = "X-Archive-Orig-"
#: Headers about how the body was sent, not about what it is.
SENT = frozenset({"content-encoding", "transfer-encoding", "content-length"})

_BREAKS = re.compile("[\r\n\0]+")
_NOT_A_NAME = re.compile(r"[^!#$%&'*+\-.^_`|~0-9A-Za-z]")


def response_head(snapshot: Snapshot, length: int) -> bytes:
    """Status line and headers of an answer whose body has so many bytes, with the empty line that ends them."""
    kept = {name.lower() for name, _ in snapshot.headers}
    headers = [
        (f"{ORIGINAL}{name}" if name.lower() in SENT else name, value)
        for name, value in snapshot.headers
        if name.lower() not in SENT or f"{ORIGINAL}{name}".lower() not in kept  # renamed by an earlier export
    ]
    return _head(f"HTTP/1.1 {snapshot.status} {_phrase(snapshot.status)}".rstrip(), [*headers, _length(length)])


def request_head(url: str) -> bytes:
    """The request for an answer, as far as it is known without having been kept: method, path and host."""
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _head(f"GET {path} HTTP/1.1", [("Host", parts.netloc.rpartition("@")[2])])


def _length(length: int) -> tuple[str, str]:
    return "Content-Length", str(length)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _head(first: str, headers: Sequence[tuple[str, str]]) -> bytes:
    """Header values are bytes that were read as Latin-1: so written, they are what the server sent."""
    lines = [first.encode("utf-8", "replace")]
    for name, value in headers:
        line = f"{_NOT_A_NAME.sub('_', name)}: {_BREAKS.sub(' ', value)}"
        try:
            lines.append(line.encode("latin-1"))
        except UnicodeEncodeError:  # from elsewhere, read in another way
            lines.append(line.encode("utf-8", "replace"))
    return b"\r\n".join([*lines, b"", b""])
