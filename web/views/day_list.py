"""The list of changes: what is asked for, what was found, by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from starlette.datastructures import QueryParams

from changes.compare import FIELDS
from changes.kinds import Kind
from changes.labels import Label
from crawler.reading.profiles import SiteProfile
from storage.archive import Archive
from storage.browsing import Asked, some_changes
from storage.exports.choice import find_change
from storage.newest import Line, Wanted, newest, pages_of, releases_about
from web.views import paging
from web.views.stories import Story, story
from web.words import Words

#: Lines of one page.
LINES = 30
_LABELS = frozenset(label.value for label in Label)
_FIELDS = frozenset(FIELDS)
_KINDS = frozenset(kind.value for kind in Kind)


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the address asks for."""

    site: str = ""
    kinds: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    sender: str = ""
    match: str = ""
    since: str = ""
    until: str = ""
    silent: bool = False
    wave: str = ""
    baseline: bool = False

    @property
    def query(self) -> dict[str, object]:
        """As the query of an address."""
        return {
            "site": self.site, "kind": self.kinds, "label": self.labels, "field": self.fields, "sender": self.sender,
            "match": self.match, "since": self.since, "until": self.until, "silent": "1" if self.silent else "",
            "wave": self.wave, "baseline": "1" if self.baseline else "",
        }  # fmt: skip

    @property
    def any(self) -> bool:
        """Whether anything is asked for at all."""
        return any(self.query.values())

    @property
    def count(self) -> int:
        """How many things are asked for."""
        return sum(1 for value in self.query.values() if value)

    @property
    def sieves(self) -> bool:
        """Whether a change must be read to tell whether it fits."""
        return bool(self.labels or self.fields or self.sender or self.match or self.silent)


@dataclass(frozen=True, kw_only=True)
class Day:
    """The changes of one day of the reader's calendar."""

    day: dt.date
    heading: str
    stories: tuple[Story, ...]


@dataclass(frozen=True, kw_only=True)
class DayList:
    """One page of the list."""

    days: tuple[Day, ...]
    newest: int  #: the id of the first change on it; 0 where there is none
    older: int | None  #: the next page is of changes older than this one
    looked_back_to: dt.datetime | None = None  #: where we stopped looking before the page was full


def filters_of(query: QueryParams) -> Filters:
    """What an address asks for; what makes no sense in it counts as not said."""
    return Filters(
        site=paging.words(query, "site"),
        kinds=paging.chosen(query, "kind", _KINDS),
        labels=paging.chosen(query, "label", _LABELS),
        fields=paging.chosen(query, "field", _FIELDS),
        sender=paging.words(query, "sender"),
        match=paging.words(query, "match"),
        since=query.get("since", "") if paging.day(query.get("since", "")) else "",
        until=query.get("until", "") if paging.day(query.get("until", "")) else "",
        silent=query.get("silent") == "1",
        wave=paging.words(query, "wave"),
        baseline=query.get("baseline") == "1",
    )


def day_list(
    archive: Archive,
    filters: Filters,
    *,
    older: int | None,
    words: Words,
    sites: Mapping[str, SiteProfile],
    today: dt.date,
) -> DayList:
    """The newest changes that fit, or the newest of those older than one."""
    stopped: dt.datetime | None = None
    more: int | None = None
    if filters.sieves:
        lines, more, stopped = _sieved(archive, filters, older, words)
    else:
        lines = list(newest(archive, _wanted(filters, words), older_than=older, limit=LINES + 1))
        more = lines[LINES - 1].change.id if len(lines) > LINES else None
    del lines[LINES:]
    said = releases_about(archive, [line.change.id for line in lines])
    stories = [story(line, said, words, site_title=title_of(line.change.site, sites)) for line in lines]
    return DayList(
        days=tuple(_days(stories, words, today)),
        newest=lines[0].change.id if lines else 0,
        older=more,
        looked_back_to=stopped,
    )


def title_of(site: str, sites: Mapping[str, SiteProfile]) -> str:
    """What a site is called to readers."""
    return sites[site].title if site in sites else site


def _days(stories: list[Story], words: Words, today: dt.date) -> Iterator[Day]:
    for day, group in groupby(stories, key=lambda one: words.local(one.at).date()):
        yield Day(day=day, heading=words.heading(day, today), stories=tuple(group))


def _wanted(filters: Filters, words: Words) -> Wanted:
    since, until = paging.bounds(filters.since, filters.until, words.zone)
    return Wanted(
        site=filters.site or None,
        kinds=tuple(Kind(kind) for kind in filters.kinds),
        since=since,
        until=until,
        wave=filters.wave or None,
        baseline=filters.baseline,
    )


def _sieved(
    archive: Archive, filters: Filters, older: int | None, words: Words
) -> tuple[list[Line], int | None, dt.datetime | None]:
    """Changes that must be read to be judged, one by one; looking stops after so many that do not fit."""
    since, until = paging.bounds(filters.since, filters.until, words.zone)
    asked = Asked(
        site=filters.site or None, kinds=tuple(Kind(kind) for kind in filters.kinds), since=since, until=until,
        match=filters.match or None, labels=filters.labels, fields=filters.fields,
        senders=(filters.sender,) if filters.sender else (), silent=True if filters.silent else None,
        wave=filters.wave or None,
    )  # fmt: skip
    part = some_changes(archive, asked, after=older, limit=LINES, newest_first=True)
    pages = pages_of(archive, [change.id for change in part.found])
    lines = [Line(page_id=pages[change.id], change=change) for change in part.found if change.id in pages]
    stopped = None
    if part.after is not None and len(part.found) < LINES and (last := find_change(archive, part.after)) is not None:
        stopped = last[0].detected_at
    return lines, part.after, stopped
