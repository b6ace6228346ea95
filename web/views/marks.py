"""What an edit did, in place: one text in which the words that went and the words that came are marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from alerts.messages.text import shortened, washed
from changes.blocks import Step, StepOp, align, read_by_both
from changes.differences import field_texts
from changes.release import Block, Release, letters
from changes.sequences import common_ends
from changes.words import Op, Span, diff_words

#: Letters that stay beside an edit, of what went or came, and of a block that came or went as a whole.
BESIDE, RUN = 90, 320
#: Pieces that one place is shown in: an edit of every other word is told well enough by the first of them.
PIECES = 24
_MISSING = "…"
_TEXT = frozenset({"lead", "body"})
_DATES = frozenset({"published", "updated"})


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A piece of a text; `op` says whether it went ("delete"), came ("insert") or stayed."""

    op: Op
    text: str
    between: bool = False  #: the blank between what went and what took its place: on neither side


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One place that differs."""

    field: str  #: the name of a `Release` field, or "links"
    op: StepOp
    pieces: tuple[Piece, ...]


def marks(before: Release, after: Release, fields: Sequence[str]) -> Iterator[Mark]:
    """The places that differ between two releases in these fields, in reading order, cut to the words around each edit.

    Dates that the page prints about itself are left out: whoever shows an edit tells of them in words.
    """
    if "title" in fields:
        yield Mark(field="title", op=StepOp.CHANGED, pieces=_short(diff_words(before.title, after.title)))
    if _TEXT & set(fields):
        for step in differing(before, after):
            yield from _step(step)
    for name in fields:
        if name not in _TEXT and name not in _DATES and name not in ("title", "links"):
            yield from _values(name, field_texts(before, name), field_texts(after, name))


def differing(before: Release, after: Release) -> Iterator[Step]:
    """The steps between two texts but those that changed nothing; what they begin and end with alike is not looked at."""
    old, new = read_by_both(before, after)
    start, end = common_ends([block.text for block in old], [block.text for block in new])
    for step in align(old[start : len(old) - end], new[start : len(new) - end]):
        if step.op is not StepOp.EQUAL:
            yield step


def in_place(before: str, after: str) -> tuple[Piece, ...]:
    """The later text whole, with what went from the earlier one where it stood."""
    return tuple(tidy(diff_words(before, after)))


def _step(step: Step) -> Iterator[Mark]:
    old, new = (_text(block) for block in (step.before, step.after))
    if step.before is None:
        yield Mark(field="body", op=step.op, pieces=(_cut(Op.INSERT, new),))
    elif step.after is None:
        yield Mark(field="body", op=step.op, pieces=(_cut(Op.DELETE, old),))
    elif step.op is StepOp.MOVED and letters(old) == letters(new):
        yield Mark(field="body", op=step.op, pieces=(_cut(Op.EQUAL, new),))
    else:
        yield Mark(field="body", op=step.op, pieces=_short(diff_words(old, new)))


def _values(name: str, old: list[str], new: list[str]) -> Iterator[Mark]:
    """Values that came and went; as many of the one as of the other are taken for values that became others."""
    gone = [value for value in old if value not in new]
    come = [value for value in new if value not in old]
    if len(gone) == len(come):
        for one, two in zip(gone, come, strict=True):
            yield Mark(field=name, op=StepOp.CHANGED, pieces=_short(diff_words(one, two)))
        return
    yield from (Mark(field=name, op=StepOp.REMOVED, pieces=(_cut(Op.DELETE, value),)) for value in gone)
    yield from (Mark(field=name, op=StepOp.ADDED, pieces=(_cut(Op.INSERT, value),)) for value in come)


def _short(spans: Sequence[Span]) -> tuple[Piece, ...]:
    """Spans with what stayed cut to a few words on either side of an edit."""
    pieces = list(tidy(spans[:PIECES]))
    found: list[Piece] = []
    for at, piece in enumerate(pieces):
        if piece.op is not Op.EQUAL:
            found.append(Piece(op=piece.op, text=shortened(piece.text, RUN)))
            continue
        first, last = at == 0, at == len(pieces) - 1
        found.append(replace(piece, text=_middle(piece.text, first=first, last=last)))
    if len(spans) > PIECES:
        found.append(Piece(op=Op.EQUAL, text=f" {_MISSING}"))
    return tuple(found)


def _middle(text: str, *, first: bool, last: bool) -> str:
    sides = (not first) + (not last)
    if len(text) <= sides * BESIDE + 30:
        return text
    head = "" if first else text[:BESIDE].rsplit(" ", 1)[0] + " "
    tail = "" if last else " " + text[-BESIDE:].split(" ", 1)[-1]
    return f"{head}{_MISSING}{tail}"


def tidy(spans: Sequence[Span]) -> Iterator[Piece]:
    """The spans of a text as pieces whose marks stand close to their words: the blank after what went or came is nobody's."""
    for number, span in enumerate(spans):
        text = washed(span.text)
        if span.op is Op.EQUAL:
            yield Piece(op=Op.EQUAL, text=text)
            continue
        bare = text.strip()
        if not bare:
            continue
        lead = text[: len(text) - len(text.lstrip())]
        if lead:
            yield Piece(op=Op.EQUAL, text=" ")
        yield Piece(op=span.op, text=bare)
        follows = spans[number + 1] if number + 1 < len(spans) else None
        replaced = span.op is Op.DELETE and follows is not None and follows.op is Op.INSERT
        if replaced or len(bare) != len(text) - len(lead):
            yield Piece(op=Op.EQUAL, text=" ", between=replaced)


def _cut(op: Op, text: str) -> Piece:
    return Piece(op=op, text=shortened(washed(text), RUN))


def _text(block: Block | None) -> str:
    return "" if block is None else block.text
