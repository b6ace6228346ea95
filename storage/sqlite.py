"""The archive in one SQLite file, and everything that only SQLite knows: engines, pragmas, triggers, error codes."""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from storage import fts5
from storage.database import Database, Sql, patience_of
from storage.errors import ArchiveError, Damaged, DiskFull, Locked, NotAnArchive
from storage.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import URL, Connection, Engine, Row
    from sqlalchemy.pool import ConnectionPoolEntry

#: "PVKT" in the file's header says whose file it is.
APPLICATION_ID = 0x50564B54
_GREETINGS = 300  #: how often a new file is tried while we wait
JOURNAL_LIMIT = 64 * 1024 * 1024
#: What every connection must say of itself.
PRAGMAS = {"foreign_keys": 1, "recursive_triggers": 1, "synchronous": 1, "journal_size_limit": JOURNAL_LIMIT}
#: In the file's header while a purge is committed, and its bytes not yet swept out of the file.
_UNSWEPT, _SWEPT = 1, 0


class SqliteDatabase(Database):
    """One SQLite file: a writer that begins IMMEDIATE, and readers beside it."""

    driver_error = sqlite3.Error
    words = fts5

    def __init__(self, url: URL) -> None:
        self.path, patience = _address(url)
        super().__init__(str(self.path), patience)
        self._writing = _engine(self.path, patience, writes=True)
        self._asking = _engine(self.path, patience, writes=False)

    @property
    def _writer(self) -> Engine:
        return self._writing

    @property
    def _reader(self) -> Engine:
        return self._asking

    def greet(self) -> None:
        """See whose file it is, and set it up for a write-ahead log if it is new; waits for nobody."""
        for _ in range(_GREETINGS):
            try:
                with self._connection(self._writer):
                    return
            except Locked:
                # the switch to a write-ahead log does not wait its turn as everything else does
                time.sleep(self._patience / _GREETINGS)
        with self._connection(self._writer):
            return

    def close(self) -> None:
        """Let go of the file; the last to close it folds the journal into it."""
        self._reader.dispose()
        self._writer.dispose()

    def check(self) -> list[str]:
        """What SQLite itself finds wrong with the file; reads all of it. Empty where all is well."""
        with self.reading() as sql:
            found = [str(row[0]) for row in _pragma_rows(sql, "integrity_check") if row[0] != "ok"]
            loose = _pragma_rows(sql, "foreign_key_check")
        return found + [f"row {row.rowid} of {row.table} points to a row of {row.parent} that is gone" for row in loose]

    def touch(self) -> None:
        """Read the ends of every table."""
        with self.reading() as sql:
            for table in metadata.sorted_tables:
                key = next(iter(table.primary_key.columns)).name
                for order in ("ASC", "DESC"):
                    # in plain SQL: to compile these for each opening would cost more than to run them
                    ends = f'SELECT * FROM "{table.name}" ORDER BY "{key}" {order} LIMIT 1'  # noqa: S608 - names of ours
                    sql.ask(partial(_first, statement=ends))

    def explain(self, error: Exception) -> Exception:
        """The archive's error for SQLite's."""
        return explain(error, self.where)

    def begin_sweep(self, sql: Sql) -> None:
        """Note in the file's header that bytes are to be swept.

        The index of words is emptied: to take single words out of it would leave others to guess them from. The next
        search fills it again.
        """
        sql.ask(fts5.clear)
        sql.ask(lambda connection: connection.exec_driver_sql("PRAGMA secure_delete=ON"))
        sql.ask(lambda connection: connection.exec_driver_sql(f"PRAGMA user_version={_UNSWEPT}"))

    def is_swept(self, sql: Sql) -> bool:
        """Whether the file's header has no such note."""
        return bool(sql.ask(lambda connection: connection.exec_driver_sql("PRAGMA user_version").scalar()) == _SWEPT)

    def _sweep_files(self) -> None:
        """Write the file anew, without what was deleted, and fold the write-ahead log into it."""
        try:
            connection = self._writer.raw_connection()
            try:
                driver: sqlite3.Connection = connection.driver_connection  # type: ignore[assignment]
                driver.execute("PRAGMA secure_delete=ON")
                driver.execute("VACUUM")
                self._fold(driver)
                driver.execute(f"PRAGMA user_version={_SWEPT}")
                self._fold(driver)
            finally:
                connection.close()
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise self.explain(error) from error

    def last_keys(self, sql: Sql) -> dict[str, int]:
        """The highest keys ever given; of tables whose keys may come back nothing is remembered."""
        found = sql.ask(lambda connection: connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence").all())
        return {row.name: int(row.seq) for row in found}

    def set_last_keys(self, sql: Sql, keys: Mapping[str, int]) -> None:
        """Remember higher keys, for the tables that remember any."""
        remembering = {row[0] for row in sql.ask(_remembering)}
        for table, key in keys.items():
            if table in remembering:
                sql.ask(partial(_remember, table=table, key=key))

    @contextmanager
    def _transaction(self, engine: Engine) -> Iterator[Sql]:
        with self._connection(engine) as connection:
            sql = Sql(connection, self)
            sql.ask(lambda connection: connection.begin())
            yield sql

    @contextmanager
    def _connection(self, engine: Engine) -> Iterator[Connection]:
        try:
            connection = engine.connect()
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise self.explain(error) from error
        try:
            yield connection
        finally:
            connection.close()

    @contextmanager
    def _rebuilding(self, *, on: bool) -> Iterator[None]:
        """Foreign keys off for the one writer connection: SQLite takes no notice of the pragma inside a transaction."""
        if not on:
            yield
            return
        self._raw_pragma("foreign_keys=0")
        try:
            yield
        finally:
            self._raw_pragma("foreign_keys=1")

    def _check_rebuilt(self, sql: Sql) -> None:
        if broken := _pragma_rows(sql, "foreign_key_check"):
            raise Damaged(f"{self.where}: the migration left {len(broken)} rows that point nowhere")

    def _raw_pragma(self, pragma: str) -> None:
        try:
            connection = self._writer.raw_connection()  # no BEGIN: that belongs to SQLAlchemy's connections
            try:
                connection.cursor().execute(f"PRAGMA {pragma}")
            finally:
                connection.close()
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise self.explain(error) from error

    def _fold(self, driver: sqlite3.Connection) -> None:
        """Bring the write-ahead log into the file, and cut it to nothing."""
        busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise Locked(
                f"{self.where}: what was purged is gone from the archive, but another process still reads the file, "
                "and its bytes lie there until that ends; then run `pressvakt purge` once more"
            )


def append_only(connection: Connection, table: str, *, may_change: Sequence[str], unless: str | None) -> None:
    """`storage.dialects.append_only` for SQLite."""
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
    """The archive's error for SQLite's, with the next step; what the caller did wrong comes back as it was."""
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


def _address(url: URL) -> tuple[Path, float]:
    """The file and the patience that an address asks for."""
    shown = url.render_as_string()
    if url.database in (None, "", ":memory:"):
        raise NotAnArchive(f"{shown!r} names no file; write sqlite:///FOLDER/FILE.db")
    patience = patience_of(url)
    path = Path(str(url.database)).absolute()
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


def _pragma_rows(sql: Sql, pragma: str) -> Sequence[Row[Any]]:
    return sql.ask(lambda connection: connection.exec_driver_sql(f"PRAGMA {pragma}").all())


def _first(connection: Connection, statement: str) -> Row[Any] | None:
    return connection.exec_driver_sql(statement).first()


def _remembering(connection: Connection) -> Sequence[Row[Any]]:
    return connection.exec_driver_sql(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'"
    ).all()


def _remember(connection: Connection, table: str, key: int) -> None:
    known = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).scalar()
    if known is None:
        connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, key))
    elif known < key:
        connection.exec_driver_sql("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", (key, table))
