"""What an archive in an SQLite file promises besides: its file, its disk, and what may befall them."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from storage.archive import Archive
from storage.errors import ArchiveError, Damaged, DiskFull, NewerArchive, NotAnArchive
from tests.contract.desk import HOUR, NOON, Desk


def raw(path: Path) -> sqlite3.Connection:
    """The file as any other program opens it."""
    return sqlite3.connect(path, isolation_level=None)


@pytest.fixture
def desk(sqlite_desk: Desk) -> Desk:
    return sqlite_desk


def test_every_connection_writes_ahead_and_checks_its_references(desk: Desk) -> None:
    expected = {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 30000}
    for transaction in (desk.archive._database.reading, desk.archive._database.writing):
        with transaction() as sql:
            found = {name: sql.connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in expected}
            assert found == expected
            assert sql.connection.exec_driver_sql("PRAGMA journal_size_limit").scalar() == 64 * 1024 * 1024


def test_a_full_disk_takes_nothing_in_part_wherever_it_strikes(desk: Desk) -> None:
    page = desk.page()
    rnd = random.Random(4)
    refused = 0
    for number in range(40):
        room = f"PRAGMA max_page_count={_pages(desk) + number // 2}"
        with desk.archive._database.writing() as sql:
            sql.connection.exec_driver_sql(room)
        whole = len(desk.archive.versions(page.id))
        try:
            desk.say(page, f"edit {number}", at=NOON + number * HOUR, body=rnd.randbytes(9_000))
        except DiskFull as error:
            assert "make room" in str(error)  # noqa: PT017 - some attempts fit
            refused += 1
        else:
            whole += 1
        counts = {
            len(desk.archive.versions(page.id)),
            len(desk.archive.snapshots(page.id)),
            len(list(desk.archive.changes())),
        }
        assert counts == {whole}
    assert 0 < refused < 40
    assert desk.archive.check() == []


def _pages(desk: Desk) -> int:
    with desk.archive._database.reading() as sql:
        return int(sql.connection.exec_driver_sql("PRAGMA page_count").scalar() or 0)


@pytest.mark.parametrize(
    ("table", "column"),
    [("pages", "state"), ("pages", "url"), ("snapshots", "headers"), ("versions", "release"), ("changes", "finding")],
)
def test_rot_in_any_row_is_called_damage(desk: Desk, table: str, column: str) -> None:
    page = desk.page()
    desk.say(page, "A")
    with closing(raw(desk.path)) as other:
        for (trigger,) in other.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            other.execute(f"DROP TRIGGER {trigger}")
        as_type = "BLOB" if column == "release" else "TEXT"
        other.execute(f"UPDATE {table} SET {column} = CAST(x'7bff' || substr({column}, 3) AS {as_type})")
    with pytest.raises(Damaged, match=r"damaged"):
        [
            *desk.archive.pages(desk.site.id),
            *desk.archive.snapshots(page.id),
            *desk.archive.versions(page.id),
            *desk.archive.changes(),
        ]


def test_an_archive_is_not_made_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotAnArchive, match="there is no folder"):
        Archive.open(f"sqlite:///{tmp_path}/none/a.db")


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with closing(raw(path)) as other:
        other.execute("CREATE TABLE books (id)")
    before = path.read_bytes()
    with pytest.raises(NotAnArchive, match="another program"):
        Archive.open(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"my notes " * 900)
    with pytest.raises(NotAnArchive, match="choose another file"):
        Archive.open(f"sqlite:///{path}")
    assert path.read_bytes() == b"my notes " * 900


def _cut(data: bytearray) -> None:
    del data[len(data) // 2 :]


def _overwrite_schema(data: bytearray) -> None:
    data[100:4096] = os.urandom(3996)


def _overwrite_header(data: bytearray) -> None:
    data[:100] = bytes(100)


def _overwrite_tables(data: bytearray) -> None:
    for start in range(4096, len(data), 4096):
        data[start : start + 8] = b"\xff" * 8


@pytest.mark.parametrize("harm", [_cut, _overwrite_schema, _overwrite_header, _overwrite_tables])
def test_a_damaged_file_is_refused_in_one_clear_line_and_never_made_anew(
    desk: Desk, harm: Callable[[bytearray], None]
) -> None:
    page = desk.page()
    for number in range(20):
        desk.say(page, f"edit {number}", body=os.urandom(5000))
    desk.archive.close()
    data = bytearray(desk.path.read_bytes())
    harm(data)
    desk.path.write_bytes(data)
    with pytest.raises((Damaged, NotAnArchive), match=r"damaged.*restore a backup") as caught:
        Archive.open(f"sqlite:///{desk.path}")
    assert "\n" not in str(caught.value)
    assert desk.path.read_bytes() == bytes(data)


def test_a_file_that_vanishes_is_missed_and_not_made_anew(desk: Desk) -> None:
    for name in ("press.db", "press.db-wal", "press.db-shm"):
        (desk.path.parent / name).unlink()
    desk.archive._database._reader.dispose()
    with pytest.raises(ArchiveError, match="cannot be opened"):
        desk.archive.sites()
    assert not desk.path.exists()


def test_a_file_of_a_newer_version_is_left_as_it_is_to_the_byte(desk: Desk) -> None:
    desk.archive.close()
    with closing(raw(desk.path)) as other:
        other.execute("UPDATE alembic_version SET version_num = '0999'")
    before = desk.path.read_bytes()
    with pytest.raises(NewerArchive):
        Archive.open(f"sqlite:///{desk.path}")
    assert desk.path.read_bytes() == before
