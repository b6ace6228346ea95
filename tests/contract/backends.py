"""The kinds of database that an archive may be kept in, as a test gets at them: by the archive, and behind its back."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from storage.archive import Archive
from tests.postgres import Server


class Raw:
    """A session as any other program opens it. Statements take `?` for values."""

    def __init__(self, connection: Any, mark: str) -> None:
        self._connection, self._mark = connection, mark

    def execute(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement; its rows."""
        cursor = self._connection.execute(statement.replace("?", self._mark), values or ())
        return [] if cursor.description is None else [tuple(row) for row in cursor.fetchall()]


class Backend(ABC):
    """One kind of database, with archives by name."""

    kind: str
    refusal: type[Exception]  #: what a program gets that alters what is kept

    @abstractmethod
    def url(self, name: str = "press", query: str = "") -> str:
        """The address of an archive; where there is none of that name, of one that is about to be."""

    @abstractmethod
    def empty(self, name: str) -> str:
        """The address of nothing yet."""

    @abstractmethod
    def raw(self, name: str = "press", *, guarded: bool = True) -> Any:
        """A session in a block; without guards, whatever is kept may be altered, as a disk that rots does."""

    @abstractmethod
    def files(self, name: str = "press") -> Iterator[Path]:
        """The files in which an archive's rows lie."""

    @abstractmethod
    def close(self) -> None:
        """Leave nothing behind."""


@cache
def new_file() -> bytes:
    """A file with a new archive in it: to copy one takes a hundredth of the time that its migrations take."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "new.db"
        Archive.open(f"sqlite:///{path}").close()
        return path.read_bytes()


class Sqlite(Backend):
    """Files in the test's folder."""

    kind = "sqlite"
    refusal = sqlite3.IntegrityError

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._empty: set[str] = set()

    def path(self, name: str = "press") -> Path:
        return self._folder / f"{name}.db"

    def url(self, name: str = "press", query: str = "") -> str:
        path = self.path(name)
        if name not in self._empty and not path.exists() and path.parent.is_dir():
            path.write_bytes(new_file())
        return f"sqlite:///{path}{query}"

    def empty(self, name: str) -> str:
        self._empty.add(name)
        return self.url(name)

    @contextmanager
    def raw(self, name: str = "press", *, guarded: bool = True) -> Iterator[Raw]:
        with closing(sqlite3.connect(self.path(name), isolation_level=None)) as connection:
            connection.execute("PRAGMA recursive_triggers=1")
            if not guarded:
                found = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall()
                for (trigger,) in found:
                    connection.execute(f'DROP TRIGGER "{trigger}"')
            yield Raw(connection, "?")

    def files(self, name: str = "press") -> Iterator[Path]:
        yield from self._folder.glob(f"{name}.db*")

    def close(self) -> None:
        pass  # pytest clears its folders away


class Pool:
    """Databases of a server with a new archive in each, made as they are needed and emptied for the next test.

    To empty one takes a tenth of the time that it takes to make one.
    """

    def __init__(self, server: Server, template: str) -> None:
        self.server = server
        self._template = template
        self._free: list[str] = []
        self._made = 0
        with server.connect(template) as connection:
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            sequences = connection.execute("SELECT sequencename FROM pg_sequences").fetchall()
            ((version,),) = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        self._anew = "; ".join((
            "SET session_replication_role = replica",
            "SET lock_timeout = 1000",
            *(f'DELETE FROM "{name}"' for (name,) in tables if name != "alembic_version"),
            f"UPDATE alembic_version SET version_num = '{version}'",
            *(f'ALTER SEQUENCE "{name}" RESTART' for (name,) in sequences),
        ))  # fmt: skip

    def take(self) -> str:
        """The name of a database with a new archive in it."""
        if self._free:
            return self._free.pop()
        return self._make(self._template)

    def empty(self) -> str:
        """The name of a database with nothing in it."""
        return self._make("template0")

    def give_back(self, name: str) -> None:
        """Take a database back, with whatever a test left in it."""
        with self.server.connect(name) as connection:
            connection.execute(self._anew)
        self._free.append(name)

    def _make(self, template: str) -> str:
        self._made += 1
        self.server.run(f"CREATE DATABASE press_{self._made} TEMPLATE {template}")
        return f"press_{self._made}"


class Postgres(Backend):
    """Databases of a server."""

    kind = "postgresql"
    refusal = psycopg.IntegrityError

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._taken: dict[str, str] = {}
        self._others: dict[str, str] = {}

    def url(self, name: str = "press", query: str = "") -> str:
        return self._pool.server.url(self._database(name)) + query

    def empty(self, name: str) -> str:
        self._others[name] = self._pool.empty()
        return self.url(name)

    @contextmanager
    def raw(self, name: str = "press", *, guarded: bool = True) -> Iterator[Raw]:
        with self._pool.server.connect(self._database(name)) as connection:
            if not guarded:
                connection.execute("SET session_replication_role = replica")  # neither triggers nor references
            yield Raw(connection, "%s")

    def files(self, name: str = "press") -> Iterator[Path]:
        with self.raw(name) as session:
            session.execute("CHECKPOINT")
            ((oid,),) = session.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
        yield from (self._pool.server.data / "base" / str(oid)).iterdir()

    def close(self) -> None:
        for database in self._taken.values():
            self._pool.give_back(database)
        for database in self._others.values():
            self._pool.server.run(f"DROP DATABASE {database} WITH (FORCE)")

    def _database(self, name: str) -> str:
        if name in self._others:
            return self._others[name]
        if name not in self._taken:
            self._taken[name] = self._pool.take()
        return self._taken[name]
