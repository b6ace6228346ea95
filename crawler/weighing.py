"""Which reading of a page to believe, when a redesign, a stale copy or half a page could speak in its place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from changes.canonical import similarity
from changes.compare import compare
from changes.release import Contact, Release, letters
from crawler.reading.extract import read_with
from crawler.reading.layout.pagetext import PageText, page_text
from crawler.reading.profiles import ReleaseRules, SiteProfile

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: A reading this like the last version needs no second opinion.
ALIKE = 0.8
#: A page that says less than this share of what it said must say so twice: half a page looks the same.
SHRUNK = 0.7
#: So few of its telling words are left: another page may stand in its place, or an error in words of its own.
REWRITTEN = 0.3
#: Shorter words are in every text.
TELLING_WORD = 5
#: How the names of rules begin that were guessed and not learnt: what they read may hold more than the release.
GUESSED = "guessed-"
#: What UTF-8 looks like when it is read as windows-1252 or ISO-8859-1; a text about it may have a few.
_TWICE = re.compile("[ÃÂ][\u0080-\u00bf\u2013-\u2122\u0152-\u0192]|â€.")
_MISPRINTS = 2
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
    differ: set[str] = set()  #: fields in which better rules saw a difference
    for one in rules:
        release = read_with(root, one, profile, url)
        if release is None:
            continue
        findings = compare(before, release) if before is not None else ()
        if before is None or (not findings and differ.isdisjoint(release.unread)):
            return release, one
        differ.update(name for finding in findings for name in finding.fields)
        score = similarity(before, release) - _lost_fields(before, release) / 10
        sound = score >= ALIKE and not _lost_fields(before, release)
        if sound and not misread(before, release, page_text(root), _hrefs(root)):
            return release, one
        if best is None or score > best[0]:
            best = (score, release, one)
    return None if best is None else best[1:]


def _hrefs(root: HtmlElement) -> list[str]:
    return [link.get("href") or "" for link in root.iter("a")]


def _lost_fields(before: Release, after: Release) -> int:
    """How many fields the page had and this reading does not see."""
    names = ("lead", "body", "updated", "published", "contacts", "attachments", "kind", "senders")
    return sum(bool(getattr(before, name)) and not getattr(after, name) for name in names)


def says_less(before: Release, after: Release) -> bool:
    """Whether a reading has nothing that an earlier one, by rules that were only guessed, had not: then rules differ."""
    old = letters(_words(before))
    return all(letters(part) in old for part in (after.title, after.lead or "", *(block.text for block in after.body)))


def dubious(before: Release, after: Release, page: PageText, hrefs: Iterable[str]) -> bool:
    """Whether a reading's findings may be the layout's and not the editors': only all pages together can tell.

    It lacks what still stands on the page, or has more blocks than before: a box may have come into every page's text.
    """
    return misread(before, after, page, hrefs) or _grown(before, after)


def _grown(before: Release, after: Release) -> bool:
    """Whether whole blocks have come to the text, beside those that were rewritten."""
    old = Counter(letters(block.text) for block in before.body)
    new = Counter(letters(block.text) for block in after.body)
    return (new - old).total() > (old - new).total()


def garbled(before: Release, after: Release) -> bool:
    """Whether the new text is UTF-8 that somebody took for another encoding and encoded once more: "Ã¥" for "å"."""
    return len(_TWICE.findall(_words(after))) > _MISPRINTS + len(_TWICE.findall(_words(before)))


def _words(release: Release) -> str:
    return " ".join([release.title, release.lead or "", *(block.text for block in release.body)])


def misread(before: Release, after: Release, page: PageText, hrefs: Iterable[str]) -> bool:
    """Whether the new reading lacks something that still stands on the page: then the layout moved, not the text.

    What its rules do not look for proves nothing: it compares as equal anyway.
    """
    said = letters("".join([after.title, after.lead or "", *(block.text.replace(" | ", "") for block in after.body)]))
    keys = [letters(block.text.replace(" | ", "")) for block in before.body]
    gone = [key for key in keys if len(key) >= TELLING and key not in said]
    if any(key in page.text for key in gone):
        return True
    if "contacts" not in after.unread and _contact_left_out(before, after, page):
        return True
    if "updated" not in after.unread and before.updated is not None and after.updated is None:
        raw = letters(before.updated.raw)
        if raw in page.text and (before.published is None or letters(before.published.raw) != raw):
            return True
    if "attachments" in after.unread:
        return False
    offered = {file.url for file in before.attachments} - {file.url for file in after.attachments}
    tails = {href.rsplit("/", 1)[-1] for href in hrefs}
    return any(url.rsplit("/", 1)[-1] in tails for url in offered)


def _contact_left_out(before: Release, after: Release, page: PageText) -> bool:
    now = {letters(contact.text) for contact in after.contacts}
    lost = [contact for contact in before.contacts if letters(contact.text) not in now]
    return any(_still_there(contact, page, "".join(now)) for contact in lost)


def _still_there(contact: Contact, page: PageText, read: str) -> bool:
    """Whether a contact that was not read stands on the page, perhaps with its lines in another order.

    A phone alone tells nothing: the number of the switchboard stands at the foot of every page.
    """
    if (whole := letters(contact.text)) in page.text:
        return whole not in read
    if not contact.name or letters(contact.name) not in page.text or letters(contact.name) in read:
        return False
    return any(letters(way) in page.text for way in (*contact.phones, contact.email or "") if way)


def shrunk(before: Release, after: Release) -> bool:
    """Whether so much text is missing that the page may be half a page."""
    lost = "contacts" not in after.unread and _reachable(before) and not _reachable(after)
    return lost or _length(after) < _length(before) * SHRUNK or _words_left(before, after) < REWRITTEN


def _reachable(release: Release) -> bool:
    """Whether a contact is given with a way to be reached."""
    return any(contact.phones or contact.email for contact in release.contacts)


def _words_left(before: Release, after: Release) -> float:
    """The share of the telling words of a release that a later reading still has."""
    old, new = (
        Counter(word for word in _words(release).casefold().split() if len(word) >= TELLING_WORD)
        for release in (before, after)
    )
    return (old & new).total() / old.total() if old else 1.0


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
