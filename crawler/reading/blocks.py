"""A piece of a page as blocks: paragraphs, headings, items, rows, quotes and captions, each as text and as Markdown.

What a reader sees decides: text that stands directly in a `div` is a paragraph, two line breaks part two paragraphs,
a table that only lays a page out is no table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag

from changes.release import Block, BlockKind, Link, normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_SKIP = frozenset(
    ("script", "style", "noscript", "template", "svg", "math", "head", "iframe", "object", "embed", "audio",
     "video", "canvas", "map", "button", "select", "input", "textarea", "datalist", "progress", "meter",
     "img", "picture")
)  # fmt: skip
_BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "dir", "div",
     "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
     "header", "hgroup", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "p", "pre", "section",
     "summary", "table", "ul", "caption", "tbody", "thead", "tfoot", "tr", "td", "th")
)  # fmt: skip
#: In these an element that a site made up (`<gov-term>`) is part of a line; elsewhere it is a block.
_LINES = frozenset(
    ("p", "li", "dt", "dd", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "span", "a", "strong", "b", "em", "i",
     "figcaption", "caption", "label", "small", "time")
)  # fmt: skip
_HEADING = re.compile(r"h[1-6]")
_EDGE = "|"  # keeps the white space at the ends of a piece from `normalise`; no accent ever joins it
_SPECIAL = re.compile(r"[\\`*\[\]<]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)")
_AT_START = re.compile(r"(?:#{1,6}(?= |$)|[>+](?= |$)|-(?= |$)|[=-]{3,}$)")
_NUMBERED = re.compile(r"(\d{1,9})([.)])(?= |$)")
_BULLET = re.compile(r"[•●▪◦‣⁃∙]\s*(?=\S)")
_LINE = re.compile(r"<p(?: [^<>]*)?>([^<>&]*)</p>")
_UNSAFE = re.compile(r"[\s<>()\\]")


@dataclass(frozen=True, kw_only=True)
class Segment:
    """One line of a block: what stands between two line breaks."""

    text: str
    markdown: str
    links: tuple[Link, ...] = ()


@dataclass(kw_only=True)
class Draft:
    """A block while it is made: its lines apart, its Markdown without prefix."""

    kind: BlockKind
    segments: list[Segment]
    level: int = 0
    prefix: str = ""
    cells: tuple[str, ...] | None = None  #: Markdown of a row's cells
    first_row: int = 0  #: columns of the table, in its first row

    @property
    def text(self) -> str:
        """What a reader sees."""
        return " ".join(segment.text for segment in self.segments)


def read_drafts(markup: str, address: Callable[[str], str | None]) -> list[Draft]:
    """The blocks of a piece of HTML. `address` makes a link's address absolute; None from it leaves the words alone."""
    writer = _Writer(address)
    if line := _LINE.fullmatch(markup):  # as most leads are: no soup is needed to tell that it is one paragraph
        writer.spans.append((line[1], _PLAIN))
    else:
        writer.walk(BeautifulSoup(markup, "lxml"), _Style())
    writer.flush()
    return writer.out


def finished(drafts: Iterable[Draft]) -> tuple[Block, ...]:
    """The drafts that say something, as they are kept."""
    return tuple(_block(draft) for draft in drafts if draft.text)


def _block(draft: Draft) -> Block:
    links = tuple(link for segment in draft.segments for link in segment.links)
    if draft.cells is not None:
        markdown = _row(draft.cells, draft.first_row)
    else:
        tight = draft.kind is BlockKind.HEADING
        lines = [_at_start(segment.markdown) for segment in draft.segments]
        follow = "> " if draft.kind is BlockKind.QUOTE else " " * len(draft.prefix)
        markdown = draft.prefix + (" " if tight else f"\\\n{follow}").join(lines)
    return Block(kind=draft.kind, text=normalise(draft.text), markdown=markdown, level=draft.level, links=links)


def _row(cells: Sequence[str], columns: int) -> str:
    if not columns:
        return f"| {' | '.join(cells)} |"
    full = [*cells, *[""] * (columns - len(cells))]
    return f"| {' | '.join(full)} |\n|{' --- |' * len(full)}"


def _typed_list(segments: Iterable[Segment]) -> list[Draft]:
    """Lines of which some begin with a bullet typed by hand: each of these is an item, as in a list of markup."""
    out: list[Draft] = []
    for segment in segments:
        if _BULLET.match(segment.text):
            bare = replace(
                segment,
                text=_BULLET.sub("", segment.text, count=1),
                markdown=_BULLET.sub("", segment.markdown, count=1),
            )
            out.append(Draft(kind=BlockKind.ITEM, segments=[bare], level=1, prefix="- "))
        elif out and out[-1].kind is BlockKind.PARAGRAPH:
            out[-1].segments.append(segment)
        else:
            out.append(Draft(kind=BlockKind.PARAGRAPH, segments=[segment]))
    return out


