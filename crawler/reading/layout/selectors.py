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
#: A name that a person chose, with the hash of a build behind it: `Release_text__x7Fa2`.
_BUILT = re.compile(r"([A-Za-z][A-Za-z_-]*(?:__|--|_|-))(?=[A-Za-z0-9]*(?:\d|[a-z][A-Z]|[A-Z]))[A-Za-z0-9]{4,10}")
_TAG = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_TELLING = ("itemprop", "role", "data-testid", "data-component", "kind", "slot")
#: Names of elements by their place are kept for elements at most so far below the page's body.
_DEEPEST = 14


def candidates(element: HtmlElement) -> Iterator[str]:
    """Selectors under which an element can be asked for: plain ones, those below its parents, those by its place."""
    own = [*_names(element), *_by_title(element)]
    yield from own
    parent = element.getparent()
    for _ in range(3):
        if parent is None or parent.tag in ("body", "html"):
            break
        above = [name for name in _names(parent) if name != parent.tag] or [_tag(parent)]
        joint = " > " if parent is element.getparent() else " "
        yield from (f"{name}{joint}{mine}" for name in above for mine in own)
        parent = parent.getparent()
    yield from placed(element)


def placed(element: HtmlElement) -> Iterator[str]:
    """Selectors that say where an element stands among its like, for pages whose elements have no names."""
    path = _numbered(element)
    yield path
    at = element.getparent()
    for depth in range(_DEEPEST):
        if at is None or at.tag in ("body", "html"):
            return
        steady = next((name for name in _names(at) if name != at.tag), None)
        if steady is not None:
            yield f"{steady} > {path}"
        path = f"{_numbered(at)} > {path}"
        if depth < 2 or (up := at.getparent()) is None or up.tag == "body":
            yield path
        at = at.getparent()


def _by_title(element: HtmlElement) -> Iterator[str]:
    """Selectors that say where an element stands to the page's title."""
    if element.tag in ("h1", "a") or isinstance(element.tag, str) is False:
        return
    if next(element.iter("h1"), None) is not None:
        yield f"{_tag(element)}:has(h1)"
        return
    before = element.getprevious()
    if before is None or not isinstance(before.tag, str):
        return
    if before.tag == "h1":
        yield f"h1 + {_tag(element)}"
    elif next(before.iter("h1"), None) is not None:
        yield f"{_tag(before)}:has(h1) + {_tag(element)}"


def find(root: HtmlElement, selector: str) -> list[HtmlElement]:
    """The elements that a selector finds, in page order."""
    return select(root, selector)


def vote(
    elements: Iterable[HtmlElement],
    measure: Callable[[str], tuple[float, float]],
    *,
    least: float,
    also: Iterable[str] = (),
) -> str | None:
    """The selector that serves best; None where none serves well enough. The arguments are those of `ranked`."""
    return next(iter(ranked(elements, measure, least=least, also=also)), None)


def ranked(
    elements: Iterable[HtmlElement],
    measure: Callable[[str], tuple[float, float]],
    *,
    least: float,
    most: int = 120,
    also: Iterable[str] = (),
) -> list[str]:
    """The selectors that serve, best first.

    Args:
        elements: Where the wanted thing stands on some pages; their names are the candidates.
        measure: For a selector, how right it is on all pages (0 to 1), and how much it takes in besides.
        least: How right the winner must be.
        most: How many candidates are measured, commonest first.
        also: Selectors that are measured in any case.
    """
    names = Counter(name for element in elements for name in dict.fromkeys(candidates(element)))
    commonest = sorted(names, key=lambda name: (-names[name], len(name)))[:most]
    scored = [(*measure(name), name) for name in dict.fromkeys([*commonest, *also])]
    good = [row for row in scored if row[0] >= least]
    # a name is steadier than a place: it is taken unless the place serves clearly better; and what is known by the
    # address that it leads to alone may stand anywhere, in the text too
    good.sort(
        key=lambda row: (
            -round(row[0] * 50),
            row[2].startswith("a[href"),
            round(row[1], 1),
            row[2].count("nth-child"),
            ":" in row[2],
            len(row[2]),
        )
    )
    return [name for _, _, name in good]


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
    tag = _tag(element)
    if (ident := element.get("id")) and _STEADY.fullmatch(ident):
        yield f"{tag}#{ident}"
    for attribute in _TELLING:
        if (value := element.get(attribute)) and _STEADY.fullmatch(value):
            yield f'{tag}[{attribute}="{value}"]'
    steady = _classes(element)
    if len(steady) > 1:
        yield _name(element)
    yield from (f"{tag}{name}" for name in steady)
    yield tag


def _name(element: HtmlElement) -> str:
    return "".join([_tag(element), *_classes(element)])


def _classes(element: HtmlElement) -> list[str]:
    """The classes that stay from build to build, as CSS."""
    out: list[str] = []
    for name in (element.get("class") or "").split():
        if _STEADY.fullmatch(name) and not _BUILT.fullmatch(name):
            out.append(f".{name}")
        elif built := _BUILT.fullmatch(name):
            out.append(f'[class*="{built[1]}"]')
    return out


def _numbered(element: HtmlElement) -> str:
    before = sum(1 for one in element.itersiblings(preceding=True) if isinstance(one.tag, str))
    return f"{_tag(element)}:nth-child({before + 1})"


def _tag(element: HtmlElement) -> str:
    """The name of an element, where broken markup has not made one of it that no selector can have."""
    return element.tag if isinstance(element.tag, str) and _TAG.fullmatch(element.tag) else "*"
