"""What stands in the middle of a text, or beside it, and is no part of it: menus, ways to share, lists of other pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.reading.generic.furniture import away, by_name, by_role, restless
from crawler.reading.hidden import UNSEEN
from crawler.reading.page import select
from crawler.reading.visible import shown, text_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

    from crawler.reading.generic.weights import Weights

#: A part that holds more than this share of a page's running text is no furniture, whatever it is called.
MOST = 0.3
#: From this share of its letters on, a part is made of links.
LINKED = 0.6
#: A heading over a list of other things has fewer letters.
LABEL = 80
#: An article of more letters is no teaser of another page.
TEASER = 700
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
TABLE = frozenset(("table", "tbody", "tr", "td"))
#: Two words in a row are no date.
_SAYING = re.compile(r"[^\W\d_]{2,}\s+[^\W\d_]{2,}")


def beside(
    holder: HtmlElement, core: HtmlElement, weights: Weights, title: HtmlElement | None
) -> Iterator[HtmlElement]:
    """What stands in the holder beside the core and is made of links, or says nothing."""
    spine = {core, *core.iterancestors()}
    stack = list(holder)
    while stack:
        element = stack.pop()
        if element is core or not isinstance(element.tag, str):
            continue
        if element in spine or (title is not None and within(title, element) and element is not title):
            stack.extend(element)
        elif element not in weights.prose or _headed_away(element, weights) or _made_of_links(element, weights):
            yield element


def _made_of_links(element: HtmlElement, weights: Weights) -> bool:
    """Whether a part is hardly more than links: by its letters, or because each of its lines is a link and a date."""
    share = weights.share_linked(element)
    if share >= LINKED:
        return True
    if share < LINKED / 2 or weights.prose[element] > TEASER:
        return False
    links = [shown(link) for link in element.iter("a")]
    rest = [_without(line.text, links) for line in text_lines(element)]
    return len([link for link in links if link]) > 1 and all(
        restless(text) or not _SAYING.search(text) for text in rest
    )


def _without(line: str, links: list[str]) -> str:
    for link in links:
        if link and link in line:
            return line.replace(link, "", 1).strip(" \t·|–-")
    return line


def _headed_away(element: HtmlElement, weights: Weights) -> bool:
    """Whether a box begins with a heading over what leads away from the text, and has links."""
    if not weights.linked.get(element, 0):
        return False
    for one in element.iter():
        if one.tag in HEADINGS:
            return away(shown(one))
        if isinstance(one.tag, str) and one.text and one.text.strip():
            return False
    return False


def inside(core: HtmlElement, weights: Weights, title: HtmlElement | None) -> Iterator[HtmlElement]:
    """What stands in the middle of a text and is no part of it: menus, ways to share, lists of other pages."""
    most = MOST * weights.prose.get(core, 0)
    around = set() if title is None else {title, *title.iterancestors()}
    stack = list(core)
    while stack:
        element = stack.pop()
        if not isinstance(element.tag, str) or element.tag in UNSEEN:
            continue
        if element in around:
            stack.extend(element)
        elif _foreign(element, weights, most):
            yield element
        else:
            if element.tag in HEADINGS and weights.letters(element) < LABEL and away(shown(element)):
                yield from _led_away(element, weights, most)
            stack.extend(element)


def _foreign(element: HtmlElement, weights: Weights, most: float) -> bool:
    prose = weights.prose.get(element, 0)
    if prose > most:
        return False
    if by_role(element, inside=True) or by_name(element, inside=True):
        return True
    if element.tag in ("form", "fieldset"):
        return True
    if element.tag in ("aside", "footer") and weights.share_linked(element) >= LINKED:
        return True
    if element.tag == "td":
        return weights.share_linked(element) > 1 - LINKED / 4 and any(
            lays_out(up) for up in element.iterancestors("table")
        )
    return element.tag in ("div", "ul", "section", "aside") and _lately(element, weights)


def _lately(element: HtmlElement, weights: Weights) -> bool:
    """Whether each line of a part is a link and how long ago it came: "A new ferry, 5 minutes ago"."""
    if not LINKED / 3 < weights.share_linked(element) < 1 or weights.letters(element) > 2 * TEASER:
        return False
    links = [text for text in (shown(link) for link in element.iter("a")) if text]
    lines = [line.text for line in text_lines(element)]
    return len(links) > 1 and len(lines) <= 2 * len(links) and all(restless(_without(line, links)) for line in lines)


def _led_away(heading: HtmlElement, weights: Weights, most: float) -> Iterator[HtmlElement]:
    """A heading over what leads away, and what it stands over: its box, or what follows until the next heading."""
    box = heading.getparent()
    first = not any(weights.letters(one) for one in heading.itersiblings(preceding=True))
    if box is not None and first and box.tag not in ("body", "main", "article") and _is_list(box, weights, most):
        yield box
        return
    below = []
    for after in heading.itersiblings():
        if after.tag in HEADINGS:
            break
        below.append(after)
    linked = sum(weights.linked.get(one, 0) for one in below)
    if linked and linked >= sum(weights.prose.get(one, 0) for one in below):
        yield heading
        yield from below


def _is_list(box: HtmlElement, weights: Weights, most: float) -> bool:
    """Whether a box under a heading that leads away is a list of links, with a word about each perhaps."""
    return weights.prose.get(box, 0) <= most and weights.share_linked(box) >= LINKED / 2


def lays_out(element: HtmlElement) -> bool:
    """Whether a table, or a part of one, is there for the looks of a page: it holds paragraphs or the page's heading."""
    if element.tag not in TABLE:
        return False
    return next(element.iter("h1"), None) is not None or len(select(element, "td > p, td > div > p")) > 1


def within(element: HtmlElement, other: HtmlElement) -> bool:
    return element is other or any(up is other for up in element.iterancestors())
