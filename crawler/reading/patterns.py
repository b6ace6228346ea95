"""Regular expressions that people write into profiles, and whether they can run away.

Python's `re` tries one way after another, and cannot be interrupted. So a pattern is judged before it is used, by its
states (`pattern_states`), without running it:

- *Two ways round a loop.* Where one text leads from a state back to itself in two ways, as in `(a+)+` or `(a|aa)*`,
  the time doubles with each character. This check is exact, but for look-arounds and atomic groups, which it takes
  for plain ones.
- *Repetitions that compete.* Several in a row, as `.*.*.*x`, take a power of the text's length. The ways that `re`
  would try are counted on hostile texts of `LENGTH` characters, made of what the pattern's own loops accept. Two
  repetitions that compete pass; three pass where something stands before them; more do not.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter, deque
from collections.abc import Iterator
from functools import lru_cache

from crawler.reading.pattern_states import States, UnsupportedError, states_of

#: Characters of the hostile texts.
LENGTH = 500
#: Ways that may be tried on one of them: seconds at worst, and three times what two repetitions in a row need.
MOST_WAYS = 60_000_000


@lru_cache(maxsize=1024)
def weakness(pattern: str, flags: int = 0) -> str | None:
    """What is wrong with a pattern, in words for the person who wrote it; None where it is sound."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # "possible nested set": what is meant is not what is written
            compiled = re.compile(pattern, flags)
        states = states_of(pattern, compiled.flags)
    except re.error as error:
        place = f" at character {error.pos + 1}" if error.pos is not None else ""
        return f"is no regular expression: {error.msg}{place}"
    except Warning as warning:
        return f"may not mean what it says: {warning}"
    except (RecursionError, OverflowError):
        return "is nested too deeply"
    except UnsupportedError as error:
        return str(error)
    parts = [states]
    for part in parts:
        parts += part.inner
    if any(_doubles(part) for part in parts):
        return "can run away: a repetition within a repetition fits the same text in several ways; keep one of the two"
    if any(_ways(part, text) > MOST_WAYS for part in parts for text in _hostile(part)):
        return "can run away: its repetitions compete for the same text; say more narrowly what each may hold"
    return None


def _doubles(states: States) -> bool:
    """Whether a text leads round a loop in two ways (exponential ambiguity)."""
    for group in _loops(states):
        inside = frozenset(group)
        if any(count > 1 for p in group for q, count in states.follow[p].items() if q in inside):
            return True
        if _diverges(states, inside):
            return True
    return False


def _diverges(states: States, inside: frozenset[int]) -> bool:
    """Whether two different walks through one loop on one text come together again."""
    start = [(p, p) for p in inside]
    back: dict[tuple[int, int], set[tuple[int, int]]] = {pair: set() for pair in start}
    todo = deque(start)
    while todo:
        p, q = todo.popleft()
        for p2 in states.follow[p]:
            for q2 in states.follow[q]:
                if p2 not in inside or q2 not in inside or states.sets[p2].isdisjoint(states.sets[q2]):
                    continue
                pair = (p2, q2)
                if pair not in back:
                    back[pair] = set()
                    todo.append(pair)
                back[pair].add((p, q))
    seen = set(start)
    todo.extend(start)
    while todo:
        for pair in back[todo.popleft()]:
            if pair not in seen:
                seen.add(pair)
                todo.append(pair)
    return any(p != q for p, q in seen)


def _hostile(states: States) -> Iterator[str]:
    """Texts that keep the repetitions of a pattern busy: what leads to a loop, and what goes round in it."""
    pumps: dict[tuple[str, str], None] = {}
    for entry, end in states.rounds:
        lead, round_ = _walk(states, None, entry), _walk(states, entry, end) if end < len(states.sets) else None
        if lead is not None and round_ is not None:
            words = _spell(states, lead), _spell(states, round_)
            pumps |= dict.fromkeys((words, ("", words[1]), ("", "".join(words))))
            pumps |= dict.fromkeys((words[0][:-1], char) for char in words[1][:4])
    for begin, again in pumps:
        yield (begin + again * LENGTH)[:LENGTH]


def _ways(states: States, text: str) -> int:
    """How many steps a search takes that tries every way through the states, from every character where it may begin."""
    total = 0
    now: dict[int, int] = {}
    for number, char in enumerate(text):
        after: dict[int, int] = {}
        if number == 0 or not states.anchored:
            after = {p: count for p, count in Counter(states.first).items() if char in states.sets[p]}
        for p, ways in now.items():
            for q, count in states.follow[p].items():
                if char in states.sets[q]:
                    after[q] = after.get(q, 0) + ways * count
        now = after
        total += sum(now.values())
        if total > MOST_WAYS:
            break
    return total


def _walk(states: States, start: int | None, end: int) -> list[int] | None:
    """The shortest way to a state, from another one or from the beginning of the pattern; without its start."""
    heads = states.first if start is None else states.follow[start]
    before: dict[int, int | None] = dict.fromkeys(heads)
    todo = deque(before)
    while todo and end not in before:
        state = todo.popleft()
        for following in states.follow[state]:
            if following not in before:
                before[following] = state
                todo.append(following)
    if end not in before:
        return None
    way: list[int] = [end]
    while (previous := before[way[-1]]) is not None:
        way.append(previous)
    return way[::-1]


def _spell(states: States, way: list[int]) -> str:
    """A text for a way, of characters that as many other states as possible accept."""
    return "".join(min(states.sets[p] or {"?"}, key=lambda char: (-states.common[char], char)) for p in way)


def _loops(states: States) -> list[list[int]]:
    """The strongly connected parts of the states that can come back to themselves (Tarjan, without recursion)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    found: list[list[int]] = []
    for root in range(len(states.sets)):
        if root in index:
            continue
        work: list[tuple[int, Iterator[int]]] = [(root, iter(states.follow[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        while work:
            p, rest = work[-1]
            for q in rest:
                if q not in index:
                    index[q] = low[q] = len(index)
                    stack.append(q)
                    work.append((q, iter(states.follow[q])))
                    break
                if q in stack:
                    low[p] = min(low[p], index[q])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[p])
                if low[p] == index[p]:
                    group = stack[stack.index(p) :]
                    del stack[stack.index(p) :]
                    if len(group) > 1 or p in states.follow[p]:
                        found.append(group)
    return found
