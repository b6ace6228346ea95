"""How payloads are packed: whole, or as what differs from an earlier payload of the page and from what the site repeats.

A payload is the body of an answer, named by its SHA-256. One in forty of a page is its keyframe; the others are zstd
frames that have the keyframe as their dictionary. What pages of a site have in common stands in volumes (`storage.series`),
which are dictionaries to both: of a page of 46 KB that is new 3 KB are kept, and 0.5 KB of its next state. A volume leans
on nothing, a keyframe on volumes at most: a payload is never further than two steps from whole ones. The codec stands
beside each payload, so that others may follow, and what was packed by older rules is read as ever.
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
DELTA = "zstd-delta"  #: one zstd frame with the keyframe `base` as its dictionary
SHARED = (
    "zstd-shared"  #: the same, with the volume `shared` as its dictionary, and the keyframe behind it if there is one
)
VOLUME = "zstd-volume"  #: a volume: the same zstd frame twice, since hundreds of payloads may lean on it

#: For releases, objects and large files; and, slower, for payloads of a series, where matches are looked for far back.
LEVEL, SERIES_LEVEL, VOLUME_LEVEL = 3, 9, 12
#: Payloads that lean on one keyframe before the next: what one damaged row can take with it.
DELTAS_PER_KEYFRAME = 39
#: Larger payloads are packed alone: a dictionary is read anew for each payload that leans on it.
SERIES_LIMIT = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Packed:
    """A payload as it is stored."""

    digest: str  #: `sha256:…` of the payload itself
    size: int  #: of the payload itself, in bytes
    codec: str
    data: bytes
    base: str | None = None  #: digest of the keyframe that `data` leans on
    shared: int | None = None  #: id of the volume that it leans on; of a volume: of the one that goes with it

    @property
    def crc(self) -> int:
        """CRC-32 of `data`: zstd overlooks some flipped bits, those that change nothing of what it unpacks to."""
        return zlib.crc32(self.data)


@dataclass(frozen=True, kw_only=True)
class Keyframe:
    """A payload of the page that others may lean on."""

    digest: str
    body: bytes
    stored: int  #: bytes that it takes
    deltas: int  #: payloads that lean on it


@dataclass(frozen=True, kw_only=True)
class Volume:
    """What pages of a site have in common, opened."""

    key: int  #: its row
    content: bytes  #: its own, behind that of the volume that goes with it


def digest_of(body: bytes) -> str:
    """The name of a payload: `sha256:` and 64 hexadecimal digits."""
    return "sha256:" + hashlib.sha256(body).hexdigest()


def pack(body: bytes, digest: str, keyframe: Keyframe | None = None, volume: Volume | None = None) -> Packed:
    """A payload ready to be stored, leaning on others where that is worth it. `digest` is `digest_of(body)`."""
    if 0 < len(body) <= SERIES_LIMIT:
        leaning = _delta(body, digest, keyframe, volume) or _on_volume(body, digest, volume)
        if leaning is not None:
            return leaning
        data = _squeeze(body, b"")
    else:
        data = compress(body)
    if len(data) >= len(body):
        return Packed(digest=digest, size=len(body), codec=RAW, data=body)
    return Packed(digest=digest, size=len(body), codec=ZSTD, data=data)


def pack_volume(content: bytes, after: int | None) -> Packed:
    """A volume ready to be stored, to go with the one before it."""
    frame = zstandard.ZstdCompressor(level=VOLUME_LEVEL).compress(content)
    return Packed(digest=digest_of(content), size=len(content), codec=VOLUME, data=frame * 2, shared=after)


def unpack(packed: Packed, dictionary: bytes = b"") -> bytes:
    """The payload, checked against its digest; `dictionary` is the content of its volume and then of its keyframe.

    Raises:
        Damaged: where the bytes are not those that were packed.
    """
    if packed.codec == VOLUME:
        return _volume(packed)
    body = _bytes(packed, dictionary)
    if digest_of(body) != packed.digest:
        raise damaged(packed.digest, "its bytes no longer match their SHA-256")
    return body


def novel(packed: Packed, length: int) -> bytes:
    """The payload with a zero for each byte that its dictionary, so many bytes long, has brought."""
    return _bytes(packed, bytes(length))


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


def _delta(body: bytes, digest: str, keyframe: Keyframe | None, volume: Volume | None) -> Packed | None:
    """The body as a delta; None where it should rather be the next keyframe."""
    if keyframe is None or keyframe.deltas >= DELTAS_PER_KEYFRAME or not 0 < len(keyframe.body) <= SERIES_LIMIT:
        return None
    data = _squeeze(body, (volume.content if volume else b"") + keyframe.body)
    # a page that has little left of its keyframe is better off as the next one
    if len(data) * 5 >= keyframe.stored * 2:
        return None
    codec, shared = (SHARED, volume.key) if volume else (DELTA, None)
    return Packed(digest=digest, size=len(body), codec=codec, data=data, base=keyframe.digest, shared=shared)


def _on_volume(body: bytes, digest: str, volume: Volume | None) -> Packed | None:
    """The body as it leans on a volume alone; None where it has little in common with it."""
    if volume is None:
        return None
    data = _squeeze(body, volume.content)
    if len(data) * 10 > len(body) and len(data) * 10 > len(_squeeze(body, b"")) * 9:
        return None
    return Packed(digest=digest, size=len(body), codec=SHARED, data=data, shared=volume.key)


def _squeeze(body: bytes, dictionary: bytes) -> bytes:
    if not dictionary:
        return _tools().squeezing.compress(body)
    # told of both sizes, zstd makes its window hold both
    parameters = zstandard.ZstdCompressionParameters.from_level(
        SERIES_LEVEL, source_size=len(body), dict_size=len(dictionary)
    )
    return zstandard.ZstdCompressor(dict_data=_raw(dictionary), compression_params=parameters).compress(body)


def _bytes(packed: Packed, dictionary: bytes) -> bytes:
    if packed.codec == RAW:
        return packed.data
    if packed.codec not in (ZSTD, DELTA, SHARED):
        raise damaged(packed.digest, f"this Pressvakt does not know the codec {packed.codec!r}")
    try:
        # asked before anything is allocated: a rotten frame may claim any size
        if zstandard.frame_content_size(packed.data) != packed.size:
            raise damaged(packed.digest, "its frame states another size")
        if packed.codec == ZSTD:
            return decompress(packed.data)
        return zstandard.ZstdDecompressor(dict_data=_raw(dictionary)).decompress(packed.data)
    except zstandard.ZstdError as error:
        raise damaged(packed.digest, f"zstd says {error}") from error


def _volume(packed: Packed) -> bytes:
    """What is in a volume, by the first of its frames that is whole."""
    middle = len(packed.data) // 2
    for frame in (packed.data[:middle], packed.data[middle:]):
        try:
            content = _bytes(replace(packed, codec=ZSTD, data=frame), b"")
        except Damaged:
            continue
        if digest_of(content) == packed.digest:
            return content
    raise damaged(packed.digest, "both its frames are broken")


def _raw(dictionary: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(dictionary, dict_type=zstandard.DICT_TYPE_RAWCONTENT)


class _Tools(threading.local):
    """Compressors and a decompressor for each thread: zstd's contexts must not be shared."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=LEVEL)
        self.checking = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
        self.squeezing = zstandard.ZstdCompressor(level=SERIES_LEVEL)
        self.decompressor = zstandard.ZstdDecompressor()


_local = _Tools()


def _tools() -> _Tools:
    return _local
