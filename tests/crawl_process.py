"""The process behind `tests.crawls`: an order comes in on stdin, what the crawl brought home goes out on stdout."""

from __future__ import annotations

import base64
import datetime as dt
import json
import sys
import warnings
from collections.abc import AsyncIterator, Iterator
from typing import Any, Self

from scrapy import Request, Spider
from scrapy.crawler import Crawler, CrawlerRunner
from scrapy.exceptions import ScrapyDeprecationWarning
from scrapy.http import Response
from scrapy.utils.log import configure_logging
from scrapy.utils.reactor import install_reactor
from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import IHostnameResolver
from twisted.python.failure import Failure
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.answers import redirect_target, to_fetch
from crawler.items import Fetch, Hop
from crawler.middlewares.manners import site_left_alone
from crawler.settings import ASYNCIO_EVENT_LOOP, TWISTED_REACTOR, crawl_settings
from tests.crawls import AGENT, MARK, site_profile

SHOWN = (
    "DOWNLOAD_VERIFY_CERTIFICATES", "DOWNLOAD_FAIL_ON_DATALOSS", "DOWNLOAD_MAXSIZE", "DOWNLOAD_TIMEOUT",
    "DOWNLOAD_DELAY", "DOWNLOAD_DELAY_JITTER", "CONCURRENT_REQUESTS", "CONCURRENT_REQUESTS_PER_DOMAIN",
    "CONCURRENT_ITEMS", "TELNETCONSOLE_ENABLED", "REMOTE_CONTROL_ENABLED", "METAREFRESH_ENABLED", "COOKIES_ENABLED",
    "REFERER_ENABLED", "ROBOTSTXT_OBEY", "JOBDIR", "LOG_LEVEL", "STATS_CLASS", "TWISTED_REACTOR", "ASYNCIO_EVENT_LOOP",
)  # fmt: skip


def main() -> None:
    warnings.filterwarnings("error", category=ScrapyDeprecationWarning)
    order = json.load(sys.stdin)
    install_reactor(TWISTED_REACTOR, ASYNCIO_EVENT_LOOP)
    from twisted.internet import reactor as installed

    reactor: Any = installed
    profile = site_profile(order["base_url"], language=order["language"], **order["politeness"])
    settings = crawl_settings(profile, user_agent=AGENT, allow_private=order["allow_private"])
    settings.update(order["settings"], priority="cmdline")
    configure_logging(settings)
    reactor.installNameResolver(Names(reactor.nameResolver, order["hosts"]))
    said: dict[str, Any] = {"fetches": [], "stats": {}, "left_alone": [], "running": {}}
    done = CrawlerRunner(settings).crawl(Visitor, order["urls"], said)

    def end(result: Any) -> None:
        if isinstance(result, Failure):
            result.printTraceback()  # type: ignore[no-untyped-call]
        reactor.stop()

    done.addBoth(end)
    reactor.run(installSignalHandlers=False)
    sys.stdout.write("\n" + MARK + json.dumps(said, default=str) + "\n")


class Visitor(Spider):
    """Asks each address once, follows redirects, keeps one fetch for each."""

    name = "visitor"

    def __init__(self, urls: list[str], said: dict[str, Any]) -> None:
        super().__init__()
        self.urls, self.said = urls, said

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.heard, signal=site_left_alone)
        return spider

    def heard(self, host: str, reason: str) -> None:
        self.said["left_alone"].append(f"{host}: {reason}")

    async def start(self) -> AsyncIterator[Any]:
        for url in self.urls:
            yield self.request(url, url, ())

    def request(self, planned: str, url: str, hops: tuple[Hop, ...]) -> Request:
        kept = {"planned": planned, "hops": hops}
        return Request(url, callback=self.arrived, errback=self.failed, cb_kwargs=kept)

    def arrived(self, response: Response, planned: str, hops: tuple[Hop, ...]) -> Iterator[Request]:
        target = redirect_target(response)
        if target is not None and len(hops) < 5:
            yield self.request(planned, target, (*hops, Hop(url=response.url, status=response.status)))
            return
        self.keep(to_fetch(planned, response, hops, dt.datetime.now(dt.UTC)))

    def failed(self, failure: Any) -> None:
        kept = failure.request.cb_kwargs
        self.keep(to_fetch(kept["planned"], failure, kept["hops"], dt.datetime.now(dt.UTC)))

    def keep(self, fetch: Fetch) -> None:
        record = {name: getattr(fetch, name) for name in Fetch.__dataclass_fields__}
        record["body"] = base64.b64encode(fetch.body).decode()
        record["redirects"] = [{"url": hop.url, "status": hop.status} for hop in fetch.redirects]
        self.said["fetches"].append(record)

    def closed(self, reason: str) -> None:
        engine: Any = self.crawler.engine
        self.said["stats"] = {**self.crawler.stats.get_stats(), "reason": reason}
        self.said["running"] = {
            "settings": {name: self.settings.get(name) for name in SHOWN},
            "downloader middlewares": [type(part).__name__ for part in engine.downloader.middleware.middlewares],
            "spider middlewares": [type(part).__name__ for part in engine.scraper.spidermw.middlewares],
            "extensions": [type(part).__name__ for part in self.crawler.extensions.middlewares],
            "handlers": {name: type(part).__name__ for name, part in engine.downloader.handlers._handlers.items()},
            "dupefilter": type(engine._slot.scheduler.df).__name__,
            "delays": {host: slot.delay for host, slot in engine.downloader.slots.items()},
        }


@implementer(IHostnameResolver)
class Names:
    """A name server for some names: gives a name's first address, at the next question its next one."""

    def __init__(self, real: Any, hosts: dict[str, list[str]]) -> None:
        self.real, self.hosts = real, hosts

    def resolveHostName(self, receiver: Any, name: str, portNumber: int = 0, *args: Any, **kwargs: Any) -> Any:  # noqa: N802, N803
        if name not in self.hosts:
            return self.real.resolveHostName(receiver, name, portNumber, *args, **kwargs)
        addresses = self.hosts[name]
        receiver.resolutionBegan(self)
        address = addresses.pop(0) if len(addresses) > 1 else addresses[0]
        receiver.addressResolved(IPv4Address("TCP", address, portNumber))
        receiver.resolutionComplete()
        return self


if __name__ == "__main__":
    main()
