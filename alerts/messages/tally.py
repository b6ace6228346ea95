"""How many changes of each kind, site and wave there are, and which of them a message of limited size shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from alerts.messages.text import clean
from alerts.told import Told
from changes.kinds import Kind

#: The order in which a reader is told of kinds: what a publisher took back comes before what it put out.
ORDER = (
    Kind.WITHDRAWN, Kind.REINSTATED, Kind.REMOVED, Kind.EDITED, Kind.ATTACHMENT, Kind.OFFICEHOLDER, Kind.PUBLISHED, Kind.ARCHIVED,
    Kind.UNARCHIVED, Kind.RESTORED, Kind.MOVED,
)  # fmt: skip


@dataclass(frozen=True, order=True)
class Group:
    """Changes that are told together: of one site and kind, and of one wave where they are of one."""

    site: str
    rank: int
    wave: str

    @property
    def kind(self) -> Kind:
        """What happened to them."""
        return ORDER[self.rank]


@dataclass(kw_only=True)
class Tally:
    """Counts of groups, filled while changes pass by."""

    counts: Counter[Group] = field(default_factory=Counter)

    def add(self, told: Told) -> None:
        """Count one change."""
        self.counts[group_of(told)] += 1

    @property
    def total(self) -> int:
        """All that were counted."""
        return self.counts.total()

    def kinds(self) -> list[tuple[Kind, int]]:
        """Each kind that there is, with its number, in the order of telling."""
        found: Counter[Kind] = Counter()
        for group, count in self.counts.items():
            found[group.kind] += count
        return [(kind, found[kind]) for kind in ORDER if found[kind]]

    def sites(self) -> list[str]:
        """The sites, by name."""
        return sorted({group.site for group in self.counts}, key=str.casefold)

    def groups(self, site: str) -> list[tuple[Group, int]]:
        """The groups of a site with their numbers, in the order of telling; waves after what happened to one alone."""
        found = [(group, count) for group, count in self.counts.items() if group.site == site]
        return sorted(found, key=lambda one: (bool(one[0].wave), one[0]))

    def folds(self, group: Group) -> bool:
        """Whether the changes of a group are told as one: several of one wave."""
        return bool(group.wave) and self.counts[group] > 1

    @property
    def waves(self) -> bool:
        """Whether any group is told as one."""
        return any(self.folds(group) for group in self.counts)


def group_of(told: Told) -> Group:
    """The group that a change is told in."""
    site = clean(told.site_title, 80) or clean(told.change.site, 80)
    return Group(site, ORDER.index(told.change.kind), told.change.wave or "")


def by_group(items: Iterable[Told]) -> dict[Group, list[Told]]:
    """Changes by their group, each in the order they came in."""
    found: dict[Group, list[Told]] = {}
    for told in items:
        found.setdefault(group_of(told), []).append(told)
    return found


def shares(sizes: Sequence[int], room: int) -> list[int]:
    """How many of each group are shown where there is room for so many in all: none is crowded out by a large one."""
    given = [0] * len(sizes)
    open_at = [at for at, size in enumerate(sizes) if size]
    while room > 0 and open_at:
        each = max(1, room // len(open_at))
        for at in list(open_at):
            take = min(each, sizes[at] - given[at], room)
            given[at] += take
            room -= take
            if given[at] == sizes[at]:
                open_at.remove(at)
    return given
