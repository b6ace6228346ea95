"""What the archive promises: nothing kept is altered, a unit is whole or absent, and its errors say what to do."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from changes.kinds import SiteNotice
from changes.release import Release
from storage import migrations
from storage.archive import Archive
from storage.errors import ArchiveError, Damaged, DiskFull, Locked, NewerArchive, NotAnArchive
from storage.fts5 import is_index_table
from storage.records import PageState
from storage.tables import metadata
from storage.unit import Visit
from tests.contract.desk import HOUR, NOON, Desk, keep, say

RELEASE = Release(title="A")
ROOT = Path(__file__).resolve().parents[2]


def raw(path: Path) -> sqlite3.Connection:
    """The file as any other program opens it."""
    return sqlite3.connect(path, isolation_level=None)


@pytest.mark.parametrize("table", ["payloads", "snapshots", "changes", "notices", "versions"])
@pytest.mark.parametrize(
    "attempt", ["DELETE FROM {}", "UPDATE {} SET id = id + 1", "REPLACE INTO {0} SELECT * FROM {0}"]
)
def test_what_is_kept_cannot_be_edited_or_deleted_by_any_program(desk: Desk, table: str, attempt: str) -> None:
    desk.say(desk.page(), "A")
    with desk.archive.writing() as unit:
        unit.add_notice(desk.site.id, SiteNotice.GAP, text="t", detail={}, at=NOON)
    with closing(raw(desk.path)) as other:
        other.execute("PRAGMA recursive_triggers=1")
        before = other.execute(f"SELECT * FROM {table}").fetchall()
        with pytest.raises(sqlite3.IntegrityError, match=r"kept: never|FOREIGN KEY|UNIQUE"):
            other.execute(attempt.format(table))
        assert other.execute(f"SELECT * FROM {table}").fetchall() == before


@pytest.mark.parametrize("column", ["release", "digest", "snapshot_id", "first_seen", "number", "rules", "page_id"])
def test_of_a_version_only_the_last_visit_moves(desk: Desk, column: str) -> None:
    desk.say(desk.page(), "A")
    with closing(raw(desk.path)) as other:
        with pytest.raises(sqlite3.IntegrityError, match="never edited"):
            other.execute(f"UPDATE versions SET {column} = 0")
        assert other.execute("UPDATE versions SET visits = visits + 1").rowcount == 1


def test_every_connection_writes_ahead_and_checks_its_references(desk: Desk) -> None:
    expected = {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 30000}
    for transaction in (desk.archive._database.reading, desk.archive._database.writing):
        with transaction() as sql:
            found = {name: sql.connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in expected}
            assert found == expected
            assert sql.connection.exec_driver_sql("PRAGMA journal_size_limit").scalar() == 64 * 1024 * 1024


def test_a_reader_cannot_write(desk: Desk) -> None:
    with pytest.raises(ArchiveError, match="may not be written"), desk.archive._database.reading() as sql:
        sql.run(metadata.tables["sites"].insert(), {"name": "x", "baseline": True})


def test_a_unit_that_raises_leaves_nothing(desk: Desk) -> None:
    page = desk.page()
    with pytest.raises(KeyboardInterrupt), desk.archive.writing() as unit:  # noqa: PT012 - a unit is several statements
        say(unit, page, "A")
        raise KeyboardInterrupt
    assert desk.archive.versions(page.id) == []
    assert desk.archive.snapshots(page.id) == []
    desk.say(page, "B")
    assert [version.number for version in desk.archive.versions(page.id)] == [1]


def test_a_unit_is_not_kept_in_part_where_an_error_was_swallowed(desk: Desk) -> None:
    page = desk.page()
    with pytest.raises(ArchiveError, match="none of it is kept"), desk.archive.writing() as unit:  # noqa: PT012
        kept = keep(unit, page, b"A")
        try:
            unit.add_version(page.id, snapshot_id=kept.id + 99, release=RELEASE, digest="d", rules="r", at=NOON)
        except ArchiveError:
            unit.update_page(page.id, state=PageState.LIVE)
    assert desk.archive.snapshots(page.id) == []
    assert desk.archive.page_by_id(page.id) == page


def test_a_unit_reads_what_it_wrote_and_others_see_it_only_when_it_is_whole(desk: Desk) -> None:
    page = desk.page()
    with desk.archive.writing() as unit:
        version = say(unit, page, "A")
        assert unit.latest(page.id) == version
        assert desk.archive.latest(page.id) is None
    assert desk.archive.latest(page.id) == version


def test_a_unit_takes_nothing_after_its_end(desk: Desk) -> None:
    with desk.archive.writing() as unit:
        pass
    with pytest.raises(ArchiveError, match="has ended"):
        unit.add_site("late.example")


def test_a_unit_inside_a_unit_is_refused_at_once(desk: Desk) -> None:
    with desk.archive.writing(), pytest.raises(ArchiveError, match="open in this thread"), desk.archive.writing():
        pass


def test_a_second_process_that_writes_too_long_is_named_and_nothing_is_lost(
    desk: Desk, open_archive: Callable[..., Archive]
) -> None:
    hasty = open_archive(query="?timeout=0.05")
    with desk.archive.writing() as unit:
        unit.add_site("first.example")
        with pytest.raises(Locked, match="another process is writing"), hasty.writing():
            pass
        assert hasty.site("first.example") is None  # reading waits for nobody
    with hasty.writing() as unit:
        unit.add_site("second.example")
    assert [site.name for site in desk.archive.sites()] == ["first.example", "press.example", "second.example"]


def test_threads_write_in_turn_and_read_at_any_time(desk: Desk) -> None:
    pages = [desk.page(str(number)) for number in range(4)]

    def work(number: int) -> int:
        page = pages[number]
        for edit in range(10):
            desk.say(page, f"{number}/{edit}", at=NOON + edit * HOUR)
            assert sum(1 for _ in desk.archive.changes()) >= edit
        return len(desk.archive.versions(page.id))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(4))) == [10] * 4
    assert desk.archive.check() == []


def test_a_forked_process_may_not_go_on_with_its_parents_archive(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: pid + 1)
    with pytest.raises(ArchiveError, match="open it again"):
        desk.archive.sites()
    with pytest.raises(ArchiveError, match="open it again"), desk.archive.writing():
        pass


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


def test_a_flipped_bit_in_a_payload_is_found_though_the_database_thinks_all_is_well(desk: Desk) -> None:
    page = desk.page()
    with desk.archive.writing() as unit:
        kept = keep(unit, page, random.Random(1).randbytes(3000))
    with closing(raw(desk.path)) as other:
        other.execute("DROP TRIGGER payloads_no_update")
        other.execute("UPDATE payloads SET data = CAST(x'00' || substr(data, 2) AS BLOB)")
    assert desk.archive.check() == []
    with pytest.raises(Damaged, match=f"{kept.digest} is damaged.*restore"):
        desk.archive.payload(kept.digest)


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


def test_what_was_never_kept_is_said_to_be_so(desk: Desk) -> None:
    with pytest.raises(ArchiveError, match="no payload is kept under sha256:00"):
        desk.archive.payload("sha256:00")
    assert desk.archive.snapshot(1) is None
    assert desk.archive.latest(1) is None


def test_an_archive_is_made_once_and_found_again(desk: Desk, open_archive: Callable[..., Archive]) -> None:
    page = desk.page()
    desk.say(page, "A")
    desk.archive.close()
    assert open_archive().versions(page.id)[0].release.title == "A"


def test_several_processes_may_make_the_same_archive_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from storage.archive import Archive\n"
        "with Archive.open(sys.argv[1]) as archive, archive.writing() as unit: unit.add_site(sys.argv[2])"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, f"sqlite:///{tmp_path / 'a.db'}", str(number)], cwd=ROOT)
        for number in range(3)
    ]
    assert [process.wait() for process in running] == [0, 0, 0]
    with Archive.open(f"sqlite:///{tmp_path / 'a.db'}") as archive:
        assert [site.name for site in archive.sites()] == ["0", "1", "2"]


def test_an_archive_of_a_newer_version_is_left_alone(desk: Desk) -> None:
    desk.archive.close()
    with closing(raw(desk.path)) as other:
        other.execute("UPDATE alembic_version SET version_num = '0999'")
    before = desk.path.read_bytes()
    with pytest.raises(NewerArchive, match=r"newer Pressvakt \(schema 0999\); upgrade: pip install -U pressvakt"):
        Archive.open(f"sqlite:///{desk.path}")
    assert desk.path.read_bytes() == before


@pytest.mark.parametrize(
    "address",
    [
        "archive.db",
        "postgresql://localhost/press",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:////",
        "sqlite:////a.db?timeout=x",
    ],
)
def test_an_address_that_names_no_archive_is_refused(address: str) -> None:
    with pytest.raises(NotAnArchive):
        Archive.open(address)


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


def test_the_migrations_make_the_tables_that_the_code_expects(desk: Desk) -> None:
    with desk.archive._database.reading() as sql:
        # the tables in which the database keeps its full text indexes are its own affair
        opts = {"include_name": lambda name, kind, _: kind != "table" or not is_index_table(name)}
        assert compare_metadata(MigrationContext.configure(sql.connection, opts=opts), metadata) == []
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert script.get_heads() == [migrations.SCHEMA]


def test_two_hundred_unchanged_visits_are_one_unit(desk: Desk) -> None:
    with desk.archive.writing() as unit:
        pages = [unit.add_page(desk.site.id, f"https://press.example/{n}", at=NOON, baseline=True) for n in range(200)]
        for page in pages:
            say(unit, page, page.url)
    visits = [Visit(page_id=page.id, at=NOON + HOUR, status=200, digest="d", fingerprint="f") for page in pages]
    with desk.archive.writing() as unit:
        unit.extend(visits)
    assert {page.last_seen for page in desk.archive.pages(desk.site.id)} == {NOON + HOUR}
    assert {version.visits for page in pages for version in desk.archive.versions(page.id)} == {2}


def test_a_thread_that_reads_slowly_does_not_hold_up_the_writer(desk: Desk) -> None:
    for number in range(3):
        desk.say(desk.page(str(number)), str(number))
    slow: Iterator[object] = desk.archive.changes()
    next(slow)
    done = threading.Event()

    def write() -> None:
        desk.say(desk.page("more"), "more")
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    writer.join()
    assert done.is_set()
    assert len(list(slow)) == 2
