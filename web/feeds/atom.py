"""Atom (RFC 4287): entries as XML. All text is escaped by the writer, and what XML cannot hold is left out."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from alerts.messages.passages import Piece
from changes.moments import iso
from web.feeds.entries import Entry

ATOM = "application/atom+xml"
_NAMESPACE, _XHTML = "http://www.w3.org/2005/Atom", "http://www.w3.org/1999/xhtml"
_DEFAULT: Any = {None: _NAMESPACE}
_IN_XHTML: Any = {None: _XHTML}
#: What XML 1.0 has no way to write.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, kw_only=True)
class Head:
    """What a feed says of itself."""

    id: str
    title: str
    language: str
    updated: dt.datetime
    page: str  #: the same for people
    self: str  #: where the feed is


def as_atom(head: Head, entries: Sequence[Entry]) -> bytes:
    """The feed as an XML document in UTF-8."""
    feed = etree.Element(f"{{{_NAMESPACE}}}feed", nsmap=_DEFAULT)
    feed.set("{http://www.w3.org/XML/1998/namespace}lang", head.language)
    _add(feed, "id", head.id)
    _add(feed, "title", head.title)
    _add(feed, "updated", iso(head.updated))
    _add(feed, "link", rel="self", type=ATOM, href=head.self)
    _add(feed, "link", rel="alternate", type="text/html", href=head.page)
    _add(_add(feed, "author"), "name", "Pressvakt")
    _add(feed, "generator", "Pressvakt")
    for one in entries:
        _entry(_add(feed, "entry"), one)
    return bytes(etree.tostring(feed, xml_declaration=True, encoding="UTF-8"))


def _entry(entry: etree._Element, one: Entry) -> None:
    change = one.change
    _add(entry, "id", one.id)
    _add(entry, "title", one.title)
    _add(entry, "updated", iso(change.detected_at))
    _add(entry, "published", iso(change.detected_at))
    _add(entry, "link", rel="alternate", type="text/html", href=one.url)
    if one.about is not None:
        _add(entry, "link", rel="related", href=one.about)
    for term in (str(change.kind), *change.finding.labels):
        _add(entry, "category", term=term)
    _add(entry, "summary", one.lines[0] if one.lines else one.title)
    _content(_add(entry, "content", type="xhtml"), one)


def _content(content: etree._Element, one: Entry) -> None:
    """The change as XHTML, with what went and what came marked."""
    div = etree.SubElement(content, f"{{{_XHTML}}}div", nsmap=_IN_XHTML)
    for fact in one.story.facts:
        _add(div, "p", fact)
    for passage in one.story.passages:
        for mark, pieces in (("del", passage.before), ("ins", passage.after)):
            if pieces:
                _marked(_add(div, "p"), mark, pieces)
    if one.story.more:
        _add(div, "p", f"… {one.story.more}")
    for quote in one.story.quotes:
        _add(_add(div, "blockquote"), "p", quote)
    said = [line for line in (one.story.silent, one.story.says, one.story.about) if line]
    if said:
        _add(div, "p", " · ".join(said))


def _marked(paragraph: etree._Element, mark: str, pieces: Sequence[Piece]) -> None:
    last: etree._Element | None = None
    for piece in pieces:
        if piece.marked:
            last = _add(paragraph, mark, piece.text)
        elif last is None:
            paragraph.text = (paragraph.text or "") + _clean(piece.text)
        else:
            last.tail = (last.tail or "") + _clean(piece.text)


def _add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    """An element below another, in its namespace."""
    found = etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{name}")
    for key, value in attributes.items():
        found.set(key, _clean(value))
    if text is not None:
        found.text = _clean(text)
    return found


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
