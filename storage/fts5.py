"""Full text search as SQLite has it (FTS5): its tables, what is written into them, and how they are asked.

The two indexes hold no text: that of versions stands compressed in `versions`. A row's number in an index tells its
time (`storage.fulltext.place`), so that the newest come first and a period is cut out without sorting. A row is never
rewritten: what a correction overtakes loses its place in `sayings` or `rewordings`, and is found no more. Triggers see
to that, and put on the list of what is still to be indexed whatever was written without the index.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from changes.rewording import Rewording, pack
from storage import fulltext, marking
from storage.fulltext import Asking, each_word, folded, own_words_of, place, sentences_of, words_of
from storage.query import Either, Every, Query, Term
from storage.text import clean

if TYPE_CHECKING:
    import sqlite3

    from sqlalchemy import Connection

#: The index tables, and what a title weighs against the text where results are ranked.
SAID, REWORDED = "said", "reworded"
_WEIGHTS = "bm25(6.0, 1.0, 0.0)"

# å, ä and ö are letters of their own: no diacritics are taken off
_COLUMNS = "content='', tokenize='unicode61 remove_diacritics 0'"
_TABLES = (
    f"CREATE VIRTUAL TABLE {SAID} USING fts5(title, text, tags, {_COLUMNS})",
    f"CREATE VIRTUAL TABLE {REWORDED} USING fts5(lost, gained, gone, come, tags, {_COLUMNS})",
    f"INSERT INTO {SAID}({SAID}, rank) VALUES ('rank', '{_WEIGHTS}')",  # noqa: S608 - names of ours
)
_TRIGGERS = (
    """
    CREATE TRIGGER versions_to_index AFTER INSERT ON versions
    BEGIN INSERT OR IGNORE INTO unindexed_versions VALUES (NEW.id); END
    """,
    """
    CREATE TRIGGER versions_to_index_anew AFTER UPDATE OF id, page_id, first_seen, release ON versions BEGIN
      UPDATE sayings SET version_id = NULL WHERE version_id = OLD.id;
      INSERT OR IGNORE INTO unindexed_versions VALUES (NEW.id);
    END
    """,
    """
    CREATE TRIGGER changes_to_index AFTER INSERT ON changes WHEN NEW.kind = 'edited'
    BEGIN INSERT OR IGNORE INTO unindexed_changes VALUES (NEW.id); END
    """,
    """
    CREATE TRIGGER changes_to_index_anew
    AFTER UPDATE OF id, page_id, kind, detected_at, "before", "after", finding ON changes BEGIN
      UPDATE rewordings SET change_id = NULL WHERE change_id = OLD.id;
      INSERT OR IGNORE INTO unindexed_changes SELECT NEW.id WHERE NEW.kind = 'edited';
    END
    """,
    # the words of a change that is no more are not kept either
    """
    CREATE TRIGGER rewordings_emptied AFTER UPDATE OF change_id ON rewordings WHEN NEW.change_id IS NULL
    BEGIN UPDATE rewordings SET lost = '', gained = '' WHERE id = NEW.id; END
    """,
)


def create(connection: Connection) -> None:
    """Make the indexes and the triggers that keep them true."""
    for statement in (*_TABLES, *_TRIGGERS):
        connection.exec_driver_sql(statement)


def is_index_table(name: str) -> bool:
    """Whether a table of the database is an index, or one of those in which SQLite keeps an index."""
    return name in {SAID, REWORDED} or name.startswith((f"{SAID}_", f"{REWORDED}_"))


def add_saying(
    connection: Connection, version_id: int, page_id: int, *, at: dt.datetime, title: str, text: str
) -> None:
    """Index what a version says."""
    driver = _driver(connection)
    row = _free(driver, SAID, at)
    driver.execute("INSERT INTO sayings (id, version_id) VALUES (?, ?)", (row, version_id))
    driver.execute(
        f"INSERT INTO {SAID} (rowid, title, text, tags) SELECT ?, ?, ?, 's' || site_id FROM pages WHERE id = ?",  # noqa: S608
        (row, " ".join(words_of(title)), " ".join(words_of(text)), page_id),
    )
    driver.execute("DELETE FROM unindexed_versions WHERE version_id = ?", (version_id,))


def add_rewording(connection: Connection, change_id: int, page_id: int, at: dt.datetime, found: Rewording) -> None:
    """Index what an edit took away and brought; an edit of no words has no row."""
    driver = _driver(connection)
    if found.lost or found.gained:
        row = _free(driver, REWORDED, at)
        driver.execute(
            "INSERT INTO rewordings (id, change_id, lost, gained) VALUES (?, ?, ?, ?)",
            (row, change_id, clean(pack(found.lost)), clean(pack(found.gained))),
        )
        sides = (found.lost, found.gained)
        columns = (" ".join(words) for cut in (sentences_of, own_words_of) for words in map(cut, sides))
        driver.execute(
            f"INSERT INTO {REWORDED} (rowid, lost, gained, gone, come, tags) "  # noqa: S608
            "SELECT ?, ?, ?, ?, ?, 's' || site_id FROM pages WHERE id = ?",
            (row, *columns, page_id),
        )
    driver.execute("DELETE FROM unindexed_changes WHERE change_id = ?", (change_id,))


def clear(connection: Connection) -> None:
    """Empty both indexes, to the last word, and the marks; everything is to be indexed again."""
    marking.clear(connection)
    driver = _driver(connection)
    for index in (SAID, REWORDED):
        driver.execute(f"INSERT INTO {index}({index}) VALUES ('delete-all')")  # noqa: S608
    driver.execute("DELETE FROM sayings")
    driver.execute("DELETE FROM rewordings")
    driver.execute("INSERT OR IGNORE INTO unindexed_versions SELECT id FROM versions")
    driver.execute("INSERT OR IGNORE INTO unindexed_changes SELECT id FROM changes WHERE kind = 'edited'")


#: Rows of `said` with their versions, newest first. `CROSS JOIN` holds SQLite to beginning with the index.
_TEXT = f"""
SELECT {SAID}.rowid AS row, v.id, v.page_id, v.number, v.first_seen, v.last_seen
FROM {SAID} CROSS JOIN sayings s ON s.id = {SAID}.rowid CROSS JOIN versions v ON v.id = s.version_id
WHERE {SAID} MATCH :query AND {SAID}.rowid >= :low AND {SAID}.rowid < :high
  AND v.first_seen >= :since AND v.first_seen < :until
