"""Two wordings of one text, word by word: what stayed, what went, what came.

Numbers are kept whole ("1 200 000", "12.45", "2024-05-03", "08-405 10 00"), so that a figure that was edited shows
as one figure for another. White space never counts as a difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import LCSseq

from changes.sequences import common_ends, common_prefix, common_suffix


class Op(StrEnum):
    """What became of a piece of text."""

    EQUAL = "equal"
    DELETE = "delete"  #: stood in the earlier text only
    INSERT = "insert"  #: stands in the later text only


@dataclass(frozen=True, kw_only=True)
class Span:
    """A piece of text and what became of it."""

    op: Op
    text: str


#: A longest common subsequence takes one bit a cell: past this many cells (16 MB) the two are told apart as wholes.
MAX_CELLS = 128_000_000

#: What counts as one word. Each alternative is bounded, or runs over characters that no other start would see again.
PHONE = r"(?:\+\d{1,3}|(?<![\d.,])0\d{1,3})(?:[-/ ]{1,3}\d{1,4}){2,6}(?!\d)"
EMAIL = r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
NUMBER = r"\d{1,3}(?: \d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,:/-]\d+)*"
_WORD = rf"[^\W\d]\w*(?:['’]\w+)*|{PHONE}|{NUMBER}|\S"
_TOKEN = re.compile(rf"({_WORD})")
_TOKEN_OR_ADDRESS = re.compile(rf"(https?://[^\s<>\"”»)]+|{EMAIL}|{_WORD})")


def diff_words(before: str, after: str) -> tuple[Span, ...]:
    """The spans that lead from one text to the other: deletions stand before the insertions that replace them.

    Equal and inserted spans joined are `after`; equal and deleted ones are `before`, white space apart. Texts of so
    many words that comparing them would be slow are told apart as wholes, between what they begin and end with.
    """
    if squeeze(before) == squeeze(after):
        return (Span(op=Op.EQUAL, text=after),) if after else ()
    head, tail = _same_ends(before, after)
    pattern = _TOKEN_OR_ADDRESS if re.search(r"@|://", before + after) else _TOKEN
    old = _Tokens(pattern, before[head : len(before) - tail])
    new = _Tokens(pattern, after[head : len(after) - tail])
    runs = _readable(list(_runs(old.words, new.words)), old.words, new.words)
    return tuple(_spans(runs, old, new, ends=(after[:head], after[len(after) - tail :])))


def squeeze(text: str) -> str:
    """`changes.release.letters` for text that is known to be normalised, as that of a release is."""
    return "".join(text.split())


class _Tokens:
    """The words, numbers and signs of a text."""

    def __init__(self, pattern: re.Pattern[str], text: str) -> None:
        self.parts = pattern.split(text)  # white space, word, white space, word … white space
        self.words = self.parts[1::2]

    def text(self, start: int, stop: int) -> str:
        """Some words in a row, each with the white space that follows it."""
        return "".join(self.parts[2 * start + 1 : 2 * stop + 1])


def _same_ends(before: str, after: str) -> tuple[int, int]:
    """How many characters the two begin and end with alike, cut at blanks that no number runs over."""
    head = _blank_before(before, common_prefix(before, after))
    tail = common_suffix(before[head:], after[head:])
    return head, len(before) - _blank_after(before, len(before) - tail)


def _blank_before(text: str, end: int) -> int:
    at = text.rfind(" ", 0, max(end - 1, 0))
    while at > 0 and text[at - 1].isdigit() and text[at + 1].isdigit():
        at = text.rfind(" ", 0, at)
    return at + 1


def _blank_after(text: str, start: int) -> int:
    at = text.find(" ", start)
    while at >= 0 and (at == start or text[at - 1].isdigit()) and text[at + 1 : at + 2].isdigit():
        at = text.find(" ", at + 1)
    return at if at >= 0 else len(text)


@dataclass(frozen=True)
class _Run:
    """Words `[i1:i2]` of the one text against `[j1:j2]` of the other."""

    equal: bool
    i1: int
    i2: int
    j1: int
    j2: int


def _runs(old: Sequence[str], new: Sequence[str]) -> Iterator[_Run]:
    """Runs of equal and of differing words, in turns."""
    start, end = common_ends(old, new)
    i2, j2 = len(old) - end, len(new) - end
    if start:
        yield _Run(equal=True, i1=0, i2=start, j1=0, j2=start)
    yield from _middle(old, new, start, i2, j2)
    if end:
        yield _Run(equal=True, i1=i2, i2=len(old), j1=j2, j2=len(new))


def _middle(old: Sequence[str], new: Sequence[str], start: int, i2: int, j2: int) -> Iterator[_Run]:
    if i2 == start and j2 == start:
        return
    if (i2 - start) * (j2 - start) > MAX_CELLS or start in (i2, j2):
        yield _Run(equal=False, i1=start, i2=i2, j1=start, j2=j2)
        return
    at_i, at_j = start, start
    for block in LCSseq.opcodes(old[start:i2], new[start:j2]):
        if block.tag != "equal":
            continue
        i, j = start + block.src_start, start + block.dest_start
        if at_i < i or at_j < j:
            yield _Run(equal=False, i1=at_i, i2=i, j1=at_j, j2=j)
        at_i, at_j = start + block.src_end, start + block.dest_end
        yield _Run(equal=True, i1=i, i2=at_i, j1=j, j2=at_j)
    if at_i < i2 or at_j < j2:
        yield _Run(equal=False, i1=at_i, i2=i2, j1=at_j, j2=j2)


def _readable(runs: list[_Run], old: Sequence[str], new: Sequence[str]) -> list[_Run]:
    """Without the "och" and "i" that two unlike sentences happen to share: they cut a replacement into confetti."""
    out: list[_Run] = []
    for at, run in enumerate(runs):
        last = out[-1] if out else None
        stray = False
        if run.equal and last and not last.equal and at + 1 < len(runs) and run.i2 - run.i1 <= 2:
            weight = min(_weight(last, old, new), _weight(runs[at + 1], old, new))
            stray = sum(map(len, old[run.i1 : run.i2])) * 3 <= weight
        if last and (stray or last.equal == run.equal):
            out[-1] = _Run(equal=last.equal, i1=last.i1, i2=run.i2, j1=last.j1, j2=run.j2)
            continue
        out.append(run)
    return out


def _weight(run: _Run, old: Sequence[str], new: Sequence[str]) -> int:
    """Letters that a differing run replaces: the lesser side, so that a mere insertion weighs nothing."""
    return min(sum(map(len, old[run.i1 : run.i2])), sum(map(len, new[run.j1 : run.j2])))


def _spans(runs: Sequence[_Run], old: _Tokens, new: _Tokens, *, ends: tuple[str, str]) -> Iterator[Span]:
    kept = ends[0] + new.parts[0]
    for run in runs:
        gone, come = old.text(run.i1, run.i2), new.text(run.j1, run.j2)
        if run.equal or squeeze(gone) == squeeze(come):  # "SVT2" and "SVT 2" are the same text
            kept += come
            continue
        if kept:
            yield Span(op=Op.EQUAL, text=kept)
        kept = ""
        if gone and come and come[-1].isspace():  # the blank after a word that was replaced stays
            kept = come[len(come.rstrip()) :]
            gone, come = gone.rstrip(), come.rstrip()
        if gone:
            yield Span(op=Op.DELETE, text=gone)
        if come:
            yield Span(op=Op.INSERT, text=come)
    kept += ends[1]
    if kept:
        yield Span(op=Op.EQUAL, text=kept)
