"""The one spider: lists first, then the pages that are known, then what is new, then the files behind them.

Known pages go before new addresses because a known page may have moved: its redirect tells that the new address in
the list is no new release.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING, Any, Self

import scrapy
from scrapy.http import Request, Response

from crawler.answers import redirect_target, to_fetch
from crawler.items import Fault, Fetch, FileFetch, Hop
from crawler.ledger import Ledger
from crawler.middlewares.manners import site_left_alone
from crawler.reading.addresses import same_site
from crawler.reading.walk import Walk

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from twisted.python.failure import Failure

    from crawler.desk import Desk
    from storage.records import File, Page

#: Addresses that are handed to Scrapy at once: enough to keep it busy, few enough to stop soon.
IN_HAND = 64


class PressSpider(scrapy.Spider):
    """Fetches what one crawl of one site asks for. What comes home goes through the pipeline to the desk."""

    name = "press"

    def __init__(self, *, desk: Desk, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.desk = desk
        self.profile = desk.profile
        self.ledger = Ledger()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Scrapy's door. A host that the downloader leaves alone is asked for no further pages."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.left_alone, signal=site_left_alone)
        return spider

    def left_alone(self, host: str, reason: str) -> None:
        """The downloader has given the host up for this crawl."""
        self.desk.stopped = self.desk.stopped or f"{host}: {reason}"

    async def start(self) -> AsyncIterator[Any]:
        """All requests of the crawl, in their order."""
        walks = [Walk(how, self.profile) for how in self.profile.discovery]
        for walk in walks:
            if request := self._list(walk):
                yield request
        await self.ledger.below(1)
        found = {item.url for walk in walks for item in walk.listing.found}
        for page in self.desk.known(walks):
            await self.ledger.below(IN_HAND)
            yield self._page(page)
        await self.ledger.below(1)
        for page in await self.desk.new(found):
            await self.ledger.below(IN_HAND)
            yield self._page(page)
        await self.ledger.below(1)
        for url, files in (await self.desk.files()).items():
            await self.ledger.below(IN_HAND)
            yield self._file(url, files)
        await self.ledger.below(1)

    def _page(self, page: Page) -> Request | Fetch:
        self.ledger.opened(page.url)
        self.desk.planned()
        if self.desk.stopped:
            return Fetch(
                url=page.url,
                final_url=page.url,
                fetched_at=self.desk.now(),
                fault=Fault.SKIPPED,
                detail=self.desk.stopped,
            )
        return self._request(page.url, page.url, self.desk.validators(page), {"role": "page"})

    def _file(self, url: str, files: list[File]) -> Request:
        self.ledger.opened(url)
        first = files[0]
        headers = {"If-None-Match": first.etag, "If-Modified-Since": first.last_modified}
        known = {name: value for name, value in headers.items() if value and all(f.digest for f in files)}
        limit = self.profile.attachments.max_bytes
        return self._request(url, url, known, {"role": "file", "download_maxsize": limit})

    def _list(self, walk: Walk) -> Request | None:
        url = walk.ask()
        if url is None:
            return None
        self.ledger.opened(_list_key(walk))
        return self._request(url, url, {}, {"role": "list", "walk": walk})

    def _request(self, planned: str, url: str, headers: dict[str, str], meta: dict[str, Any]) -> Request:
        return Request(
            url,
            headers=headers,
            callback=self.answered,
            errback=self.failed,
            dont_filter=True,
            meta={"planned": planned, "redirects": (), **meta},
        )

    async def answered(self, response: Response) -> AsyncIterator[Any]:
        """One answer: follow it where it leads elsewhere, else hand it on."""
        meta = response.meta
        target = redirect_target(response)
        if target is not None:
            hops = (*meta["redirects"], Hop(url=response.url, status=response.status))
            fault = self._wrong_way(target, hops)
            if fault is None:
                kept: dict[str, Any] = {key: meta[key] for key in ("role", "walk", "download_maxsize") if key in meta}
                request = self._request(meta["planned"], target, {}, kept)
                request.meta["redirects"] = hops
                yield request
                return
            fetch = Fetch(
                url=meta["planned"],
                final_url=target,
                fetched_at=self.desk.now(),
                redirects=hops,
                fault=fault,
                detail=f"{response.status} to {target}",
            )
        else:
            fetch = to_fetch(meta["planned"], response, meta["redirects"], self.desk.now())
        async for item in self._home(fetch, meta):
            yield item

    async def failed(self, failure: Failure) -> AsyncIterator[Any]:
        """No answer: hand on why."""
        meta = failure.request.meta  # type: ignore[attr-defined]
        fetch = to_fetch(meta["planned"], failure, meta["redirects"], self.desk.now())
        async for item in self._home(fetch, meta):
            yield item

    async def _home(self, fetch: Fetch, meta: dict[str, Any]) -> AsyncIterator[Any]:
        if meta["role"] == "page":
            yield fetch
        elif meta["role"] == "file":
            yield FileFetch(fetch=fetch)
        else:
            walk: Walk = meta["walk"]
            await self.desk.take(walk, fetch)
            if request := self._list(walk):
                yield request
            else:
                self.ledger.closed(_list_key(walk))

    def _wrong_way(self, target: str, hops: Iterable[Hop]) -> Fault | None:
        before = [hop.url for hop in hops]
        if len(before) > self.profile.crawl.max_redirects or target in before:
            return Fault.REDIRECT_LOOP
        return None if same_site(target, self.profile) else Fault.OFFSITE


def _list_key(walk: Walk) -> str:
    return f"list {id(walk)}"
