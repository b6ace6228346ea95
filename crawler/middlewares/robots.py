"""Obeys robots.txt (RFC 9309): fetched once a host before its first page, kept for a crawl, a day at most."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import ClassVar, Literal, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.httpobj import urlparse_cached

from crawler.answers import describe, redirect_target
from crawler.faults import FetchError
from crawler.guard import Refused, check_url
from crawler.items import Fault
from crawler.middlewares.manners import LeftAlone
from crawler.permits import Permit
from crawler.robots import ALLOW_ALL, Rules, rules_of

logger = logging.getLogger(__name__)

_DAY = 24 * 3600.0
_MOST_HOPS = 5  # RFC 9309, 2.3.1.2

#: `Request.meta`: this is the request for robots.txt itself.
ROBOTS = "pressvakt_robots"


class Disallowed(FetchError):  # noqa: N818 - named for what happened
    """robots.txt forbids the address ("rule"), or cannot be had, which forbids all ("unreachable")."""

    fault: ClassVar[Fault] = Fault.DISALLOWED

    def __init__(self, message: str, *, why: Literal["rule", "unreachable"]) -> None:
        super().__init__(message)
        self.why = why


class Robots:
    """Downloader middleware. Rules go by scheme, host and port, as RFC 9309 has it."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._known: dict[str, tuple[Rules, float]] = {}
        self._asked: dict[str, asyncio.Future[Rules]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if ROBOTS in request.meta:
            return
        parts = urlparse_cached(request)
        site = f"{parts.scheme}://{parts.netloc}"
        rules, until = self._known.get(site, (ALLOW_ALL, 0.0))
        if until <= time.monotonic():
            rules = await self._rules(site, parts.hostname or "")
        if rules.allow(request.url):
            return
        if rules.unreachable is not None:
            message = f"robots unreachable: {site}/robots.txt cannot be had ({rules.unreachable}), so nothing is asked"
            raise Disallowed(message, why="unreachable")
        raise Disallowed(f"robots rule: {site}/robots.txt is against {parts.path or '/'}", why="rule")

    async def _rules(self, site: str, host: str) -> Rules:
        """Fetch the rules of a site; who comes meanwhile waits for the same answer."""
        if site in self._asked:
            return await asyncio.shield(self._asked[site])
        asked = self._asked[site] = asyncio.get_running_loop().create_future()
        asked.add_done_callback(lambda done: done.cancelled() or done.exception())  # perhaps nobody else waits for it
        try:
            rules = await self._fetch(site)
        except asyncio.CancelledError:
            asked.cancel()
            raise
        except Exception as error:
            asked.set_exception(error)
            raise
        finally:
            del self._asked[site]
        self._known[site] = rules, time.monotonic() + _DAY
        asked.set_result(rules)
        self._note(site, host, rules)
        return rules

    async def _fetch(self, site: str) -> Rules:
        """The rules behind /robots.txt, over up to five redirects, wherever they lead within the guard.

        Raises:
            Refused: where the guard lets nobody ask the site itself.
            LeftAlone: where the crawl does not ask that site any more.
        """
        url = f"{site}/robots.txt"
        check_url(url)
        for hop in range(_MOST_HOPS + 1):
            meta = {ROBOTS: True, "close_ends_body": True}
            request = Request(url, callback=NO_CALLBACK, meta=meta, priority=1000, dont_filter=True)
            try:
                answer = await self._crawler.engine.download_async(request)
            except (Refused, LeftAlone) as error:
                if hop == 0:
                    raise
                return Rules(unreachable=str(error))
            except Exception as error:  # noqa: BLE001 - whatever it was, the file cannot be had
                return Rules(unreachable=describe(error))
            target = redirect_target(answer)
            if target is None:
                return self._read(answer)
            url = target
        return ALLOW_ALL  # more redirects than that count as "unavailable"

    def _read(self, answer: Response) -> Rules:
        self._crawler.stats.inc_value(f"robots/status/{answer.status}")
        return rules_of(answer.status, answer.body)

    def _note(self, site: str, host: str, rules: Rules) -> None:
        stats = self._crawler.stats
        if rules.unreachable is not None:
            stats.inc_value("robots/unreachable")
            logger.warning("%s/robots.txt cannot be had: %s", site, rules.unreachable)
        if rules.note is not None:
            stats.inc_value("robots/no_rules")
            logger.info("%s: %s", site, rules.note)
        if rules.delay is not None:
            stats.max_value("robots/crawl_delay", rules.delay)
            self._slow_down(host, rules.delay)

    def _slow_down(self, host: str, delay: float) -> None:
        """Keep the site's Crawl-delay where it is longer than ours."""
        if delay <= self._crawler.settings.getfloat("DOWNLOAD_DELAY"):
            return
        downloader = self._crawler.engine.downloader
        slots = downloader.per_slot_settings
        slots[host] = {**slots.get(host, {}), "delay": delay}  # for a slot that was dropped and is made anew
        if host in downloader.slots:
            downloader.slots[host].delay = delay
        permit = getattr(self._crawler.spider, "permit", None)
        if isinstance(permit, Permit):
            permit.slow_down(delay)
