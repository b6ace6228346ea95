"""A good guest: robots.txt, Crawl-delay, Retry-After, and leaving when we are not wanted."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from crawler.items import Fault
from tests.crawls import Crawled, crawl
from tests.servers import Script, ScriptedSite, answer, in_turn, scripted_site

PAGE = answer(b"<html><body>Hej</body></html>")


@pytest.fixture
def site() -> Iterator[ScriptedSite]:
    with scripted_site() as served:
        served.pages.update({"/a": PAGE, "/b": PAGE, "/tx/c": PAGE})
        yield served


def visit(site: ScriptedSite, *paths: str, **options: object) -> Crawled:
    return crawl([site.url + path for path in paths], base_url=site.url, **options)  # type: ignore[arg-type]


def faults(crawled: Crawled) -> list[Fault | None]:
    return [fetch.fault for fetch in crawled.fetches]


def test_rules_are_fetched_once_and_obeyed(site: ScriptedSite) -> None:
    site.pages["/robots.txt"] = answer(b"User-agent: *\nDisallow: /tx/\n", "200 OK", "Content-Type: text/plain")
    crawled = visit(site, "/a", "/b", "/tx/c")
    assert crawled.of(site.url + "/tx/c").fault is Fault.DISALLOWED
    assert crawled.of(site.url + "/tx/c").detail.startswith("robots rule")
    assert sorted(site.paths()) == ["/a", "/b", "/robots.txt"]


@pytest.mark.parametrize("status", ["503 Service Unavailable", "500 Oops", "429 Too Many Requests"])
def test_rules_that_cannot_be_had_forbid_all(site: ScriptedSite, status: str) -> None:
    site.pages["/robots.txt"] = answer(b"<html>no</html>", status, "Retry-After: 600")
    crawled = visit(site, "/a", "/b")
    assert faults(crawled) == [Fault.DISALLOWED] * 2
    assert all(fetch.detail.startswith("robots unreachable") for fetch in crawled.fetches)
    assert set(site.paths()) == {"/robots.txt"}


@pytest.mark.parametrize(
    "robots",
    [
        answer(b"<html>nothing here</html>", "404 Not Found"),
        answer(b"<html><title>Sidan finns inte</title></html>"),
        answer(b""),
        in_turn(answer(b"", "503 Busy"), answer(b"User-agent: *\nDisallow: /tx/")),
        b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nUser-agent: *\nDisallow: /tx/\n",
    ],
)
def test_rules_that_are_not_there_or_come_late_forbid_no_page(site: ScriptedSite, robots: Script) -> None:
    site.pages["/robots.txt"] = robots
    assert faults(visit(site, "/a", "/b")) == [None, None]


def test_rules_are_found_over_five_redirects_on_another_host_and_no_more(site: ScriptedSite) -> None:
    for hop in range(1, 8):
        site.pages[f"/r{hop}"] = answer(b"", "301 Moved", f"Location: /r{hop + 1}")
    site.pages["/robots.txt"] = answer(b"", "302 Found", f"Location: http://127.0.0.2:{site.port}/r1")
    site.pages["/r5"] = answer(b"User-agent: *\nDisallow: /a\n")
    with scripted_site(host="0.0.0.0") as wide:
        wide.pages.update(site.pages)
        wide.pages["/robots.txt"] = answer(b"", "302 Found", f"Location: http://127.0.0.2:{wide.port}/r1")
        crawled = visit(wide, "/a", "/b", allow_private=["127.0.0.0/8"])
        assert crawled.of(wide.url + "/a").fault is Fault.DISALLOWED
        assert crawled.of(wide.url + "/b").fault is None
        wide.pages["/r5"] = answer(b"", "301 Moved", "Location: /r6")
        wide.pages["/r6"] = answer(b"User-agent: *\nDisallow: /\n")
        assert faults(visit(wide, "/a", allow_private=["127.0.0.0/8"])) == [None]


def test_the_sites_crawl_delay_is_kept(site: ScriptedSite) -> None:
    site.pages["/robots.txt"] = answer(b"User-agent: *\nCrawl-delay: 0.2\n")
    crawled = visit(site, "/a", "/b", "/tx/c")
    times = [visit.at for visit in site.visits]
    assert all(after - before >= 0.19 for before, after in itertools.pairwise(times))
    assert crawled.running["delays"] == {"127.0.0.1": 0.2}
    assert crawled.stats["robots/crawl_delay"] == 0.2


def test_our_own_delay_is_kept_where_it_is_longer(site: ScriptedSite) -> None:
    site.pages["/robots.txt"] = answer(b"User-agent: *\nCrawl-delay: 0.05\n")
    crawled = visit(site, "/a", "/b", delay=0.2)
    times = [visit.at for visit in site.visits]
    assert all(after - before >= 0.19 for before, after in itertools.pairwise(times))
    assert crawled.running["delays"] == {"127.0.0.1": 0.2}


def test_a_site_that_asks_for_a_second_gets_it(site: ScriptedSite) -> None:
    site.pages["/a"] = in_turn(answer(b"busy", "503 Busy", "Retry-After: 1"), PAGE)
    crawled = visit(site, "/a", "/b", concurrency=1)
    assert faults(crawled) == [None, None]
    busy = next(visit.at for visit in site.visits if visit.path == "/a")
    assert all(visit.at - busy >= 0.99 for visit in site.visits if visit.at > busy), "the whole host had its rest"


def test_a_long_rest_is_not_sat_out(site: ScriptedSite) -> None:
    for page in range(40):
        site.pages[f"/{page}"] = PAGE if page % 5 > 1 else answer(b"busy", "503 Busy", "Retry-After: 60")
    crawled = visit(site, *(f"/{page}" for page in range(40)))
    statuses = [fetch.status for fetch in crawled.fetches]
    assert (statuses.count(200), statuses.count(503)) == (24, 16)
    assert len(site.visits) == 41
    assert crawled.left_alone == ()
    assert site.visits[-1].at - site.visits[0].at < 10


def test_a_site_that_only_fails_is_left_alone_and_every_page_has_its_outcome(site: ScriptedSite) -> None:
    paths = [f"/{page}" for page in range(100)]
    for path in paths:
        site.pages[path] = answer(b"busy", "503 Busy", "Retry-After: 60")
    crawled = visit(site, *paths, concurrency=2, blocked_limit=10)
    assert len(crawled.fetches) == 100
    assert faults(crawled).count(Fault.SKIPPED) >= 80
    assert len(crawled.left_alone) == 1
    assert "127.0.0.1" in crawled.left_alone[0]
    assert crawled.stats["fetch/left_alone"] == 1
    assert len(site.visits) < 20


def test_a_site_that_breaks_off_is_asked_little_and_its_faults_are_told(site: ScriptedSite) -> None:
    paths = [f"/{page}" for page in range(100)]
    site.pages.update(dict.fromkeys(paths, b""))
    crawled = visit(site, *paths, concurrency=2, blocked_limit=10)
    assert len(crawled.fetches) == 100
    assert set(faults(crawled)) == {Fault.UNREACHABLE, Fault.SKIPPED}
    assert faults(crawled).count(Fault.UNREACHABLE) >= 10
    assert len(site.visits) < 30
