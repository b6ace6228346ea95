"""A database under the archive, and its connections, whichever kind it is.

What only one kind knows stands in a file of its own: `sqlite.py` and `postgresql.py`, with `fts5.py` and `tsearch.py`
for their full text search. `dialects.py` tells them apart.
"""

from __future__ import annotations

import datetime as dt
import os
import threading
from abc import ABC, abstractmethod
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import bindparam, select
from sqlalchemy.exc import SQLAlchemyError

from storage.errors import ArchiveError, Locked, NotAnArchive
from storage.payloads import OUTSIDE
from storage.tables import payloads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from sqlalchemy import URL, Connection, CursorResult, Engine, Executable, Row

    from storage.fulltext import FullText
    from storage.stores import Store

T = TypeVar("T")

_AT_ONCE = 500
_SPOKEN_OF = select(payloads.c.digest).where(
    payloads.c.digest.in_(bindparam("among", expanding=True)), payloads.c.codec == OUTSIDE
)
PATIENCE = 30.0  #: seconds to wait for another writer; `?timeout=` in the address says otherwise


class Sql:
    """One connection inside a transaction; its errors are the archive's."""

    def __init__(self, connection: Connection, database: Database) -> None:
        self.connection = connection
        self.database = database
        self.failed = False  #: whether a statement failed: what stands in the transaction may be half a thought

    def run(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> CursorResult[Any]:
        """Run a statement that gives no rows."""
        with self.errors():
            return self.connection.execute(statement, parameters)

    def run_many(self, statement: Executable, parameters: Sequence[Mapping[str, Any]]) -> int:
        """Run one statement for each set of parameters; how many rows it met."""
        with self.errors():
            return self.connection.execute(statement, parameters).rowcount

    def insert(self, statement: Executable, parameters: Mapping[str, Any]) -> int:
        """Insert one row; its key."""
        with self.errors():
            key = self.connection.execute(statement, parameters).inserted_primary_key
        if key is None:
            raise ArchiveError(f"{self.database.where}: an inserted row has no key")
        return int(key[0])

    def rows(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """All rows."""
        with self.errors():
            return self.connection.execute(statement, parameters).all()

    def first(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Row[Any] | None:
        """The first row; None where there is none."""
        with self.errors():
            return self.connection.execute(statement, parameters).first()

    def ask(self, question: Callable[[Connection], T]) -> T:
        """What a function makes of the connection itself."""
        with self.errors():
            return question(self.connection)

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turns what the driver raises in the block into the archive's own errors."""
        try:
            yield
        except (SQLAlchemyError, self.database.driver_error) as error:
            self.failed = True
            raise self.database.explain(error) from error


class Database(ABC):
    """A writer that waits its turn, and as many readers as there are threads."""

    where: str  #: what errors call it; no password in it
    driver_error: type[Exception]  #: what its driver raises
    words: FullText  #: its full text search
    store: Store | None = None  #: where payloads are kept, if not in the database itself
    shared = False  #: whether several machines may write

    def __init__(self, where: str, patience: float) -> None:
        self.where = where
        self._patience = patience
        self._pid = os.getpid()
        self._turn = threading.Lock()
        self._turn_of: int | None = None

    @abstractmethod
    def greet(self) -> None:
        """See whose it is, and set it up if it is new."""

    @abstractmethod
    def close(self) -> None:
        """Let go of it."""

    @abstractmethod
    def check(self) -> list[str]:
        """What the database itself finds wrong; empty where all is well."""

    @abstractmethod
    def explain(self, error: Exception) -> Exception:
        """The archive's error for the driver's; what the caller did wrong comes back as it was."""

    @abstractmethod
    def begin_sweep(self, sql: Sql) -> None:
        """Say, in the transaction that takes rows away, that their bytes are still to be swept out of the files."""

    @abstractmethod
    def is_swept(self, sql: Sql) -> bool:
        """Whether nothing that was taken away may still lie in the files."""

    def sweep(self) -> None:
        """Leave no byte of what was deleted, neither where payloads are kept nor in the database's files.

        Raises:
            Locked: another process would not let go; the same call may be repeated.
            DiskFull: the files are written anew, which needs their size once more.
        """
        if self.store is not None:
            self._sweep_store(self.store)
        self._sweep_files()

    @abstractmethod
    def _sweep_files(self) -> None:
        """Leave no byte of deleted rows in the database's files, and note that it is done."""

    @abstractmethod
    def last_keys(self, sql: Sql) -> dict[str, int]:
        """The highest keys ever given, by table, as far as they are remembered."""

    @abstractmethod
    def set_last_keys(self, sql: Sql, keys: Mapping[str, int]) -> None:
        """Give higher keys than these from here on."""

    @abstractmethod
    def _transaction(self, engine: Engine) -> AbstractContextManager[Sql]:
        """A connection with a transaction that is rolled back unless it is committed."""

    @property
    @abstractmethod
    def _reader(self) -> Engine: ...

    @property
    @abstractmethod
    def _writer(self) -> Engine: ...

    def may_stand(self, sql: Sql) -> None:
        """Let a unit stand still for as long as it likes: nobody ends it, and nobody else writes meanwhile."""
        del sql

    def clock_ahead(self, sql: Sql) -> dt.timedelta:
        """How far the clock that all writers share is ahead of ours, which may be one of several machines."""
        del sql
        return dt.timedelta(0)

    @contextmanager
    def reading(self) -> Iterator[Sql]:
        """A reading transaction of the calling thread: all that it reads is of one moment."""
        self._own_process()
        with self._transaction(self._reader) as sql:
            yield sql

    @contextmanager
    def writing(self, *, foreign_keys: bool = True) -> Iterator[Sql]:
        """A writing transaction, committed at the end of the block and taken back whole by any exception.

        `foreign_keys=False` is for migrations, which may rebuild tables.

        Raises:
            Locked: another process kept the archive for longer than we wait.
        """
        self._own_process()
        me = threading.get_ident()
        if self._turn_of == me:
            raise ArchiveError("a unit is open in this thread already: write into that one, or end it first")
        if not self._turn.acquire(timeout=self._patience):
            raise Locked(f"{self.where}: another thread has been writing for {self._patience:g} s; try again")
        self._turn_of = me
        try:
            with self._rebuilding(on=not foreign_keys), self._transaction(self._writer) as sql:
                yield sql
                if not foreign_keys:
                    self._check_rebuilt(sql)
                self._commit(sql)
        finally:
            self._turn_of = None
            self._turn.release()

    @abstractmethod
    def touch(self) -> None:
        """See that the tables can be read, so that what is cut or overwritten is refused at the door.

        Raises:
            Damaged: they cannot.
        """

    @contextmanager
    def _rebuilding(self, *, on: bool) -> Iterator[None]:
        """What a migration needs around its transaction."""
        del on
        yield

    def _check_rebuilt(self, sql: Sql) -> None:
        """See that a migration left everything whole."""
        del sql

    def _commit(self, sql: Sql) -> None:
        if sql.failed:
            raise ArchiveError(
                f"{self.where}: a statement of this unit failed, so that none of it is kept; see the error before"
            )
        with sql.errors():
            sql.connection.commit()

    def _sweep_store(self, store: Store) -> None:
        """Delete what no row speaks of; also what was left behind by units that were taken back."""
        with self.writing() as sql:  # nobody else is between keeping an object and its row
            found = store.digests()
            while part := list(islice(found, _AT_ONCE)):
                known = {row.digest for row in sql.rows(_SPOKEN_OF, {"among": part})}
                for digest in part:
                    if digest not in known:
                        store.drop(digest)

    def _own_process(self) -> None:
        # a connection that two processes share after a fork corrupts the file (sqlite.org/howtocorrupt, 2.6)
        if os.getpid() != self._pid:
            raise ArchiveError(f"{self.where} was opened by the parent process; open it again in this one")


def patience_of(url: URL) -> float:
    """How many seconds an address lets us wait for another writer.

    Raises:
        NotAnArchive: what it says is no number of seconds.
    """
    timeout = url.query.get("timeout", "")
    try:
        return float(str(timeout)) if timeout else PATIENCE
    except ValueError:
        raise NotAnArchive(
            f"{url.render_as_string()!r}: timeout must be a number of seconds, not {timeout!r}"
        ) from None
