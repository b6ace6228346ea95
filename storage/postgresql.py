"""The archive on a PostgreSQL server, and everything that only PostgreSQL knows: sessions, locks, triggers, error codes.

One unit is written at a time, over all machines: each takes an advisory lock of the database before it looks at
anything. So a unit sees all that was written before it, ids are seen to grow in the order in which they were given,
and no unit fails because of another (docs/decisions/0006).
"""

from __future__ import annotations

import datetime as dt
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from storage import tsearch
from storage.database import Database, Sql, patience_of
from storage.errors import ArchiveError, Damaged, DiskFull, Locked, NotAnArchive, Unreachable
from storage.tables import cursors, metadata
from storage.text import to_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import psycopg
    from sqlalchemy import URL, Connection, Engine
    from sqlalchemy.pool import ConnectionPoolEntry

#: The oldest server that is promised to do (PostgreSQL's own count).
OLDEST = 150000
#: "PVKT": the advisory lock that a writer holds, and the note on a table that says whose the database is.
_LOCK = 0x50564B54
_MARK = "PVKT: kept by Pressvakt"
#: Kept from a purge's transaction on until its bytes are swept out of the files: the transaction's number.
_UNSWEPT = "purge/unswept"
#: So that the server lets go of the lock of a machine that was unplugged: after a minute, not two hours.
_KEEPALIVES = "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3"
#: Seconds that a unit may stand still: between two of its statements lies the work on one page at most.
_IDLE = 20.0
#: So that we let go of a server that was unplugged, too (libpq's own names; milliseconds in the last).
ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000}
_POLLS = 50  #: how often is looked, while we wait, whether others still see what was purged

_ASK_MARK = """
SELECT count(*) AS tables, bool_or(obj_description(c.oid, 'pg_class') = %s) AS ours
FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm') AND c.relnamespace = current_schema()::regnamespace
"""
#: Sessions, prepared transactions and replicas that may still read what a transaction took away.
_LOOKING_BACK = """
SELECT count(*) FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND backend_xmin IS NOT NULL AND age(backend_xmin) >= age(%s::text::xid)
  AND (datname = current_database() OR datname IS NULL)
"""


