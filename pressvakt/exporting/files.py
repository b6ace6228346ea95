"""Files that are written whole or not at all: under a name of their own first, and named when they are on the disk."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pressvakt.failure import Failure, Misuse

STDOUT = Path("-")
#: How every SQLite database begins.
_DATABASE = b"SQLite format 3\0"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def whole_file(target: Path, *, force: bool = False) -> Iterator[IO[bytes]]:
    """A file to write; it stands there when the block has ended, and nothing does where the block raises.

    `-` is standard output: what was written is sent there when all of it is known.

    Raises:
        Failure: it exists and `force` does not say to overwrite it, cannot be written, or there is no room.
        Misuse: standard output is a terminal, or the target is no file.
    """
    if target == STDOUT:
        with _to_stdout() as file:
            yield file
        return
    target = Path(os.path.realpath(target))
    _look(target, force=force)
    part = _part(target)
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _name(part, target, force=force)
    except OSError as error:
        raise _explained(error, target) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    _sync(target.parent)


@contextmanager
def _to_stdout() -> Iterator[IO[bytes]]:
    if sys.stdout.isatty():
        raise Misuse("these bytes are nothing for a terminal; name a file: --out FILE")
    with tempfile.TemporaryFile() as file:
        try:
            yield file
        except OSError as error:
            raise _explained(error, Path(tempfile.gettempdir())) from error
        file.seek(0)
        shutil.copyfileobj(file, sys.stdout.buffer)


def _look(target: Path, *, force: bool) -> None:
    """See that a file may be written there, before any work is done."""
    if not target.parent.is_dir():
        raise Failure(f"there is no folder {target.parent} to put {target.name} in; make it, or name another")
    if not target.exists():
        return
    if not target.is_file():
        raise Misuse(f"{target} is no file; name one")
    if not force:
        raise Failure(f"{target} exists; name another file, or overwrite it with --force")
    with target.open("rb") as file:
        if file.read(len(_DATABASE)) == _DATABASE:
            raise Failure(f"{target} is a database, perhaps the archive itself, and is not overwritten; name another")


def _part(target: Path) -> Path:
    """A new file beside the target, with the permissions that the target is to have."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".part", dir=target.parent)
    except OSError as error:
        raise _explained(error, target) from error
    mask = os.umask(0)
    os.umask(mask)
    os.fchmod(handle, 0o666 & ~mask)
    os.close(handle)
    return Path(name)


def _name(part: Path, target: Path, *, force: bool) -> None:
    """Give the file its name, and overwrite nothing that appeared there in the meantime."""
    if force:
        part.replace(target)
        return
    try:
        os.link(part, target)
    except FileExistsError:
        raise Failure(f"{target} appeared meanwhile and is left as it is; name another file, or add --force") from None
    except OSError:  # there are file systems without links
        if target.exists():
            raise Failure(f"{target} appeared meanwhile and is left as it is; name another, or add --force") from None
        part.rename(target)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # not every file system can
            os.fsync(handle)
    finally:
        os.close(handle)


def _explained(error: OSError, target: Path) -> Failure:
    if error.errno in _NO_ROOM:
        return Failure(f"no room for {target}; nothing of it is left behind, make room or name a file elsewhere")
    return Failure(f"{target} cannot be written: {error.strerror or error}")
