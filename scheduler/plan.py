"""The revisit plan: when a page is looked at again. Young pages often, old ones seldom, none never.

A visit is worth what it saves: edits that would else be seen later. The delay of edits adds up to rate * interval / 2,
and weighs less the staler the news is; visits add up to 1 / interval. The sum is least where the interval is the root
of 2 * PRICE * staleness / rate. That is Cho and Garcia-Molina's rule (2003) for delays instead of stale copies: unlike
theirs, it never gives up on pages that change often.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from changes.kinds import Kind
from crawler.reading.profiles import Schedule
from crawler.reading.schedule_values import runs_a_day
from scheduler.rhythm import BOUNDS, MEMORY, Rhythm, leaning, own_rate
from scheduler.schedule import next_due, period
from storage.records import Change, Page, PageState
from storage.rhythm import birth

_DAY = dt.timedelta(days=1)

#: The age ladder that newsdiffs used: (younger than, visited every). For pages that were never given a time.
LADDER = (
    (dt.timedelta(hours=3), dt.timedelta(minutes=15)),
    (dt.timedelta(days=1), dt.timedelta(hours=1)),
    (dt.timedelta(days=7), dt.timedelta(hours=3)),
    (dt.timedelta(days=30), dt.timedelta(days=3)),
    (dt.timedelta(days=365), dt.timedelta(days=30)),
)
OLDEST = dt.timedelta(days=90)
#: A page that could not be found, or that may have shown an old copy, is looked at again soon.
DOUBTFUL = dt.timedelta(hours=1)
#: A page of which nothing new is heard is asked again after a quarter of the time for which nothing was heard.
PATIENCE = 4
#: What a visit costs, in days of delay of fresh news.
PRICE = 6e-5
#: Where a budget makes visits dearer, pages so young (in days) are nearly spared; no budget needs more powers of ten.
_TENDER, _DEAREST = 0.02, 200.0
#: How fast news gets stale: a delay counts by (age + FRESH) ** -STALING, in days.
FRESH, STALING = 0.04, 0.5
#: A site's budget also pays for files, redirects and second tries.
PAGES_SHARE = 0.8
#: So many pages at least make a wave.
WAVE = 3
#: More edits a visit than any mix of pages shows by chance.
_EDITS_A_VISIT = 0.02
_CHANCE = 1e-3
#: Marks that a site puts on many pages at a time.
_MARKS = frozenset({Kind.ARCHIVED, Kind.UNARCHIVED, Kind.WITHDRAWN, Kind.REINSTATED, Kind.OFFICEHOLDER})


class Plan:
    """When the pages of one site are visited, by the site's rhythm and within its schedule.

    Args:
        schedule: When the site is visited at all, and how many requests a day it grants.
        zone: The site's own.
        seed: The site's name, as `next_due` of the schedule is given it.
        rhythm: How often its pages are edited.
        ages: How many pages it has by bands of age: those of `rhythm.BOUNDS`, youngest first, and what is older. Only
            asked for where there is a budget.
        lists: How many requests each run makes before it comes to pages.
    """

    def __init__(
        self,
        *,
        schedule: Schedule,
        zone: ZoneInfo,
        seed: str = "",
        rhythm: Rhythm | None = None,
        ages: Sequence[int] = (),
        lists: int = 0,
    ) -> None:
        self._schedule, self._zone, self._seed = schedule, zone, seed
        self._rhythm = rhythm or Rhythm()
        self._period = period(schedule, zone)
        self._shortest = self._period / _DAY
        self._longest = OLDEST / _DAY
        self._ages = ages
        self.thrift = 1.0  #: more where a budget makes visits dearer than they are, those of old pages above all
        self.lists_a_day = lists * runs_a_day(schedule)
        if schedule.budget is not None:
            self._afford(schedule.budget)

    def next_due(self, page: Page, at: dt.datetime) -> dt.datetime:
        """When a page, as it stands after a visit at `at`, is to be visited next: a due time of the site's schedule."""
        wait = self.interval(page, at)
        if wait > _DAY:
            wait *= _spread(page, at)
        # the due time that is nearest: a run takes a while, and a visit late in one is no reason to skip the next
        sooner = max(at, at + wait - self._period / 2)
        return next_due(self._schedule, self._zone, after=sooner, seed=self._seed)

    def interval(self, page: Page, at: dt.datetime) -> dt.timedelta:
        """How long a page can wait for its next visit, as it stands after one at `at`."""
        if page.state is PageState.NEW:
            return _patient(at - page.first_seen, at_least=self._period)
        if page.state is PageState.MOVED:
            return OLDEST
        if page.state in (PageState.MISSING, PageState.GONE):
            since = page.missing_since or page.last_seen or page.first_seen
            return _patient(at - since, at_least=DOUBTFUL if page.state is PageState.MISSING else _DAY)
        usual = dt.timedelta(days=self._days(page, at))
        if page.suspect is not None:
            return min(usual, DOUBTFUL)
        if page.last_seen is not None and page.last_seen < (page.last_visit or page.last_seen):
            return min(usual, _patient(at - page.last_seen, at_least=self._period))
        return usual

    def wave(self, changes: Iterable[Change], *, visited: int, known: int) -> bool:
        """Whether the changes of a crawl show that something happened to the whole site, and its other pages should be
        visited now: marks of one kind on several pages, or more edits than chance makes.

        `visited` of its `known` pages were looked at. A crawl that saw most of them has nothing left to look for.
        """
        if 2 * visited >= known:
            return False
        kinds = Counter({kind: len(urls) for kind, urls in _pages_by_kind(changes).items()})
        if any(kinds[kind] >= WAVE for kind in _MARKS):
            return True
        edits = kinds[Kind.EDITED]
        return edits >= WAVE and _tail(edits, _EDITS_A_VISIT * max(visited, edits)) < _CHANCE

    @property
    def requests_a_day(self) -> float:
        """How many requests a day this plan makes of the pages it was told of, their lists included."""
        return self.lists_a_day + self._visits_a_day(self.thrift)

    def _days(self, page: Page, at: dt.datetime) -> float:
        """The interval, in days, of a page that is there."""
        born = birth(page)
        age = max((at - born) / _DAY, 0.0)
        watched = max((at - page.first_seen) / _DAY, 0.0)
        silence, edits, own = age, 0.0, 0.0
        if page.last_edit is not None:
            silence = min(max((at - page.last_edit) / _DAY, 0.0), age)
            edits = page.edits * 0.5 ** (silence / MEMORY)
            own = own_rate(edits, watched=watched, until_last=watched - silence)
        lean = leaning(edits, self._rhythm.expected(max(age - watched, 0.0), age))
        return self._best(self._rhythm.rate(age) * lean + own, age, silence, self.thrift)

    def _best(self, rate: float, age: float, silence: float, thrift: float) -> float:
        price = PRICE * thrift ** ((age + _TENDER) / (age + _TENDER + 1))
        best = math.sqrt(2 * price * (silence + FRESH) ** STALING / rate)
        return min(max(best, self._shortest), self._longest)

    def _afford(self, budget: int) -> None:
        """Make visits dearer until what is visited fits the budget; the oldest pages are the first to wait."""
        left = max(budget - self.lists_a_day, budget / 10) * PAGES_SHARE
        # half of it at most keeps an eye on the oldest; there may be so many that 90 days are too short
        self._longest = max(self._longest, 2 * sum(self._ages) / left)
        if self._visits_a_day(1.0) <= left:
            return
        low, high = 0.0, _DEAREST
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (middle, high) if self._visits_a_day(10.0**middle) > left else (low, middle)
        self.thrift = 10.0**high

    def _visits_a_day(self, thrift: float) -> float:
        edges = [0.0, *(bound / _DAY for bound in BOUNDS), 5 * 365.0]
        total = 0.0
        for count, start, end in zip(self._ages, edges, edges[1:], strict=False):
            ages = [start + (end - start) * (number + 0.5) / 8 for number in range(8)] if count else []
            total += sum(
                count / 8 / self._best(self._rhythm.rate(age) * self._lean(age), age, age, thrift) for age in ages
            )
        return total

    def _lean(self, age: float) -> float:
        """How a page leans that was watched since it was published and never edited, as nearly all are."""
        return leaning(0, self._rhythm.expected(0, age))


