"""Where in a text a query is met: the sentences that say it, with its words marked."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from changes.rewording import Marked
from changes.sentences import WORD, sentences
from storage.query import Query, Term, terms

#: Sentences that one find is shown in, and letters of one of them.
AT_MOST = 3
MAX_LETTERS = 600
#: Letters that stay before the first word found where a sentence is cut.
_LEAD = 120


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A sentence in which words were found.

    `marks` are where they stand (start, end), in order. In an edit, `own` are the places that the other version does
    not say.
    """

    text: str
    marks: tuple[tuple[int, int], ...] = ()
    own: tuple[tuple[int, int], ...] = ()


def in_texts(query: Query, texts: Sequence[str]) -> tuple[Passage, ...]:
    """The sentences of some texts that say the most of a query, in their order."""
    firsts = {term.words[0].lower() for term in terms(query)}
    likely = [text for text in texts if any(word in text.lower() for word in firsts)] or texts
    return _best(query, ((text, start, end, ()) for text in likely for start, end in sentences(text)))


def in_marked(query: Query, marked: Sequence[Marked]) -> tuple[Passage, ...]:
    """The sentences of an edit that say the most of a query; where its own words went or came, those sentences alone."""
    found = [(one.text, 0, len(one.text), one.marks) for one in marked]
    wanted = list(terms(query))
    own = [one for one in found if any(_owns(place, one[3]) for term in wanted for place in _places(term, one[0]))]
    return _best(query, iter(own or found))


def _best(query: Query, candidates: Iterator[tuple[str, int, int, tuple[tuple[int, int], ...]]]) -> tuple[Passage, ...]:
    wanted = list(dict.fromkeys(terms(query)))
    found: list[tuple[int, Passage, set[int]]] = []
    first: Passage | None = None
    for number, (text, start, end, own) in enumerate(candidates):
        first = first or Passage(text=text[start:end], own=own)
        said = {at: places for at, term in enumerate(wanted) if (places := list(_places(term, text[start:end])))}
        if said:
            marks = tuple(_joined(sorted(place for places in said.values() for place in places)))
            found.append((number, Passage(text=text[start:end], marks=marks, own=own), set(said)))
            if len(said) == len(wanted):
                break  # nothing later says more
    chosen: list[tuple[int, Passage]] = []
    missing = set(range(len(wanted)))
    # each time the sentence that says most of what is not shown yet
    while found and len(chosen) < AT_MOST:
        at = max(range(len(found)), key=lambda at: (len(found[at][2] & missing), -found[at][0]))
        number, passage, said_here = found.pop(at)
        if chosen and not said_here & missing and not missing:
            break
        missing -= said_here
        chosen.append((number, passage))
    if not chosen:
        return (_short(first),) if first else ()
    return tuple(_short(passage) for _, passage in sorted(chosen, key=lambda one: one[0]))


def _owns(place: tuple[int, int], own: Sequence[tuple[int, int]]) -> bool:
    return any(place[0] < end and start < place[1] for start, end in own)


def _places(term: Term, text: str) -> Iterator[tuple[int, int]]:
    """Where a text says a term. Lower case by Python's rules, where the index has its own: a mark may be missing."""
    wanted = [word.lower() for word in term.words]
    lower = text.lower()
    if wanted[0] not in lower:
        return
    if len(lower) != len(text):  # a few capitals grow: their places would be wrong
        lower = "".join(letter.lower()[:1] for letter in text)
    found = list(WORD.finditer(lower))
    width = len(wanted)
    for at in range(len(found) - width + 1):
        here = [one[0] for one in found[at : at + width]]
        same = here[:-1] == wanted[:-1]
        if same and (here[-1] == wanted[-1] or (term.prefix and here[-1].startswith(wanted[-1]))):
            yield found[at].start(), found[at + width - 1].end()


def _joined(places: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Places without those that overlap."""
    start, end = places[0]
    for first, last in places[1:]:
        if first <= end:
            end = max(end, last)
            continue
        yield start, end
        start, end = first, last
    yield start, end


def _short(passage: Passage) -> Passage:
    """A passage that is too long cut around its first mark, between words."""
    text = passage.text
    if len(text) <= MAX_LETTERS:
        return passage
    first = passage.marks[0][0] if passage.marks else 0
    blanks = [-1, *(at for at, letter in enumerate(text) if letter == " ")]
    start = blanks[bisect_right(blanks, max(first - _LEAD, 0)) - 1] + 1
    end = blanks[bisect_right(blanks, start + MAX_LETTERS) - 1]
    if end <= start or start + MAX_LETTERS >= len(text):
        end = min(start + MAX_LETTERS, len(text))
    head, tail = ("… " if start else ""), (" …" if end < len(text) else "")
    shift = start - len(head)

    def moved(places: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
        inside = ((max(a, start), min(b, end)) for a, b in places if a < end and b > start)
        return tuple((a - shift, b - shift) for a, b in inside)

    return Passage(text=head + text[start:end] + tail, marks=moved(passage.marks), own=moved(passage.own))
