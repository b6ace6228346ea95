"""Noise, learnt: parts of pages that keep changing by themselves, with the evidence that they do.

A counter, a row of teasers, a clock: each visit finds another text in it, on many pages, and nothing else has changed.
What is found here is proposed to whoever looks after the profile. Nothing is left out before a person has said so: a
part that changes often may be the one that matters.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from changes.blocks import StepOp, align, passages
from changes.kinds import Kind
from changes.release import letters
from crawler.reading.layout.pagetext import PageText, page_text
from crawler.reading.layout.selectors import candidates, common_ancestor, find
from crawler.reading.pages import page_tree

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from crawler.reading.profiles import SiteProfile
    from storage.archive import Archive
    from storage.records import Change, Site, Version

#: Edits that are looked at, newest first.
LATEST = 1_000
#: A part is noise where so many pages changed in it alone, so often, and seldom together with anything else.
PAGES, EDITS, ALONE = 5, 8, 0.7
#: What may stand beside the changed text in such a part (a label, another figure): as much again, and so many letters.
BESIDE = 60
#: It changes at so many of the visits to those pages: what somebody edits does not.
RESTLESS = 0.5
#: Rules of one proposal, and edits shown for each.
MOST, SHOWN = 5, 3

_TEXT = frozenset({"lead", "body", "links"})


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One edit that such a part made: what it said before and after."""

    url: str
    version: int
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class NoiseRule:
    """A part of pages that changes by itself."""

    selector: str
    pages: int  #: that changed in it and nowhere else
    edits: int  #: that were in it and nowhere else
    mixed: int  #: edits in which it changed beside something else
    examples: tuple[Instance, ...]


@dataclass(kw_only=True)
class _Edit:
    """An edit, and under which names the parts that changed can be asked for."""

    change: Change
    page: int
    visits: int  #: of the page, all told, after its first
    before: str = ""
    after: str = ""
    places: list[set[str]] = field(default_factory=list)  #: for each stretch that changed


def propose(archive: Archive, site: Site, profile: SiteProfile) -> list[NoiseRule]:
    """The parts of a site's pages that look like noise, those that made most edits first. Nothing is written."""
    edits = list(_edits(archive, site, profile))
    rules: list[NoiseRule] = []
    while len(rules) < MOST and (rule := _best(edits)) is not None:
        rules.append(rule)
        edits = [edit for edit in edits if not _explained(edit, rule.selector)]
    return rules


def _best(edits: list[_Edit]) -> NoiseRule | None:
    alone: dict[str, list[_Edit]] = defaultdict(list)
    seen: Counter[str] = Counter()
    for edit in edits:
        seen.update(set().union(*edit.places))
        for selector in set.intersection(*edit.places):
            alone[selector].append(edit)
    best: tuple[tuple[int, int, int], str] | None = None
    for selector, found in alone.items():
        pages = len({edit.change.url for edit in found})
        if pages < PAGES or len(found) < EDITS or len(found) < ALONE * seen[selector]:
            continue
        if len(found) < RESTLESS * sum({edit.page: edit.visits for edit in found}.values()):
            continue
        rank = (len(found), -selector.count(":"), -len(selector))
        if best is None or rank > best[0]:
            best = rank, selector
    if best is None:
        return None
    found = alone[best[1]]
    examples = [
        Instance(url=edit.change.url, version=edit.change.after or 0, before=edit.before, after=edit.after)
        for edit in list({edit.change.url: edit for edit in found}.values())[:SHOWN]
    ]
    return NoiseRule(
        selector=best[1],
        pages=len({edit.change.url for edit in found}),
        edits=len(found),
        mixed=seen[best[1]] - len(found),
        examples=tuple(examples),
    )


def _explained(edit: _Edit, selector: str) -> bool:
    return all(selector in place for place in edit.places)


def _edits(archive: Archive, site: Site, profile: SiteProfile) -> Iterator[_Edit]:
    visits: dict[int, int] = {}
    for change in archive.changes(site=site.name, kinds=[Kind.EDITED], limit=LATEST, newest_first=True):
        fields = set(change.finding.fields)
        if not fields or not fields <= _TEXT or change.before is None or change.after is None:
            continue
        page = archive.page(site.id, change.url)
        before, after = (archive.version(page.id, number) if page else None for number in (change.before, change.after))
        if before is None or after is None:
            continue
        if after.page_id not in visits:
            visits[after.page_id] = sum(version.visits for version in archive.versions(after.page_id)) - 1
        edit = _Edit(change=change, page=after.page_id, visits=visits[after.page_id])
        if _locate(edit, archive, profile, before, after):
            yield edit


def _locate(edit: _Edit, archive: Archive, profile: SiteProfile, before: Version, after: Version) -> bool:
    """Find where on the page an edit was; whether all of it could be found there."""
    pages = {version.snapshot_id: _page(archive, profile, version) for version in (before, after)}
    steps = [step for step in align(passages(before.release), passages(after.release)) if step.op is not StepOp.EQUAL]
    changed = [_key(side.text) for step in steps for side in (step.before, step.after) if side is not None]
    for step in steps:
        side, version = (step.after, after) if step.after is not None else (step.before, before)
        page = pages[version.snapshot_id]
        names = _names(page, _key(side.text), changed) if side is not None and page is not None else set()
        if not names:
            return False
        edit.places.append(names)
        edit.before = edit.before or (step.before.text if step.before else "")
        edit.after = edit.after or (step.after.text if step.after else "")
    return bool(edit.places)


def _key(text: str) -> str:
    return letters(text.replace(" | ", " "))


def _page(archive: Archive, profile: SiteProfile, version: Version) -> PageText | None:
    snapshot = archive.snapshot(version.snapshot_id)
    if snapshot is None:
        return None
    kind = next((value for name, value in snapshot.headers if name.lower() == "content-type"), None)
    root = page_tree(archive.payload(snapshot.digest), kind, profile)
    return None if root is None else page_text(root)


def _names(page: PageText, key: str, changed: Sequence[str]) -> set[str]:
    """The selectors under which the part of a page that says a text, and hardly more, can be asked for."""
    most = 2 * len(key) + BESIDE
    names: set[str] = set()
    for start, end in page.places(key):
        element = common_ancestor(page.elements(start, end))
        for _ in range(4):
            if element is None or element.tag in ("html", "body", "main", "article") or _holds_title(element):
                break
            if len(letters(str(element.text_content()))) > most:
                break
            names.update(_tight(candidates(element), element, most, changed))
            element = element.getparent()
    return names


def _tight(selectors: Iterable[str], element: HtmlElement, most: int, changed: Sequence[str]) -> Iterator[str]:
    """Those names that take in hardly anything else, and nothing that stayed as it was.

    A place among others is no name: an edit would move it.
    """
    root = element.getroottree().getroot()
    for selector in selectors:
        if "nth-child" in selector or ":has(" in selector:
            continue
        found = find(root, selector)
        said = [letters(str(one.text_content())) for one in found]
        restless = all(any(key in text or text in key for key in changed) for text in said if text)
        if element in found and restless and sum(map(len, said)) <= most:
            yield selector


def _holds_title(element: HtmlElement) -> bool:
    return element.tag == "h1" or element.find(".//h1") is not None
