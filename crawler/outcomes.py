"""What became of each planned address, and a crawl's report that adds up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Result(StrEnum):
    """How one visit ended. Every planned address ends in exactly one of these."""

    UNCHANGED = "unchanged"  #: it says what it said
    PUBLISHED = "published"  #: read for the first time
    CHANGED = "changed"  #: a new version, with its changes
    SUSPECTED = "suspected"  #: it says something that only counts once a second visit finds it so
    MISSING = "missing"  #: not found; whether it is gone shows over several visits
    WAITING = "waiting"  #: kept, and read at the end of the crawl: it fits no rules yet
    FAULT = "fault"  #: no answer that could be read; `reason` says why


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The end of one visit."""

    result: Result
    reason: str = ""  #: of a fault, in one word
    changes: tuple[int, ...] = ()

    @property
    def stat(self) -> str:
        """The name under which it is counted: `unchanged`, `fault/blocked`."""
        return f"{self.result}/{self.reason}" if self.reason else str(self.result)


@dataclass(kw_only=True)
class Tally:
    """Counts of one crawl. `planned` is always the sum of the outcomes once the crawl has ended."""

    planned: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)
    lists: Counter[str] = field(default_factory=Counter)

    def count(self, outcome: Outcome) -> None:
        """Count one ended visit."""
        self.outcomes[outcome.stat] += 1

    @property
    def ended(self) -> int:
        """How many planned addresses have ended."""
        return self.outcomes.total()

    def faults(self, *reasons: str) -> int:
        """How many visits ended in a fault, or in one of these."""
        return sum(
            count
            for stat, count in self.outcomes.items()
            if stat.startswith("fault/") and (not reasons or stat.removeprefix("fault/") in reasons)
        )

    def stats(self) -> dict[str, int]:
        """All counts by name, as they are kept with the crawl: `planned`, `page/unchanged`, `change/edited` …"""
        counts = {"planned": self.planned}
        for group, counter in (
            ("page", self.outcomes),
            ("change", self.changes),
            ("file", self.files),
            ("list", self.lists),
        ):
            counts |= {f"{group}/{name}": count for name, count in sorted(counter.items())}
        return counts
