"""A release as a page shows it: its blocks in order, its links where they stand, its fields in a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from alerts.messages.text import linkable, shortened, washed
from changes.release import Block, BlockKind, Link, Release, Stamp
from web.words import Words

#: Letters of a text that a page shows unless it is asked for all of them.
LETTERS = 50_000
#: Links that are listed.
LINKS = 60
FIELDS = (
    "published", "updated", "kind", "senders", "identifier", "contacts", "attachments", "categories", "language",
    "translations",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Run:
    """Words that stand on a link, or on none."""

    text: str
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Group:
    """Blocks of one kind that belong together: the items of a list, the rows of a table."""

    kind: str
    level: int  #: of a heading: 3 to 6, as the page's own come first
    blocks: tuple[tuple[Run, ...], ...]
    cells: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Text:
    """The body; `cut` where it is longer than what is shown."""

    groups: tuple[Group, ...]
    cut: bool


def text_of(release: Release, *, whole: bool) -> Text:
    """The body of a release."""
    room, cut = LETTERS, False
    blocks: list[Block] = []
    for block in release.body:
        if room <= 0 and not whole:
            cut = True
            break
        if len(block.text) > room and not whole:
            block = replace(block, text=shortened(block.text, room), links=())  # noqa: PLW2901 - what is left of it
            room, cut = 0, True
        room -= len(block.text)
        blocks.append(block)
    groups = [_group(kind, list(found)) for kind, found in groupby(blocks, key=lambda block: block.kind)]
    return Text(groups=tuple(one for group in groups for one in group), cut=cut)


def fields_of(release: Release, words: Words) -> list[tuple[str, list[Run]]]:
    """The fields that say something, each with its values; addresses fit to be linked."""
    found: list[tuple[str, list[Run]]] = []
    for name in FIELDS:
        values = [value for value in _values(release, name, words) if value.text]
        if values:
            found.append((name, values))
    return found


def links_of(release: Release) -> list[Run]:
    """The links of the text, each address once."""
    known: dict[str, Run] = {}
    for link in (link for block in release.body for link in block.links):
        safe = linkable(link.url)
        if safe and safe not in known:
            known[safe] = Run(text=washed(link.text)[:200] or safe, url=safe)
            if len(known) == LINKS:
                break
    return list(known.values())


def runs(block: Block) -> tuple[Run, ...]:
    """The words of a block, its links where they stand."""
    out: list[Run] = []
    at = 0
    for link in block.links:
        start = block.text.find(link.text, at) if link.text else -1
        if start < 0:
            continue
        if start > at:
            out.append(Run(text=block.text[at:start]))
        out.append(_link(link))
        at = start + len(link.text)
    if at < len(block.text):
        out.append(Run(text=block.text[at:]))
    return tuple(Run(text=washed(run.text), url=run.url) for run in out)


def _link(link: Link) -> Run:
    return Run(text=link.text, url=linkable(link.url))


def _group(kind: BlockKind, blocks: list[Block]) -> Iterator[Group]:
    if kind is BlockKind.ROW:
        cells = tuple(tuple(washed(block.text).split(" | ")) for block in blocks)
        yield Group(kind=kind.value, level=0, blocks=(), cells=cells)
    elif kind is BlockKind.ITEM:
        yield Group(kind=kind.value, level=0, blocks=tuple(runs(block) for block in blocks))
    else:
        for block in blocks:
            yield Group(kind=kind.value, level=min(max(block.level + 1, 3), 6), blocks=(runs(block),))


def _values(release: Release, name: str, words: Words) -> Iterator[Run]:
    value = getattr(release, name)
    if value is None:
        return
    if isinstance(value, Stamp):
        yield Run(text=washed(words.stamp(value)))
    elif isinstance(value, str):
        yield Run(text=washed(value))
    elif name == "attachments":
        for file in release.attachments:
            size = f" ({file.size})" if file.size else ""
            yield Run(text=washed(f"{file.name}{size}"), url=linkable(file.url))
    elif name == "translations":
        for one in release.translations:
            yield Run(text=washed(one.language), url=linkable(one.url))
    else:
        yield from (Run(text=washed(str(getattr(one, "text", one)))) for one in value)
