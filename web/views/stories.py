"""One change as the list shows it: what happened in words, and the words that changed in place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from alerts.messages.story import senders_of, stated
from alerts.messages.text import clean, linkable
from changes.canonical import address
from changes.kinds import Kind
from changes.release import NoticeKind, Release
from storage.newest import Fold, Line
from storage.records import Change
from web.views.marks import Mark, marks
from web.words import Words

#: Places of an edit that the list shows, letters of a title, and of a line that the site wrote.
PLACES, TITLE, LINE = 3, 300, 400
_SENDER = 80
_NOTICES = {
    Kind.ARCHIVED: NoticeKind.ARCHIVED,
    Kind.WITHDRAWN: NoticeKind.WITHDRAWN,
    Kind.OFFICEHOLDER: NoticeKind.OFFICEHOLDER,
}
#: Kinds that a reader should not overlook.
_LOUD = frozenset({Kind.REMOVED, Kind.WITHDRAWN})


@dataclass(frozen=True, kw_only=True)
class Story:
    """A change in words. Text is cleaned and bounded, not escaped."""

    id: int
    page_id: int
    kind: str
    badge: str
    title: str
    site: str
    site_title: str
    sender: str
    at: dt.datetime
    silent: bool
    loud: bool
    labels: tuple[str, ...]
    marks: tuple[Mark, ...]
    more: int  #: places that are not shown
    facts: tuple[str, ...]
    quotes: tuple[str, ...]  #: lines that the site itself wrote
    dates: str | None  #: what the page says of its own dates, for an edit
    url: str | None  #: where the page stands, fit to be linked
    compare: tuple[int, int] | None  #: the versions before and after, where they are two
    version: int | None
    fold: Fold | None = None
    count: int | None = 1
    wave: str | None = None


def story(
    line: Line, said: Mapping[tuple[int, int], Release], words: Words, *, site_title: str, most: int = PLACES
) -> Story:
    """One line of the list; `said` has the releases before and after by page and version."""
    change, finding = line.change, line.change.finding
    before, after = (
        said.get((line.page_id, number)) if number is not None else None for number in (change.before, change.after)
    )
    shown = after or before
    found = list(_marks(change, before, after)) if line.fold is None or change.kind is Kind.EDITED else []
    return Story(
        id=change.id,
        page_id=line.page_id,
        kind=str(change.kind),
        badge=words(f"badge.{change.kind}"),
        title=clean(change.title or (shown.title if shown else ""), TITLE) or words("say.untitled"),
        site=change.site,
        site_title=clean(site_title, _SENDER),
        sender=clean(", ".join(senders_of(shown)[:3]), 2 * _SENDER),
        at=change.detected_at,
        silent=bool(finding.silent),
        loud=change.kind in _LOUD,
        labels=tuple(words.maybe(f"label.{label}", label) for label in finding.labels),
        marks=tuple(found[:most]),
        more=max(len(found) - most, 0),
        facts=tuple(_facts(line, shown, words)),
        quotes=_quotes(change, after) if line.fold is None else (),
        dates=_dates(before, after, words) if change.kind is Kind.EDITED and line.fold is None else None,
        url=None if change.kind is Kind.REMOVED else linkable(change.url),
        compare=_pair(change),
        version=change.after or change.before,
        fold=line.fold,
        count=line.count,
        wave=change.wave,
    )


def _pair(change: Change) -> tuple[int, int] | None:
    if change.before is None or change.after is None or change.before == change.after:
        return None
    return change.before, change.after


def _marks(change: Change, before: Release | None, after: Release | None) -> Iterator[Mark]:
    if change.kind is not Kind.EDITED or before is None or after is None:
        return iter(())
    return islice(marks(before, after, change.finding.fields), 200)


def _facts(  # noqa: C901 - one line of words for each kind of change
    line: Line, shown: Release | None, words: Words
) -> Iterator[str]:
    change, finding = line.change, line.change.finding
    if line.fold is Fold.BASELINE:
        return
    match change.kind:
        case Kind.PUBLISHED:
            if shown is not None and line.fold is None and (text := _opening(shown)):
                yield text
        case Kind.EDITED:
            if not {"title", "lead", "body", "contacts"} & set(finding.fields):
                names = [words.maybe(f"field.{name}", name) for name in finding.fields]
                yield words("changes.parts", fields=", ".join(names))
        case Kind.REMOVED:
            yield words("changes.answers", status=finding.status) if finding.status else words("say.not_served")
        case Kind.RESTORED:
            yield words("say.came_back")
        case Kind.REINSTATED:
            yield words("say.taken_back")
        case Kind.MOVED:
            yield words("say.was_at", url=clean(finding.was, LINE))
            yield words("say.now_at", url=clean(change.url, LINE))
        case Kind.ATTACHMENT:
            yield words("say.file", name=_file_name(finding.href, shown))
            yield words("say.same_link")
        case _:
            # one member's period or person says nothing about the others
            same = replace(finding, period=None) if line.fold is not None else finding
            yield from stated(same, words.mail)


def _file_name(href: str | None, release: Release | None) -> str:
    wanted = address(href or "")
    names = (file.name for file in (release.attachments if release else ()) if address(file.url) == wanted)
    return clean(next(names, ""), TITLE) or clean((href or "").rstrip("/").rsplit("/", 1)[-1], TITLE)


def _opening(release: Release) -> str:
    text = release.lead or next((block.text for block in release.body if len(block.text) > 40), "")
    return clean(text, 180)


def _quotes(change: Change, after: Release | None) -> tuple[str, ...]:
    kind = _NOTICES.get(change.kind)
    if kind is None or after is None:
        return ()
    return tuple(clean(notice.text, LINE) for notice in after.notices if notice.kind is kind)[:2]


def _dates(before: Release | None, after: Release | None, words: Words) -> str | None:
    """What the page says of its own dates: that it was updated, or nothing."""
    if after is None or before is None:
        return None
    if after.updated is not None and after.updated != before.updated:
        return words("say.updated_at", when=words.stamp(after.updated))
    if after.updated is not None:
        return words("say.still_updated", when=words.stamp(after.updated))
    if after.published is not None:
        return words("say.only_published", when=words.stamp(after.published))
    return None
