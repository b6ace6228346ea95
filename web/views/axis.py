"""The timeline of a page as a picture: where on a line of time each of its versions began."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from storage.timeline import Moment
from web.words import Words

#: The width of the picture in its own units, and of the space at either end.
WIDTH, PAD = 1000, 10
#: Marks that a line has room for.
_MARKS = 250


@dataclass(frozen=True, kw_only=True)
class Tick:
    """One version on the line, by the place where it begins and the one where it was last seen."""

    number: int
    x: float
    end: float
    label: str


@dataclass(frozen=True, kw_only=True)
class Axis:
    """The line: its versions, and what it begins and ends with."""

    ticks: tuple[Tick, ...]
    first: str
    last: str


def axis(moments: Sequence[Moment], words: Words, *, shown: set[int]) -> Axis | None:
    """The line of a page's versions; those in `shown` are on it, however many there are."""
    if not moments:
        return None
    start, end = moments[0].first_seen, max(moment.last_seen for moment in moments)
    length = max(end - start, dt.timedelta(minutes=1))
    every = -(-len(moments) // _MARKS)
    ticks = [
        Tick(
            number=moment.number,
            x=_place(moment.first_seen - start, length),
            end=_place(moment.last_seen - start, length),
            label=words("release.version_from", number=moment.number, when=words.when(moment.first_seen)),
        )
        for at, moment in enumerate(moments)
        if at % every == 0 or moment.number in shown or at == len(moments) - 1
    ]
    return Axis(ticks=tuple(ticks), first=words.day(words.local(start).date()), last=words.day(words.local(end).date()))


def _place(gone: dt.timedelta, length: dt.timedelta) -> float:
    return round(PAD + (WIDTH - 2 * PAD) * (gone / length), 1)
