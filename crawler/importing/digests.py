"""The digests that WARC records state of themselves: `sha1:3I42H3S6…`, in base 32, 16 or 64."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable

_ALGORITHMS = {name: name for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")}
_ALGORITHMS |= {"sha-1": "sha1", "sha-256": "sha256", "sha-384": "sha384", "sha-512": "sha512"}


def agrees(stated: str | None, readings: Iterable[bytes]) -> bool | None:
    """Whether one of these readings has the stated digest.

    None where nothing is stated, or by an algorithm that is not known: then it proves nothing, and condemns nothing.
    """
    algorithm, _, value = (stated or "").strip().partition(":")
    name = _ALGORITHMS.get(algorithm.strip().lower())
    if name is None or not value:
        return None
    size = hashlib.new(name, usedforsecurity=False).digest_size
    wanted = _decoded(value.strip(), size)
    return wanted is not None and any(
        hashlib.new(name, reading, usedforsecurity=False).digest() == wanted for reading in readings
    )


def _decoded(value: str, size: int) -> bytes | None:
    """The bytes of a digest, by whichever base gives as many as the algorithm has."""
    padded = value + "=" * (-len(value) % 8)
    for decode in (base64.b16decode, base64.b32decode):
        text = value.upper() if decode is base64.b16decode else padded.upper()
        try:
            found = decode(text)
        except (binascii.Error, ValueError):
            continue
        if len(found) == size:
            return found
    try:
        found = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_")
    except (binascii.Error, ValueError):
        return None
    return found if len(found) == size else None
