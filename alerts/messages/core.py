"""What happened, in the few words that fit a subject: `160 → 100 platser`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from alerts.messages.catalogue import Words
from alerts.messages.passages import Passage, Swap
from alerts.messages.text import shortened
from changes.stopwords import STOP_WORDS

#: Letters of a core, of one of its sides, and of words that only came or went.
_MOST, _SIDE, _ALONE = 76, 34, 56
_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[^\W\d_]")
_NEXT = re.compile(r"^\s*(%|[^\W\d_][\w’'-]*)(?:\s+([^\W\d_][\w’'-]*))?")
_CURRENCIES = "$€£"
_LAST = re.compile(r"([^\W\d_][\w’'.-]*|[$€£])\s*$")
#: Words after a figure that ask for one more: "miljoner kronor", "million people".
_SCALES = re.compile(
    r"(?:tusen|miljon(?:er)?|miljard(?:er)?|mnkr|mdkr|thousand|hundred|[mb]illion|nya|new)", re.IGNORECASE
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_TEXT = ("title", "body")
#: Signs that what came or went alone may begin with, and that say nothing in a subject.
_SIGNS = " ,;:.–—-"


def core(found: Sequence[Passage], words: Words) -> str | None:
    """The most telling of all that an edit did, and how many places more; None where no few words can tell."""
    ranked = [
        (_weight(passage, swap), -at, passage, swap) for at, passage in enumerate(found) for swap in passage.swaps
    ]
    if not ranked:
        return None
    weight, _, passage, swap = max(ranked, key=lambda one: one[:2])
    if weight <= 0:
        return None
    told = _told(swap, words)
    if passage.field not in _TEXT:
        told = f"{words(f'field.{passage.field}').lower()} {told}"
    if len(told) > _MOST:
        return None
    more = len(ranked) - 1
    return f"{told} (+{words.number(more)})" if more else told


def _weight(passage: Passage, swap: Swap) -> int:
    """How telling a swap is in a subject; 0 where its words say nothing by themselves."""
    if passage.moved or passage.field == "links":
        return 0
    if not all(_says(side) for side in (swap.old, swap.new) if side):
        return 0  # a comma for a dash, "E" for "e", "%" for "procent"
    if not (swap.old and swap.new):
        return 15 if passage.field in _TEXT else 8
    if max(len(swap.old), len(swap.new)) > _SIDE:
        return 0
    weight = 60 if _DIGIT.search(swap.old) and _DIGIT.search(swap.new) else 30
    if swap.old[:1].isupper() and swap.new[:1].isupper():
        weight += 10
    return weight if passage.field in _TEXT else weight // 3


def _says(side: str) -> bool:
    """Whether words say something by themselves: a digit does, a letter or two do not."""
    return bool(_DIGIT.search(side)) or len(_LETTER.findall(side)) > 2


def _told(swap: Swap, words: Words) -> str:
    if not swap.old:
        return words("say.core_added", text=shortened(swap.new.lstrip(_SIGNS), _ALONE))
    if not swap.new:
        return words("say.core_cut", text=shortened(swap.old.lstrip(_SIGNS), _ALONE))
    return _with_unit(f"{swap.old} → {swap.new}", swap)


def _with_unit(told: str, swap: Swap) -> str:
    """Figures alone say little: with what they count, or else with the word before them ("kl. 10.00 → 11.00")."""
    if _LETTER.search(swap.old) or _LETTER.search(swap.new):
        return told
    year = _YEAR.fullmatch(swap.old) and _YEAR.fullmatch(swap.new)  # it counts nothing
    unit = None if year else _NEXT.match(swap.right)
    if unit and unit[1].casefold() not in STOP_WORDS:
        more = f" {unit[2]}" if unit[2] and _SCALES.fullmatch(unit[1]) else ""
        return f"{told} {unit[1]}{more}"
    word = _LAST.search(swap.left)
    if word and word[1] in _CURRENCIES:
        return f"{word[1]}{told}"
    return f"{word[1]} {told}" if word and word[1].casefold() not in STOP_WORDS else told
