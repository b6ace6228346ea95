"""How an address is fetched: redirects followed one by one, and every end of it, good or bad, a `Fetch`."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import scrapy
from scrapy.http import Request, Response

from crawler.answers import redirect_target, to_fetch
from crawler.items import Fault, Fetch, Hop
from crawler.reading.addresses import identify, same_site
from crawler.reading.pages import asked, leads_to, watched

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from crawler.reading.profiles import SiteProfile

#: What a request's meta carries along a redirect.
_KEPT = ("role", "walk", "download_maxsize")


class Fetching(scrapy.Spider):
    """A spider whose requests each end in one call of `home`."""

    def __init__(self, *, profile: SiteProfile, now: Callable[[], dt.datetime], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.profile = profile
        self.now = now

    def home(self, fetch: Fetch, meta: dict[str, Any]) -> AsyncIterator[Any]:
        """What becomes of an answer; `meta` is that of the request."""
        raise NotImplementedError

    def request(self, planned: str, url: str, headers: dict[str, str], meta: dict[str, Any]) -> Request:
        """A request for a planned address, or for where it redirects to."""
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
        target, status = self._target(response)
        if target is not None:
            hops = (*meta["redirects"], Hop(url=watched(response.url, self.profile), status=status))
            fault = self._wrong_way(target, hops)
            if fault is None:
                kept: dict[str, Any] = {key: meta[key] for key in _KEPT if key in meta}
                request = self.request(meta["planned"], asked(target, self.profile), {}, kept)
                request.meta["redirects"] = hops
                yield request
                return
            fetch = Fetch(
                url=meta["planned"],
                final_url=target,
                fetched_at=self.now(),
                redirects=hops,
                fault=fault,
                detail=f"{status} to {target}",
            )
        else:
            fetch = to_fetch(meta["planned"], response, meta["redirects"], self.now())
            fetch = replace(fetch, final_url=watched(fetch.final_url, self.profile))
        async for item in self.home(fetch, meta):
            yield item

    async def failed(self, failure: Failure) -> AsyncIterator[Any]:
        """No answer: hand on why."""
        meta = failure.request.meta  # type: ignore[attr-defined]
        fetch = to_fetch(meta["planned"], failure, meta["redirects"], self.now())
        async for item in self.home(fetch, meta):
            yield item

    def _target(self, response: Response) -> tuple[str | None, int]:
        """Where an answer sends on to, by its status or in its own words, as a watched address; and its status."""
        target = redirect_target(response)
        if target is not None:
            return watched(target, self.profile), response.status
        said = leads_to(response.body, self.profile) if response.status == HTTPStatus.OK else None
        return (None if said is None else identify(said, response.url)), HTTPStatus.MOVED_PERMANENTLY

    def _wrong_way(self, target: str, hops: Iterable[Hop]) -> Fault | None:
        before = [hop.url for hop in hops]
        if len(before) > self.profile.crawl.max_redirects or target in before:
            return Fault.REDIRECT_LOOP
        return None if same_site(target, self.profile) else Fault.OFFSITE
