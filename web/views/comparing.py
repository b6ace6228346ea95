"""Two versions side by side, or one within the other: words marked, moved blocks as moved, the rest folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from alerts.messages.text import shortened, washed
from changes.blocks import Step, StepOp
from changes.differences import Difference, difference
from changes.release import Release, Stamp, letters
from changes.words import Op, diff_words
from web.views.marks import Piece, in_place, tidy
from web.views.reading import LETTERS
from web.words import Words

#: Blocks beside a difference that are shown with it; longer runs are folded.
BESIDE = 1
_LEAST_FOLD = 3
#: What a mark takes besides its letters: its tags, and the words for those who do not see them.
_MARKED = 120


@dataclass(frozen=True, kw_only=True)
class Row:
    """One block and what became of it; where `folded`, so many that stayed stand in its place."""

    op: str
    kind: str = ""
    pieces: tuple[Piece, ...] = ()  #: both in one
    left: tuple[Piece, ...] = ()
    right: tuple[Piece, ...] = ()
    folded: int = 0


@dataclass(frozen=True, kw_only=True)
class Cells:
    """One field before and after."""

    field: str
    left: tuple[tuple[Piece, ...], ...]
    right: tuple[tuple[Piece, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All that differs between two versions, ready to be laid out."""

    title: tuple[Piece, ...]
    title_left: tuple[Piece, ...]
    title_right: tuple[Piece, ...]
    rows: tuple[Row, ...]
    cut: bool  #: whether the text is longer than what is shown
    fields: tuple[Cells, ...]
    links: tuple[tuple[str, str, str], ...]
    places: int  #: blocks of the text that differ
    empty: bool


def comparison(before: Release, after: Release, words: Words, *, whole: bool) -> Comparison:
    """What differs; with `whole`, with everything that does not."""
    found = difference(before, after)
    rows, cut = _limited(list(_rows(found.steps, whole=whole)), whole=whole)
    title = in_place(*found.title) if found.title else (Piece(op=Op.EQUAL, text=washed(after.title)),)
    return Comparison(
        title=title,
        title_left=_side(title, Op.DELETE),
        title_right=_side(title, Op.INSERT),
        rows=tuple(rows),
        cut=cut,
        fields=tuple(_fields(found, before, after, words)),
        links=tuple((washed(words), old, new) for words, old, new in found.links),
        places=sum(1 for step in found.steps if step.op is not StepOp.EQUAL),
        empty=found.empty,
    )


def _rows(steps: Sequence[Step], *, whole: bool) -> Iterator[Row]:
    near = _near(steps) if not whole else set(range(len(steps)))
    waiting = 0
    for at, step in enumerate(steps):
        if step.op is StepOp.EQUAL and at not in near:
            waiting += 1
            continue
        if waiting:
            yield Row(op="folded", folded=waiting)
            waiting = 0
        yield _row(step)
    if waiting:
        yield Row(op="folded", folded=waiting)


def _near(steps: Sequence[Step]) -> set[int]:
    """The unchanged blocks that are shown: those beside a difference, and runs too short to be worth folding."""
    differing = [at for at, step in enumerate(steps) if step.op is not StepOp.EQUAL]
    near = {at + side for at in differing for side in range(-BESIDE, BESIDE + 1)}
    run: list[int] = []
    for at in range(len(steps) + 1):
        if at < len(steps) and at not in near:
            run.append(at)
            continue
        if 0 < len(run) < _LEAST_FOLD:
            near.update(run)
        run = []
    return near


def _row(step: Step) -> Row:
    block = step.after or step.before
    kind = block.kind.value if block else ""
    old, new = (washed(one.text) if one else "" for one in (step.before, step.after))
    if step.before is None:
        came = (Piece(op=Op.INSERT, text=new),)
        return Row(op=step.op.value, kind=kind, pieces=came, right=came)
    if step.after is None:
        went = (Piece(op=Op.DELETE, text=old),)
        return Row(op=step.op.value, kind=kind, pieces=went, left=went)
    if step.op is StepOp.EQUAL or letters(old) == letters(new):
        same = (Piece(op=Op.EQUAL, text=new),)
        return Row(op=step.op.value, kind=kind, pieces=same, left=same, right=same)
    pieces = tuple(tidy(diff_words(old, new)))
    return Row(
        op=step.op.value, kind=kind, pieces=pieces, left=_side(pieces, Op.DELETE), right=_side(pieces, Op.INSERT)
    )


def _side(pieces: Sequence[Piece], own: Op) -> tuple[Piece, ...]:
    return tuple(piece for piece in pieces if piece.op in (own, Op.EQUAL) and not piece.between)


def _fields(found: Difference, before: Release, after: Release, words: Words) -> Iterator[Cells]:
    for name, (given, come) in found.fields.items():
        old, new = (_dated(side, name, words) or texts for side, texts in ((before, given), (after, come)))
        if len(old) == len(new) == 1:
            pieces = in_place(old[0], new[0])
            yield Cells(field=name, left=(_side(pieces, Op.DELETE),), right=(_side(pieces, Op.INSERT),))
            continue
        yield Cells(
            field=name,
            left=tuple((Piece(op=Op.EQUAL if one in new else Op.DELETE, text=washed(one)),) for one in old),
            right=tuple((Piece(op=Op.EQUAL if one in old else Op.INSERT, text=washed(one)),) for one in new),
        )


def _dated(release: Release, name: str, words: Words) -> list[str]:
    """A date that the page prints, in the reader's language; nothing for any other field."""
    value = getattr(release, name, None)
    return [washed(words.stamp(value))] if isinstance(value, Stamp) else []


def _limited(rows: list[Row], *, whole: bool) -> tuple[list[Row], bool]:
    """As many rows as a page has room for; a mark takes more of it than its letters."""
    if whole:
        return rows, False
    shown: list[Row] = []
    room = LETTERS
    for row in rows:
        cost = sum(len(piece.text) + (_MARKED if piece.op is not Op.EQUAL else 0) for piece in row.pieces)
        if cost > room:
            return shown or [_cut(row, room)], True
        room -= cost
        shown.append(row)
    return shown, False


def _cut(row: Row, room: int) -> Row:
    """A row that alone is longer than a page: its beginning."""
    return replace(
        row, pieces=_begin(row.pieces, room), left=_begin(row.left, room // 2), right=_begin(row.right, room // 2)
    )


def _begin(pieces: Sequence[Piece], room: int) -> tuple[Piece, ...]:
    found: list[Piece] = []
    for piece in pieces:
        room -= _MARKED if piece.op is not Op.EQUAL else 0
        if room <= 0:
            break
        found.append(replace(piece, text=shortened(piece.text, room)))
        room -= len(piece.text)
    return tuple(found)
