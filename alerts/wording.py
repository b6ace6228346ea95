"""Words looked for in what changes say: whole texts for `anywhere`, else the places that came or went alone.

A text is looked at piece by piece: its title, and each paragraph. A phrase stands within one of them. What a piece says
is remembered, since a release says most of what it said before.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

from alerts.subscription import Where
from changes.blocks import passages
from changes.kinds import Kind
from changes.release import Release
from changes.rewording import Marked, rewording
from changes.sentences import WORD
from storage.alert_records import Owed
from storage.query import Either, Every, Query, Term, parse, terms

Holds = Callable[[AbstractSet[int]], bool]
#: Words and pieces that are remembered.
_VOCABULARY, _PIECES = 500_000, 20_000
#: What `WORD` finds in a text without loose marks, at a third of the time.
_PLAIN = re.compile(r"[^\W_]+")
_MARKS = re.compile("[\u0300-\u0331]")


@dataclass(frozen=True)
class Said:
    """What a change is about, piece by piece; worked out when it is first asked for."""

    owed: Owed

    @cached_property
    def after(self) -> Sequence[str]:
        """What the release said after it."""
        return () if self.owed.after is None else _pieces(self.owed.after)

    @cached_property
    def before(self) -> Sequence[str]:
        """What it said before; nothing where that is the same."""
        same = self.owed.after is not None and self.owed.change.kind is not Kind.EDITED
        return () if self.owed.before is None or same else _pieces(self.owed.before)

    def own(self, where: Where) -> Sequence[str]:
        """The pieces in which something may have come, or gone."""
        here, there = (self.after, self.before) if where is Where.ADDED else (self.before, self.after)
        known = frozenset(there)
        return [piece for piece in here if piece not in known]

    def side(self, where: Where) -> Sequence[str] | Sequence[Marked]:
        """What came, or what went: whole pieces of what is new or gone, of an edit its sentences with their marks."""
        before, after = self.owed.before, self.owed.after
        if before is None or after is None:
            return self.after if where is Where.ADDED else self.before
        return self._edit[1 if where is Where.ADDED else 0]

    @cached_property
    def _edit(self) -> tuple[Sequence[Marked], Sequence[Marked]]:
        before, after = self.owed.before, self.owed.after
        if self.owed.change.kind is not Kind.EDITED or before is None or after is None:
            return (), ()
        found = rewording(before, after)
        return found.lost, found.gained


class Sought:
    """Queries, each with where it must be said; found in what a change says all at once. False where there are none.

    Terms go by their numbers: a text says hundreds of them, and numbers are compared fastest.
    """

    def __init__(self, queries: Iterable[tuple[Where, str]]) -> None:
        self._terms: dict[Term, int] = {}
        self._holds: dict[tuple[Where, str], Holds] = {}
        self._asking: dict[Where, dict[int, list[tuple[Where, str]]]] = {where: defaultdict(list) for where in Where}
        for key in queries:
            query = parse(key[1])
            self._holds[key] = self._judge(query)
            for term in set(terms(query)):
                self._asking[key[0]][self._number(term)].append(key)
        self._asked = {where: frozenset(asking) for where, asking in self._asking.items()}
        self._known: dict[str, frozenset[int]] = {}
        self._seen: set[str] = set()
        self._telling: dict[str, list[tuple[int, Term]]] = {}
        self._first: dict[str, list[Term]] = defaultdict(list)
        self._starts: dict[int, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        for term in self._terms:
            word = term.words[0].lower()
            if term.prefix and len(term.words) == 1:
                self._starts[len(word)][word].append(term)
            else:
                self._first[word].append(term)

    def __bool__(self) -> bool:
        return bool(self._holds)

    def found(self, said: Said) -> Iterator[tuple[Where, str]]:
        """The queries that are said where they must be."""
        yield from self._holding(Where.ANYWHERE, self._held(said.after) | self._held(said.before))
        for where in (Where.ADDED, Where.REMOVED):
            # to work out what an edit did takes longest: only where it may matter
            if not self._asked[where].isdisjoint(self._held(said.own(where))):
                yield from self._holding(where, self._held(said.side(where)))

    def _holding(self, where: Where, held: AbstractSet[int]) -> Iterator[tuple[Where, str]]:
        asking = self._asking[where]
        for key in {key for number in self._asked[where] & held for key in asking[number]}:
            if self._holds[key](held):
                yield key

    def _held(self, pieces: Iterable[str | Marked]) -> set[int]:
        """The terms that any of some pieces says; of a marked one, in a place of its own."""
        return {number for piece in pieces for number in self._piece(piece)}

    def _piece(self, piece: str | Marked) -> AbstractSet[int]:
        if isinstance(piece, Marked):
            return frozenset(self._said(*_marked(piece)))
        if piece not in self._known:
            if len(self._known) >= _PIECES:
                self._known.clear()
            self._known[piece] = frozenset(self._said(_words(piece.lower()), None))
        return self._known[piece]

    def _said(self, words: list[str], own: AbstractSet[int] | None) -> Iterator[int]:
        """The terms that these words say, in places that are their own (in any, where that is None)."""
        known = frozenset(words)
        for word in known - self._seen:
            self._learn(word)
        for word in self._telling.keys() & known:
            for number, term in self._telling[word]:
                if (own is None and len(term.words) == 1) or _stands(term, words, known, own):
                    yield number

    def _learn(self, word: str) -> None:
        """Note which terms a word may begin: most words begin none, and are looked at once for all texts."""
        if len(self._seen) >= _VOCABULARY:
            self._seen.clear()
        self._seen.add(word)
        found = list(self._first.get(word, ()))
        for length, starts in self._starts.items():
            found += starts.get(word[:length], ())
        if found:
            self._telling[word] = [(self._terms[term], term) for term in found]

    def _number(self, term: Term) -> int:
        return self._terms.setdefault(term, len(self._terms))

    def _judge(self, query: Query) -> Holds:
        """A function that says whether a query holds where some terms are said."""
        match query:
            case Term():
                number = self._number(query)
                return lambda held: number in held
            case Every(parts=parts, but=but):
                wanted, unwanted = [self._judge(part) for part in parts], [self._judge(part) for part in but]
                return lambda held: all(one(held) for one in wanted) and not any(one(held) for one in unwanted)
            case Either(parts=parts):
                some = [self._judge(part) for part in parts]
                return lambda held: any(one(held) for one in some)


def _stands(term: Term, words: list[str], known: AbstractSet[str], own: AbstractSet[int] | None) -> bool:
    """Whether these words say a term in a place of their own."""
    *head, last = (word.lower() for word in term.words)
    if not all(word in known for word in head) or (not term.prefix and last not in known):
        return False
    width = len(term.words)
    for at in range(len(words) - width + 1):
        final = words[at + width - 1]
        ends = final.startswith(last) if term.prefix else final == last
        here = ends and words[at : at + width - 1] == head
        if here and (own is None or not own.isdisjoint(range(at, at + width))):
            return True
    return False


def _pieces(release: Release) -> Sequence[str]:
    return [release.title, *(block.text for block in passages(release))]


def _words(lower: str) -> list[str]:
    return (_PLAIN if lower.isascii() or not _MARKS.search(lower) else WORD).findall(lower)


def _marked(one: Marked) -> tuple[list[str], frozenset[int]]:
    """The words of a sentence, and which of them the other version does not say."""
    lower = one.text.lower()
    if len(lower) != len(one.text):  # a few capitals grow: their places would be wrong
        lower = "".join(letter.lower()[:1] for letter in one.text)
    found = list(WORD.finditer(lower))
    own = frozenset(
        number
        for number, word in enumerate(found)
        if any(word.start() < end and start < word.end() for start, end in one.marks)
    )
    return [word[0] for word in found], own
