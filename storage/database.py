"""The database under the archive, and everything that only SQLite knows: engines, pragmas, triggers, error codes.

A second kind of database is a second file like this one.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from sqlalchemy import create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from storage.errors import ArchiveError, Damaged, DiskFull, Locked, NotAnArchive
from storage.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, CursorResult, Engine, Executable, Row
    from sqlalchemy.pool import ConnectionPoolEntry

T = TypeVar("T")

#: "PVKT" in the file's header says whose file it is.
APPLICATION_ID = 0x50564B54
BUSY_TIMEOUT = 30.0  #: seconds to wait for another writer; `?timeout=` in the address says otherwise
_GREETINGS = 300  #: how often a new file is tried within that time
JOURNAL_LIMIT = 64 * 1024 * 1024
#: What every connection must say of itself.
PRAGMAS = {"foreign_keys": 1, "recursive_triggers": 1, "synchronous": 1, "journal_size_limit": JOURNAL_LIMIT}


class Sql:
    """One connection inside a transaction; its errors are the archive's."""

    def __init__(self, connection: Connection, where: str) -> None:
        self.connection = connection
        self._where = where
        self.failed = False  #: whether a statement failed: what stands in the transaction may be half a thought

    def run(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> CursorResult[Any]:
        """Run a statement that gives no rows."""
        with self._errors():
            return self.connection.execute(statement, parameters)

    def run_many(self, statement: Executable, parameters: Sequence[Mapping[str, Any]]) -> int:
        """Run one statement for each set of parameters; how many rows it met."""
        with self._errors():
            return self.connection.execute(statement, parameters).rowcount

    def insert(self, statement: Executable, parameters: Mapping[str, Any]) -> int:
        """Insert one row; its key."""
        with self._errors():
            key = self.connection.execute(statement, parameters).inserted_primary_key
        if key is None:
            raise ArchiveError(f"{self._where}: an inserted row has no key")
        return int(key[0])

    def rows(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """All rows."""
        with self._errors():
            return self.connection.execute(statement, parameters).all()

    def first(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Row[Any] | None:
        """The first row; None where there is none."""
        with self._errors():
            return self.connection.execute(statement, parameters).first()

    def ask(self, question: Callable[[Connection], T]) -> T:
        """What a function makes of the connection itself."""
        with self._errors():
            return question(self.connection)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as error:
            self.failed = True
            raise explain(error, self._where) from error


class Database:
    """One SQLite file: a writer that begins IMMEDIATE, and as many readers as there are threads."""

    def __init__(self, url: str) -> None:
        self.path, self._patience = _address(url)
        self._pid = os.getpid()
        self._turn = threading.Lock()
        self._turn_of: int | None = None
        self._writer = _engine(self.path, self._patience, writes=True)
        self._reader = _engine(self.path, self._patience, writes=False)

    def greet(self) -> None:
        """See whose file it is, and set it up for a write-ahead log if it is new; waits for nobody."""
        for _ in range(_GREETINGS):
            try:
                with _connection(self._writer, str(self.path)):
                    return
            except Locked:
                # the switch to a write-ahead log does not wait its turn as everything else does
                time.sleep(self._patience / _GREETINGS)
        with _connection(self._writer, str(self.path)):
            return

    def close(self) -> None:
        """Let go of the file; the last to close it folds the journal into it."""
        self._reader.dispose()
        self._writer.dispose()

    @contextmanager
    def reading(self) -> Iterator[Sql]:
        """A reading transaction of the calling thread: all that it reads is of one moment."""
        self._own_process()
        with _transaction(self._reader, str(self.path)) as sql:
            yield sql

    @contextmanager
    def writing(self, *, foreign_keys: bool = True) -> Iterator[Sql]:
        """A writing transaction, committed at the end of the block and taken back whole by any exception.

        `foreign_keys=False` is for migrations, which rebuild tables: the whole database is checked at the end instead.

        Raises:
            Locked: another process kept the archive for longer than we wait.
        """
        self._own_process()
        me = threading.get_ident()
        if self._turn_of == me:
            raise ArchiveError("a unit is open in this thread already: write into that one, or end it first")
        if not self._turn.acquire(timeout=self._patience):
            raise Locked(f"{self.path}: another thread has been writing for {self._patience:g} s; try again")
        self._turn_of = me
        try:
            where = str(self.path)
            with _foreign_keys(self._writer, where, on=foreign_keys), _transaction(self._writer, where) as sql:
                yield sql
                if not foreign_keys and (broken := _pragma_rows(sql, "foreign_key_check")):
                    raise Damaged(f"{where}: the migration left {len(broken)} rows that point nowhere")
                _commit(sql, where)
        finally:
            self._turn_of = None
            self._turn.release()

    def check(self) -> list[str]:
        """What SQLite itself finds wrong with the file; reads all of it. Empty where all is well."""
        with self.reading() as sql:
            found = [str(row[0]) for row in _pragma_rows(sql, "integrity_check") if row[0] != "ok"]
            loose = _pragma_rows(sql, "foreign_key_check")
        return found + [f"row {row.rowid} of {row.table} points to a row of {row.parent} that is gone" for row in loose]

    def touch(self) -> None:
        """Read the ends of every table, so that a file that is cut or overwritten is refused at the door.

        Raises:
            Damaged: the file cannot be read.
        """
        with self.reading() as sql:
            for table in metadata.sorted_tables:
                key = next(iter(table.primary_key.columns))
                for order in (key, key.desc()):
                    sql.first(table.select().order_by(order).limit(1))

    def _own_process(self) -> None:
        # a connection that two processes share after a fork corrupts the file (sqlite.org/howtocorrupt, 2.6)
        if os.getpid() != self._pid:
            raise ArchiveError(f"{self.path} was opened by the parent process; open it again in this one")


def append_only(
    connection: Connection, table: str, *, may_change: Sequence[str] = (), unless: str | None = None
) -> None:
    """Have the database refuse to delete rows of a table, and to update them but for the columns named.

    `unless` is a condition in SQL, in which `OLD` is the row, under which all is allowed. What was refused before under
    another condition is refused under this one alone.
    """
    if connection.dialect.name != "sqlite":
        raise ArchiveError(f"there are no append-only triggers for {connection.dialect.name} yet")
    columns = [row[1] for row in connection.exec_driver_sql(f'PRAGMA table_info("{table}")')]
    fixed = ", ".join(f'"{name}"' for name in columns if name not in may_change)
    condition = f"WHEN NOT ({unless}) " if unless else ""
    for name, when, what in (
        ("no_delete", "DELETE", "deleted"),
        ("no_update", f"UPDATE OF {fixed}", "edited"),
    ):
        connection.exec_driver_sql(f'DROP TRIGGER IF EXISTS "{table}_{name}"')
        connection.exec_driver_sql(
            f'CREATE TRIGGER "{table}_{name}" BEFORE {when} ON "{table}" {condition}'
            f"BEGIN SELECT RAISE(ABORT, '{table} are kept: never {what}'); END"
        )


def mark(connection: Connection) -> None:
    """Write into the file's header whose it is."""
    connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")


def explain(error: Exception, where: str) -> Exception:
    """The archive's error for a database's, with the next step; what the caller did wrong comes back as it was."""
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, (ValueError, TypeError)):
        return cause
    if isinstance(cause, sqlite3.OperationalError) and str(cause).startswith("Could not decode"):
        return Damaged(f"{where} is damaged ({cause}); leave it as it is and restore a backup beside it")
    code = getattr(cause, "sqlite_errorcode", None)
    kind, saying = _SAYINGS.get(code & 0xFF if code else None, (ArchiveError, "{where}: {cause}"))
    return kind(saying.format(where=where, cause=cause))


#: By SQLite's primary result code.
_SAYINGS: dict[int | None, tuple[type[ArchiveError], str]] = {
    sqlite3.SQLITE_BUSY: (Locked, "{where}: another process is writing to the archive; try again when it is done"),
    sqlite3.SQLITE_LOCKED: (Locked, "{where}: another process is writing to the archive; try again when it is done"),
    sqlite3.SQLITE_FULL: (DiskFull, "{where}: the disk is full, nothing of this was kept; make room and try again"),
    sqlite3.SQLITE_IOERR: (
        ArchiveError,
        "{where}: the disk would not read or write ({cause}), nothing of this was kept; check the disk and its quota",
    ),
    sqlite3.SQLITE_CORRUPT: (
        Damaged,
        "{where} is damaged ({cause}); leave it as it is and restore a backup beside it",
    ),
    sqlite3.SQLITE_NOTADB: (
        NotAnArchive,
        "{where} is not an archive, or its first page is damaged; restore a backup or choose another file",
    ),
    sqlite3.SQLITE_READONLY: (
        ArchiveError,
        "{where} may not be written to; give this user the right to write the file and its folder",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        ArchiveError,
        "{where} cannot be opened; check that it is there and that this user may write in its folder",
    ),
}


def _address(url: str) -> tuple[Path, float]:
    """The file and the patience that an address asks for."""
    try:
        parts = make_url(url)
    except ArgumentError:
        raise NotAnArchive(f"{url!r} is not the address of an archive; write sqlite:///FOLDER/FILE.db") from None
    if parts.get_backend_name() != "sqlite":
        raise NotAnArchive(f"archives on {parts.get_backend_name()} cannot be opened yet; write sqlite:///FILE.db")
    if parts.database in (None, "", ":memory:"):
        raise NotAnArchive(f"{url!r} names no file; write sqlite:///FOLDER/FILE.db")
    timeout = parts.query.get("timeout", "")
    try:
        patience = float(str(timeout)) if timeout else BUSY_TIMEOUT
    except ValueError:
        raise NotAnArchive(f"{url!r}: timeout must be a number of seconds, not {timeout!r}") from None
    path = Path(str(parts.database)).absolute()
    if path.is_dir():
        raise NotAnArchive(f"{path} is a folder; name a file in it")
    if not path.parent.is_dir():
        raise NotAnArchive(f"there is no folder {path.parent} to keep the archive in; make it, or correct the address")
    try:
        # made here and nowhere else: the engines open what exists, so that a file that vanishes is missed
        if not path.exists():
            path.touch()
    except OSError as error:
        raise ArchiveError(f"{path} may not be written to: {error.strerror}") from error
    return path, patience


def _engine(path: Path, patience: float, *, writes: bool) -> Engine:
    """An engine that leaves BEGIN to us: the driver's own would begin late, and not for reading at all."""

    def connect() -> sqlite3.Connection:
        uri = f"file:{quote(str(path))}?mode=rw"
        return sqlite3.connect(uri, uri=True, timeout=patience, check_same_thread=False, isolation_level=None)

    def configure(connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
        del entry
        try:
            _configure(connection, path, writes=writes)
        except BaseException:
            connection.close()
            raise

    def begin(connection: Connection) -> None:
        # straight to the driver: on its way through SQLAlchemy this costs more than an insert
        driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
        driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN").close()

    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=1 if writes else 8, max_overflow=-1
    )
    event.listen(engine, "connect", configure)
    event.listen(engine, "begin", begin)
    return engine


def _configure(connection: sqlite3.Connection, path: Path, *, writes: bool) -> None:
    """Set what every connection needs, and make sure that it took."""

    def ask(pragma: str) -> Any:
        row = connection.execute(f"PRAGMA {pragma}").fetchone()
        return None if row is None else row[0]

    if writes:
        # whose file it is comes first: another program's is not to be touched
        mine = ask("application_id") == APPLICATION_ID
        if not mine and (
            ask("application_id") or connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        ):
            raise NotAnArchive(f"{path} is a database of another program; choose another file")
        ask("journal_mode=WAL")
    if (mode := ask("journal_mode")) != "wal":
        raise ArchiveError(f"{path} cannot be kept with a write-ahead log (journal mode {mode}); use a local disk")
    for name, value in PRAGMAS.items():
        connection.execute(f"PRAGMA {name}={value}").close()
        if ask(name) != value:
            raise ArchiveError(f"{path}: this SQLite ({sqlite3.sqlite_version}) does not do {name}={value}")
    connection.execute(f"PRAGMA query_only={int(not writes)}").close()


@contextmanager
def _connection(engine: Engine, where: str) -> Iterator[Connection]:
    try:
        connection = engine.connect()
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise explain(error, where) from error
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _transaction(engine: Engine, where: str) -> Iterator[Sql]:
    """A connection with a transaction that is rolled back unless it is committed."""
    with _connection(engine, where) as connection:
        sql = Sql(connection, where)
        sql.ask(lambda connection: connection.begin())
        yield sql


@contextmanager
def _foreign_keys(engine: Engine, where: str, *, on: bool) -> Iterator[None]:
    """Foreign keys off for the one writer connection: SQLite takes no notice of the pragma inside a transaction."""
    if on:
        yield
        return
    _raw_pragma(engine, where, "foreign_keys=0")
    try:
        yield
    finally:
        _raw_pragma(engine, where, "foreign_keys=1")


def _raw_pragma(engine: Engine, where: str, pragma: str) -> None:
    try:
        connection = engine.raw_connection()  # no BEGIN: that belongs to SQLAlchemy's connections
        try:
            connection.cursor().execute(f"PRAGMA {pragma}")
        finally:
            connection.close()
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise explain(error, where) from error


def _pragma_rows(sql: Sql, pragma: str) -> Sequence[Row[Any]]:
    with sql._errors():  # noqa: SLF001 - same file
        return sql.connection.exec_driver_sql(f"PRAGMA {pragma}").all()


def _commit(sql: Sql, where: str) -> None:
    if sql.failed:
        raise ArchiveError(
            f"{where}: a statement of this unit failed, so that none of it is kept; see the error before"
        )
    with sql._errors():  # noqa: SLF001 - same file
        sql.connection.commit()
