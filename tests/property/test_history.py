"""Laws of a page's history, for any series of answers: it is a function of them, in whatever order they came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from changes.canonical import text_digest
from changes.release import Block, BlockKind, Release
from crawler.history import Reading, rebuild
from storage.correcting import Step
from storage.records import Snapshot, Version

START = dt.datetime(2031, 3, 14, tzinfo=dt.UTC)
#: What a page says at one look; None: no answer that can be read.
LOOKS = st.lists(st.sampled_from(["A", "B", "C", "D", None]), min_size=1, max_size=9)


def release(word: str) -> Release:
    text = f"The ministry decides in case {word}, and gives its reasons at length in what follows below."
    return Release(title="A decision", body=(Block(kind=BlockKind.PARAGRAPH, text=text, markdown=text),))


def snapshots(looks: Sequence[str | None], crawl: int | None = None) -> list[Snapshot]:
    return [
        Snapshot(
            id=number,
            page_id=1,
            url="https://press.example/1",
            status=200,
            headers=(),
            redirects=(),
            captured_at=START + dt.timedelta(hours=number),
            digest=look or "",
            crawl_id=crawl,
        )
        for number, look in enumerate(looks, 1)
    ]


def read(snapshot: Snapshot, before: Release | None, version: Version | None) -> Reading | None:
    del before, version
    return Reading(release=release(snapshot.digest), rules="plain") if snapshot.digest else None


def versions(steps: Sequence[Step]) -> list[Version]:
    """What stands in an archive after these steps were written."""
    return [
        Version(
            id=number,
            page_id=1,
            number=number,
            snapshot_id=step.snapshot_id,
            release=step.release,
            digest=step.digest,
            rules=step.rules,
            first_seen=step.first_seen,
            last_seen=step.last_seen,
            visits=step.visits,
        )
        for number, step in enumerate(steps, 1)
    ]


def told(steps: Sequence[Step]) -> list[tuple[object, ...]]:
    """A history without what tells how it came to be."""
    return [
        (step.snapshot_id, step.digest, step.first_seen, step.last_seen, step.visits, step.findings) for step in steps
    ]


@settings(deadline=None, max_examples=400)
@given(LOOKS, st.randoms(use_true_random=False))
def test_answers_that_come_in_any_order_give_the_history_of_all_at_once(looks: list[str | None], rnd: object) -> None:
    kept = snapshots(looks)
    whole = rebuild(kept, [], read, new={one.id for one in kept})
    order = list(kept)
    rnd.shuffle(order)  # type: ignore[attr-defined]

    steps: list[Step] = []
    for number, one in enumerate(order, 1):
        steps = rebuild(order[:number], versions(steps), read, new={one.id})

    assert told(steps) == told(whole)


@settings(deadline=None)
@given(LOOKS)
def test_a_history_worked_out_again_is_the_same(looks: list[str | None]) -> None:
    kept = snapshots(looks)
    once = rebuild(kept, [], read, new={one.id for one in kept})

    again = rebuild(kept, versions(once), read)

    assert told(again) == told(once)
    assert [step.was for step in again] == [(number,) for number in range(1, len(once) + 1)]


@settings(deadline=None)
@given(LOOKS)
def test_versions_follow_each_other_and_no_two_neighbours_say_the_same(looks: list[str | None]) -> None:
    kept = snapshots(looks)
    steps = rebuild(kept, [], read, new={one.id for one in kept})

    times = [moment for step in steps for moment in (step.first_seen, step.last_seen)]
    assert times == sorted(times)
    digests = [step.digest for step in steps]
    assert all(one != other for one, other in pairwise(digests))
    assert all(step.digest == text_digest(step.release) for step in steps)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("ABCD"), st.integers(0, 3)), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from("ABCDE")), max_size=4),
)
def test_what_a_crawl_counted_stays_counted_whatever_is_put_between(
    crawled: list[tuple[str, int]], imported: list[tuple[int, str]]
) -> None:
    """Looks that left no answer are in the count of the version they confirmed; imports do not lose them."""
    live: list[Snapshot] = []
    standing: list[Version] = []
    hour = 0
    last = ""
    for word, more in crawled:
        if word == last:
            continue
        last = word
        at = START + dt.timedelta(hours=hour)
        key = len(live) + 1
        live.append(
            Snapshot(
                id=key, page_id=1, url="", status=200, headers=(), redirects=(), captured_at=at, digest=word, crawl_id=1
            )
        )
        step = Step(
            snapshot_id=key, release=release(word), digest=text_digest(release(word)), rules="plain", first_seen=at,
            last_seen=at + dt.timedelta(hours=more), visits=1 + more, findings=(),
        )  # fmt: skip
        standing += [version_of(step, len(standing) + 1)]
        hour += more + 2
    assert told_of(rebuild(live, standing, read)) == told_of(standing)

    between = [
        Snapshot(
            id=100 + number, page_id=1, url="", status=200, headers=(), redirects=(),
            captured_at=START + dt.timedelta(hours=hours, minutes=30 + number), digest=word,
        )
        for number, (hours, word) in enumerate(imported)
    ]  # fmt: skip
    steps = rebuild([*live, *between], standing, read, new={one.id for one in between})

    assert sum(step.visits for step in steps) >= sum(one.visits for one in standing)
    said = {(step.digest, moment) for step in steps for moment in (step.first_seen, step.last_seen)}
    for one in standing:
        assert any(
            step.digest == one.digest and step.first_seen <= one.first_seen <= step.last_seen for step in steps
        ), said
        assert any(step.digest == one.digest and step.first_seen <= one.last_seen <= step.last_seen for step in steps)
    assert told(rebuild([*live, *between], versions(steps), read)) == told(steps)


def version_of(step: Step, number: int) -> Version:
    (version,) = versions([step])
    return Version(**{**{name: getattr(version, name) for name in version.__dataclass_fields__}, "number": number})


def told_of(some: Sequence[Step] | Sequence[Version]) -> list[tuple[object, ...]]:
    return [(one.snapshot_id, one.digest, one.first_seen, one.last_seen, one.visits) for one in some]
