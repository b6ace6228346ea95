"""The line that says what kind of release an unknown page is, and from whom: "Press release from the Ministry of …"."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from changes.release import normalise
from crawler.reading.visible import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

    from crawler.reading.generic.region import Found
    from crawler.reading.profiles import SiteProfile

#: A longer line says more than that.
LONGEST = 120
_KINDS = (
    "press release", "press releases", "news release", "news releases", "media release", "press statement", "press notice", "media advisory", "news story",
    "news article", "news", "statement", "speech", "remarks", "readout", "fact sheet", "announcement", "press briefing",
    "for immediate release",
    "pressmeddelande", "pressmeddelanden", "nyhet", "nyheter", "nyhetsartikel", "artikel", "tal", "debattartikel", "uttalande", "pressinbjudan",
    "pressemelding", "nyheit", "nyhet", "tale", "innlegg", "pressemeddelelse", "nyhed", "tale",
    "pressemitteilung", "pressemeldung", "meldung", "rede", "communiqué", "communiqué de presse", "discours", "actualité",
    "tiedote", "uutinen", "puhe", "persbericht", "nieuwsbericht", "toespraak", "nota de prensa", "comunicado",
)  # fmt: skip
_FROM = r"från|fra|frå|from|from the|by|by the|vom|von|des|der|du|de la|de|van|issued by|–|-|\|"


def kind_lines(
    text: Found, without: frozenset[HtmlElement], title: HtmlElement | None, profile: SiteProfile
) -> list[HtmlElement]:
    """The first line near the title that says the kind of release, and nothing else but from whom it comes."""
    pattern = _pattern(profile.wording.kinds)
    for element in _near(text, without, title):
        if pattern.fullmatch(shown(element)):
            return [element]
    return []


@lru_cache(maxsize=16)
def _pattern(more: tuple[str, ...]) -> re.Pattern[str]:
    words = sorted({*_KINDS, *(normalise(word).casefold() for word in more)}, key=len, reverse=True)
    kinds = "|".join(map(re.escape, words))
    return re.compile(rf"(?:{kinds})(?:\s*(?:{_FROM})\s+[^.!?]{{2,90}})?\s*:?", re.IGNORECASE)


def _near(text: Found, without: frozenset[HtmlElement], title: HtmlElement | None) -> Iterator[HtmlElement]:
    """Short lines before the title and right behind it; where there is none, at the beginning of the text."""
    passed = title is None
    behind = 0
    for element in text.holder.iter("p", "div", "span", "strong", "h2", "h3", "h4", "li", "small"):
        if title is not None and not passed:
            passed = _stands_before(title, element)
        behind += passed
        if behind > _FEW:
            return
        if element not in without and 0 < text.weights.letters(element) <= LONGEST:
            yield element


#: So many elements behind the title are looked at.
_FEW = 12


def _stands_before(one: HtmlElement, other: HtmlElement) -> bool:
    """Whether one element comes before another in the page, and is not around it."""
    mine, theirs = [*reversed(list(one.iterancestors())), one], [*reversed(list(other.iterancestors())), other]
    for up, down in zip(mine, theirs, strict=False):
        if up is not down:
            parent = up.getparent()
            return parent is not None and parent.index(up) < parent.index(down)
    return False
