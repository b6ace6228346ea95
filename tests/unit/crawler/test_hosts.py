"""Which hosts a site's crawl asks, and which sites are crawled in turn because they share one."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from crawler.hosts import hosts_of, neighbours
from crawler.reading.profiles import Discovery, SiteProfile


def profile(name: str, base_url: str, *aliases: str, lists: tuple[str, ...] = ()) -> SiteProfile:
    return SiteProfile(
        name=name,
        title=name,
        base_url=base_url,
        aliases=aliases,
        language="sv",
        time_zone=ZoneInfo("Europe/Stockholm"),
        discovery=tuple(Discovery(kind="feed", url=url) for url in lists),
        release=(),
    )


def test_a_host_is_one_with_or_without_www_and_at_any_port() -> None:
    assert hosts_of(profile("a", "https://www.gov.example", "gov.example:8443")) == ("gov.example",)
    assert hosts_of(profile("b", "http://[::1]:8080")) == ("::1",)


def test_aliases_and_lists_elsewhere_are_hosts_of_the_site() -> None:
    site = profile("a", "https://Gov.example", "press.example", lists=("https://feeds.example/rss",))

    assert hosts_of(site) == ("feeds.example", "gov.example", "press.example")


def test_sites_that_share_a_host_by_way_of_a_third_are_crawled_in_turn() -> None:
    found = neighbours(
        [
            profile("one", "https://one.example"),
            profile("two", "https://two.example"),
            profile("far", "https://far.example"),
            profile("both", "https://two.example", "one.example"),
        ]
    )

    assert found["one"] == found["two"] == found["both"]
    assert found["far"] == "far.example"
