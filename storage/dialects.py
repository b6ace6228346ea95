"""Which kind of database an address or a connection is of, and what migrations need of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from storage import postgresql, sqlite
from storage.errors import ArchiveError, NotAnArchive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from storage.database import Database
    from storage.fulltext import FullText


def open_database(url: str) -> Database:
    """The database at an address.

    Raises:
        NotAnArchive: it is no address of one that we know.
    """
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        raise NotAnArchive("this is not the address of an archive; write sqlite:///FOLDER/FILE.db") from None
    kind = parts.get_backend_name()
    if kind == "sqlite":
        return sqlite.SqliteDatabase(parts)
    if kind == "postgresql":
        return postgresql.PostgresDatabase(parts)
    raise NotAnArchive(f"archives on {kind} cannot be opened; write sqlite:///FILE.db or postgresql://HOST/NAME")


def full_text(connection: Connection) -> FullText:
    """The full text search of a connection's database."""
    return _kind(connection).words


def append_only(
    connection: Connection, table: str, *, may_change: Sequence[str] = (), unless: str | None = None
) -> None:
    """Have the database refuse to delete rows of a table, and to update them but for the columns named.

    `unless` is a condition in SQL, in which `OLD` is the row, under which all is allowed. What was refused before under
    another condition is refused under this one alone.
    """
    module = postgresql if _kind(connection) is postgresql.PostgresDatabase else sqlite
    module.append_only(connection, table, may_change=may_change, unless=unless)


def mark(connection: Connection) -> None:
    """Write into the database whose it is."""
    module = postgresql if _kind(connection) is postgresql.PostgresDatabase else sqlite
    module.mark(connection)


def _kind(connection: Connection) -> type[sqlite.SqliteDatabase | postgresql.PostgresDatabase]:
    name = connection.dialect.name
    if name not in _KINDS:
        raise ArchiveError(f"an archive cannot be kept in {name}")
    return _KINDS[name]


_KINDS: dict[str, type[sqlite.SqliteDatabase | postgresql.PostgresDatabase]] = {
    "sqlite": sqlite.SqliteDatabase,
    "postgresql": postgresql.PostgresDatabase,
}
