"""No spelling, redirect or name server leads a crawl to a private address: the canary there hears nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crawler.items import Fault
from tests.crawls import crawl
from tests.servers import OPEN_ROBOTS, ScriptedSite, answer, scripted_site

PAGE = b"<html><body>secret</body></html>"

SPELLINGS = [
    "127.0.0.1", "127.1", "127.0.1", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "2130706433", "0.0.0.0", "0",
    "127.127.127.127", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::1]", "[::]",
    "localhost", "localhost.", "LOCALHOST", "①②⑦.0.0.1", "１２７.0.0.1", "127。0。0。1", "%31%32%37.0.0.1",
    "press.example.org", "a@127.0.0.1", "a:b@127.0.0.1", r"press.example.org\@127.0.0.1",
]  # fmt: skip
ELSEWHERE = [
    "100.64.0.1", "169.254.169.254", "192.0.0.1", "192.88.99.1", "224.0.0.1", "255.255.255.255", "[fd00::1]",
    "[fe80::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[ff02::1]", "10.0.0.1", "192.168.0.1", "172.16.0.1",
]  # fmt: skip
NAMES = {"press.example.org": ["127.0.0.1"]}


@pytest.fixture
def canary() -> Iterator[ScriptedSite]:
    with scripted_site(host="0.0.0.0") as served:
        served.pages["/"] = answer(PAGE)
        yield served


def test_no_spelling_of_a_private_address_is_dialled(canary: ScriptedSite) -> None:
    urls = [f"http://{host}:{canary.port}/" for host in (*SPELLINGS, *ELSEWHERE)]
    crawled = crawl(urls, base_url=canary.url, allow_private=[], hosts=NAMES)
    assert canary.connections == 0
    assert len(crawled.fetches) == len(urls)
    for fetch in crawled.fetches:
        # What some name servers know, and others do not, is no address there at all.
        unknown = "no DNS answer" in fetch.detail or "invalid hostname" in fetch.detail
        assert fetch.fault is Fault.REFUSED or unknown, fetch.url
    assert sum(fetch.fault is Fault.REFUSED for fetch in crawled.fetches) >= len(urls) - 3
    assert "Traceback" not in crawled.log


def test_other_schemes_are_not_asked(canary: ScriptedSite) -> None:
    urls = ["file:///etc/passwd", "data:text/html,x", "ftp://127.0.0.1/x", "s3://bucket/key", "gopher://127.0.0.1/"]
    crawled = crawl(urls, base_url=canary.url)
    assert [fetch.fault for fetch in crawled.fetches] == [Fault.REFUSED] * len(urls)
    assert canary.connections == 0


def test_what_the_configuration_lets_through_is_asked(canary: ScriptedSite) -> None:
    crawled = crawl([canary.url + "/"], base_url=canary.url, allow_private=["127.0.0.1"])
    assert crawled.fetches[0].body == PAGE


def test_a_redirect_to_a_private_address_is_not_followed(canary: ScriptedSite) -> None:
    target = f"http://127.0.0.2:{canary.port}/"
    with scripted_site() as site:
        site.pages["/a"] = answer(b"", "302 Found", f"Location: {target}")
        site.pages["/b"] = answer(b"", "302 Found", f"Location: http://127.0.0.1:{canary.port}/")
        crawled = crawl([site.url + "/a", site.url + "/b"], base_url=site.url)
    assert [fetch.fault for fetch in crawled.fetches] == [Fault.REFUSED] * 2
    assert "127.0.0.2" in crawled.of(site.url + "/a").detail
    assert "port" in crawled.of(site.url + "/b").detail
    assert canary.connections == 0


def test_robots_txt_does_not_lead_there_either(canary: ScriptedSite) -> None:
    with scripted_site() as site:
        site.pages["/robots.txt"] = answer(b"", "301 Moved", f"Location: http://127.0.0.2:{canary.port}/robots.txt")
        site.pages["/a"] = answer(PAGE)
        (fetch,) = crawl([site.url + "/a"], base_url=site.url).fetches
    assert fetch.fault is Fault.DISALLOWED
    assert "robots unreachable" in fetch.detail
    assert canary.connections == 0
    assert site.paths() == ["/robots.txt"]


def test_a_name_that_changes_its_address_is_refused_at_its_second_connection(canary: ScriptedSite) -> None:
    canary.pages["/robots.txt"] = answer(OPEN_ROBOTS)
    name = f"http://rebind.example.org:{canary.port}"
    crawled = crawl(
        [name + "/"],
        base_url=canary.url,
        allow_private=["127.0.0.2"],
        hosts={"rebind.example.org": ["127.0.0.2", "127.0.0.1"]},
    )
    assert crawled.fetches[0].fault is Fault.REFUSED
    assert canary.paths() == ["/robots.txt"]
    assert canary.connections == 1


@pytest.mark.parametrize("allowed", [[], ["127.0.0.1"]])
def test_a_crawl_whose_guard_does_not_fire_does_not_start(canary: ScriptedSite, allowed: list[str]) -> None:
    handler = "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler"
    handlers = {"DOWNLOAD_HANDLERS": {"http": handler, "https": "crawler.network.GuardedHandler"}}
    crawled = crawl([canary.url + "/"], base_url=canary.url, allow_private=allowed, settings=handlers)
    assert crawled.fetches == ()
    assert crawled.stats["reason"] == "guard-failed"
    assert "guard" in crawled.log
    assert canary.connections == 0
