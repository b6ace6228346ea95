"""Where a new layout prints its dates, learnt from the days that its pages printed before."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from crawler.reading.dates import Field, field_date, labelled_dates
from crawler.reading.layout.lessons import CROWD, NAMERS, TRUSTED, Lesson
from crawler.reading.layout.selectors import candidates, find
from crawler.reading.page import split_source
from crawler.reading.profiles import SiteProfile

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: A line of dates is no longer than this.
LINE = 200
#: A source of a date must be right on so many of the pages that have one.
RIGHT = 0.6


def published_sources(lessons: Sequence[Lesson], profile: SiteProfile) -> tuple[str, ...]:
    """Sources of the date of publication, best first. Those of older rules are tried like any other."""
    return _sources(lessons, profile, "published", _known(profile, "published"), most=3)


def updated_sources(lessons: Sequence[Lesson], profile: SiteProfile, published: Sequence[str]) -> tuple[str, ...]:
    """Sources of the date of the last edit, best first.

    Where hardly a page has that date yet, it is looked for where it would come to stand: in lines that label the other
    date, beside the element that holds the other date, and where it stood before.
    """
    beside = [name for source in published if "@" not in source for name in _beside(lessons, source)]
    names = [*_known(profile, "updated"), *_date_lines(lessons, profile), *beside]
    return _sources(lessons, profile, "updated", names, most=10)


def _known(profile: SiteProfile, field: Field) -> list[str]:
    return [source for one in profile.release if not one.learned for source in getattr(one, field)]


def _sources(
    lessons: Sequence[Lesson], profile: SiteProfile, field: Field, names: Sequence[str], *, most: int
) -> tuple[str, ...]:
    positive = [page for page in lessons if (stamp := getattr(page.before, field)) and stamp.day]
    negative = [page for page in lessons if getattr(page.before, field) is None]
    tried = Counter(names)
    for page in positive[:NAMERS]:
        tried.update(set(_holding(page, profile, field)))
    scored: list[tuple[float, int, str]] = []
    for name, _ in tried.most_common(160):
        days = [(_day(page, name, profile, field), getattr(page.before, field).day) for page in positive]
        right = sum(found == day for found, day in days)
        wrong = sum(found is not None and found != day for found, day in days)
        quiet = sum(_day(page, name, profile, field) is None for page in negative)
        silent = not right and not wrong  # says nothing yet: it would where the other date has its place
        enough = right >= RIGHT * len(positive) or (silent and name in names) or (right and not wrong)
        if enough and quiet >= TRUSTED * len(negative) and _alone(lessons, name):
            scored.append((-right, len(name), name))
    return tuple(name for _, _, name in sorted(scored)[:most])


def _alone(lessons: Sequence[Lesson], source: str) -> bool:
    """Whether a source means an element or two of a page, and no part of a text."""
    selector, _ = split_source(source)
    found = [(page, element) for page in lessons for element in find(page.root, selector)[:CROWD]]
    return len(found) <= 2.1 * len(lessons) and not any(page.covered.get(element) for page, element in found)


def _beside(lessons: Sequence[Lesson], source: str) -> Iterator[str]:
    """Selectors of what stands behind a date, or behind the element around it."""
    selector, _ = split_source(source)
    found = next((hits[0] for page in lessons[:5] if (hits := find(page.root, selector))), None)
    if found is None:
        return
    yield f"{selector} ~ {found.tag}"
    parent = found.getparent()
    if parent is None or parent.tag in ("body", "html"):
        return
    yield f"{parent.tag}:has({selector.rsplit('>', 1)[-1].strip()}) ~ {parent.tag} {found.tag}"
    yield f"{selector} ~ * time"


def _date_lines(lessons: Sequence[Lesson], profile: SiteProfile) -> list[str]:
    """Elements in which the date of publication stands behind its label: the other date would stand there too."""
    names: Counter[str] = Counter()
    for page in lessons[:NAMERS]:
        for element in _short(page):
            text = " ".join(element.itertext())
            found = labelled_dates(text, profile.wording, language=profile.language, zone=profile.time_zone)
            if "published" in found and found["published"].day:
                names.update(set(candidates(element)))
    return [name for name, count in names.most_common(40) if count >= TRUSTED * len(lessons[:NAMERS])]


def _short(page: Lesson) -> Iterator[HtmlElement]:
    """The elements that say no more than a line of dates does."""
    for element in page.root.iter():
        if not isinstance(element.tag, str) or element.tag in ("html", "body", "script", "style", "a", "title"):
            continue
        if page.covered.get(element):
            continue
        if len(" ".join("".join(element.itertext()).split())) < LINE:
            yield element


def _holding(page: Lesson, profile: SiteProfile, field: Field) -> list[str]:
    """The sources that give the day which the page printed before."""
    day = getattr(page.before, field).day
    sources: list[str] = []
    for meta in page.root.iter("meta"):
        name = meta.get("name")
        if name and _day_in(meta.get("content") or "", field, profile) == day:
            sources.append(f'meta[name="{name}"]@content')
    for element in _short(page):
        text = " ".join(element.itertext())
        if any(char.isdigit() for char in text) and _day_in(text, field, profile) == day:
            sources.extend(candidates(element))
        elif element.tag == "time" and _day_in(element.get("datetime") or "", field, profile) == day:
            sources.extend(f"{name}@datetime" for name in candidates(element))
    return sources


def _day(page: Lesson, source: str, profile: SiteProfile, field: Field) -> dt.date | None:
    """The day that a source gives, of its elements the first that names one."""
    selector, attribute = split_source(source)
    for element in find(page.root, selector)[:CROWD]:
        text = (element.get(attribute) or "") if attribute else " ".join(element.itertext())
        if (day := _day_in(text, field, profile)) is not None:
            return day
    return None


def _day_in(text: str, field: Field, profile: SiteProfile) -> dt.date | None:
    stamp = field_date(text, field, profile.wording, language=profile.language, zone=profile.time_zone)
    return None if stamp is None else stamp.day
