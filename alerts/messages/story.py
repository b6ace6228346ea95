"""One change as its reader is told of it, in their language: data for the HTML and the plain part alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from alerts.messages.catalogue import Words
from alerts.messages.core import core
from alerts.messages.dates import says
from alerts.messages.passages import Passage, passages
from alerts.messages.text import clean, linkable
from alerts.told import Told
from changes.canonical import address
from changes.kinds import Finding, Kind
from changes.labels import Label
from changes.release import NoticeKind, Release

#: Letters of a title, of a sender's name, and of a line that the site or its page wrote.
TITLE, SENDER, LINE = 160, 60, 400
_NOTICES = {
    Kind.ARCHIVED: NoticeKind.ARCHIVED,
    Kind.UNARCHIVED: NoticeKind.ARCHIVED,
    Kind.WITHDRAWN: NoticeKind.WITHDRAWN,
    Kind.REINSTATED: NoticeKind.WITHDRAWN,
    Kind.OFFICEHOLDER: NoticeKind.OFFICEHOLDER,
}
#: Kinds that tell of a mark taken away: it stood in the earlier version.
_UNMARKED = frozenset({Kind.UNARCHIVED, Kind.REINSTATED})
#: Letters by which two words are forms of one.
_STEM = 5
#: Edits that a title itself announces, with the word that then stands for them.
_ANNOUNCED = (Label.CANCELLED, Label.CORRECTION, Label.REMINDER)


@dataclass(frozen=True, kw_only=True)
class Link:
    """Words, and the address that they lead to."""

    text: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Story:
    """A change in words. Text is cleaned and bounded, not escaped; addresses may be linked."""

    kind: str
    badge: str  #: "Changed"
    headline: str  #: what follows the badge in a subject
    title: str
    url: str | None
    sender: str
    site: str
    silent: str | None
    about: str | None
    facts: tuple[str, ...]
    quoted: str | None  #: words that introduce `quotes`
    quotes: tuple[str, ...]  #: lines that the site itself wrote
    passages: tuple[Passage, ...]
    more: str | None  #: how many passages are left out
    says: str | None  #: what the page says about its dates
    seen: str
    links: tuple[Link, ...]


def story(told: Told, words: Words, *, most: int) -> Story:
    """A change told with at most `most` passages of its edit."""
    finding = told.change.finding
    shown = told.after or told.before
    found = _passages(told)
    badge, headline = _headline(told, words, found)
    notices = _notices(told)
    gone = told.change.kind in _UNMARKED
    return Story(
        kind=str(told.change.kind),
        badge=badge,
        headline=headline,
        title=title_of(told, words),
        url=None if told.change.kind is Kind.REMOVED else linkable(told.release_url),
        sender=sender_of(shown, told.site_title),
        site=clean(told.site_title, SENDER),
        silent=words("say.silent") if finding.silent else None,
        about=_about(told, words),
        facts=tuple(_facts(told, words, told_by_passages=bool(found))),
        quoted=words("say.site_had_written" if gone else "say.site_wrote") if notices else None,
        quotes=notices,
        passages=found[:most],
        more=words("say.more_places", n=len(found) - most) if len(found) > most else None,
        says=says(told, words),
        seen=words("say.seen", when=words.when(told.change.detected_at)),
        links=tuple(_links(told, words)),
    )


def title_of(told: Told, words: Words) -> str:
    """The title of a change's release, never empty."""
    shown = told.after or told.before
    return clean(told.change.title or (shown.title if shown else ""), TITLE) or words("say.untitled")


def sender_of(release: Release | None, site_title: str) -> str:
    """Who sent a release; the site where it does not say."""
    return clean(", ".join(senders_of(release)[:3]), 2 * SENDER) or clean(site_title, SENDER)


def senders_of(release: Release | None) -> list[str]:
    """The names of all who sent a release."""
    return [name for one in (release.senders if release else ()) if (name := clean(one, SENDER))]


def _passages(told: Told) -> tuple[Passage, ...]:
    if told.change.kind is not Kind.EDITED or told.before is None or told.after is None:
        return ()
    return passages(told.before, told.after)


