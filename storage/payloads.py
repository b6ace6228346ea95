"""How payloads are packed: whole, or as what differs from an earlier payload of the same page.

A payload is the body of an answer, named by its SHA-256. One in twenty of a page is stored whole, its keyframe; the
others are zstd frames with the keyframe as their dictionary: 1.6 KB instead of 19 KB for a page of 79 KB, and one
step to read back. The codec stands beside each payload, so that others may follow.
"""

from __future__ import annotations

import hashlib
import threading
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import zstandard

from storage.errors import ArchiveError, Damaged

if TYPE_CHECKING:
    from storage.stores import Store

RAW = "raw"  #: as it came: too short, or packed already
ZSTD = "zstd"  #: one zstd frame
OUTSIDE = "zstd-outside"  #: one zstd frame in a store (`storage.stores`), and no byte of it here
DELTA = "zstd-delta"  #: one zstd frame with the whole payload `base` as its dictionary

LEVEL = 3
#: Payloads that lean on one keyframe before the next is stored whole: what one damaged row can take with it.
DELTAS_PER_KEYFRAME = 19
#: Keyframe and payload must fit together into zstd's window at our level, 2 MiB: past it nothing is found again.
DELTA_LIMIT = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Packed:
    """A payload as it is stored."""

    digest: str  #: `sha256:…` of the payload itself
    size: int  #: of the payload itself, in bytes
    codec: str
    data: bytes
    base: str | None = None  #: digest of the keyframe that `data` leans on

    @property
    def crc(self) -> int:
        """CRC-32 of `data`: zstd overlooks some flipped bits, those that change nothing of what it unpacks to."""
        return zlib.crc32(self.data)


@dataclass(frozen=True, kw_only=True)
class Keyframe:
    """A payload that is stored whole, and how many lean on it."""

    packed: Packed
    deltas: int


def digest_of(body: bytes) -> str:
    """The name of a payload: `sha256:` and 64 hexadecimal digits."""
    return "sha256:" + hashlib.sha256(body).hexdigest()


def pack(body: bytes, digest: str, keyframe: Keyframe | None = None) -> Packed:
    """A payload ready to be stored, as a delta where that is worth it. `digest` is `digest_of(body)`."""
    delta = _delta(body, keyframe) if keyframe is not None else None
    if delta is not None and keyframe is not None:
        return Packed(digest=digest, size=len(body), codec=DELTA, data=delta, base=keyframe.packed.digest)
    data = compress(body)
    if len(data) >= len(body):
        return Packed(digest=digest, size=len(body), codec=RAW, data=body)
    return Packed(digest=digest, size=len(body), codec=ZSTD, data=data)


def unpack(packed: Packed, base: Packed | None = None) -> bytes:
    """The payload, checked against its digest.

    Raises:
        Damaged: where the bytes are not those that were packed.
    """
    body = _bytes(packed, base)
    if digest_of(body) != packed.digest:
        raise damaged(packed.digest, "its bytes no longer match their SHA-256")
    return body


def unpack_on(packed: Packed, keyframe: bytes) -> bytes:
    """As `unpack`, for a payload that leans on a keyframe whose bytes are known to be right."""
    try:
        if zstandard.frame_content_size(packed.data) != packed.size:
            raise damaged(packed.digest, "its frame states another size")
        dictionary = zstandard.ZstdCompressionDict(keyframe, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        body = zstandard.ZstdDecompressor(dict_data=dictionary).decompress(packed.data)
    except zstandard.ZstdError as error:
        raise damaged(packed.digest, f"zstd says {error}") from error
    if digest_of(body) != packed.digest:
        raise damaged(packed.digest, "its bytes no longer match their SHA-256")
    return body


def fetched(packed: Packed, store: Store | None) -> Packed:
    """The payload with its bytes, wherever these are kept.

    Raises:
        Damaged: they are not where they should be.
        ArchiveError: nobody told us where that is, or the place does not answer.
    """
    if packed.codec != OUTSIDE:
        return packed
    if store is None:
        raise ArchiveError(
            f"payload {packed.digest} is kept outside of the database; name the place: payloads = … below [storage]"
        )
    data = store.get(packed.digest)
    if data is None:
        raise damaged(packed.digest, f"it is not at {store.address}")
    return replace(packed, codec=ZSTD, data=data)


def damaged(digest: str, why: str) -> Damaged:
    """The error that says which payload is lost, and what is left to do."""
    return Damaged(f"payload {digest} is damaged: {why}; check the disk and restore the archive from a backup")


def compress(data: bytes, *, checked: bool = False) -> bytes:
    """One zstd frame that knows its content's size; `checked` where nothing else has a digest of just these bytes."""
    return (_tools().checking if checked else _tools().compressor).compress(data)


def decompress(data: bytes) -> bytes:
    """What `compress` packed.

    Raises:
        zstandard.ZstdError: where the frame is broken.
    """
    return _tools().decompressor.decompress(data)


def _delta(body: bytes, keyframe: Keyframe) -> bytes | None:
    """The body as a delta; None where it should be stored whole."""
    whole = keyframe.packed
    if whole.base is not None or keyframe.deltas >= DELTAS_PER_KEYFRAME:
        return None
    if not 0 < whole.size <= DELTA_LIMIT or not 0 < len(body) <= DELTA_LIMIT:
        return None
    try:
        # read back and checked first: nothing new may lean on a keyframe that has rotted
        dictionary = zstandard.ZstdCompressionDict(unpack(whole), dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    except Damaged:
        return None
    data = zstandard.ZstdCompressor(level=LEVEL, dict_data=dictionary).compress(body)
    # a page that has little left of its keyframe is better off as the next keyframe
    return data if len(data) * 2 < len(whole.data) else None


def _bytes(packed: Packed, base: Packed | None) -> bytes:
    if packed.codec == RAW:
        return packed.data
    if packed.codec not in (ZSTD, DELTA):
        raise damaged(packed.digest, f"this Pressvakt does not know the codec {packed.codec!r}")
    try:
        # asked before anything is allocated: a rotten frame may claim any size
        if zstandard.frame_content_size(packed.data) != packed.size:
            raise damaged(packed.digest, "its frame states another size")
        if packed.codec == ZSTD:
            return decompress(packed.data)
        if base is not None:
            return unpack_on(packed, unpack(base))
    except zstandard.ZstdError as error:
        raise damaged(packed.digest, f"zstd says {error}") from error
    raise damaged(packed.digest, f"the keyframe {packed.base} that it leans on is missing")


class _Tools(threading.local):
    """A compressor and a decompressor for each thread: zstd's contexts must not be shared."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=LEVEL)
        self.checking = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
        self.decompressor = zstandard.ZstdDecompressor()


_local = _Tools()


def _tools() -> _Tools:
    return _local
