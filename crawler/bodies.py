"""Whole bodies: undoes content encodings and proves that nothing is missing.

A body that is cut short must never be read as a page that says less. Browsers and Scrapy give what they got; here a
compressed stream has to reach its own end (gzip: CRC and length, RFC 1952; zlib: Adler-32, RFC 1950; brotli: last
block, RFC 7932; zstd: last block and checksum, RFC 8878), and a body that ends with its connection has to look ended.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable
from typing import ClassVar

import brotli  # type: ignore[import-untyped]
import zstandard

from crawler.faults import FetchError
from crawler.items import Fault

_WINDOW = 8 * 1024 * 1024  # RFC 9659: what a zstd content coding may ask of its reader
_CHUNK = 64 * 1024
_ZSTD_INPUT = 512  # bytes a step: four may stand for 128 KiB, and its decoder knows no limit
_MOST_CODINGS = 4


class Truncated(FetchError):  # noqa: N818 - named for what happened
    """The body was cut short, or its encoding is broken."""

    fault: ClassVar[Fault] = Fault.TRUNCATED


class TooLarge(FetchError):  # noqa: N818
    """The body, or what it unpacks to, is larger than the profile allows."""

    fault: ClassVar[Fault] = Fault.TOO_LARGE


def whole(body: bytes, *, codings: str = "", content_type: str = "", framed: bool = True, max_bytes: int) -> bytes:
    """The content of a successful answer, its encodings undone and its end seen.

    `codings` is the Content-Encoding header, `framed` whether the protocol showed where the body ends (a length or a
    last chunk) and not the mere end of the connection.

    Raises:
        Truncated: where something is missing or broken.
        TooLarge: where it unpacks to more than `max_bytes`.
    """
    names = _names(codings)
    if not body:
        return body
    content, proven = body, framed
    for name in reversed(names):  # the last one listed was put on last (RFC 9110, 8.4)
        content, undone = _undo(name, content, framed=framed, max_bytes=max_bytes)
        proven = proven or undone
    if content.startswith(b"\x1f\x8b") and _is_page(content_type):
        content, _ = _undo("gzip", content, framed=framed, max_bytes=max_bytes)  # packed once more than labelled
    if len(content) > max_bytes:
        raise TooLarge(f"the body is larger than {max_bytes} bytes")
    if not proven and not looks_ended(content):
        raise Truncated("the connection ended the body, and the document does not end with it")
    return content


def unpacked(body: bytes, *, codings: str, max_bytes: int) -> bytes:
    """The content of an answer whose status says all, such as an error page: broken encodings give nothing."""
    try:
        for name in reversed(_names(codings)):
            body, _ = _undo(name, body, framed=True, max_bytes=max_bytes)
    except FetchError:
        return b""
    return body[:max_bytes]


_ROOT = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^>]*>\s*)*<([A-Za-z_][\w:.-]*)", re.DOTALL
)


def looks_ended(body: bytes) -> bool:
    """Whether a document shows by itself that it is whole: `</html>`, a closed XML root, JSON that parses, `%%EOF`."""
    tail = body[-4096:].rstrip()
    while tail.endswith(b"-->") and (comment := tail.rfind(b"<!--")) >= 0:
        tail = tail[:comment].rstrip()
    if tail.lower().endswith(b"</html>"):
        return True
    start = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"%PDF-"):
        return tail.endswith(b"%%EOF")
    if start[:1] in (b"{", b"["):
        return _is_json(body)
    root = _ROOT.match(body[:4096])
    if root is None or root[1].lower() == b"html":
        return False
    return re.search(rb"</" + re.escape(root[1]) + rb"\s*>\Z", tail) is not None


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def _is_page(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() in ("text/html", "application/xhtml+xml")


def _names(codings: str) -> list[str]:
    names = [name for part in codings.split(",") if (name := part.strip().lower()) not in ("", "identity")]
    if len(names) > _MOST_CODINGS:
        raise Truncated(f"{len(names)} content encodings, one in the other")
    return names


def _undo(name: str, body: bytes, *, framed: bool, max_bytes: int) -> tuple[bytes, bool]:
    """The body without this encoding, and whether that proved it to be whole."""
    undo = _CODINGS.get(name)
    if undo is None:
        problem = Truncated(f"content encoding {name!r} is not known")
    else:
        try:
            return undo(body, max_bytes), True
        except Truncated as error:
            problem = error
    # A label on a body that was never packed: common behind proxies, and readable where all of it has come.
    if framed and _is_plain(name, body):
        return body, False
    raise problem


_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def _is_plain(name: str, body: bytes) -> bool:
    """Whether a body that is labelled as packed is plain text all the same."""
    if _CONTROL.search(body, 0, 4096) or body.startswith((b"\x1f\x8b", b"\x28\xb5\x2f\xfd")):
        return False
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and b">" in body:
        return True  # no stream of zlib or brotli can begin so
    if name not in ("gzip", "x-gzip") and len(body) < 64:
        return False  # too short to tell from a stream without a clear mark of its own
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _gunzip(body: bytes, max_bytes: int) -> bytes:
    """All members of a gzip stream; zlib checks each one's CRC and length."""
    parts: list[bytes] = []
    left = max_bytes
    while body:
        member = zlib.decompressobj(wbits=31)
        try:
            part = member.decompress(body, left + 1)
        except zlib.error as error:
            raise Truncated(f"broken gzip: {error}") from None
        left -= len(part)
        if left < 0:
            raise TooLarge(f"unpacks to more than {max_bytes} bytes")
        if not member.eof:
            raise Truncated("the gzip stream is cut short")
        parts.append(part)
        body = member.unused_data
        if not body.strip(b"\0"):  # padding is allowed behind the last member
            break
    return b"".join(parts)


