"""The one spider: lists first, then the pages that are known, then what is new, then the files behind them.

Known pages go before new addresses because a known page may have moved: its redirect tells that the new address in
the list is no new release.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Self

from crawler.items import Fetch, FileFetch
from crawler.ledger import Ledger
from crawler.middlewares.manners import site_left_alone
from crawler.reading.pages import asked
from crawler.reading.walk import Walk
from crawler.spiders.fetching import Fetching

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

    from crawler.desk import Desk
    from crawler.permits import Permit
    from storage.records import File, Page

#: Addresses in hand for each that is on the wire: enough to keep Scrapy busy, few enough to stop soon.
IN_HAND = 2


class PressSpider(Fetching):
    """Fetches what one crawl of one site asks for. What comes home goes through the pipeline to the desk."""

    name = "press"

    def __init__(self, *, desk: Desk, **kwargs: Any) -> None:
        super().__init__(profile=desk.profile, now=desk.now, **kwargs)
        self.desk = desk
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

    @property
    def permit(self) -> Permit | None:
        """Leave to ask, which the network wants to see before each request."""
        return self.desk.permit

    async def start(self) -> AsyncIterator[Any]:
        """All requests of the crawl, in their order."""
        await self.desk.begin()
        in_hand = IN_HAND * max(1, self.profile.crawl.concurrency)
        walks = [Walk(how, self.profile) for how in self.profile.discovery] if self.desk.lists else []
        for walk in walks:
            if request := self._list(walk):
                yield request
        await self.ledger.below(1)
        found = {item.url for walk in walks for item in walk.listing.found}
        for page in self.desk.known(walks):
            await self.ledger.below(in_hand)
            yield self._page(page)
        await self.ledger.below(1)
        for page in await self.desk.new(found):
            await self.ledger.below(in_hand)
            yield self._page(page)
        await self.ledger.below(1)
        for url, files in (await self.desk.files()).items():
            await self.ledger.below(in_hand)
            yield self._file(url, files)
        await self.ledger.below(1)

    def _page(self, page: Page) -> Request | Fetch:
        self.ledger.opened(page.url)
        self.desk.planned(page)
        if (outcome := self.desk.unasked(page)) is not None:
            return outcome
        # What the server says of the empty page, that it is as it was, tells nothing of the page as drawn.
        validators = {} if self.profile.crawl.browser else self.desk.validators(page)
        return self.request(page.url, asked(page.url, self.profile), validators, {"role": "page"})

    def _file(self, url: str, files: list[File]) -> Request:
        self.ledger.opened(url)
        first = files[0]
        headers = {"If-None-Match": first.etag, "If-Modified-Since": first.last_modified}
        known = {name: value for name, value in headers.items() if value and all(f.digest for f in files)}
        limit = self.profile.attachments.max_bytes
        return self.request(url, url, known, {"role": "file", "download_maxsize": limit})

    def _list(self, walk: Walk) -> Request | None:
        url = walk.ask()
        if url is None:
            return None
        self.ledger.opened(_list_key(walk))
        return self.request(url, url, {}, {"role": "list", "walk": walk})

    async def home(self, fetch: Fetch, meta: dict[str, Any]) -> AsyncIterator[Any]:
        """Hand a page or a file to the pipeline; a list says where it goes on."""
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


def _list_key(walk: Walk) -> str:
    return f"list {id(walk)}"
