"""What stands among the blocks of a body, or around them, and is no part of a release: to be cut out, or not watched."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from changes.release import letters
from crawler.reading.layout.lessons import Lesson
from crawler.reading.layout.selectors import find, signature
from crawler.reading.page import split_source
from crawler.reading.profiles import ReleaseRules

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: A text that stands on so many pages, and this share of them, without ever having been part of a body, is furniture.
OFTEN, SHARE = 3, 0.3
#: On so many pages a text may stand in a teaser by chance.
CHANCE = 0.05
#: Positions that are tried for what has no name of its own and says something else each time.
_ENDS = (":first-child", ":last-child", ":nth-child(2)", ":nth-last-child(2)")
_READ = ("title", "lead", "kind_line", "identifier", "body", "published", "updated", "contacts", "attachments")


def without_foreign(rules: ReleaseRules, lessons: Sequence[Lesson], body: str) -> ReleaseRules:
    """The rules with what is foreign to the texts cut out of them: by its name, its place, its words or what it follows."""
    holders = [(page, found[0]) for page in lessons if len(found := find(page.root, body)) == 1]
    sorted_out = [(page, top, *_inside(page, top)) for page, top in holders]
    hits = Counter(path for _, top, own, _ in sorted_out for path in {signature(one, top) for one in own})
    misses = Counter(path for _, top, _, strange in sorted_out for path in {signature(one, top) for one in strange})
    least = max(2, round(len(lessons) * 0.05))
    named = [path for path in misses if not hits[path] and misses[path] >= least]
    unnamed = [(top, [one for one in strange if signature(one, top) not in named]) for _, top, _, strange in sorted_out]
    texts = Counter(text for _, some in unnamed for text in {letters("".join(one.itertext())) for one in some})
    often = [text for text, count in texts.items() if text and count >= max(OFTEN, len(lessons) * SHARE)]
    ends = tuple(text for text in often if _ends_all(holders, text))
    behind = [f"{path} ~ *" for path in named if " > " not in path and _nothing_behind(holders, path)]
    by_place = [place for place in _places(unnamed, often) if _never_own(holders, place, least)]
    return replace(
        rules,
        body_remove=tuple(f"{body} > {path}" for path in dict.fromkeys([*named, *behind, *by_place])),
        body_ends=ends,
        body_skips=tuple(text for text in often if text not in ends),
    )


def _inside(page: Lesson, top: HtmlElement) -> tuple[list[HtmlElement], list[HtmlElement]]:
    """The elements of a body that hold old text, and the highest ones that hold none of it but say something."""
    own: list[HtmlElement] = []
    strange: list[HtmlElement] = []
    stack = [child for child in top if isinstance(child.tag, str)]
    while stack:
        element = stack.pop()
        if page.covered.get(element):
            own.append(element)
            stack.extend(child for child in element if isinstance(child.tag, str))
        elif letters("".join(element.itertext())) and element.tag not in ("br", "script", "style"):
            strange.append(element)
    return own, strange


def _nothing_behind(holders: Sequence[tuple[Lesson, HtmlElement]], path: str) -> bool:
    """Whether hardly a page has old text behind an element of this name, and some have other things there.

    A teaser may say by chance what stands in a text as well.
    """
    some = against = 0
    for page, top in holders:
        marks = [child for child in top if isinstance(child.tag, str) and signature(child, top) == path]
        if not marks:
            continue
        after = [one for one in marks[0].itersiblings() if isinstance(one.tag, str)]
        against += any(page.covered.get(one) for one in after)
        some += bool(after)
    return some >= OFTEN and against <= some * CHANCE


def _places(unnamed: Sequence[tuple[HtmlElement, list[HtmlElement]]], often: Sequence[str]) -> list[str]:
    """Places in a body where strange things stand that neither a name nor the same words tell from the text."""
    tags = Counter(
        str(one.tag)
        for top, some in unnamed
        for one in some
        if one.getparent() is top and str(one.tag).isalnum() and letters("".join(one.itertext())) not in often
    )
    return [f"{tag}{place}" for tag, count in tags.items() if count >= OFTEN for place in _ENDS]


def _never_own(holders: Sequence[tuple[Lesson, HtmlElement]], place: str, least: int) -> bool:
    """Whether what stands at a place of a body was never part of one."""
    strange = 0
    for page, top in holders:
        for element in find(top, place):
            if element.getparent() is not top:
                continue
            if page.covered.get(element) or len(letters("".join(element.itertext()))) == 0:
                return False
            key = letters("".join(element.itertext()))
            if any(key == letters(block.text) for block in page.before.body):
                return False
            strange += 1
    return strange >= max(least, 0.5 * len(holders))


def _ends_all(holders: Iterable[tuple[Lesson, HtmlElement]], text: str) -> bool:
    """Whether hardly a page has old text behind a block that says this, and some have other things there."""
    some = against = 0
    for page, top in holders:
        behind = after = wrong = False
        for child in top.iterdescendants():
            if not isinstance(child.tag, str):
                continue
            wrong = wrong or (behind and bool(page.covered.get(child)))
            after = after or behind
            behind = behind or (not page.covered.get(child) and letters("".join(child.itertext())) == text)
        some += after
        against += wrong
    return some >= OFTEN and against <= some * CHANCE


def restless_parts(rules: ReleaseRules, lessons: Sequence[Lesson]) -> tuple[str, ...]:
    """CSS of what in the region says something else on each page and was never part of a release.

    It is left out of the fingerprint alone: a page is looked at again whenever anything else of it moves.
    """
    kept: set[str] = set()
    said: dict[str, set[str]] = defaultdict(set)
    for page in lessons:
        top = next(iter(find(page.root, rules.region)), None)
        if top is None:
            continue
        telling = set(_telling(page, rules))
        for path, text in _paths(page, top, telling, kept):
            said[path].add(text)
    quiet = [path for path, texts in said.items() if path not in kept and len(texts) > 1]
    removed = (selector for selector in rules.body_remove if not _tells(selector, rules, lessons))
    return (*(f"{rules.region} > {path}" for path in quiet), *removed)


def _tells(selector: str, rules: ReleaseRules, lessons: Sequence[Lesson]) -> bool:
    """Whether anything but the body is read from what a selector means, from above it or from below it.

    What is cut out of the body may be read as a title, a date or a contact; then its changes count.
    """
    for page in lessons:
        fields = set(_telling(page, rules, besides="body"))
        around = {above for element in fields for above in element.iterancestors()}
        for element in find(page.root, selector):
            if element in fields or element in around or not fields.isdisjoint(element.iterancestors()):
                return True
    return False


def _telling(page: Lesson, rules: ReleaseRules, *, besides: str = "") -> Iterator[HtmlElement]:
    """The elements from which something is read, `besides` one field."""
    for name in _READ:
        if name == besides:
            continue
        for source in getattr(rules, name):
            yield from find(page.root, split_source(source)[0])


def _paths(page: Lesson, top: HtmlElement, fields: set[HtmlElement], kept: set[str]) -> Iterator[tuple[str, str]]:
    """The highest elements that tell nothing of the release, by path and words; `kept` takes the paths of all others."""
    around = {above for element in fields for above in element.iterancestors()}
    stack = [child for child in top if isinstance(child.tag, str)]
    while stack:
        element = stack.pop()
        path = signature(element, top)
        if element in fields:  # all of it is read
            kept.add(path)
            kept.update(signature(below, top) for below in element.iterdescendants() if isinstance(below.tag, str))
        elif element in around or page.covered.get(element):
            kept.add(path)
            stack.extend(child for child in element if isinstance(child.tag, str))
        elif text := letters("".join(element.itertext())):
            yield path, text