@dataclass(frozen=True, kw_only=True)
class _Style:
    strong: bool = False
    slanted: bool = False
    url: str | None = None


_PLAIN = _Style()


@dataclass(kw_only=True)
class _Place:
    """Where in the page's structure the walk stands."""

    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    prefix: str = ""
    after: str = ""  #: the prefix of what follows the first block of an item
    lists: int = 0
    number: int | None = None  #: of the next item of an ordered list
    quoted: bool = False
    pre: bool = False


@dataclass
class _Writer:
    address: Callable[[str], str | None]
    out: list[Draft] = field(default_factory=list)
    place: _Place = field(default_factory=_Place)
    spans: list[tuple[str, _Style]] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)

    def walk(self, node: Tag, style: _Style) -> None:
        for child in node.children:
            if isinstance(child, Tag):
                self._tag(child, style)
            elif type(child) is NavigableString:
                self._text(str(child), style)

    def flush(self) -> None:
        """End the block that is being written."""
        self._end_line()
        if not self.segments:
            return
        place = self.place
        if place.kind is BlockKind.PARAGRAPH and any(_BULLET.match(segment.text) for segment in self.segments):
            self.out.extend(_typed_list(self.segments))
        else:
            self.out.append(Draft(kind=place.kind, segments=self.segments, level=place.level, prefix=place.prefix))
        self.segments = []
        if place.kind is BlockKind.ITEM:
            place.kind, place.level, place.prefix = BlockKind.PARAGRAPH, 0, place.after

    def _text(self, text: str, style: _Style) -> None:
        if self.place.pre and "\n" in text:
            for number, line in enumerate(text.split("\n")):
                if number:
                    self._line_break()
                self.spans.append((line, style))
            return
        self.spans.append((text, style))

    def _tag(self, tag: Tag, style: _Style) -> None:
        name = tag.name
        if name in _SKIP:
            return
        if name == "br":
            self._line_break()
        elif name in _BLOCKS or ("-" in name and tag.parent is not None and tag.parent.name not in _LINES):
            self.flush()
            self._structure(tag, style)
            self.flush()
        elif name in ("strong", "b"):
            self.walk(tag, _Style(strong=True, slanted=style.slanted, url=style.url))
        elif name in ("em", "i"):
            self.walk(tag, _Style(strong=style.strong, slanted=True, url=style.url))
        elif name == "a" and (href := tag.get("href")):
            self.walk(tag, _Style(strong=style.strong, slanted=style.slanted, url=self.address(str(href)) or style.url))
        else:
            self.walk(tag, style)

    def _structure(self, tag: Tag, style: _Style) -> None:
        before, name = self.place, tag.name
        if name == "table" and _is_table(tag):
            self._table(tag)
            return
        if _HEADING.fullmatch(name):
            level = int(name[1])
            self.place = _Place(kind=BlockKind.HEADING, level=level, prefix="#" * level + " ", quoted=before.quoted)
        elif name in ("ul", "ol", "menu", "dir"):
            number = _start(tag) if name == "ol" else None
            self.place = _Place(
                kind=before.kind, prefix=before.prefix, after=before.after, lists=before.lists + 1, number=number
            )
        elif name == "li":
            self.place = self._item(before)
        elif name == "blockquote":
            self.place = _Place(kind=BlockKind.QUOTE, prefix="> ", quoted=True, lists=before.lists)
        elif name in ("figcaption", "caption"):
            self.place = _Place(kind=BlockKind.CAPTION)
        elif name == "pre":
            self.place = _Place(kind=before.kind, prefix=before.prefix, pre=True)
        self.walk(tag, style)
        self.flush()
        self.place = before

    def _item(self, parent: _Place) -> _Place:
        depth = max(parent.lists, 1)
        mark = "- " if parent.number is None else f"{parent.number}. "
        if parent.number is not None:
            parent.number += 1
        indent = "    " * (depth - 1)
        return _Place(
            kind=BlockKind.ITEM, level=depth, prefix=indent + mark, after=indent + " " * len(mark), lists=depth
        )

    def _table(self, table: Tag) -> None:
        caption = table.find("caption", recursive=False)
        if isinstance(caption, Tag):
            self._structure(caption, _Style())
        rows = [row for row in table.find_all("tr") if row.find_parent("table") is table]
        grid = [[self._cell(cell) for cell in row.find_all(("td", "th"), recursive=False)] for row in rows]
        columns = max((sum(width for _, width in row) for row in grid), default=0)
        first = True
        for row in grid:
            if not any(cell.text for cell, _ in row):
                continue
            cells = [markdown for cell, width in row for markdown in (cell.markdown, *[""] * (width - 1))]
            links = tuple(link for cell, _ in row for link in cell.links)
            text = " | ".join(cell.text for cell, _ in row)
            whole = Segment(text=text, markdown="", links=links)
            self.out.append(
                Draft(kind=BlockKind.ROW, segments=[whole], cells=tuple(cells), first_row=columns if first else 0)
            )
            first = False

    def _cell(self, cell: Tag) -> tuple[Segment, int]:
        writer = _Writer(self.address)
        writer.walk(cell, _Style())
        writer.flush()
        parts = [segment for draft in writer.out for segment in draft.segments]
        markdown = " ".join(part.markdown for part in parts).replace("|", "\\|")
        links = tuple(link for part in parts for link in part.links)
        span = str(cell.get("colspan") or "1")
        width = min(int(span), 50) if span.isascii() and span.isdigit() and int(span) else 1
        return Segment(text=" ".join(part.text for part in parts), markdown=markdown, links=links), width

    def _line_break(self) -> None:
        if any(text.strip() for text, _ in self.spans):
            self._end_line()
        elif self.segments:
            self.spans = []
            self.flush()

    def _end_line(self) -> None:
        if not self.spans:
            return
        spans, self.spans = self.spans, []
        segment = _segment(spans)
        if segment is not None:
            self.segments.append(segment)


