"""A full disk, a folder that is read-only, an archive that is locked or damaged: one clear line, exit 1, nothing lost."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.office import Office, ended
from tests.press_site import Answer, PressSite, Request

PATHS = [f"/pressmeddelanden/2026/09/beslut-{number}/" for number in range(12)]

#: As root, who may write everywhere, the child first gives that right up (prctl: PR_CAPBSET_DROP, CAP_DAC_OVERRIDE).
_AS_ANYBODY = "import ctypes, os, sys; ctypes.CDLL(None).prctl(24, 1, 0, 0, 0); os.execv(sys.argv[1], sys.argv[1:])"
AS_ANYBODY = (sys.executable, "-c", _AS_ANYBODY) if os.geteuid() == 0 else ()


def text(number: int, edition: int) -> str:
    rest = " ".join(f"Punkt {point} i beslut {number} gäller skolor och vägar i landet." for point in range(1, 9))
    return f"Regeringen har beslutat om {100 * edition + number} miljoner kronor. {rest}"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with PressSite() as site:
        for number, path in enumerate(PATHS):
            site.add(path, title=f"Beslut {number} om orter", body=text(number, 1))
        office = Office(tmp_path, site)
        assert office.crawl() == (0, [])
        assert len(office.news()) == len(PATHS)
        yield office


def edit_all(office: Office) -> list[tuple[str, str]]:
    """Edit each page, and say what a watch must tell of it."""
    for number, path in enumerate(PATHS):
        office.site.edit(path, body=text(number, 2))
    return sorted(("edited", path) for path in PATHS)


def one_line(outcome: tuple[int, list[str]]) -> str:
    code, lines = outcome
    assert (code, len(lines)) == (1, 1), lines
    assert lines[0].startswith("pressvakt: ")
    return lines[0]


@pytest.mark.parametrize("blocks", [100, 200, 400])  # of 512 bytes: the first is full before a page is read
def test_a_disk_that_is_full_ends_the_crawl_and_the_next_one_finds_all(office: Office, blocks: int) -> None:
    expected = edit_all(office)
    said = one_line(office.crawl(before=("sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh")))

    assert "nothing of this was kept" in said
    part = office.news()
    assert office.crawl() == (0, [])
    assert sorted(part + office.news()) == expected


@pytest.mark.parametrize("mode", [0o444, 0o644])
def test_an_archive_that_may_not_be_written_is_left_alone(office: Office, mode: int) -> None:
    expected = edit_all(office)
    office.database.chmod(mode)
    office.folder.chmod(0o555)
    said = one_line(office.crawl(before=AS_ANYBODY))
    office.folder.chmod(0o755)
    office.database.chmod(0o644)

    assert str(office.database) in said
    assert office.crawl() == (0, [])
    assert office.news() == expected


def test_a_folder_in_which_no_archive_can_be_made_is_named(tmp_path: Path) -> None:
    with PressSite() as site:
        office = Office(tmp_path, site)
        tmp_path.chmod(0o555)
        said = one_line(office.crawl(before=AS_ANYBODY))
        tmp_path.chmod(0o755)

    assert f"{office.database} may not be written to" in said
    assert site.requests == []


def lock(office: Office) -> sqlite3.Connection:
    other = sqlite3.connect(office.database, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    return other


def test_an_archive_that_another_keeps_locked_is_told_at_once(office: Office) -> None:
    expected = edit_all(office)
    other = lock(office)
    said = one_line(office.crawl())
    other.close()

    assert "another process is writing to the archive" in said
    assert office.crawl() == (0, [])
    assert office.news() == expected


def test_an_archive_that_is_locked_in_the_midst_of_a_crawl_ends_it(office: Office) -> None:
    expected = edit_all(office)
    others: list[sqlite3.Connection] = []
    office.site.answer(PATHS[5], lambda _: others.append(lock(office)), times=1)
    said = one_line(office.crawl())
    others[0].close()

    assert "another process is writing to the archive" in said
    part = office.news()
    assert office.crawl() == (0, [])
    assert sorted(part + office.news()) == expected


def test_an_archive_that_is_damaged_in_the_midst_of_a_crawl_is_left_as_it_is(office: Office) -> None:
    edit_all(office)

    def damage(_: Request) -> None:
        with office.database.open("r+b") as file:
            for start in range(4096, office.database.stat().st_size, 4096):
                file.seek(start)
                file.write(b"\xff" * 8)

    office.site.answer("/robots.txt", damage, times=1)
    during = one_line(office.crawl())
    size = office.database.stat().st_size
    after = one_line(office.crawl())

    for said in (during, after):
        assert "damaged" in said
        assert "restore a backup" in said
    assert office.database.stat().st_size == size > 0


def test_two_crawls_of_a_site_at_once_are_one_crawl_and_a_refusal(office: Office) -> None:
    expected = edit_all(office)
    asked, go_on = threading.Event(), threading.Event()

    def wait(_: Request) -> Answer | None:
        asked.set()
        go_on.wait(30)
        return None

    office.site.answer(PATHS[3], wait, times=1)
    first = office.start()
    assert asked.wait(30)
    said = one_line(office.crawl())
    go_on.set()

    assert ended(first) == (0, [])
    assert "press is being worked on since" in said
    assert f"by process {first.pid}" in said
    assert office.news() == expected
    assert office.crawl() == (0, [])
    assert office.news() == []


def test_a_site_that_another_crawl_is_at_does_not_keep_the_other_sites_waiting(office: Office) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def wait(_: Request) -> Answer | None:
        asked.set()
        go_on.wait(30)
        return None

    office.site.answer(PATHS[3], wait, times=1)
    first = office.start()
    assert asked.wait(30)
    office.watch("second", host="localhost")
    said = one_line(office.crawl())
    go_on.set()

    assert ended(first) == (0, [])
    assert "press is being worked on since" in said
    with office.archive() as archive:
        assert [crawl.reason for crawl in archive.crawls("second")] == ["finished"]