def is_due(page: Page, now: dt.datetime) -> bool:
    """Whether a page is due for a visit at `now` (aware, UTC)."""
    if page.last_visit is None or page.last_visit > now:  # the clock was set back: what was planned is worth nothing
        return True
    return now >= (page.next_due or page.last_visit + interval(page, now))


def interval(page: Page, now: dt.datetime) -> dt.timedelta:
    """How long after its last visit a page is due again that was never given a time: the ladder, by its age."""
    if page.state is PageState.MISSING or page.suspect is not None:
        return DOUBTFUL
    age = now - page.first_seen
    return next((every for younger, every in LADDER if age < younger), OLDEST)


def _patient(silence: dt.timedelta, *, at_least: dt.timedelta) -> dt.timedelta:
    return min(max(silence / PATIENCE, at_least), OLDEST)


def _spread(page: Page, at: dt.datetime) -> float:
    """A factor that keeps pages which were visited together from coming back together: most of all those that a
    site's first crawl found.
    """
    share = page.id * 0.6180339887 % 1  # neighbours fall far apart
    if page.baseline and at - page.first_seen < _DAY:
        return 0.1 + 0.9 * share
    return 0.9 + 0.2 * share


def _pages_by_kind(changes: Iterable[Change]) -> dict[Kind, set[str]]:
    found: dict[Kind, set[str]] = {}
    for change in changes:
        if not change.baseline:
            found.setdefault(change.kind, set()).add(change.url)
    return found


def _tail(count: int, mean: float) -> float:
    """The chance of so many or more where so many are to be expected (Poisson)."""
    term, below = math.exp(-mean), 0.0
    for number in range(count):
        below += term
        term *= mean / (number + 1)
    return max(0.0, 1 - below)
