"""Full text search as PostgreSQL has it (tsvector, GIN): its tables, what is written into them, how they are asked.

The answers are those of `storage.fts5`. PostgreSQL's own cutting of words has no part in it (`fulltext.words_of` has),
and its vectors do not tell where a word stands: past 16,383 words, or 256 times the same, they forget. So a vector
without places finds the rows that may say it, and the words themselves, kept in order beside it, tell which do.
A row whose words are too many or too long for a vector (`whole` is false) is always looked at.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from changes.rewording import Rewording, pack
from storage import fulltext, marking
from storage.fulltext import Asking, each_word, own_words_of, place, sentences_of, words_of
from storage.query import Query
from storage.text import clean
from storage.tsquery import ALWAYS, LONGEST, Asked, spaced

if TYPE_CHECKING:
    from sqlalchemy import Connection

SAID, REWORDED = "said", "reworded"
#: Bytes of all words together that fit into a vector (1 MiB by PostgreSQL's account).
_VECTOR = 900_000
#: What a title weighs against the text where results are ranked.
_TITLE = 6.0

_TABLES = (
    """
    CREATE TABLE said (
      id bigint PRIMARY KEY, length integer NOT NULL, whole boolean NOT NULL, words tsvector NOT NULL,
      title text COLLATE "C" NOT NULL, "text" text COLLATE "C" NOT NULL)
    """,
    """
    CREATE TABLE reworded (
      id bigint PRIMARY KEY, length integer NOT NULL, whole boolean NOT NULL,
      lost_words tsvector NOT NULL, gained_words tsvector NOT NULL,
      lost text COLLATE "C" NOT NULL, gained text COLLATE "C" NOT NULL,
      gone text COLLATE "C" NOT NULL, come text COLLATE "C" NOT NULL)
    """,
    "CREATE INDEX said_words ON said USING gin (words)",
    "CREATE INDEX said_length ON said (length)",
    "CREATE INDEX reworded_lost_words ON reworded USING gin (lost_words)",
    "CREATE INDEX reworded_gained_words ON reworded USING gin (gained_words)",
)
#: Each a trigger's name, when it fires, and what it does to a row.
_TRIGGERS = (
    (
        "versions_to_index",
        "AFTER INSERT ON versions",
        "INSERT INTO unindexed_versions VALUES (NEW.id) ON CONFLICT DO NOTHING;",
    ),
    (
        "versions_to_index_anew",
        "AFTER UPDATE OF id, page_id, first_seen, release ON versions",
        """
        UPDATE sayings SET version_id = NULL WHERE version_id = OLD.id;
        INSERT INTO unindexed_versions VALUES (NEW.id) ON CONFLICT DO NOTHING;
        """,
    ),
    (
        "changes_to_index",
        "AFTER INSERT ON changes",
        "IF NEW.kind = 'edited' THEN INSERT INTO unindexed_changes VALUES (NEW.id) ON CONFLICT DO NOTHING; END IF;",
    ),
    (
        "changes_to_index_anew",
        'AFTER UPDATE OF id, page_id, kind, detected_at, "before", "after", finding ON changes',
        """
        UPDATE rewordings SET change_id = NULL WHERE change_id = OLD.id;
        IF NEW.kind = 'edited' THEN INSERT INTO unindexed_changes VALUES (NEW.id) ON CONFLICT DO NOTHING; END IF;
        """,
    ),
    # the words of a version or a change that is no more are not kept either
    (
        "sayings_emptied",
        "AFTER UPDATE OF version_id ON sayings",
        "IF NEW.version_id IS NULL THEN DELETE FROM said WHERE id = NEW.id; END IF;",
    ),
    (
        "rewordings_emptied",
        "AFTER UPDATE OF change_id ON rewordings",
        """
        IF NEW.change_id IS NULL THEN
          DELETE FROM reworded WHERE id = NEW.id;
          UPDATE rewordings SET lost = '', gained = '' WHERE id = NEW.id;
        END IF;
        """,
    ),
)


def create(connection: Connection) -> None:
    """Make the indexes and the triggers that keep them true."""
    for statement in _TABLES:
        connection.exec_driver_sql(statement)
    for name, when, what in _TRIGGERS:
        connection.exec_driver_sql(
            f"CREATE FUNCTION pressvakt_{name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {what} RETURN NULL; END $$"
        )
        connection.exec_driver_sql(f"CREATE TRIGGER {name} {when} FOR EACH ROW EXECUTE FUNCTION pressvakt_{name}()")


def is_index_table(name: str) -> bool:
    """Whether a table of the database is an index."""
    return name in {SAID, REWORDED}


def add_saying(
    connection: Connection, version_id: int, page_id: int, *, at: dt.datetime, title: str, text: str
) -> None:
    """Index what a version says."""
    del page_id
    row = _free(connection, SAID, at)
    head, body = words_of(title), words_of(text)
    vector, whole = _vector(head, body)
    connection.exec_driver_sql("INSERT INTO sayings (id, version_id) VALUES (%s, %s)", (row, version_id))
    connection.exec_driver_sql(
        'INSERT INTO said (id, length, whole, words, title, "text") '
        "VALUES (%s, %s, %s, array_to_tsvector(%s::text[]), %s, %s)",
        (row, len(head) + len(body), whole, vector, spaced(head), spaced(body)),
    )
    connection.exec_driver_sql("DELETE FROM unindexed_versions WHERE version_id = %s", (version_id,))


def add_rewording(connection: Connection, change_id: int, page_id: int, at: dt.datetime, found: Rewording) -> None:
    """Index what an edit took away and brought; an edit of no words has no row."""
    del page_id
    if found.lost or found.gained:
        row = _free(connection, REWORDED, at)
        connection.exec_driver_sql(
            "INSERT INTO rewordings (id, change_id, lost, gained) VALUES (%s, %s, %s, %s)",
            (row, change_id, clean(pack(found.lost)), clean(pack(found.gained))),
        )
        lost, gained = sentences_of(found.lost), sentences_of(found.gained)
        gone, come = own_words_of(found.lost), own_words_of(found.gained)
        (lost_vector, lost_whole), (gained_vector, gained_whole) = _vector(lost), _vector(gained)
        connection.exec_driver_sql(
            "INSERT INTO reworded (id, length, whole, lost_words, gained_words, lost, gained, gone, come) VALUES "
            "(%s, %s, %s, array_to_tsvector(%s::text[]), array_to_tsvector(%s::text[]), %s, %s, %s, %s)",
            (
                row,
                len(lost) + len(gained) + len(gone) + len(come),
                lost_whole and gained_whole,
                lost_vector,
                gained_vector,
                *map(spaced, (lost, gained, gone, come)),
            ),
        )
    connection.exec_driver_sql("DELETE FROM unindexed_changes WHERE change_id = %s", (change_id,))


def clear(connection: Connection) -> None:
    """Empty both indexes, to the last word, and the marks; everything is to be indexed again."""
    marking.clear(connection)
    for statement in (
        "DELETE FROM said",
        "DELETE FROM reworded",
        "DELETE FROM sayings",
        "DELETE FROM rewordings",
        "INSERT INTO unindexed_versions SELECT id FROM versions ON CONFLICT DO NOTHING",
        "INSERT INTO unindexed_changes SELECT id FROM changes WHERE kind = 'edited' ON CONFLICT DO NOTHING",
    ):
        connection.exec_driver_sql(statement)


def sayings(query: Query, site_id: int | None, *, kinds: bool, ranked: bool) -> Asking:
    """The question which versions say it."""
    asked = Asked(SAID, "words", ("title", "text"))
    condition = asked.condition(query)
    if site_id is not None:
        asked.values["site"] = site_id
        condition += " AND p.site_id = :site"
    if kinds:
        condition += _OF_KINDS
    if ranked:
        asked.weigh(query, (("title", _TITLE), ("text", 1.0)))
    order, first, more = asked.best() if ranked else _NEWEST
    sql = (
        f"{first}SELECT said.id AS row, v.id, v.page_id, v.number, v.first_seen, v.last_seen "  # noqa: S608 - names of ours
        "FROM said JOIN sayings s ON s.id = said.id JOIN versions v ON v.id = s.version_id "
        f"JOIN pages p ON p.id = v.page_id {more}"
        f"WHERE {condition} AND said.id >= :low AND said.id < :high "
        f"AND v.first_seen >= :since AND v.first_seen < :until ORDER BY {order} LIMIT :count"
    )
    return Asking(sql=sql, values=asked.values) if ranked else _by_count(asked, query, SAID, sql)


def rewordings(query: Query, site_id: int | None, *, added: bool, ranked: bool) -> Asking:
    """The question in whose old (or new) sentences it stands, of which at least one word went (or came)."""
    sentences, words = ("gained", "come") if added else ("lost", "gone")
    asked = Asked(REWORDED, f"{sentences}_words", (sentences,))
    own = each_word(query)
    condition = f"{asked.condition(query)} AND {asked.said(own, (words,))}"
    if site_id is not None:
        asked.values["site"] = site_id
        condition += " AND c.site_id = :site"
    if ranked:
        asked.weigh(query, ((sentences, 1.0),))
        asked.weigh(own, ((words, 1.0),))
    order, first, more = asked.best() if ranked else _NEWEST
    sql = (
        f"{first}SELECT reworded.id AS row, r.change_id, r.lost, r.gained "  # noqa: S608 - names of ours
        "FROM reworded JOIN rewordings r ON r.id = reworded.id "
        f"JOIN changes c ON c.id = r.change_id {more}"
        f"WHERE {condition} AND reworded.id >= :low AND reworded.id < :high "
        f"AND c.detected_at >= :since AND c.detected_at < :until ORDER BY {order} LIMIT :count"
    )
    return Asking(sql=sql, values=asked.values) if ranked else _by_count(asked, query, REWORDED, sql)


def _by_count(asked: Asked, query: Query, table: str, sql: str) -> Asking:
    """A question for the newest, asked in the way that suits how many rows may say it.

    PostgreSQL guesses badly how many that are, and a wrong guess costs a minute. So the newest rows are looked at: where
    many of them may say it, all are gone through from the newest on; else those that may are gathered by their vectors.
    """
    likely = asked.likely(query)
    newest = f"SELECT * FROM {table} ORDER BY id DESC LIMIT {NEWEST}"  # noqa: S608 - names of ours
    many = f"SELECT 1 FROM ({newest}) AS {table} WHERE {likely} LIMIT {MANY}"  # noqa: S608
    found = f"SELECT id FROM {table} WHERE {likely} AND id >= :low AND id < :high"  # noqa: S608
    hits = f"(SELECT id FROM found ORDER BY id DESC OFFSET 0) AS hit JOIN {table} ON {table}.id = hit.id"  # noqa: S608
    few = f"WITH found AS MATERIALIZED ({found}) " + sql.replace(f"FROM {table} JOIN", f"FROM {hits} JOIN", 1)
    probe = f"SELECT count(*) < {MANY} FROM ({many}) AS part"  # noqa: S608
    return Asking(sql=sql, values=asked.values, probe=probe, few=few, before=(_FEW, _MANY))


#: So many of the newest rows tell whether many say it: where so many of them do.
NEWEST, MANY = 1_000, 30
#: Row by row, so that the first that are found end the search.
_FEW = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off"
_MANY = f"{_FEW}; SET LOCAL enable_bitmapscan = off"


def period() -> Asking:
    """The question what edits of a period took away and brought."""
    return Asking(sql=_PERIOD)


_NEWEST = ("row DESC", "", "")
_OF_KINDS = """ AND EXISTS (
  SELECT 1 FROM changes k WHERE k.page_id = v.page_id AND (k."after" = v.number OR k."before" = v.number AND
    k."after" IS NULL) AND k.kind IN (SELECT value FROM json_array_elements_text(CAST(:kinds AS json))))
