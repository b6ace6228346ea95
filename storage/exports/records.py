"""WARC 1.1 records, each a gzip member of its own (ISO 28500:2017, annex D), and where in the file they stand.

The same answer gives the same bytes: record ids are made of what is written, times are those of the capture.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from storage.exports.metadata import exact

if TYPE_CHECKING:
    from storage.records import Snapshot

VERSION = "WARC/1.1"
CONFORMS = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
#: Record ids are made of what they name, in this space (RFC 9562, 5.5).
_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://pressvakt.example/warc")


#: What would end a field of a record, or its value: no address that was ever fetched has it.
_UNSAID = re.compile(r"[\x00-\x20\x7f]")


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> object:
        """Take bytes."""
        ...


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a record stands in its file."""

    offset: int
    length: int  #: of its gzip member
    digest: str  #: of that member: `sha256:…`


@dataclass(frozen=True, kw_only=True)
class Original:
    """The response record whose payload a revisit has, too."""

    url: str
    date: str
    record_id: str


class Records:
    """Writes records to a sink, one after the other."""

    def __init__(self, out: Sink) -> None:
        self._out = _Counted(out)
        self._writer = WARCWriter(self._out, gzip=True, warc_version=VERSION)

    def warcinfo(self, fields: Mapping[str, str], *, at: dt.datetime, name: str | None = None) -> str:
        """Say what the file is; its record id."""
        block = "".join(f"{key}: {value}\r\n" for key, value in fields.items() if value).encode()
        headers = {"WARC-Filename": name} if name else {}
        return self._fields("warcinfo", block, {**headers, "WARC-Date": exact(at)})

    def response(self, key: str, snapshot: Snapshot, head: bytes, body: bytes) -> tuple[Original, Place]:
        """An answer, whole; what a later revisit refers to. `key` names the answer among all that are kept."""
        one = Original(url=snapshot.url, date=exact(snapshot.captured_at), record_id=record_id("response", key))
        headers = {
            "WARC-Record-ID": one.record_id,
            "WARC-Date": one.date,
            "WARC-Payload-Digest": snapshot.digest,
            "WARC-Block-Digest": _digest(head, body),
        }
        return one, self._http("response", one.url, headers, head, body)

    def revisit(self, key: str, snapshot: Snapshot, head: bytes, original: Original) -> tuple[str, Place]:
        """An answer whose payload stands in the file already; its record id."""
        name = record_id("revisit", key)
        headers = {
            "WARC-Record-ID": name,
            "WARC-Date": exact(snapshot.captured_at),
            "WARC-Profile": WARCWriter.REVISIT_PROFILE_1_1,
            "WARC-Refers-To": original.record_id,
            "WARC-Refers-To-Target-URI": _address(original.url),
            "WARC-Refers-To-Date": original.date,
            "WARC-Payload-Digest": snapshot.digest,
            "WARC-Block-Digest": _digest(head),
        }
        return name, self._http("revisit", snapshot.url, headers, head, b"")

    def request(self, key: str, snapshot: Snapshot, head: bytes, *, of: str) -> None:
        """The request for an answer, which stands in the record of that id."""
        headers = {
            "WARC-Record-ID": record_id("request", key),
            "WARC-Date": exact(snapshot.captured_at),
            "WARC-Concurrent-To": of,
            "WARC-Block-Digest": _digest(head),
            "WARC-Payload-Digest": _digest(b""),
        }
        self._http("request", snapshot.url, headers, head, b"")

    def metadata(self, key: str, url: str, block: bytes, *, at: dt.datetime, of: str | None) -> None:
        """Fields about the record of that id, or about an address as such."""
        headers = {
            "WARC-Record-ID": record_id("metadata", key),
            "WARC-Date": exact(at),
            "WARC-Target-URI": _address(url),
        }
        self._fields("metadata", block, {**headers, **({"WARC-Refers-To": of} if of else {})})

    def _fields(self, kind: str, block: bytes, headers: Mapping[str, str]) -> str:
        digest = _digest(block)
        name = headers.get("WARC-Record-ID") or record_id(kind, digest + headers["WARC-Date"])
        given = {**headers, "WARC-Record-ID": name, "WARC-Block-Digest": digest, "WARC-Payload-Digest": digest}
        if kind == "warcinfo":
            del given["WARC-Payload-Digest"]  # it has no payload
        self._write(kind, "", given, None, block)
        return name

    def _http(self, kind: str, url: str, headers: Mapping[str, str], head: bytes, body: bytes) -> Place:
        return self._write(kind, url, headers, _Head(head), body)

    def _write(self, kind: str, url: str, headers: Mapping[str, str], head: _Head | None, body: bytes) -> Place:
        start = self._out.begin()
        given = {name: value for name, value in headers.items() if name != "WARC-Type"}
        record = self._writer.create_warc_record(
            _address(url),
            kind,
            payload=BytesIO(body),
            length=len(body),
            http_headers=head,
            warc_headers_dict={"WARC-Type": kind, **given},
        )
        self._writer.write_record(record)
        return Place(offset=start, length=self._out.at - start, digest=f"sha256:{self._out.hash.hexdigest()}")


def record_id(kind: str, key: str) -> str:
    """The id of a record of some kind about something: always the same."""
    return f"<{uuid.uuid5(_SPACE, f'{kind} {key}').urn}>"


def _address(url: str) -> str:
    """An address that cannot end its line."""
    return _UNSAID.sub(lambda found: quote(found[0]), url)


def _digest(*parts: bytes) -> str:
    found = hashlib.sha256()
    for part in parts:
        found.update(part)
    return f"sha256:{found.hexdigest()}"


class _Head(StatusAndHeaders):  # type: ignore[misc]
    """The head of a message as the bytes it was: left to itself, warcio escapes what is not ASCII."""

    def __init__(self, head: bytes) -> None:
        super().__init__("", [("", "")])  # not empty: an empty head counts as none
        self._given = head

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        """Leave the bytes as they are."""
        del header_filter
        self.headers_buff = self._given


class _Counted:
    """A sink that knows how far it is, and the digest of what came since `begin`."""

    def __init__(self, out: Sink) -> None:
        self._out = out
        self.at = 0
        self.hash = hashlib.sha256()

    def begin(self) -> int:
        self.hash = hashlib.sha256()
        return self.at

    def write(self, data: bytes) -> None:
        self._out.write(data)
        self.hash.update(data)
        self.at += len(data)

    def flush(self) -> None:
        """Nothing: the sink is flushed by whoever opened it."""
