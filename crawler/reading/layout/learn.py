"""Rules for a layout that nobody described, learnt from what its pages said before the redesign.

Most of a site's texts are the same on the day after a redesign as on the day before: the old text of each page is
looked for in the new one, and where it stands on many pages tells where such texts stand on all of them. What is
learnt is trusted field by field, and only where it reads most pages as they read before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from changes.canonical import similarity
from changes.compare import compare
from changes.kinds import Kind
from changes.release import Release, letters
from crawler.reading.extract import read_with
from crawler.reading.layout.foreign import restless_parts, without_foreign
from crawler.reading.layout.lessons import FOUND, NAMERS, TRUSTED, Example, Lesson, lesson, vote_text
from crawler.reading.layout.people import attachments_selector, contact_labels, contacts_selector
from crawler.reading.layout.selectors import common_ancestor, find, ranked, vote
from crawler.reading.layout.stamps import published_sources, updated_sources
from crawler.reading.profiles import ReleaseRules, SiteProfile

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: Fewer pages teach a layout only where they read exactly as before: nothing shows what is strange in it.
FEW = 3
#: So many places of the body are tried before the layout is given up.
TRIED = 4

_READ = ("title", "lead", "kind_line", "identifier", "body", "published", "updated", "contacts", "attachments")
_SOURCE = {"kind": "kind_line", "senders": "kind_line"}


def learn(examples: Iterable[Example], profile: SiteProfile, *, name: str) -> ReleaseRules | None:
    """Rules that read these pages as they read before; None where the pages do not agree on any.

    Args:
        examples: Pages with their last good version; a hundred or so tell all there is to tell.
        profile: The site's profile: its wording and its older rules help.
        name: What the rules shall be called.
    """
    lessons = [page for page in map(lesson, examples) if page is not None]
    title = _title(lessons) if lessons else None
    if title is None:
        return None
    fields: ReleaseRules | None = None
    best: tuple[int, ReleaseRules] | None = None
    for body in _bodies(lessons)[:TRIED]:
        first = ReleaseRules(name=name, region="body", title=(title,), body=(body,), learned=True)
        fields = _with_fields(first, lessons, profile) if fields is None else replace(fields, body=(body,))
        rules = without_foreign(fields, lessons, body)
        rules = replace(rules, region=_region(lessons, rules))
        judged = _trusted(lessons, rules, profile)
        if judged is not None and (best is None or judged[0] < best[0]):
            best = judged
        if best is not None and best[0] == 0:
            break
    return None if best is None else replace(best[1], restless=restless_parts(best[1], lessons))


def _bodies(lessons: Sequence[Lesson]) -> list[str]:
    """The elements that may hold the bodies, tightest first."""

    def measure(selector: str) -> tuple[float, float]:
        right = extra = 0.0
        for page in lessons:
            hits = find(page.root, selector)
            if len(hits) != 1:
                continue
            share = page.covered.get(hits[0], 0) / page.total
            right += share >= 0.9
            extra += len(letters("".join(hits[0].itertext()))) / page.total
        return right / len(lessons), extra / len(lessons)

    holders = [
        element for page in lessons[:NAMERS] for element, part in page.covered.items() if part >= page.total * 0.9
    ]
    return ranked([element for element in holders if element.tag not in ("html", "body")], measure, least=TRUSTED)


def _title(lessons: Sequence[Lesson]) -> str | None:
    return vote_text(lessons, lambda before: [letters(before.title)], least=TRUSTED)


def _with_fields(rules: ReleaseRules, lessons: Sequence[Lesson], profile: SiteProfile) -> ReleaseRules:
    """The rules with sources for what stands beside the body. A field for which nothing is found stays unread."""
    published = published_sources(lessons, profile)
    contacts = contacts_selector(lessons)
    return replace(
        rules,
        noise=() if contacts is None else contact_labels(lessons, contacts),
        lead=_one(vote_text(lessons, lambda before: [letters(before.lead or "")])),
        kind_line=_one(vote_text(lessons, _kind_lines)),
        identifier=_one(vote_text(lessons, lambda before: [letters(before.identifier or "")], inside=True)),
        published=published,
        updated=updated_sources(lessons, profile, published),
        contacts=_one(contacts),
        attachments=_one(attachments_selector(lessons)),
    )


def _one(selector: str | None) -> tuple[str, ...]:
    return () if selector is None else (selector,)


def _kind_lines(before: Release) -> list[str]:
    joined = "".join(map(letters, before.senders))
    if not (before.kind and joined):
        return []
    commas = ",".join(map(letters, before.senders))
    return [f"{letters(before.kind)}{word}{names}" for word in ("från", "from", "fra") for names in (joined, commas)]


def _region(lessons: Sequence[Lesson], rules: ReleaseRules) -> str:
    """The tightest element that holds all that is read."""
    sources = [source for name in _READ for source in getattr(rules, name) if "@" not in source]
    holders: list[HtmlElement] = []
    for page in lessons[:NAMERS]:
        parts = [element for source in sources for element in find(page.root, source)]
        shared = common_ancestor(parts)
        if shared is not None:
            holders.append(shared)

    def measure(selector: str) -> tuple[float, float]:
        right = 0.0
        for page in lessons:
            hits = find(page.root, selector)
            inside = {*hits, *(below for hit in hits for below in hit.iterdescendants())}
            right += len(hits) == 1 and all(
                element in inside for source in sources for element in find(page.root, source)
            )
        return right / len(lessons), 0.0

    return vote(holders, measure, least=1.0) or "body"


def _trusted(lessons: Sequence[Lesson], rules: ReleaseRules, profile: SiteProfile) -> tuple[int, ReleaseRules] | None:
    """The rules without the fields in which they read the pages otherwise than before, and how many bodies they read so.

    None where that is more than some: a body that is read wrong is worse than one that is not read.
    """
    wrong: Counter[str] = Counter()
    same = 0
    for page in lessons:
        after = read_with(page.root, rules, profile, page.example.url)
        if after is None:
            continue
        same += similarity(page.before, after) >= FOUND
        wrong.update(
            name for finding in compare(page.before, after) if finding.kind is Kind.EDITED for name in finding.fields
        )
    allowed = 1 - TRUSTED
    off = wrong["body"] + wrong["title"]
    if same < TRUSTED * len(lessons) or off > max(1, allowed * len(lessons)) or (len(lessons) < FEW and wrong):
        return None
    having = {name: sum(bool(getattr(page.before, name, None)) for page in lessons) for name in wrong}
    drop = {
        _SOURCE.get(name, name) for name in wrong if wrong[name] > max(1, allowed * max(having[name], len(lessons) / 5))
    }
    unread: dict[str, Any] = {name: () for name in _READ if name in drop and name not in ("title", "body")}
    return off, replace(rules, **unread)
