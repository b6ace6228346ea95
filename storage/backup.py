"""A copy of the archive while others read and write it: of one moment, whole, and looked through before it counts."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from storage.archive import Archive
from storage.errors import ArchiveError, Damaged
from storage.inspection import verify
from storage.sqlite import SqliteDatabase, explain

if TYPE_CHECKING:
    from storage.database import Sql

Watch = Callable[[str, int, int], None]

#: Database pages that are copied at a time.
_STEP = 2000


@dataclass(frozen=True, kw_only=True)
class Backup:
    """A copy that was made and found sound."""

    file: Path
    size: int  #: bytes
    digest: str  #: of the file: `sha256:…`, for whoever carries it elsewhere


def backup(archive: Archive, target: Path, *, watch: Watch = lambda *_: None) -> Backup:
    """Copy an archive into a new file, as it stands at one moment; crawls go on meanwhile.

    The copy is written beside the target under a name of its own (`.part`), read through (`verify`), brought to disk,
    and only then given its name: a backup that was killed is never taken for one, and the next run begins anew.

    Args:
        archive: An open archive.
        target: The file to write; what exists is never overwritten.
        watch: Told which part of the work is how far: ("copy" or "verify", done, of how many).

    Raises:
        DiskFull: there is no room for it; nothing is left behind.
        Damaged: the copy is not sound, which the archive then is not either.
        ArchiveError: the target exists, or cannot be written.
    """
    database = archive._database  # noqa: SLF001 - same room
    if not isinstance(database, SqliteDatabase):
        raise ArchiveError(
            f"{database.where} is backed up by the server's own tools: pg_dump --format=custom --file={target} …; "
            f"a copy in one file is made by: pressvakt archive copy --to sqlite:///{target.absolute()}"
        )
    target = target.absolute()
    if target.exists() or target.is_symlink():
        raise ArchiveError(f"{target} exists, and a backup overwrites nothing; name another file")
    if not target.parent.is_dir():
        raise ArchiveError(f"there is no folder {target.parent} to put the backup in; make it, or name another")
    part = target.with_name(target.name + ".part")
    try:
        _drop(part)
        with archive._reading() as sql:  # noqa: SLF001 - same room
            _copy(sql, part, watch)
        _look_through(part, watch)
        made = Backup(file=target, size=part.stat().st_size, digest=_seal(part))
        _name(part, target)
    except FileExistsError:
        raise ArchiveError(f"{target} appeared meanwhile, and a backup overwrites nothing; name another file") from None
    except OSError as error:
        raise ArchiveError(f"{target} may not be written: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            _drop(part)
    _sync(target.parent)
    return made


def _copy(sql: Sql, part: Path, watch: Watch) -> None:
    def step(status: int, left: int, total: int) -> None:
        del status
        watch("copy", total - left, total)

    source: sqlite3.Connection = sql.connection.connection.driver_connection  # type: ignore[assignment]
    try:
        # the transaction is given its moment here: a copy whose source moves on would begin again and again
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        with contextlib.closing(sqlite3.connect(part)) as copy:
            source.backup(copy, pages=_STEP, progress=step)
    except sqlite3.Error as error:
        raise explain(error, str(part)) from error


def _look_through(part: Path, watch: Watch) -> None:
    with Archive.open(f"sqlite:///{part}") as copy:
        wrong = next(verify(copy, watch=lambda done, total: watch("verify", done, total)), None)
    if wrong is not None:
        raise Damaged(
            f"the copy is not sound ({wrong}), so the archive is not; `pressvakt verify` names all, keep older backups"
        )


def _seal(part: Path) -> str:
    """Bring the file to disk; its digest."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def _name(part: Path, target: Path) -> None:
    """Give the copy its name, and overwrite nothing that appeared there in the meantime."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:  # there are file systems without links
        if target.exists():
            raise FileExistsError from None
        part.rename(target)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _drop(part: Path) -> None:
    for name in (part.name, f"{part.name}-wal", f"{part.name}-shm", f"{part.name}-journal"):
        part.with_name(name).unlink(missing_ok=True)