def _segment(spans: Sequence[tuple[str, _Style]]) -> Segment | None:
    text = normalise("".join(text for text, _ in spans))
    if not text:
        return None
    if len(spans) == 1 and spans[0][1] == _PLAIN:
        return Segment(text=text, markdown=_escaped(text))
    pieces = _pieces(spans)
    out: list[str] = []
    links: list[Link] = []
    at = 0
    while at < len(pieces):
        url = pieces[at][1].url
        stop = at
        while stop < len(pieces) and pieces[stop][1].url == url:
            stop += 1
        inner = _styled(pieces[at:stop])
        words = normalise("".join(text for text, _ in pieces[at:stop]))
        if url is not None and words:
            links.append(Link(text=words, url=url))
            inner = _around(inner, "[", f"]({_UNSAFE.sub(_percent, url)})")
        out.append(inner)
        at = stop
    return Segment(text=text, markdown="".join(out).strip(), links=tuple(links))


def _pieces(spans: Sequence[tuple[str, _Style]]) -> list[tuple[str, _Style]]:
    """The spans with white space as a reader sees it: one blank at most, none at the ends."""
    out: list[tuple[str, _Style]] = []
    blank = True
    for raw, style in spans:
        text = normalise(_EDGE + raw + _EDGE)[1:-1]
        if blank:
            text = text.lstrip(" ")
        if not text:
            continue
        blank = text.endswith(" ")
        out.append((text, style))
    while out and not (last := out[-1][0].rstrip(" ")):
        out.pop()
    if out:
        out[-1] = (last, out[-1][1])
    return out


def _styled(pieces: Sequence[tuple[str, _Style]]) -> str:
    out: list[str] = []
    at = 0
    while at < len(pieces):
        style = pieces[at][1]
        stop = at
        while stop < len(pieces) and pieces[stop][1] == style:
            stop += 1
        words = _escaped("".join(text for text, _ in pieces[at:stop]))
        mark = ("**" if style.strong else "") + ("*" if style.slanted else "")
        out.append(_around(words, mark, mark[::-1]) if mark else words)
        at = stop
    return "".join(out)


def _escaped(text: str) -> str:
    """A text in which nothing is taken for Markdown."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def _around(text: str, before: str, after: str) -> str:
    """Marks set close around a text: blanks at its ends go outside, or they would be no marks."""
    core = text.strip(" ")
    if not core:
        return text
    start = text.index(core)
    return f"{text[:start]}{before}{core}{after}{text[start + len(core) :]}"


def _at_start(markdown: str) -> str:
    if _AT_START.match(markdown):
        return "\\" + markdown
    return _NUMBERED.sub(r"\1\\\2", markdown, count=1) if _NUMBERED.match(markdown) else markdown


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match.group().encode())


def _start(tag: Tag) -> int:
    start = str(tag.get("start") or "1")
    return int(start) if start.isascii() and start.isdigit() and len(start) < 9 else 1


def _is_table(table: Tag) -> bool:
    """Whether a table holds data: no table in it, and some row with two cells."""
    if table.find("table") is not None:
        return False
    return any(len(row.find_all(("td", "th"), recursive=False)) > 1 for row in table.find_all("tr"))
