"""What stands in the text of many pages of a site in the same words: no release says it, and its edits are no news."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from changes.release import letters
from crawler.reading.generic.rules import FILE, KIND, MARK, NOISE, PEOPLE, TEXT
from crawler.reading.hidden import UNSEEN, hides
from crawler.reading.layout.selectors import candidates
from crawler.reading.page import select

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.html import HtmlElement

#: So few pages teach nothing, and a text that stands on fewer than this share of them may be a refrain.
FEWEST, SHARE = 8, 0.5
#: A shorter text may be said by chance, and a longer one is no furniture.
SHORTEST, LONGEST = 25, 1_500
#: Names that are tried for each such text.
_TRIED = 40


def boilerplate(roots: Sequence[HtmlElement]) -> tuple[str, ...]:
    """Names (CSS) of the elements that hold such texts, on pages that have been marked; none where there are too few.

    A name is taken only where it means nothing else on any of the pages, and says where by a name that the site itself
    gave, not by a place. Contacts and files are never taken: what they say is news on however many pages.
    """
    if len(roots) < FEWEST:
        return ()
    parts = [list(_parts(root)) for root in roots]
    counts = Counter(text for page in parts for text in {text for _, text in page})
    often = {text for text, count in counts.items() if count >= max(3, SHARE * len(roots))}
    holders: dict[str, list[HtmlElement]] = defaultdict(list)
    for page in parts:
        chosen = {element for element, text in page if text in often}
        for element, text in page:
            if element in chosen and chosen.isdisjoint(element.iterancestors()):
                holders[text].append(element)
    found = (_name(elements, roots, often) for elements in holders.values())
    return tuple(sorted({name for name in found if name is not None}))


def _parts(root: HtmlElement) -> Iterator[tuple[HtmlElement, str]]:
    """The elements of a page's text with their letters, where those could be furniture."""
    for holder in select(root, f"[{MARK}~={TEXT}]")[:1]:
        stack = [child for child in holder if isinstance(child.tag, str)]
        while stack:
            element = stack.pop()
            marks = (element.get(MARK) or "").split()
            if element.tag in UNSEEN or hides(element) or not {NOISE, PEOPLE, KIND, FILE}.isdisjoint(marks):
                continue
            stack.extend(child for child in element if isinstance(child.tag, str))
            text = letters("".join(element.itertext()))
            if SHORTEST <= len(text) <= LONGEST and not select(element, f"[{MARK}~={PEOPLE}], [{MARK}~={FILE}]"):
                yield element, text


def _name(elements: Sequence[HtmlElement], roots: Sequence[HtmlElement], often: set[str]) -> str | None:
    """A name under which these elements are found, and nothing that is not said often."""
    names = Counter(name for element in elements for name in dict.fromkeys(candidates(element)))
    tried = (name for name, _ in names.most_common(_TRIED) if "." in name or "#" in name or "[" in name)
    for name in tried:
        if ":" in name:  # by its place among others, which may be another's tomorrow
            continue
        texts = [letters("".join(one.itertext())) for root in roots for one in select(root, name)]
        if len(texts) >= len(elements) * 0.9 and all(text in often for text in texts):
            return name
    return None
