"""Where a page says that it stands in other languages (HTML, 4.6.6.1: alternate links with hreflang)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from changes.release import Translation, normalise
from crawler.reading.languages import primary

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.html import HtmlElement

#: The languages of one release that are noted.
MOST = 40


def translations(page: HtmlElement, absolute: Callable[[str], str | None]) -> tuple[Translation, ...]:
    """The same release in other languages, sorted by language; its own, feeds and front pages are none."""
    own = primary(page.get("lang"))
    found: dict[str, str] = {}
    for link in page.iter("link", "a"):
        language = normalise(link.get("hreflang") or "").replace("_", "-")
        stated = link.tag == "a" or "alternate" in (link.get("rel") or "").lower().split()
        if not stated or not language or primary(language) in (own, "x", None) or link.get("type"):
            continue
        href = absolute(link.get("href") or "")
        if href and href.rstrip("/").count("/") > 2:  # a front page is no twin
            found.setdefault(language, href)
    return tuple(Translation(language=language, url=url) for language, url in sorted(found.items())[:MOST])
