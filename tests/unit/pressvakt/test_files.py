"""Files are written whole or not at all."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pressvakt.exporting.files import whole_file
from pressvakt.failure import Failure, Misuse


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "export.bin"


def write(target: Path, data: bytes, *, force: bool = False) -> None:
    with whole_file(target, force=force) as file:
        file.write(data)


def test_a_file_stands_there_when_all_is_written(target: Path) -> None:
    with whole_file(target) as file:
        file.write(b"whole")
        assert not target.exists()

    assert target.read_bytes() == b"whole"
    assert list(target.parent.iterdir()) == [target]
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(target.stat().st_mode) == 0o666 & ~mask


def test_of_one_that_failed_nothing_is_left(target: Path) -> None:
    def fail() -> None:
        with whole_file(target) as file:
            file.write(b"half")
            raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        fail()

    assert list(target.parent.iterdir()) == []


def test_what_exists_is_overwritten_only_by_force(target: Path) -> None:
    write(target, b"old")

    with pytest.raises(Failure, match="exists; name another file, or overwrite it with --force"):
        write(target, b"new")
    assert target.read_bytes() == b"old"

    write(target, b"new", force=True)
    assert target.read_bytes() == b"new"


def test_what_appears_meanwhile_is_left_alone(target: Path) -> None:
    def race() -> None:
        with whole_file(target) as file:
            file.write(b"ours")
            target.write_bytes(b"theirs")

    with pytest.raises(Failure, match="appeared meanwhile"):
        race()

    assert target.read_bytes() == b"theirs"


def test_a_database_is_never_overwritten(target: Path) -> None:
    with closing(sqlite3.connect(target)) as file:
        file.execute("CREATE TABLE kept (id)")

    with pytest.raises(Failure, match="is a database"):
        write(target, b"x", force=True)


def test_a_link_stays_one_and_its_file_is_written(target: Path, tmp_path: Path) -> None:
    write(target, b"old")
    link = tmp_path / "link"
    link.symlink_to(target)

    write(link, b"new", force=True)

    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_folder_is_no_file_and_must_be_there(target: Path, tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="is no file"):
        write(tmp_path, b"x", force=True)
    with pytest.raises(Failure, match="there is no folder"):
        write(tmp_path / "no" / "where", b"x")


@pytest.fixture
def _little_room() -> Iterator[None]:
    """No file may grow beyond 64 KiB: as on a disk that is full."""
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.usefixtures("_little_room")
def test_a_full_disk_is_said_in_one_line_and_leaves_the_old_file(target: Path) -> None:
    write(target, b"old")

    with pytest.raises(Failure, match=r"no room for .*; nothing of it is left behind"):
        write(target, bytes(200_000), force=True)

    assert target.read_bytes() == b"old"
    assert list(target.parent.iterdir()) == [target]
