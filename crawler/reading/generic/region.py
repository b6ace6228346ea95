"""Where the text of an unknown page stands: the element that holds it, and what in there is no part of it.

Everything is decided by shares of running text (letters outside of links), so that a word more or less moves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.reading.generic.files import is_file
from crawler.reading.generic.furniture import by_name, by_role
from crawler.reading.generic.strangers import HEADINGS, LABEL, MOST, TABLE, TEASER, beside, inside, lays_out, within
from crawler.reading.generic.weights import Weights, weigh
from crawler.reading.page import body_of, select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

#: So much of a page's running text stands in the element that counts as its text.
CORE = 0.85
#: A `main` or a single `article` is believed from this share on.
NAMED = 0.5
#: Letters of running text that a page has at least.
LEAST = 60
#: In these stand forms and guides of a site, not what a release offers.
_NO_FILES = frozenset(("nav", "header", "footer", "menu", "form", "button", "dialog"))
#: What sites call the element of their pages' text.
_MAIN = frozenset(
    ("main", "content", "main-content", "maincontent", "page-content", "pagecontent", "main_content", "primary-content",
     "article", "article-content", "innehall", "hauptinhalt", "contenu")
)  # fmt: skip
#: Parts of a text: the element around them is its holder.
_PARTS = frozenset(("p", "ul", "ol", "dl", "blockquote", "a", "span", *TABLE))


@dataclass(frozen=True)
class Found:
    """The element that holds a page's text, and the highest elements in it that are no part of the text."""

    holder: HtmlElement
    noise: tuple[HtmlElement, ...]
    weights: Weights  #: of the whole page


def find_text(root: HtmlElement, title: HtmlElement | None) -> Found | None:
    """The holder of a page's text; None where the page has hardly any."""
    body = body_of(root)
    whole = weigh(body)
    named = _frame(body, whole, title) | frozenset(_teasers(body, whole, title))
    frame = frozenset(element for element in named if named.isdisjoint(element.iterancestors()))
    weights = whole.without(frame)
    if weights.prose.get(body, 0) < LEAST:
        weights, frame = whole, frozenset()
        if weights.prose.get(body, 0) < LEAST:
            return None
    core = _core(body, weights)
    holder = _holder(core, title, frame)
    around = beside(holder, core, weights, title) if holder is not core else []
    among = inside(core, whole, title)
    frames = [element for element in frame if element is not core and not within(element, core)]
    noise = {element for element in (*around, *among, *frames) if element is not holder and within(element, holder)}
    noise |= set(_left_over(noise, whole, title))
    highest = [part for element in noise if noise.isdisjoint(element.iterancestors()) for part in _but_files(element)]
    return Found(holder, tuple(highest), whole)


def _left_over(noise: set[HtmlElement], weights: Weights, title: HtmlElement | None) -> Iterator[HtmlElement]:
    """Headings of which nothing is left but themselves: "In this article" over a menu that is no text."""
    for element in noise:
        before = element.getprevious()
        while before is not None and not weights.letters(before):
            before = before.getprevious()
        follows = element.getnext()
        while follows is not None and (follows in noise or not weights.letters(follows)):
            follows = follows.getnext()
        if before is None or before.tag not in HEADINGS or before is title or (element.tail or "").strip():
            continue
        if weights.letters(before) < LABEL and (follows is None or follows.tag in HEADINGS):
            yield before


def _but_files(element: HtmlElement) -> Iterator[HtmlElement]:
    """A part that is no text, or what of it holds no files to download: those belong to the text wherever they stand."""
    if element.tag in _NO_FILES or not any(is_file(link) for link in element.iter("a")):
        yield element
        return
    for child in element:
        if isinstance(child.tag, str) and not is_file(child):
            yield from _but_files(child)


