"""How often the pages of a site are edited, by their age: a law that holds for press releases, and what the site's
own history adds to it.

The law was fitted to real edits (docs/explanation/revisits.md): of releases `age` days old, `SCALE * (age + SOON) **
-DECAY` are edited a day. Nearly half of all edits come within three hours of publication, one in ten after a
week.

What a site did itself is learnt from plain counts, by bands of age: edits found against edits that the law expects.
Both estimates are Bayesian with a Gamma prior, so that a site of which little is known follows the law, and one edit
on a quiet day makes no fever. That an edit is counted once a visit, however many were made, matters little: seldom
are two to be expected between two visits (Cho and Garcia-Molina 2003 correct for it where they are).
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from storage.rhythm import Watched

_DAY = dt.timedelta(days=1)

#: The law, per day and with ages in days.
SCALE, SOON, DECAY = 0.01, 0.04, 1.45
#: So many expected edits of a site's own weigh as much as the law.
TRUST = 4.0
#: How unlike pages are: the shape of the Gamma distribution of their rates about the law. Below 1, most are never
#: edited and a few again and again.
LIKENESS = 0.22
#: After so many days without an edit, the edits before count half.
MEMORY = 120.0

#: What a site's history can make of the law at most: silence is no promise, and noise is no news.
LEAST, MOST = 0.25, 30.0
#: So many days make a habit.
HABIT = 10.0

#: Upper bounds of the bands of age that are told apart; beyond the last is one more.
BOUNDS = tuple(dt.timedelta(hours=hours) for hours in (3, 24, 3 * 24, 7 * 24, 30 * 24, 90 * 24, 365 * 24))
_BOUNDS = tuple(bound / _DAY for bound in BOUNDS)


@dataclass(frozen=True, kw_only=True)
class Rhythm:
    """How often pages of a site are edited. Without a history, the law alone.

    `factors` are how many times as often as the law says, by band of age.
    """

    factors: tuple[float, ...] = (1.0,) * (len(BOUNDS) + 1)

    @classmethod
    def learn(cls, seen: Sequence[Watched]) -> Rhythm:
        """The rhythm of a site by what was seen in each band: those of `BOUNDS`, youngest first, and what is older."""
        expected = [_mean_rate(band) * watched.days for band, watched in enumerate(seen)]
        found = [watched.edits for watched in seen]
        overall = (TRUST + sum(found)) / (TRUST + sum(expected))
        factors = (
            overall * (TRUST + edits) / (TRUST + overall * due) for edits, due in zip(found, expected, strict=True)
        )
        return cls(factors=tuple(min(max(factor, LEAST), MOST) for factor in factors))

    def rate(self, age: float) -> float:
        """Edits a day of a page so many days old of which no more is known."""
        return self.factors[bisect_right(_BOUNDS, age)] * _rate(age)

    def expected(self, young: float, old: float) -> float:
        """Edits of such a page between two ages, in days."""
        return self._until(old) - self._until(young) if old > young else 0.0

    def _until(self, age: float) -> float:
        band = bisect_right(_BOUNDS, age)
        below, start = self._sums[band]
        return below + self.factors[band] * (_integral(age) - _integral(start))

    @cached_property
    def _sums(self) -> tuple[tuple[float, float], ...]:
        """For each band: what is expected before it, and the age at which it begins."""
        found = [(0.0, 0.0)]
        for factor, end in zip(self.factors, _BOUNDS, strict=False):
            below, start = found[-1]
            found.append((below + factor * (_integral(end) - _integral(start)), end))
        return tuple(found)


def leaning(edits: float, expected: float) -> float:
    """How many times as often a page is edited as others of its age, by the edits it had and those it should have had.

    The mean of its Gamma distribution after what was seen of it.
    """
    return (LIKENESS + edits) / (LIKENESS + expected)


def own_rate(edits: float, *, watched: float, until_last: float) -> float:
    """Edits a day of a page that is kept up like a notice board, whatever its age; ages in days.

    The first edit is what any release may have. More of them tell of such a page if they go on: `until_last` is for
    how long it had been watched when the last was found.
    """
    going_on = until_last / (until_last + HABIT) if until_last > 0 else 0.0
    return max(edits - 1, 0.0) / (min(watched, MEMORY) + HABIT) * going_on


def _rate(age: float) -> float:
    return float(SCALE * (age + SOON) ** -DECAY)


def _integral(age: float) -> float:
    """The law, summed up from publication."""
    return float(SCALE / (DECAY - 1) * (SOON ** (1 - DECAY) - (age + SOON) ** (1 - DECAY)))


def _mean_rate(band: int) -> float:
    """The law's rate over a band, the last reckoned as three years long."""
    start = _BOUNDS[band - 1] if band else 0.0
    end = _BOUNDS[band] if band < len(_BOUNDS) else start + 3 * 365
    return (_integral(end) - _integral(start)) / (end - start)
