"""The text of a file that a release offers: PDF, by pypdf. It is read in a process of its own (`crawler.papers`).

A PDF knows where letters stand, not what a paragraph is. Lines are joined into paragraphs by what a reader would do:
a line that ends a sentence well before the margin ends a paragraph, a hyphen at a line's end joins a word, and what
stands on top or at the foot of most pages (their numbers, a running head) is no text.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from typing import TYPE_CHECKING

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from changes.release import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Pages and characters of one file that are read. What is longer is compared by its bytes alone beyond them.
PAGES, CHARACTERS = 400, 2_000_000

_PDF = b"%PDF-"
_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u2010\u00ad]$")
_ENDS = re.compile(r"[.!?:;”\"»)]$")
_BEGINS = re.compile(r"^(?:[-–•*▪●]|\d{1,3}[.)]|[a-z][.)])\s")
_DIGITS = re.compile(r"\d+")
_FEW = 6  #: lines of a page that has no head and no foot
_SHORT = 0.75  #: of the usual line: a line that ends a paragraph is shorter


#: A damaged file breaks a parser in any way it likes.
_DAMAGES = (
    PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OverflowError,
)  # fmt: skip


class NoTextError(ValueError):
    """A file without text that can be read: scanned, encrypted, damaged, or of a kind that is not known."""


def document_text(body: bytes) -> list[str]:
    """The paragraphs of a file, in reading order.

    Raises:
        NoTextError: where there are none, with the reason.
    """
    if not body[:1024].lstrip().startswith(_PDF):
        raise NoTextError("only the text of PDF files is read")
    try:
        pages = _pages(body)
    except _DAMAGES as error:
        raise NoTextError(f"damaged: {type(error).__name__}: {error}"[:200]) from None
    if pages is None:
        raise NoTextError("encrypted")
    paragraphs = join_lines(pages)
    if not paragraphs:
        raise NoTextError("no text in it: scanned pages, perhaps")
    return paragraphs


def _pages(body: bytes) -> list[list[str]] | None:
    """The lines of each page; None where a password is needed."""
    reader = PdfReader(io.BytesIO(body), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        return None
    return [_lines(page.extract_text() or "") for page in reader.pages[:PAGES]]


def join_lines(pages: Sequence[Sequence[str]]) -> list[str]:
    """Paragraphs from the lines of pages; an empty line ends one."""
    lines = list(_without_frame(pages))
    usual = _usual(lines)
    paragraphs: list[str] = []
    current = ""
    size = 0
    for line in lines:
        if not line or (current and _BEGINS.match(line)):
            paragraphs += [current] if current else []
            current = ""
        if not line:
            continue
        size += len(line)
        if size > CHARACTERS:
            break
        current = (
            _HYPHEN.sub("", current) + line if current and _HYPHEN.search(current) else f"{current} {line}".strip()
        )
        if _ENDS.search(line) and len(line) < _SHORT * usual:
            paragraphs.append(current)
            current = ""
    return paragraphs + ([current] if current else [])


def _lines(text: str) -> list[str]:
    return [normalise(line) for line in text.split("\n")]


def _without_frame(pages: Sequence[Sequence[str]]) -> Iterable[str]:
    """The lines of all pages without what stands on top or at the foot of most of them."""
    edges: Counter[str] = Counter()
    for page in pages:
        edges.update({_DIGITS.sub("#", line) for line in _edge(page)})
    frame = {line for line, count in edges.items() if len(pages) > 2 and count > len(pages) / 2}
    for page in pages:
        edge = set(_edge(page))
        for line in page:
            if not (line in edge and (_DIGITS.sub("#", line) in frame or line.isdecimal())):
                yield line


def _edge(page: Sequence[str]) -> list[str]:
    said = [line for line in page if line]
    return said[:2] + said[-2:] if len(said) > _FEW else []


def _usual(lines: Sequence[str]) -> float:
    """The length of a full line: that which one in five lines is longer than."""
    lengths = sorted(len(line) for line in lines if line)
    return lengths[int(len(lengths) * 0.8)] if lengths else 0.0
