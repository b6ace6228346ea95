"""The Scrapy project's settings: what is the same for each site here, what differs in `settings_for`.

Nothing runs that is not named: the `_BASE` lists of Scrapy are emptied, so that an upgrade adds no extension that
listens on a port and no middleware that follows, retries, unpacks or filters behind our back. What takes their place
gives each planned address exactly one outcome.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from scrapy.settings import Settings

from crawler.bodies import ACCEPT_ENCODING
from crawler.browser import check_browser
from crawler.guard import Guard
from crawler.reading.profiles import SiteProfile

BOT_NAME = "pressvakt"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"

TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
ASYNCIO_EVENT_LOOP = "uvloop.Loop" if find_spec("uvloop") else None

# The network: http and https behind the guard, nothing else has a handler.
DOWNLOAD_HANDLERS_BASE: dict[str, str] = {}
DOWNLOAD_HANDLERS = {
    "http": "crawler.network.GuardedHandler",
    "https": "crawler.network.GuardedHandler",
}
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_FAIL_ON_DATALOSS = True
DOWNLOAD_WARNSIZE = 0
DNS_TIMEOUT = 10

DOWNLOADER_MIDDLEWARES_BASE: dict[str, int] = {}
DOWNLOADER_MIDDLEWARES = {
    "crawler.middlewares.manners.Manners": 100,
    "crawler.middlewares.robots.Robots": 200,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
}
_RENDERING = {"crawler.middlewares.rendering.Rendering": 50}  # for sites that need it only
SPIDER_MIDDLEWARES_BASE: dict[str, int] = {}
SPIDER_MIDDLEWARES: dict[str, int] = {}
ITEM_PIPELINES_BASE: dict[str, int] = {}
ITEM_PIPELINES = {"crawler.pipelines.Keep": 300}
EXTENSIONS_BASE: dict[str, int] = {}
EXTENSIONS = {
    "crawler.network.GuardProof": 0,
    "scrapy.extensions.corestats.CoreStats": 0,  # finish_reason
}

# Said a second time, for whoever brings one of these components back by name.
ROBOTSTXT_OBEY = True
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
METAREFRESH_ENABLED = False
REDIRECT_ENABLED = False
RETRY_ENABLED = False
COOKIES_ENABLED = False
REFERER_ENABLED = False
COMPRESSION_ENABLED = False
HTTPPROXY_ENABLED = False
HTTPCACHE_ENABLED = False
HTTPERROR_ALLOW_ALL = True
JOBDIR = None  # an unclean end leaves it corrupt; what is due stands in our own tables

# A filter that drops requests without a word would leave a page without an outcome.
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
SCHEDULER_PRIORITY_QUEUE = "scrapy.pqueues.ScrapyPriorityQueue"
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"  # pages in the order in which they were planned

CONCURRENT_ITEMS = 1  # the default makes a hundred tasks for each response
DOWNLOAD_DELAY_JITTER = 0.0  # a delay is a promise, not an average
AUTOTHROTTLE_ENABLED = False
WARN_ON_GENERATOR_RETURN_VALUE = False  # reads the source of callbacks while crawling

STATS_CLASS = "scrapy.statscollectors.MemoryStatsCollector"
STATS_DUMP = False
LOG_LEVEL = "WARNING"
LOG_VERSIONS: list[str] = []


def settings_for(profile: SiteProfile, *, user_agent: str, allow_private: Sequence[str] = ()) -> dict[str, Any]:
    """What a crawl of this site sets besides, for `Settings.update`.

    `allow_private` lists IP addresses and networks that may be dialled although they are not public.

    Raises:
        ValueError: where an entry of `allow_private` is neither.
        crawler.browser.NoBrowser: where the site's pages need a browser, and there is none.
    """
    crawl = profile.crawl
    check_browser(profile)
    Guard.of(allow_private=allow_private)  # complains before anything is started
    headers = {
        "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Language": _languages(profile.language),
        "Accept-Encoding": ACCEPT_ENCODING,
        "User-Agent": user_agent,
    }
    return {
        "USER_AGENT": user_agent,
        "DEFAULT_REQUEST_HEADERS": headers,
        "DOWNLOAD_DELAY": crawl.delay,
        # No more in hand than on the wire: a wait that the site asks for holds for all that follow.
        "CONCURRENT_REQUESTS": max(1, crawl.concurrency),
        "CONCURRENT_REQUESTS_PER_DOMAIN": max(1, crawl.concurrency),
        "DOWNLOAD_TIMEOUT": crawl.timeout,
        "DOWNLOAD_MAXSIZE": crawl.max_bytes,
        "PRESSVAKT_ALLOW_PRIVATE": list(allow_private),
        "PRESSVAKT_PORTS": sorted({port for url in _addresses(profile) if (port := _port(url)) is not None}),
        "PRESSVAKT_BLOCKED_LIMIT": crawl.blocked_limit,
        **({"DOWNLOADER_MIDDLEWARES": {**DOWNLOADER_MIDDLEWARES, **_RENDERING}} if crawl.browser else {}),
    }


def crawl_settings(profile: SiteProfile, *, user_agent: str, allow_private: Sequence[str] = ()) -> Settings:
    """All settings of a crawl of this site, as Scrapy's own class, wherever the process was started."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    settings.update(settings_for(profile, user_agent=user_agent, allow_private=allow_private), priority="cmdline")
    return settings


def _languages(language: str) -> str:
    primary = language.partition("-")[0]
    return language if primary == language else f"{language}, {primary};q=0.9"


def _addresses(profile: SiteProfile) -> Iterator[str]:
    """The addresses that a person put into the profile: the ports in them are asked for on purpose."""
    yield profile.base_url
    yield from (f"//{host}" for host in (*profile.aliases, *profile.crawl.browser_hosts))
    yield from (rule.url for rule in profile.discovery)


def _port(url: str) -> int | None:
    try:
        return urlsplit(url).port
    except ValueError:
        return None
