"""What the commands need of the crawler, put together from the configuration."""

from __future__ import annotations

from crawler.items import Fetch
from crawler.process import crawls
from crawler.reading.addresses import same_site
from crawler.reading.profiles import SiteProfile
from pressvakt.config import Config
from pressvakt.failure import Misuse
from pressvakt.naming import user_agent


def fetch(url: str, config: Config, profile: SiteProfile) -> Fetch:
    """One page, fetched as a crawl of its site would fetch it, and kept nowhere.

    Raises:
        Misuse: the address is not on the profile's site, so nobody said how polite to be there.
    """
    if not same_site(url, profile):
        raise Misuse(f"{url} is not on {profile.base_url}; name its site with --site")
    return crawls().look(url, profile, user_agent=user_agent(config.contact), allow_private=tuple(config.allow_private))
