"""A change as marked text, for a terminal, a mail or a page: data only. Whoever prints it escapes it.

`sentences` shows what changed in its context and folds the rest; `terminal` and `elements` give its pieces names that
a terminal's styles and HTML's elements go by.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from changes.blocks import Step, StepOp, align, passages
from changes.canonical import address, read_parts
from changes.compare import FIELDS, compare
from changes.kinds import Kind
from changes.release import Block, BlockKind, Release, Stamp
from changes.words import Op, Span, diff_words

#: Words left and right of an edit that are shown with it.
CONTEXT = 14
_ELLIPSIS = "…"


@dataclass(frozen=True, kw_only=True)
class MarkedBlock:
    """One block of a change, or one field's old and new value.

    `field` is a name that `Finding.fields` may hold. Where `folded` is not 0 there are no spans: so many blocks that
    did not change stand in its place.
    """

    field: str
    op: StepOp
    spans: tuple[Span, ...] = ()
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    folded: int = 0


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A piece of a line for a terminal; `style` is "", "delete", "insert", "dim" or "label"."""

    text: str
    style: str = ""


@dataclass(frozen=True, kw_only=True)
class Element:
    """A piece of a block for HTML, not escaped; `tag` is "del", "ins" or None for plain text."""

    text: str
    tag: str | None = None


def sentences(before: Release, after: Release, *, context: int = CONTEXT) -> tuple[MarkedBlock, ...]:
    """What changed between two releases, in reading order: title, text, then the other fields that differ.

    `context` is the number of words kept on either side of an edit; unchanged blocks are folded into a count.
    """
    edited = next((found for found in compare(before, after) if found.kind is Kind.EDITED), None)
    if edited is None:
        return ()
    before, after = read_parts(before), read_parts(after)
    out: list[MarkedBlock] = []
    for field in FIELDS:
        if field not in edited.fields:
            continue
        if field == "title":
            spans = diff_words(before.title, after.title)
            out.append(MarkedBlock(field=field, op=StepOp.CHANGED, spans=spans, kind=BlockKind.HEADING, level=1))
        elif field == "body" or (field == "lead" and "body" not in edited.fields):
            out += _text(before, after, context)
        elif field not in ("lead", "links"):
            out += _values(field, _printed(getattr(before, field)), _printed(getattr(after, field)))
        elif field == "links":
            out += _links(before, after)
    return tuple(out)


def terminal(marked: Sequence[MarkedBlock]) -> Iterator[tuple[Segment, ...]]:
    """One line a block: a sign, then its pieces. White space and control characters are the caller's to tame."""
    signs = {StepOp.ADDED: "+ ", StepOp.REMOVED: "- ", StepOp.MOVED: "> ", StepOp.CHANGED: "~ ", StepOp.EQUAL: "  "}
    styles = {Op.EQUAL: "", Op.DELETE: "delete", Op.INSERT: "insert"}
    for block in marked:
        if block.folded:
            yield (Segment(text=f"  {_ELLIPSIS} {block.folded} unchanged", style="dim"),)
            continue
        label = () if block.field in ("lead", "body") else (Segment(text=f"{block.field}: ", style="label"),)
        pieces = (Segment(text=span.text, style=styles[span.op]) for span in block.spans)
        yield (Segment(text=signs[block.op], style="dim"), *label, *pieces)


def elements(block: MarkedBlock) -> tuple[Element, ...]:
    """The pieces of one block for HTML: `ins`, `del` and plain text, none of it escaped."""
    tags = {Op.EQUAL: None, Op.DELETE: "del", Op.INSERT: "ins"}
    return tuple(Element(text=span.text, tag=tags[span.op]) for span in block.spans)


def _text(before: Release, after: Release, context: int) -> Iterator[MarkedBlock]:
    waiting = 0
    for step in align(passages(before), passages(after)):
        if step.op is StepOp.EQUAL:
            waiting += 1
            continue
        if waiting:
            yield MarkedBlock(field="body", op=StepOp.EQUAL, folded=waiting)
            waiting = 0
        yield _marked(step, before, after, context)
    if waiting:
        yield MarkedBlock(field="body", op=StepOp.EQUAL, folded=waiting)


def _marked(step: Step, before: Release, after: Release, context: int) -> MarkedBlock:
    block = step.after or step.before
    assert block is not None  # noqa: S101 - a step has a block on one side at least
    spans: tuple[Span, ...]
    if step.before is None:
        spans = (Span(op=Op.INSERT, text=block.text),)
    elif step.after is None:
        spans = (Span(op=Op.DELETE, text=block.text),)
    else:
        spans = tuple(_shortened(diff_words(step.before.text, step.after.text), context))
    field = "lead" if _is_lead(step.after, after) or _is_lead(step.before, before) else "body"
    return MarkedBlock(field=field, op=step.op, spans=spans, kind=block.kind, level=block.level)


def _is_lead(block: Block | None, release: Release) -> bool:
    return block is not None and bool(release.lead) and block.text is release.lead


def _shortened(spans: Sequence[Span], context: int) -> Iterator[Span]:
    """Long stretches that did not change, cut to the words next to an edit."""
    for at, span in enumerate(spans):
        words = span.text.split(" ")
        first, last = at == 0, at == len(spans) - 1
        if span.op is not Op.EQUAL or len(words) <= context * (1 if first != last else 2) + 4:
            yield span
            continue
        head = [] if first and not last else words[:context]
        tail = [] if last else words[-context:]
        yield Span(op=Op.EQUAL, text=" ".join([*head, _ELLIPSIS, *tail]))


def _values(field: str, old: Sequence[str], new: Sequence[str]) -> Iterator[MarkedBlock]:
    """Values that came and went; as many of the one as of the other are taken for values that became others."""
    gone = [value for value in old if value not in new]
    come = [value for value in new if value not in old]
    if len(gone) == len(come):
        for one, two in zip(gone, come, strict=True):
            yield MarkedBlock(field=field, op=StepOp.CHANGED, spans=diff_words(one, two))
        return
    for value in gone:
        yield MarkedBlock(field=field, op=StepOp.REMOVED, spans=(Span(op=Op.DELETE, text=value),))
    for value in come:
        yield MarkedBlock(field=field, op=StepOp.ADDED, spans=(Span(op=Op.INSERT, text=value),))


def _printed(value: object) -> list[str]:
    """A field's value as lines that a person reads."""
    if value is None or value == "":
        return []
    if isinstance(value, Stamp):
        return [_moment(value)]
    if isinstance(value, tuple):
        return [line for item in value for line in _printed(item)]
    if text := getattr(value, "text", None):
        return [text]
    if name := getattr(value, "name", None):
        size = getattr(value, "size", None)
        return [f"{name} ({size})" if size else name]
    return [str(value)]


def _moment(stamp: Stamp) -> str:
    if stamp.at is not None:
        return stamp.at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    return stamp.day.isoformat() if stamp.day else stamp.raw


def _links(before: Release, after: Release) -> Iterator[MarkedBlock]:
    """Words that stayed and lead elsewhere, each with its addresses."""
    for step in align(before.body, after.body):
        if step.op is StepOp.EQUAL and step.before and step.after:
            old, new = (
                {address(link.url, own=release.canonical): f"{link.text}: {link.url}" for link in block.links}
                for release, block in ((before, step.before), (after, step.after))
            )
            gone = [line for to, line in old.items() if to not in new]
            yield from _values("links", gone, [line for to, line in new.items() if to not in old])