"""  # noqa: S608
_TEXT_OF_KINDS = """ AND EXISTS (
  SELECT 1 FROM changes c WHERE c.page_id = v.page_id AND (c."after" = v.number OR c."before" = v.number AND
    c."after" IS NULL) AND c.kind IN (SELECT value FROM json_each(:kinds)))
"""
_REWORDINGS = f"""
SELECT {REWORDED}.rowid AS row, r.change_id, r.lost, r.gained
FROM {REWORDED} CROSS JOIN rewordings r ON r.id = {REWORDED}.rowid CROSS JOIN changes c ON c.id = r.change_id
WHERE {REWORDED} MATCH :query AND {REWORDED}.rowid >= :low AND {REWORDED}.rowid < :high
  AND c.detected_at >= :since AND c.detected_at < :until
"""  # noqa: S608
_NEWEST = " ORDER BY row DESC LIMIT :count"
_BEST = " ORDER BY round(rank, 6), row DESC LIMIT :count"
#: What edits of a period took away and brought, in the order of time.
_PERIOD = """
SELECT r.id AS row, c.page_id, r.lost, r.gained FROM rewordings r CROSS JOIN changes c ON c.id = r.change_id
WHERE r.id >= :low AND r.id < :high AND c.detected_at >= :since AND c.detected_at < :until
  AND (:site IS NULL OR c.site_id = :site) ORDER BY r.id LIMIT :count
"""


def sayings(query: Query, site_id: int | None, *, kinds: bool, ranked: bool) -> Asking:
    """The question which versions say it."""
    sql = _TEXT + (_TEXT_OF_KINDS if kinds else "") + (_BEST if ranked else _NEWEST)
    return Asking(sql=sql, values={"query": _in_text(query) + _of_site(site_id)})


def rewordings(query: Query, site_id: int | None, *, added: bool, ranked: bool) -> Asking:
    """The question in whose old (or new) sentences it stands, of which at least one word went (or came)."""
    sentences, words = ("gained", "come") if added else ("lost", "gone")
    asked = f"{{{sentences}}} : ({_match(query)}) AND {{{words}}} : ({_match(each_word(query))}){_of_site(site_id)}"
    return Asking(sql=_REWORDINGS + (_BEST if ranked else _NEWEST), values={"query": asked})


def period() -> Asking:
    """The question what edits of a period took away and brought."""
    return Asking(sql=_PERIOD)


def _in_text(query: Query) -> str:
    return f"{{title text}} : ({_match(query)})"


def _match(query: Query) -> str:
    match query:
        case Term():
            # of letters and digits alone: nothing in it could end the quotation
            return f'"{" ".join(folded(query))}"{"*" if query.prefix else ""}'
        case Either():
            return " OR ".join(f"({_match(part)})" for part in query.parts)
        case Every():
            said = " AND ".join(f"({_match(part)})" for part in query.parts)
            return said if not query.but else f"({said}) NOT ({_match(Either(parts=query.but))})"


def _of_site(site_id: int | None) -> str:
    return "" if site_id is None else f" AND tags : s{site_id}"


def _driver(connection: Connection) -> sqlite3.Connection:
    # straight to the driver: a statement's way through SQLAlchemy costs more than the statement
    return connection.connection.driver_connection  # type: ignore[return-value]


def _free(driver: sqlite3.Connection, index: str, at: dt.datetime) -> int:
    """The next row number of a second; where it has no room left, one of the seconds after it.

    The index itself is asked: a number that it still knows is never given twice.
    """
    low = place(at)
    while True:
        newest = driver.execute(
            f"SELECT max(id) FROM {index}_docsize WHERE id >= ? AND id < ?",  # noqa: S608
            (low, low + fulltext.ROOM),
        ).fetchone()[0]
        if newest is None:
            return low
        if newest < low + fulltext.ROOM - 1:
            return int(newest) + 1
        low += fulltext.ROOM
