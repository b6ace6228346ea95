"""A letter laid out: subject, headings, stories and footer, within a plan of how much is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from alerts.messages.catalogue import Words
from alerts.messages.story import Link, Story, sender_of, senders_of, stated, story, title_of
from alerts.messages.tally import Group, Tally, by_group, shares
from alerts.messages.text import clean, linkable, shortened
from alerts.told import Letter, Told
from changes.kinds import Finding, Kind

#: Letters of the part of a subject that says what happened, and of the name behind it.
_WHAT, _WHO = 110, 60
Value = TypeVar("Value")
#: Senders that are counted by name in a wave.
_SENDERS = 6


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much of a letter is shown: stories, passages in each of them, and titles of a wave."""

    stories: int
    passages: int
    titles: int


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of a wave's list."""

    title: str
    url: str | None
    sender: str


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Changes told under one heading."""

    kind: str
    heading: str | None
    notes: tuple[str, ...] = ()
    stories: tuple[Story, ...] = ()
    entries: tuple[Entry, ...] = ()
    left: str | None = None  #: how many are not shown


@dataclass(frozen=True, kw_only=True)
class Section:
    """What happened at one site."""

    title: str | None
    clusters: tuple[Cluster, ...]


@dataclass(frozen=True, kw_only=True)
class Footer:
    """Why this message came, and how to have no more of them."""

    why: str
    links: tuple[Link, ...]


@dataclass(frozen=True, kw_only=True)
class View:
    """A message before it is HTML or plain text. Nothing in it is escaped."""

    language: str
    subject: str
    preview: str  #: what a list of messages shows beside the subject
    eyebrow: str
    kind: str
    heading: str
    heading_url: str | None = None
    lines: tuple[str, ...] = ()
    button: Link | None = None
    sections: tuple[Section, ...] = ()
    notes: tuple[str, ...] = ()
    footer: Footer


def view(letter: Letter, tally: Tally, words: Words, plan: Plan, *, attached: str | None) -> View:
    """The letter laid out. `attached` is the name of the file with the whole list, where there is one."""
    if is_one_release(letter):
        return _release(letter, words, plan)
    if is_one_wave(letter, tally):
        return _wave(letter, tally, words, plan, attached=attached)
    return _digest(letter, tally, words, plan, attached=attached)


def is_one_release(letter: Letter) -> bool:
    """Whether all of a letter is about one release."""
    return letter.total == len(letter.items) and len({told.change.url for told in letter.items}) == 1


def is_one_wave(letter: Letter, tally: Tally) -> bool:
    """Whether all of a letter is one wave, or changes of one kind that its sender calls one."""
    if letter.wave is None:
        return len(tally.counts) == 1 and tally.waves
    return len(tally.kinds()) == 1


def _release(letter: Letter, words: Words, plan: Plan) -> View:
    """One release, and what happened to it."""
    stories = tuple(story(told, words, most=plan.passages) for told in letter.items)
    first = max(stories, key=lambda one: one.kind == Kind.EDITED)
    clusters = tuple(
        Cluster(kind=one.kind, heading=None if len(stories) == 1 else one.badge, stories=(one,)) for one in stories
    )
    return View(
        language=words.language,
        subject=f"{first.badge}: {_subject(first.headline, first.sender)}",
        preview=first.title if first.headline != first.title else " ".join((*first.facts, first.seen)),
        eyebrow=" · ".join(dict.fromkeys((first.badge, first.sender, first.site))),
        kind=first.kind,
        heading=first.title,
        heading_url=first.url,
        sections=(Section(title=None, clusters=clusters),),
        footer=_footer(letter, words),
    )


def _wave(letter: Letter, tally: Tally, words: Words, plan: Plan, *, attached: str | None) -> View:
    """Many changes with one cause."""
    kind = tally.kinds()[0][0]
    total = max(letter.total, tally.total)
    releases = words("say.releases", n=total)
    sites = tally.sites()
    where = sites[0] if len(sites) == 1 else words("say.sites", n=len(sites))
    shown = letter.items[: plan.titles]
    stories = (story(shown[0], words, most=plan.passages),) if kind is Kind.EDITED and shown and plan.stories else ()
    example = Cluster(kind=str(kind), heading=words("say.example"), stories=stories)
    listed = Cluster(
        kind=str(kind),
        heading=words("say.first_of_them" if len(shown) < total else "say.all_of_them"),
        entries=tuple(_entries(shown, words)),
        left=_left(total - len(shown), words),
    )
    what = f"{words(f'badge.{kind}')}: {words('say.at_once', releases=releases)}"
    return View(
        language=words.language,
        subject=f"{what} – {shortened(where, _WHO)}",
        preview=title_of(shown[0], words) if shown else "",
        eyebrow=f"{words(f'badge.{kind}')} · {where}",
        kind=str(kind),
        heading=words(f"wave.{kind}", releases=releases),
        lines=tuple(_shared(letter.items, words)),
        sections=(Section(title=None, clusters=(*((example,) if stories else ()), listed)),),
        notes=(words("say.whole_list", file=attached),) if attached else (),
        footer=_footer(letter, words),
    )


def _digest(letter: Letter, tally: Tally, words: Words, plan: Plan, *, attached: str | None) -> View:
    """Changes of several sites and kinds."""
    total = max(letter.total, tally.total)
    counts = ", ".join(words(f"count.{kind}", n=number) for kind, number in tally.kinds())
    sites = tally.sites()
    where = sites[0] if len(sites) == 1 else words("say.sites", n=len(sites))
    items = by_group(letter.items)
    apart = [group for group in tally.counts if not tally.folds(group)]
    given = dict(zip(apart, shares([len(items.get(group, ())) for group in apart], plan.stories), strict=True))
    sections: list[Section] = []
    for site in sites:
        clusters: list[Cluster] = []
        for group, number in tally.groups(site):
            mine = items.get(group, [])
            if tally.folds(group):
                clusters.append(_together(group, number, mine, words, plan))
                continue
            stories = [story(one, words, most=plan.passages) for one in mine[: given[group]]]
            clusters.append(_apart(group, number, stories, words))
        sections.append(Section(title=site, clusters=tuple(clusters)))
    told = sum(given.values()) + sum(number for group, number in tally.counts.items() if tally.folds(group))
    notes = [words("say.listed", shown=words.number(told), n=total)] if told < total else []
    if attached:
        notes.append(words("say.whole_list", file=attached))
    rhythm = words(f"rhythm.{letter.rhythm}")
    return View(
        language=words.language,
        subject=f"{rhythm}: {shortened(counts, _WHAT)} – {shortened(where, _WHO)}",
        preview=" · ".join(title_of(one, words) for one in letter.items[:3]),
        eyebrow=f"{rhythm} · {words.day(letter.created_at.astimezone(letter.zone).date())}",
        kind="digest",
        heading=f"{words('say.changes', n=total)} – {where}",
        lines=(counts,),
        sections=tuple(sections),
        notes=tuple(notes),
        footer=_footer(letter, words),
    )


def _together(group: Group, number: int, items: Sequence[Told], words: Words, plan: Plan) -> Cluster:
    """A wave within a digest: counts and a few titles."""
    shown = items[: min(plan.titles, 5)]
    return Cluster(
        kind=str(group.kind),
        heading=words(f"wave.{group.kind}", releases=words("say.releases", n=number)),
        notes=tuple(_shared(items, words)),
        entries=tuple(_entries(shown, words)),
        left=_left(number - len(shown), words),
    )


def _apart(group: Group, number: int, stories: Sequence[Story], words: Words) -> Cluster:
    """The changes of a group, one by one."""
    return Cluster(
        kind=str(group.kind),
        heading=f"{words(f'group.{group.kind}')} ({words.number(number)})",
        stories=tuple(stories),
        left=_left(number - len(stories), words),
    )


def _shared(items: Sequence[Told], words: Words) -> Iterator[str]:
    """What the changes of a wave have in common, and who sent the releases."""
    if not items:
        return
    findings = [told.change.finding for told in items]
    same = Finding(
        kind=findings[0].kind,
        person=_common(one.person for one in findings),
        role=_common(one.role for one in findings),
        period=_common(one.period for one in findings),
        government=_common(one.government for one in findings),
        reason=_common(one.reason for one in findings),
    )
    yield from stated(same, words)
    senders = Counter(name for told in items for name in senders_of(told.after or told.before))
    if len(senders) > 1:
        counts = [f"{name} {words.number(number)}" for name, number in senders.most_common(_SENDERS)]
        yield " · ".join(counts) + (f" {words('say.etc')}" if len(senders) > _SENDERS else "")


def _common(values: Iterable[Value]) -> Value | None:
    """The value that all have; None where they differ."""
    found = set(values)
    return found.pop() if len(found) == 1 else None


def _entries(items: Sequence[Told], words: Words) -> Iterator[Entry]:
    for told in items:
        sender = sender_of(told.after or told.before, "")
        yield Entry(title=title_of(told, words), url=linkable(told.release_url), sender=sender)


def _left(number: int, words: Words) -> str | None:
    return words("say.more_changes", n=number) if number > 0 else None


def _subject(what: str, who: str) -> str:
    return f"{shortened(what, _WHAT)} – {shortened(who, _WHO)}" if who else shortened(what, _WHAT)


def _footer(letter: Letter, words: Words) -> Footer:
    addresses = ((letter.manage_url, "say.manage"), (letter.unsubscribe_url, "say.unsubscribe"))
    links = tuple(Link(text=words(key), url=safe) for url, key in addresses if (safe := linkable(url)))
    return Footer(why=clean(words("say.why")), links=links)
