"""What an edit did, as a reader wants it: the sentence before and the sentence after, with the words marked."""

from __future__ import annotations

import functools
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from alerts.messages.text import shortened, washed
from changes.blocks import StepOp
from changes.blocks import passages as block_texts
from changes.markup import MarkedBlock
from changes.markup import sentences as marked_blocks
from changes.release import Release
from changes.sentences import sentences
from changes.words import Op, Span, squeeze

#: Letters of one side of a passage, of a run of words that changed in it, and of what stays beside an edit.
SIDE, RUN, BESIDE = 700, 420, 90
#: Passages that are worked out, and places in one of them; a message shows fewer.
MOST, MARKS = 40, 100
_ALL_WORDS = 1 << 30
_MISSING = "…"
_LEFT_OUT = "\u00a0…"  # no line begins with it


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A piece of a sentence; `marked` where it went or came."""

    text: str
    marked: bool = False


@dataclass(frozen=True, kw_only=True)
class Swap:
    """Words that took the place of others; either is empty where they only came or went."""

    old: str
    new: str
    left: str  #: what stands before them
    right: str  #: what stands after them


@dataclass(frozen=True, kw_only=True)
class Passage:
    """One place of a release that differs. A side is empty where it had nothing to say there."""

    field: str  #: name of a `Release` field, or "links"
    moved: bool
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]
    swaps: tuple[Swap, ...]


@functools.lru_cache(maxsize=256)
def passages(before: Release, after: Release) -> tuple[Passage, ...]:
    """The places that differ between two releases, in reading order: title, text, then the other fields.

    Dates are left out: what the site says of them is told in the reader's language.
    """
    known = {squeeze(text): text for text in map(washed, _texts(before))}
    out: list[Passage] = []
    for block in marked_blocks(before, after, context=_ALL_WORDS):
        if block.folded or block.field in ("published", "updated"):
            continue
        out.append(_passage(block, known))
        if len(out) == MOST:
            break
    return tuple(out)


def _texts(release: Release) -> Iterator[str]:
    yield release.title
    yield from (block.text for block in block_texts(release))
    yield from (contact.text for contact in release.contacts)


def _passage(block: MarkedBlock, known: Mapping[str, str]) -> Passage:
    spans = [Span(op=span.op, text=washed(span.text)) for span in block.spans]
    old, new = _Side(spans, Op.DELETE), _Side(spans, Op.INSERT)
    old.spell(known)
    moved = block.op is StepOp.MOVED
    in_text = block.field in ("lead", "body")
    value = not in_text and block.op is StepOp.CHANGED  # a title or a contact is one thing, however little changed
    before = () if moved and not old.marks else tuple(old.pieces(whole=value))
    after = tuple(new.pieces(whole=value or (moved and not new.marks)))
    if not before and after and _partly(after) and not moved:
        before = tuple(old.pieces(edges=True))
    elif not after and _partly(before):
        after = tuple(new.pieces(edges=True))
    return Passage(
        field="body" if in_text else block.field,
        moved=moved,
        before=before if after else _unmarked(before),
        after=after if before else _unmarked(after),
        swaps=tuple(_swaps(spans)),
    )


def _unmarked(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """What came or went alone is not marked where all of it did."""
    if _partly(pieces):
        return pieces
    return tuple(Piece(text=piece.text) for piece in pieces)


def _partly(pieces: Iterable[Piece]) -> bool:
    """Whether some of it neither went nor came."""
    return any(not piece.marked and piece.text.strip(f" \u00a0{_MISSING}") for piece in pieces)


class _Side:
    """The text of one side, and where in it words went or came; an empty mark is where the other side has words."""

    def __init__(self, spans: Sequence[Span], mine: Op) -> None:
        self._text = ""
        self.marks: list[tuple[int, int]] = []
        for span in spans:
            at = len(self._text)
            if span.op in (Op.EQUAL, mine):
                self._text += span.text
            if span.op is not Op.EQUAL and len(self.marks) < MARKS:
                self.marks.append((at, at + len(span.text.rstrip()) if span.op is mine else at))

    def spell(self, known: Mapping[str, str]) -> None:
        """Take the blanks of the text as it stood: what both sides say comes with the blanks of the later one."""
        text = known.get(squeeze(self._text))
        if text is None or text == self._text:
            return
        here, there = _letters_at(self._text), _letters_at(text)
        marks = []
        for start, stop in self.marks:
            first, last = bisect_left(here, start), bisect_left(here, stop)
            low = there[first] if first < len(there) else len(text)
            marks.append((low, there[last - 1] + 1 if last > first else low))
        self.marks, self._text = marks, text

    def pieces(self, *, whole: bool = False, edges: bool = False) -> Iterator[Piece]:
        """The sentences that a mark touches, in pieces, or has at its edge with `edges`; all sentences with `whole`."""
        found = [
            (start, stop)
            for start, stop in sentences(self._text)
            if whole or any(_touches(mark, start - edges, stop + edges) for mark in self.marks)
        ]
        room = SIDE
        last = 0
        for start, stop in found:
            if self._text[last:start].strip():
                yield Piece(text=_MISSING + " ")
            elif last:
                yield Piece(text=" ", marked=any(low < last and start < high for low, high in self.marks))
            for piece in self._sentence(start, stop):
                if room <= 0:
                    yield Piece(text=_LEFT_OUT)
                    return
                room -= len(piece.text)
                yield piece
            last = stop
        if found and self._text[last:].strip():
            yield Piece(text=_LEFT_OUT)

    def _sentence(self, start: int, stop: int) -> Iterator[Piece]:
        at = start
        for mark in self.marks:
            low, high = max(mark[0], start), min(mark[1], stop)
            if low >= high:
                continue
            if low > at:
                yield Piece(text=_middle(self._text[at:low], first=at == start, last=False))
            yield Piece(text=shortened(self._text[low:high], RUN), marked=True)
            at = high
        if at < stop:
            yield Piece(text=_middle(self._text[at:stop], first=at == start, last=True))


def _letters_at(text: str) -> list[int]:
    return [at for at, char in enumerate(text) if not char.isspace()]


def _touches(mark: tuple[int, int], start: int, stop: int) -> bool:
    """Whether a mark lies in a sentence. An empty one at its edge does not: there a whole sentence came or went."""
    low, high = mark
    return start < low < stop if low == high else low < stop and start < high


def _middle(text: str, *, first: bool, last: bool) -> str:
    """What stays beside an edit, cut where it is long: its end before an edit, its start after one."""
    if len(text) <= 2 * BESIDE + 40:
        return text
    head = "" if first and not last else text[:BESIDE].rsplit(" ", 1)[0] + " "
    tail = "" if last and not first else " " + text[-BESIDE:].split(" ", 1)[-1]
    return f"{head}{_MISSING}{tail}"


def _swaps(spans: Sequence[Span]) -> Iterator[Swap]:
    """Each place where words went or came, with what stands around it."""
    at = 0
    while at < len(spans):
        span = spans[at]
        if span.op is Op.EQUAL:
            at += 1
            continue
        pair = spans[at + 1] if span.op is Op.DELETE and at + 1 < len(spans) else None
        new = pair.text if pair is not None and pair.op is Op.INSERT else ""
        if span.op is Op.INSERT:
            old, new = "", span.text
        else:
            old = span.text
        after = at + (2 if span.op is Op.DELETE and new else 1)
        left = spans[at - 1].text[-80:] if at else ""
        right = spans[after].text[:80] if after < len(spans) else ""
        yield Swap(old=old.strip(), new=new.strip(), left=left, right=right)
        at = after
