"""What is refused before an XML parser sees it, and the unpacking of packed files with a limit."""

from __future__ import annotations

import re
import zlib

_GZIP = b"\x1f\x8b"

#: A document type with declarations of its own: entities that swell or that name files and hosts. Feeds and sitemaps
#: need none. Atomic groups: a hostile run of comments must not be tried in every way.
_DECLARATIONS = re.compile(rb"(?>\s+|<\?(?>.*?\?>)|<!--(?>.*?-->))*+<!DOCTYPE[^>\[]*\[", re.DOTALL | re.IGNORECASE)

_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class PackedError(ValueError):
    """A packed file that cannot be unpacked whole."""


def declares_entities(body: bytes) -> bool:
    """Whether a document brings declarations of its own (billion laughs, external entities)."""
    for bom in _BOMS:
        body = body.removeprefix(bom)
    if b"\x00" in body[:200]:  # UTF-16 or UTF-32: the markup itself is ASCII
        body = body.replace(b"\x00", b"")
    return _DECLARATIONS.match(body) is not None


def unpack(body: bytes, limit: int) -> bytes:
    """The content of a gzip file, or the body itself where something has unpacked it already.

    Raises:
        PackedError: where it is cut short, broken, or grows beyond `limit` bytes.
    """
    for _ in range(2):  # some servers pack what is packed
        if not body.startswith(_GZIP):
            return body
        body = _gunzip(body, limit)
    if body.startswith(_GZIP):
        raise PackedError("packed more than twice")
    return body


def _gunzip(body: bytes, limit: int) -> bytes:
    out = bytearray()
    while body.startswith(_GZIP):  # a gzip file may have several members (RFC 1952, 2.2)
        stream = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        try:
            out += stream.decompress(body, limit + 1 - len(out))
        except zlib.error as error:
            raise PackedError(f"broken gzip: {error}") from error
        if len(out) > limit:
            raise PackedError(f"more than {limit} bytes when unpacked")
        if not stream.eof:
            raise PackedError("gzip cut short")
        body = stream.unused_data
    return bytes(out)
