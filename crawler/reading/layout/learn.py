"""Rules for a layout that nobody described, learnt from what its pages said before the redesign.

Most of a site's texts are the same on the day after a redesign as on the day before: the old text of each page is
looked for in the new one, and where it stands on many pages tells where such texts stand on all of them. What is
learnt is trusted field by field, and only where it reads most pages as they read before.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from changes.canonical import similarity
from changes.compare import compare
from changes.kinds import Kind
from changes.release import Block, Release, letters
from crawler.reading.dates import Field, field_date, labelled_dates
from crawler.reading.extract import read_with
from crawler.reading.layout.pagetext import PageText, page_text
from crawler.reading.layout.selectors import candidates, common_ancestor, find, signature, vote
from crawler.reading.page import split_source
from crawler.reading.profiles import ReleaseRules, SiteProfile

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: An old text counts as found where so much of it, by letters, stands in the new page.
FOUND = 0.5
#: Rules are taken where they read so many of the pages as the same release as before.
TRUSTED = 0.8
#: Fewer pages teach a layout only where they read exactly as before: nothing shows what is strange in it.
FEW = 3
#: So many elements of one name are looked at to see how much else it means.
_CROWD = 20
#: Shorter blocks stand in menus and teasers too, and prove nothing.
TELLING = 12


@dataclass(frozen=True, kw_only=True)
class Example:
    """A page as it is now, and what it said when it was last read."""

    url: str
    before: Release
    root: HtmlElement


@dataclass(frozen=True)
class _Page:
    """An example with its text, the stretches of its old body that were found, and the elements they stand in."""

    example: Example
    text: PageText
    stretches: tuple[tuple[int, int], ...]
    covered: dict[HtmlElement, int]  #: letters of the old body below an element
    total: int


def learn(examples: Iterable[Example], profile: SiteProfile, *, name: str) -> ReleaseRules | None:
    """Rules that read these pages as they read before; None where the pages do not agree on any.

    Args:
        examples: Pages with their last good version; a hundred or so tell all there is to tell.
        profile: The site's profile: its wording and its older rules help.
        name: What the rules shall be called.
    """
    pages = [page for page in map(_matched, examples) if page is not None]
    if not pages:
        return None
    body = _body(pages)
    title = _title(pages)
    if body is None or title is None:
        return None
    rules = ReleaseRules(name=name, region="body", title=(title,), body=(body,), learned=True)
    rules = _with_fields(rules, pages, profile)
    rules = _without_foreign(rules, pages, body)
    rules = replace(rules, region=_region(pages, rules))
    return _trusted(pages, rules, profile)


def _matched(example: Example) -> _Page | None:
    text = page_text(example.root)
    stretches: list[tuple[int, int]] = []
    covered: Counter[HtmlElement] = Counter()
    total = wanted = 0
    for key in {_key(block) for block in example.before.body}:
        if len(key) < TELLING:
            continue
        wanted += len(key)
        above: set[HtmlElement] = set()
        for start, end in text.places(key):
            stretches.append((start, end))
            for element in text.elements(start, end):
                above.add(element)
                above.update(element.iterancestors())
        total += len(key) if above else 0
        for element in above:
            covered[element] += len(key)
    if total < max(wanted * FOUND, TELLING):
        return None
    return _Page(example, text, tuple(stretches), dict(covered), total)


def _key(block: Block) -> str:
    return letters(block.text.replace(" | ", " "))


def _body(pages: Sequence[_Page]) -> str | None:
    """The tightest element that holds the old bodies."""

    def measure(selector: str) -> tuple[float, float]:
        right = extra = 0.0
        for page in pages:
            hits = find(page.example.root, selector)
            if len(hits) != 1:
                continue
            share = page.covered.get(hits[0], 0) / page.total
            right += share >= 0.9
            extra += len(letters("".join(hits[0].itertext()))) / page.total
        return right / len(pages), extra / len(pages)

    holders = [element for page in pages[:40] for element, part in page.covered.items() if part >= page.total * 0.9]
    return vote([element for element in holders if element.tag not in ("html", "body")], measure, least=TRUSTED)


def _title(pages: Sequence[_Page]) -> str | None:
    return _vote_text(pages, lambda page: [letters(page.example.before.title)], least=TRUSTED)


def _with_fields(rules: ReleaseRules, pages: Sequence[_Page], profile: SiteProfile) -> ReleaseRules:
    """The rules with sources for what stands beside the body. A field for which nothing is found stays unread."""
    known = [one for one in profile.release if not one.learned]
    published = _dates(pages, profile, "published", [source for one in known for source in one.published])
    updating = [source for one in known for source in one.updated]
    updated = _dates(pages, profile, "updated", updating, _date_lines(pages, profile))
    return replace(
        rules,
        lead=_one(_vote_text(pages, lambda page: [letters(page.example.before.lead or "")])),
        kind_line=_one(_vote_text(pages, _kind_lines)),
        identifier=_one(_vote_text(pages, lambda page: [letters(page.example.before.identifier or "")], inside=True)),
        published=published,
        updated=updated,
        contacts=_one(_contacts(pages)),
        attachments=_one(_attachments(pages)),
    )


def _one(selector: str | None) -> tuple[str, ...]:
    return () if selector is None else (selector,)


def _kind_lines(page: _Page) -> list[str]:
    before = page.example.before
    joined = "".join(map(letters, before.senders))
    if not (before.kind and joined):
        return []
    commas = ",".join(map(letters, before.senders))
    return [f"{letters(before.kind)}{word}{names}" for word in ("från", "from", "fra") for names in (joined, commas)]


def _vote_text(
    pages: Sequence[_Page], texts: Callable[[_Page], list[str]], *, inside: bool = False, least: float = 0.6
) -> str | None:
    """The selector of the element that says one of the wanted texts, and is absent where nothing is wanted."""
    wanted = [(page, [text for text in texts(page) if text]) for page in pages]
    positive = [row for row in wanted if row[1]]
    if not positive:
        return None

    def measure(selector: str) -> tuple[float, float]:
        right = extra = 0.0
        for page, keys in positive:
            said = [letters("".join(element.itertext())) for element in find(page.example.root, selector)[:_CROWD]]
            first = said[0] if said else ""
            right += any(key in first for key in keys) if inside else first in keys
            extra += sum(map(len, said))  # what names many elements is no name
        return right / len(positive), extra / len(positive)

    holders = [
        element
        for page, keys in positive[:40]
        for key in keys
        for start, end in page.text.places(key)
        if (element := _holder(page.text.elements(start, end))) is not None
    ]
    return vote(holders, measure, least=least)


def _holder(elements: list[HtmlElement]) -> HtmlElement | None:
    shared = common_ancestor(elements)
    return None if shared is None or shared.tag in ("html", "body") else shared


def _dates(
    pages: Sequence[_Page], profile: SiteProfile, field: Field, known: Sequence[str], lines: Sequence[str] = ()
) -> tuple[str, ...]:
    """Sources of a date, best first. Those of older rules are tried like any other.

    Where no page has the date yet, it is looked for where it would come to stand: in `lines` that label the other
    date, and where it stood before.
    """
    positive = [page for page in pages if (stamp := getattr(page.example.before, field)) and stamp.day]
    negative = [page for page in pages if getattr(page.example.before, field) is None]
    names = Counter([*known, *lines])
    for page in positive[:40]:
        names.update(set(_date_sources(page, profile, field)))
    scored: list[tuple[float, int, str]] = []
    for name, _ in names.most_common(80):
        right = sum(_day(page, name, profile, field) == getattr(page.example.before, field).day for page in positive)
        quiet = sum(_day(page, name, profile, field) is None for page in negative)
        if right >= 0.6 * len(positive) and quiet >= TRUSTED * len(negative) and _alone(pages, name):
            scored.append((-right, len(name), name))
    return tuple(name for _, _, name in sorted(scored)[: 3 if positive else 8])


def _alone(pages: Sequence[_Page], source: str) -> bool:
    """Whether a source means one element of a page, and no part of a text."""
    selector, _ = split_source(source)
    found = [(page, element) for page in pages for element in find(page.example.root, selector)[:_CROWD]]
    return len(found) <= 1.1 * len(pages) and not any(page.covered.get(element) for page, element in found)


def _date_lines(pages: Sequence[_Page], profile: SiteProfile) -> list[str]:
    """Elements in which the date of publication stands behind its label: the other date would stand there too."""
    names: Counter[str] = Counter()
    for page in pages[:40]:
        for element in _short(page):
            text = " ".join(element.itertext())
            found = labelled_dates(text, profile.wording, language=profile.language, zone=profile.time_zone)
            if "published" in found and found["published"].day:
                names.update(set(candidates(element)))
    return [name for name, count in names.most_common(40) if count >= TRUSTED * len(pages[:40])]


def _short(page: _Page) -> Iterator[HtmlElement]:
    """The elements that say no more than a line of dates does."""
    for element in page.example.root.iter("time", "span", "p", "div", "dd", "dl", "ul", "li", "small", "header"):
        if len(" ".join("".join(element.itertext()).split())) < _DATE_LINE:
            yield element


def _date_sources(page: _Page, profile: SiteProfile, field: Field) -> list[str]:
    day = getattr(page.example.before, field).day
    sources: list[str] = []
    for meta in page.example.root.iter("meta"):
        name = meta.get("name")
        if name and _day_in(meta.get("content") or "", field, profile) == day:
            sources.append(f'meta[name="{name}"]@content')
    for element in _short(page):
        if _day_in(" ".join(element.itertext()), field, profile) == day:
            sources.extend(candidates(element))
    return sources


def _day(page: _Page, source: str, profile: SiteProfile, field: Field) -> dt.date | None:
    selector, attribute = split_source(source)
    first = next(iter(find(page.example.root, selector)), None)
    if first is None:
        return None
    text = (first.get(attribute) or "") if attribute else " ".join(first.itertext())
    return _day_in(text, field, profile)


def _day_in(text: str, field: Field, profile: SiteProfile) -> dt.date | None:
    stamp = field_date(text, field, profile.wording, language=profile.language, zone=profile.time_zone)
    return None if stamp is None else stamp.day


#: A line of dates is no longer than this.
_DATE_LINE = 200


def _contacts(pages: Sequence[_Page]) -> str | None:
    def keys(page: _Page) -> list[str]:
        return [letters(contact.text) for contact in page.example.before.contacts]

    positive = [page for page in pages if keys(page)]
    negative = [page for page in pages if not keys(page)]
    if not positive:
        return None

    def measure(selector: str) -> tuple[float, float]:
        right = extra = 0.0
        for page in positive:
            said = "".join(_said(page, element) for element in find(page.example.root, selector))
            right += all(key in said for key in keys(page))
            extra += len(said)
        wrong = sum(any(_said(page, e) for e in find(page.example.root, selector)) for page in negative)
        share = wrong / len(negative) if negative else 0.0
        return right / len(positive) - share, extra / len(positive)

    holders = [
        element
        for page in positive[:40]
        for key in keys(page)
        for start, end in page.text.places(key)
        if (element := _holder(page.text.elements(start, end))) is not None
    ]
    return vote([near for element in holders for near in (element, element.getparent())], measure, least=0.6)


def _said(page: _Page, element: HtmlElement) -> str:
    """The letters of an element, hidden addresses decoded."""
    inside = {element, *element.iterdescendants()}
    text, starts, owners = page.text.text, page.text.starts, page.text.owners
    ends = (*starts[1:], len(text))
    return "".join(text[start:end] for start, end, owner in zip(starts, ends, owners, strict=True) if owner in inside)


def _attachments(pages: Sequence[_Page]) -> str | None:
    def paths(page: _Page) -> set[str]:
        return {_tail(file.url) for file in page.example.before.attachments}

    positive = [page for page in pages if paths(page)]
    if not positive:
        return None

    def measure(selector: str) -> tuple[float, float]:
        right = 0.0
        for page in pages:
            right += {_tail(link.get("href") or "") for link in find(page.example.root, selector)} == paths(page)
        return right / len(pages), 0.0

    links = [
        link
        for page in positive[:40]
        for link in page.example.root.iter("a")
        if _tail(link.get("href") or "") in paths(page)
    ]
    return vote(links, measure, least=TRUSTED)


def _tail(url: str) -> str:
    """An address without scheme, host and rotating prefix: what stays when a site is rebuilt."""
    return url.split("#", 1)[0].rstrip("/").rsplit("/", 2)[-1] if url else ""


def _without_foreign(rules: ReleaseRules, pages: Sequence[_Page], body: str) -> ReleaseRules:
    """The rules with what stands among the body's blocks on many pages, and never was part of a body, cut out."""
    hits: Counter[str] = Counter()
    misses: Counter[str] = Counter()
    tails: Counter[str] = Counter()
    for page in pages:
        holder = find(page.example.root, body)
        if len(holder) != 1:
            continue
        own, strange = _inside(page, holder[0])
        hits.update({signature(element, holder[0]) for element in own})
        misses.update({signature(element, holder[0]) for element in strange})
        tails.update({letters("".join(element.itertext())) for element in strange})
    least = max(2, round(len(pages) * 0.05))
    remove = [f"{body} > {path}" for path in misses if not hits[path] and misses[path] >= least]
    ends = [text for text, count in tails.items() if text and count >= max(3, len(pages) * 0.3)]
    return replace(
        rules,
        body_remove=tuple(dict.fromkeys(remove)),
        body_ends=tuple(text for text in ends if _ends_all(pages, body, text)),
    )


