"""How long until an edit is seen, and at how many requests: our plan beside the ladder of newsdiffs and a uniform plan,
on real histories of real edits.

The priors of `scheduler.rhythm` and the price of a visit in `scheduler.plan` were chosen on one half of the releases;
what is printed comes from the other half. An edit is only known to lie between two looks of whoever collected it. Each
is put at twenty moments in between, evenly; `--edits early` and `late` put it at one end instead, and show how much
hangs on that.

Requests are visits of pages. Lists are read every quarter of an hour by each plan alike and do not count.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.fitting import fit
from benchmarks.histories import DAY, Life, read_histories
from crawler.reading.profiles import Schedule
from scheduler.plan import LADDER, OLDEST, Plan
from storage.records import Page, PageState

#: When a page is visited next, as it stands after a visit at a moment.
Rule = Callable[[Page, dt.datetime], dt.datetime]
DRAWS = 20


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one history under one plan: visits made, and for each edit how long it was not seen, in hours."""

    visits: float
    days: float
    delays: Sequence[float]

    def share(self, part: float) -> float:
        """The delay that this share of all edits do not exceed."""
        return sorted(self.delays)[min(len(self.delays) - 1, int(part * len(self.delays)))]

    @property
    def mean(self) -> float:
        """The mean delay."""
        return sum(self.delays) / len(self.delays)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table for each history; 1 where there are none."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the collections")
    parser.add_argument("--edits", choices=("even", "early", "late"), default="even", help="where between two looks")
    parser.add_argument("--half", choices=("test", "training"), default="test", help="which releases")
    parser.add_argument("--fit", action="store_true", help="fit the priors on the training half, and print them")
    options = parser.parse_args(arguments)
    if not options.data.is_dir():
        print(f"no histories at {options.data}: they are kept beside the checkout; --data names another place")
        return 1
    histories = read_histories(options.data)
    if options.fit:
        print(fit(histories))
        return 0
    half = [(history, history.half(training=options.half == "training")) for history in histories]
    for history, lives in half:
        print(_table(f"{history.name}, {history.notes}", lives, compare(lives, options.edits)))
    everything = [life for _, lives in half for life in lives]
    print(_table("All together, as one site", everything, compare(everything, options.edits)))
    return 0


def compare(lives: Sequence[Life], how: str, *, draws: int = DRAWS) -> dict[str, Outcome]:
    """The outcome of each plan; the uniform ones make as many requests as ours and as the ladder."""
    plan = Plan(schedule=Schedule(), zone=ZoneInfo("UTC"))
    ours = replay(lives, plan.next_due, how, draws=draws)
    ladder = replay(lives, _ladder, how, draws=draws)
    return {
        "ours": ours,
        "ladder": ladder,
        "uniform, as many as ours": _uniform(lives, ours, how, draws),
        "uniform, as many as the ladder": _uniform(lives, ladder, how, draws),
    }


def replay(lives: Sequence[Life], rule: Rule, how: str, *, draws: int = DRAWS) -> Outcome:
    """Watch some pages through their lives by a rule."""
    visits, days, delays = 0.0, 0.0, list[float]()
    for number, life in enumerate(lives):
        days += life.weight * ((life.until - life.since) / DAY)
        times = draws if life.edits and how == "even" else 1
        chance = random.Random(life.key)
        for _ in range(times):
            made, seen = _watch(number, life, rule, life.draw(how, chance))
            visits += life.weight * made / times
            delays += seen
    return Outcome(visits=visits, days=days, delays=delays)


def _watch(number: int, life: Life, rule: Rule, edits: Sequence[dt.datetime]) -> tuple[int, list[float]]:
    """How many visits one page gets, and how long each of its edits was not seen, in hours."""
    page = Page(
        id=number,
        site_id=1,
        url="",
        state=PageState.LIVE,
        baseline=life.since > life.born,
        first_seen=life.since,
        dated=life.born,
    )
    waiting = [edit for edit in edits if edit >= life.since]
    seen: list[float] = []
    visits, now = 0, life.since
    while waiting or now < life.until:
        page = replace(page, last_visit=now, last_seen=now)
        found = [edit for edit in waiting if edit <= now]
        if found:
            seen += [(now - edit) / dt.timedelta(hours=1) for edit in found]
            waiting = waiting[len(found) :]
            page = replace(page, edits=page.edits + 1, last_edit=now)
        visits += now < life.until
        now = rule(page, now)
    return visits, seen


def _ladder(page: Page, now: dt.datetime) -> dt.datetime:
    # by the age of the release, which is kinder to the ladder than the time since we found it
    age = now - (page.dated or page.first_seen)
    return now + next((every for younger, every in LADDER if age < younger), OLDEST)


def _uniform(lives: Sequence[Life], other: Outcome, how: str, draws: int) -> Outcome:
    every = other.days / other.visits * DAY

    def rule(page: Page, now: dt.datetime) -> dt.datetime:
        # visits of a page are not bound to its publication: the first one falls anywhere
        first = now == page.first_seen
        return now + every * ((page.id + 1) * 0.6180339887 % 1 if first else 1)

    found = replay(lives, rule, how, draws=draws)
    return replace(found, visits=found.visits - sum(life.weight for life in lives))  # the visit that found it


def _table(name: str, lives: Sequence[Life], outcomes: dict[str, Outcome]) -> str:
    pages = sum(life.weight for life in lives)
    edits = sum(len(life.edits) for life in lives)
    lines = [
        f"\n{name}: {pages:.0f} pages, {edits} edits",
        f"{'':32}{'requests':>10}{'a page':>8}{'median':>9}{'mean':>9}{'95 %':>9}",
    ]
    for plan, one in outcomes.items():
        delays = "".join(f"{_hours(value):>9}" for value in (one.share(0.5), one.mean, one.share(0.95)))
        lines.append(f"{plan:32}{one.visits:>10.0f}{one.visits / pages:>8.1f}{delays}")
    return "\n".join(lines)


def _hours(value: float) -> str:
    if value < 2:
        return f"{value * 60:.0f} min"
    return f"{value:.1f} h" if value < 48 else f"{value / 24:.1f} d"


if __name__ == "__main__":
    sys.exit(main())
