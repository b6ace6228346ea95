"""Boxes in the text of an unknown page that say whom to call: read as contacts, since a new look relabels their lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from changes.release import normalise
from crawler.reading.contacts import is_contact_heading, is_name
from crawler.reading.page import outermost
from crawler.reading.visible import shown, text_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

    from crawler.reading.generic.region import Found
    from crawler.reading.profiles import Wording

#: A box of contacts says no more than so many letters, in no more lines, none of them longer.
LARGEST, LINES, LONGEST = 600, 30, 90
_BOXES = ("section", "aside", "div", "ul", "ol", "dl", "address", "p", "td", "li", "footer")
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
#: An address, or a number that begins as telephone numbers do or is called one: "1 250 000 kronor" is none.
_REACH = re.compile(
    r"[\w.+-]+@[\w-]+\.[a-z]{2,}|(?<![\w.,])(?:\+|\(?0)\d?(?:[\s()/–-]{0,2}\d){6}|\(\d{3}\)\s?\d{3}-\d{4}|(?<![\w-])\d{3}-\d{3}-\d{4}"
    r"|(?:phone|tel|tfn|telefon|mobile?|cell|switchboard|växel|puh)\b[.:\s()a-zäöå]{0,20}\d",
    re.IGNORECASE,
)
#: An end that only sentences have, behind four words; "ext. 12." is none.
_SENTENCE = re.compile(r"(?:[^\W\d_]{2,}\W+){4,}[^\W\d_]{2,}[.!?…]['’”\"]?$|^[–—-]\s")
_BEHIND_NAME = re.compile(r"\s*[,(–|-]|\s{2,}")


def contact_boxes(text: Found, without: frozenset[HtmlElement], wording: Wording) -> list[HtmlElement]:
    """The boxes that name people and how to reach them, and nothing else; in page order."""
    known = frozenset(word.casefold().rstrip(": ") for word in wording.contact)
    found = [
        element
        for element in text.holder.iter(*_BOXES)
        if element is not text.holder and element not in without and _is_box(element, text, known)
    ]
    return [one for one in outermost(found) if without.isdisjoint(one.iterancestors())]


def headings_over(box: HtmlElement) -> list[HtmlElement]:
    """The heading that a box of contacts begins with, unless it is a person's name: it is worded anew with each look."""
    first = next((one for one in box.iter(*_HEADINGS) if shown(one)), None)
    lines = text_lines(box)
    if first is None or is_name(shown(first)) or not lines or normalise(lines[0].text) != shown(first):
        return []
    return [first]


def _is_box(element: HtmlElement, text: Found, known: frozenset[str]) -> bool:
    if not 10 < text.weights.letters(element) <= LARGEST:
        return False
    if not (any(_addressed(link) for link in element.iter("a", "span")) or _REACH.search(" ".join(element.itertext()))):
        return False
    lines = [line.text for line in text_lines(element)]
    if not lines or len(lines) > LINES or any(len(line) > LONGEST or _SENTENCE.search(line) for line in lines):
        return False
    headings = [shown(one) for one in element.iter(*_HEADINGS)]
    if len(headings) > 1 and not all(is_contact_heading(one, known) or is_name(one) for one in headings):
        return False
    if any(is_contact_heading(line, known) for line in lines[:1]):
        return True
    return any(is_name(part) for line in lines for part in _heads(line))


def _heads(line: str) -> Iterator[str]:
    """A line, and what of it stands before a comma or a bracket: "Ada Lind, press secretary"."""
    yield line
    match = _BEHIND_NAME.search(line)
    if match is not None and match.start():
        yield line[: match.start()]


def _addressed(element: HtmlElement) -> bool:
    href = element.get("href") or ""
    return href.startswith(("mailto:", "tel:")) or element.get("data-cfemail") is not None or "email-protection" in href
