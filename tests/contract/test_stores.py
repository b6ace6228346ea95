"""Payloads that are kept in a folder, or wherever fsspec reaches, are kept as well as those in the database."""

from __future__ import annotations

import hashlib
import os
import random
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zstandard

from storage.archive import Archive
from storage.copying import copy_archive
from storage.errors import ArchiveError, Damaged
from storage.inspection import verify
from storage.payloads import OUTSIDE
from storage.purging import purge_page, purge_version
from storage.stores import Store, open_store
from tests.contract.backends import Backend
from tests.contract.desk import HOUR, NOON, Desk, keep
from tests.contract.test_purge import WHY
from tests.contract.test_verify import told

ROOT = Path(__file__).resolve().parents[2]
BODIES = [random.Random(seed).randbytes(40) * 200 + b"%d" % seed for seed in range(5)]


@pytest.fixture(params=["folder", "fsspec"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a store: a folder, or a file system that only fsspec knows."""
    return str(tmp_path / "payloads") if request.param == "folder" else f"memory://{secrets.token_hex(4)}/press"


@pytest.fixture
def outside(backend: Backend, place: str) -> Iterator[Desk]:
    """An archive whose payloads are elsewhere, with a page of five versions in it and an empty answer."""
    archive = Archive.open(backend.url(), payloads=place)
    with archive.writing() as unit:
        site = unit.add_site("press.example")
        page = unit.add_page(site.id, "https://press.example/a", at=NOON, baseline=False)
        for number, body in enumerate(BODIES, 1):
            told(unit, page, number, body)
        keep(unit, page, b"", at=NOON + 9 * HOUR, status=404)
    yield Desk(archive, site, backend)
    archive.close()


def bodies(archive: Archive) -> list[bytes]:
    (page,) = archive.find_page("https://press.example/a")
    return [archive.payload(one.digest) for one in archive.snapshots(page.id)]


def stored(place: str) -> Store:
    return open_store(place)


def name(body: bytes) -> str:
    return "sha256:" + hashlib.sha256(body).hexdigest()


def test_payloads_lie_outside_and_come_back(outside: Desk, place: str) -> None:
    assert bodies(outside.archive) == [*BODIES, b""]
    assert sorted(stored(place).digests()) == sorted(map(name, BODIES))
    with outside.backend.raw() as other:
        assert other.execute("SELECT sum(length(data)) FROM payloads") == [(0,)]
        assert len(other.execute("SELECT id FROM payloads WHERE codec = ?", OUTSIDE)) == len(BODIES)
    assert list(verify(outside.archive)) == []


def test_the_archive_remembers_where_they_are(outside: Desk) -> None:
    outside.archive.close()
    with Archive.open(outside.backend.url()) as again:
        assert bodies(again) == [*BODIES, b""]
        (page,) = again.find_page("https://press.example/a")
        with again.writing() as unit:
            kept = keep(unit, page, b"kept later" * 50)
        assert again.payload(kept.digest) == b"kept later" * 50


def test_an_object_can_be_read_and_checked_without_us(sqlite_desk: Desk, tmp_path: Path) -> None:
    with Archive.open(sqlite_desk.backend.url(), payloads=str(tmp_path / "objects")) as archive:
        page = sqlite_desk.page()
        with archive.writing() as unit:
            keep(unit, page, BODIES[0])
    (stored_as,) = (tmp_path / "objects").rglob("*.zst")

    # one frame as RFC 8878 has it, named by the SHA-256 of what is in it: `zstd -d < OBJECT | sha256sum`
    body = zstandard.ZstdDecompressor().decompress(stored_as.read_bytes())
    assert hashlib.sha256(body).hexdigest() == stored_as.stem
    assert stored_as.parent.name == stored_as.stem[:2]


def test_a_lost_or_rotten_object_is_named(outside: Desk, place: str) -> None:
    store = stored(place)
    store.drop(name(BODIES[1]))
    data = store.get(name(BODIES[2]))
    assert data is not None
    store.put(name(BODIES[2]), data[:50] + bytes([data[50] ^ 4]) + data[51:])

    found = {wrong.name: wrong.text for wrong in verify(outside.archive)}

    assert set(found) == {name(BODIES[1]), name(BODIES[2])}
    assert found[name(BODIES[1])].startswith("it is not at")
    with pytest.raises(Damaged, match="it is not at"):
        outside.archive.payload(name(BODIES[1]))


def test_what_a_unit_took_back_leaves_no_trace_in_the_archive_and_is_swept(outside: Desk, place: str) -> None:
    (page,) = outside.archive.find_page("https://press.example/a")
    with pytest.raises(KeyboardInterrupt), outside.archive.writing() as unit:  # noqa: PT012
        keep(unit, page, b"never happened")
        raise KeyboardInterrupt
    assert name(b"never happened") in set(stored(place).digests())
    assert list(verify(outside.archive)) == []

    purge_version(outside.archive, page, 1, WHY)

    assert sorted(stored(place).digests()) == sorted(map(name, BODIES[1:]))


def test_a_purge_deletes_objects_and_leaves_those_that_others_need(outside: Desk, place: str) -> None:
    with outside.archive.writing() as unit:
        other = unit.add_page(outside.site.id, "https://press.example/b", at=NOON, baseline=False)
        told(unit, other, 1, BODIES[3])
    (page,) = outside.archive.find_page("https://press.example/a")

    purge_page(outside.archive, page, WHY)

    assert list(stored(place).digests()) == [name(BODIES[3])]
    assert list(verify(outside.archive)) == []


KILLED = """
import os, signal, sys
from storage import statements
from storage.archive import Archive
from storage.stores import Store, _Folder
from tests.contract.desk import NOON, keep
put = _Folder.put
def die(self, digest, data):
    put(self, digest, data)
    os.kill(os.getpid(), signal.SIGKILL)
archive = Archive.open(sys.argv[1])
page = archive.find_page("https://press.example/a")[0]
_Folder.put = die
with archive.writing() as unit:
    keep(unit, page, b"half way")
"""


def test_killed_between_object_and_row_nothing_is_lost_and_nothing_is_half(backend: Backend, tmp_path: Path) -> None:
    url = backend.url()
    with Archive.open(url, payloads=str(tmp_path / "p")) as archive, archive.writing() as unit:
        site = unit.add_site("press.example")
        told(unit, unit.add_page(site.id, "https://press.example/a", at=NOON, baseline=False), 1, BODIES[0])
    subprocess.run(
        [sys.executable, "-c", KILLED, url], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False
    )
    assert name(b"half way") in set(open_store(str(tmp_path / "p")).digests())

    with Archive.open(url) as archive:
        assert bodies(archive) == [BODIES[0]]
        (page,) = archive.find_page("https://press.example/a")
        with archive.writing() as unit:
            keep(unit, page, b"half way", at=NOON + 3 * HOUR)
        assert bodies(archive) == [BODIES[0], b"half way"]


def test_an_archive_with_payloads_of_its_own_may_go_on_outside(desk: Desk, place: str) -> None:
    page = desk.page("a")
    with desk.archive.writing() as unit:
        told(unit, page, 1, BODIES[0])
        told(unit, page, 2, BODIES[0] + b"delta")
    desk.archive.close()
    with Archive.open(desk.backend.url(), payloads=place) as archive:
        with archive.writing() as unit:
            told(unit, page, 3, BODIES[1])
        assert [archive.payload(one.digest) for one in archive.snapshots(page.id)] == [
            BODIES[0],
            BODIES[0] + b"delta",
            BODIES[1],
        ]
        assert list(verify(archive)) == []


@pytest.mark.parametrize("way", ["in", "out", "over"])
def test_a_copy_brings_payloads_in_or_out_or_over(
    outside: Desk, desk_in: Callable[[], Desk], place: str, tmp_path: Path, way: str
) -> None:
    source = desk_in() if way == "out" else outside
    target = f"sqlite:///{tmp_path / 'copy.db'}"
    elsewhere = None if way == "in" else str(tmp_path / "others")

    copy_archive(source.archive, target, payloads=elsewhere)

    with Archive.open(target) as copy:
        assert bodies(copy) == bodies(source.archive)
        assert list(verify(copy)) == []
    if elsewhere is not None:
        assert sorted(open_store(elsewhere).digests()) == sorted(map(name, BODIES))


@pytest.fixture
def desk_in(open_archive: Callable[..., Archive], backend: Backend) -> Callable[[], Desk]:
    """The same archive with its payloads in its database."""

    def made() -> Desk:
        archive = open_archive("inside")
        with archive.writing() as unit:
            site = unit.add_site("press.example")
            page = unit.add_page(site.id, "https://press.example/a", at=NOON, baseline=False)
            for number, body in enumerate(BODIES, 1):
                told(unit, page, number, body)
            keep(unit, page, b"", at=NOON + 9 * HOUR, status=404)
        return Desk(archive, site, backend)

    return made


def test_a_place_that_is_not_there_is_refused_in_one_line(outside: Desk, tmp_path: Path, place: str) -> None:
    with pytest.raises(ArchiveError, match="no folder"):
        Archive.open(outside.backend.url(), payloads=str(tmp_path / "no" / "where"))
    with pytest.raises(ArchiveError, match=r"are not at .*, but at"):
        Archive.open(outside.backend.url(), payloads=str(tmp_path / "empty"))
    with pytest.raises(ArchiveError, match="does not answer as it should"):
        Archive.open(outside.backend.url(), payloads="nosuchthing://bucket/x")
    if "://" not in place:
        outside.archive.close()
        Path(place).rename(tmp_path / "unplugged")
        with pytest.raises(ArchiveError, match="is its disk there"):
            Archive.open(outside.backend.url())
        with Archive.open(outside.backend.url(), payloads=str(tmp_path / "unplugged")) as moved:
            assert bodies(moved) == [*BODIES, b""]
