"""What scouting understood of a site: frozen records, ready to be shown, weighed and written as a profile."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from crawler.items import Fetch
from crawler.reading.profiles import Discovery


@dataclass(frozen=True, kw_only=True)
class FoundList:
    """A list that was tried and gave addresses of releases."""

    how: Discovery
    addresses: tuple[str, ...]  #: those of its first page that are releases, in its order
    whole: bool  #: whether it can be followed to its end; False for a list of the newest alone
    detail: str  #: what it is, for a person: "RSS feed, 20 entries"


@dataclass(frozen=True, kw_only=True)
class Survey:
    """A site as far as it was understood from outside."""

    base_url: str
    title: str
    language: str
    time_zone: ZoneInfo
    lists: tuple[FoundList, ...]  #: best first
    pages: tuple[str, ...]  #: regular expressions for the paths of releases; empty where they share nothing
    releases: tuple[Fetch, ...]  #: the newest few, fetched
    weak: tuple[str, ...]  #: what is uncertain, one line each, with what to do about it


class ScoutError(Exception):
    """Nothing could be made of the address: one line that says what is wrong and what to do next."""
