"""A copy of a page in which everything stands as a reader sees it: nothing hidden, no address in cipher.

The copy's lines can be taken out where they stand: that is how a site's notices leave the text.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from lxml import etree

from changes.release import normalise
from crawler.reading.hidden import UNSEEN, decode_address
from crawler.reading.page import remove

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from lxml.html import HtmlElement

_UNSEEN = etree.XPath("//" + " | //".join(sorted(UNSEEN - {"head"})))
_STYLED = etree.XPath("//body//*[@hidden or @aria-hidden or @style]")
_CODED = etree.XPath("//*[@data-cfemail] | //a[contains(@href, '/cdn-cgi/l/email-protection')]")
_NONE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_INLINE = frozenset(
    ("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font",
     "i", "ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup",
     "time", "tt", "u", "var", "wbr", "img")
)  # fmt: skip

Slot = tuple["HtmlElement", Literal["text", "tail"]]


@dataclass(frozen=True, kw_only=True)
class TextLine:
    """One line that a reader sees, not yet normalised, and the places in the tree that its text stands in."""

    text: str
    slots: tuple[Slot, ...]


def visible_copy(root: HtmlElement) -> HtmlElement:
    """A page's tree once more, without what is hidden and with hidden addresses written out. The first is left alone."""
    seen = copy.deepcopy(root)
    for element in cast("list[HtmlElement]", _CODED(seen)):
        _decode(element)
    for element in cast("list[HtmlElement]", _UNSEEN(seen)):
        remove(element)
    for element in cast("list[HtmlElement]", _STYLED(seen)):
        if _hides(element):
            remove(element)
    return seen


def shown(element: HtmlElement) -> str:
    """What a reader sees of an element, in one line."""
    return normalise(" ".join(line.text for line in text_lines(element)))


def text_lines(top: HtmlElement) -> list[TextLine]:
    """The lines of an element, in page order: a block or a line break ends a line."""
    writer = _Lines()
    for event, node in etree.iterwalk(top, events=("start", "end")):
        element = cast("HtmlElement", node)
        if element.tag not in _INLINE:
            writer.end()
        if event == "start":
            writer.add(element, "text", element.text)
        elif element is not top:
            writer.add(element, "tail", element.tail)
    writer.end()
    return writer.lines


class _Lines:
    def __init__(self) -> None:
        self.lines: list[TextLine] = []
        self.texts: list[str] = []
        self.slots: list[Slot] = []

    def add(self, element: HtmlElement, part: Literal["text", "tail"], text: str | None) -> None:
        if text:
            self.texts.append(text)
            self.slots.append((element, part))

    def end(self) -> None:
        if not self.texts:
            return
        if text := " ".join("".join(self.texts).split()):
            self.lines.append(TextLine(text=text, slots=tuple(self.slots)))
        self.texts.clear()
        self.slots.clear()


def take_out(lines: Sequence[TextLine], numbers: Collection[int]) -> None:
    """Blank the text of some lines in the tree that they stand in."""
    for number in numbers:
        for element, part in lines[number].slots:
            setattr(element, part, "")


def _decode(element: HtmlElement) -> None:
    code = element.get("data-cfemail")
    href = element.get("href") or ""
    _, mark, linked = href.partition("/cdn-cgi/l/email-protection#")
    address = decode_address(code or linked)
    if "/cdn-cgi/l/email-protection" in href:
        if address and "@" in address and (code or mark) and not address.startswith("?"):
            element.set("href", f"mailto:{address}")
        else:
            del element.attrib["href"]
    if code is None or address is None:
        return
    for child in list(element):
        element.remove(child)
    element.text = address


def _hides(element: HtmlElement) -> bool:
    if element.get("hidden") is not None and (element.get("hidden") or "").lower() != "until-found":
        return True
    if (element.get("aria-hidden") or "").strip().lower() == "true":
        return True
    return bool(_NONE.search(element.get("style") or ""))
