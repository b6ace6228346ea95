"""The list of releases on a page that nobody described: entries of one shape beside each other, each with a link."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from changes.release import letters, normalise
from crawler.reading.dates import dateline, labelled_dates, read_date
from crawler.reading.generic.furniture import by_name, by_role
from crawler.reading.hidden import UNSEEN, hides
from crawler.reading.page import body_of
from crawler.reading.visible import shown, text_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.html import HtmlElement

    from crawler.reading.profiles import SiteProfile

#: A list has at least so many entries, and titles of so many letters, on the middle one.
FEWEST, SHORTEST = 3, 12
#: So many of its entries print a day, where any do: then it is a list of news, and no menu.
DATED = 0.6
#: An entry of more letters is no entry.
LONGEST = 3_000
_HEADINGS = ("h1", "h2", "h3", "h4", "h5")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry of a list, as it prints itself."""

    href: str  #: as it stands there
    title: str
    day: dt.date | None = None
    element: HtmlElement


def main_list(root: HtmlElement, profile: SiteProfile) -> tuple[Entry, ...]:
    """The entries of a page's main list, in page order; none where it has no list.

    The list with the most entries that print a day is the main one; where none do, the one with the longest titles.
    """
    best: tuple[tuple[float, float], tuple[Entry, ...]] | None = None
    for group in _groups(body_of(root)):
        said = Counter(text for element in group for text in {shown(link) for link in _links(element)})
        found = (_entry(element, said, profile) for element in group)
        entries = tuple(entry for entry in found if entry is not None)
        if len({entry.href for entry in entries}) < FEWEST:
            continue
        sizes = sorted(len(letters(entry.title)) for entry in entries)
        if sizes[len(sizes) // 2] < SHORTEST:
            continue
        dated = sum(entry.day is not None for entry in entries)
        score = (float(dated if dated >= DATED * len(entries) else 0), float(sum(sizes)))
        if best is None or score > best[0]:
            best = score, entries
    return best[1] if best is not None else ()


def _groups(body: HtmlElement) -> Iterator[Sequence[HtmlElement]]:
    """Elements of one shape beside each other, outside of what a page's frame is made of."""
    stack = [body]
    while stack:
        parent = stack.pop()
        shapes: dict[tuple[str, str], list[HtmlElement]] = defaultdict(list)
        for child in parent:
            if not isinstance(child.tag, str) or child.tag in UNSEEN or hides(child) or child.tag in ("nav", "footer"):
                continue
            if by_role(child, inside=True) or (child.tag == "aside" and by_name(child, inside=False)):
                continue
            shapes[child.tag, _shape(child)].append(child)
            stack.append(child)
        yield from (group for group in shapes.values() if len(group) >= FEWEST)


def _shape(element: HtmlElement) -> str:
    """What the class of an element has in common with its like: numbers and turns ("odd") differ."""
    names = (name.rstrip("0123456789-_") for name in (element.get("class") or "").split())
    return " ".join(sorted({name for name in names if name not in ("odd", "even", "first", "last", "")}))


def _entry(element: HtmlElement, said: Counter[str], profile: SiteProfile) -> Entry | None:
    """What an entry says. `said` counts what the links of all entries say: a category is said by many."""
    links = _links(element)
    if not links or len("".join(element.itertext())) > LONGEST:
        return None
    headed = [link for link in links if _in_heading(link, element)]
    own = [link for link in links if said[shown(link)] == 1 and len(letters(shown(link))) >= SHORTEST]
    link = (headed or own or links)[0]
    heading = next((one for name in _HEADINGS for one in element.iter(name) if shown(one)), None)
    title = shown(link) if headed or heading is None else shown(heading)
    return Entry(href=link.get("href") or "", title=title, day=_day(element, profile), element=element)


def _links(element: HtmlElement) -> list[HtmlElement]:
    """The links of an entry, or the entry itself, that lead somewhere and say so."""
    return [link for link in element.iter("a") if _leads(link)]


def _leads(link: HtmlElement) -> bool:
    href = (link.get("href") or "").strip()
    return bool(href) and not href.startswith(("#", "mailto:", "tel:", "javascript:")) and bool(shown(link))


def _in_heading(link: HtmlElement, entry: HtmlElement) -> bool:
    for up in link.iterancestors():
        if up.tag in _HEADINGS:
            return True
        if up is entry:
            break
    return any(link.iter(*_HEADINGS))


def _day(element: HtmlElement, profile: SiteProfile) -> dt.date | None:
    for moment in element.iter("time"):
        for text in (moment.get("datetime"), shown(moment)):
            stamp = read_date(normalise(text or ""), language=profile.language, zone=profile.time_zone)
            if stamp.day is not None:
                return stamp.day
    for line in text_lines(element):
        labelled = labelled_dates(line.text, profile.wording, language=profile.language, zone=profile.time_zone)
        for one in labelled.values():
            if one.day is not None:
                return one.day
        found = dateline(line.text, language=profile.language, zone=profile.time_zone)
        if found is not None:
            return found.day
    return None
