"""A regular expression as states, one for each character that it takes (Glushkov's construction).

It reads the tree that `re` itself parses, so that what is judged is what will run.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

# The parser of `re`: not public, the same since 3.11, and the only one that agrees with `re` in everything.
from re import _constants as sre  # type: ignore[attr-defined]  # isort: skip
from re import _parser  # type: ignore[attr-defined]  # isort: skip

#: More states than this, and a counted repetition `x{2,400}` is taken for an endless one.
_MANY = 300
#: Rounds of a counted repetition from which on its inside is judged as if it were endless.
_OFTEN = 10
#: Stands for all characters that a pattern may meet, besides those that it names.
_SAMPLE = frozenset(string.printable) | frozenset("\x00\x85\xa0åäöÅÄÖéßœ–—’”«»…§·²½٣中\u2009")


class UnsupportedError(Exception):
    """The pattern uses something that cannot be judged; the message says what."""


@dataclass(frozen=True, kw_only=True)
class States:
    """The states of a pattern: what each accepts, where it may begin, what may follow what and in how many ways."""

    sets: list[frozenset[str]] = field(default_factory=list)
    first: tuple[int, ...] = ()
    follow: list[Counter[int]] = field(default_factory=list)
    inner: tuple[States, ...] = ()  #: of look-arounds, and of what is repeated many times
    anchored: bool = False  #: begins at the beginning of the text only
    common: Counter[str] = field(default_factory=Counter)  #: how many states accept a character
    rounds: tuple[tuple[int, int], ...] = ()  #: of each repetition: a state of its first round, the same of its second


def states_of(pattern: str, flags: int) -> States:
    """The states of a pattern that compiles.

    Raises:
        UnsupportedError: it refers back to a group, or is too large.
    """
    tree = _parser.parse(pattern, flags)
    return _Builder(_alphabet(tree), flags).build(tree)


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A piece of a pattern: in how many ways it may be empty, and the states at its ends, twice where twice reached.

    Two counts as many. `b|b` reaches us as `b(?:|)`, empty in two ways, and `re` does try both.
    """

    empty: int = 1
    first: tuple[int, ...] = ()
    last: tuple[int, ...] = ()


