"""Which hosts a site's crawl asks: politeness is owed to a host, whatever sites are on it."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from crawler.reading.addresses import origins
from crawler.reading.profiles import SiteProfile


def hosts_of(profile: SiteProfile) -> tuple[str, ...]:
    """The hosts that a crawl of the site may ask, sorted.

    Without ports and `www.`: one machine stands behind all of them.
    """
    others = (*origins(profile), *(profile.crawl.browser_hosts if profile.crawl.browser else ()))
    urls = (*(f"//{host}" for host in others), profile.base_url, *(how.url for how in profile.discovery))
    names = {(urlsplit(url).hostname or "").rstrip(".").lower().removeprefix("www.") for url in urls}
    return tuple(sorted(names - {""}))


def neighbours(profiles: Iterable[SiteProfile]) -> dict[str, str]:
    """For each site a name that it shares with all sites on its hosts, and on theirs: they are crawled in turn."""
    above: dict[str, str] = {}

    def top(host: str) -> str:
        while above.setdefault(host, host) != host:
            host = above[host]
        return host

    sites = {profile.name: hosts_of(profile) for profile in profiles}
    for first, *others in sites.values():
        for other in others:
            low, high = sorted((top(first), top(other)))
            above[high] = low
    return {name: top(hosts[0]) for name, hosts in sites.items()}
