"""What stands in one sound frame: warcio reads it, and what it would let pass is refused."""

from __future__ import annotations

import io
import logging
import re
from dataclasses import dataclass

from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParserException

from crawler.importing.digests import agrees
from crawler.importing.framing import Frame
from crawler.importing.http import Headers, readings

_loader = ArcWarcRecordLoader(verify_http=False)
_STATUS = re.compile(r"[1-9]\d\d(?!\d)")
_HTTP = re.compile(r"(?i)https?:")
#: It warns of blanks in addresses, which are dealt with.
logging.getLogger("warcio.recordloader").setLevel(logging.ERROR)


class Unreadable(Exception):  # noqa: N818 - named for what happened
    """A frame in which no record stands that can be believed. The message says why, and where it helps of what."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What stands in an HTTP answer before its body."""

    protocol: str
    status: int
    headers: Headers


@dataclass(frozen=True, kw_only=True)
class Record:
    """One record. `payload` is the body as it was sent; None where the block is too large to be held."""

    place: int
    kind: str  #: `WARC-Type`
    target: str
    fields: StatusAndHeaders
    payload: bytes | None
    answer: Answer | None = None
    method: str = "GET"  #: of a request
    arc: bool = False

    def field(self, name: str) -> str | None:
        """A named field; None where it is missing or empty."""
        value = self.fields.get_header(name)
        return value.strip() or None if isinstance(value, str) else None

    @property
    def date(self) -> str | None:
        """`WARC-Date` as it stands there; of an ARC record its digits."""
        return self.field("WARC-Date")

    @property
    def id(self) -> str | None:
        """`WARC-Record-ID`; ARC records have none."""
        return None if self.arc else self.field("WARC-Record-ID")


def parse(frame: Frame) -> Record:
    """The record in a frame, its digests checked.

    Raises:
        Unreadable: it is none, or not what it says of itself.
    """
    try:
        found = _loader.parse_record_stream(io.BytesIO(frame.head + (frame.block or b"")), no_record_parse=True)
        kind = (found.rec_type or "").strip().lower()
        fields = found.rec_headers
        target = (fields.get_header("WARC-Target-URI") or "").strip()
        payload, head = frame.block, None
        if frame.block is not None and kind in ("response", "revisit", "request") and _HTTP.match(target):
            stream = io.BytesIO(frame.block)
            head = _loader.load_http_headers(kind, target, stream, len(frame.block))
            payload = stream.read() if head is not None else frame.block
    except (ArchiveLoadFailed, StatusAndHeadersParserException, EOFError, ValueError, AttributeError) as error:
        raise Unreadable(f"no record can be read in it ({' '.join(str(error).split())[:80]})") from None
    arc = not frame.head.startswith(b"WARC/")
    if arc:  # warcio fills up what is missing in a date
        fields.replace_header("WARC-Date", frame.head.rsplit(b" ", 3)[1].decode("latin-1"))
    record = Record(
        place=frame.place,
        kind=kind,
        target=target,
        fields=fields,
        payload=payload,
        answer=_answer(head) if head is not None and kind != "request" else None,
        method=head.protocol.upper() if head is not None and kind == "request" else "GET",
        arc=arc,
    )
    _prove(frame, record, head)
    return record


def _answer(head: StatusAndHeaders) -> Answer | None:
    status = _STATUS.match(head.statusline or "")
    if status is None or not head.protocol.upper().startswith("HTTP/"):
        return None
    return Answer(protocol=head.protocol, status=int(status[0]), headers=tuple(head.headers))


def _prove(frame: Frame, record: Record, head: StatusAndHeaders | None) -> None:
    """Hold a record against its digests. A revisit's payload is that of another record."""
    if frame.block is None or record.payload is None:
        return
    of_block = agrees(record.field("WARC-Block-Digest"), [frame.block])
    of_payload = None
    if record.kind != "revisit" and not record.field("WARC-Segment-Number"):
        ways = readings(record.payload, tuple(head.headers) if head is not None else ())
        ways += [frame.block, frame.block.partition(b"\r\n\r\n")[2]]  # HTTP at an address of another kind
        of_payload = agrees(record.field("WARC-Payload-Digest"), ways)
    for proof, name in ((of_block, "WARC-Block-Digest"), (of_payload, "WARC-Payload-Digest")):
        if proof is False:
            raise Unreadable(f"its bytes do not have its {name}{_named(record)}")
    if not frame.proven and True not in (of_block, of_payload):
        raise Unreadable(f"the gzip data around it are damaged, and no digest proves it{_named(record)}")


def _named(record: Record) -> str:
    return f" ({record.target[:200]})" if record.target else ""