def _inside(page: _Page, holder: HtmlElement) -> tuple[list[HtmlElement], list[HtmlElement]]:
    """The elements of a body that hold old text, and the highest ones that hold none of it but say something."""
    own: list[HtmlElement] = []
    strange: list[HtmlElement] = []
    stack = [child for child in holder if isinstance(child.tag, str)]
    while stack:
        element = stack.pop()
        if page.covered.get(element):
            own.append(element)
            stack.extend(child for child in element if isinstance(child.tag, str))
        elif letters("".join(element.itertext())):
            strange.append(element)
    return own, strange


def _ends_all(pages: Sequence[_Page], body: str, text: str) -> bool:
    """Whether no page has old text behind a block that says this."""
    for page in pages:
        for holder in find(page.example.root, body)[:1]:
            behind = False
            for child in holder.iterdescendants():
                if behind and page.covered.get(child):
                    return False
                behind = behind or (
                    isinstance(child.tag, str)
                    and not page.covered.get(child)
                    and letters("".join(child.itertext())) == text
                )
    return True


def _region(pages: Sequence[_Page], rules: ReleaseRules) -> str:
    """The tightest element that holds all that is read."""
    sources = [source for name in _READ for source in getattr(rules, name) if "@" not in source]
    holders: list[HtmlElement] = []
    for page in pages[:40]:
        parts = [element for source in sources for element in find(page.example.root, source)]
        shared = common_ancestor(parts)
        if shared is not None:
            holders.append(shared)

    def measure(selector: str) -> tuple[float, float]:
        right = 0.0
        for page in pages:
            hits = find(page.example.root, selector)
            inside = {*hits, *(below for hit in hits for below in hit.iterdescendants())}
            right += len(hits) == 1 and all(
                element in inside for source in sources for element in find(page.example.root, source)
            )
        return right / len(pages), 0.0

    return vote(holders, measure, least=1.0) or "body"


