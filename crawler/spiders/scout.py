"""A visit: one spider that fetches what it is handed, one address after another, for as long as somebody asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from crawler.items import Fetch
from crawler.spiders.fetching import Fetching

#: What is asked: an address, and where its answer goes. None ends the visit.
Orders = asyncio.Queue[tuple[str, "asyncio.Future[Fetch]"] | None]


class ScoutSpider(Fetching):
    """Takes orders from a queue. robots.txt is fetched once, and the site's delay holds between all of them."""

    name = "scout"

    def __init__(self, *, orders: Orders, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._orders = orders
        self._answers: dict[str, asyncio.Future[Fetch]] = {}

    async def start(self) -> AsyncIterator[Any]:
        """A request for each order; the next is taken once its answer is home."""
        while (order := await self._orders.get()) is not None:
            url, answer = order
            self._answers[url] = answer
            yield self.request(url, url, {}, {"role": "page"})
            await asyncio.wait([answer])

    async def home(self, fetch: Fetch, meta: dict[str, Any]) -> AsyncIterator[Any]:
        """Hand the answer to whoever asked."""
        del meta
        answer = self._answers.pop(fetch.url)
        if not answer.done():
            answer.set_result(fetch)
        return
        yield
