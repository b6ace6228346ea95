"""Killed at any moment, a watch goes on where it was: nothing is lost, told twice, or told in vain."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.archive_checks import look_through
from benchmarks.days import file, path, text
from benchmarks.kills import trial
from tests.journeys.office import Office
from tests.press_site import PressSite, Request

COUNT = 16
LAST = path(COUNT)  # found last of all: nothing is settled before it was asked for


@pytest.mark.timeout(300)
def test_ten_kills_on_eleven_days_leave_the_changes_of_a_watch_that_nobody_disturbed(tmp_path: Path) -> None:
    report = trial(tmp_path, kills=10, pages=40, seed=2, most=1)

    assert report.faults == []
    assert (report.kills, report.by_command) == (10, 5)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with PressSite() as site:
        for number in range(COUNT):
            site.add(path(number), title=f"Beslut {number} om orter", body=text(number))
        site.edit(path(0), attachments=((file(0), "Bilaga (pdf 12 kB)"),))
        yield Office(tmp_path, site)


def crawl_killed_at(office: Office, target: str) -> None:
    """Crawl, and kill the crawl at the very moment at which it asks for an address."""
    child: list[subprocess.Popen[str]] = []
    ready: list[bool] = []

    def kill(_: Request) -> None:
        while not child:
            pass  # the child asks no sooner than it was started
        child[0].kill()
        ready.append(True)

    office.site.answer(target, kill, times=1)
    child.append(office.start())
    child[0].communicate(timeout=60)
    assert child[0].returncode == -signal.SIGKILL
    assert ready
    with office.archive() as archive:
        assert look_through(archive) == []


def watched(office: Office) -> None:
    assert office.crawl() == (0, [])
    office.news()


def test_what_is_found_after_a_kill_in_the_first_crawl_is_no_news_either(office: Office) -> None:
    crawl_killed_at(office, path(3))
    assert office.crawl() == (0, [])
    with office.archive() as archive:
        assert [change.baseline for change in archive.changes()] == [True] * COUNT
        assert [crawl.reason for crawl in archive.crawls()] == ["finished", "killed"]
    office.news()
    office.site.add(LAST, title="Nytt", body=text(COUNT))

    assert office.crawl() == (0, [])
    assert office.news() == [("published", LAST)]


def test_a_crawl_begun_again_does_not_see_twice_what_must_be_seen_twice(office: Office) -> None:
    watched(office)
    office.site.edit(path(1), body=text(1, 1))
    watched(office)
    office.site.edit(path(1), body=text(1))  # an old copy
    office.site.remove(path(2))
    for _ in range(3):
        crawl_killed_at(office, file(0))
    assert office.crawl() == (0, [])
    first_look = office.news()
    assert office.crawl() == (0, [])

    assert first_look == []
    assert office.news() == [("edited", path(1)), ("removed", path(2))]


def test_a_removal_that_was_judged_by_a_crawl_that_was_killed_is_told_by_the_next(office: Office) -> None:
    watched(office)
    office.site.remove(path(2))
    watched(office)
    crawl_killed_at(office, file(0))
    before = office.news()
    assert office.crawl() == (0, [])

    assert before == []
    assert office.news() == [("removed", path(2))]


def test_a_wave_in_the_midst_of_which_a_crawl_was_killed_is_one_wave(office: Office) -> None:
    watched(office)
    period = (dt.date(2022, 10, 18), dt.date(2026, 10, 5))
    for number in range(3, 9):
        office.site.archive(path(number), period)
    crawl_killed_at(office, file(0))
    for number in range(9, 11):
        office.site.archive(path(number), period)
    assert office.crawl() == (0, [])

    with office.archive() as archive:
        waves = [change.wave for change in archive.changes() if change.kind == "archived"]
    assert len(waves) == 8
    assert len(set(waves)) == 1
    assert None not in waves


@pytest.mark.parametrize("kills", [1, 3])
def test_a_kill_on_the_night_of_a_redesign_changes_nothing(office: Office, kills: int) -> None:
    watched(office)
    office.site.template = "b"
    office.site.edit(path(4), body=text(4, 1))
    for _ in range(kills):
        crawl_killed_at(office, file(0))
    with office.archive() as archive:
        site = archive.site("press")
        assert site is not None
        assert len(list(archive.unread(site.id))) == COUNT * kills
    assert office.crawl() == (0, [])

    assert office.news() == [("edited", path(4))]
    with office.archive() as archive:
        assert list(archive.unread(site.id)) == []
        assert [str(notice.kind) for notice in archive.notices()] == ["layout-changed"]


def test_a_redesign_that_was_taken_back_before_the_crawl_was_begun_again_is_no_change(office: Office) -> None:
    watched(office)
    office.site.template = "b"
    office.site.edit(path(4), body=text(4, 1))
    crawl_killed_at(office, file(0))
    office.site.template = "a"
    office.site.edit(path(5), body=text(5, 1))
    assert office.crawl() == (0, [])

    assert office.news() == [("edited", path(4)), ("edited", path(5))]
    with office.archive() as archive:
        site = archive.site("press")
        assert site is not None
        assert {page.suspect for page in archive.pages(site.id)} == {None}
        assert list(archive.unread(site.id)) == []
        assert list(archive.notices()) == []
    assert office.crawl() == (0, [])
    assert office.news() == []