"""
_PERIOD = """
SELECT r.id AS row, c.page_id, r.lost, r.gained FROM rewordings r JOIN changes c ON c.id = r.change_id
WHERE r.id >= :low AND r.id < :high AND c.detected_at >= :since AND c.detected_at < :until
  AND (:site IS NULL OR c.site_id = :site) ORDER BY r.id LIMIT :count
"""


def _vector(*texts: Sequence[str]) -> tuple[list[str], bool]:
    """The words that make the vector of a row, and whether these are all of them."""
    words = list(dict.fromkeys(word for text in texts for word in text))
    room, chosen = _VECTOR, []
    for word in words:
        size = len(word.encode()) + 4  # alignment
        if len(word) <= LONGEST and size <= room:
            chosen.append(word)
            room -= size
    whole = len(chosen) == len(words)
    return (chosen if whole else [*chosen, ALWAYS]), whole


def _free(connection: Connection, index: str, at: dt.datetime) -> int:
    """The next row number of a second; where it has no room left, one of the seconds after it."""
    # a place that was lost is not given again while its row is known
    known = "sayings" if index == SAID else "rewordings"
    low = place(at)
    while True:
        newest = connection.exec_driver_sql(
            f"SELECT max(id) FROM {known} WHERE id >= %s AND id < %s",  # noqa: S608
            (low, low + fulltext.ROOM),
        ).scalar()
        if newest is None:
            return low
        if newest < low + fulltext.ROOM - 1:
            return int(newest) + 1
        low += fulltext.ROOM