def _inflate(body: bytes, max_bytes: int) -> bytes:
    """A "deflate" body: zlib's format by the standard, raw deflate from servers that got it wrong."""
    try:
        return _inflate_as(15, body, max_bytes)
    except Truncated:
        return _inflate_as(-15, body, max_bytes)


def _inflate_as(wbits: int, body: bytes, max_bytes: int) -> bytes:
    stream = zlib.decompressobj(wbits=wbits)
    try:
        content = stream.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise Truncated(f"broken deflate: {error}") from None
    if len(content) > max_bytes:
        raise TooLarge(f"unpacks to more than {max_bytes} bytes")
    if not stream.eof:
        raise Truncated("the deflate stream is cut short")
    if stream.unused_data:
        raise Truncated("something follows the end of the deflate stream")
    return content


def _unbrotli(body: bytes, max_bytes: int) -> bytes:
    stream = brotli.Decompressor()
    parts: list[bytes] = []
    left = max_bytes
    try:
        part = stream.process(body, output_buffer_limit=_CHUNK)
        while True:
            parts.append(part)
            left -= len(part)
            if left < 0:
                raise TooLarge(f"unpacks to more than {max_bytes} bytes")
            if stream.is_finished():
                return b"".join(parts)
            if stream.can_accept_more_data():
                raise Truncated("the brotli stream is cut short")
            part = stream.process(b"", output_buffer_limit=_CHUNK)
    except brotli.error:
        raise Truncated("broken brotli, or something behind its end") from None


def _unzstd(body: bytes, max_bytes: int) -> bytes:
    """All frames of a zstd stream."""
    parts: list[bytes] = []
    left = max_bytes
    try:
        while body:
            frame = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()
            at = 0
            while not frame.eof:
                if at >= len(body):
                    raise Truncated("the zstd stream is cut short")
                part = frame.decompress(body[at : at + _ZSTD_INPUT])
                at += _ZSTD_INPUT
                left -= len(part)
                if left < 0:
                    raise TooLarge(f"unpacks to more than {max_bytes} bytes")
                parts.append(part)
            body = frame.unused_data + body[at:]
    except zstandard.ZstdError as error:
        raise Truncated(f"broken zstd: {error}") from None
    return b"".join(parts)


_CODINGS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}

#: What we ask for: what we can check to the last byte, best first.
ACCEPT_ENCODING = "gzip, br, zstd, deflate"
