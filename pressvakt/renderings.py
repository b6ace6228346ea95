"""A release as a person reads it: plain text for a terminal, and a page of HTML that can do nothing but be read."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import groupby
from urllib.parse import urlsplit

from rich.text import Text

from changes.release import Block, BlockKind, Link, Release, Stamp
from pressvakt.present import styled
from pressvakt.times import plain_day

#: What a stored page may link to: everything else (javascript:, data:, file: …) is shown, not linked.
_LINKABLE = ("http", "https", "mailto", "tel")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
_STYLE = "body{max-width:42rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 serif}header,footer{color:#555}"


def as_text(release: Release) -> Iterator[tuple[int, Text]]:
    """The release line by line, each with the indent under which it hangs where it must be wrapped."""
    yield 0, styled(release.title, "bold")
    if head := _head(release):
        yield 0, styled(head, "dim")
    for notice in release.notices:
        yield 2, styled(f"! {notice.text}", "blue")
    if release.lead:
        yield 0, Text()
        yield 0, styled(release.lead, "bold")
    last: BlockKind | None = None
    for block in release.body:
        if not (last is block.kind and block.kind in (BlockKind.ITEM, BlockKind.ROW)):
            yield 0, Text()
        yield _block_text(block)
        last = block.kind
    yield from _section("Contacts", [contact.text for contact in release.contacts])
    yield from _section(
        "Attachments",
        [f"{file.name}{f' ({file.size})' if file.size else ''} {file.url}" for file in release.attachments],
    )
    yield from _section("In other languages", [f"{one.language}: {one.url}" for one in release.translations])
    yield from _section("Links", [f"{link.text}: {link.url}" for link in _links(release)])


def as_html(release: Release, *, url: str, note: str) -> str:
    """The release as one page of HTML: all text escaped, no script, no picture, nothing fetched.

    `url` is the watched address, `note` says which version this is.
    """
    language = f' lang="{escape(release.language)}"' if release.language else ""
    parts = [
        f'<!doctype html>\n<html{language}>\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">',
        '<meta name="robots" content="noindex">\n<meta name="referrer" content="no-referrer">',
        f"<title>{escape(release.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
        f"<header><p>{escape(note)}<br>{_anchor(url, url)}</p></header>\n<article>",
        f"<h1>{escape(release.title)}</h1>",
    ]
    if head := _head(release):
        parts.append(f"<p><small>{escape(head)}</small></p>")
    parts += [f"<p><em>{escape(notice.text)}</em></p>" for notice in release.notices]
    if release.lead:
        parts.append(f"<p><strong>{escape(release.lead)}</strong></p>")
    for kind, blocks in groupby(release.body, key=lambda block: block.kind):
        parts += _blocks_html(kind, list(blocks))
    parts += _list_html("Contacts", [escape(contact.text) for contact in release.contacts])
    parts += _list_html(
        "Attachments",
        [
            _anchor(file.url, file.name) + (f" ({escape(file.size)})" if file.size else "")
            for file in release.attachments
        ],
    )
    parts.append("</article>\n</body>\n</html>")
    return "\n".join(parts)


def stamp(value: Stamp | None) -> str | None:
    """A printed date as understood, or as it stands there where it could not be."""
    if value is None:
        return None
    return plain_day(value.day) if value.day else value.raw


def _head(release: Release) -> str:
    published, updated = stamp(release.published), stamp(release.updated)
    parts = [
        release.kind,
        ", ".join(release.senders),
        release.identifier,
        f"published {published}" if published else None,
        f"updated {updated}" if updated else None,
    ]
    return " · ".join(part for part in parts if part)


def _block_text(block: Block) -> tuple[int, Text]:
    match block.kind:
        case BlockKind.HEADING:
            return 0, styled(block.text, "bold underline")
        case BlockKind.ITEM:
            indent = 2 * max(block.level, 1)
            return indent + 2, styled(f"{' ' * (indent - 2)}  • {block.text}"[2:])
        case BlockKind.QUOTE:
            return 2, styled(f"> {block.text}")
        case BlockKind.CAPTION:
            return 0, styled(block.text, "italic")
        case BlockKind.PARAGRAPH | BlockKind.ROW:
            return 0, styled(block.text)


def _section(heading: str, lines: list[str]) -> Iterator[tuple[int, Text]]:
    if not lines:
        return
    yield 0, Text()
    yield 0, styled(heading, "dim")
    for line in lines:
        yield 4, styled(f"  {line}", "dim")


def _links(release: Release) -> list[Link]:
    seen = {file.url for file in release.attachments}
    links: list[Link] = []
    for link in (link for block in release.body for link in block.links):
        if link.url not in seen:
            seen.add(link.url)
            links.append(link)
    return links


def _blocks_html(kind: BlockKind, blocks: list[Block]) -> list[str]:
    match kind:
        case BlockKind.ITEM:
            return ["<ul>", *(f"<li>{_inline(block)}</li>" for block in blocks), "</ul>"]
        case BlockKind.ROW:
            rows = ("".join(f"<td>{escape(cell)}</td>" for cell in block.text.split(" | ")) for block in blocks)
            return ["<table>", *(f"<tr>{row}</tr>" for row in rows), "</table>"]
        case BlockKind.HEADING:
            # the title is the only h1
            return [f"<h{_level(block)}>{_inline(block)}</h{_level(block)}>" for block in blocks]
        case BlockKind.QUOTE:
            return ["<blockquote>", *(f"<p>{_inline(block)}</p>" for block in blocks), "</blockquote>"]
        case BlockKind.CAPTION:
            return [f"<p><small>{_inline(block)}</small></p>" for block in blocks]
        case BlockKind.PARAGRAPH:
            return [f"<p>{_inline(block)}</p>" for block in blocks]


def _level(block: Block) -> int:
    return min(max(block.level, 2), 6)


def _inline(block: Block) -> str:
    """The words of a block, its links where they stand."""
    out, at = [], 0
    for link in block.links:
        start = block.text.find(link.text, at) if link.text else -1
        if start < 0:
            continue
        out += [escape(block.text[at:start]), _anchor(link.url, link.text)]
        at = start + len(link.text)
    return "".join([*out, escape(block.text[at:])])


def _anchor(url: str, words: str) -> str:
    try:
        scheme = urlsplit(url).scheme
    except ValueError:  # "http://[": no address at all
        scheme = ""
    if scheme not in _LINKABLE:
        return escape(words)
    return f'<a href="{escape(url)}" rel="noopener noreferrer nofollow">{escape(words)}</a>'


def _list_html(heading: str, items: list[str]) -> list[str]:
    return [f"<h2>{heading}</h2>", "<ul>", *(f"<li>{item}</li>" for item in items), "</ul>"] if items else []
