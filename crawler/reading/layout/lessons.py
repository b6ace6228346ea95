"""Examples matched with what they said before: where on each new page the old text stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from changes.release import Block, Release, letters
from crawler.reading.layout.pagetext import PageText, page_text
from crawler.reading.layout.selectors import common_ancestor, find, vote

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: An old text counts as found where so much of it, by letters, stands in the new page.
FOUND = 0.5
#: Rules are taken where they read so many of the pages as the same release as before.
TRUSTED = 0.8
#: Shorter blocks stand in menus and teasers too, and prove nothing.
TELLING = 12
#: So many pages name candidates; all pages judge them.
NAMERS = 40
#: So many elements of one name are looked at to see how much else it means.
CROWD = 20


@dataclass(frozen=True, kw_only=True)
class Example:
    """A page as it is now, and what it said when it was last read."""

    url: str
    before: Release
    root: HtmlElement


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """An example with its text, and the elements its old body was found in."""

    example: Example
    text: PageText
    covered: dict[HtmlElement, int]  #: letters of the old body in and below an element
    total: int  #: letters of the old body that were found

    @property
    def before(self) -> Release:
        """What the page said when it was last read."""
        return self.example.before

    @property
    def root(self) -> HtmlElement:
        """The page as it is now."""
        return self.example.root


def lesson(example: Example) -> Lesson | None:
    """What an example teaches; None where too little of its old text is found."""
    text = page_text(example.root)
    covered: Counter[HtmlElement] = Counter()
    total = wanted = 0
    for key in {_key(block) for block in example.before.body}:
        if len(key) < TELLING:
            continue
        wanted += len(key)
        above: set[HtmlElement] = set()
        for start, end in text.places(key):
            for element in text.elements(start, end):
                above.add(element)
                above.update(element.iterancestors())
        total += len(key) if above else 0
        for element in above:
            covered[element] += len(key)
    if total < max(wanted * FOUND, TELLING):
        return None
    return Lesson(example=example, text=text, covered=dict(covered), total=total)


def _key(block: Block) -> str:
    return letters(block.text.replace(" | ", " "))


def vote_text(
    lessons: Sequence[Lesson], texts: Callable[[Release], list[str]], *, inside: bool = False, least: float = 0.6
) -> str | None:
    """The selector of the element that says one of the wanted texts; None where no page says any.

    `texts` gives, of what a page said before, the letters that are looked for. `inside`: they may be part of a text.
    """
    wanted = [(page, [text for text in texts(page.before) if text]) for page in lessons]
    positive = [row for row in wanted if row[1]]
    if not positive:
        return None

    def measure(selector: str) -> tuple[float, float]:
        right = extra = 0.0
        for page, keys in positive:
            said = [letters("".join(element.itertext())) for element in find(page.root, selector)[:CROWD]]
            first = said[0] if said else ""
            right += any(key in first for key in keys) if inside else first in keys
            extra += sum(map(len, said))  # what names many elements is no name
        return right / len(positive), extra / len(positive)

    holders = [
        element
        for page, keys in positive[:NAMERS]
        for key in keys
        for start, end in page.text.places(key)
        if (element := holder(page.text.elements(start, end))) is not None
    ]
    return vote(holders, measure, least=least)


def holder(elements: Sequence[HtmlElement]) -> HtmlElement | None:
    """The lowest element that holds them all, be it less than the whole page."""
    shared = common_ancestor(elements)
    return None if shared is None or shared.tag in ("html", "body") else shared
