"""What a person types into a search, read: words, phrases, prefixes, AND, OR, NOT, parentheses.

Nothing typed is ever an error of syntax: what makes no sense as an operator is a word. The language is described in
docs/reference/search.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from changes.release import normalise
from changes.sentences import WORD
from storage.errors import ArchiveError

#: Words that one search may have, and parentheses within parentheses.
MAX_WORDS, MAX_DEPTH = 64, 16
#: Letters that a prefix must have.
MIN_PREFIX = 2

_QUOTES = re.compile("[“”„«»]")
_PART = re.compile(r"\"(?P<phrase>[^\"]*)(?:\"|$)(?P<star>\*?)|(?P<paren>[()])|(?P<bare>[^\s()\"]+)")


class NoQuery(ArchiveError):  # noqa: N818 - named for what happened
    """What was typed is nothing that can be looked for; the message says what could."""


@dataclass(frozen=True, kw_only=True)
class Term:
    """Words that stand side by side; with `prefix`, the last of them is the start of a word."""

    words: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, kw_only=True)
class Every:
    """Every part is said, and nothing of `but`."""

    parts: tuple[Query, ...]
    but: tuple[Query, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Either:
    """At least one part is said."""

    parts: tuple[Query, ...]


Query = Term | Every | Either


def parse(text: str) -> Query:
    """The query that a text means.

    Raises:
        NoQuery: it has no words, or too many, or only such as are to be left out.
    """
    parts = list(_parts(text))
    count = sum(len(part.words) for part in parts if isinstance(part, Term))
    if not count:
        raise NoQuery('there is no word to look for; write words, "a phrase" or the start of a word: minist*')
    if count > MAX_WORDS:
        raise NoQuery(f"a search takes at most {MAX_WORDS} words, this one has {count}; quote one telling sentence")
    reader = _Reader(parts)
    found = reader.either(0)
    if found is None:
        raise NoQuery("only words to leave out; say also what to look for: skatt NOT moms")
    return found


def terms(query: Query) -> Iterator[Term]:
    """The terms that a query looks for, without those that it leaves out."""
    if isinstance(query, Term):
        yield query
        return
    for part in query.parts:
        yield from terms(part)


def _parts(text: str) -> Iterator[Term | str]:
    """Terms, and "(", ")", "AND", "OR", "NOT"."""
    for part in _PART.finditer(_QUOTES.sub('"', normalise(text))):
        if part["paren"]:
            yield part["paren"]
        elif part["bare"] in {"AND", "OR", "NOT"}:
            yield part["bare"]
        else:
            bare = part["bare"] or ""
            term = _term(bare or part["phrase"], prefix=bare.endswith("*") or part["star"] == "*")
            if term is not None:
                yield term


def _term(text: str, *, prefix: bool) -> Term | None:
    found = tuple(WORD.findall(text))
    if not found:
        return None
    if prefix and len(found[-1]) < MIN_PREFIX:
        raise NoQuery(f"the start of a word needs {MIN_PREFIX} letters or more, not {found[-1]}*")
    return Term(words=found, prefix=prefix)


class _Reader:
    """Reads parts from left to right. OR binds least, NOT most; words side by side are joined by AND."""

    def __init__(self, parts: list[Term | str]) -> None:
        self.parts = parts
        self.at = 0

    def either(self, depth: int) -> Query | None:
        """Up to the end, or to the parenthesis that closes this depth."""
        found = [self.every(depth)]
        while self.peek() == "OR":
            self.at += 1
            found.append(self.every(depth))
        parts = tuple(part for part in found if part is not None)
        if len(parts) < 2:
            return parts[0] if parts else None
        return Either(parts=parts)

    def every(self, depth: int) -> Query | None:
        parts: list[Query] = []
        but: list[Query] = []
        while (part := self.peek()) is not None:
            if part == ")":
                if depth:
                    break
                self.at += 1  # closes nothing
                continue
            if part == "OR" and parts and self.operand(self.at + 1):
                break
            if part == "AND" and parts and self.operand(self.at + 1):
                self.at += 1
                continue
            left_out = part == "NOT" and self.operand(self.at + 1)
            if left_out:
                self.at += 1
            one = self.one(depth)
            if one is not None:
                (but if left_out else parts).append(one)
        if not parts:
            if but:
                raise NoQuery("only words to leave out; say also what to look for: skatt NOT moms")
            return None
        return parts[0] if len(parts) == 1 and not but else Every(parts=tuple(parts), but=tuple(but))

    def one(self, depth: int) -> Query | None:
        part = self.parts[self.at]
        self.at += 1
        if isinstance(part, Term):
            return part
        if part != "(":
            return Term(words=(part,))  # an operator with nothing to work on is a word
        if depth >= MAX_DEPTH:
            raise NoQuery(f"more than {MAX_DEPTH} parentheses within one another; take some away")
        found = self.either(depth + 1)
        if self.peek() == ")":
            self.at += 1
        return found

    def peek(self) -> Term | str | None:
        return self.parts[self.at] if self.at < len(self.parts) else None

    def operand(self, at: int) -> bool:
        """Whether something that can be looked for begins there."""
        return at < len(self.parts) and (
            isinstance(self.parts[at], Term)
            or self.parts[at] == "("
            or (self.parts[at] == "NOT" and self.operand(at + 1))
        )
