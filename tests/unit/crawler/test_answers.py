"""Each outcome of a request becomes one fetch."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.http import Response
from twisted.internet.defer import CancelledError
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure
from twisted.web.client import ResponseNeverReceived

from crawler.answers import redirect_target, to_fetch
from crawler.bodies import TooLarge, Truncated
from crawler.guard import Refused
from crawler.items import Fault, Hop
from crawler.middlewares.manners import LeftAlone
from crawler.middlewares.robots import Disallowed

NOW = dt.datetime(2026, 3, 4, 12, 0, tzinfo=dt.UTC)
URL = "https://example.org/press/a"


def failed(error: BaseException) -> Failure:
    return Failure(error)  # type: ignore[no-untyped-call]


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise ValueError


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (Refused("10.0.0.1 is not a public address"), Fault.REFUSED),
        (Truncated("the gzip stream is cut short"), Fault.TRUNCATED),
        (TooLarge("larger than 5 bytes"), Fault.TOO_LARGE),
        (Disallowed("robots.txt has a rule", why="rule"), Fault.DISALLOWED),
        (LeftAlone("not asked"), Fault.SKIPPED),
        (ResponseDataLossError(), Fault.TRUNCATED),
        (CannotResolveHostError("no such host"), Fault.UNREACHABLE),
        (DownloadConnectionRefusedError("refused"), Fault.UNREACHABLE),
        (DownloadTimeoutError("took longer than 30 seconds"), Fault.UNREACHABLE),
        (DownloadFailedError("bad status line"), Fault.UNREACHABLE),
        (NotSupported("no handler"), Fault.REFUSED),
        (UnsupportedURLSchemeError("ftp"), Fault.REFUSED),
        (DownloadCancelledError(), Fault.SKIPPED),
        (CancelledError(), Fault.SKIPPED),
        (asyncio.CancelledError(), Fault.SKIPPED),
        (IgnoreRequest("filtered"), Fault.SKIPPED),
        (OSError(104, "Connection reset by peer"), Fault.UNREACHABLE),
        (ValueError("invalid hostname: a..b"), Fault.UNREACHABLE),
        (UnprintableError(), Fault.UNREACHABLE),
        (RecursionError(), Fault.UNREACHABLE),
    ],
)
def test_every_error_has_its_fault_and_says_what_happened(error: BaseException, fault: Fault) -> None:
    fetch = to_fetch(URL, failed(error), [Hop(url=URL, status=301)], NOW)
    assert fetch.fault is fault
    assert fetch.status is None
    assert fetch.detail
    assert "\n" not in fetch.detail
    assert len(fetch.detail) <= 300
    assert fetch.redirects == (Hop(url=URL, status=301),)
    assert fetch.final_url == URL


def test_a_failure_knows_where_it_was_going() -> None:
    failure = failed(DownloadTimeoutError("x\n" * 1000))
    failure.request = Request("https://example.org/other")  # type: ignore[attr-defined]
    assert to_fetch(URL, failure, (), NOW).final_url == "https://example.org/other"


def test_what_twisted_wraps_is_said() -> None:
    error = DownloadFailedError("[<Failure ...>]")
    error.__cause__ = ResponseNeverReceived(  # type: ignore[no-untyped-call]
        [failed(ConnectionLost("it went away"))]
    )
    assert "it went away" in to_fetch(URL, failed(error), (), NOW).detail


def test_a_response_is_kept_as_it_came() -> None:
    headers = {"Content-Type": "text/html", "Set-Cookie": ["a=1", "b=2"], "X-Name": "å".encode("latin-1")}
    response = Response(URL + "?x", status=404, headers=headers, body=b"gone")
    fetch = to_fetch(URL, response, (), NOW)
    assert (fetch.status, fetch.body, fetch.fault) == (404, b"gone", None)
    assert (fetch.url, fetch.final_url, fetch.fetched_at) == (URL, URL + "?x", NOW)
    assert [value for name, value in fetch.headers if name == "Set-Cookie"] == ["a=1", "b=2"]
    assert fetch.header("x-name") == "å"


def redirect(location: bytes | str | None, status: int = 302) -> str | None:
    return redirect_target(Response(URL, status=status, headers={} if location is None else {"Location": location}))


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/b", "https://example.org/b"),
        ("b?x=1#part", "https://example.org/press/b?x=1"),
        ("//other.example.org/c", "https://other.example.org/c"),
        ("http://example.org/d", "http://example.org/d"),
        (" /e\r\n", "https://example.org/e"),
        ("/föra".encode(), "https://example.org/f%C3%B6ra"),
        ("/f\xf6ra".encode("latin-1"), "https://example.org/f%C3%B6ra"),
        ("http://127.0.0.1/", "http://127.0.0.1/"),
        ("?page=2", "https://example.org/press/a?page=2"),
    ],
)
def test_a_redirect_leads_to_an_absolute_address(location: bytes | str | None, target: str) -> None:
    assert redirect(location) == target


@pytest.mark.parametrize(
    "location",
    [None, "", "  ", "file:///etc/passwd", "data:text/html,x", "javascript:alert(1)", "ftp://example.org/", "http://",
     "http:///x", "http://[::1", "http://example.org:99999/", "http://example.org:port/", "/" + "a" * 5000],
)  # fmt: skip
def test_a_redirect_that_leads_nowhere_has_no_target(location: bytes | str | None) -> None:
    assert redirect(location) is None


@pytest.mark.parametrize("status", [200, 201, 300, 304, 404])
def test_other_answers_do_not_redirect(status: int) -> None:
    assert redirect("/b", status) is None
