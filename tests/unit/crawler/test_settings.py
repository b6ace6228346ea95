"""The settings as they stand in a running crawler, not as they were written down."""

from __future__ import annotations

import pytest

from crawler.settings import crawl_settings, settings_for
from tests.crawls import AGENT, Crawled, crawl, site_profile
from tests.servers import answer, scripted_site


@pytest.fixture(scope="module")
def crawled() -> Crawled:
    with scripted_site() as site:
        site.pages["/a"] = answer(b"<html></html>")
        return crawl([site.url + "/a", site.url + "/a"], base_url=site.url, delay=0.01, concurrency=1, timeout=7.0)


def test_nothing_runs_that_was_not_named(crawled: Crawled) -> None:
    running = crawled.running
    assert running["downloader middlewares"] == ["Manners", "Robots", "DefaultHeadersMiddleware"]
    assert running["spider middlewares"] == []
    assert running["extensions"] == ["GuardProof", "CoreStats"]
    assert running["dupefilter"] == "BaseDupeFilter"


def test_only_the_web_has_a_handler_and_it_is_guarded(crawled: Crawled) -> None:
    assert crawled.running["handlers"] == {"http": "GuardedHandler", "https": "GuardedHandler"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DOWNLOAD_VERIFY_CERTIFICATES", True),
        ("DOWNLOAD_FAIL_ON_DATALOSS", True),
        ("DOWNLOAD_MAXSIZE", 20 * 1024 * 1024),
        ("DOWNLOAD_TIMEOUT", 7.0),
        ("DOWNLOAD_DELAY", 0.01),
        ("DOWNLOAD_DELAY_JITTER", 0.0),
        ("CONCURRENT_REQUESTS", 1),
        ("CONCURRENT_REQUESTS_PER_DOMAIN", 1),
        ("CONCURRENT_ITEMS", 1),
        ("TELNETCONSOLE_ENABLED", False),
        ("REMOTE_CONTROL_ENABLED", False),
        ("METAREFRESH_ENABLED", False),
        ("COOKIES_ENABLED", False),
        ("REFERER_ENABLED", False),
        ("ROBOTSTXT_OBEY", True),
        ("JOBDIR", None),
        ("LOG_LEVEL", "WARNING"),
        ("STATS_CLASS", "scrapy.statscollectors.MemoryStatsCollector"),
        ("TWISTED_REACTOR", "twisted.internet.asyncioreactor.AsyncioSelectorReactor"),
    ],
)
def test_what_is_dangerous_by_default_is_not(crawled: Crawled, name: str, value: object) -> None:
    assert crawled.running["settings"][name] == value


def test_uvloop_turns_the_wheel_where_it_is_installed(crawled: Crawled) -> None:
    pytest.importorskip("uvloop")
    assert crawled.running["settings"]["ASYNCIO_EVENT_LOOP"] == "uvloop.Loop"


def test_the_same_address_twice_has_two_outcomes(crawled: Crawled) -> None:
    assert [fetch.status for fetch in crawled.fetches] == [200, 200]


def test_the_ports_in_a_profile_are_the_ports_that_are_asked() -> None:
    settings = settings_for(site_profile("https://press.example.org:8443"), user_agent=AGENT)
    assert settings["PRESSVAKT_PORTS"] == [8443]
    assert settings_for(site_profile("https://press.example.org"), user_agent=AGENT)["PRESSVAKT_PORTS"] == []


def test_a_bad_network_is_refused_before_anything_starts() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/99"):
        settings_for(site_profile("https://press.example.org"), user_agent=AGENT, allow_private=["10.0.0.0/99"])


def test_the_project_settings_stand_below_those_of_the_crawl() -> None:
    settings = crawl_settings(site_profile("https://press.example.org", delay=3.0), user_agent=AGENT)
    assert settings.getfloat("DOWNLOAD_DELAY") == 3.0
    assert settings.get("BOT_NAME") == "pressvakt"
