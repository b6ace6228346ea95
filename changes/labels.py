"""What an edit was about, in a word: a closed list of labels that a reader may choose alerts by.

Labels say how an edit looks; they never decide whether there is one. An edit of text has at least one of them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import Levenshtein

from changes.blocks import Step, StepOp
from changes.facts import SPEECH, Facts, facts, is_fact_word, quotes, reaches
from changes.release import Block, BlockKind, Release
from changes.sequences import common_prefix, common_suffix
from changes.words import Op, diff_words, squeeze


class Label(StrEnum):
    """What an edit was about."""

    CANCELLED = "cancelled"  #: an event was called off: "Inställt:", "har ställts in", "cancelled"
    CORRECTION = "correction"  #: the page calls itself corrected: "Rättelse", "(Ny version)", "Correction"
    REMINDER = "reminder"  #: sent once more: "Påminnelse:", "Reminder"
    FIGURE = "figure"  #: a number or an amount
    DATE = "date"  #: a day, a month, a year
    TIME = "time"  #: a time of day
    NAME = "name"  #: a name became another one, came or went
    QUOTE = "quote"  #: what someone is quoted as saying
    CONTACT = "contact"  #: a press contact, a phone number, an e-mail address
    LINK = "link"  #: the same words lead elsewhere, or an address was edited
    ATTACHMENT = "attachment"  #: a file came, went or was renamed
    ADDED = "added"  #: a sentence or more is new
    REMOVED = "removed"  #: a sentence or more is gone
    REORDERED = "reordered"  #: a paragraph moved
    WORDING = "wording"  #: other words, of none of the sorts above
    TYPO = "typo"  #: a misspelling, a letter or two in a word
    PUNCTUATION = "punctuation"  #: commas, dashes, quotation marks, capitals


#: A phrase of this many words that comes or goes whole is news of its own.
PHRASE = 8
#: Letters around an edit that are read with it: more than a date or a number has.
MARGIN = 60
#: Letters of changed text past which no more is looked at: labels are a help, not a ledger.
MAX_LETTERS = 300_000

_CANCELLED = re.compile(
    r"^\W*inställ(?:t|d|da)\b(?!\s+(?:på|till|mot|sig))|\binställ(?:t|d|da)\s*[:!)]|"
    r"\b(?:är|har|blir|blev|blivit|nu|tyvärr|ställts?)\s+(?:tyvärr\s+|nu\s+|därför\s+|blivit\s+)?inställ(?:t|d|da)\b(?!\s+(?:på|till|mot|sig))|"
    r"\bställ(?:s|ts|des|er|de|t)\s+(?:\w+\s+){0,3}?in\b(?!\s+(?:sig|på|i)\b)|\bcancel(?:l?ed|s|lation)\b|\bcalled off\b|"
    r"\bav(?:lyst|lysning)\b|\baflyst\b|\babgesagt\b|\bannulée?s?\b",
    re.IGNORECASE,
)
_CORRECTION = re.compile(
    r"\brättelser?\b|\brätta(?:d|t|ts|des)\b|\bkorrigera(?:d|t|ts|des)\b|\bkorrigering(?:ar)?\b|\bny version\b|\buppdaterad version\b|"
    r"\bcorrections?\b|\bcorrected\b|\berrat(?:um|a)\b|\bcorrigend(?:um|a)\b",
    re.IGNORECASE,
)
_REMINDER = re.compile(
    r"^\W*(?:påminnelse|påminner)\b|\bpåminnelse\s*[:!)]|^\W*reminder\b|\breminder\s*[:!)]", re.IGNORECASE
)
_SIGNALS = ((Label.CANCELLED, _CANCELLED), (Label.CORRECTION, _CORRECTION), (Label.REMINDER, _REMINDER))
_SENTENCE_END = re.compile(r"[.!?:…–—\"“”»]\s*$")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def labels(before: Release, after: Release, steps: Sequence[Step], *, fields: Collection[str]) -> tuple[str, ...]:
    """What an edit was about, in the order of `Label`; `steps` lead from one text to the other (`changes.blocks`)."""
    found: set[Label] = set()
    language = after.language or before.language
    if "title" in fields:
        found |= _changed(before.title, after.title, language)
    if {"lead", "body"} & set(fields):
        found |= _of_steps(steps, language)
    extra = {"contacts": Label.CONTACT, "links": Label.LINK, "attachments": Label.ATTACHMENT}
    found |= {label for name, label in extra.items() if name in fields}
    return tuple(label.value for label in Label if label in found)


def _of_steps(steps: Sequence[Step], language: str | None) -> set[Label]:
    found: set[Label] = set()
    budget = MAX_LETTERS
    for step in steps:
        if step.op is StepOp.EQUAL:
            continue
        old, new = step.before.text if step.before else "", step.after.text if step.after else ""
        if step.op is StepOp.MOVED:
            found.add(Label.REORDERED)
        budget -= len(old) + len(new)
        if budget < 0:
            found |= {{StepOp.ADDED: Label.ADDED, StepOp.REMOVED: Label.REMOVED}.get(step.op, Label.WORDING)}
        elif step.before is None or step.after is None:
            found |= _whole(step, old, new)
        else:
            found |= _changed(old, new, language, speech=_is_speech(step.before) or _is_speech(step.after))
    return found


def _whole(step: Step, old: str, new: str) -> set[Label]:
    """Labels of a block that came or went as a whole."""
    found = {Label.ADDED if step.op is StepOp.ADDED else Label.REMOVED} | _signals(old, new)
    block = step.after or step.before
    if block and _is_speech(block):
        found.add(Label.QUOTE)
    if reaches(old or new):
        found.add(Label.CONTACT)
    return found


def _changed(old: str, new: str, language: str | None, *, speech: bool = False) -> set[Label]:
    """Labels of one text in other words."""
    if squeeze(old) == squeeze(new):
        return set()
    swaps = list(_swaps(old, new))
    window = _window(old, new)
    one, two = (facts(text, language=language) for text in window)
    phrase = any(swap.is_phrase for swap in swaps)
    found = _signals(*window) | _of_facts(one, two, phrase=phrase)
    told = bool(found)
    for swap in swaps:
        found |= swap.labels(told=told, names=_names_stand_out(new, language))
    if (speech or quotes(old) != quotes(new)) and found - {Label.PUNCTUATION}:
        found.add(Label.QUOTE)
    return found or {Label.WORDING}


def _window(old: str, new: str) -> tuple[str, str]:
    """Where two texts differ, and so much around it that a date or a number cut at the edge is cut alike in both."""
    head = common_prefix(old, new)
    tail = common_suffix(old[head:], new[head:])
    start = max(0, head - MARGIN)
    return old[start : len(old) - tail + MARGIN], new[start : len(new) - tail + MARGIN]


def _of_facts(one: Facts, two: Facts, *, phrase: bool) -> set[Label]:
    """Labels of facts that became others; of those that only came or went where no whole phrase did."""
    found: set[Label] = set()
    for label, old, new in (
        (Label.DATE, one.dates, two.dates),
        (Label.TIME, one.times, two.times),
        (Label.FIGURE, one.figures, two.figures),
        (Label.CONTACT, one.reach, two.reach),
        (Label.LINK, one.urls, two.urls),
    ):
        gone, come = old - new, new - old
        if (gone and come) or ((gone or come) and not phrase):
            found.add(label)
    return found


def _signals(old: str, new: str) -> set[Label]:
    """What the page says of itself now and did not say before."""
    return {label for label, pattern in _SIGNALS if len(pattern.findall(new)) > len(pattern.findall(old))}


@dataclass(frozen=True, kw_only=True)
class _Swap:
    """One place where words were replaced, came or went."""

    old: str
    new: str
    starts: bool  #: at the start of a sentence, where a capital says nothing
    left: str  #: the word before

    @property
    def is_phrase(self) -> bool:
        return not (self.old and self.new) and len(_WORD.findall(self.old + self.new)) >= PHRASE

    def labels(self, *, told: bool, names: bool) -> set[Label]:
        """`told`: the facts, or the page itself, say what the edit was, so that plain other words add nothing."""
        if _bare(self.old) == _bare(self.new):
            return {Label.PUNCTUATION}
        if self.is_phrase:
            return {Label.ADDED if self.new else Label.REMOVED}
        old = [word for word in _WORD.findall(self.old) if not is_fact_word(word)]
        new = [word for word in _WORD.findall(self.new) if not is_fact_word(word)]
        if old == new:
            return set()
        found: set[Label] = set()
        if len(old) == len(new) and all(_misspelt(a, b) for a, b in zip(old, new, strict=True) if a != b):
            found.add(Label.TYPO)
        elif [self.left] in (old, new) and not (old and new):
            found.add(Label.TYPO)  # "av av"
        if names and self._names(old) != self._names(new) and not self._inflected(old, new):
            found.add(Label.NAME)
        return found or (set() if told else {Label.WORDING})

    def _names(self, words: Sequence[str]) -> set[str]:
        return {word for at, word in enumerate(words) if word[0].isupper() and not (self.starts and at == 0)}

    @staticmethod
    def _inflected(old: Sequence[str], new: Sequence[str]) -> bool:
        """Whether the words differ in their endings alone: "Regeringens" is no other name than "Regeringen"."""
        return len(old) == len(new) and all(
            a[: max(3, len(a) - 2)] == b[: max(3, len(a) - 2)] for a, b in zip(old, new, strict=True)
        )


def _swaps(old: str, new: str) -> Iterator[_Swap]:
    gone = come = ""
    seen = ""
    pending = False
    for span in (*diff_words(old, new), None):
        if span is not None and span.op is Op.DELETE:
            gone, pending = span.text, True
            continue
        if span is not None and span.op is Op.INSERT:
            come, pending = span.text, True
            continue
        if pending:
            left = _WORD.findall(seen[-60:])
            starts = not seen.strip() or bool(_SENTENCE_END.search(seen))
            yield _Swap(old=gone.strip(), new=come.strip(), starts=starts, left=left[-1] if left else "")
        gone, come, pending = "", "", False
        seen = span.text if span is not None else ""


def _bare(text: str) -> str:
    """A text by its letters and digits alone."""
    return "".join(char for char in text.casefold() if char.isalnum())


def _misspelt(old: str, new: str) -> bool:
    if is_fact_word(old) or is_fact_word(new):
        return False
    longest = max(len(old), len(new))
    distance = Levenshtein.distance(old, new, score_cutoff=2)
    return distance <= (1 if longest < 5 else 2) and longest > 2 and distance * 2 < longest


def _names_stand_out(text: str, language: str | None) -> bool:
    """Whether capitals mark names: not in German, and not in a Title Where Each Word Has One."""
    if (language or "").lower().startswith("de"):
        return False
    words = [word for word in _WORD.findall(text[:2000]) if len(word) > 3]
    capitals = sum(word[0].isupper() for word in words)
    return len(words) < 5 or capitals * 5 < len(words) * 4


def _is_speech(block: Block) -> bool:
    return block.kind is BlockKind.QUOTE or bool(SPEECH.match(block.text))
