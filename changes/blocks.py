"""Two bodies, block by block: which paragraphs stayed, changed, came, went and moved.

Blocks with the same letters are matched first, in time that grows with the number of blocks; only what lies between
them is compared by its words. No input makes it slow: every step has its bound.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from rapidfuzz.distance import LCSseq

from changes.likeness import SURE, Likeness, abreast, shared
from changes.release import Block, BlockKind, Release
from changes.sequences import common_ends, common_prefix, in_order
from changes.words import squeeze


class StepOp(StrEnum):
    """What became of a block."""

    EQUAL = "equal"
    CHANGED = "changed"  #: the same block in other words
    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"  #: stands elsewhere; its words may differ too


@dataclass(frozen=True, kw_only=True)
class Step:
    """One block and what became of it; `before` is None for what was added, `after` for what was removed.

    Where paragraphs were split or joined, a side holds the run as one block.
    """

    op: StepOp
    before: Block | None = None
    after: Block | None = None


#: Cells of a table of block numbers below which the best match is worked out, bit by bit.
MAX_CELLS = 4_000_000
#: Pairs of blocks in one gap below which each is held against each.
MAX_PAIRS = 64
#: Letters that a block must have to be sought inside another one.
MIN_PART = 12
#: By how much a neighbour must make two blocks more alike to be a part of the one, and how many such parts one may have.
MIN_GAIN, MAX_PARTS = 0.1, 40


def passages(release: Release) -> tuple[Block, ...]:
    """The text below the title: the lead as a paragraph, where there is one, and the body."""
    if not release.lead:
        return release.body
    return (Block(kind=BlockKind.PARAGRAPH, text=release.lead, markdown=release.lead), *release.body)


def read_by_both(before: Release, after: Release) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    """The passages of two releases as far as both were looked at: what one side's rules could not read is left out.

    The bodies alone where either lead is unread (it may stand in the body, or outside of all that was read), the leads
    alone where either body is.
    """
    unread = before.unread | after.unread
    if "body" in unread:
        if "lead" in unread:
            return (), ()
        return passages(replace(before, body=())), passages(replace(after, body=()))
    if "lead" in unread:
        return before.body, after.body
    return passages(before), passages(after)


def align(before: Sequence[Block], after: Sequence[Block]) -> tuple[Step, ...]:
    """The steps from one text to the other, in the order of the later text; what was removed stands where it stood."""
    work = _Work(list(before), list(after))
    work.match_same()
    work.match_rejoined()
    work.match_moved()
    work.match_alike()
    return tuple(_absorb(list(work.steps())))


class _Work:
    """The two sides while they are matched; `mate` maps blocks of the one to blocks of the other.

    `spine` holds those pairs that keep the order of both sides: everything else that has a mate has moved.
    """

    def __init__(self, before: list[Block], after: list[Block]) -> None:
        self.mate: dict[int, int] = {}
        self.spine: list[tuple[int, int]] = []
        self.load(before, after)

    def load(self, before: list[Block], after: list[Block]) -> None:
        self.before, self.after = before, after
        self.old = [squeeze(block.text) for block in before]
        self.new = [squeeze(block.text) for block in after]

    def match_same(self) -> None:
        """Blocks with the same letters, in order."""
        numbers: dict[str, int] = {}
        old = [numbers.setdefault(key, len(numbers)) for key in self.old]
        new = [numbers.setdefault(key, len(numbers)) for key in self.new]
        self.spine = list(_same(old, new))
        self.mate = dict(self.spine)

    def match_rejoined(self) -> None:
        """Runs of blocks with the same letters that are cut differently: from here on one block on either side."""
        before: list[Block] = []
        after: list[Block] = []
        spine: list[tuple[int, int]] = []
        for (i0, j0), (i1, j1) in pairwise([(-1, -1), *self.spine, (len(self.old), len(self.new))]):
            for run, other, same in _recut(self.old[i0 + 1 : i1], self.new[j0 + 1 : j1]):
                if same:
                    spine.append((len(before), len(after)))
                before += _joined(self.before[i0 + 1 + run.start : i0 + 1 + run.stop], same=same)
                after += _joined(self.after[j0 + 1 + other.start : j0 + 1 + other.stop], same=same)
            if i1 < len(self.old):
                spine.append((len(before), len(after)))
                before.append(self.before[i1])
                after.append(self.after[j1])
        if len(before) == len(self.before) and len(after) == len(self.after):
            return
        self.load(before, after)
        self.spine, self.mate = spine, dict(spine)

    def match_moved(self) -> None:
        """Blocks with the same letters, wherever they stand."""
        taken = set(self.mate.values())
        places: defaultdict[str, list[int]] = defaultdict(list)
        for j in reversed(range(len(self.new))):
            if j not in taken and self.new[j]:
                places[self.new[j]].append(j)
        for i, key in enumerate(self.old):
            if i not in self.mate and places.get(key):
                self.mate[i] = places[key].pop()

    def match_alike(self) -> None:
        """Blocks that share enough words: first where they stand, then wherever they stand."""
        kin = Likeness(self.before, self.after)
        gaps = self.gaps()
        for olds, news in gaps:
            self.mate.update(_alike(kin, olds, news))
        taken = set(self.mate.values())
        rest = [i for i in range(len(self.before)) if i not in self.mate]
        others = [j for j in range(len(self.after)) if j not in taken]
        if len(gaps) != 1 or not (set(rest) <= set(gaps[0][0]) and set(others) <= set(gaps[0][1])):
            self.mate.update(kin.best(rest, others, kin.sharing(rest, others)))
        self.spine = _chain(self.spine, self.mate)

    def gaps(self) -> list[tuple[list[int], list[int]]]:
        """What has no mate yet, between the pairs of the spine."""
        taken = set(self.mate.values())
        edges = pairwise([(-1, -1), *self.spine, (len(self.old), len(self.new))])
        found = [
            ([i for i in range(i0 + 1, i1) if i not in self.mate], [j for j in range(j0 + 1, j1) if j not in taken])
            for (i0, j0), (i1, j1) in edges
        ]
        return [(olds, news) for olds, news in found if olds and news]

    def steps(self) -> Iterator[Step]:
        """Everything in the order of the later text."""
        back = {j: i for i, j in self.mate.items()}
        for (i0, j0), (i1, j1) in pairwise([(-1, -1), *self.spine, (len(self.old), len(self.new))]):
            for i in range(i0 + 1, i1):
                if i not in self.mate:
                    yield Step(op=StepOp.REMOVED, before=self.before[i])
            for j in range(j0 + 1, j1):
                if j in back:
                    yield Step(op=StepOp.MOVED, before=self.before[back[j]], after=self.after[j])
                else:
                    yield Step(op=StepOp.ADDED, after=self.after[j])
            if i1 < len(self.old):
                op = StepOp.EQUAL if self.old[i1] == self.new[j1] else StepOp.CHANGED
                yield Step(op=op, before=self.before[i1], after=self.after[j1])


def _alike(kin: Likeness, olds: Sequence[int], news: Sequence[int]) -> list[tuple[int, int]]:
    """The pairs of one gap: in a short one each block is held against each, in a long one against its likeliest kin."""
    if len(olds) * len(news) <= MAX_PAIRS:
        return kin.best(olds, news, [(i, j) for i in olds for j in news])
    sure = dict(kin.best(olds, news, abreast(olds, news), least=SURE))
    used = set(sure.values())
    rest, others = [i for i in olds if i not in sure], [j for j in news if j not in used]
    return [*sure.items(), *kin.best(rest, others, [*kin.sharing(rest, others), *abreast(rest, others)])]


def _same(old: Sequence[int], new: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Pairs of equal numbers in order: from both ends, by numbers that stand once in each, then gap by gap."""
    start, end = common_ends(old, new)
    i1, j1 = len(old) - end, len(new) - end
    yield from ((at, at) for at in range(start))
    anchors = _anchors(old[start:i1], new[start:j1])
    for (i, j), (i_next, j_next) in pairwise([(-1, -1), *anchors, (i1 - start, j1 - start)]):
        low_i, low_j = start + i + 1, start + j + 1
        yield from ((low_i + x, low_j + y) for x, y in _gap(old[low_i : start + i_next], new[low_j : start + j_next]))
        if start + i_next < i1:
            yield start + i_next, start + j_next
    yield from ((i1 + at, j1 + at) for at in range(end))


