"""Leave to ask: given while the lease is fresh, asked for anew once it is not, refused for good once it is lost."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crawler.permits import NoLeave, Permit
from storage import leases
from storage.archive import Archive
from storage.errors import ArchiveError, LeaseLost
from storage.leases import ASKING, TERM, Holder, Leased, take

NOON = dt.datetime(2031, 3, 14, 12, tzinfo=dt.UTC)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> Callable[[dt.timedelta], None]:
    passed = [0.0]
    monkeypatch.setattr(leases, "ticks", lambda: passed[0])

    def sleep(time: dt.timedelta) -> None:
        passed[0] += time.total_seconds()

    return sleep


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(f"sqlite:///{tmp_path / 'press.db'}") as archive:
        yield archive


def taken(archive: Archive, at: dt.datetime = NOON) -> Leased:
    return take(
        archive, "press", clock=lambda: at, holder=lambda: Holder(host="another-machine/boot/pid", pid=1, born="1")
    )


def test_leave_that_has_run_out_is_asked_for_once_for_all_who_wait(
    archive: Archive, slept: Callable[[dt.timedelta], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = taken(archive)
    asked: list[float] = []
    renew = lease.renew

    def renew_and_tell() -> None:
        asked.append(leases.ticks())
        renew()

    monkeypatch.setattr(lease, "renew", renew_and_tell)
    permit = Permit(lease, give_up=lambda _: None)

    async def ask() -> None:
        await permit.ask()
        slept(ASKING)
        assert not permit.fresh
        await asyncio.gather(permit.ask(), permit.ask())

    asyncio.run(ask())
    assert permit.fresh
    assert len(asked) == 1


def test_after_another_has_taken_over_nobody_gets_leave_any_more_and_it_is_told_once(
    archive: Archive, slept: Callable[[dt.timedelta], None]
) -> None:
    told: list[ArchiveError] = []
    permit = Permit(taken(archive), give_up=told.append)
    slept(TERM)
    taken(archive, NOON + TERM)

    async def ask() -> None:
        for _ in range(2):
            with pytest.raises(NoLeave, match="another took over"):
                await permit.ask()

    asyncio.run(ask())
    assert not permit.fresh
    assert [type(error) for error in told] == [LeaseLost]


def test_who_takes_over_waits_before_the_first_request(archive: Archive, slept: Callable[[dt.timedelta], None]) -> None:
    terms = leases.Terms(hosts=("gov.example",), delay=dt.timedelta(seconds=0.05))
    take(archive, "press", clock=lambda: NOON, terms=terms).release()
    lease = take(archive, "press", clock=lambda: NOON, terms=terms)
    assert lease.wait == pytest.approx(0.05)
    slept(dt.timedelta(seconds=0.05))

    asyncio.run(Permit(lease, give_up=lambda _: None).ask())
    assert lease.wait == 0
