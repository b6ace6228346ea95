"""What a page says at a glance: enough to tell a release from an error, a firewall or a log-in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from changes.release import normalise
from crawler.reading.hidden import UNSEEN
from crawler.reading.sheets import sheet, shown_tree

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: Characters of a page's text that are looked at.
LONGEST = 20_000

#: Elements around a page's text, not of it. A `header` or `footer` counts only outside the text's own element.
_FURNITURE = frozenset({"nav", "aside", "dialog", "menu", "button", "option", "textarea"})
_EDGES = frozenset({"header", "footer"})

_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_REFRESH = re.compile(r"\s*[\d.]*\s*[;,]\s*(?:url\s*=\s*)?['\"]?(?P<url>[^'\"]+)", re.IGNORECASE)
_BREAKS = frozenset(
    {"p", "div", "li", "br", "tr", "h1", "h2", "h3", "h4", "section", "article", "td", "th", "dt", "dd"}
)

_PUBLISHED = "article:published_time"
_LISTED = frozenset(("li", "aside", "nav", "footer"))
_DATED = etree.XPath("boolean(//*[@itemprop='datePublished'])")


@dataclass(frozen=True, kw_only=True)
class PageText:
    """What a page says at a glance.

    `text` is what a reader sees outside of links, menus, side columns and hidden parts, the heading left out, one
    line a block: in a page that is all frame, hardly anything. `links` is the number of characters in links.
    """

    title: str = ""
    heading: str = ""
    text: str = ""
    language: str | None = None  #: as the page declares it
    has_password_field: bool = False
    refresh_to: str | None = None  #: where a `meta refresh` leads
    dated: bool = False  #: whether the page gives a date of publication
    links: int = 0


def page_text(root: HtmlElement) -> PageText:
    """Reads a page's tree at a glance, in a few milliseconds."""
    title = next(
        (
            normalise(str(e.text_content()))
            for e in root.iter("title")
            if e.getparent() is not None and e.getparent().tag != "svg"
        ),
        "",
    )
    heading_element = _heading(root)
    text, links = _visible(root, heading_element)
    return PageText(
        title=title[:500],
        heading=normalise(_shown(heading_element))[:500] if heading_element is not None else "",
        text=text,
        language=root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or root.get("xml:lang"),
        has_password_field=any((e.get("type") or "").lower() == "password" for e in root.iter("input")),
        refresh_to=_refresh(root),
        dated=_is_dated(root),
        links=links,
    )


def _is_dated(root: HtmlElement) -> bool:
    """Whether a page gives its own date of publication: in its head, in a `time` outside of lists, as microdata."""
    for meta in root.iter("meta"):
        name = (meta.get("name") or "").lower()
        told = name == "published" or name.startswith(("dc.date", "dcterms."))
        if (told or _PUBLISHED in (name, (meta.get("property") or "").lower())) and meta.get("content"):
            return True
    for moment in root.iter("time"):
        if _LISTED.isdisjoint(up.tag for up in moment.iterancestors()):
            return True
    return bool(_DATED(root))


def _heading(root: HtmlElement) -> HtmlElement | None:
    for name in ("h1", "h2"):
        for element in root.iter(name):
            if normalise(_shown(element)) and not any(_is_hidden(up) for up in (element, *element.iterancestors())):
                return element
    return None


def _shown(element: HtmlElement) -> str:
    return " ".join(piece for piece in element.itertext() if isinstance(piece, str))


def _visible(root: HtmlElement, heading: HtmlElement | None) -> tuple[str, int]:
    """The text outside of links and furniture, and the length of the text in links."""
    tree = root.getroottree()
    # what hides itself is taken out of a copy, in which the heading stands elsewhere, as the first that is left
    seen = shown_tree(root)
    if seen is not root and heading is not None:
        heading = _heading(seen)
        tree = seen.getroottree()
    said = str(_SHEET(seen, heading="/.." if heading is None else tree.getpath(heading)))
    pieces = said.split(_LINK)
    links = sum(map(int, pieces[1::2]))
    # most of a page's white space stands between elements: it goes in one sweep, before there are lines of it
    lines = (normalise(line) for line in _BETWEEN.sub("\n", "".join(pieces[::2])[: 4 * LONGEST]).split("\n"))
    return "\n".join(line for line in lines if line)[:LONGEST], links


_BETWEEN = re.compile(r"\s*\n\s*")
_LINK = "\ue002\ue003"  #: stands around the number of characters in a link
_GO_ON = "<xsl:apply-templates/>"
_SHEET = sheet(
    start="/html/body/node() | /html[not(body)]/node() | /*[not(self::html)]/node()",
    templates={
        "*": _GO_ON,
        "text()[not(normalize-space())]": "<xsl:text> </xsl:text>",
        "|".join(sorted(_BREAKS)): f"<xsl:text>&#10;</xsl:text>{_GO_ON}",
        "a": f"<xsl:value-of select=\"concat('{_LINK}', string-length(.), '{_LINK}')\"/>",
        "h1|h2": f"<xsl:if test='count(.|$heading) != count($heading)'><xsl:text>&#10;</xsl:text>{_GO_ON}</xsl:if>",
    },
    dropped=(*sorted(UNSEEN | _FURNITURE), *(f"{edge}[not(ancestor::main or ancestor::article)]" for edge in _EDGES)),
    parameters=("heading",),
)


def _is_hidden(element: HtmlElement) -> bool:
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    style = element.get("style")
    return bool(style and _HIDING.search(style))


def _refresh(root: HtmlElement) -> str | None:
    for element in root.iter("meta"):
        parent = element.getparent()
        if (element.get("http-equiv") or "").lower() != "refresh" or (parent is not None and parent.tag == "noscript"):
            continue
        match = _REFRESH.match(element.get("content") or "")
        if match:
            return match["url"].strip()
    return None
