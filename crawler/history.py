"""The history of one page, worked out anew from the answers that are kept: a pure function of them.

It decides as the archivist does, answer by answer in the order of their capture: what a reader saw is compared with the
latest version, and what looks like an old copy or half a page counts once a second answer says it. What a crawl has
counted stays counted: it knew more than its answers tell (that a second visit had confirmed one, that others were
looked at and thrown away).

Visits that found nothing new left no answer, only the time and number of looks in the version that they confirmed.
They are part of the history as one look at the version's last time.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from changes.canonical import similarity, text_digest
from changes.compare import compare
from changes.kinds import Finding, Kind
from changes.release import Release
from crawler.weighing import garbled, says_again, shrunk
from storage.correcting import Step
from storage.purging import RULES as PURGED
from storage.records import Snapshot, Version

#: So many earlier versions are held against a page that may be a stale copy.
RECENT = 6


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What an answer says by today's rules. `doubted`: something that stands on the page is missing in it."""

    release: Release
    rules: str
    doubted: bool = False


#: Reads an answer, given what the page said before and the version (as it stands) that was read from it; None where
#: it cannot be read, or is not the publisher speaking.
Reader: TypeAlias = Callable[[Snapshot, Release | None, Version | None], Reading | None]


def by_crawl(snapshot: Snapshot) -> bool:
    """Whether a crawl of ours brought an answer: what it then made of it counts."""
    return snapshot.crawl_id is not None


def rebuild(
    snapshots: Sequence[Snapshot],
    versions: Sequence[Version],
    read: Reader,
    *,
    new: Collection[int] = (),
    sure: Callable[[Snapshot], bool] = by_crawl,
) -> list[Step]:
    """The versions that a page should have, each with the findings that led to it.

    Args:
        snapshots: All answers that are kept of the page, in any order.
        versions: Its versions as they stand; none for a page that is only now put together.
        read: Reads an answer.
        new: The answers that no visit was counted for yet.
        sure: Whether what stands as the version of an answer is believed without a second one that says it.
    """
    past = _Past(read, frozenset(new), frozenset(snapshot.captured_at for snapshot in snapshots))
    first_of: dict[int, Version] = {}
    for version in sorted(versions, key=lambda one: one.number):
        first_of.setdefault(version.snapshot_id, version)
    events: list[tuple[dt.datetime, int, tuple[int, str], Callable[[], None]]] = []
    for snapshot in snapshots:
        of_it = first_of.get(snapshot.id)
        if of_it is not None and of_it.first_seen == snapshot.captured_at:
            # what a crawl counted stays counted; what came from elsewhere must make its case anew
            believed = sure(snapshot) or of_it.rules == PURGED
            act = _bind(past.known if believed else past.take, snapshot, of_it)
        else:
            act = _bind(past.take, snapshot, None)
        events.append((snapshot.captured_at, 0, _turn(snapshot), act))
    by_id = {snapshot.id: snapshot for snapshot in snapshots}
    for version in versions:
        past.spans.append(version)
        snapshot = by_id[version.snapshot_id]
        if version.first_seen != snapshot.captured_at:
            events.append((version.first_seen, 1, (version.number, ""), _bind(past.again, version)))
        events.append((version.last_seen, 2, (version.number, ""), _bind(past.end, version)))
    for *_, act in sorted(events, key=lambda event: event[:3]):
        act()
    return past.finished()


def _turn(snapshot: Snapshot) -> tuple[int, str]:
    """Whose turn it is among answers of one moment: ours as they came, then those from elsewhere however they came."""
    return (snapshot.id, "") if snapshot.crawl_id is not None else (sys.maxsize, snapshot.digest)


def _bind(act: Callable[..., None], *values: object) -> Callable[[], None]:
    return lambda: act(*values)


