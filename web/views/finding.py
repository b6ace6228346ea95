"""What a search found, page by page: each begins at the moment at which the one before it ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from alerts.messages.text import clean
from changes.kinds import Kind
from storage.archive import Archive
from storage.matching import Passage
from storage.newest import pages_of
from storage.search import Reworded, Saying

#: Finds of one page, and finds that are looked at for them.
FINDS, LOOKED_AT = 20, 200
_TITLE = 300
_MICROSECOND = dt.timedelta(microseconds=1)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
#: Finds of one moment that a link to the next page can name.
_TIES = 40


@dataclass(frozen=True, kw_only=True)
class Find:
    """One find: a release that says it, or an edit that took it away or brought it."""

    page_id: int
    site: str
    url: str
    title: str
    passages: tuple[Passage, ...]
    first: dt.datetime  #: when the release was first seen to say it, or the edit was detected
    last: dt.datetime | None = None
    version: int | None = None
    versions: str = ""
    count: int = 1  #: of versions that say it
    still: bool = True  #: whether the page's latest version says it
    compare: tuple[int, int] | None = None


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a page of finds ended: the time of its last one, and which of that very time it had shown."""

    at: dt.datetime
    shown: frozenset[int]

    def __str__(self) -> str:
        return ".".join(str(part) for part in ((self.at - EPOCH) // _MICROSECOND, *sorted(self.shown)[:_TIES]))


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is looked for, and where."""

    words: str
    within: str  #: "text", "added" or "removed"
    site: str | None
    kinds: tuple[Kind, ...]
    since: dt.datetime | None
    until: dt.datetime | None
    ranked: bool


def place_of(text: str) -> Place | None:
    """The place that `str(place)` wrote; None where the text is none."""
    parts = text.split(".")
    if len(text) > 700 or not all(part.isascii() and part.isdigit() and len(part) <= 17 for part in parts):
        return None
    try:
        return Place(at=EPOCH + int(parts[0]) * _MICROSECOND, shown=frozenset(map(int, parts[1:])))
    except OverflowError:
        return None


def finds(archive: Archive, asked: Asked, *, older: Place | None) -> tuple[list[Find], Place | None]:
    """One page of finds, newest first (or the most telling), and where the next one begins.

    Raises:
        storage.query.NoQuery: there is nothing to look for.
    """
    until = asked.until
    if older is not None:
        reached = older.at + _MICROSECOND
        until = reached if until is None else min(until, reached)
    if asked.within == "text":
        return _sayings(archive, asked, until, older)
    return _edits(archive, asked, until, older)


def _sayings(
    archive: Archive, asked: Asked, until: dt.datetime | None, older: Place | None
) -> tuple[list[Find], Place | None]:
    out: list[tuple[dt.datetime, int, Find]] = []
    # as many as are shown, first of all: more are read only where pages before this one had some of them
    for limit in (FINDS + 1, LOOKED_AT):
        found = archive.search(
            asked.words, site=asked.site, kinds=asked.kinds, since=asked.since, until=until, ranked=asked.ranked,
            limit=limit,
        )  # fmt: skip
        out, looked = [], 0
        for saying in found:
            looked += 1
            if older is not None and (saying.page_id in older.shown or _was_shown(archive, saying, asked, older)):
                continue
            out.append((_moment(archive, saying), saying.page_id, _find(saying)))
            if len(out) > FINDS:
                break
        if len(out) > FINDS or looked < limit:
            break
    return _page(out, asked)


def _edits(
    archive: Archive, asked: Asked, until: dt.datetime | None, older: Place | None
) -> tuple[list[Find], Place | None]:
    found = archive.search_changes(
        asked.words, added=asked.within == "added", site=asked.site, since=asked.since, until=until,
        ranked=asked.ranked, limit=LOOKED_AT,
    )  # fmt: skip
    fresh = (one for one in found if older is None or one.change.id not in older.shown)
    chosen = list(islice(fresh, FINDS + 1))
    pages = pages_of(archive, [one.change.id for one in chosen])
    out = [
        (one.change.detected_at, one.change.id, _edit(one, pages[one.change.id]))
        for one in chosen
        if one.change.id in pages
    ]
    return _page(out, asked)


def _page(found: Sequence[tuple[dt.datetime, int, Find]], asked: Asked) -> tuple[list[Find], Place | None]:
    shown = found[:FINDS]
    if len(found) <= FINDS or asked.ranked:
        return [find for _, _, find in shown], None
    last = shown[-1][0]
    return [find for _, _, find in shown], Place(at=last, shown=frozenset(key for at, key, _ in shown if at == last))


def _moment(archive: Archive, saying: Saying) -> dt.datetime:
    """When the version of a find was first seen."""
    if saying.version == saying.versions[0]:
        return saying.first_seen
    version = archive.version(saying.page_id, saying.version)
    return saying.last_seen if version is None else version.first_seen


def _was_shown(archive: Archive, saying: Saying, asked: Asked, older: Place) -> bool:
    """Whether a page before this one had the release, by a newer version that says it too."""
    for number in saying.versions:
        if number > saying.version:
            version = archive.version(saying.page_id, number)
            if version is not None and version.first_seen > older.at:
                return asked.until is None or version.first_seen < asked.until
    return False


def _find(saying: Saying) -> Find:
    return Find(
        page_id=saying.page_id,
        site=saying.site,
        url=saying.url,
        title=clean(saying.title, _TITLE),
        passages=saying.passages,
        first=saying.first_seen,
        last=saying.last_seen,
        version=saying.version,
        versions=", ".join(_spans(saying.versions)),
        count=len(saying.versions),
        still=saying.latest in saying.versions,
    )


def _edit(one: Reworded, page_id: int) -> Find:
    change = one.change
    both = change.before is not None and change.after is not None
    return Find(
        page_id=page_id,
        site=change.site,
        url=change.url,
        title=clean(change.title, _TITLE),
        passages=one.passages,
        first=change.detected_at,
        version=change.after,
        compare=(change.before or 1, change.after or 1) if both else None,
    )


def _spans(numbers: Sequence[int]) -> Iterator[str]:
    """Version numbers in words: `1–4`, `7`."""
    start = last = numbers[0]
    for number in [*numbers[1:], None]:
        if number == last + 1 and number is not None:
            last = number
            continue
        yield str(start) if start == last else f"{start}–{last}"
        if number is not None:
            start = last = number


def kinds_of(names: Sequence[str]) -> tuple[Kind, ...]:
    """Kinds of change by their names; others count as not said."""
    return tuple(Kind(name) for name in names if name in frozenset(kind.value for kind in Kind))
