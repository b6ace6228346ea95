"""What the archive promises: nothing kept is altered, a unit is whole or absent, and its errors say what to do."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from changes.kinds import SiteNotice
from changes.release import Release
from storage import migrations
from storage.archive import Archive
from storage.errors import ArchiveError, Damaged, Locked, NewerArchive, NotAnArchive
from storage.records import PageState
from storage.tables import metadata
from storage.unit import Visit
from tests.contract.backends import Backend
from tests.contract.desk import HOUR, NOON, Desk, keep, say

RELEASE = Release(title="A")
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("table", ["payloads", "snapshots", "changes", "notices", "versions"])
@pytest.mark.parametrize(
    "attempt",
    [
        "DELETE FROM {}",
        "UPDATE {} SET id = id + 1",
        "INSERT INTO {0} SELECT * FROM {0} WHERE true ON CONFLICT (id) DO UPDATE SET id = excluded.id",
    ],
)
def test_what_is_kept_cannot_be_edited_or_deleted_by_any_program(desk: Desk, table: str, attempt: str) -> None:
    desk.say(desk.page(), "A")
    with desk.archive.writing() as unit:
        unit.add_notice(desk.site.id, SiteNotice.GAP, text="t", detail={}, at=NOON)
    with desk.backend.raw() as other:
        before = other.execute(f"SELECT * FROM {table}")
        with pytest.raises(desk.backend.refusal, match=r"kept: never|FOREIGN KEY|UNIQUE"):
            other.execute(attempt.format(table))
        assert other.execute(f"SELECT * FROM {table}") == before


@pytest.mark.parametrize("column", ["release", "digest", "snapshot_id", "first_seen", "number", "rules", "page_id"])
def test_of_a_version_only_the_last_visit_moves(desk: Desk, column: str) -> None:
    desk.say(desk.page(), "A")
    with desk.backend.raw() as other:
        with pytest.raises(desk.backend.refusal, match="never edited"):
            other.execute(f"UPDATE versions SET {column} = {column}")
        other.execute("UPDATE versions SET visits = visits + 1")
        assert other.execute("SELECT visits FROM versions") == [(2,)]


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


def test_a_flipped_bit_in_a_payload_is_found_though_the_database_thinks_all_is_well(desk: Desk) -> None:
    page = desk.page()
    with desk.archive.writing() as unit:
        kept = keep(unit, page, random.Random(1).randbytes(3000))
    with desk.backend.raw(guarded=False) as other:
        ((data,),) = other.execute("SELECT data FROM payloads")
        other.execute("UPDATE payloads SET data = ?", bytes([data[0] ^ 1]) + data[1:])
    assert desk.archive.check() == []
    with pytest.raises(Damaged, match=f"{kept.digest} is damaged.*restore"):
        desk.archive.payload(kept.digest)


@pytest.mark.parametrize(
    ("table", "column", "rotten"),
    [
        ("pages", "state", "{"),
        ("snapshots", "headers", "["),
        ("versions", "release", b"{\xff"),
        ("changes", "finding", "{"),
        ("changes", "kind", "edted"),
    ],
)
def test_a_row_that_cannot_be_what_was_written_is_called_damaged(
    desk: Desk, table: str, column: str, rotten: str | bytes
) -> None:
    page = desk.page()
    desk.say(page, "A")
    with desk.backend.raw(guarded=False) as other:
        other.execute(f"UPDATE {table} SET {column} = ?", rotten)
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


def test_several_processes_may_make_the_same_archive_at_once(backend: Backend) -> None:
    code = (
        "import sys; from storage.archive import Archive\n"
        "with Archive.open(sys.argv[1]) as archive, archive.writing() as unit: unit.add_site(sys.argv[2])"
    )
    url = backend.empty("anew")
    running = [subprocess.Popen([sys.executable, "-c", code, url, str(number)], cwd=ROOT) for number in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    with Archive.open(url) as archive:
        assert [site.name for site in archive.sites()] == ["0", "1", "2"]


def test_an_archive_of_a_newer_version_is_left_alone(desk: Desk) -> None:
    desk.archive.close()
    with desk.backend.raw() as other:
        other.execute("UPDATE alembic_version SET version_num = '0999'")
    with pytest.raises(NewerArchive, match=r"newer Pressvakt \(schema 0999\); upgrade: pip install -U pressvakt"):
        Archive.open(desk.backend.url())
    with desk.backend.raw() as other:
        assert other.execute("SELECT version_num FROM alembic_version") == [("0999",)]


@pytest.mark.parametrize(
    "address",
    [
        "archive.db",
        "mysql://localhost/press",
        "postgresql://localhost",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:////",
        "sqlite:////a.db?timeout=x",
    ],
)
def test_an_address_that_names_no_archive_is_refused(address: str) -> None:
    with pytest.raises(NotAnArchive):
        Archive.open(address)


def test_the_migrations_make_the_tables_that_the_code_expects(desk: Desk) -> None:
    with desk.archive._database.reading() as sql:
        # the tables in which the database keeps its full text indexes are its own affair
        opts = {"include_name": lambda name, kind, _: kind != "table" or not sql.database.words.is_index_table(name)}
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
