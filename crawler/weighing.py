"""Which reading of a page to believe, when a redesign, a stale copy or half a page could speak in its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from changes.canonical import similarity
from changes.compare import compare
from changes.release import Release, letters
from crawler.reading.extract import read_with
from crawler.reading.layout.pagetext import PageText
from crawler.reading.profiles import ReleaseRules, SiteProfile

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: A reading this like the last version needs no second opinion.
ALIKE = 0.8
#: A page that says less than this share of what it said must say so twice: half a page looks the same.
SHRUNK = 0.4
#: Shorter texts stand on a page by chance.
TELLING = 20


def best_reading(
    root: HtmlElement, rules: Sequence[ReleaseRules], profile: SiteProfile, url: str, before: Release | None
) -> tuple[Release, ReleaseRules] | None:
    """The release on a page, read by the rules that fit it, and of several that fit by those that agree with the past.

    Args:
        root: The page.
        rules: All that are known, the likeliest first.
        profile: The site's profile.
        url: The page's address.
        before: What the page said when it was last read.

    Returns:
        The release and the rules that read it; None where the page fits none.
    """
    best: tuple[float, Release, ReleaseRules] | None = None
    for one in rules:
        release = read_with(root, one, profile, url)
        if release is None:
            continue
        if before is None or not compare(before, release):
            return release, one
        score = similarity(before, release) - _lost_fields(before, release) / 10
        if score >= ALIKE and not _lost_fields(before, release):
            return release, one
        if best is None or score > best[0]:
            best = (score, release, one)
    return None if best is None else best[1:]


def _lost_fields(before: Release, after: Release) -> int:
    """How many fields the page had and this reading does not see."""
    names = ("lead", "body", "updated", "published", "contacts", "attachments", "kind", "senders")
    return sum(bool(getattr(before, name)) and not getattr(after, name) for name in names)


def misread(before: Release, after: Release, page: PageText, hrefs: Iterable[str]) -> bool:
    """Whether the new reading lacks something that still stands on the page: then the layout moved, not the text."""
    said = letters("".join([after.title, after.lead or "", *(block.text.replace(" | ", "") for block in after.body)]))
    keys = [letters(block.text.replace(" | ", "")) for block in before.body]
    gone = [key for key in keys if len(key) >= TELLING and key not in said]
    if any(key in page.text for key in gone):
        return True
    now = {letters(contact.text) for contact in after.contacts}
    lost = {letters(contact.text) for contact in before.contacts} - now
    if any(key in page.text and key not in "".join(now) for key in lost):
        return True
    if before.updated is not None and after.updated is None and letters(before.updated.raw) in page.text:
        return before.published is None or letters(before.published.raw) != letters(before.updated.raw)
    offered = {file.url for file in before.attachments} - {file.url for file in after.attachments}
    tails = {href.rsplit("/", 1)[-1] for href in hrefs}
    return any(url.rsplit("/", 1)[-1] in tails for url in offered)


def shrunk(before: Release, after: Release) -> bool:
    """Whether so much text is missing that the page may be half a page."""
    old, new = _length(before), _length(after)
    return new < old * SHRUNK


def _length(release: Release) -> int:
    return len(release.lead or "") + sum(len(block.text) for block in release.body)


def says_again(before: Release, earlier: Sequence[Release], after: Release) -> bool:
    """Whether some of what changed is back at what an earlier version said.

    A content network may have handed out an old copy. Part by part, because a page is put together from parts of
    different age: an old text below a new banner.
    """
    changed = _aspects(before, after)
    return any(changed - _aspects(release, after) for release in earlier) if changed else False


def _aspects(before: Release, after: Release) -> set[str]:
    """The fields that differ, and the kinds of other findings."""
    findings = compare(before, after)
    return {name for finding in findings for name in (finding.fields or (str(finding.kind),))}
