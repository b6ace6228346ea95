"""Where a new layout prints its press contacts and its files, learnt from those that its pages had before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from changes.release import Contact, letters
from crawler.reading.contacts import reaches
from crawler.reading.layout.lessons import NAMERS, TRUSTED, Lesson, holder
from crawler.reading.layout.selectors import find, signature, vote

if TYPE_CHECKING:
    from lxml.html import HtmlElement


def facts(contact: Contact) -> list[str]:
    """What of a contact stays the same in every layout: the letters of its name, role, numbers and address."""
    known = [contact.name, contact.role, *contact.phones, contact.email]
    return [letters(fact) for fact in known if fact] or [letters(contact.text)]


def contacts_selector(lessons: Sequence[Lesson]) -> str | None:
    """The selector of the elements that hold a page's contacts, and are absent where it has none."""
    positive = [page for page in lessons if page.before.contacts]
    negative = [page for page in lessons if not page.before.contacts]
    if not positive:
        return None

    def measure(selector: str) -> tuple[float, float]:
        right = extra = 0.0
        for page in positive:
            said = "".join(_said(page, element) for element in find(page.root, selector))
            right += all(fact in said for contact in page.before.contacts for fact in facts(contact))
            extra += len(said)
        wrong = sum(any(reaches(_said(page, e)) for e in find(page.root, selector)) for page in negative)
        share = wrong / len(negative) if negative else 0.0
        return right / len(positive) - share, extra / len(positive)

    holders = [
        element
        for page in positive[:NAMERS]
        for contact in page.before.contacts
        if (element := _around(page, facts(contact))) is not None
    ]
    near = [one for element in holders for one in (element, element.getparent()) if one is not None]
    return vote(near, measure, least=0.6)


def _around(page: Lesson, wanted: Sequence[str]) -> HtmlElement | None:
    """The lowest element that holds all of some facts, each at its place nearest to the first."""
    places = [list(page.text.places(fact)) for fact in wanted]
    if not all(places):
        return None
    rarest = min(places, key=len)
    best: tuple[int, list[tuple[int, int]]] | None = None
    for anchor in rarest[:10]:
        near = [min(some, key=lambda place: abs(place[0] - anchor[0])) for some in places]
        width = max(end for _, end in near) - min(start for start, _ in near)
        if best is None or width < best[0]:
            best = width, near
    if best is None:
        return None
    return holder([element for start, end in best[1] for element in page.text.elements(start, end)])


def contact_labels(lessons: Sequence[Lesson], selector: str) -> tuple[str, ...]:
    """CSS of what stands in the contact blocks of many pages and tells nothing of a person: headings, labels."""
    strange: Counter[str] = Counter()
    kept: set[str] = set()
    for page in lessons:
        told = [fact for contact in page.before.contacts for fact in facts(contact)]
        whole = "".join(letters(contact.text) for contact in page.before.contacts)
        for block in find(page.root, selector) if told else ():
            for element in block.iterdescendants():
                text = _said(page, element) if isinstance(element.tag, str) else ""
                path = signature(element, block)
                if not text:
                    continue
                if text in whole or any(fact in text or text in fact for fact in told):
                    kept.add(path)
                else:
                    strange[path] += 1
    return tuple(f"{selector} > {path}" for path, count in strange.items() if count > 1 and path not in kept)


def _said(page: Lesson, element: HtmlElement) -> str:
    """The letters of an element, hidden addresses decoded."""
    inside = {element, *element.iterdescendants()}
    text, starts, owners = page.text.text, page.text.starts, page.text.owners
    ends = (*starts[1:], len(text))
    return "".join(text[start:end] for start, end, owner in zip(starts, ends, owners, strict=True) if owner in inside)


def attachments_selector(lessons: Sequence[Lesson]) -> str | None:
    """The selector of the links to a page's files, and to nothing else."""
    positive = [page for page in lessons if page.before.attachments]
    if not positive:
        return None

    def measure(selector: str) -> tuple[float, float]:
        right = 0.0
        for page in lessons:
            found = {tail(link.get("href") or "") for link in find(page.root, selector)}
            right += found == tails(file.url for file in page.before.attachments)
        return right / len(lessons), 0.0

    links = [
        link
        for page in positive[:NAMERS]
        for link in page.root.iter("a")
        if tail(link.get("href") or "") in tails(file.url for file in page.before.attachments)
    ]
    return vote(links, measure, least=TRUSTED, also=sorted(set(_by_address(links))))


def _by_address(links: Iterable[HtmlElement]) -> Iterator[str]:
    """Selectors of links by the folder and the kind of file that they lead to."""
    for link in links:
        path = (link.get("href") or "").split("?", 1)[0].split("#", 1)[0]
        folders = [part for part in path.split("://", 1)[-1].split("/")[:-1] if part.isascii() and part.isalpha()]
        yield from (f'a[href*="/{folder}/"]' for folder in folders[:3])
        _, dot, kind = path.rsplit("/", 1)[-1].rpartition(".")
        if dot and kind.isalnum() and len(kind) <= 5:
            yield f'a[href$=".{kind}"]'


def tails(urls: Iterable[str]) -> set[str]:
    """The tails of some addresses."""
    return {tail(url) for url in urls}


def tail(url: str) -> str:
    """An address without scheme, host and rotating prefix: what stays when a site is rebuilt."""
    return url.split("#", 1)[0].split("?", 1)[0].rstrip("/").rsplit("/", 2)[-1] if url else ""
