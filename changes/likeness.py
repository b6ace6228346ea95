"""Which block of the one text may be which block of the other in other words.

Every search has its bound: a block is held against a few others, whatever the number of blocks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from rapidfuzz.distance import Indel

from changes.release import Block

#: Words of a block past which likeness goes by counts, not by order.
MAX_WORDS = 2_000
#: A word that stands in more blocks than this says nothing about which block it is.
MAX_POSTINGS = 8
#: Shares of words, or of letters in short blocks, from which on two blocks are one block edited.
ALIKE_WORDS, ALIKE_LETTERS, SHORT = 0.4, 0.7, 120
#: The share from which on two blocks of the same rank in a long gap need no look at others.
SURE = 0.8
#: Words of a block that are sought in others.
SOUGHT = 40


#: Letters of a block from which on one that begins or ends with it is the same block grown or cut.
MIN_STUB = 8


def shared(old: Sequence[str], new: Sequence[str]) -> float:
    """The share of words that two lists have in common, in order where they are not too long for it."""
    if max(len(old), len(new)) > MAX_WORDS:
        return 2 * (Counter(old) & Counter(new)).total() / (len(old) + len(new))
    return Indel.normalized_similarity(old, new)


class Likeness:
    """How alike the blocks of two texts are, by their words."""

    def __init__(self, before: Sequence[Block], after: Sequence[Block]) -> None:
        self.before, self.after = before, after
        self.words: dict[tuple[bool, int], list[str]] = {}

    def of(self, at: int, *, later: bool) -> list[str]:
        if (later, at) not in self.words:
            self.words[later, at] = (self.after if later else self.before)[at].text.split()
        return self.words[later, at]

    def likeness(self, i: int, j: int) -> float:
        """0 where the two have too little in common to be one block edited."""
        old, new = self.of(i, later=False), self.of(j, later=True)
        if not old or not new:
            return 0.0
        share = shared(old, new)
        if share >= ALIKE_WORDS:
            return share
        a, b = self.before[i].text, self.after[j].text
        if min(len(a), len(b)) >= MIN_STUB and (a.startswith(b) or b.startswith(a) or a.endswith(b) or b.endswith(a)):
            return ALIKE_WORDS
        if len(a) > SHORT or len(b) > SHORT:
            return 0.0
        letters = Indel.normalized_similarity(a, b)
        return letters if letters >= ALIKE_LETTERS else 0.0

    def best(
        self, olds: Sequence[int], news: Sequence[int], pairs: Sequence[tuple[int, int]], *, least: float = 0.0
    ) -> list[tuple[int, int]]:
        """The likeliest of some pairs, no block twice; of equally likely ones those nearest in rank."""
        rank_i = {i: rank for rank, i in enumerate(olds)}
        rank_j = {j: rank for rank, j in enumerate(news)}
        scored = [(self.likeness(i, j), -abs(rank_i[i] - rank_j[j]), i, j) for i, j in pairs]
        out: dict[int, int] = {}
        used: set[int] = set()
        for score, _, i, j in sorted(scored, key=lambda pair: (-pair[0], -pair[1], pair[2], pair[3])):
            if score > least and i not in out and j not in used:
                out[i] = j
                used.add(j)
        return list(out.items())

    def sharing(self, olds: Sequence[int], news: Sequence[int]) -> list[tuple[int, int]]:
        """Pairs of blocks that share words which few blocks have: three candidates a block at most."""
        postings: defaultdict[str, list[int]] = defaultdict(list)
        for j in news:
            for word in dict.fromkeys(self.of(j, later=True)[:SOUGHT]):
                postings[word].append(j)
        rare: Mapping[str, list[int]] = {word: at for word, at in postings.items() if len(at) <= MAX_POSTINGS}
        out: list[tuple[int, int]] = []
        for i in olds:
            votes = Counter(
                j for word in dict.fromkeys(self.of(i, later=False)[:SOUGHT]) if word in rare for j in rare[word]
            )
            out += [(i, j) for j, _ in votes.most_common(3)]
        return out


def abreast(olds: Sequence[int], news: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs of the same rank, counted from the start of a gap and from its end."""
    shorter = min(len(olds), len(news))
    return [*zip(olds, news, strict=False), *zip(olds[len(olds) - shorter :], news[len(news) - shorter :], strict=True)]
