"""Names for elements: CSS that finds an element's like on every page of the same layout."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from crawler.reading.page import select

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: Names that a person chose. What holds digits or looks like a hash is made anew with each build of a site.
_STEADY = re.compile(r"[A-Za-z][A-Za-z_-]*\d?")
_TELLING = ("itemprop", "role", "data-testid", "data-component")


def candidates(element: HtmlElement) -> Iterator[str]:
    """Selectors under which an element can be asked for, plain ones first, then below its parents."""
    own = list(_names(element))
    yield from own
    parent = element.getparent()
    for _ in range(3):
        if parent is None or parent.tag in ("body", "html"):
            return
        above = [name for name in _names(parent) if name != parent.tag] or [str(parent.tag)]
        joint = " > " if parent is element.getparent() else " "
        yield from (f"{name}{joint}{mine}" for name in above for mine in own)
        parent = parent.getparent()


def find(root: HtmlElement, selector: str) -> list[HtmlElement]:
    """The elements that a selector finds, in page order."""
    return select(root, selector)


def vote(
    elements: Iterable[HtmlElement],
    measure: Callable[[str], tuple[float, float]],
    *,
    least: float,
    most: int = 60,
) -> str | None:
    """The selector that serves best.

    Args:
        elements: Where the wanted thing stands on some pages; their names are the candidates.
        measure: For a selector, how right it is on all pages (0 to 1), and how much it takes in besides.
        least: How right the winner must be.
        most: How many candidates are measured, commonest first.
    """
    names = Counter(name for element in elements for name in dict.fromkeys(candidates(element)))
    ranked = sorted(names, key=lambda name: (-names[name], len(name)))[:most]
    scored = [(*measure(name), name) for name in ranked]
    if not scored:
        return None
    best = max(right for right, _, _ in scored)
    if best < least:
        return None
    close = [row for row in scored if row[0] >= best - 0.01]
    return min(close, key=lambda row: (round(row[1], 2), len(row[2])))[2]


def signature(element: HtmlElement, top: HtmlElement) -> str:
    """The path from an ancestor down to an element, in names that pages of one layout share."""
    steps: list[str] = []
    at: HtmlElement | None = element
    while at is not None and at is not top:
        steps.append(_name(at))
        at = at.getparent()
    return " > ".join(reversed(steps))


def common_ancestor(elements: Sequence[HtmlElement]) -> HtmlElement | None:
    """The lowest element that holds them all."""
    if not elements:
        return None
    lines = [[*reversed(list(element.iterancestors())), element] for element in elements]
    shared: HtmlElement | None = None
    for level in zip(*lines, strict=False):
        if any(element is not level[0] for element in level):
            break
        shared = level[0]
    return shared


def _names(element: HtmlElement) -> Iterator[str]:
    tag = str(element.tag)
    if (ident := element.get("id")) and _STEADY.fullmatch(ident):
        yield f"{tag}#{ident}"
    for attribute in _TELLING:
        if (value := element.get(attribute)) and _STEADY.fullmatch(value):
            yield f'{tag}[{attribute}="{value}"]'
    steady = _classes(element)
    if len(steady) > 1:
        yield _name(element)
    yield from (f"{tag}.{name}" for name in steady)
    yield tag


def _name(element: HtmlElement) -> str:
    return ".".join([str(element.tag), *_classes(element)])


def _classes(element: HtmlElement) -> list[str]:
    return [name for name in (element.get("class") or "").split() if _STEADY.fullmatch(name)]
