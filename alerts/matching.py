"""Which changes were asked for: all wishes against all changes at once.

Pure. For each site, kind, label … the changes that have it are the bits of one whole number, and so are the changes
that fit a wish: a thousand wishes cost a few operations each, however many changes there are. Texts are cut into words
once for each change, and only wishes whose first word stands there are looked at any closer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from operator import and_, or_

from alerts.subscription import Wishes
from alerts.wording import Said, Sought
from changes.release import Release, normalise
from storage.alert_records import Owed


class Matcher:
    """Takes changes one by one, and then says of each wish which of them fit.

    Changes need their releases where `needs_releases` says so, and are forgotten as soon as they were added.
    """

    def __init__(self, wishes: Iterable[Wishes]) -> None:
        self._wishes = tuple(dict.fromkeys(wishes))
        self._count = 0
        self._having: dict[tuple[str, str], int] = defaultdict(int)
        self._senders = sorted({_folded(name) for one in self._wishes for name in one.senders} - {""})
        self._sought = Sought({(one.where, words) for one in self._wishes for words in one.words})

    @property
    def needs_releases(self) -> bool:
        """Whether any wish asks for what releases say."""
        return bool(self._senders) or bool(self._sought)

    def add(self, owed: Owed) -> None:
        """Look at one more change."""
        bit = 1 << self._count
        self._count += 1
        for having in self._properties(owed):
            self._having[having] |= bit

    def fitting(self) -> dict[Wishes, int]:
        """For each wish the changes that fit, as bits: the first that was added is bit 0."""
        return {one: self._fitting(one) for one in self._wishes}

    def _properties(self, owed: Owed) -> Iterator[tuple[str, str]]:
        finding = owed.change.finding
        yield "site", owed.change.site
        yield "kind", owed.change.kind
        yield from (("label", label) for label in finding.labels)
        yield from (("field", name) for name in finding.fields)
        if finding.silent:
            yield "silent", ""
        if self._senders:
            names = [_folded(name) for release in _releases(owed) for name in release.senders]
            yield from (("sender", wanted) for wanted in self._senders if any(wanted in name for name in names))
        if self._sought:
            yield from self._sought.found(Said(owed))

    def _fitting(self, wishes: Wishes) -> int:
        groups: list[tuple[str, Sequence[str]]] = [
            ("site", wishes.sites),
            ("kind", wishes.kinds),
            ("label", wishes.labels),
            ("field", wishes.fields),
            ("sender", [_folded(name) for name in wishes.senders]),
            (wishes.where, wishes.words),
            ("silent", [""] if wishes.silent else []),
        ]
        asked = [reduce(or_, (self._having.get((what, one), 0) for one in values)) for what, values in groups if values]
        return reduce(and_, asked, (1 << self._count) - 1)


def places(bits: int) -> list[int]:
    """The numbers of the bits that are set, in order."""
    text = bin(bits)[:1:-1]
    found, at = [], text.find("1")
    while at >= 0:
        found.append(at)
        at = text.find("1", at + 1)
    return found


def _releases(owed: Owed) -> tuple[Release, ...]:
    return tuple(release for release in (owed.after, owed.before) if release is not None)


def _folded(name: str) -> str:
    return normalise(name).casefold()
