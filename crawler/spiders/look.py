"""A look at one page: fetched as a crawl would fetch it, and kept nowhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from crawler.items import Fetch
from crawler.reading.pages import asked
from crawler.spiders.fetching import Fetching


class LookSpider(Fetching):
    """Fetches one address; `found` is what came of it."""

    name = "look"

    def __init__(self, *, url: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.url = url
        self.found: Fetch | None = None

    async def start(self) -> AsyncIterator[Any]:
        """The one request."""
        yield self.request(self.url, asked(self.url, self.profile), {}, {"role": "page"})

    async def home(self, fetch: Fetch, meta: dict[str, Any]) -> AsyncIterator[Any]:
        """Keep the answer for whoever asked."""
        del meta
        self.found = fetch
        return
        yield
