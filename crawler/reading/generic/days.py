"""When an unknown page was published and last edited: what it prints, what it tells machines, and who is believed."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urlsplit

from changes.release import Stamp
from crawler.reading.dates import Field, dateline, is_date_line, labelled_dates, read_date
from crawler.reading.generic.rules import HEAD
from crawler.reading.page import select
from crawler.reading.visible import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lxml.html import HtmlElement

    from crawler.reading.generic.metadata import Metadata
    from crawler.reading.generic.region import Found
    from crawler.reading.profiles import SiteProfile

#: A line that prints dates is no longer than this.
LINE = 140
#: And says no more than so many letters besides them.
BARE = 60
#: So many blocks from the title on may print the day of publication without saying that they do.
NEAR = 8
#: So many short lines with digits in them are looked at.
MOST = 80
#: So many paragraphs may begin with a dateline.
DATELINES = 5

By = Literal["label", "line", "machine", "dateline", "title", "address"]
#: Who is believed first.
_ORDER: tuple[By, ...] = ("label", "line", "machine", "dateline", "title", "address")
#: What a person typed by hand, and may have mistyped: two others who agree know better.
_TYPED = frozenset(("dateline", "line", "title"))

_PATH = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)[/_.-]?(?P<month>0[1-9]|1[0-2])[/_.-]?(?P<day>0[1-9]|[12]\d|3[01])(?!\d)"
)
_BLOCKS = (
    "p",
    "div",
    "span",
    "time",
    "li",
    "dd",
    "small",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "td",
    "em",
    "strong",
    "header",
    "section",
)


@dataclass(frozen=True, kw_only=True)
class Told:
    """One text that gives the day of publication, and in what way."""

    by: By
    raw: str
    element: HtmlElement | None = None


@dataclass(frozen=True, kw_only=True)
class Days:
    """All that a page says of its days: those of publication in the order in which they are believed."""

    published: tuple[Told, ...] = ()
    updated: str | None = None
    lines: tuple[HtmlElement, ...] = ()  #: elements that are there to print those dates


def find_days(
    text: Found,
    title: HtmlElement | None,
    said: Metadata,
    profile: SiteProfile,
    *,
    page_title: str = "",
) -> Days:
    """What a page says of its days: in its text, to machines, and in the title of its window."""
    without = frozenset(text.noise)
    lines = _Lines(profile)
    for element, line, near in islice(_short(text, without, title), MOST):
        lines.look(element, line, near=near)
    found = lines.told
    found += [Told(by="machine", raw=raw) for raw in said.published]
    found += _datelines(text, without, title, profile)
    if page_title and (stamp := _leading(page_title, profile)) is not None:
        found.append(Told(by="title", raw=stamp.raw))
    ordered = sorted(found, key=lambda told: _ORDER.index(told.by))
    updated = lines.first.get("updated")
    return Days(published=tuple(ordered), updated=updated.raw if updated else None, lines=tuple(lines.printing))


class _Lines:
    """Short lines of a text, looked at one after the other for what they say of its days."""

    def __init__(self, profile: SiteProfile) -> None:
        self.profile = profile
        self.told: list[Told] = []
        self.printing: list[HtmlElement] = []  #: the elements that are there for nothing else
        self.first: dict[Field, Stamp] = {}  #: another line with another day may be of the text: it stays there

    def look(self, element: HtmlElement, line: str, *, near: bool) -> None:
        language, zone = self.profile.language, self.profile.time_zone
        labelled = labelled_dates(line, self.profile.wording, language=language, zone=zone)
        if not (labelled or near) or not is_date_line(line, self.profile.wording, language=language, zone=zone):
            return
        if not labelled:
            self._bare(element, line)
            return
        new = {field: one for field, one in labelled.items() if one.day and self.first.get(field, one) == one}
        if "published" in new:
            self.told.append(Told(by="label", raw=new["published"].raw))
        self.first |= new
        if new and len(line) <= BARE + sum(len(one.raw) for one in labelled.values()):
            self.printing.append(element)

    def _bare(self, element: HtmlElement, line: str) -> None:
        """A day without a label, near the title: the first such line is that of the publication."""
        if element.tag == "time" and (moment := element.get("datetime")):
            self.told.append(Told(by="line", raw=moment))
        if not any(told.by == "line" and told.raw != element.get("datetime") for told in self.told):
            self.told.append(Told(by="line", raw=line))
            self.printing.append(element)


def published_on(root: HtmlElement, url: str, profile: SiteProfile) -> Stamp | None:
    """The day of publication of a page that was marked, with what its address tells."""
    told: list[tuple[By, str]] = []
    for meta in select(root, f'head > meta[name="{HEAD}published"]'):
        by = next((way for way in _ORDER if way == meta.get("by")), None)
        if by is not None:
            told.append((by, meta.get("content") or ""))
    return settle(told, url, profile)


def settle(told: Sequence[tuple[By, str]], url: str, profile: SiteProfile) -> Stamp | None:
    """The day of publication, of all that was told: the first in order, unless it was typed by hand and two others,
    who agree with each other, say another day. Where the same day is told with a time of day, that one is kept.
    """
    stamps = [(by, read_date(raw, language=profile.language, zone=profile.time_zone)) for by, raw in told]
    if (day := _address_day(url)) is not None:
        stamps.append(("address", Stamp(raw=day.isoformat(), day=day)))
    read = [(by, stamp) for by, stamp in stamps if stamp.day is not None]
    if not read:
        return None
    best = read[0]
    ways: dict[By, dt.date] = {}
    for by, stamp in read:
        if stamp.day is not None:
            ways.setdefault(by, stamp.day)
    votes = Counter(ways.values())
    if best[0] in _TYPED and votes[ways[best[0]]] == 1:
        day, count = max(votes.items(), key=lambda item: item[1])
        if count > 1:
            best = next(one for one in read if one[1].day == day)
    timed = next((stamp for _, stamp in read if stamp.day == best[1].day and stamp.at is not None), None)
    return timed or best[1]


def _short(
    text: Found, without: frozenset[HtmlElement], title: HtmlElement | None
) -> Iterator[tuple[HtmlElement, str, bool]]:
    """The highest elements that say no more than a line of dates, with a digit in it, and whether they are near the title."""
    around = set() if title is None else set(title.iterancestors())
    passed = text.holder not in around
    blocks = 0
    stack = list(reversed(text.holder))
    while stack:
        element = stack.pop()
        if element is title:
            passed = True
        elif element in around:
            stack.extend(reversed(element))
        elif element not in without and (size := text.weights.letters(element)):
            if size > LINE:
                blocks += passed and element.tag == "p"
                if element.tag != "p":
                    stack.extend(reversed(element))
                continue
            blocks += passed
            line = shown(element)
            if len(line) <= LINE and any(char.isdigit() for char in line):
                yield from _told(element, line, near=blocks <= NEAR)


def _told(element: HtmlElement, text: str, *, near: bool) -> Iterator[tuple[HtmlElement, str, bool]]:
    """A short element, and those below it that might be a date by themselves."""
    yield element, text, near
    for below in element.iterdescendants():
        if isinstance(below.tag, str) and below.tag in _BLOCKS:
            own = shown(below)
            if own and own != text and any(char.isdigit() for char in own):
                yield below, own, near


def _datelines(
    text: Found, without: frozenset[HtmlElement], title: HtmlElement | None, profile: SiteProfile
) -> Iterable[Told]:
    """Days at the beginning of the first paragraphs: "ST. PAUL, October 3, 2024 –"."""
    count = 0
    for element in text.holder.iter("p", "div", "td", "h2", "h3", "h4", "li"):
        if element is title or not text.weights.letters(element):
            continue
        if element.tag in ("div", "td", "li") and not (element.text or "").strip() and not _begins_inline(element):
            continue
        if any(up in without for up in (element, *element.iterancestors())):
            continue
        line = shown(element)
        count += element.tag == "p" or len(line) > LINE
        stamp = dateline(line, language=profile.language, zone=profile.time_zone)
        if stamp is not None:
            return [Told(by="dateline", raw=stamp.raw)]
        if count >= DATELINES:
            break
    return []


def _begins_inline(element: HtmlElement) -> bool:
    first = next(iter(element), None)
    return (
        first is not None and first.tag in ("strong", "b", "em", "i", "span", "time") and bool(first.tail or first.text)
    )


def _leading(text: str, profile: SiteProfile) -> Stamp | None:
    """The day that a title begins or ends with."""
    for part in re.split(r"\s+[|–—·:-]+\s+", text):
        stamp = read_date(part, language=profile.language, zone=profile.time_zone)
        if stamp.day is not None:
            return stamp
    return dateline(text, language=profile.language, zone=profile.time_zone, bare=True)


def _address_day(url: str) -> dt.date | None:
    """The day in a page's address, where there is just one."""
    days = set()
    for match in _PATH.finditer(unquote(urlsplit(url).path)):
        try:
            days.add(dt.date(int(match["year"]), int(match["month"]), int(match["day"])))
        except ValueError:
            continue
    return days.pop() if len(days) == 1 else None