@dataclass
class _Past:
    """The history up to one moment."""

    read: Reader
    new: frozenset[int]
    times: frozenset[dt.datetime]  #: of all answers
    steps: list[Step] = field(default_factory=list)
    spans: list[Version] = field(default_factory=list)
    suspect: str | None = None
    _counted: dict[int, int] = field(default_factory=dict)  #: visits of a version, by its number, met so far
    _readings: dict[int, Reading] = field(default_factory=dict)  #: of the answer behind each version
    _vain: dict[int, int] = field(default_factory=dict)  #: versions that came to nothing: the step they fell into

    @property
    def before(self) -> Release | None:
        return self.steps[-1].release if self.steps else None

    def known(self, snapshot: Snapshot, version: Version) -> None:
        """An answer that became a version when it was fetched."""
        reading = None if version.rules == PURGED else self.read(snapshot, self.before, version)
        # a reading that fails never takes away what one that succeeded had found
        self._readings[version.number] = reading = reading or Reading(release=version.release, rules=version.rules)
        self._count(snapshot, version, reading.release)
        self._say(reading, snapshot.id, snapshot.captured_at, was=version)

    def take(self, snapshot: Snapshot, version: Version | None) -> None:
        """An answer that did not, or that came from elsewhere: it is judged as a visit is."""
        reading = self.read(snapshot, self.before, version) if snapshot.status == 200 else None
        if version is not None:
            self._readings[version.number] = reading or Reading(release=version.release, rules=version.rules)
        if reading is None or reading.doubted or self._elsewhere(snapshot, reading.release):
            self._nothing(version)
            return
        digest = text_digest(reading.release)
        differs = self.before is not None and bool(compare(self.before, reading.release))
        if differs and self.steps[-1].last_seen >= snapshot.captured_at:
            self._nothing(version)  # of two answers of one moment the first counts: versions follow each other in time
            return
        if differs and self.before is not None and garbled(self.before, reading.release):
            self._nothing(version)  # whoever kept it took its encoding for another one
            return
        if self.before is not None and differs and digest != self.suspect:
            earlier = [step.release for step in self.steps[-RECENT:-1]]
            if says_again(self.before, earlier, reading.release) or shrunk(self.before, reading.release):
                self.suspect = digest
                self._count(snapshot, version, reading.release)
                self._nothing(version)
                return
        self._count(snapshot, version, reading.release)
        self._say(reading, snapshot.id, snapshot.captured_at, was=version)

    def again(self, version: Version) -> None:
        """A look that found an earlier answer's words once more, after something else had stood there."""
        self._counted[version.number] = self._counted.get(version.number, 0) + 1
        self._say(self._reading(version), version.snapshot_id, version.first_seen, was=version)

    def end(self, version: Version) -> None:
        """The looks that found a version as it was, up to the last of them."""
        left = version.visits - self._counted.get(version.number, 0)
        if version.number in self._vain:
            if left > 0:  # what an answer alone could not prove was found again by visits
                self._say(self._reading(version), version.snapshot_id, version.last_seen, visits=left, was=version)
        elif self.steps and version.number in self.steps[-1].was:
            last = self.steps[-1]
            self.steps[-1] = replace(
                last, last_seen=max(last.last_seen, version.last_seen), visits=last.visits + max(left, 0)
            )
        elif version.last_seen > version.first_seen and (left > 0 or version.last_seen not in self.times):
            # something else stood there in the meantime
            self._say(self._reading(version), version.snapshot_id, version.last_seen, visits=max(left, 1), was=version)

    def finished(self) -> list[Step]:
        """The history, every version as it stood in one of its steps."""
        standing = {number for step in self.steps for number in step.was}
        for number, index in self._vain.items():
            if self.steps and number not in standing:
                step = self.steps[max(index, 0)]
                self.steps[max(index, 0)] = replace(step, was=(*step.was, number))
        return self.steps

    def _say(
        self, reading: Reading, snapshot: int, at: dt.datetime, *, visits: int = 1, was: Version | None = None
    ) -> None:
        self.suspect = None
        numbers = () if was is None else (was.number,)
        if not self.steps:
            findings: tuple[Finding, ...] = (Finding(kind=Kind.PUBLISHED),)
        else:
            last = self.steps[-1]
            findings = compare(last.release, reading.release)
            if not findings and PURGED not in (reading.rules, last.rules):
                self.steps[-1] = replace(
                    last,
                    last_seen=max(last.last_seen, at),
                    visits=last.visits + visits,
                    was=tuple(dict.fromkeys((*last.was, *numbers))),
                )
                return
        purged = reading.rules == PURGED or (bool(self.steps) and self.steps[-1].rules == PURGED)
        self.steps.append(
            Step(
                snapshot_id=snapshot,
                release=reading.release,
                digest=text_digest(reading.release),
                rules=reading.rules,
                first_seen=at,
                last_seen=at,
                visits=visits,
                findings=findings,
                was=numbers,
                as_told=purged,
            )
        )

    def _reading(self, version: Version) -> Reading:
        return self._readings.get(version.number) or next(
            (
                reading
                for other in self.spans
                if other.snapshot_id == version.snapshot_id and (reading := self._readings.get(other.number))
            ),
            Reading(release=version.release, rules=version.rules),
        )

    def _count(self, snapshot: Snapshot, version: Version | None, release: Release) -> None:
        """Set a visit off against those of the version that counts it: its own, or the one that it found unchanged."""
        if snapshot.id in self.new:
            return
        at = snapshot.captured_at
        owner = version or next((one for one in self.spans if one.first_seen <= at <= one.last_seen), None)
        if owner is not None and (owner is version or not compare(self._reading(owner).release, release)):
            self._counted[owner.number] = self._counted.get(owner.number, 0) + 1

    def _nothing(self, version: Version | None) -> None:
        """An answer that came to nothing, be it that of a version as it stood."""
        if version is not None:
            self._counted.setdefault(version.number, 1)
            self._vain[version.number] = len(self.steps) - 1

    def _elsewhere(self, snapshot: Snapshot, release: Release) -> bool:
        """Whether redirects led to another page."""
        before = self.before
        if before is None or not snapshot.redirects:
            return False
        return similarity(before, release) < 0.5 and before.title != release.title
