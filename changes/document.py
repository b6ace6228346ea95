"""A file's text as a release, so that two editions of a file are compared and shown as two versions of a page are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from changes.release import Block, BlockKind, Release, normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

#: All that a file does not say: two editions differ in their text alone.
_UNREAD = frozenset({"published", "updated", "kind", "senders", "identifier", "contacts", "attachments", "categories"})


def document_release(name: str, paragraphs: Sequence[str], language: str | None = None) -> Release:
    """What a file says: its name as the title, its paragraphs as blocks.

    Args:
        name: What the release calls the file.
        paragraphs: Its text, a paragraph each, as `crawler.reading.documents` gives it.
        language: Its language, as far as that is known: it decides how dates and figures in it are told.
    """
    texts = (normalise(paragraph) for paragraph in paragraphs)
    body = tuple(Block(kind=BlockKind.PARAGRAPH, text=text, markdown=text) for text in texts if text)
    return Release(title=normalise(name), body=body, language=language, unread=_UNREAD)
