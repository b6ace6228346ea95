"""What one page of a list gives: the records, and the gathering of links into addresses that are wanted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from changes.release import normalise
from crawler.reading.addresses import at_home, identify, same_site, wanted

if TYPE_CHECKING:
    from crawler.reading.profiles import SiteProfile

#: Addresses in one file of a list (sitemaps.org); what comes after them is not read.
MOST = 50_000


class Problem(StrEnum):
    """Why a list cannot be taken at its word. What it gave nevertheless still counts as found."""

    BLOCKED = "blocked"  #: a firewall, a challenge, a login or an error page answered in the list's place
    NOT_A_LIST = "not-a-list"  #: something else than the kind of list that the profile declares
    MALFORMED = "malformed"  #: the right kind, but broken or cut short
    HOSTILE = "hostile"  #: entity declarations, bombs: refused unread
    EMPTY = "empty"  #: a list in which no entry was found, and that does not say itself that it is empty
    GAP = "gap"  #: fewer entries than the list says it has
    LIMIT = "limit"  #: longer than we follow
    UNREACHABLE = "unreachable"  #: a page of the list could not be had


@dataclass(frozen=True, kw_only=True)
class Found:
    """An address that a list names. `title` and `listed_at` are the list's own words, unread: hints, never evidence."""

    url: str
    title: str | None = None
    listed_at: str | None = None


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What one page of a list, or a whole list, gives.

    `next` are further addresses of the same list: its next page, or a sitemap index's children. `total` is the
    number of entries that the list says it has, `entries` how many of them this is, wanted or not. `problem` is a
    `Problem`, and `detail` tells a person what was wrong.
    """

    found: tuple[Found, ...] = ()
    next: tuple[str, ...] = ()
    total: int | None = None
    entries: int = 0
    problem: Problem | None = None
    detail: str = ""


class Gathering:
    """Takes links as a page writes them and keeps the addresses that are wanted, each once, in the page's order."""

    def __init__(self, profile: SiteProfile, base: str) -> None:
        self.base = base
        self.found: dict[str, Found] = {}
        self.links = 0  #: links that were offered
        self.foreign = 0  #: of these: on another host, or no web address at all
        self.profile = profile
        self._itself = at_home(identify(base, base) or base, profile)
        self._front = profile.base_url.rstrip("/") + "/"

    @property
    def full(self) -> bool:
        """Whether more was offered than one file may hold; the rest need not be."""
        return self.links > MOST

    def add(self, link: str, *, title: str | None = None, listed_at: str | None = None) -> str | None:
        """The address that was kept (now or before) for a link; None where it is not wanted."""
        self.links += 1
        url = None if self.full else self.address(link)
        if url is None or url in (self._itself, self._front) or not wanted(url, self.profile):
            return None
        if url not in self.found:
            self.found[url] = Found(
                url=url,
                title=normalise(title)[:500] or None if title else None,
                listed_at=normalise(listed_at)[:100] or None if listed_at else None,
            )
        return url

    def child(self, link: str) -> str | None:
        """The address of a further file of the list, where it is on the site."""
        self.links += 1
        return None if self.full else self.address(link)

    def address(self, link: str) -> str | None:
        """The address of a link on the site, wanted or not; None, and counted, where it leads elsewhere."""
        url = identify(link, self.base)
        if url is None or not same_site(url, self.profile):
            self.foreign += 1
            return None
        return at_home(url, self.profile)

    def all_foreign(self) -> bool:
        """Whether there were links and not one of them stays on the site."""
        return self.links > 0 and self.foreign == self.links


def plain(text: str, limit: int = 80) -> str:
    """A piece of foreign text for a line that a person reads."""
    text = normalise(text)
    return text if len(text) <= limit else text[: limit - 1] + "…"
