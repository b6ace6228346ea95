"""The small parts of reading records: digests, dates, bodies, lists of captures."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import hashlib
import json

import pytest

from crawler.bodies import Truncated
from crawler.importing.cdx import NotCdx, Row, read_listing
from crawler.importing.digests import agrees
from crawler.importing.http import content, dechunked
from crawler.importing.times import NoTime, digits_time, warc_time
from crawler.importing.wayback import moment

NOW = dt.datetime(2031, 3, 14, tzinfo=dt.UTC)
DATA = b"some bytes"
RAW = hashlib.sha1(DATA, usedforsecurity=False).digest()


@pytest.mark.parametrize(
    ("stated", "verdict"),
    [
        ("sha1:" + base64.b32encode(RAW).decode(), True),
        ("SHA1:" + base64.b32encode(RAW).decode().lower(), True),
        ("sha1:" + RAW.hex(), True),
        ("sha1:" + base64.b64encode(RAW).decode(), True),
        ("sha1:" + base64.urlsafe_b64encode(RAW).decode().rstrip("="), True),
        ("sha-256:" + hashlib.sha256(DATA).hexdigest(), True),
        ("md5:" + hashlib.md5(DATA, usedforsecurity=False).hexdigest(), True),
        ("sha1:" + base64.b32encode(bytes(20)).decode(), False),
        ("sha1:1112H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ", False),
        ("sha256:" + RAW.hex(), False),
        ("crc32:12345678", None),
        ("sha1:", None),
        ("", None),
        (None, None),
    ],
)
def test_a_digest_proves_condemns_or_says_nothing(stated: str | None, verdict: bool | None) -> None:
    assert agrees(stated, [b"other", DATA]) is verdict


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2024-05-03T08:30:15Z", dt.datetime(2024, 5, 3, 8, 30, 15, tzinfo=dt.UTC)),
        ("2024-05-03T08:30:15.5Z", dt.datetime(2024, 5, 3, 8, 30, 15, 500_000, tzinfo=dt.UTC)),
        ("2024-05-03T08:30:15.123456789Z", dt.datetime(2024, 5, 3, 8, 30, 15, 123_456, tzinfo=dt.UTC)),
        ("2024-05-03T10:30:15+02:00", dt.datetime(2024, 5, 3, 8, 30, 15, tzinfo=dt.UTC)),
        ("2024-05-03T08:30", dt.datetime(2024, 5, 3, 8, 30, tzinfo=dt.UTC)),
        ("2024-05-03", dt.datetime(2024, 5, 3, tzinfo=dt.UTC)),
    ],
)
def test_dates_of_records_are_read_as_far_as_they_go(text: str, found: dt.datetime) -> None:
    assert warc_time(text, NOW) == found


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "2024",
        "2024-05",
        "2024-02-30",
        "2024-05-03T25:00:00Z",
        "3 May 2024",
        "2931-01-01",
        "1970-01-01",
        "0000-00-00",
    ],
)
def test_dates_by_which_nothing_finds_its_place_are_refused(text: str | None) -> None:
    with pytest.raises(NoTime):
        warc_time(text, NOW)


@pytest.mark.parametrize("text", ["20000800241623", "2024050308", "20240503083061", "abc", ""])
def test_fourteen_digits_must_be_a_time(text: str) -> None:
    with pytest.raises(NoTime):
        digits_time(text, NOW)


@pytest.mark.parametrize(
    ("text", "digits"), [("2015", "2015"), ("2015-03", "201503"), ("2015-03-01T12:30", "201503011230")]
)
def test_times_that_people_write(text: str, digits: str) -> None:
    assert moment(text) == digits


@pytest.mark.parametrize("text", ["15", "2015-13", "2015-02-30", "5d", "March 2015"])
def test_times_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"time|date"):
        moment(text)


def test_chunks_are_undone_with_extensions_and_trailers() -> None:
    assert dechunked(b"4;x=y\r\nWiki\r\n5\r\npedia\r\n0\r\nExpires: never\r\n\r\n") == b"Wikipedia"
    assert dechunked(b"<html>no chunks</html>") is None


@pytest.mark.parametrize(
    "payload",
    [b"4\r\nWiki\r\n", b"4\r\nWi", b"4\r\nWikipedia\r\n0\r\n\r\n", b"4\r\nWiki\r\n0\r\n\r\nmore that follows"],
)
def test_broken_chunks_are_no_body(payload: bytes) -> None:
    with pytest.raises(Truncated):
        dechunked(payload)


def test_bodies_are_whole_or_refused() -> None:
    page = b"<html><body>" + b"words " * 50 + b"</body></html>"
    length = [("Content-Length", str(len(page)))]
    packed = [("Content-Encoding", "gzip")]
    assert content(page, length, "HTTP/1.1", max_bytes=10_000) == page
    assert content(gzip.compress(page), packed, "HTTP/1.1", max_bytes=10_000) == page
    assert content(page, [], "HTTP/1.0", max_bytes=10_000) == page
    for payload, headers, protocol in (
        (page[:-9], length, "HTTP/1.1"),
        (gzip.compress(page)[:-9], packed, "HTTP/1.1"),
        (page[:-9], [], "HTTP/1.0"),
        (page[:-9], [("Connection", "close")], "HTTP/1.1"),
    ):
        with pytest.raises(Truncated):
            content(payload, headers, protocol, max_bytes=10_000)


ROW = Row(key="a)/", timestamp="20240503080000", url="https://a/", media="text/html", status=200, digest="D")


def test_lists_of_captures_are_read_in_all_three_ways() -> None:
    head = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]
    values = ["a)/", "20240503080000", "https://a/", "text/html", "200", "D", "9"]
    table = read_listing(json.dumps([head, values, ["broken"], [], ["more"]]))
    assert (table.rows, table.resume, len(table.broken)) == ((ROW,), "more", 1)
    one = {"urlkey": "a)/", "timestamp": "20240503080000", "url": "https://a/", "mime": "text/html", "status": "200"}
    lines = read_listing(json.dumps({**one, "digest": "D"}) + "\n{broken\n")
    assert (lines.rows, lines.pywb, len(lines.broken)) == ((ROW,), True, 1)
    words = read_listing(" ".join(values) + "\nnot a line\n\nmore\n")
    assert (words.rows, words.resume, words.broken) == ((ROW,), "more", ("not a line",))
    assert read_listing("[]").rows == read_listing("").rows == read_listing('{"message": "No Captures"}').rows == ()


@pytest.mark.parametrize("text", ["<html>busy</html>", '[["urlkey", "timest', "[[1, 2]]"])
def test_what_is_no_list_is_said_to_be_none(text: str) -> None:
    with pytest.raises(NotCdx):
        read_listing(text)
