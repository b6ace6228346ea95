"""A list followed from its first address to its end, by whoever fetches.

walk = Walk(how, profile)
while url := walk.ask():
    walk.take(url, body, content_type)      # or walk.lost(url, …) where there was no answer
walk.listing                                # all of it as one
"""

from __future__ import annotations

from collections import deque
from http import HTTPStatus
from typing import TYPE_CHECKING

from crawler.reading.discovery import first_url, read_list
from crawler.reading.listings import Found, Listing, Problem

if TYPE_CHECKING:
    from crawler.reading.profiles import Discovery, SiteProfile

#: Addresses that one list may give: beyond, it is a trap or another kind of list.
MOST = 500_000


class Walk:
    """Knows what is still to be asked, what was seen, and when a list goes round in circles."""

    def __init__(self, how: Discovery, profile: SiteProfile) -> None:
        self._how = how
        self._profile = profile
        first = first_url(how, profile)
        self._first = first
        self._due: deque[str] = deque([first])
        self._depth = {first: 0}  #: every address that was ever due
        self._asked = 0
        self._found: dict[str, Found] = {}
        self._entries = 0
        self._total: int | None = None
        self._problem: Problem | None = None
        self._detail = ""

    def ask(self) -> str | None:
        """The next address to fetch; None at the end of the list, or where it is longer than we follow."""
        if not self._due:
            return None
        if self._asked >= self._how.max_pages or len(self._found) >= MOST:
            self._note(Problem.LIMIT, f"{self._first}: longer than {self._asked} pages, {len(self._found)} addresses")
            self._due.clear()
            return None
        self._asked += 1
        return self._due.popleft()

    def take(self, url: str, body: bytes, content_type: str | None) -> Listing:
        """What one answer gives. `url` is the address that was asked for."""
        depth = self._depth.get(url, 0)
        listing = read_list(
            body,
            content_type,
            self._how,
            self._profile,
            url,
            seen=self._found.keys(),
            before=self._entries,
            depth=depth,
        )
        for found in listing.found:
            self._found.setdefault(found.url, found)
        self._entries += listing.entries
        self._total = listing.total if listing.total is not None else self._total
        if listing.problem is not None:
            self._note(listing.problem, listing.detail)
        for address in listing.next:
            if address not in self._depth:
                self._depth[address] = depth + 1
                self._due.append(address)
        return listing

    def lost(self, url: str, detail: str, *, status: int | None = None) -> None:
        """An address that could not be had. A 404 or 400 past the first page of a list without a total is its end."""
        past = status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST)  # WordPress says 400 past the last page
        end = past and url != self._first and self._how.kind != "sitemap"
        if not end or self._total is not None:
            self._note(Problem.UNREACHABLE, f"{url}: {detail}")

    @property
    def listing(self) -> Listing:
        """Everything so far as one: its problem is the first that was met, `next` what is still due."""
        return Listing(
            found=tuple(self._found.values()),
            next=tuple(self._due),
            total=self._total,
            entries=self._entries,
            problem=self._problem,
            detail=self._detail,
        )

    def _note(self, problem: Problem, detail: str) -> None:
        if self._problem is None:
            self._problem, self._detail = problem, detail
