"""Addresses of links as a release keeps them: absolute, without what differs on each request."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit, urlunsplit

from changes.release import letters
from crawler.reading.page import select
from crawler.reading.sheets import INLINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.html import HtmlElement

    from crawler.reading.profiles import SiteProfile

_SCHEMES = frozenset(("http", "https", "mailto", "tel", "sms", "ftp"))
#: Parameters that tell where a reader came from, never where a link leads.
_TRACKING = re.compile(r"(?:utm_\w+|gclid|fbclid|msclkid|mc_cid|mc_eid|_ga|_gl)(?:=.*)?", re.IGNORECASE)
#: More letters behind a link than "(pdf, 142 kB, opens in a new window)" are a sentence.
LONG_NOTE = 40
_BLANK = re.compile(r"[\t\r\n]+")


def addresses(root: HtmlElement, url: str, profile: SiteProfile) -> Callable[[str], str | None]:
    """Gives the function that makes a page's links absolute; what is no address (a script, a broken URL) gives None."""
    base = url
    for element in select(root, "base[href]")[:1]:
        joined = _join(url, element.get("href") or "")
        base = joined if joined and joined.startswith(("http://", "https://")) else url

    def absolute(href: str) -> str | None:
        return clean_address(href, base, profile.attachments.fold)

    return absolute


def clean_address(href: str, base: str, fold: tuple[str, ...] = ()) -> str | None:
    """A link's address: absolute, its fragment kept, tracking parameters and rotating prefixes cut."""
    joined = _join(base, _BLANK.sub("", href).strip())
    if joined is None:
        return None
    parts = urlsplit(joined)
    if parts.scheme.lower() not in _SCHEMES:
        return None
    if (parts.query and _TRACKING.match(parts.query)) or "&" in parts.query:
        kept = [pair for pair in parts.query.split("&") if not _TRACKING.fullmatch(pair)]
        joined = urlunsplit(parts._replace(query="&".join(kept)))
    for pattern in fold:
        joined = _compiled(pattern).sub("", joined)
    return joined


def in_a_sentence(link: HtmlElement) -> bool:
    """Whether words stand before a link on its line, or many after it: then it is part of a text, not of a list of files.

    Other links on the line are no words, and a heading with a colon before the link ("Download:") is no sentence.
    """
    before, after = "", ""
    element: HtmlElement | None = link
    while element is not None:
        before, on = _beside(element, before, forward=False)
        after, further = _beside(element, after, forward=True)
        parent = element.getparent()
        if parent is None or parent.tag not in INLINE:
            before = (parent.text or "") + before if parent is not None and on else before
            break
        before = (parent.text or "") + before if on else before
        element = parent if on or further else None
    said = letters(before)
    return (bool(said) and not said.endswith(":")) or len(letters(after)) > LONG_NOTE


def _beside(element: HtmlElement, said: str, *, forward: bool) -> tuple[str, bool]:
    """What stands beside an element on its line, added to what is known; and whether the line goes on beyond."""
    if forward:
        said += element.tail or ""
    for other in element.itersiblings(preceding=not forward):
        own = "" if other.tag == "a" or not isinstance(other.tag, str) else "".join(other.itertext())
        ends = isinstance(other.tag, str) and other.tag not in INLINE
        if forward:
            if ends:
                return said, False
            said += own + (other.tail or "")
        else:
            said = ("" if ends else own) + (other.tail or "") + said
            if ends:
                return said, False
    return said, True


def _join(base: str, href: str) -> str | None:
    try:
        joined = urljoin(base, href)
        urlsplit(joined).port  # noqa: B018 - the port is checked where it is read
    except ValueError:
        return None
    return joined


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
