"""A query in PostgreSQL's words: the condition that a row says it, and how much it says of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from storage.fulltext import folded
from storage.query import Either, Every, Query, Term

#: Letters of a word that fit into a vector (2,046 bytes by PostgreSQL's account).
LONGEST = 500
#: Stands in the vectors of rows that have to be looked at whatever is asked; no word is spelt so.
ALWAYS = "*"
#: BM25's two constants as FTS5 has them.
_K, _B = 1.2, 0.75


class Asked:
    """A query on its way into SQL: what stands in the statement, and the values that go with it."""

    def __init__(self, table: str, vector: str, columns: Sequence[str]) -> None:
        self.values: dict[str, Any] = {}
        self._table, self._vector, self._columns = table, vector, columns
        self._weighed: list[tuple[str, str]] = []  #: how often a term is said in a row, and in how many rows

    def condition(self, query: Query) -> str:
        """That a row says it."""
        likely = self.likely(query)
        said = self.said(query, self._columns)
        if all(len(folded(term)) == 1 for term in _all_terms(query)):
            return f"{likely} AND ({self._table}.whole OR {said})"  # words by themselves are the vector's own affair
        return f"{likely} AND {said}"

    def likely(self, query: Query) -> str:
        """That its vector allows it to."""
        return f"{self._table}.{self._vector} @@ CAST(:{self._value(_likely(query))} AS tsquery)"

    def said(self, query: Query, columns: Sequence[str]) -> str:
        """The same, by the words as they stand in some columns."""
        match query:
            case Term():
                pattern = self._value(f"%{_phrase(query)}%")
                return "(" + " OR ".join(f'{self._table}."{name}" LIKE :{pattern}' for name in columns) + ")"
            case Either():
                return "(" + " OR ".join(self.said(part, columns) for part in query.parts) + ")"
            case Every():
                found = " AND ".join(self.said(part, columns) for part in query.parts)
                return f"({found}{''.join(f' AND NOT {self.said(part, columns)}' for part in query.but)})"

    def weigh(self, query: Query, columns: Sequence[tuple[str, float]]) -> None:
        """Have a query count where rows are ranked; some columns count for more than others."""
        names = [name for name, _ in columns]
        for term, within in _counted(query):
            told = self._value(_phrase(term))
            often = " + ".join(
                f'{weight} * (octet_length({self._table}."{name}") - '
                f"octet_length(replace({self._table}.\"{name}\", :{told}, ''))) / octet_length(:{told})"
                for name, weight in columns
            )
            if within:
                often = f"CASE WHEN {' AND '.join(self.said(part, names) for part in within)} THEN {often} ELSE 0 END"
            known = f"{self._table}.{self._vector} @@ CAST(:{self._value(_likely(term))} AS tsquery)"
            rows = f"(SELECT count(*) FROM {self._table} WHERE {known} AND {self.said(term, names)})::float8"  # noqa: S608
            self._weighed.append((often, rows))

    def best(self) -> tuple[str, str, str]:
        """The order that FTS5 would put the rows in (BM25); what it needs of all rows, to stand before SELECT, and after FROM."""
        numbered = list(enumerate(self._weighed))
        rare = ", ".join(
            f"greatest(ln((n - d{number} + 0.5) / (d{number} + 0.5)), 0.000001) AS idf{number}"
            for number, _ in numbered
        )
        counted = ", ".join(f"{rows} AS d{number}" for number, (_, rows) in numbered)
        more = (
            f"WITH stats AS MATERIALIZED (SELECT average, {rare} FROM (SELECT count(*)::float8 AS n, "  # noqa: S608
            f"greatest(avg(length + 1), 1)::float8 AS average FROM {self._table}) AS everything, "
            f"(SELECT {counted}) AS hits) "
        )
        long = f"{_K} * ({1 - _B} + {_B} * ({self._table}.length + 1) / average)"
        score = " + ".join(
            f"idf{number} * (({often}) * {_K + 1}) / (({often}) + {long})" for number, (often, _) in numbered
        )
        # rounded as in FTS5: what weighs the same by any reckoning stands in the order of time
        return f"round(CAST({score} AS numeric), 6) DESC, row DESC", more, "CROSS JOIN stats "

    def _value(self, value: str) -> str:
        for name, known in self.values.items():
            if known == value:
                return name
        name = f"q{len(self.values)}"
        self.values[name] = value
        return name


def _likely(query: Query) -> str:
    """The tsquery that all rows meet which say it; only those, where no phrase is asked for."""
    return f"({_meets(query)}) | '{ALWAYS}'"


def _meets(query: Query) -> str:
    match query:
        case Term():
            *first, last = folded(query)
            return " & ".join((*map(_lexeme, first), _lexeme(last) + (":*" if query.prefix else "")))
        case Either():
            return " | ".join(f"({_meets(part)})" for part in query.parts)
        case Every():
            # of what is to be left out, a vector can tell single words alone
            out = [part for part in query.but if all(len(folded(term)) == 1 for term in _all_terms(part))]
            return " & ".join((*(f"({_meets(part)})" for part in query.parts), *(f"!({_meets(part)})" for part in out)))


def _lexeme(word: str) -> str:
    # of letters and digits alone: nothing in it could end the quotation; one too long is in no vector
    return f"'{word if len(word) <= LONGEST else ALWAYS}'"


def _all_terms(query: Query) -> Iterator[Term]:
    match query:
        case Term():
            yield query
        case Either():
            for part in query.parts:
                yield from _all_terms(part)
        case Every():
            for part in (*query.parts, *query.but):
                yield from _all_terms(part)


def _phrase(term: Term) -> str:
    """How a term stands in a column: each word between blanks of its own, the start of a word open at its end."""
    found = spaced(folded(term))
    return found[:-1] if term.prefix else found


def spaced(words: Sequence[str]) -> str:
    return "".join(f" {word} " for word in words)


def _counted(
    query: Query, within: tuple[Query, ...] = (), *, either: bool = False
) -> Iterator[tuple[Term, tuple[Query, ...]]]:
    """The terms that count, and what else a row must say for each: of "a OR (b c)", a row of "a b" has only "a"."""
    match query:
        case Term():
            yield query, within
        case Either():
            for part in query.parts:
                yield from _counted(part, within, either=True)
        case Every():
            for part in query.parts:
                yield from _counted(part, (*within, query) if either else within, either=either)
