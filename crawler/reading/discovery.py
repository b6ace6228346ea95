"""Discovery: from the bytes of a list to the addresses of releases. It fetches nothing.

`first_url` says where a list begins, `read_list` reads one page of it. `Walk` (in `walk`) follows a list to its end.
A list never proves that a page is gone: archived releases leave lists and keep their address.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin

from crawler.reading.entries import read_html, read_json
from crawler.reading.feeds import read_feed
from crawler.reading.listings import Found, Listing, Problem
from crawler.reading.sitemaps import read_sitemap

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet

    from crawler.reading.profiles import Discovery, SiteProfile

#: A selector whose last step is a link.
_BARE_LINKS = re.compile(r"(?:^|[\s>+~,])a(?:[.:#\[][^\s>+~]*)?$")

__all__ = ["Found", "Listing", "Problem", "first_url", "gap_risk", "page_url", "read_list"]


def first_url(how: Discovery, profile: SiteProfile) -> str:
    """Where a list begins."""
    return page_url(how, profile, how.first_page)


def page_url(how: Discovery, profile: SiteProfile, number: int) -> str:
    """The address of a page of a list. `{page}`, `{size}` and `{offset}` (entries before it) are filled in."""
    return (
        _template(how.url, profile.base_url)
        .replace("{page}", str(number))
        .replace("{size}", str(how.page_size))
        .replace("{offset}", str((number - how.first_page) * how.page_size))
    )


def read_list(
    body: bytes,
    content_type: str | None,
    how: Discovery,
    profile: SiteProfile,
    url: str,
    *,
    seen: AbstractSet[str] = frozenset(),
    before: int | None = None,
    depth: int = 0,
) -> Listing:
    """The addresses that one page of a list gives, and where the list goes on.

    A firewall's or an error page in the list's place, and a page that is empty while the list says that there is
    more, are problems, never an empty list. The counting ends at `ceil(total / page size)` where the list tells
    its total, else at a page that is empty or repeats what was `seen`.

    Args:
        body: The answer, content encodings undone.
        content_type: Its header, for the charset.
        how: How the list is read.
        profile: The site: which addresses are on it and wanted.
        url: The address that was asked for.
        seen: Addresses that earlier pages of the same walk gave.
        before: Entries on earlier pages; worked out from the page size where it is not given.
        depth: For sitemaps: the number of indexes that led here.
    """
    if how.kind == "sitemap":
        return read_sitemap(body, content_type, profile, url, depth=depth)
    if how.kind == "feed":
        listing = read_feed(body, content_type, profile, url)
    elif how.kind == "json":
        listing = read_json(body, content_type, how, profile, url)
    else:
        listing = read_html(body, content_type, how, profile, url)
    repeated = bool(listing.found) and all(found.url in seen for found in listing.found)
    if not _counts(how):
        listing = replace(listing, next=()) if repeated else listing
        return _unpaged(listing, url) if how.kind == "json" else listing
    if listing.problem not in (None, Problem.EMPTY):
        return listing
    return _paged(listing, how, profile, url, repeated=repeated, before=before)


def gap_risk(listing: Listing, known: Callable[[str], bool]) -> bool:
    """Whether something may have been missed: a list of the newest in which not one address is known.

    Ask it of feeds and one-page lists, of a whole walk rather than a page, and not of a site's first crawl.
    """
    return bool(listing.found) and not any(known(found.url) for found in listing.found)


def _paged(
    listing: Listing, how: Discovery, profile: SiteProfile, url: str, *, repeated: bool, before: int | None
) -> Listing:
    """Adds the next page of a list that is paged by counting, or says why it ends too early."""
    number = _number(how, profile, url)
    if number is None:
        return replace(listing, problem=Problem.MALFORMED, detail=f"{url}: no page of {how.url}")
    step = number - how.first_page
    before = step * how.page_size if before is None else before
    if not listing.entries or repeated:
        return _ended(
            listing, how, f"{url}: page {number} {'repeats' if repeated else 'is empty'}", before, first=not step
        )
    if listing.total is not None and before + listing.entries >= listing.total:
        return listing
    if step + 1 >= how.max_pages:
        return replace(listing, problem=Problem.LIMIT, detail=f"{url}: more than {how.max_pages} pages")
    return replace(listing, next=(page_url(how, profile, number + 1),))


def _ended(listing: Listing, how: Discovery, what: str, before: int, *, first: bool) -> Listing:
    """A page that gave nothing new: the end of the list, or a gap where the list says that there is more."""
    total = listing.total
    if total is not None and before < total and _exact(how):
        detail = f"{what} after {before} entries of {total}"
        return replace(listing, next=(), problem=Problem.GAP, detail=detail)
    if not first or total == 0 or how.kind == "feed":
        return replace(listing, next=(), problem=None, detail="")  # past the end, or empty by its own word
    return replace(listing, next=(), problem=Problem.EMPTY, detail=listing.detail or what)


def _unpaged(listing: Listing, url: str) -> Listing:
    """A JSON list without pages must hold as many entries as it says."""
    if listing.problem is None and listing.total is not None and listing.entries < listing.total:
        detail = f"{url}: {listing.entries} entries of {listing.total}, and no {{page}} in the list's address"
        return replace(listing, problem=Problem.GAP, detail=detail)
    return listing


def _counts(how: Discovery) -> bool:
    """Whether a list is paged by counting up. A selector for the next page goes before."""
    return ("{page}" in how.url or "{offset}" in how.url) and not (how.kind == "html" and how.next)


def _exact(how: Discovery) -> bool:
    """Whether entries can be counted: where the rules name bare links, one entry may have several or none."""
    return how.kind != "json" or bool(how.items_at) or not _BARE_LINKS.search(how.items)


def _template(url: str, base_url: str) -> str:
    return urljoin(base_url.rstrip("/") + "/", url)


def _number(how: Discovery, profile: SiteProfile, url: str) -> int | None:
    """The page number in the address of one page of a list."""
    match = _pattern(_template(how.url, profile.base_url)).fullmatch(unquote(url))
    if match is None:
        return None
    groups = match.groupdict()
    if groups.get("page"):
        return int(groups["page"])
    return int(groups["offset"]) // how.page_size + how.first_page


@lru_cache(maxsize=256)
def _pattern(template: str) -> re.Pattern[str]:
    pattern = re.escape(unquote(template))
    for name in ("page", "offset", "size"):
        # the same placeholder may stand twice
        first, *others = pattern.split(re.escape("{" + name + "}"))
        if others:
            pattern = first + rf"(?P<{name}>\d{{1,9}})" + r"\d{1,9}".join(others)
    return re.compile(pattern)
