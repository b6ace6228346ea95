"""The fast lane: has anything that a reader sees changed? Answered with lxml alone, no soup.

Two pages with the same fingerprint read as the same release by the same rules. Pages with different fingerprints may
still say the same: then the slow lane finds out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from changes.notices import notice_lines
from crawler.reading.hidden import UNSEEN, hidden_address
from crawler.reading.page import body_of, select, split_source
from crawler.reading.profiles import ReleaseRules, SiteProfile

if TYPE_CHECKING:
    from lxml.html import HtmlElement


def fingerprint(root: HtmlElement, profile: SiteProfile) -> str | None:
    """A digest of what a reader sees in the region of the first rules whose region the page has.

    Text counts without white space and so do the addresses of links, machine-readable dates, and the site's notices
    wherever on the page they stand. None where no rules know the page's layout.
    """
    for rules in profile.release:
        regions = select(root, rules.region)
        if regions:
            return _digest(root, regions[0], rules, profile)
    return None


def _digest(root: HtmlElement, region: HtmlElement, rules: ReleaseRules, profile: SiteProfile) -> str:
    dropped = {element for selector in (*rules.noise, *rules.restless) for element in select(region, selector)}
    seen = hashlib.blake2b(rules.name.encode(), digest_size=16)
    for piece in _pieces(region, dropped, _folding(profile.attachments.fold)):
        if text := "".join(piece.split()):
            seen.update(text.encode("utf-8", "replace"))
            seen.update(b"\x1f")
    for source in (*rules.published, *rules.updated):
        if source.startswith("meta"):
            seen.update("".join(_values(root, source)).encode("utf-8", "replace"))
    lines = [text for text in body_of(root).itertext() if len(text) > _SHORTEST_NOTICE]
    for line in sorted(set(notice_lines(lines, profile.language, profile.wording))):
        seen.update("".join(line.split()).encode("utf-8", "replace"))
    return f"{rules.name}:{seen.hexdigest()}"


#: No notice of any government is shorter.
_SHORTEST_NOTICE = 10


def _pieces(region: HtmlElement, dropped: set[HtmlElement], fold: re.Pattern[str] | None) -> Iterator[str]:
    """What stands in a region: texts, addresses of links, dates for machines."""
    stack: list[tuple[HtmlElement, bool]] = [(region, False)]
    while stack:
        element, seen = stack.pop()
        if seen:
            if element.tail:
                yield element.tail
            continue
        if element is not region:
            stack.append((element, True))
        if not isinstance(element.tag, str) or element.tag in UNSEEN or element in dropped:
            continue
        if address := hidden_address(element):
            yield address
            continue
        if element.tag == "a" and (href := element.get("href")) and "/cdn-cgi/l/email-protection" not in href:
            yield fold.sub("", href) if fold else href
        elif element.tag == "time":
            yield element.get("datetime") or ""
        if element.text:
            yield element.text
        stack.extend((child, False) for child in reversed(element))


def _values(root: HtmlElement, source: str) -> list[str]:
    selector, attribute = split_source(source)
    return [element.get(attribute or "") or "" for element in select(root, selector)]


@lru_cache(maxsize=64)
def _folding(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    """What is cut from addresses before they count: prefixes that rotate."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None
