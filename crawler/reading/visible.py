"""A copy of a page in which everything stands as a reader sees it: nothing hidden, no address in cipher.

The copy's lines can be taken out where they stand: that is how a site's notices leave the text.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from lxml import etree

from changes.release import normalise
from crawler.reading.hidden import UNSEEN, decode_address, hides
from crawler.reading.page import body_of, remove
from crawler.reading.sheets import INLINE

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from lxml.html import HtmlElement

_UNSEEN = tuple(sorted(UNSEEN - {"head"}))
_CODED_OR_HIDDEN = etree.XPath(
    "descendant::*[@data-cfemail or @hidden or @aria-hidden or @style]"
    " | descendant::a[contains(@href, '/cdn-cgi/l/email-protection')]"
)

Slot = tuple["HtmlElement", Literal["text", "tail"]]


@dataclass(frozen=True, kw_only=True)
class TextLine:
    """One line that a reader sees, not yet normalised, and the places in the tree that its text stands in."""

    text: str
    slots: tuple[Slot, ...]


def visible_copy(top: HtmlElement) -> HtmlElement:
    """A page, or a part of one, once more, without what is hidden in it and with hidden addresses written out.

    The first is left alone.
    """
    seen = copy.deepcopy(top)
    seen.tail = None
    etree.strip_elements(seen, *_UNSEEN, with_tail=False)
    for element in cast("list[HtmlElement]", _CODED_OR_HIDDEN(body_of(seen))):
        if hides(element):
            remove(element)
        else:
            _decode(element)
    return seen


def shown(element: HtmlElement) -> str:
    """What a reader sees of an element, in one line."""
    if len(element) == 0:
        return normalise(element.text or "")
    return normalise(" ".join(line.text for line in text_lines(element)))


def text_lines(top: HtmlElement) -> list[TextLine]:
    """The lines of an element, in page order: a block or a line break ends a line."""
    writer = _Lines()
    for event, node in etree.iterwalk(top, events=("start", "end")):
        element = cast("HtmlElement", node)
        if element.tag not in INLINE:
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
