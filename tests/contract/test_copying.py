"""An archive moved into another database is the same archive, whichever kind either is, and however often it was cut short."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from changes.compare import compare
from changes.kinds import SiteNotice
from storage.archive import Archive
from storage.audits import Action, Audit, list_audits
from storage.copying import copy_archive, tables
from storage.errors import ArchiveError, Locked
from storage.inspection import verify
from storage.purging import purge_version
from tests.contract.backends import Backend, Pool, Postgres, Sqlite
from tests.contract.desk import HOUR, NOON, Desk
from tests.contract.test_search import edits, release, tell, titles

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    """Another place, of each kind."""
    (tmp_path / "elsewhere").mkdir()
    if request.param == "sqlite":
        yield Sqlite(tmp_path / "elsewhere")
        return
    pool: Pool = request.getfixturevalue("pool")
    made = Postgres(pool)
    yield made
    made.close()


@pytest.fixture
def full(desk: Desk) -> Desk:
    """Pages with edits, a notice, a purged version, a change that was dropped, and the last id among those given."""
    rnd = random.Random(3)
    filler = " ".join(f"w{rnd.randrange(10**6)}" for _ in range(300))
    for name in range(6):
        page = desk.page(str(name))
        for number in range(4):
            says = release(f"Decision {name}", f"{filler} The state pays {number + 1}00 million kronor.")
            tell(desk, page, says, at=NOON + number * HOUR)
    with desk.archive.writing() as unit:
        unit.add_notice(desk.site.id, SiteNotice.GAP, text="ö\n", detail={"å": [1, None]}, at=NOON)
    (page,) = desk.archive.find_page("https://press.example/news/3")
    purge_version(desk.archive, page, 2, Audit(at=NOON, who="me", action=Action.PURGE, reason="asked"))
    with desk.archive.writing() as unit:
        while unit.index_more():
            pass
    return desk


def kept(archive: Archive) -> dict[str, object]:
    """All that an archive gives."""
    pages = [page for site in archive.sites() for page in archive.pages(site.id)]
    snapshots = [one for page in pages for one in archive.snapshots(page.id)]
    return {
        "sites": archive.sites(),
        "pages": pages,
        "snapshots": snapshots,
        "payloads": [archive.payload(one.digest) for one in snapshots],
        "versions": [one for page in pages for one in archive.versions(page.id)],
        "changes": list(archive.changes()),
        "notices": list(archive.notices()),
        "audits": list_audits(archive),
        "found": [one.title for one in archive.search("million kronor")],
        "lost": [one.change.id for one in archive.search_changes("200", added=False)],
    }


def test_a_copy_gives_all_that_the_archive_gives(full: Desk, elsewhere: Backend) -> None:
    seen: list[tuple[str, int, int]] = []

    copied = copy_archive(full.archive, elsewhere.url(), watch=lambda *far: seen.append(far))

    assert list(dict.fromkeys(part for part, _, _ in seen)) == ["copy", "index", "compare"]
    assert all(0 < done <= total for _, done, total in seen)
    assert set(copied.tables) == {table.name for table in tables()}
    with Archive.open(elsewhere.url()) as copy:
        assert kept(copy) == kept(full.archive)
        assert list(verify(copy)) == []
        assert copy.unindexed() == 0


def test_ids_go_on_after_the_last_that_was_ever_given(full: Desk, elsewhere: Backend) -> None:
    page = full.page("last")
    version = tell(full, page, release("Last", "words"))
    (last,) = [change.id for change in full.archive.changes(url=page.url)]
    with full.backend.raw(guarded=False) as other:
        other.execute("DELETE FROM unindexed_changes")
        other.execute("DELETE FROM changes WHERE id = ?", last)
        other.execute("DELETE FROM owed")

    copy_archive(full.archive, elsewhere.url())

    with Archive.open(elsewhere.url()) as copy, copy.writing() as unit:
        (finding, *_) = compare(version.release, release("Last", "other words"))
        given = unit.add_change(
            page.id, finding, before=1, after=1, title="t", url=page.url, at=NOON, baseline=False, crawl_id=None
        )
    assert given > last


def test_what_is_already_there_is_left_alone(full: Desk, elsewhere: Backend) -> None:
    with Archive.open(elsewhere.url()) as other, other.writing() as unit:
        unit.add_site("mine.example")

    with pytest.raises(ArchiveError, match=r"is not empty \(it has sites\)"):
        copy_archive(full.archive, elsewhere.url())
    with pytest.raises(ArchiveError, match="into itself"):
        copy_archive(full.archive, full.backend.url())

    with Archive.open(elsewhere.url()) as other:
        assert [site.name for site in other.sites()] == ["mine.example"]


class CutShortError(Exception):
    """Raised where a copy is to end."""


def cut_after(batches: int) -> Callable[[str, int, int], None]:
    left = [batches]

    def watch(part: str, done: int, total: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise CutShortError

    return watch


@pytest.mark.parametrize("batches", [0, 5])
def test_a_copy_that_was_cut_short_is_no_archive_and_goes_on_where_it_was(
    full: Desk, elsewhere: Backend, batches: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.copying._ROWS", 7)
    monkeypatch.setattr("storage.copying._LONG_ROWS", 5)
    with pytest.raises(CutShortError):
        copy_archive(full.archive, elsewhere.url(), watch=cut_after(batches))
    with pytest.raises(ArchiveError, match="cut short; run `pressvakt archive copy` once more"):
        Archive.open(elsewhere.url())

    copy_archive(full.archive, elsewhere.url())

    with Archive.open(elsewhere.url()) as copy:
        assert kept(copy) == kept(full.archive)


KILLED = """
import os, signal, sys
from storage import copying
from storage.archive import Archive
copying._ROWS = copying._LONG_ROWS = 3
left = [int(sys.argv[3])]
def watch(part, done, total):
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)
copying.copy_archive(Archive.open(sys.argv[1]), sys.argv[2], watch=watch)
"""


def test_killed_twice_it_goes_on_and_ends(full: Desk, elsewhere: Backend) -> None:
    for batches in (4, 12):
        ran = subprocess.run(
            [sys.executable, "-c", KILLED, full.backend.url(), elsewhere.url(), str(batches)],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ran.returncode == -signal.SIGKILL, ran.stderr

    copy_archive(full.archive, elsewhere.url())

    with Archive.open(elsewhere.url()) as copy:
        assert kept(copy) == kept(full.archive)
        assert list(verify(copy)) == []


def test_a_copy_of_what_has_changed_meanwhile_is_never_called_whole(full: Desk, elsewhere: Backend) -> None:
    def cut(part: str, done: int, total: int) -> None:
        if part == "index":
            raise CutShortError

    with pytest.raises(CutShortError):
        copy_archive(full.archive, elsewhere.url(), watch=cut)
    full.page("found meanwhile")

    with pytest.raises(ArchiveError, match=r"pages of .* are not those of .*; empty the target, and copy anew"):
        copy_archive(full.archive, elsewhere.url())
    with pytest.raises(ArchiveError, match="cut short"):
        Archive.open(elsewhere.url())


def test_the_beginning_of_another_archives_copy_is_not_gone_on_with(
    full: Desk, elsewhere: Backend, open_archive: Callable[..., Archive]
) -> None:
    with pytest.raises(CutShortError):
        copy_archive(full.archive, elsewhere.url(), watch=cut_after(1))
    other = open_archive("other")
    with other.writing() as unit:
        unit.add_site("other.example")

    with pytest.raises(ArchiveError, match="another archive"):
        copy_archive(other, elsewhere.url())


def test_nobody_writes_into_an_archive_that_is_copied(
    full: Desk, elsewhere: Backend, open_archive: Callable[..., Archive]
) -> None:
    hasty = open_archive(query="?timeout=0.05")
    refused = []

    def watch(part: str, done: int, total: int) -> None:
        with pytest.raises(Locked), hasty.writing():
            pass
        refused.append(part)

    copy_archive(full.archive, elsewhere.url(), watch=watch)

    assert {"copy", "compare"} <= set(refused)
    with hasty.writing() as unit:
        unit.add_site("afterwards.example")


def test_an_archive_goes_there_and_back_and_can_be_searched_as_before(
    full: Desk, elsewhere: Backend, tmp_path: Path
) -> None:
    copy_archive(full.archive, elsewhere.url())
    with Archive.open(elsewhere.url()) as copy:
        copy_archive(copy, f"sqlite:///{tmp_path / 'back.db'}")

    with Archive.open(f"sqlite:///{tmp_path / 'back.db'}") as back:
        assert kept(back) == kept(full.archive)
        home = Desk(back, full.site, full.backend)
        assert len(titles(home, "million")) == 6
        assert len(edits(home, "200", added=False)) == len(edits(full, "200", added=False))
