"""The law by which press releases are edited, fitted to the first half of real histories.

An edit that lies somewhere between two looks adds the logarithm of what the law expects between them, and all the time
in which none was found takes away what the law expects of it: the likelihood of a Poisson process of which only counts
are known. The best law is looked for on a grid.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from benchmarks.histories import DAY, History, Life

_DECAYS = tuple(1.05 + 0.05 * step for step in range(24))
_SOONS = (0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.16, 0.3)
_LIKENESSES = tuple(0.02 * 1.15**step for step in range(40))


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What a history tells, with ages in days: spans in which edits would be known, and where each one lies."""

    watched: Sequence[tuple[float, float, float]]  #: from, to, how many pages
    edits: Sequence[tuple[float, float]]


def fit(histories: Sequence[History]) -> str:
    """`SCALE`, `SOON`, `DECAY` and `LIKENESS` of `scheduler.rhythm`, as text."""
    kept = [history for history in histories if history.fitted]
    known = [_known(history, history.half(training=True)) for history in kept]
    _, scale, soon, decay = max(_likelihood(known, soon, decay) for soon, decay in product(_SOONS, _DECAYS))
    lines = [f"SCALE, SOON, DECAY = {scale:.4f}, {soon:g}, {decay:.2f}"]
    for history, one in zip(kept, known, strict=True):
        edits = len(one.edits)
        lines.append(f"{history.name}: {edits} edits, {scale * _expected(one, soon, decay):.1f} by this law")
    first, law = kept[0].half(training=True), (scale, soon, decay)
    lines.append(f"LIKENESS = {max(_LIKENESSES, key=lambda shape: _alike(first, law, shape)):.2f} ({kept[0].name})")
    return "\n".join(lines)


def _known(history: History, lives: Sequence[Life]) -> _Known:
    young, old = (age / DAY for age in history.seen)
    watched, edits = [], []
    for life in lives:
        start, end = max((life.since - life.born) / DAY, young), (life.until - life.born) / DAY
        watched.append((start, max(start, min(end, old)), life.weight))
        for sooner, later in life.edits:
            since = max((sooner - life.born) / DAY, 0.0)
            edits.append((since, max((later - life.born) / DAY, since + 1e-5)))
    return _Known(watched=watched, edits=edits)


def _likelihood(known: Sequence[_Known], soon: float, decay: float) -> tuple[float, float, float, float]:
    edits = [edit for one in known for edit in one.edits]
    scale = len(edits) / sum(_expected(one, soon, decay) for one in known)
    told = sum(math.log(max(1e-300, scale * _between(start, end, soon, decay))) for start, end in edits)
    return told - len(edits), scale, soon, decay


def _expected(known: _Known, soon: float, decay: float) -> float:
    return sum(weight * _between(start, end, soon, decay) for start, end, weight in known.watched)


def _between(start: float, end: float, soon: float, decay: float) -> float:
    return float(((start + soon) ** (1 - decay) - (end + soon) ** (1 - decay)) / (decay - 1))


def _alike(lives: Sequence[Life], law: tuple[float, float, float], shape: float) -> float:
    """The likelihood of how many edits each release had, if rates are spread about the law with such a shape."""
    scale, soon, decay = law
    mean = scale * _between(0, 2, soon, decay)
    total = 0.0
    counts: Counter[int] = Counter()
    for life in lives:
        counts[len(life.edits)] += round(life.weight * 1000)
    for count, weight in counts.items():
        chance = (
            math.lgamma(count + shape)
            - math.lgamma(shape)
            - math.lgamma(count + 1)
            + shape * math.log(shape / (shape + mean))
            + count * math.log(mean / (shape + mean))
        )
        total += weight / 1000 * chance
    return total
