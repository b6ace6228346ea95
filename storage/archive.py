"""The archive: everything that was ever kept, in one file or in one database of a server.

Any thread may read, each in a transaction of its own; one unit writes at a time, over all processes.
"""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from storage import (  # noqa: F401 - whoever purges or copies goes through all tables that there are
    access_tables,
    alert_tables,
    file_tables,
    question_tables,
    series_tables,
    service_tables,
)
from storage.dialects import open_database
from storage.migrations import SCHEMA, schema_of, upgrade
from storage.search import Asked
from storage.settling import settle
from storage.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from types import TracebackType

    from storage.database import Database, Sql


class Archive(Asked):
    """An open archive: reads by itself, writes through `writing`."""

    def __init__(self, database: Database, now: Callable[[], dt.datetime]) -> None:
        self._database = database
        self.now = now  #: the clock that came with `open`, for those who are handed nothing but the archive

    @classmethod
    def open(cls, url: str, *, now: Callable[[], dt.datetime] | None = None, payloads: str | None = None) -> Archive:
        """The archive at an address, made where there is none, brought up to date.

        `sqlite:///FOLDER/FILE.db` is a file; `postgresql://USER@HOST/NAME` is a database that is there and empty, or
        an archive already.

        `?timeout=SECONDS` in the address says how long to wait for another writer; it is 30 by default.

        Args:
            url: The address.
            now: The clock; that of the machine where none is given.
            payloads: Where payloads are kept, if not in the database: a folder, or what fsspec knows
                (`s3://BUCKET/FOLDER`). The archive remembers it: later it need not be said again.

        Raises:
            NewerArchive: a newer Pressvakt wrote it.
            Damaged: it cannot be read. It is left as it is.
            NotAnArchive: the address is no archive's, or the file or database is another program's.
            Unreachable: the server does not answer.
        """
        database = open_database(url)
        try:
            prepare(database)
            settle(database, payloads)
        except BaseException:
            database.close()
            raise
        return cls(database, now or _now)

    def close(self) -> None:
        """Let go of the file, or of the server."""
        self._database.close()

    @contextmanager
    def writing(self) -> Iterator[Unit]:
        """A unit: what is written in the block is kept when it ends, and nothing of it where it raises.

        Raises:
            Locked: another process kept writing for longer than we wait; the block was not entered.
            DiskFull: there was no room; nothing was kept.
        """
        with self._database.writing() as sql:
            self._begin(sql)
            unit = Unit(sql)
            try:
                yield unit
            finally:
                unit.end()

    def check(self) -> list[str]:
        """What the database itself finds wrong with its file, one line each; reads all of it.

        It sees damaged structure, not a flipped bit inside a payload: `payload` does.
        """
        return self._database.check()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begin(self, sql: Sql) -> None:
        """What a kind of archive asks first in each unit."""

    def _reading(self) -> AbstractContextManager[Sql]:
        return self._database.reading()


def prepare(database: Database) -> None:
    """Make or upgrade the tables in one transaction, and see that they can be read."""
    database.greet()
    with database.reading() as sql:
        current = sql.ask(schema_of) == SCHEMA
    if not current:
        with database.writing(foreign_keys=False) as sql:
            # looked at again by `upgrade`: another process may have been quicker
            sql.ask(lambda connection: upgrade(connection, database.where))
    database.touch()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