def _headline(told: Told, words: Words, found: tuple[Passage, ...]) -> tuple[str, str]:
    """The word that says what happened, and what it happened to."""
    finding, title = told.change.finding, title_of(told, words)
    badge = words(f"badge.{told.change.kind}")
    match told.change.kind:
        case Kind.EDITED:
            if "title" in finding.fields:
                for label in _ANNOUNCED:
                    if label in finding.labels:
                        word = words(f"badge.{label}")
                        return word, _without(title, word)
            return badge, core(found, words) or title
        case Kind.OFFICEHOLDER:
            who = clean(", ".join(filter(None, (finding.person, finding.role))), TITLE)
            return badge, who if finding.person else title
        case Kind.ATTACHMENT:
            return badge, _file_name(told) or title
        case _:
            return badge, title


def _without(title: str, word: str) -> str:
    """A title that does not begin with the word that stands before it anyhow, or with a form of it ("Inställd")."""
    head, colon, rest = title.partition(":")
    same = head.strip().casefold()[:_STEM] == word.casefold()[:_STEM] and len(head.split()) == 1
    return rest.strip() if colon and rest.strip() and same else title


def _about(told: Told, words: Words) -> str | None:
    labels = [words.maybe(f"label.{label}", label) for label in told.change.finding.labels]
    return words("say.about", labels=", ".join(labels)) if labels else None


def _facts(told: Told, words: Words, *, told_by_passages: bool) -> Iterator[str]:
    """The particulars of a change, a line each."""
    match told.change.kind:
        case Kind.PUBLISHED:
            yield from _opening(told.after or told.before)
        case Kind.EDITED:
            if not told_by_passages:
                yield from _parts(told, words)
        case Kind.REMOVED:
            status = told.change.finding.status
            yield words("say.answers", status=str(status)) if status else words("say.not_served")
            yield words("say.address", url=clean(told.release_url, LINE))
        case Kind.REINSTATED:
            yield words("say.taken_back")
        case Kind.RESTORED:
            yield words("say.came_back")
        case Kind.MOVED:
            yield from _addresses(told, words)
        case Kind.ATTACHMENT:
            yield words("say.file", name=_file_name(told) or clean(told.change.finding.href, LINE))
            yield words("say.same_link")
        case _:
            yield from stated(told.change.finding, words)


def _parts(told: Told, words: Words) -> Iterator[str]:
    """The parts of a release that an edit touched, where its words cannot be shown."""
    names = [name for name in told.change.finding.fields if name not in ("published", "updated")]
    if names:
        yield words("say.changed_parts", fields=", ".join(words.maybe(f"field.{name}", name) for name in names))


def _addresses(told: Told, words: Words) -> Iterator[str]:
    if told.change.finding.was:
        yield words("say.was_at", url=clean(told.change.finding.was, LINE))
    yield words("say.now_at", url=clean(told.release_url, LINE))


def stated(finding: Finding, words: Words) -> Iterator[str]:
    """What a site's mark states, a line each: person, period, government, reason."""
    if finding.person or finding.role:
        yield clean(", ".join(filter(None, (finding.person, finding.role))), LINE)
    if period := words.period(finding.period):
        yield words("say.period", text=period)
    if finding.government:
        yield words("say.government", text=clean(finding.government, LINE))
    if finding.reason:
        yield words("say.reason", text=clean(finding.reason, LINE))


def _notices(told: Told) -> tuple[str, ...]:
    """The lines that the site put on the page, or had there before it took them away."""
    kind = _NOTICES.get(told.change.kind)
    release = told.before if told.change.kind in _UNMARKED else told.after
    if kind is None or release is None:
        return ()
    return tuple(clean(notice.text, LINE) for notice in release.notices if notice.kind is kind)[:3]


def _opening(release: Release | None) -> Iterator[str]:
    """How a release begins."""
    if release is None:
        return
    text = release.lead or next((block.text for block in release.body if len(block.text) > 40), "")
    if text := clean(text, LINE):
        yield text


def _file_name(told: Told) -> str:
    href, release = told.change.finding.href, told.after or told.before
    if not href:
        return ""
    wanted = address(href)
    names = (file.name for file in (release.attachments if release else ()) if address(file.url) == wanted)
    return clean(next(names, ""), TITLE) or clean(href.rstrip("/").rsplit("/", 1)[-1], TITLE)


def _links(told: Told, words: Words) -> Iterator[Link]:
    change = told.change
    both = None not in (change.before, change.after) and change.before != change.after
    for key, url in (
        ("say.link_release", None if change.kind is Kind.REMOVED else told.release_url),
        ("say.link_diff", told.diff_url if both else None),
        ("say.link_wayback", told.wayback_url),
    ):
        if safe := linkable(url):
            yield Link(text=words(key), url=safe)
