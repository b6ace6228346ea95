"""Waits where a site asks for it, asks once more where a fault may pass, leaves a site that does not want us."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from typing import ClassVar, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached

from crawler.bodies import Truncated
from crawler.faults import FetchError
from crawler.items import Fault
from crawler.patience import Patience, Verdict, seconds_of

logger = logging.getLogger(__name__)

#: Scrapy signal, sent once a host with `host` and `reason`: it is not asked any more in this crawl.
site_left_alone = object()

#: Keys of `Request.meta`: the request asks a second time, what came the first time, not before (monotonic seconds).
REPEATED, FIRST, NOT_BEFORE = "pressvakt_repeated", "pressvakt_first", "pressvakt_not_before"

_MAY_PASS = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    Truncated,
)
_NAP = 0.25  # seconds between two looks at whether the crawl is still on
_LATE = -1000  # priority of a second try: after all that is planned


class LeftAlone(FetchError):  # noqa: N818 - named for what happened
    """Not asked: the site asked for quiet or failed too often, or the crawl was stopped."""

    fault: ClassVar[Fault] = Fault.SKIPPED


class Manners:
    """Downloader middleware in front of all others. The rule is `crawler.patience`."""

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        concurrency = settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        self._crawler = crawler
        self._told: set[str] = set()
        self._patience = Patience(
            delay=settings.getfloat("DOWNLOAD_DELAY"),
            # All that is on the wire may fail at one blow: that alone is no row.
            limit=max(settings.getint("PRESSVAKT_BLOCKED_LIMIT", 20), 2 * concurrency),
            again_after=settings.getfloat("PRESSVAKT_AGAIN_AFTER", 2.0),
        )

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> Response | None:
        host = _host(request)
        if self._patience.left(host) is None:
            not_before = request.meta.get(NOT_BEFORE, 0.0)
            while (wait := max(self._patience.wait(host, time.monotonic()), not_before - time.monotonic())) > 0:
                if not self._on():
                    raise LeftAlone("not asked: the crawl was stopped")
                await asyncio.sleep(min(wait, _NAP))
        reason = self._patience.left(host)
        if reason is None:
            return None
        first = request.meta.get(FIRST)
        if isinstance(first, Response):
            return first
        raise first if isinstance(first, Exception) else LeftAlone(f"not asked: {host} is left alone ({reason})")

    def process_response(self, request: Request, response: Response) -> Request | Response:
        host, repeated = _host(request), REPEATED in request.meta
        self._crawler.stats.inc_value(f"fetch/status/{response.status}")
        if self._patience.left(host) is not None:
            return response
        asked = _header(response, "Retry-After")
        seconds = seconds_of(asked, _header(response, "Date"), dt.datetime.now(dt.UTC)) if asked else None
        verdict = self._patience.judge(host, response.status, seconds, repeated=repeated, now=time.monotonic())
        return self._follow(verdict, request, response) or response

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        host = _host(request)
        if not isinstance(exception, _MAY_PASS) or _is_tls(exception) or self._patience.left(host) is not None:
            return None
        slow = isinstance(exception, DownloadTimeoutError)
        what = f"{type(exception).__name__} {exception}".strip()
        verdict = self._patience.judge_failure(host, what, slow=slow, repeated=REPEATED in request.meta)
        return self._follow(verdict, request, exception)

    def _follow(self, verdict: Verdict, request: Request, first: Response | Exception) -> Request | None:
        """Ask again as the verdict says, and tell once of a host that is left alone."""
        host = _host(request)
        reason = self._patience.left(host)
        if reason is not None and host not in self._told:
            self._told.add(host)
            logger.warning("%s is left alone for the rest of this crawl: %s", host, reason)
            self._crawler.stats.inc_value("fetch/left_alone")
            self._crawler.signals.send_catch_log(site_left_alone, host=host, reason=reason)
        if not verdict.again:
            return None
        self._crawler.stats.inc_value("fetch/repeated")
        meta = {**request.meta, REPEATED: True, FIRST: first, NOT_BEFORE: time.monotonic() + verdict.after}
        priority = request.priority + (_LATE if verdict.late else 0)
        return request.replace(meta=meta, priority=priority, dont_filter=True)

    def _on(self) -> bool:
        engine = self._crawler.engine
        slot = engine._slot  # noqa: SLF001 - Scrapy has no signal for "about to close"
        return engine.running and slot is not None and slot.closing is None


def _host(request: Request) -> str:
    return urlparse_cached(request).hostname or ""


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value is not None else None


def _is_tls(exception: BaseException) -> bool:
    """Whether a download failed in the TLS handshake: the same certificate will not do two seconds later either."""
    reasons = getattr(exception.__cause__, "reasons", ())
    return any(
        type(getattr(reason, "value", None)).__module__.startswith(("OpenSSL", "service_identity"))
        for reason in reasons
    )