class _Builder:
    def __init__(self, alphabet: frozenset[str], flags: int) -> None:
        self.alphabet = alphabet
        self.flags = flags
        self.sets: list[frozenset[str]] = []
        self.follow: list[Counter[int]] = []
        self.inner: list[States] = []
        self.rounds: list[tuple[int, int]] = []

    def build(self, tree: Iterable[Any]) -> States:
        steps = list(tree)
        whole = self._sequence(steps)
        anchored = bool(steps) and steps[0] in ((sre.AT, sre.AT_BEGINNING), (sre.AT, sre.AT_BEGINNING_STRING))
        return States(
            sets=self.sets,
            first=whole.first,
            follow=self.follow,
            inner=tuple(self.inner),
            anchored=anchored and not self.flags & re.MULTILINE,
            common=Counter(char for accepted in self.sets for char in accepted),
            rounds=tuple(dict.fromkeys(self.rounds)),
        )

    def _sequence(self, tree: Iterable[Any]) -> _Part:
        whole = _Part()
        for op, arg in tree:
            whole = self._joined(whole, self._part(op, arg))
        return whole

    def _joined(self, a: _Part, b: _Part) -> _Part:
        self._link(a.last, b.first)
        return _Part(
            empty=min(2, a.empty * b.empty),
            first=_both(a.first, b.first, a.empty),
            last=_both(b.last, a.last, b.empty),
        )

    def _part(self, op: Any, arg: Any) -> _Part:
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            return self._repeat(*arg)
        if op is sre.SUBPATTERN:
            return self._subpattern(*arg)
        if op is sre.ATOMIC_GROUP:
            return self._sequence(arg)
        if op is sre.BRANCH:
            parts = [self._sequence(branch) for branch in arg[1]]
            return _Part(
                empty=min(2, sum(part.empty for part in parts)),
                first=tuple(p for part in parts for p in part.first),
                last=tuple(p for part in parts for p in part.last),
            )
        if op in (sre.ASSERT, sre.ASSERT_NOT):
            self.inner.append(_Builder(self.alphabet, self.flags).build(arg[1]))
            return _Part()
        if op is sre.AT:
            return _Part()
        if op in (sre.GROUPREF, sre.GROUPREF_EXISTS, getattr(sre, "GROUPREF_IGNORE", None)):
            raise UnsupportedError("refers back to a group; write out what may stand there")
        if op is sre.FAILURE:
            return self._state(frozenset())
        return self._state(self._accepted(op, arg))

    def _subpattern(self, _group: Any, add: int, remove: int, tree: Any) -> _Part:
        flags, self.flags = self.flags, (self.flags | add) & ~remove
        part = self._sequence(tree)
        self.flags = flags
        return part

    def _repeat(self, least: int, most: Any, tree: Any) -> _Part:
        before = len(self.sets)
        part = self._sequence(tree)
        size = max(len(self.sets) - before, 1)
        endless = most is sre.MAXREPEAT or most * size > _MANY
        copies = max(1, min(least, _MANY // size) if endless else most)
        if most == 0:
            return _Part()
        if part.first:
            # copies are numbered alike, one behind the other
            self.rounds.append((part.first[0], part.first[0] + (0 if endless and copies == 1 else size)))
        if not endless and most >= _OFTEN and size > 1:
            # what fits one text in two ways a round does so in 2**40 in forty rounds
            self.inner.append(_Builder(self.alphabet, self.flags).build([(sre.MAX_REPEAT, (0, sre.MAXREPEAT, tree))]))
        whole = part
        lasts: tuple[int, ...] = part.last if least <= 1 else ()
        for number in range(2, copies + 1):
            # A copy is reached through the one before it only, so that skipping makes no second way.
            part = self._copy(tree)
            self._link(whole.last, part.first)
            if number >= least or part.empty:
                lasts += part.last
            whole = _Part(
                empty=min(2, whole.empty * part.empty),
                first=_both(whole.first, part.first, whole.empty),
                last=_both(part.last, whole.last, part.empty),
            )
        if endless:
            self._link(part.last, part.first)
        if len(self.sets) > 20 * _MANY:
            raise UnsupportedError("is too large; use fewer repetitions within repetitions")
        return _Part(empty=min(2, whole.empty + (least == 0)), first=whole.first, last=lasts or whole.last)

    def _copy(self, tree: Any) -> _Part:
        """The states of one more round; what is to be known of its inside is known from the first."""
        inner, rounds = len(self.inner), len(self.rounds)
        part = self._sequence(tree)
        del self.inner[inner:], self.rounds[rounds:]
        return part

    def _state(self, accepted: frozenset[str]) -> _Part:
        self.sets.append(accepted)
        self.follow.append(Counter())
        number = (len(self.sets) - 1,)
        return _Part(empty=0, first=number, last=number)

    def _link(self, froms: tuple[int, ...], tos: tuple[int, ...]) -> None:
        for p in froms:
            self.follow[p].update(tos)

    def _accepted(self, op: Any, arg: Any) -> frozenset[str]:
        if op is sre.ANY:
            return self.alphabet if self.flags & re.DOTALL else self.alphabet - {"\n"}
        if op is sre.NOT_LITERAL:
            return self.alphabet - self._cased(frozenset(chr(arg)))
        return self._cased(_plainly(op, arg, self.alphabet))

    def _cased(self, chars: frozenset[str]) -> frozenset[str]:
        if not self.flags & re.IGNORECASE:
            return chars
        folded = {char.casefold() for char in chars}
        return chars | {char for char in self.alphabet if char.casefold() in folded}


def _both(ours: tuple[int, ...], theirs: tuple[int, ...], ways: int) -> tuple[int, ...]:
    """Our states, and theirs as often as what lies between can be empty; none more than twice."""
    if not ways:
        return ours
    counts = Counter(ours + theirs * ways)
    return tuple(state for state, count in counts.items() for _ in range(min(count, 2)))


_CATEGORIES = {
    sre.CATEGORY_DIGIT: r"\d",
    sre.CATEGORY_NOT_DIGIT: r"\D",
    sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S",
    sre.CATEGORY_WORD: r"\w",
    sre.CATEGORY_NOT_WORD: r"\W",
}


def _plainly(op: Any, arg: Any, alphabet: frozenset[str]) -> frozenset[str]:
    if op is sre.LITERAL:
        return frozenset(chr(arg))
    if op is sre.RANGE:
        return frozenset(char for char in alphabet if arg[0] <= ord(char) <= arg[1])
    if op is sre.CATEGORY:
        known = re.compile(_CATEGORIES[arg])
        return frozenset(char for char in alphabet if known.match(char))
    if op is sre.IN:
        negated = arg[0][0] is sre.NEGATE
        chars = frozenset[str]().union(*(_plainly(item[0], item[1], alphabet) for item in arg[1 if negated else 0 :]))
        return alphabet - chars if negated else chars
    raise UnsupportedError(f"uses {str(op).lower()}, which cannot be judged")


def _alphabet(tree: Any) -> frozenset[str]:
    """The sample, and every character that the pattern names, in both cases."""
    named: set[str] = set()

    def gather(node: Any) -> None:
        if isinstance(node, tuple) and len(node) == 2 and node[0] in (sre.LITERAL, sre.NOT_LITERAL):
            named.add(chr(node[1]))
        elif isinstance(node, tuple) and len(node) == 2 and node[0] is sre.RANGE:
            named.update(map(chr, node[1]))
        elif isinstance(node, (list, tuple, _parser.SubPattern)):
            for part in node:
                gather(part)

    gather(tree)
    both = {case for char in named for case in (char.lower(), char.upper()) if len(case) == 1}
    return _SAMPLE | named | both