class PostgresDatabase(Database):
    """A database on a server: a writer that takes the archive's lock, and readers that may not write."""

    words = tsearch
    shared = True

    def __init__(self, url: URL) -> None:
        try:
            from psycopg import Error  # noqa: PLC0415 - an extra, that who has no server does without
        except ImportError:
            raise NotAnArchive(
                "an archive on PostgreSQL needs the driver psycopg; install it: pip install 'pressvakt[postgresql]'"
            ) from None
        self.driver_error = Error
        if not url.database:
            raise NotAnArchive("the address names no database; write postgresql://HOST/NAME")
        place = f"{url.host or url.query.get('host') or 'this machine'}{f':{url.port}' if url.port else ''}"
        super().__init__(f"{url.database} on {place}", patience_of(url))
        address = url.set(drivername="postgresql+psycopg").difference_update_query(["timeout"])
        self._writing = _engine(address, self._patience, writes=True)
        self._asking = _engine(address, self._patience, writes=False)

    @property
    def _writer(self) -> Engine:
        return self._writing

    @property
    def _reader(self) -> Engine:
        return self._asking

    def greet(self) -> None:
        """See whether the server can hold an archive, and whose the database is.

        Raises:
            Unreachable: there is no such server, or it is not up.
            NotAnArchive: the database is another program's, or not in UTF-8.
        """
        with self.reading() as sql:
            version, encoding, schema = sql.ask(_server)
            if version < OLDEST:
                raise ArchiveError(f"{self.where}: PostgreSQL {OLDEST // 10000} is the oldest that will do; upgrade it")
            if encoding != "UTF8":
                raise NotAnArchive(f"{self.where} is in {encoding}; make one in UTF-8: createdb -E UTF8 -T template0")
            if schema is None:
                raise NotAnArchive(f"{self.where}: no schema of the search path is there; create one, or correct it")
            found = sql.ask(lambda connection: connection.exec_driver_sql(_ASK_MARK, (_MARK,)).one())
        if found.tables and not found.ours:
            raise NotAnArchive(f"{self.where} is a database of another program; make an empty one: createdb NAME")

    def close(self) -> None:
        """End all sessions."""
        self._reader.dispose()
        self._writer.dispose()

    def check(self) -> list[str]:
        """Rows that point nowhere, as they are where a dump was loaded without its checks.

        The server looks after its files by itself: `initdb --data-checksums` has it tell of rotten ones.
        """
        found = []
        with self.reading() as sql:
            for table in metadata.sorted_tables:
                for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
                    there = key.column.table.alias("there")
                    name = next(iter(table.primary_key.columns))
                    loose = select(name).outerjoin(there, there.c[key.column.name] == key.parent)
                    rows = sql.rows(loose.where(key.parent.is_not(None), there.c[key.column.name].is_(None)))
                    to = key.column.table.name
                    found += [f"row {row[0]} of {table.name} points to a row of {to} that is gone" for row in rows]
        return found

    def touch(self) -> None:
        """Nothing: a server that is up looks after its own files."""

    def explain(self, error: Exception) -> Exception:
        """The archive's error for PostgreSQL's."""
        return explain(error, self.where)

    def may_stand(self, sql: Sql) -> None:
        """Let a unit stand still for longer than `_IDLE`."""
        sql.ask(lambda connection: connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0"))

    def clock_ahead(self, sql: Sql) -> dt.timedelta:
        """How far the server's clock is ahead of ours, in whole seconds. Asked each time: ours may be set meanwhile."""
        there = sql.ask(lambda connection: connection.exec_driver_sql("SELECT clock_timestamp()").scalar())
        seconds = (there - dt.datetime.now(dt.UTC)).total_seconds() if there is not None else 0.0
        return dt.timedelta(seconds=int(seconds))

    def begin_sweep(self, sql: Sql) -> None:
        """Note beside the archive which transaction takes rows away.

        The index of words is emptied, as in SQLite: what an edit took from a version stands beside that version, too.
        """
        sql.ask(tsearch.clear)
        number = sql.ask(lambda connection: connection.exec_driver_sql("SELECT pg_current_xact_id()::text").scalar())
        sql.run(cursors.delete().where(cursors.c.name == _UNSWEPT))
        sql.run(cursors.insert(), {"name": _UNSWEPT, "value": to_json(number)})

    def is_swept(self, sql: Sql) -> bool:
        """Whether there is no such note."""
        return sql.first(cursors.select().where(cursors.c.name == _UNSWEPT)) is None

    def _sweep_files(self) -> None:
        """Write all tables anew, without what was deleted, and forget the samples of them that the planner keeps.

        What the write-ahead log, its archive, replicas and backups have is the server's operator's to let go.
        """
        with self.reading() as sql:
            note = sql.first(cursors.select().where(cursors.c.name == _UNSWEPT))
        if note is None:
            return
        self._wait_for_others(str(note.value).strip('"'))
        with self._session() as connection:
            for table in (*metadata.sorted_tables, tsearch.SAID, tsearch.REWORDED):
                connection.exec_driver_sql(f'VACUUM (FULL, ANALYZE) "{table}"')
            # with a warning, and without harm, where we are not the database's owner
            connection.exec_driver_sql("VACUUM FULL pg_statistic")
        with self.writing() as sql:
            sql.run(cursors.delete().where(cursors.c.id == note.id))

    def last_keys(self, sql: Sql) -> dict[str, int]:
        """The highest keys ever given, by table."""
        return {table: value for table in _counting(sql) if (value := sql.ask(partial(_last, table=table))) is not None}

    def set_last_keys(self, sql: Sql, keys: Mapping[str, int]) -> None:
        """Count on from these, or from the highest that a table has."""
        for table in _counting(sql):
            sql.ask(partial(_count_on, table=table, key=keys.get(table, 0)))

    @contextmanager
    def _transaction(self, engine: Engine) -> Iterator[Sql]:
        try:
            connection = engine.connect()
        except (SQLAlchemyError, self.driver_error) as error:
            raise self.explain(error) from error
        try:
            sql = Sql(connection, self)
            sql.ask(lambda connection: connection.begin())
            if engine is self._writer:
                # before anything is read: a unit sees all that the one before it wrote
                sql.ask(lambda connection: connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            yield sql
        finally:
            self._let_go(connection)

    def _let_go(self, connection: Connection) -> None:
        try:
            connection.close()
        except (SQLAlchemyError, self.driver_error):
            connection.invalidate()  # the server is gone: what went wrong before is what is to be told

    @contextmanager
    def _session(self) -> Iterator[Connection]:
        """A connection without transactions, for what cannot run in one."""
        try:
            with self._writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                yield connection
        except (SQLAlchemyError, self.driver_error) as error:
            raise self.explain(error) from error

    def _wait_for_others(self, transaction: str) -> None:
        """See that nobody looks at the archive as it was before a transaction: the server would keep it for them."""
        number = str(int(transaction) % 2**32)  # an age is told of the short number alone
        for poll in range(_POLLS + 1):
            with self._session() as connection:
                if not connection.exec_driver_sql(_LOOKING_BACK, (number,)).scalar():
                    return
            if poll < _POLLS:
                time.sleep(self._patience / _POLLS)
        raise Locked(
            f"{self.where}: what was purged is gone from the archive, but a session that began before still reads it, "
            "and its bytes lie in the server's files until that ends; then run `pressvakt purge` once more"
        )


def append_only(connection: Connection, table: str, *, may_change: Sequence[str], unless: str | None) -> None:
    """`storage.dialects.append_only` for PostgreSQL."""
    fixed = ", ".join(f'"{name}"' for name in _columns(connection, table) if name not in may_change)
    for name, when, what, row in (
        ("no_delete", "DELETE", "deleted", "OLD"),
        ("no_update", f"UPDATE OF {fixed}", "edited", "NEW"),
    ):
        function = f"pressvakt_{table}_{name}"
        allowed = f"IF {unless} THEN RETURN {row}; END IF;" if unless else ""
        connection.exec_driver_sql(
            f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {allowed} "
            f"RAISE EXCEPTION '{table} are kept: never {what}' USING ERRCODE = 'integrity_constraint_violation'; "
            "END $$"
        )
        connection.exec_driver_sql(f'DROP TRIGGER IF EXISTS "{table}_{name}" ON "{table}"')
        connection.exec_driver_sql(
            f'CREATE TRIGGER "{table}_{name}" BEFORE {when} ON "{table}" FOR EACH ROW EXECUTE FUNCTION {function}()'
        )
    connection.exec_driver_sql(f'DROP TRIGGER IF EXISTS "{table}_no_truncate" ON "{table}"')
    connection.exec_driver_sql(
        f"CREATE OR REPLACE FUNCTION pressvakt_{table}_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{table} are kept: never deleted' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    connection.exec_driver_sql(
        f'CREATE TRIGGER "{table}_no_truncate" BEFORE TRUNCATE ON "{table}" '
        f"FOR EACH STATEMENT EXECUTE FUNCTION pressvakt_{table}_no_truncate()"
    )


def mark(connection: Connection) -> None:
    """Note at a table whose it is."""
    connection.exec_driver_sql(f"COMMENT ON TABLE alembic_version IS '{_MARK}'")


def explain(error: Exception, where: str) -> Exception:
    """The archive's error for PostgreSQL's, with the next step; what the caller did wrong comes back as it was."""
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, (ValueError, TypeError, ArchiveError)):
        return cause
    said = _first_line(cause)
    state = getattr(cause, "sqlstate", None) or ""
    for start, (kind, saying) in _SAYINGS.items():
        if state.startswith(start):
            return kind(saying.format(where=where, cause=said))
    if not state and type(cause).__name__ in {"OperationalError", "ConnectionTimeout"}:
        return _unconnected(said, where)
    return ArchiveError(f"{where}: {said}")


def _unconnected(said: str, where: str) -> ArchiveError:
    """What is wrong where no connection could be made, or one broke off: the driver has words for it, and no code."""
    if "does not exist" in said and "database" in said:
        return NotAnArchive(f"there is no database {where}; make it: createdb -E UTF8 -T template0 NAME")
    if "authentication" in said or "no password supplied" in said or "role" in said:
        return ArchiveError(f"{where} does not let us in ({said}); correct user and password in PRESSVAKT_DATABASE")
    return Unreachable(f"{where} cannot be reached ({said}); see that the server is up, then try again")


_GONE = "{where} cannot be reached ({cause}); see that the server is up, then try again"
_BUSY = "{where}: another process is writing to the archive; try again when it is done"
_ROTTEN = "{where} is damaged ({cause}); leave it as it is and restore a backup beside it"
#: By SQLSTATE, or the class it begins with (PostgreSQL, appendix A).
_SAYINGS: dict[str, tuple[type[ArchiveError], str]] = {
    "55P03": (Locked, _BUSY),
    "40": (Locked, _BUSY),
    "53100": (DiskFull, "{where}: the server's disk is full, nothing of this was kept; make room and try again"),
    "53300": (Unreachable, "{where} takes no more sessions; raise max_connections, or try again later"),
    "53": (ArchiveError, "{where}: the server is short of something ({cause}); nothing of this was kept"),
    "57P": (Unreachable, _GONE),
    "08": (Unreachable, _GONE),
    "58": (ArchiveError, "{where}: the server's disk would not read or write ({cause}); nothing of this was kept"),
    "XX001": (Damaged, _ROTTEN),
    "XX002": (Damaged, _ROTTEN),
    "25006": (ArchiveError, "{where} may not be written to in a reading transaction, or the server is a replica"),
    "25P02": (
        ArchiveError,
        "{where}: a statement of this unit failed, so that none of it is kept; see the error before",
    ),
    "28": (ArchiveError, "{where} does not let us in ({cause}); correct user and password in PRESSVAKT_DATABASE"),
    "3D000": (NotAnArchive, "there is no database {where}; make it: createdb -E UTF8 -T template0 NAME"),
    "42501": (ArchiveError, "{where}: {cause}; let this user own the database, or grant it the schema"),
}


def _engine(url: URL, patience: float, *, writes: bool) -> Engine:
    """An engine whose sessions read one moment and cannot write, or write once it is their turn."""
    from psycopg import IsolationLevel  # noqa: PLC0415 - as above

    def configure(connection: psycopg.Connection[Any], entry: ConnectionPoolEntry) -> None:
        del entry
        with connection.cursor() as cursor:
            # a plan is made for one page or a few; compiling it costs more than running it
            cursor.execute(f"SET lock_timeout = {round(patience * 1000)}; SET jit = off; {_KEEPALIVES}")
            if writes:
                # a machine that falls asleep inside a unit must not keep all others from writing
                cursor.execute(f"SET idle_in_transaction_session_timeout = {round(_IDLE * 1000)}")
        connection.commit()
        # one moment for all that a reader reads; a writer, which alone writes, sees what was written before it
        level = IsolationLevel.READ_COMMITTED if writes else IsolationLevel.REPEATABLE_READ
        connection.isolation_level = level
        connection.read_only = not writes

    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=1 if writes else 8,
        max_overflow=-1,
        pool_pre_ping=True,  # a server that was started anew costs nobody a unit
        connect_args={"application_name": "pressvakt", "connect_timeout": 10} | ALIVE | dict(url.query),
    )
    event.listen(engine, "connect", configure)
    return engine


