"""A release: what a page says once the page itself is out of the way.

Everything here is a frozen record that travels between rooms and is stored as JSON by
`encode` and `decode`. Text is Unicode NFC without soft hyphens, zero-width characters or
control characters; times are aware and UTC.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec


class BlockKind(StrEnum):
    """The part a block plays in a text. Two blocks with the same words are the same text, whatever their kinds."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    ITEM = "item"  #: one item of a list, ordered or not
    ROW = "row"  #: one row of a table
    QUOTE = "quote"
    CAPTION = "caption"


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link inside a block: the words it stands on and its absolute address."""

    text: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Block:
    """One paragraph, heading, list item or table row of a body.

    `text` is what a reader sees, white space collapsed; table cells are joined by ` | `.
    `markdown` is the same block as CommonMark (tables: GitHub's), prefix and all (`## `, `- `, `> `, `| … |`).
    """

    kind: BlockKind
    text: str
    markdown: str
    level: int = 0  #: heading level 1 to 6, nesting depth of a list item, else 0
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """A date that a site prints: as it stands there, and as understood.

    `day` is the calendar day in the site's time zone; `at` the moment in UTC where the site gives a time of day.
    Both are None where the text could not be read: nothing is guessed.
    """

    raw: str
    day: dt.date | None = None
    at: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A press contact. `text` is the whole entry as a reader sees it, hidden addresses decoded."""

    text: str
    name: str | None = None
    role: str | None = None
    phones: tuple[str, ...] = ()
    email: str | None = None


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that a release offers for download."""

    url: str
    name: str
    size: str | None = None  #: as the site prints it: "pdf 967 kB"


@dataclass(frozen=True, kw_only=True)
class Translation:
    """The same release in another language, as the page itself says where: its twin."""

    language: str  #: BCP 47
    url: str


class NoticeKind(StrEnum):
    """What a site's own line says about the page it stands on."""

    ARCHIVED = "archived"
    WITHDRAWN = "withdrawn"
    OFFICEHOLDER = "officeholder"  #: a minister named on the page has left or changed posts


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A line that the site put on the page about the page's status, lifted out of the body.

    `period` is (first day, last day) as the site states them; either may be missing, and the whole is None where
    the line gives no dates. `text` is the line as printed.
    """

    kind: NoticeKind
    text: str
    period: tuple[dt.date | None, dt.date | None] | None = None
    person: str | None = None
    role: str | None = None
    government: str | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Release:
    """What a page says. `unread` names the fields that today's rules could not look for: they compare as equal."""

    title: str
    lead: str | None = None
    body: tuple[Block, ...] = ()
    published: Stamp | None = None
    updated: Stamp | None = None
    kind: str | None = None  #: the site's own word: "Pressmeddelande"
    senders: tuple[str, ...] = ()
    identifier: str | None = None  #: the registry number ("Diarienummer"), without its label
    contacts: tuple[Contact, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    categories: tuple[str, ...] = ()
    language: str | None = None  #: BCP 47: "sv"
    canonical: str | None = None
    translations: tuple[Translation, ...] = ()  #: no part of what the release says: never compared
    notices: tuple[Notice, ...] = ()
    unread: frozenset[str] = field(default_factory=frozenset)

    @property
    def markdown(self) -> str:
        """The body as one Markdown text: blocks apart, items of one list and rows of one table together."""
        out: list[str] = []
        last: Block | None = None
        for block in self.body:
            tight = last is not None and block.kind is last.kind and block.kind in (BlockKind.ITEM, BlockKind.ROW)
            if out:
                out.append("\n" if tight else "\n\n")
            out.append(block.markdown)
            last = block
        return "".join(out)


#: Characters that no reader sees: soft hyphen, zero-width characters, joiners, bidi controls, byte order mark.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\x00-\x08\x0e-\x1f\x7f]")


def normalise(text: str) -> str:
    """Text as it is kept and shown: NFC, nothing invisible, each run of white space one blank."""
    if not text.isprintable():  # neither invisible characters nor lone surrogates are
        text = _INVISIBLE.sub("", text.encode("utf-8", "replace").decode("utf-8"))
    return " ".join((text if text.isascii() else unicodedata.normalize("NFC", text)).split())


def letters(text: str) -> str:
    """The key by which two texts are the same: `normalise`, and then no white space at all.

    White space never tells two texts apart: renderings differ in it where no reader sees a difference.
    """
    return "".join(normalise(text).split())


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Release)


def encode(release: Release) -> bytes:
    """A release as JSON (UTF-8): the same release gives the same bytes."""
    return _encoder.encode(release)


def decode(data: bytes) -> Release:
    """The release that `encode` wrote.

    Raises:
        msgspec.DecodeError: where the bytes are no release.
    """
    return _decoder.decode(data)
