"""One crawl of a site at a time: who holds a lease, when it ends, and what becomes of a holder that slept too long."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from storage import leases, migrations
from storage.archive import Archive
from storage.dialects import open_database
from storage.errors import ArchiveError, LeaseLost, UnderWay
from storage.leases import BEAT, TERM, Holder, take
from storage.statements import ADD_SITE
from tests.contract.desk import NOON, Desk

SITE = "press.example"
ROOT = Path(__file__).resolve().parents[2]


def clock(at: dt.datetime = NOON) -> Callable[[], dt.datetime]:
    return lambda: at


def elsewhere() -> Holder:
    return Holder(host="another-machine/boot/pid", pid=1, born="1")


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> Callable[[dt.timedelta], None]:
    """Lets time pass on the clock by which a holder knows how long it was held up."""
    passed = [0.0]
    monkeypatch.setattr(leases, "ticks", lambda: passed[0])

    def sleep(time: dt.timedelta) -> None:
        passed[0] += time.total_seconds()

    return sleep


@pytest.fixture
def other_process() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, cwd=ROOT) as child:
        yield child
        child.kill()


def holder_of(pid: int) -> Holder:
    return replace(Holder.here(), pid=pid, born=leases._born(pid) or "")


def test_a_second_crawl_of_a_site_is_refused_in_one_line_that_names_the_first(desk: Desk) -> None:
    take(desk.archive, SITE, clock=clock())

    with pytest.raises(
        UnderWay, match=rf"{SITE} is being worked on since 2031-03-14 12:00 UTC by process {os.getpid()} on"
    ):
        take(desk.archive, SITE, clock=clock())
    take(desk.archive, "other.example", clock=clock())


def test_a_lease_that_was_given_back_is_free_at_once(desk: Desk) -> None:
    take(desk.archive, SITE, clock=clock()).release()

    take(desk.archive, SITE, clock=clock())


def test_a_lease_ends_when_its_holder_is_not_heard_of(desk: Desk) -> None:
    take(desk.archive, SITE, clock=clock(), holder=elsewhere)

    with pytest.raises(UnderWay):
        take(desk.archive, SITE, clock=clock(NOON + TERM - dt.timedelta(seconds=1)))
    take(desk.archive, SITE, clock=clock(NOON + TERM))


def test_a_lease_that_is_renewed_holds_on(desk: Desk) -> None:
    times = iter([NOON, NOON + TERM])
    lease = take(desk.archive, SITE, clock=lambda: next(times), holder=elsewhere)
    lease.renew()

    with pytest.raises(UnderWay):
        take(desk.archive, SITE, clock=clock(NOON + TERM + BEAT))


def test_a_clock_that_was_set_back_by_a_year_keeps_nobody_out(desk: Desk) -> None:
    take(desk.archive, SITE, clock=clock(NOON + dt.timedelta(days=365)), holder=elsewhere)

    take(desk.archive, SITE, clock=clock())


def test_the_lease_of_a_process_that_lives_holds_and_that_of_a_dead_one_ends_with_it(
    desk: Desk, other_process: subprocess.Popen[bytes]
) -> None:
    holder = holder_of(other_process.pid)
    take(desk.archive, SITE, clock=clock(), holder=lambda: holder)
    with pytest.raises(UnderWay):
        take(desk.archive, SITE, clock=clock())

    other_process.kill()
    os.waitid(os.P_PID, other_process.pid, os.WEXITED | os.WNOWAIT)  # dead, and not buried yet
    take(desk.archive, SITE, clock=clock())


def test_another_process_with_the_number_of_a_dead_one_is_not_taken_for_it(desk: Desk) -> None:
    before_us = replace(Holder.here(), born="1")
    take(desk.archive, SITE, clock=clock(), holder=lambda: before_us)

    take(desk.archive, SITE, clock=clock())


def test_a_holder_that_slept_until_another_took_over_writes_nothing_more(
    desk: Desk, slept: Callable[[dt.timedelta], None]
) -> None:
    sleeper = take(desk.archive, SITE, clock=clock(), holder=elsewhere)
    slept(TERM)
    second = take(desk.archive, SITE, clock=clock(NOON + TERM), holder=elsewhere)

    with pytest.raises(LeaseLost, match="another took over"), sleeper.writing() as unit:
        unit.add_page(desk.site.id, "https://press.example/late", at=NOON, baseline=False)
    sleeper.release()

    assert desk.archive.page(desk.site.id, "https://press.example/late") is None
    second.renew()


def test_a_unit_renews_the_lease_when_its_time_has_come(desk: Desk, slept: Callable[[dt.timedelta], None]) -> None:
    times = iter([NOON, NOON + BEAT])
    lease = take(desk.archive, SITE, clock=lambda: next(times), holder=elsewhere)
    slept(BEAT)
    with lease.writing() as unit:
        unit.add_page(desk.site.id, "https://press.example/in-time", at=NOON, baseline=False)

    with pytest.raises(UnderWay):
        take(desk.archive, SITE, clock=clock(NOON + BEAT + TERM - dt.timedelta(seconds=1)))


def test_crawls_that_were_killed_are_taken_up_by_the_next_until_one_ends(desk: Desk) -> None:
    ids = []
    for _ in range(3):
        with desk.archive.writing() as unit:
            ids.append(unit.start_crawl(desk.site.id, NOON))
    assert [crawl.id for crawl in desk.archive.interrupted(ids[2])] == ids[:2]

    with desk.archive.writing() as unit:
        unit.end_crawl(ids[2], at=NOON, reason="finished", stats={})
        after = unit.start_crawl(desk.site.id, NOON)
    assert desk.archive.interrupted(after) == []
    assert [crawl.reason for crawl in desk.archive.crawls()] == [None, "finished", "killed", "killed"]


def test_an_archive_from_before_there_were_leases_gets_them_when_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'old.db'}")
    database.greet()
    with monkeypatch.context() as then, database.writing(foreign_keys=False) as sql:
        then.setattr(migrations, "SCHEMA", "0001")
        sql.ask(lambda connection: migrations.upgrade(connection, "old.db"))
        sql.run(ADD_SITE, {"name": SITE, "baseline": False})
    database.close()

    with Archive.open(f"sqlite:///{tmp_path / 'old.db'}") as archive:
        take(archive, SITE, clock=clock()).release()
        assert [(site.name, site.baseline) for site in archive.sites()] == [(SITE, False)]


def test_a_lease_that_cannot_be_given_back_runs_out(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    lease = take(desk.archive, SITE, clock=clock(), holder=elsewhere)
    desk.path.rename(desk.path.with_suffix(".away"))
    desk.archive.close()
    lease.release()
    desk.path.with_suffix(".away").rename(desk.path)

    with pytest.raises(ArchiveError, match="being worked on"):
        take(desk.archive, SITE, clock=clock())
    take(desk.archive, SITE, clock=clock(NOON + TERM))
