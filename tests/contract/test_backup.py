"""A backup is of one moment, sound, and never in the way of what is there."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from storage.archive import Archive
from storage.backup import backup
from storage.errors import ArchiveError, Damaged, DiskFull
from storage.inspection import verify
from storage.unit import Visit
from tests.contract.desk import NOON, Desk
from tests.contract.test_verify import told

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def desk(sqlite_desk: Desk) -> Desk:
    return sqlite_desk


def fill(desk: Desk, pages: int = 20) -> None:
    with desk.archive.writing() as unit:
        for name in range(pages):
            page = unit.add_page(desk.site.id, f"https://press.example/{name}", at=NOON, baseline=False)
            told(unit, page, 1, os.urandom(3000))


def test_a_copy_made_while_others_write_is_of_one_moment_and_sound(desk: Desk, tmp_path: Path) -> None:
    fill(desk, 200)
    end = threading.Event()
    written = 0

    def go_on_writing() -> None:
        nonlocal written
        page = desk.page("busy")
        with Archive.open(f"sqlite:///{desk.path}") as other:
            while not end.is_set():
                written += 1
                with other.writing() as unit:
                    told(unit, page, written, os.urandom(3000))

    writer = threading.Thread(target=go_on_writing)
    writer.start()
    try:
        made = [backup(desk.archive, tmp_path / f"copy{number}.db") for number in range(3)]
    finally:
        end.set()
        writer.join()

    assert written > 3
    for one in made:
        assert one.digest == "sha256:" + hashlib.sha256(one.file.read_bytes()).hexdigest()
        with Archive.open(f"sqlite:///{one.file}") as copy:
            assert list(verify(copy)) == []
            assert len(list(copy.changes())) >= 200
    assert sorted(file.name for file in tmp_path.iterdir() if "part" in file.name) == []


def test_a_copy_holds_what_was_written_a_moment_before(desk: Desk, tmp_path: Path) -> None:
    fill(desk)
    page = desk.page("0")
    with desk.archive.writing() as unit:
        told(unit, page, 1, b"last words")
        unit.extend([Visit(page_id=page.id, at=NOON, status=304)])

    made = backup(desk.archive, tmp_path / "copy.db")

    with Archive.open(f"sqlite:///{made.file}") as copy:
        assert copy.versions(page.id) == desk.archive.versions(page.id)
        assert list(copy.changes()) == list(desk.archive.changes())


def test_what_exists_is_not_overwritten(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "taken.db").write_text("mine")

    with pytest.raises(ArchiveError, match="overwrites nothing; name another file"):
        backup(desk.archive, tmp_path / "taken.db")
    with pytest.raises(ArchiveError, match=r"no folder .*nowhere"):
        backup(desk.archive, tmp_path / "nowhere" / "copy.db")

    assert (tmp_path / "taken.db").read_text() == "mine"


def test_a_damaged_archive_gives_no_backup(desk: Desk, tmp_path: Path) -> None:
    fill(desk)
    with closing(sqlite3.connect(desk.path, isolation_level=None)) as file:
        file.execute("DROP TRIGGER payloads_no_update")
        file.execute("UPDATE payloads SET data = zeroblob(9) WHERE id = 7")

    with pytest.raises(Damaged, match=r"not sound \(payload sha256:.*pressvakt verify"):
        backup(desk.archive, tmp_path / "copy.db")

    assert not list(tmp_path.glob("copy.db*"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_named(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)

    with pytest.raises(ArchiveError, match=r"copy\.db"):
        backup(desk.archive, folder / "copy.db")


LIMITED = """
import resource, signal, sys
from pathlib import Path
from storage.archive import Archive
from storage.backup import backup
archive = Archive.open("sqlite:///" + sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    backup(archive, Path(sys.argv[2]))
except Exception as error:
    print(type(error).__name__, error)
"""


def test_without_room_nothing_is_left_behind(desk: Desk, tmp_path: Path) -> None:
    fill(desk, 60)
    ran = run(LIMITED, str(desk.path), str(tmp_path / "copy.db"))

    assert "copy.db" in ran.stdout, ran.stderr
    assert any(kind.__name__ in ran.stdout for kind in (DiskFull, ArchiveError))
    assert not list(tmp_path.glob("copy.db*"))


KILLED = """
import os, signal, sys
from pathlib import Path
from storage.archive import Archive
from storage.backup import backup
archive = Archive.open("sqlite:///" + sys.argv[1])
def watch(part, done, total):
    if part == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)
backup(archive, Path(sys.argv[2]), watch=watch)
"""


@pytest.mark.parametrize("part", ["copy", "verify"])
def test_killed_it_leaves_no_file_of_that_name_and_the_next_run_makes_it(desk: Desk, tmp_path: Path, part: str) -> None:
    fill(desk)
    ran = run(KILLED, str(desk.path), str(tmp_path / "copy.db"), part)
    assert ran.returncode == -signal.SIGKILL
    assert [file.name for file in tmp_path.glob("copy.db*") if file.name == "copy.db"] == []

    made = backup(desk.archive, tmp_path / "copy.db")

    assert [file.name for file in tmp_path.glob("copy.db*")] == [made.file.name]


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


def test_the_copy_is_an_archive_of_its_own(desk: Desk, tmp_path: Path) -> None:
    fill(desk)
    backup(desk.archive, tmp_path / "copy.db")

    with Archive.open(f"sqlite:///{tmp_path / 'copy.db'}") as copy, copy.writing() as unit:
        unit.add_site("other.example")

    assert desk.archive.site("other.example") is None
