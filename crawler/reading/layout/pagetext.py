"""A page as one string of letters, each of which knows the element it stands in."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from changes.release import letters
from crawler.reading.hidden import UNSEEN, hidden_address

if TYPE_CHECKING:
    from lxml.html import HtmlElement


@dataclass(frozen=True)
class PageText:
    """The letters of a page in reading order (white space left out), and where each stretch of them stands."""

    text: str
    starts: tuple[int, ...]
    owners: tuple[HtmlElement, ...]

    def places(self, wanted: str) -> Iterator[tuple[int, int]]:
        """Each stretch of the page that says just `wanted` (letters), wherever its markup begins and ends."""
        at = self.text.find(wanted) if wanted else -1
        while at >= 0:
            yield at, at + len(wanted)
            at = self.text.find(wanted, at + 1)

    def elements(self, start: int, end: int) -> list[HtmlElement]:
        """The elements in which a stretch of the page stands."""
        first, last = bisect_right(self.starts, start) - 1, bisect_right(self.starts, end - 1) - 1
        return list(self.owners[first : last + 1])


def page_text(root: HtmlElement) -> PageText:
    """The text of a page as a reader meets it, hidden e-mail addresses decoded."""
    starts: list[int] = []
    owners: list[HtmlElement] = []
    parts: list[str] = []
    length = 0
    body = root.find("body")
    for owner, text in _stretches(root if body is None else body):
        if found := letters(text):
            starts.append(length)
            owners.append(owner)
            parts.append(found)
            length += len(found)
    return PageText("".join(parts), tuple(starts), tuple(owners))


def _stretches(top: HtmlElement) -> Iterator[tuple[HtmlElement, str]]:
    """Each piece of text below an element with the element it stands in, without recursion."""
    stack: list[tuple[HtmlElement, bool]] = [(top, False)]
    while stack:
        element, seen = stack.pop()
        if seen:
            parent = element.getparent()
            if element is not top and element.tail and parent is not None:
                yield parent, element.tail
            continue
        stack.append((element, True))
        if not isinstance(element.tag, str) or element.tag in UNSEEN:
            continue
        if address := hidden_address(element):
            yield element, address
            continue
        if element.text:
            yield element, element.text
        stack.extend((child, False) for child in reversed(element))
