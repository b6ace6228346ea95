"""The pictures of a site: changes a week, a heat map by day, how long until edits, the share of silent edits.

What was counted is remembered and only added to: a million changes are read once. A correction of what is kept, or a
new day, has everything counted anew.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from changes.kinds import Kind
from storage.archive import Archive
from storage.statistics import BANDS, Reach, counts, reach
from web.words import Words

WEEKS = 53
_WEEK = dt.timedelta(days=7)
#: The sizes of the pictures in their own units.
WIDTH, HEIGHT, SQUARE, GAP = 420, 110, 11, 3
#: Steps of the heat map above none.
_LEVELS = 4


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar: where it stands, how high it is, and what it says."""

    x: float
    y: float
    width: float
    height: float
    label: str
    value: str
    part: float = 0  #: the height of the part that is told apart, from the foot


@dataclass(frozen=True, kw_only=True)
class Bars:
    """A picture of bars: what the highest stands for, and words below."""

    bars: tuple[Bar, ...]
    top: int
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True, kw_only=True)
class Heat:
    """The heat map: one path of squares for each step, the names of months, and the busiest days in words."""

    paths: tuple[str, ...]
    months: tuple[tuple[float, str], ...]
    width: int
    height: int
    busiest: tuple[tuple[dt.date, int], ...]


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """All pictures of one site, and the figures in them."""

    weeks: Bars
    heat: Heat
    delays: Bars
    silent: Bars
    edits: int
    silently: int
    total: int
    kinds: tuple[tuple[str, int], ...]


