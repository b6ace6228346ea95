"""The queue of jobs beside the archive, in the same PostgreSQL database: procrastinate's tables, and what joins the two.

A job is enqueued in the very transaction that moves what it is for; a crawl that a job stands behind looks in its own
transactions whether the job is still its own. Everything else about the queue is `scheduler.queue`'s.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from storage.errors import NotAnArchive
from storage.postgresql import ALIVE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Row

    from storage.archive import Archive
    from storage.database import Sql
    from storage.unit import Unit

#: Stands on procrastinate's table: the newest of its migrations that was applied.
_MARK = "kept by Pressvakt; migrated to "
_THERE = "SELECT to_regclass('procrastinate_jobs') IS NOT NULL"
_NOTE = "SELECT obj_description(to_regclass('procrastinate_jobs'), 'pg_class')"

#: For procrastinate's own connection. A job is met only while it is with the attempt that is named: an attempt that
#: was held up and wakes late ends or gives back nothing that is another's by now.
GIVE_BACK = """
WITH mine AS (
    SELECT id FROM procrastinate_jobs WHERE id = %(job_id)s AND attempts = %(attempt)s AND status = 'doing' FOR UPDATE
)
SELECT procrastinate_retry_job_v2(mine.id, %(retry_at)s, %(priority)s, NULL, NULL) FROM mine
"""
FINISH = """
WITH mine AS (
    SELECT id FROM procrastinate_jobs WHERE id = %(job_id)s AND attempts = %(attempt)s AND status = 'doing' FOR UPDATE
)
SELECT procrastinate_finish_job_v1(mine.id, %(status)s, %(delete_job)s) FROM mine
"""
#: A worker that was away for so long that it was struck off is back.
HEARTBEAT = """
INSERT INTO procrastinate_workers (id, last_heartbeat) OVERRIDING SYSTEM VALUE VALUES (%(worker_id)s, now())
ON CONFLICT (id) DO UPDATE SET last_heartbeat = now()
"""

_CURRENT = text(
    "SELECT 1 FROM procrastinate_jobs WHERE id = :job AND attempts = :attempt AND status = 'doing' FOR SHARE"
)
_WAITING = text(
    "SELECT id AS job, args ->> 'site' AS site, status = 'doing' AS doing, attempts, coalesce(scheduled_at <= now(), true) AS ready "
    "FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND args ? 'site' ORDER BY id"
)


@dataclass(frozen=True, kw_only=True)
class Migration:
    """One step of procrastinate's own schema, oldest first."""

    name: str
    sql: str


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A job that waits or is being done."""

    job: int
    site: str
    doing: bool
    attempts: int  #: how often it was given back or failed before
    ready: bool  #: whether it may be done now; a job that failed waits a while


def prepare(archive: Archive, *, schema: str, migrations: Sequence[Migration]) -> None:
    """Make the queue's tables in the archive's database, or bring them up to date.

    Args:
        archive: An archive on PostgreSQL.
        schema: The statements that make them where there are none.
        migrations: All steps that led to that schema, oldest first: those that are missing are taken.

    Raises:
        NotAnArchive: the archive is a file, which several machines cannot share.
    """
    if not archive._database.shared:  # noqa: SLF001 - same room
        raise NotAnArchive(
            f"{archive._database.where} is a file, and workers need an archive on PostgreSQL; "  # noqa: SLF001
            "'pressvakt archive copy --to postgresql://HOST/NAME' moves it there"
        )
    newest = migrations[-1].name
    with archive.writing() as unit:
        sql = unit._sql  # noqa: SLF001 - same room
        if not sql.ask(lambda connection: connection.exec_driver_sql(_THERE).scalar()):
            sql.ask(lambda connection: _run(connection, [schema]))
        else:
            note = str(sql.ask(lambda connection: connection.exec_driver_sql(_NOTE).scalar()) or "")
            done = note.removeprefix(_MARK) if note.startswith(_MARK) else newest
            if done >= newest:
                return
            missing = [step.sql for step in migrations if step.name > done]
            sql.ask(lambda connection: _run(connection, missing))
        comment = f"COMMENT ON TABLE procrastinate_jobs IS '{_MARK}{newest}'"
        sql.ask(lambda connection: _run(connection, [comment]))


def address(archive: Archive) -> tuple[str, dict[str, Any]]:
    """What psycopg connects with to get at the queue: the archive's own address, password and all, and options."""
    url = archive._database._writer.url.set(drivername="postgresql")  # noqa: SLF001 - same room
    return url.render_as_string(hide_password=False), {"connect_timeout": 10, **ALIVE}


@contextmanager
def beside(unit: Unit) -> Iterator[Any]:
    """The driver's own connection in the midst of a unit: what is enqueued on it is kept with the unit, or not at all.

    An error that is raised in the block takes back the block alone, and the unit may go on.
    """
    connection = unit._sql.connection.connection.driver_connection  # noqa: SLF001 - same room
    if connection is None:
        raise NotAnArchive("the unit is over: nothing can be enqueued in it")
    try:
        with connection.transaction():  # the unit began with a statement of its own: this is a savepoint in it
            yield connection
    except Exception as error:
        database, cause = unit._sql.database, error.__cause__ or error  # noqa: SLF001
        if not isinstance(cause, database.driver_error):
            raise
        unit._sql.failed = True  # noqa: SLF001
        raise database.explain(cause) from error


def is_current(sql: Sql, fence: str) -> bool:
    """Whether a job is still with the attempt that JOB/ATTEMPT names; it stays so until the transaction ends."""
    job, _, attempt = fence.partition("/")
    return sql.first(_CURRENT, {"job": int(job), "attempt": int(attempt)}) is not None


def waiting(archive: Archive) -> list[Waiting]:
    """All crawls that are queued or being done, oldest first; none where there is no queue."""
    if not archive._database.shared:  # noqa: SLF001 - same room
        return []
    with archive._reading() as sql:  # noqa: SLF001 - same room
        if not sql.ask(lambda connection: connection.exec_driver_sql(_THERE).scalar()):
            return []
        found: Sequence[Row[Any]] = sql.rows(_WAITING)
    return [Waiting(**row._mapping) for row in found]  # noqa: SLF001 - public in SQLAlchemy


def _run(connection: Connection, statements: Sequence[str]) -> None:
    """Run scripts of many statements, as they stand: without parameters the driver takes no % for a placeholder."""
    raw = connection.connection.driver_connection
    assert raw is not None  # noqa: S101 - we are inside its transaction
    for statement in statements:
        raw.execute(statement)
