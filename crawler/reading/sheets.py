"""A page's text told by libxslt in one go: a fifth of the time that Python takes to walk the tree, and other threads
run meanwhile.

A sheet is a stylesheet that gives text. Its patterns are names of elements, nearly: a pattern that asks for an
attribute is tried on every element, and costs more than the walk. What is hidden is taken out of a copy beforehand.
"""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from lxml import etree

from changes.notices import Wordings, may_hold_notice
from crawler.reading.hidden import UNSEEN, hides
from crawler.reading.page import remove

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lxml.html import HtmlElement

#: Stands at the end of a line. White space to `str.split`, and its second half tells it from a page's own.
BREAK = "\u2028\ue001"

#: Elements that stand in a line, and do not end it.
INLINE = frozenset(
    ("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font",
     "i", "ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup",
     "time", "tt", "u", "var", "wbr", "img")
)  # fmt: skip

_TEXT = etree.XPath("string()", smart_strings=False)
_MAY_HIDE = etree.XPath("/html/body//*[@hidden or @aria-hidden or @style]")


def sheet(
    *, start: str, dropped: Iterable[str], templates: Mapping[str, str], parameters: Iterable[str] = ()
) -> etree.XSLT:
    """A stylesheet that gives text.

    Args:
        start: XPath of the nodes that it begins with.
        dropped: Patterns of what gives nothing. They go before the templates.
        templates: Bodies by pattern. A later one goes before an earlier one.
        parameters: Names of what is handed in with each page, as XPath.
    """
    rules = {**templates, "|".join(dropped): ""}
    return etree.XSLT(
        etree.XML(
            '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
            '<xsl:output method="text" encoding="utf-8"/>'
            + "".join(f'<xsl:param name="{name}"/>' for name in parameters)
            + f'<xsl:template match="/"><xsl:apply-templates select="{start}"/></xsl:template>'
            + "".join(
                f'<xsl:template match="{pattern}" priority="{number}">{body}</xsl:template>'
                for number, (pattern, body) in enumerate(rules.items())
            )
            + "</xsl:stylesheet>"
        ),
        access_control=etree.XSLTAccessControl.DENY_ALL,  # type: ignore[attr-defined]
    )


def shown_tree(root: HtmlElement) -> HtmlElement:
    """The page itself where nothing on it is hidden, or else a copy without what is."""
    if not any(_matters(element) for element in _hiding(root)):
        return root
    seen = copy.deepcopy(root)
    for element in _hiding(seen):
        remove(element)
    return seen


_LINES = sheet(
    start="/html/body/node() | /html/frameset/node() | /*[not(self::html)]/node() | /html[not(body or frameset)]/node()",
    dropped=sorted(UNSEEN),
    templates={
        "*": f"<xsl:text>{BREAK}</xsl:text><xsl:apply-templates/><xsl:text>{BREAK}</xsl:text>",
        "|".join(sorted(INLINE)): "<xsl:apply-templates/>",
    },
)


def all_text(root: HtmlElement) -> str:
    """A page's text in one line, hidden parts too: what is not in it, no reader sees."""
    return " ".join(str(_TEXT(root)).split())


@lru_cache(maxsize=1)
def hints_at_notice(root: HtmlElement, language: str, wording: Wordings) -> bool:
    """Whether a page holds any word of a notice (`may_hold_notice`). Remembered for the last page: both lanes ask."""
    return may_hold_notice(all_text(root), language, wording)


def seen_lines(root: HtmlElement) -> list[str]:
    """What a reader sees of a page, line by line. Addresses that a content network hides stay hidden."""
    lines = str(_LINES(shown_tree(root))).split(BREAK)
    return [line for line in (" ".join(line.split()) for line in lines) if line]


def _hiding(root: HtmlElement) -> list[HtmlElement]:
    return [element for element in cast("list[HtmlElement]", _MAY_HIDE(root)) if hides(element)]


def _matters(element: HtmlElement) -> bool:
    """Whether something else is read without this hidden element: icons, for one, say nothing and end no line."""
    return element.tag not in INLINE or len(element) > 0 or bool(element.text and not element.text.isspace())
