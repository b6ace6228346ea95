"""Whose an address is: which watched site has it, and whether it is a release's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from crawler.reading.addresses import at_home, identify, same_site, wanted
from crawler.reading.discovery import first_url
from crawler.reading.profiles import SiteProfile


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an address is: on a site, and at a page that is watched there; None for what is no release."""

    profile: SiteProfile
    url: str | None


class Watched:
    """The sites that an import may bring something in for."""

    def __init__(self, profiles: Iterable[SiteProfile]) -> None:
        self.profiles = {profile.name: profile for profile in profiles}
        self._of = lru_cache(maxsize=4096)(self._find)  # a page's pictures and its captures come together

    def of(self, address: str) -> Place | None:
        """Where an address is; None where it belongs to no site."""
        return self._of(address)

    def _find(self, address: str) -> Place | None:
        url = identify(address, address)
        if url is None:
            return None
        on = [profile for profile in self.profiles.values() if same_site(url, profile)]
        # two sites may share a host: the one whose release it is has it
        for profile in on:
            if wanted(url, profile) and not _is_list(url, profile):
                return Place(profile=profile, url=at_home(url, profile))
        return Place(profile=on[0], url=None) if on else None


def _is_list(url: str, profile: SiteProfile) -> bool:
    """Whether a list or the front page stands at an address, where the profile does not say what releases look like."""
    if profile.pages:
        return False
    here = _place(at_home(url, profile))
    return here == "/" or any(
        here == _place(identify(first_url(how, profile), url) or "/") for how in profile.discovery
    )


def _place(url: str) -> str:
    return "/" + url.split("/", 3)[3].partition("?")[0].rstrip("/") if url.count("/") > 2 else "/"
