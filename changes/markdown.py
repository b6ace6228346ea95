"""Markdown to blocks: archives of press releases that others keep come as Markdown, not as pages.

Reads what converters of HTML write: ATX headings, lists, GitHub's tables, quotes, paragraphs, links, emphasis and
backslash escapes. It is no full CommonMark parser and needs none of HTML.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import fields
from urllib.parse import urljoin

from changes.release import Block, BlockKind, Link, Release, normalise

_HEADING = re.compile(r" {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_ITEM = re.compile(r"(\s*)([*+-]|\d{1,9}[.)])\s+(.*)$")
_QUOTE = re.compile(r" {0,3}>\s?(.*)$")
_RULE = re.compile(r" {0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$")
_TABLE_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
_CELL = re.compile(r"(?<!\\)\|")
_LINK = re.compile(
    r"!?\[((?:\\.|[^\[\]\\]){0,2000})\]\(\s*<?((?:\\.|[^\s()<>\\]|\([^\s()]{0,200}\)){0,2000})>?(?:\s+\"[^\"]{0,2000}\")?\s*\)"
)
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^\s<>]{1,2000})>")
_EMPHASIS = re.compile(r"(?<!\\)(?:\*{1,3}|(?<!\w)_{1,3}(?=\S)|(?<=\S)_{1,3}(?!\w)|~~|`)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


def read_release(markdown: str, *, base_url: str = "", unread: frozenset[str] | None = None) -> Release:
    """A release from Markdown whose first heading of level 1 is the title.

    `base_url` completes relative links. All but title and body is `unread`, unless told otherwise.
    """
    blocks = list(read_blocks(markdown, base_url=base_url))
    title = next((block for block in blocks if block.kind is BlockKind.HEADING and block.level == 1), None)
    if title is not None:
        blocks.remove(title)
    return Release(
        title=title.text if title else "",
        body=tuple(blocks),
        unread=_NOT_IN_MARKDOWN if unread is None else unread,
    )


_NOT_IN_MARKDOWN = frozenset({field.name for field in fields(Release)} - {"title", "body", "unread"})


def read_blocks(markdown: str, *, base_url: str = "") -> Iterator[Block]:
    """The blocks of a Markdown text, in order.

    A line that starts with a lone `- ` between blank lines is speech, as Nordic press offices print it, not a list:
    the dash is part of its text.
    """
    lines = markdown.replace("\r\n", "\n").split("\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip() or _RULE.match(line):
            at += 1
            continue
        at, block = _block(lines, at, base_url)
        if block is not None:
            yield block


def _block(lines: list[str], at: int, base_url: str) -> tuple[int, Block | None]:
    line = lines[at]
    if match := _HEADING.match(line):
        return at + 1, _made(BlockKind.HEADING, match[2], base_url, level=len(match[1]))
    if line.lstrip().startswith("|"):
        return at + 1, _row(line, base_url)
    if _QUOTE.match(line):
        end = _run(lines, at, quote=True)
        text = " ".join(match[1] if (match := _QUOTE.match(line)) else line for line in lines[at:end])
        return end, _made(BlockKind.QUOTE, text, base_url)
    end = _run(lines, at, quote=False)
    text = " ".join(part.strip() for part in lines[at:end])
    if (match := _ITEM.match(line)) and not _speech(lines, at, end, match[2]):
        return end, _made(BlockKind.ITEM, text[len(match[2]) :], base_url, level=len(match[1].expandtabs(4)) // 2)
    return end, _made(BlockKind.PARAGRAPH, text, base_url)


def _run(lines: list[str], at: int, *, quote: bool) -> int:
    """The line after the block that starts at `at`: a blank line ends it, and so does a block of another sort."""
    end = at + 1
    while end < len(lines) and (line := lines[end]).strip():
        if _HEADING.match(line) or _ITEM.match(line) or line.lstrip().startswith("|"):
            break
        if not quote and _QUOTE.match(line):
            break
        end += 1
    return end


def _speech(lines: list[str], at: int, end: int, mark: str) -> bool:
    before = at == 0 or not lines[at - 1].strip()
    after = end >= len(lines) or not lines[end].strip()
    return mark == "-" and before and after


def _row(line: str, base_url: str) -> Block | None:
    if _TABLE_RULE.match(line):
        return None
    cells = [_plain(cell, base_url) for cell in _CELL.split(line.strip().removeprefix("|").removesuffix("|"))]
    text = " | ".join(text for text, _ in cells)
    if not any(text for text, _ in cells):
        return None
    links = tuple(link for _, links in cells for link in links)
    return Block(kind=BlockKind.ROW, text=normalise(text), markdown=line.strip(), links=links)


def _made(kind: BlockKind, source: str, base_url: str, *, level: int = 0) -> Block | None:
    text, links = _plain(source, base_url)
    if not text:
        return None
    prefix = {BlockKind.HEADING: "#" * level + " ", BlockKind.ITEM: "  " * level + "- ", BlockKind.QUOTE: "> "}
    return Block(kind=kind, text=text, markdown=prefix.get(kind, "") + source.strip(), level=level, links=links)


def _plain(source: str, base_url: str) -> tuple[str, tuple[Link, ...]]:
    """The words of a piece of Markdown, and its links."""
    links: list[Link] = []

    def keep(match: re.Match[str]) -> str:
        if match[0].startswith("!"):
            return ""
        links.append(Link(text=_words(match[1]), url=urljoin(base_url, _ESCAPE.sub(r"\1", match[2]))))
        return match[1]

    text = _AUTOLINK.sub(r"[\1](\1)", source)
    return _words(_LINK.sub(keep, text)), tuple(link for link in links if link.url)


def _words(source: str) -> str:
    return normalise(html.unescape(_ESCAPE.sub(r"\1", _EMPHASIS.sub("", source))))
