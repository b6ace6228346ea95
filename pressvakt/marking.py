"""Two wordings of one text shown as one: words that went and words that came, marked inside their sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from changes.words import Op, Span, diff_words
from pressvakt.present import styled

GONE = "red strike"
CAME = "green"
#: Letters of what stays that a snippet shows on either side, and of what went or came that it shows at most.
_AROUND, _AT_MOST = 32, 90


def in_colour(out: Console) -> bool:
    """Whether marks can be colours; else they are signs."""
    return out.is_terminal and out.color_system is not None and not out.no_color


def marked(before: str, after: str, *, colour: bool) -> Text:
    """The whole text with its differences: in colours, or as `[-old-]{+new+}` (wdiff's signs)."""
    text = Text()
    for span, gap in _tidy(diff_words(before, after), between=" " if colour else ""):
        if span.op is Op.EQUAL:
            text += styled(span.text)
        else:
            text += gone(span.text, colour=colour) if span.op is Op.DELETE else came(span.text, colour=colour)
        text += Text(gap)
    return text


def gone(text: str, *, colour: bool) -> Text:
    """Text that stood in the earlier version only."""
    return styled(text, GONE) if colour else styled(f"[-{text}-]")


def came(text: str, *, colour: bool) -> Text:
    """Text that stands in the later version only."""
    return styled(text, CAME) if colour else styled(f"{{+{text}+}}")


def snippets(before: str, after: str, *, colour: bool) -> list[Text]:
    """Each difference with a few words around it, as one would tell it: `… 160 → 100 miljoner kronor …`."""
    spans = list(_tidy(diff_words(before, after), between=""))
    found: list[Text] = []
    at = 0
    while at < len(spans):
        span, gap = spans[at]
        if span.op is Op.EQUAL:
            at += 1
            continue
        pair = spans[at + 1][0] if span.op is Op.DELETE and at + 1 < len(spans) else None
        width = 2 if pair is not None and pair.op is Op.INSERT else 1
        middle = _step(span, pair if width == 2 else None, colour=colour)
        if width == 2:
            gap = spans[at + 1][1]
        left = spans[at - 1][0].text + spans[at - 1][1] if at else ""
        right = spans[at + width][0].text if at + width < len(spans) else ""
        found.append(styled(_tail(left)) + middle + styled(gap + _head(right)))
        at += width
    return found


def shortened(text: str, limit: int = _AT_MOST) -> str:
    """The start of a text, cut between words."""
    if len(text) <= limit:
        return text
    return text[:limit].rsplit(" ", 1)[0] + " …"


def _step(span: Span, pair: Span | None, *, colour: bool) -> Text:
    if pair is not None:
        arrow = styled(shortened(span.text), GONE if colour else "") + Text(" → ")
        return arrow + styled(shortened(pair.text), CAME if colour else "")
    if span.op is Op.DELETE:
        return gone(shortened(span.text), colour=colour)
    return came(shortened(span.text), colour=colour)


def _tidy(spans: Sequence[Span], *, between: str) -> Iterator[tuple[Span, str]]:
    """Spans without the blanks at their ends, and the blank that follows each: marks stand close to their words.

    `between` stands between words that went and the words that took their place.
    """
    for number, span in enumerate(spans):
        text = span.text.rstrip()
        blank = " " if text != span.text else ""
        follows = spans[number + 1] if number + 1 < len(spans) else None
        replaced = span.op is Op.DELETE and follows is not None and follows.op is Op.INSERT
        yield Span(op=span.op, text=text), between if replaced else blank


def _tail(text: str) -> str:
    if len(text) <= _AROUND:
        return text
    return "… " + text[-_AROUND:].split(" ", 1)[-1]


def _head(text: str) -> str:
    if len(text) <= _AROUND:
        return text
    return text[:_AROUND].rsplit(" ", 1)[0] + " …"
