"""Small things about sequences that comparing needs, each bounded."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence


def in_order(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run of pairs that rises on both sides; `pairs` rises on the first. O(n log n)."""
    tails: list[int] = []  # the least second number that ends a run of each length
    ends: list[int] = []
    back: list[int] = []
    for at, (_, second) in enumerate(pairs):
        length = bisect_left(tails, second)
        back.append(ends[length - 1] if length else -1)
        if length == len(tails):
            tails.append(second)
            ends.append(at)
        else:
            tails[length], ends[length] = second, at
    out: list[tuple[int, int]] = []
    at = ends[-1] if ends else -1
    while at >= 0:
        out.append(pairs[at])
        at = back[at]
    return out[::-1]


def common_ends(one: Sequence[object], two: Sequence[object]) -> tuple[int, int]:
    """How many elements two sequences have in common at the start, and of the rest at the end."""
    limit = min(len(one), len(two))
    start = 0
    while start < limit and one[start] == two[start]:
        start += 1
    end = 0
    while end < limit - start and one[-1 - end] == two[-1 - end]:
        end += 1
    return start, end


def common_prefix(one: str, two: str) -> int:
    """How many characters two texts have in common at the start; halving, as whole slices compare fast."""
    low, high = 0, min(len(one), len(two))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == two[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def common_suffix(one: str, two: str) -> int:
    """How many characters two texts have in common at the end."""
    return common_prefix(one[::-1], two[::-1])
