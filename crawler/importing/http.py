"""The content of a kept HTTP answer: chunks and encodings undone, and nothing accepted that is cut short."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.bodies import Truncated, whole

_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_TRAILER = re.compile(rb"(?:[!-9;-~]+:[^\r\n]*\r?\n)*\r?\n?\Z")

Headers = Sequence[tuple[str, str]]


def header(headers: Headers, name: str) -> str | None:
    """The first header of that name, whatever its case."""
    return next((value for key, value in headers if key.lower() == name), None)


def dechunked(payload: bytes) -> bytes | None:
    """A payload without its chunks (RFC 9112, 7.1); None where it is none in chunks: whoever wrote it had undone them.

    Raises:
        Truncated: the chunks are broken, or the last one is missing.
    """
    if payload and not _SIZE.match(payload):
        return None
    parts: list[bytes] = []
    at = 0
    while True:
        match = _SIZE.match(payload, at)
        if match is None:
            if not parts:
                return None
            raise Truncated("the chunks of its body are broken, or the last one is missing")
        size = int(match[1], 16)
        at = match.end()
        if size == 0:
            break
        part = payload[at : at + size]
        at += size
        ends = payload[at : at + 2]
        if len(part) < size:
            raise Truncated(f"the chunks of its body are cut short: {len(part)} of {size} bytes are there")
        if not ends.startswith((b"\r\n", b"\n")):
            raise Truncated("the chunks of its body are broken")
        at += 2 if ends == b"\r\n" else 1
        parts.append(part)
    if not _TRAILER.match(payload, at):
        raise Truncated("something follows the last chunk of its body")
    return b"".join(parts)


def content(payload: bytes, headers: Headers, protocol: str, *, max_bytes: int) -> bytes:
    """The content of an answer of status 200, proven to be whole.

    Raises:
        Truncated, TooLarge: as `crawler.bodies` has them.
    """
    framed = False
    if "chunked" in (header(headers, "transfer-encoding") or "").lower():
        undone = dechunked(payload)
        # who has undone the chunks has seen the last one
        payload, framed = (payload if undone is None else undone), True
    length = (header(headers, "content-length") or "").strip()
    if not framed and re.fullmatch(r"\d{1,15}", length):
        if len(payload) < int(length):
            raise Truncated(f"its body is cut short: {len(payload)} of {length} bytes are there")
        framed = True
    if not framed and protocol.upper() != "HTTP/1.0":
        # HTTP/2 shows the end of a body by itself, and is written down as HTTP/1.1
        framed = (header(headers, "connection") or "").strip().lower() != "close"
    return whole(
        payload,
        codings=header(headers, "content-encoding") or "",
        content_type=header(headers, "content-type") or "",
        framed=framed,
        max_bytes=max_bytes,
    )


def readings(payload: bytes, headers: Headers) -> list[bytes]:
    """The payload in the ways in which a digest may have been taken of it: as sent, and without its chunks.

    The standard can be read both ways (webrecorder/warcio#75).
    """
    found = [payload]
    if "chunked" in (header(headers, "transfer-encoding") or "").lower():
        try:
            undone = dechunked(payload)
        except Truncated:
            undone = None
        if undone is not None:
            found.append(undone)
    return found
