"""What a page says at a glance: enough to tell a release from an error, a firewall or a log-in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from changes.release import normalise
from crawler.reading.hidden import UNSEEN

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: Characters of a page's text that are looked at.
LONGEST = 20_000

#: Elements around a page's text, not of it. A `header` or `footer` counts only outside the text's own element.
_FURNITURE = frozenset({"nav", "aside", "dialog", "menu", "button", "option", "textarea"})
_EDGES = frozenset({"header", "footer"})
_BODIES = frozenset({"main", "article"})

_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_REFRESH = re.compile(r"\s*[\d.]*\s*[;,]\s*(?:url\s*=\s*)?['\"]?(?P<url>[^'\"]+)", re.IGNORECASE)
_BREAKS = frozenset(
    {"p", "div", "li", "br", "tr", "h1", "h2", "h3", "h4", "section", "article", "td", "th", "dt", "dd"}
)

#: Where a page's own date of publication stands in its head.
_DATED = (
    "//meta[translate(@property|@name,'ABCDEFGHIJKLMNOPQRSTUVWXYZ','abcdefghijklmnopqrstuvwxyz')="
    "'article:published_time' or translate(@name,'ABCDEFGHIJKLMNOPQRSTUVWXYZ','abcdefghijklmnopqrstuvwxyz')="
    "'published' or starts-with(translate(@name,'ABCDEFGHIJKLMNOPQRSTUVWXYZ','abcdefghijklmnopqrstuvwxyz'),'dc.date')"
    " or starts-with(translate(@name,'ABCDEFGHIJKLMNOPQRSTUVWXYZ','abcdefghijklmnopqrstuvwxyz'),'dcterms.')][@content!='']"
    " | //*[@itemprop='datePublished']"
    " | //time[not(ancestor::li or ancestor::aside or ancestor::nav or ancestor::footer)]"
)


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
        dated=bool(root.xpath(_DATED)),
        links=links,
    )


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
    body = root.find("body") if root.tag == "html" else root
    if body is None:
        body = root
    out: list[str] = []
    size = links = 0
    stack: list[tuple[HtmlElement, bool, bool]] = [(body, False, False)]  # element, inside a text's element, leaving
    while stack and size < LONGEST:
        element, inside, leaving = stack.pop()
        if leaving:
            piece = element.tail or ""
        else:
            if element is not body:
                stack.append((element, inside, True))
            if not isinstance(element.tag, str) or element is heading or _is_furniture(element, inside=inside):
                continue
            if element.tag == "a":
                links += len("".join(element.itertext()))
                continue
            inside = inside or element.tag in _BODIES
            stack.extend((child, inside, False) for child in reversed(element))
            piece = element.text or ""
            if element.tag in _BREAKS:
                out.append("\n")
        if piece and not piece.isspace():
            out.append(piece)
            size += len(piece)
        elif piece:
            out.append(" ")
    lines = (normalise(line) for line in _lines("".join(out)))
    return "\n".join(line for line in lines if line)[:LONGEST], links


def _lines(text: str) -> list[str]:
    return re.split(r"\n", text)


def _is_furniture(element: HtmlElement, *, inside: bool) -> bool:
    tag = element.tag
    return tag in UNSEEN or tag in _FURNITURE or (tag in _EDGES and not inside) or _is_hidden(element)


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
