"""Full text search, as far as it is the same whichever database answers: words, row numbers, what a database must do.

The words of a text are cut and folded here, for the index and for the question alike, so that one question has one
answer wherever the archive is kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from changes.sentences import WORD
from storage.query import Either, Every, Query, Term, terms
from storage.tables import EPOCH
from storage.text import clean

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from changes.rewording import Marked, Rewording

#: Rows that one second has room for; more of them go into the seconds after it.
ROOM = 1024
#: How far from its own second a row may stand for that reason, in seconds.
SLACK = 3600
_SECOND = dt.timedelta(seconds=1)
#: Letters that are another one's form: micro and mu, long and round s, the Greek sigma at the end of a word, …
_FORMS = str.maketrans("µſςϐϑϕϖϰϱϵẛι", "μsσβθφπκρεṡι")


@dataclass(frozen=True, kw_only=True)
class Asking:
    """A question in a database's own SQL, with the values that are the query's."""

    sql: str
    values: Mapping[str, Any] = field(default_factory=dict)
    probe: str = ""  #: a question to be asked before it: whether few rows may say it
    few: str = ""  #: the question to ask in its place where that is so
    before: tuple[str, str] = ("", "")  #: to be run first, in the same transaction, where few may and where many do


class FullText(Protocol):
    """What a database must do to be searched. A module is one: `storage.fts5`, `storage.tsearch`.

    The questions take further values: `low` and `high` (rows of an index), `since` and `until` (times), `count`.
    """

    def create(self, connection: Connection) -> None:
        """Make the indexes and the triggers that keep them true."""

    def is_index_table(self, name: str) -> bool:
        """Whether a table of the database is an index, or part of one."""

    def add_saying(
        self, connection: Connection, version_id: int, page_id: int, *, at: dt.datetime, title: str, text: str
    ) -> None:
        """Index what a version says."""

    def add_rewording(
        self, connection: Connection, change_id: int, page_id: int, at: dt.datetime, found: Rewording
    ) -> None:
        """Index what an edit took away and brought; an edit of no words has no row."""

    def clear(self, connection: Connection) -> None:
        """Empty both indexes, to the last word; everything is to be indexed again."""

    def sayings(self, query: Query, site_id: int | None, *, kinds: bool, ranked: bool) -> Asking:
        """For rows (row, id, page_id, number, first_seen, last_seen) of versions that say it, newest or best first.

        With `kinds`, a value of that name is the JSON list of the kinds of change that led to them.
        """

    def rewordings(self, query: Query, site_id: int | None, *, added: bool, ranked: bool) -> Asking:
        """For rows (row, change_id, lost, gained) of edits that took it away, or brought it, newest or best first."""

    def period(self) -> Asking:
        """For rows (row, page_id, lost, gained) of a period and a site (`site`, null for all), in the order of time."""


def place(at: dt.datetime) -> int:
    """The first row number of a second: what is younger stands higher."""
    return (at - EPOCH) // _SECOND * ROOM


def words_of(text: str) -> list[str]:
    """The words of a text as they are indexed and looked for: small letters; å, ä and ö are letters of their own."""
    # İ alone becomes two letters when made small
    small = text.lower() if "İ" not in text else "İ".join(part.lower() for part in text.split("İ"))
    return WORD.findall(clean(small).translate(_FORMS))


def sentences_of(marked: Sequence[Marked]) -> list[str]:
    """The words of the sentences that an edit altered."""
    return words_of("\n".join(one.text for one in marked))


def own_words_of(marked: Sequence[Marked]) -> list[str]:
    """The words in them that the other version does not say."""
    return words_of("\n".join(one.words for one in marked))


def folded(term: Term) -> tuple[str, ...]:
    """A term's words as they are indexed."""
    return tuple(one for word in term.words for one in words_of(word))


def any_of(words: Sequence[str]) -> Query:
    """The query for whatever says one of these words."""
    return Either(parts=tuple(Term(words=(word,)) for word in words))


def each_word(query: Query) -> Either:
    """The query for whatever says one of the words that a query looks for."""
    return Either(parts=tuple(_each_word(query)))


def says(query: Query, *texts: Sequence[str]) -> bool:
    """Whether some texts, each in words as they are indexed, say it: what an index would answer, of one version."""
    match query:
        case Term():
            return any(_stands_in(folded(query), words, prefix=query.prefix) for words in texts)
        case Either():
            return any(says(part, *texts) for part in query.parts)
        case Every():
            return all(says(part, *texts) for part in query.parts) and not any(says(part, *texts) for part in query.but)


def _stands_in(wanted: Sequence[str], words: Sequence[str], *, prefix: bool) -> bool:
    first, *rest = wanted
    if not rest:
        return any(word.startswith(first) for word in words) if prefix else first in words
    at = -1
    while (at := _index(words, first, at + 1)) >= 0:
        *inner, last = words[at + 1 : at + len(wanted)] or [""]
        if (
            len(inner) == len(rest) - 1
            and inner == rest[:-1]
            and (last.startswith(rest[-1]) if prefix else last == rest[-1])
        ):
            return True
    return False


def _index(words: Sequence[str], word: str, start: int) -> int:
    try:
        return words.index(word, start)
    except ValueError:
        return -1


def _each_word(query: Query) -> Iterator[Term]:
    found: dict[Term, None] = {}
    for term in terms(query):
        found.update((Term(words=(word,)), None) for word in term.words[:-1])
        found[Term(words=term.words[-1:], prefix=term.prefix)] = None
    yield from found