_READ = ("title", "lead", "kind_line", "identifier", "body", "published", "updated", "contacts", "attachments")


def _trusted(pages: Sequence[_Page], rules: ReleaseRules, profile: SiteProfile) -> ReleaseRules | None:
    """The rules without the fields in which they read the pages otherwise than before; None where the body is wrong."""
    wrong: Counter[str] = Counter()
    same = 0
    for page in pages:
        before = page.example.before
        after = read_with(page.example.root, rules, profile, page.example.url)
        if after is None:
            continue
        same += similarity(before, after) >= FOUND
        wrong.update(
            name for finding in compare(before, after) if finding.kind is Kind.EDITED for name in finding.fields
        )
    if same < TRUSTED * len(pages) or (len(pages) < FEW and wrong):
        return None
    having = {name: sum(bool(getattr(page.example.before, name, None)) for page in pages) for name in wrong}
    allowed = 1 - TRUSTED
    drop = {
        _SOURCE.get(name, name) for name in wrong if wrong[name] > max(1, allowed * max(having[name], len(pages) / 5))
    }
    kept: dict[str, tuple[str, ...]] = {
        name: () if name in drop else getattr(rules, name) for name in _READ if name not in ("title", "body")
    }
    return msgspec.convert(msgspec.to_builtins(rules) | kept, ReleaseRules)


_SOURCE = {"kind": "kind_line", "senders": "kind_line"}
