"""From what Scrapy hands over, a response or a failure, to one `Fetch`: every outcome has a place there."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Sequence
from urllib.parse import urldefrag, urljoin, urlsplit

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
from twisted.python.failure import Failure
from w3lib.url import safe_url_string

from crawler.faults import FetchError
from crawler.items import Fault, Fetch, Hop

_LONGEST_DETAIL = 300
_LONGEST_URL = 4096
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

_FAULTS: tuple[tuple[tuple[type[BaseException], ...], Fault], ...] = (
    ((ResponseDataLossError,), Fault.TRUNCATED),
    ((NotSupported, UnsupportedURLSchemeError), Fault.REFUSED),
    ((DownloadCancelledError, CancelledError, asyncio.CancelledError, IgnoreRequest), Fault.SKIPPED),
)
_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (ResponseDataLossError, "the connection broke off before the body's end"),
    (CannotResolveHostError, "no DNS answer"),
    (DownloadConnectionRefusedError, "connection refused"),
    (DownloadTimeoutError, "no whole answer in time"),
    (DownloadFailedError, "no answer by the rules of HTTP"),
)


def to_fetch(
    planned_url: str,
    outcome: Response | Failure | BaseException,
    redirects: Sequence[Hop],
    fetched_at: dt.datetime,
) -> Fetch:
    """The outcome of one planned address. Never raises: what is not known stands as unreachable, with its name."""
    hops = tuple(redirects)
    if isinstance(outcome, Response):
        return Fetch(
            url=planned_url,
            final_url=outcome.url,
            fetched_at=fetched_at,
            status=outcome.status,
            headers=_headers(outcome),
            body=outcome.body,
            redirects=hops,
        )
    error = outcome.value if isinstance(outcome, Failure) else outcome
    request = getattr(outcome, "request", None)
    return Fetch(
        url=planned_url,
        final_url=getattr(request, "url", planned_url),
        fetched_at=fetched_at,
        redirects=hops,
        fault=fault_of(error),
        detail=describe(error),
    )


def fault_of(error: object) -> Fault:
    """The fault that an exception stands for."""
    if isinstance(error, FetchError):
        return error.fault
    for kinds, fault in _FAULTS:
        if isinstance(error, kinds):
            return fault
    return Fault.UNREACHABLE


def describe(error: object) -> str:
    """One line for a person: what exactly went wrong."""
    text = _innermost(error)
    if not isinstance(error, FetchError):
        words = next((words for kind, words in _WORDS if isinstance(error, kind)), type(error).__name__)
        text = f"{words}: {text}" if text else words
    return " ".join(text.split())[:_LONGEST_DETAIL]


_BLANK = "".join(map(chr, range(0x21)))  # C0 controls and space, as browsers strip them (WHATWG URL, 4.4)


def redirect_target(response: Response) -> str | None:
    """Where a redirect leads: an absolute http or https address without fragment; None where it leads nowhere."""
    location = response.headers.get("Location")
    if response.status not in _REDIRECTS or not location:
        return None
    try:
        text = location.decode("utf-8")
    except UnicodeDecodeError:
        text = location.decode("latin-1")
    text = re.sub(r"[\t\r\n]", "", text.strip(_BLANK))
    if not text:
        return None
    try:
        target = safe_url_string(urldefrag(urljoin(response.url, text)).url)
        parts = urlsplit(target)
        whole = bool(parts.hostname) and parts.port != 0
    except (ValueError, UnicodeError):
        return None
    return target if whole and parts.scheme in ("http", "https") and len(target) <= _LONGEST_URL else None


def _headers(response: Response) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in values
    )


def _innermost(error: object) -> str:
    """What an exception says, or, where it only wraps others (Twisted's ResponseFailed), what they say."""
    reasons = getattr(getattr(error, "__cause__", None), "reasons", None) or getattr(error, "reasons", None)
    if not isinstance(reasons, (list, tuple)):
        return _said(error)
    return "; ".join(dict.fromkeys(filter(None, (_said(getattr(reason, "value", reason)) for reason in reasons))))


def _said(error: object) -> str:
    try:
        said = str(error)
    except Exception:  # noqa: BLE001 - an exception that cannot be printed is still one
        said = ""
    return said or type(error).__name__
