"""The two crawls that are timed, each run in a process of its own, and what each cost.

    python -m benchmarks.children bare URLS                 a plain Scrapy spider that counts bytes
    python -m benchmarks.children ours BASE_URL ARCHIVE     Pressvakt: the first crawl of an archive, or the next

One JSON object on the last line. Only the crawl is timed, from the engine's start to its end: what it takes to start
Python and to import is left out of both.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import resource
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import scrapy
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.http import Request, Response

from crawler import settings as ours_alone
from crawler.process import Job, crawls
from crawler.reading.profile_files import load_profile
from crawler.reading.profiles import Politeness, SiteProfile
from crawler.settings import settings_for
from storage.archive import Archive

AGENT = "pressvakt-bench (+mailto:bench@example.org)"
CONCURRENCY = 16
#: What a plain spider has in common with ours. Scrapy's own handler and the middlewares that these leave on.
SHARED = (
    *("TWISTED_REACTOR", "ASYNCIO_EVENT_LOOP", "CONCURRENT_ITEMS", "LOG_LEVEL", "LOG_VERSIONS", "STATS_DUMP"),
    *("TELNETCONSOLE_ENABLED", "METAREFRESH_ENABLED", "REDIRECT_ENABLED", "RETRY_ENABLED", "COOKIES_ENABLED"),
    *("REFERER_ENABLED", "HTTPPROXY_ENABLED", "HTTPERROR_ALLOW_ALL", "DUPEFILTER_CLASS", "DOWNLOAD_DELAY_JITTER"),
    *("SCHEDULER_PRIORITY_QUEUE", "SCHEDULER_MEMORY_QUEUE", "WARN_ON_GENERATOR_RETURN_VALUE", "DNS_TIMEOUT"),
    *("DOWNLOAD_WARNSIZE", "DOWNLOAD_FAIL_ON_DATALOSS", "ROBOTSTXT_OBEY"),
)


class Bare(scrapy.Spider):
    """Asks each address, and counts what comes."""

    name = "bare"
    pages = size = 0
    urls: tuple[str, ...] | list[str] = ()

    async def start(self) -> AsyncIterator[Any]:
        """All addresses."""
        for url in self.urls:
            yield Request(url, dont_filter=True)

    def parse(self, response: Response) -> None:
        """Count one answer."""
        self.pages += response.status == 200
        self.size += len(response.body)


def bare(urls: list[str]) -> dict[str, float]:
    """Crawl with Scrapy alone."""
    profile = bench_profile("http://127.0.0.1")
    settings = {name: getattr(ours_alone, name) for name in SHARED}
    settings |= {name: value for name, value in settings_for(profile, user_agent=AGENT).items() if name.isupper()}
    del settings["DEFAULT_REQUEST_HEADERS"]["Accept-Encoding"]  # Scrapy asks for what it can unpack
    runner = AsyncCrawlerRunner(settings)
    crawler = runner.create_crawler(Bare)

    async def run() -> None:
        await runner.crawl(crawler, urls=urls)

    running = crawls()  # the loop and the thread that our own crawls run in, for the same footing
    assert running._loop is not None  # noqa: SLF001
    with _measured() as cost:
        asyncio.run_coroutine_threadsafe(run(), running._loop).result()  # noqa: SLF001
    spider = crawler.spider
    assert isinstance(spider, Bare)
    return {"pages": spider.pages, "bytes": spider.size, **cost}


def ours(base_url: str, path: Path) -> dict[str, float]:
    """Crawl with Pressvakt, every known page and all that is new."""
    import crawler.spiders.press  # noqa: F401, PLC0415 - not before the reactor is there

    with Archive.open(f"sqlite:///{path}") as archive:
        job = Job(profile=bench_profile(base_url), archive=archive, user_agent=AGENT, allow_private=("127.0.0.1",))
        with _measured() as cost:
            stats = crawls().run(job)
    return {
        "pages": stats["planned"],
        "published": stats.get("page/published", 0),
        "unchanged": stats.get("page/unchanged", 0),
        **cost,
    }


def bench_profile(base_url: str) -> SiteProfile:
    """The shipped profile of regeringen.se for the benchmark's site, in a hurry; its first list alone."""
    shipped = load_profile("regeringen.se", folders=())
    return dataclasses.replace(
        shipped,
        name="bench",
        base_url=base_url,
        aliases=(),
        discovery=shipped.discovery[:1],
        crawl=Politeness(delay=0.0, concurrency=CONCURRENCY, timeout=60.0),
    )


@contextmanager
def _measured() -> Iterator[dict[str, float]]:
    """Wall and CPU seconds of a block, and the most memory that the process ever held, in MB."""
    cost: dict[str, float] = {}
    wall, cpu = time.perf_counter(), time.process_time()
    yield cost
    cost["wall"], cost["cpu"] = time.perf_counter() - wall, time.process_time() - cpu
    unit = 1 if sys.platform == "darwin" else 1024
    cost["rss"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def main() -> None:
    """Run one crawl and print what it cost."""
    what, *rest = sys.argv[1:]
    if what == "bare":
        crawls()  # installs the reactor
        found = bare(Path(rest[0]).read_text(encoding="utf-8").split())
    else:
        crawls()
        found = ours(rest[0], Path(rest[1]))
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
