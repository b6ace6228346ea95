"""What an answer is, and its content where it may be a release."""

from __future__ import annotations

import re
from http import HTTPStatus

from crawler.bodies import TooLarge, Truncated
from crawler.importing.http import content, header
from crawler.importing.parsing import Record, Unreadable
from crawler.importing.records import Found
from crawler.reading.profiles import SiteProfile

#: Stands for a content that cannot be looked at yet.
SOME_PAGE = b"<html"
#: How a page begins, perhaps behind the head of its first chunk.
_TAG = re.compile(rb"(?:[0-9A-Fa-f]{1,8}[^\r\n]{0,80}\r?\n)?(?:\xef\xbb\xbf)?\s*<[!?a-zA-Z]")
#: Types of media that say nothing of what stands there.
_UNSAID = ("", "text/plain", "application/octet-stream", "unk", "text/xml", "application/xml")


def opened(record: Record, profile: SiteProfile) -> tuple[Found, bytes]:
    """What a response or resource is, and its content where it may be a release (`Found.NEW`).

    Raises:
        Unreadable: it is not whole. What is no page anyway may be broken as it likes.
    """
    if record.payload is None:
        return Found.OTHER, b""  # larger than any page
    answer = record.answer
    if record.kind == "resource":
        media, packed = record.field("Content-Type") or "", False
    elif answer is None:
        raise Unreadable("no HTTP answer stands in it")
    else:
        if answer.status != HTTPStatus.OK:
            return by_status(answer.status), b""
        media = header(answer.headers, "content-type") or ""
        packed = bool(header(answer.headers, "content-encoding"))
    if not is_page(SOME_PAGE if packed else record.payload, media, profile):
        return Found.OTHER, b""
    if (cut := record.field("WARC-Truncated")) is not None:
        raise Unreadable(f"whoever wrote it down cut it short (WARC-Truncated: {cut[:40]})")
    if record.field("WARC-Segment-Number"):
        raise Unreadable("it is one segment of a record that was cut into several")
    body = record.payload
    if answer is not None:
        try:
            body = content(body, answer.headers, answer.protocol, max_bytes=profile.crawl.max_bytes)
        except (Truncated, TooLarge) as error:
            raise Unreadable(str(error)) from None
    return (Found.NEW if is_page(body, media, profile) else Found.OTHER), body


def by_status(status: int) -> Found:
    """What an answer of another status than 200 is."""
    if 300 <= status < 400:
        return Found.REDIRECT
    return Found.MISSING if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE) else Found.ERROR


def is_page(body: bytes, media: str, profile: SiteProfile) -> bool:
    """Whether a content may be a release: a page of text, whatever it says."""
    kind = media.partition(";")[0].strip().lower()
    if profile.page_object is not None:
        return True
    if "html" in kind:
        return b"<" in body[:4096]  # fonts and pictures are called pages, too
    return kind in _UNSAID and _TAG.match(body) is not None
