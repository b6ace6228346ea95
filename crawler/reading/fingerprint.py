"""The fast lane: has anything that a reader sees changed? Answered with lxml alone, no soup.

Two pages with the same fingerprint read as the same release by the rules that it names. Pages with different
fingerprints may still say the same: then the slow lane finds out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from changes.notices import notice_lines
from crawler.reading.fields import speaks_of_head
from crawler.reading.hidden import UNSEEN, hidden_address, hides
from crawler.reading.page import select, split_source
from crawler.reading.sheets import hints_at_notice, seen_lines

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from crawler.reading.profiles import ReleaseRules, SiteProfile


def fingerprint(root: HtmlElement, rules: ReleaseRules, profile: SiteProfile) -> str | None:
    """A digest of what these rules can read of a page, beginning with their name; None where it has no such region.

    Text counts without white space, and so do the addresses of links, dates for machines, what the rules read from
    attributes and from the page's head, its language, and the site's notices wherever on the page they stand.
    """
    region = next(iter(select(root, rules.region)), None)
    if region is None or any(hides(up) for up in (region, *region.iterancestors()) if up.tag not in _PAGE):
        return None  # what is hidden is not read, and another part of the page may be
    plan = _plan(rules)
    dropped = set(select(region, plan.dropped)) if plan.dropped else set()
    seen = hashlib.blake2b(rules.name.encode(), digest_size=16)
    for pieces in (
        _pieces(region, dropped, _folding(profile.attachments.fold)),
        _whole(select(region, plan.inside), dropped) if plan.inside else (),
        _whole(select(root, plan.head), dropped),
        (root.get("lang") or "",),
        _notices(root, profile),
    ):
        for piece in pieces:
            if text := "".join(piece.split()):  # white space between two elements is no piece
                seen.update(text.encode("utf-8", "replace") + b"\x1f")
        seen.update(b"\x1e")
    return f"{rules.name}:{seen.hexdigest()}"


def rules_behind(fingerprint: str | None, known: Iterable[ReleaseRules]) -> ReleaseRules | None:
    """The rules that a fingerprint was taken by; None where they are not known any more."""
    name = (fingerprint or "").rpartition(":")[0]
    return next((rules for rules in known if rules.name == name), None)


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What rules ask for besides the text of their region. Selectors in one: each question to lxml costs as much."""

    dropped: str  #: what is left out of the region
    inside: str  #: elements of the region of which an attribute is read
    head: str  #: elements of the page that are read, wherever they stand


@lru_cache(maxsize=256)
def _plan(rules: ReleaseRules) -> _Plan:
    named = (rules.identifier, rules.title, rules.kind_line, rules.lead, rules.body, rules.published, rules.updated)
    sources = [split_source(source) for group in named for source in group]
    sources += [(selector, None) for selector in (*rules.contacts, *rules.attachments, *rules.categories)]
    head = [selector for selector, _ in sources if speaks_of_head(selector)]
    inside = [selector for selector, attribute in sources if attribute and attribute not in _ALWAYS]
    return _Plan(
        dropped=", ".join((*rules.noise, *rules.restless)),
        inside=", ".join(selector for selector in inside if selector not in head),
        head=", ".join((*head, "base[href]", "link[rel~=canonical]")),
    )


_PAGE = ("html", "body")
#: Attributes that count on whatever element of a region they stand.
_ALWAYS = ("href", "datetime")


def _pieces(region: HtmlElement, dropped: set[HtmlElement], fold: re.Pattern[str] | None) -> Iterator[str]:
    """What stands in a region: texts, addresses of links, dates for machines."""
    stack: list[HtmlElement | str] = [region]
    while stack:
        element = stack.pop()
        if isinstance(element, str):
            yield element
            continue
        if element is not region and element.tail:
            stack.append(element.tail)
        if element.tag in UNSEEN or element in dropped or hides(element):
            continue
        if address := hidden_address(element):
            yield address
            continue
        if (href := element.get("href")) and "/cdn-cgi/l/email-protection" not in href:
            yield fold.sub("", href) if fold else href
        if stamp := element.get("datetime"):
            yield stamp
        if element.text:
            yield element.text
        elif element.tag == "a" and not len(element):
            yield element.get("title") or ""  # names a file that its link does not
        stack.extend(reversed(element))


def _whole(elements: Iterable[HtmlElement], dropped: set[HtmlElement]) -> Iterator[str]:
    """Elements with all their attributes and their text."""
    for element in elements:
        if element not in dropped and dropped.isdisjoint(element.iterancestors()):
            yield element.tag
            for name, value in sorted(element.items()):
                yield name
                yield value
            yield "".join(element.itertext()) if element.tag != "html" else ""


def _notices(root: HtmlElement, profile: SiteProfile) -> Sequence[str]:
    if not hints_at_notice(root, profile.language, profile.wording):
        return ()
    return sorted(set(notice_lines(seen_lines(root), profile.language, profile.wording)))


@lru_cache(maxsize=64)
def _folding(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    """What is cut from addresses before they count: prefixes that rotate."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None
