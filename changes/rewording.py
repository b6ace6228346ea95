"""What a release lost and what it gained from one version to the next, sentence by sentence.

A sentence in which one figure was edited is lost in its old wording and gained in its new one; only the figure counts
as gone, and as come. What moved within the text is neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from changes.blocks import StepOp, align, read_by_both
from changes.release import Block, Release
from changes.sentences import WORD, sentences
from changes.sequences import common_ends
from changes.words import Op, Span, diff_words, squeeze

#: The fields whose words count.
TEXT_FIELDS = frozenset({"title", "lead", "body"})
#: How marks are written down: no text of a release has control characters.
_ON, _OFF = "\x02", "\x03"


@dataclass(frozen=True, kw_only=True)
class Marked:
    """One sentence of one version; `marks` are the places (start, end) that the other version does not say."""

    text: str
    marks: tuple[tuple[int, int], ...]

    @property
    def words(self) -> str:
        """The marked places alone."""
        return " ".join(self.text[start:end] for start, end in self.marks)


@dataclass(frozen=True, kw_only=True)
class Rewording:
    """The sentences that an edit took away or altered, as they were, and those that it brought or altered, as they are."""

    lost: tuple[Marked, ...] = ()
    gained: tuple[Marked, ...] = ()


def rewording(before: Release, after: Release) -> Rewording:
    """What title, lead and body lost and gained. What either side could not read counts as the same."""
    unread = before.unread | after.unread
    lost: list[Marked] = []
    gained: list[Marked] = []
    pairs: list[tuple[str, str]] = []
    if "title" not in unread:
        pairs.append((before.title, after.title))
    pairs += [
        (step.before.text if step.before else "", step.after.text if step.after else "")
        for step in align(*_middle(*read_by_both(before, after)))
        if step.op is not StepOp.EQUAL
    ]
    for old, new in pairs:
        if squeeze(old) == squeeze(new):
            continue
        spans = diff_words(old, new)
        lost += _side(old, spans, Op.DELETE)
        gained += _side(new, spans, Op.INSERT)
    return Rewording(lost=tuple(lost), gained=tuple(gained))


def pack(marked: Sequence[Marked]) -> str:
    """Marked sentences as one text, a line for each."""
    return "\n".join(_pack(one) for one in marked)


def unpack(text: str) -> tuple[Marked, ...]:
    """The sentences that `pack` wrote."""
    return tuple(_unpack(line) for line in text.split("\n")) if text else ()


def _middle(old: Sequence[Block], new: Sequence[Block]) -> tuple[Sequence[Block], Sequence[Block]]:
    """Two texts without what they begin and end with alike: aligning the rest finds the same, sooner."""
    start, end = common_ends([block.text for block in old], [block.text for block in new])
    return old[start : len(old) - end], new[start : len(new) - end]


def _side(text: str, spans: Sequence[Span], own: Op) -> Iterator[Marked]:
    """The sentences of one side that have words of their own."""
    # spans keep letters and not blanks (`diff_words`): they are found in the text by counting letters
    letters = [at for at, letter in enumerate(text) if not letter.isspace()]
    places: list[tuple[int, int]] = []
    seen = 0
    for span in spans:
        if span.op in {own, Op.EQUAL}:
            count = len(squeeze(span.text))
            if span.op is own and count:
                places.append((letters[seen], letters[seen + count - 1] + 1))
            seen += count
    at = 0
    for start, end in sentences(text):
        while at < len(places) and places[at][1] <= start:
            at += 1
        marks = []
        for first, last in places[at:]:
            if first >= end:
                break
            if mark := _whole_words(text, max(first, start), min(last, end)):
                marks.append(mark)
        if marks:
            yield Marked(
                text=text[start:end].replace("\n", " "), marks=tuple(_merged((a - start, b - start) for a, b in marks))
            )


def _whole_words(text: str, start: int, end: int) -> tuple[int, int] | None:
    """A place grown to the words in it: "5" of "5G" is no word; None where it has none."""
    while start > 0 and text[start].isalnum() and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    part = text[start:end]
    if not WORD.search(part):
        return None
    return start + len(part) - len(part.lstrip()), end - (len(part) - len(part.rstrip()))


def _merged(marks: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    held: tuple[int, int] | None = None
    for start, end in marks:
        if held is not None and start <= held[1]:
            held = held[0], max(held[1], end)
            continue
        if held is not None:
            yield held
        held = start, end
    if held is not None:
        yield held


def _pack(marked: Marked) -> str:
    out, at = [], 0
    for start, end in marked.marks:
        out += [marked.text[at:start], _ON, marked.text[start:end], _OFF]
        at = end
    return "".join((*out, marked.text[at:]))


def _unpack(line: str) -> Marked:
    text, marks, opened = "", [], None
    for number, part in enumerate(line.replace(_OFF, _ON).split(_ON)):
        if number % 2:
            opened = len(text)
        text += part
        if opened is not None:
            marks.append((opened, len(text)))
            opened = None
    return Marked(text=text, marks=tuple(marks))
