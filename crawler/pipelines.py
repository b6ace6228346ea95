"""From the spider to the desk: each answer is kept, counted and crossed off."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from crawler.items import Fetch, FileFetch

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.spiders.press import PressSpider

logger = logging.getLogger(__name__)


class Keep:
    """Calls the archivist for each answer, and crosses the address off the spider's ledger whatever happens."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Keep:
        """Scrapy's door."""
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        """Keep one answer."""
        spider: PressSpider = self._crawler.spider  # type: ignore[assignment]
        fetch = item.fetch if isinstance(item, FileFetch) else item
        if not isinstance(fetch, Fetch):
            return item
        try:
            if isinstance(item, FileFetch):
                await spider.desk.keep_file(fetch)
            else:
                await spider.desk.keep(fetch)
        finally:
            spider.ledger.closed(fetch.url)
        return item
