"""Has the pages of a site drawn by a browser, where its profile says `browser = true`; lists and files stay plain.

A page is fetched as any other; only its answer, whole and judged, goes into the browser. What the page asks for then are
requests of this crawl like all others, through robots.txt, manners, delay, guard and limits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.answers import redirect_target
from crawler.browser import Chromium, NotDrawn
from crawler.middlewares.manners import LeftAlone
from crawler.reading.addresses import same_site
from crawler.reading.profiles import SiteProfile
from crawler.rendering import Guest, draw

#: The header of a page that was drawn; it is kept with the page, and says by what.
RENDERED = "X-Pressvakt-Rendered"

_SCRIPTS_KEPT = 32 * 1024 * 1024
_FIRST = 500  # priority: a page that is being drawn goes before the next page


class Rendering:
    """Downloader middleware around all others: what it sees is what the spider would."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._chromium = Chromium()
        self._turn = asyncio.Lock()  # one page at a time: each may take hundreds of megabytes
        self._scripts: dict[str, Response] = {}
        self._room = _SCRIPTS_KEPT

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        rendering = cls(crawler)
        crawler.signals.connect(rendering.spider_closed, signal=signals.spider_closed)
        return rendering

    async def spider_closed(self) -> None:
        """The crawl is over."""
        await self._chromium.end()

    async def process_response(self, request: Request, response: Response) -> Response:
        if request.meta.get("role") != "page" or response.status != 200 or not _is_html(response):
            return response
        async with self._turn:
            body = await draw(self._chromium, response, guest=self._guest(), ask=self._ask, own=self._own)
        self._crawler.stats.inc_value("fetch/rendered")
        headers = response.headers.copy()
        headers["Content-Type"] = f"{_kind(response) or 'text/html'}; charset=utf-8"
        headers[RENDERED] = self._chromium.name
        return response.replace(body=body, headers=headers)

    def _guest(self) -> Guest:
        settings, profile = self._crawler.settings, self._profile
        return Guest(
            user_agent=settings["USER_AGENT"],
            language=profile.language,
            time_zone=profile.time_zone.key,
            seconds=settings.getfloat("DOWNLOAD_TIMEOUT"),
            max_bytes=settings.getint("DOWNLOAD_MAXSIZE"),
        )

    @property
    def _profile(self) -> SiteProfile:
        profile: SiteProfile = self._crawler.spider.profile  # type: ignore[union-attr]
        return profile

    def _own(self, url: str) -> bool:
        """Whether a page may ask for an address: on its site, or on a host that the profile names for that."""
        profile = self._profile
        return same_site(url, profile) or urlsplit(url).netloc.lower() in profile.crawl.browser_hosts

    async def _ask(self, url: str, headers: Mapping[str, str], script: bool) -> Response | None:
        """Fetch a part of a page as a request of this crawl. A script is fetched once a crawl."""
        if url in self._scripts:
            return self._scripts[url]
        target = url
        for _ in range(self._profile.crawl.max_redirects + 1):
            if self._ending():
                raise LeftAlone("not asked: the crawl was stopped")
            request = Request(
                target, headers=dict(headers), callback=NO_CALLBACK, priority=_FIRST, dont_filter=True,
                meta={"role": "part"},
            )  # fmt: skip
            answer = await self._crawler.engine.download_async(request)
            further = redirect_target(answer)
            if further is None:
                self._keep(url, answer, script=script)
                return answer
            if not self._own(further):
                return None
            target = further
        raise NotDrawn(f"the page needs {url[:200]}, which redirects without end")

    def _keep(self, url: str, answer: Response, *, script: bool) -> None:
        if script and answer.status == 200 and len(answer.body) <= self._room:
            self._room -= len(answer.body)
            self._scripts[url] = answer

    def _ending(self) -> bool:
        slot = self._crawler.engine._slot  # noqa: SLF001 - Scrapy has no signal for "about to close"
        return slot is None or slot.closing is not None


def _is_html(response: Response) -> bool:
    return _kind(response) in ("text/html", "application/xhtml+xml", "")


def _kind(response: Response) -> str:
    return (response.headers.get("Content-Type") or b"").decode("latin-1").partition(";")[0].strip().lower()
