"""The demo's small markup to HTML: paragraphs, headings, lists, tables, quotations, links."""

from __future__ import annotations

import re

from pressvakt.demo.noise import escape

_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_STRONG = re.compile(r"\*\*([^*]+)\*\*")
_NUMBERED = re.compile(r"\d+\. ")


def html_of(text: str, *, heading: str = "h2") -> str:
    """The HTML of a text: blocks stand apart by an empty line, each told by how its lines begin.

    `## ` is a heading, `- ` and `1. ` lists, `|` a table whose first row is its head, `> ` a quotation.
    """
    return "\n".join(_block(block, heading) for block in text.strip().split("\n\n"))


def _block(block: str, heading: str) -> str:
    lines = [line.strip() for line in block.splitlines()]
    first = lines[0]
    if first.startswith("## "):
        return f"<{heading}>{_inline(first[3:])}</{heading}>"
    if first.startswith("- "):
        return "<ul>" + "".join(f"<li>{_inline(line[2:])}</li>" for line in lines) + "</ul>"
    if _NUMBERED.match(first):
        return "<ol>" + "".join(f"<li>{_inline(_NUMBERED.sub('', line, count=1))}</li>" for line in lines) + "</ol>"
    if first.startswith("|"):
        return _table(lines)
    if first.startswith("> "):
        return "<blockquote><p>" + _inline(" ".join(line[2:] for line in lines)) + "</p></blockquote>"
    return f"<p>{_inline(' '.join(lines))}</p>"


def _table(lines: list[str]) -> str:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    head = "".join(f'<th scope="col">{_inline(cell)}</th>' for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{_inline(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:])
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _inline(text: str) -> str:
    return _STRONG.sub(r"<strong>\1</strong>", _LINK.sub(r'<a href="\2">\1</a>', escape(text)))
