"""Rules for a layout whose pages have no past: the new ones of a site that rebuilds as it goes.

There is nothing to look for, so what most pages of the web have in common must do: one heading that the page is also
titled by, a date of publication, and a place where most of the running text stands. No more is read than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from changes.release import letters
from crawler.reading.dates import labelled_dates
from crawler.reading.extract import read_with
from crawler.reading.layout.selectors import find, ranked
from crawler.reading.profiles import ReleaseRules, SiteProfile

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: A page with less running text may be anything.
LEAST = 150
#: So many of several pages must agree.
ENOUGH = 0.9
#: So much of a page's running text stands in its body.
MOST = 0.75
_TEXT = ("p", "li", "blockquote", "h2", "h3", "td")
_AROUND = frozenset(("a", "nav", "aside", "footer", "header", "form", "button"))
_DATE_LINE = 120


def guess(pages: Sequence[tuple[str, HtmlElement]], profile: SiteProfile, *, name: str) -> ReleaseRules | None:
    """Rules that read title, text and date of pages that nobody has read before; None where they are no releases.

    Args:
        pages: Address and tree of each page.
        profile: The site's profile.
        name: What the rules shall be called.
    """
    holders = [_holder(root) for _, root in pages]
    if (
        not pages
        or not all(_titled(root) for _, root in pages)
        or sum(holder is None for holder in holders) > (1 - ENOUGH) * len(pages)
    ):
        return None

    def measure(selector: str) -> tuple[float, float]:
        hits = [find(root, selector) for _, root in pages]
        right = sum(len(found) == 1 and found[0] is holder for found, holder in zip(hits, holders, strict=True))
        return right / len(pages), 0.0

    bodies = ranked([holder for holder in holders if holder is not None], measure, least=ENOUGH)
    dates = _dates([root for _, root in pages], profile)
    if not bodies or not dates:
        return None
    rules = ReleaseRules(
        name=name,
        region="body",
        title=("h1",),
        body=(bodies[0],),
        body_remove=_AROUND_TEXT,
        published=dates,
        learned=True,
    )
    read = [read_with(root, rules, profile, url) for url, root in pages]
    good = sum(one is not None and one.published is not None for one in read)
    return rules if good >= ENOUGH * len(pages) else None


_AROUND_TEXT = ("nav", "aside", "footer", "form", "header")


def _titled(root: HtmlElement) -> bool:
    """Whether a page has one heading, and is titled by it."""
    headings = [letters("".join(one.itertext())) for one in root.iter("h1")]
    title = letters("".join(text for one in root.iter("title") for text in one.itertext()))
    return len(headings) == 1 and bool(headings[0]) and headings[0] in title


def _holder(root: HtmlElement) -> HtmlElement | None:
    """The lowest element that holds most of the running text; None where there is hardly any."""
    weights: dict[HtmlElement, int] = {}
    total = 0
    for element in root.iter(*_TEXT):
        line = [element, *element.iterancestors()]
        if any(one.tag in _AROUND for one in line):
            continue
        size = len(letters("".join(_own(element))))
        total += size
        for one in line[1:]:
            weights[one] = weights.get(one, 0) + size
    fit = [one for one, size in weights.items() if size >= MOST * total and one.tag not in ("html", "body")]
    if total < LEAST or not fit:
        return None
    return max(fit, key=lambda one: sum(1 for _ in one.iterancestors()))


def _own(element: HtmlElement) -> list[str]:
    """The text that stands in an element and in no link and no block below it."""
    out = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _TEXT and child.tag not in _AROUND:
            out.extend(child.itertext())
        out.append(child.tail or "")
    return out


def _dates(roots: Sequence[HtmlElement], profile: SiteProfile) -> tuple[str, ...]:
    """Elements that print a date of publication behind its label, on every page."""
    lines = [element for element in roots[0].iter() if _is_dated(element, profile)]

    def measure(selector: str) -> tuple[float, float]:
        found = [find(root, selector)[:1] for root in roots]
        return sum(bool(one) and _is_dated(one[0], profile) for one in found) / len(roots), 0.0

    return tuple(ranked(lines, measure, least=ENOUGH)[:3])


def _is_dated(element: HtmlElement, profile: SiteProfile) -> bool:
    if not isinstance(element.tag, str) or element.tag in ("script", "style", "html", "body"):
        return False
    text = " ".join("".join(element.itertext()).split())
    if len(text) > _DATE_LINE:
        return False
    found = labelled_dates(text, profile.wording, language=profile.language, zone=profile.time_zone)
    return "published" in found and found["published"].day is not None