@dataclass
class _Site:
    """What is remembered of one site."""

    days: Counter[dt.date] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    months: dict[tuple[int, int], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    delays: Counter[int] = field(default_factory=Counter)


class Memory:
    """What was counted, for all sites of an archive. Threads may share it."""

    def __init__(self, archive: Archive, zone: ZoneInfo) -> None:
        self._archive, self._zone = archive, zone
        self._lock = threading.Lock()
        self._sites: dict[str, _Site] = {}
        self._reach = Reach(newest=0, audit=-1)
        self._first: dt.date | None = None

    def pictures(self, site: str, words: Words, *, today: dt.date) -> Pictures:
        """The pictures of one site, up to now."""
        with self._lock:
            self._catch_up(today)
            return _drawn(self._sites.get(site) or _Site(), first_day(today), words)

    def weekly(self, today: dt.date) -> dict[str, tuple[int, ...]]:
        """How many changes each site had in each week, oldest first."""
        with self._lock:
            self._catch_up(today)
            return {name: tuple(_by_week(site, first_day(today))) for name, site in self._sites.items()}

    def _catch_up(self, today: dt.date) -> None:
        first, now = first_day(today), reach(self._archive)
        anew = first != self._first or now.audit != self._reach.audit or now.newest < self._reach.newest
        if anew:
            self._sites = {}
        after = 0 if anew else self._reach.newest
        if now.newest > after:
            since = dt.datetime.combine(first, dt.time(), self._zone).astimezone(dt.UTC)
            self._add(since, after, now.newest)
        self._first, self._reach = first, now

    def _add(self, since: dt.datetime, after: int, up_to: int) -> None:
        found, delays = counts(self._archive, since=since, after_id=after, up_to=up_to)
        for one in found:
            site = self._sites.setdefault(one.site, _Site())
            day = one.hour.astimezone(self._zone).date()
            site.days[day] += one.many
            site.kinds[one.kind.value] += one.many
            if one.kind is Kind.EDITED:
                month = site.months[day.year, day.month]
                month[0] += one.many
                month[1] += one.silent
        for delay in delays:
            self._sites.setdefault(delay.site, _Site()).delays[delay.band] += delay.many


def first_day(today: dt.date) -> dt.date:
    """The Monday on which the pictures begin."""
    return today - dt.timedelta(days=today.weekday()) - (WEEKS - 1) * _WEEK


def _drawn(site: _Site, first: dt.date, words: Words) -> Pictures:
    edits = sum(month[0] for month in site.months.values())
    return Pictures(
        weeks=_weeks(site, first, words),
        heat=_heat(site, first, words),
        delays=_delays(site, words),
        silent=_silent(site, first, words),
        edits=edits,
        silently=sum(month[1] for month in site.months.values()),
        total=sum(site.days.values()),
        kinds=tuple(site.kinds.most_common()),
    )


def _by_week(site: _Site, first: dt.date) -> list[int]:
    found = [0] * WEEKS
    for day, many in site.days.items():
        week = (day - first).days // 7
        if 0 <= week < WEEKS:
            found[week] += many
    return found


def _weeks(site: _Site, first: dt.date, words: Words) -> Bars:
    values = _by_week(site, first)
    labels = [words("sites.week_of", day=words.day(first + number * _WEEK)) for number in range(WEEKS)]
    return _bars(values, labels, words, ticks=_month_ticks(first, WIDTH / WEEKS, words))


def _heat(site: _Site, first: dt.date, words: Words) -> Heat:
    days = {day: many for day, many in site.days.items() if 0 <= (day - first).days < WEEKS * 7}
    edges = _edges(sorted(days.values()))
    paths = [""] * (_LEVELS + 1)
    step = SQUARE + GAP
    for number in range(WEEKS * 7):
        many = days.get(first + dt.timedelta(days=number), 0)
        level = sum(many >= edge for edge in edges) if many else 0
        paths[level] += f"M{number // 7 * step} {number % 7 * step + 16}h{SQUARE}v{SQUARE}h-{SQUARE}z"
    busiest = sorted(days.items(), key=lambda one: (-one[1], one[0]))[:5]
    return Heat(
        paths=tuple(paths),
        months=tuple(_month_ticks(first, step, words)),
        width=WEEKS * step - GAP,
        height=7 * step - GAP + 16,
        busiest=tuple(busiest),
    )


def _edges(values: Sequence[int]) -> list[int]:
    """Where the steps of the heat map begin: by rank, so that one night of thousands leaves the others their shades."""
    if not values:
        return []
    ranks = [values[len(values) * part // _LEVELS] for part in range(_LEVELS)]
    return sorted({1, *ranks})[:_LEVELS]


def _delays(site: _Site, words: Words) -> Bars:
    names = [words(f"sites.band_{number}") for number in range(len(BANDS) + 1)]
    width = WIDTH / len(names)
    ticks = [(round((number + 0.5) * width, 1), words(f"sites.tick_{number}")) for number in range(len(names))]
    return _bars([site.delays[number] for number in range(len(names))], names, words, ticks=ticks)


def _silent(site: _Site, first: dt.date, words: Words) -> Bars:
    last = first + (WEEKS * 7 - 1) * dt.timedelta(days=1)
    months: list[dt.date] = []
    at = last.replace(day=1)
    while len(months) < 12:
        months.insert(0, at)
        at = (at - dt.timedelta(days=1)).replace(day=1)
    values = [tuple(site.months.get((month.year, month.month), (0, 0))) for month in months]
    width = WIDTH / len(months)
    ticks = [(round((number + 0.5) * width, 1), words.month(month)) for number, month in enumerate(months)]
    names = [f"{words.month(month)} {month.year}" for month in months]
    said = [
        f"{words.share(silent, edits)} ({words.number(silent)}/{words.number(edits)})" if edits else "–"
        for edits, silent in values
    ]
    return _bars(
        [edits for edits, _ in values], names, words, ticks=ticks, parts=[silent for _, silent in values], said=said
    )


def _bars(
    values: Sequence[int],
    labels: Sequence[str],
    words: Words,
    *,
    ticks: Sequence[tuple[float, str]],
    parts: Sequence[int] = (),
    said: Sequence[str] = (),
) -> Bars:
    top = max(*values, 1)
    width = WIDTH / len(values)
    bars = []
    for number, value in enumerate(values):
        height = HEIGHT * value / top
        bars.append(
            Bar(
                x=round(number * width + width * 0.1, 1),
                y=round(HEIGHT - height, 1),
                width=round(width * 0.8, 1),
                height=round(height, 1),
                label=labels[number],
                value=said[number] if said else words.number(value),
                part=round(HEIGHT * parts[number] / top, 1) if parts else 0,
            )
        )
    return Bars(bars=tuple(bars), top=top, ticks=tuple(ticks))


def _month_ticks(first: dt.date, week: float, words: Words) -> list[tuple[float, str]]:
    """Where months begin below a row of weeks."""
    found: list[tuple[float, str]] = []
    for number in range(WEEKS):
        monday = first + number * _WEEK
        if monday.day <= 7 and number < WEEKS - 2:
            found.append((round(number * week, 1), words.month(monday)))
    return found