def _server(connection: Connection) -> tuple[int, str, str | None]:
    row = connection.exec_driver_sql(
        "SELECT current_setting('server_version_num')::int, "
        "pg_encoding_to_char(encoding), current_schema() FROM pg_database WHERE datname = current_database()"
    ).one()
    return row[0], row[1], row[2]


def _columns(connection: Connection, table: str) -> list[str]:
    found = connection.exec_driver_sql(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
        "ORDER BY attnum",
        (table,),
    )
    return [row[0] for row in found]


def _counting(sql: Sql) -> list[str]:
    """The tables that number their rows."""
    return [table.name for table in metadata.sorted_tables if sql.ask(partial(_sequence, table=table.name)) is not None]


def _sequence(connection: Connection, table: str) -> str | None:
    key = next(iter(metadata.tables[table].primary_key.columns)).name
    found: str | None = connection.exec_driver_sql("SELECT pg_get_serial_sequence(%s, %s)", (table, key)).scalar()
    return found


def _last(connection: Connection, table: str) -> int | None:
    row = connection.exec_driver_sql(f"SELECT last_value, is_called FROM {_sequence(connection, table)}").one()  # noqa: S608
    return int(row[0]) if row[1] else None


def _count_on(connection: Connection, table: str, key: int) -> None:
    column = next(iter(metadata.tables[table].primary_key.columns)).name
    highest = connection.exec_driver_sql(f'SELECT coalesce(max("{column}"), 0) FROM "{table}"').scalar()  # noqa: S608
    if last := max(key, highest or 0):
        connection.exec_driver_sql("SELECT setval(%s::regclass, %s)", (_sequence(connection, table), last))


def _first_line(error: BaseException) -> str:
    """What a driver says, in one line: the first that says something."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
