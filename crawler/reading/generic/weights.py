"""How much each part of a page says: letters of running text, and letters in links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.reading.hidden import UNSEEN, hides

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: What says something of a form, and is no running text: a filter's list of names is longer than many a release.
_CONTROLS = frozenset(("label", "legend", "button", "option", "textarea"))


@dataclass(frozen=True)
class Weights:
    """Letters of running text and letters in links, of each element with all below it; nothing for what is not seen."""

    prose: dict[HtmlElement, int]
    linked: dict[HtmlElement, int]

    def share_linked(self, element: HtmlElement) -> float:
        """How much of what an element says stands in links."""
        linked = self.linked.get(element, 0)
        return linked / max(1, linked + self.prose.get(element, 0))

    def without(self, parts: frozenset[HtmlElement]) -> Weights:
        """The weights as they are without some parts, none of which stands in another."""
        prose, linked = dict(self.prose), dict(self.linked)
        for part in parts:
            if part not in prose:
                continue
            lost, led = self.prose[part], self.linked[part]
            for up in part.iterancestors():
                if up in prose:
                    prose[up] -= lost
                    linked[up] -= led
            for below in part.iter():
                prose.pop(below, None)
                linked.pop(below, None)
        return Weights(prose, linked)

    def letters(self, element: HtmlElement) -> int:
        """How much an element says."""
        return self.linked.get(element, 0) + self.prose.get(element, 0)


def weigh(body: HtmlElement) -> Weights:
    """How much each element says, without what is hidden."""
    prose: dict[HtmlElement, int] = {}
    linked: dict[HtmlElement, int] = {}
    seen: list[tuple[HtmlElement, bool]] = []
    stack: list[tuple[HtmlElement, bool]] = [(body, False)]
    while stack:
        element, link = stack.pop()
        link = link or element.tag == "a"
        seen.append((element, link))
        stack.extend(
            (child, link)
            for child in element
            if child.tag not in UNSEEN and child.tag not in _CONTROLS and not hides(child)
        )
    for element, link in reversed(seen):
        own = _size(element.text)
        said = led = 0
        for child in element:
            if child.tail:
                own += _size(child.tail)
            if child in prose:
                said += prose[child]
                led += linked[child]
        prose[element] = said if link else said + own
        linked[element] = led + own if link else led
    return Weights(prose, linked)


def _size(text: str | None) -> int:
    return len("".join(text.split())) if text else 0
