"""What a page hides until its reader asks for it: tabs, accordions, and pages that a script shows when it has loaded.

Such text is there to be read, unlike what is hidden for good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from crawler.reading.hidden import UNSEEN, hides
from crawler.reading.page import body_of, select

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: Parts of pages that open over the page, or are chosen from.
_NOT_READ = frozenset(
    ("dialog", "alertdialog", "menu", "menubar", "listbox", "tooltip", "navigation", "alert", "status")
)
#: A hidden part that holds more of a page's letters than this is the page.
MOST = 0.5


_TEXT = etree.XPath("string()", smart_strings=False)


def uncover(root: HtmlElement) -> None:
    """Take the hiding off what a reader would open: panels of tabs and accordions, and whatever holds most of the page."""
    body = body_of(root)
    hidden = [element for element in select(body, "[hidden], [aria-hidden], [style]") if hides(element)]
    if not hidden:
        return
    opened = {name for one in select(body, "[aria-controls]") for name in (one.get("aria-controls") or "").split()}
    whole = 0
    for element in hidden:
        if _is_panel(element, opened):
            _show(element)
            continue
        whole = whole or _letters(body)
        if element is body or _letters(element) > MOST * whole:
            _show(element)
    if hides(root):
        _show(root)


def _is_panel(element: HtmlElement, opened: set[str]) -> bool:
    role = (element.get("role") or "").strip().lower()
    if (
        role in _NOT_READ
        or element.tag in UNSEEN
        or element.tag in ("nav", "dialog", "menu")
        or element.get("aria-modal")
    ):
        return False
    if any(up.tag in ("nav", "dialog") or up.get("role") in _NOT_READ for up in element.iterancestors()):
        return False
    return role == "tabpanel" or bool(element.get("aria-labelledby")) or element.get("id") in opened


def _letters(element: HtmlElement) -> int:
    """How much an element says, hidden or not; of what is never shown little is left in a tree that was parsed for us."""
    return len("".join(str(_TEXT(element)).split()))


def _show(element: HtmlElement) -> None:
    for name in ("hidden", "aria-hidden", "style"):
        if name in element.attrib:
            del element.attrib[name]
