"""Text that stands twice on a page because its markup is doubled stands once in a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from changes.release import BlockKind, letters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.reading.blocks import Draft, Segment

#: A run with fewer letters may repeat for a reason: a refrain, a heading, a dash.
SHORTEST = 60
#: Beyond so many lines a body is left as it is.
MOST = 5_000
_KEPT = frozenset((BlockKind.ROW, BlockKind.ITEM))


def without_repeats(drafts: Sequence[Draft], lead: Sequence[Segment] = ()) -> list[Draft]:
    """The drafts without what repeats at once.

    The rule: a run of whole lines that stands again directly behind itself is dropped there, where it has at least
    `SHORTEST` letters and holds a line that is neither item nor row. The lead counts as the lines before the body.
    Lines that come again later, or are short, or repeat in a list or a table, are left alone.
    """
    lines: list[tuple[str, int, int]] = [(letters(segment.text), -1, number) for number, segment in enumerate(lead)]
    for at, draft in enumerate(drafts):
        lines += [(letters(segment.text), at, number) for number, segment in enumerate(draft.segments)]
    if len(lines) > MOST:
        return list(drafts)
    gone: set[tuple[int, int]] = set()
    while dropped := _repeated(
        [key for key, _, _ in lines], [at >= 0 and drafts[at].kind in _KEPT for _, at, _ in lines]
    ):
        gone |= {(lines[number][1], lines[number][2]) for number in dropped}
        lines = [line for number, line in enumerate(lines) if number not in dropped]
    out = []
    for at, draft in enumerate(drafts):
        kept = [segment for number, segment in enumerate(draft.segments) if (at, number) not in gone]
        if len(kept) < len(draft.segments):
            draft.segments = kept
        if kept:
            out.append(draft)
    return out


def _repeated(keys: Sequence[str], listed: Sequence[bool]) -> set[int]:
    """The numbers of the lines that only repeat the run right before them."""
    dropped: set[int] = set()
    later: dict[str, list[int]] = {}
    for number, key in enumerate(keys):
        later.setdefault(key, []).append(number)
    at = 0
    while at < len(keys):
        size = _run(keys, listed, later[keys[at]], at)
        if not size:
            at += 1
            continue
        end = at + 2 * size
        while keys[at : at + size] == keys[end : end + size]:
            end += size
        dropped.update(range(at + size, end))
        at = end
    return dropped


def _run(keys: Sequence[str], listed: Sequence[bool], places: Sequence[int], at: int) -> int:
    """How many lines from `at` on stand again right behind themselves; the shortest such run, 0 for none."""
    for twin in places:
        size = twin - at
        if size <= 0:
            continue
        run = keys[at:twin]
        if run != keys[twin : twin + size] or sum(map(len, run)) < SHORTEST or all(listed[at:twin]):
            continue
        return size
    return 0