def _anchors(old: Sequence[int], new: Sequence[int]) -> list[tuple[int, int]]:
    in_old, in_new = Counter(old), Counter(new)
    place = {number: j for j, number in enumerate(new) if in_new[number] == 1}
    return in_order([(i, place[number]) for i, number in enumerate(old) if in_old[number] == 1 and number in place])


def _gap(old: Sequence[int], new: Sequence[int]) -> Iterator[tuple[int, int]]:
    if not old or not new:
        return
    if len(old) * len(new) <= MAX_CELLS:
        for run in LCSseq.opcodes(old, new):
            if run.tag == "equal":
                yield from zip(range(run.src_start, run.src_end), range(run.dest_start, run.dest_end), strict=True)
        return
    places: defaultdict[int, list[int]] = defaultdict(list)  # the first of one sort with the first, and so on
    for j in reversed(range(len(new))):
        places[new[j]].append(j)
    yield from in_order([(i, places[number].pop()) for i, number in enumerate(old) if places.get(number)])


def _recut(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[range, range, bool]]:
    """The runs of a gap: those at its start and its end that have the same letters, and what is between."""
    if not old or not new or len(old) == len(new) == 1:
        yield range(len(old)), range(len(new)), False
        return
    head, i0, j0 = _cut(old, new)
    tail, i1, j1 = _cut([key[::-1] for key in reversed(old[i0:])], [key[::-1] for key in reversed(new[j0:])])
    yield from ((run, other, True) for run, other in head)
    end_i, end_j = len(old), len(new)
    yield range(i0, end_i - i1), range(j0, end_j - j1), False
    for run, other in reversed(tail):
        yield range(end_i - run.stop, end_i - run.start), range(end_j - other.stop, end_j - other.start), True