def _frame(body: HtmlElement, weights: Weights, title: HtmlElement | None) -> frozenset[HtmlElement]:
    """The highest parts of a page that are its frame, by tag, role or name, and hold little of its text."""
    found: list[HtmlElement] = []
    most = MOST * weights.prose.get(body, 0)
    around = set() if title is None else {title, *title.iterancestors()}
    stack = list(body)
    while stack:
        element = stack.pop()
        if not isinstance(element.tag, str) or element not in weights.prose:
            continue
        named = by_role(element, inside=False) or by_name(element, inside=False)
        if named and weights.prose[element] <= most and element not in around and not _of_article(element):
            found.append(element)
        else:
            stack.extend(element)
    return frozenset(found)


def _teasers(body: HtmlElement, weights: Weights, title: HtmlElement | None) -> Iterator[HtmlElement]:
    """Short articles with links, several beside each other, none of which holds the title: they speak of other pages."""
    around = set() if title is None else set(title.iterancestors())
    groups: dict[tuple[HtmlElement | None, int], list[HtmlElement]] = {}
    for element in body.iter("article"):
        if element not in weights.prose or element in around or element is title:
            continue
        if not weights.linked[element] or weights.prose[element] > TEASER or next(element.iter("h1"), None) is not None:
            continue
        at, depth = element, 0
        while (up := at.getparent()) is not None and len(up) == 1 and up is not body:
            at, depth = up, depth + 1
        above = at.getparent()
        groups.setdefault((above, depth), []).append(at)
    for group in groups.values():
        if len(group) > 1:
            yield from group


def _of_article(element: HtmlElement) -> bool:
    """Whether a header, footer or aside belongs to an article rather than to the page (HTML, 4.3.8)."""
    if element.tag not in ("header", "footer"):
        return False
    return any(up.tag in ("article", "main") or up.get("role") == "main" for up in element.iterancestors())


def _core(body: HtmlElement, weights: Weights) -> HtmlElement:
    """The lowest element that holds nearly all of the running text, starting from what calls itself the main part."""
    total = weights.prose.get(body, 0)
    at = body
    for selector in ("main, [role=main]", "article, [itemprop~=articleBody]"):
        named = [one for one in select(at, selector) if one in weights.prose and one is not at]
        large = [one for one in named if weights.prose[one] >= NAMED * total]
        if large and len([one for one in large if not _holds_another(one, large)]) == 1:
            lowest = next(one for one in large if not _holds_another(one, large))
            if selector.startswith("main") or weights.prose[lowest] >= CORE * weights.prose[at]:
                at = lowest
    return _descend(at, weights)


def _holds_another(element: HtmlElement, others: list[HtmlElement]) -> bool:
    return any(element in other.iterancestors() for other in others)


def _descend(at: HtmlElement, weights: Weights) -> HtmlElement:
    """Down through wrappers, while one child has nearly all; through the cells of a table where it lays the page out."""
    while True:
        all_of_it = weights.prose[at]
        heavy = [
            child
            for child in at
            if child in weights.prose and weights.prose[child] >= (CORE if lays_out(child) else 0.95) * all_of_it
        ]
        if len(heavy) != 1 or (heavy[0].tag in _PARTS and not lays_out(heavy[0])):
            return at
        at = heavy[0]


def _holder(core: HtmlElement, title: HtmlElement | None, frame: frozenset[HtmlElement]) -> HtmlElement:
    """The core, or what around it holds the title too, or calls itself the main part: a box with contacts stands there."""
    outer = core
    above = [up for up in core.iterancestors() if up.tag not in ("body", "html")]
    if title is not None and not any(within(title, part) for part in frame):
        outer = next((up for up in (core, *above) if within(title, up)), core)
    around = [up for up in above if _is_main(up)]
    return around[-1] if around and not within(around[-1], outer) else outer


def _is_main(element: HtmlElement) -> bool:
    """Whether an element calls itself the main part of its page."""
    if element.tag == "main" or element.get("role") == "main":
        return True
    names = f"{element.get('id') or ''} {element.get('class') or ''}".lower().split()
    return not _MAIN.isdisjoint(names)
