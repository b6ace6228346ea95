"""What a feed tells: changes with what was said before and after, and names that stay the same for ever."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from alerts.messages.catalogue import Words
from alerts.messages.passages import Passage, Piece
from alerts.messages.story import Story, story
from alerts.messages.text import linkable
from alerts.told import Language, Told
from changes.release import Release
from storage.archive import Archive
from storage.newest import pages_of, releases_about
from storage.records import Change

#: Of which names of feeds and entries are made; never to be changed.
_NAMES = uuid.UUID("6f1b5a4e-6f0a-5b2b-9f67-2d1d6f0c8a51")
#: Places of an edit that one entry shows.
_PLACES = 6


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One change in a feed. Texts are plain, not escaped."""

    id: str  #: `urn:uuid:…`: the same after a restart, under another address, and in every feed
    change: Change
    title: str
    url: str  #: our page of the change
    about: str | None  #: the release itself, where it may be linked
    lines: tuple[str, ...]
    story: Story


def entries(
    archive: Archive, found: Sequence[Change], *, titles: Mapping[str, str], language: Language, page: str
) -> list[Entry]:
    """Changes as a feed tells them; `page` is the address below which our pages of changes are."""
    keys = [change.id for change in found]
    pages, said = pages_of(archive, keys), releases_about(archive, keys)
    words = Words(language, ZoneInfo("UTC"))
    return [_entry(change, pages.get(change.id), said, words=words, titles=titles, page=page) for change in found]


def name_of(*parts: object) -> str:
    """A name that is made of what it names: the same parts give the same one."""
    return uuid.uuid5(_NAMES, "\n".join(map(str, parts))).urn


def _entry(
    change: Change,
    page_id: int | None,
    said: Mapping[tuple[int, int], Release],
    *,
    words: Words,
    titles: Mapping[str, str],
    page: str,
) -> Entry:
    def release(number: int | None) -> Release | None:
        return None if number is None or page_id is None else said.get((page_id, number))

    told = Told(
        change=change,
        site_title=titles.get(change.site, change.site),
        before=release(change.before),
        after=release(change.after),
        release_url=change.url,
        diff_url=None,
        wayback_url=None,
    )
    made = story(told, words, most=_PLACES)
    return Entry(
        id=name_of("change", change.site, change.id, _exactly(change.detected_at), change.url),
        change=change,
        title=f"{made.badge}: {made.title}",
        url=f"{page}/{change.id}",
        about=linkable(change.url),
        lines=tuple(_lines(made, words)),
        story=made,
    )


def _lines(made: Story, words: Words) -> list[str]:
    """A change in lines of plain text."""
    lines = [*made.facts]
    lines += [line for passage in made.passages for line in _passage(passage, words)]
    lines += [f"… {made.more}"] if made.more else []
    lines += [f"{made.quoted} {quote}" if made.quoted else quote for quote in made.quotes]
    lines += [line for line in (made.silent, made.says, made.about) if line]
    return [line for line in lines if line]


def _passage(passage: Passage, words: Words) -> list[str]:
    both = bool(passage.before and passage.after)
    was, now = words("say.before" if both else "say.cut"), words("say.after" if both else "say.added")
    return [f"{name}: {_text(pieces)}" for name, pieces in ((was, passage.before), (now, passage.after)) if pieces]


def _text(pieces: Sequence[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def _exactly(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat()