def _cut(old: Sequence[str], new: Sequence[str]) -> tuple[list[tuple[range, range]], int, int]:
    """Runs from the start that have the same letters and end at a boundary of both sides."""
    limit = common_prefix("".join(old), "".join(new))
    out: list[tuple[range, range]] = []
    i = j = first_i = first_j = at_i = at_j = 0
    while i < len(old) or j < len(new):
        if at_i <= at_j and i < len(old):
            at_i, i = at_i + len(old[i]), i + 1
        elif j < len(new):
            at_j, j = at_j + len(new[j]), j + 1
        else:
            break
        if max(at_i, at_j) > limit:
            break
        if at_i == at_j and i > first_i and j > first_j:
            out.append((range(first_i, i), range(first_j, j)))
            first_i, first_j = i, j
    return out, first_i, first_j


def _joined(blocks: Sequence[Block], *, same: bool) -> list[Block]:
    if not same or len(blocks) == 1:
        return list(blocks)
    return [join(blocks)]


def join(blocks: Sequence[Block]) -> Block:
    """Several blocks as one, of the first one's kind."""
    return Block(
        kind=blocks[0].kind,
        text=" ".join(block.text for block in blocks),
        markdown="\n\n".join(block.markdown for block in blocks),
        level=blocks[0].level,
        links=tuple(link for block in blocks for link in block.links),
    )


def _chain(spine: Sequence[tuple[int, int]], mate: Mapping[int, int]) -> list[tuple[int, int]]:
    """The spine with those new pairs that keep its order."""
    out: list[tuple[int, int]] = []
    waiting: list[tuple[int, int]] = []
    fixed = dict(spine)
    low = -1
    edges = [*spine, (1 << 62, 1 << 62)]
    at = 0
    for i in [*sorted(mate), 1 << 62]:
        if i != edges[at][0]:
            waiting.append((i, mate[i]))
            continue
        high = edges[at][1]
        out += in_order([(x, y) for x, y in waiting if low < y < high])
        waiting, low, at = [], high, at + 1
        if i in fixed:
            out.append((i, high))
    return out


def _absorb(steps: list[Step]) -> Iterator[Step]:
    """A block that was cut out of its changed neighbour, or joined to it, is part of that neighbour's change."""
    at = 0
    while at < len(steps):
        step, parts = steps[at], 0
        while parts < MAX_PARTS and at + 1 < len(steps) and (merged := _merged(step, steps[at + 1])):
            step, at, parts = merged, at + 1, parts + 1
        yield step
        at += 1


def _merged(one: Step, two: Step) -> Step | None:
    changed, other = (one, two) if one.op is StepOp.CHANGED else (two, one)
    if changed.op is not StepOp.CHANGED or changed.before is None or changed.after is None:
        return None
    if other.op is StepOp.ADDED and other.after is not None:
        after = join([changed.after, other.after] if changed is one else [other.after, changed.after])
        if _belongs(other.after, changed.before, apart=changed.after, together=after):
            return Step(op=StepOp.CHANGED, before=changed.before, after=after)
    if other.op is StepOp.REMOVED and other.before is not None:
        before = join([changed.before, other.before] if changed is one else [other.before, changed.before])
        if _belongs(other.before, changed.after, apart=changed.before, together=before):
            return Step(op=StepOp.CHANGED, before=before, after=changed.after)
    return None


def _belongs(part: Block, whole: Block, *, apart: Block, together: Block) -> bool:
    """Whether a block is a part of what another text has as one: its letters stand there, or its words fit well."""
    key, text = squeeze(part.text), squeeze(whole.text)
    if len(key) >= MIN_PART and key in text and key not in squeeze(apart.text):
        return True
    words = whole.text.split()
    return shared(words, together.text.split()) >= shared(words, apart.text.split()) + MIN_GAIN
