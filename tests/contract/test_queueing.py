"""The queue beside the archive: enqueued with what it is for or not at all, and never ended by a late attempt."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from procrastinate.jobs import Job, Status

from crawler.reading.profiles import SiteProfile
from scheduler.jobs import AFTER_OTHERS, LONGEST, Backoff, GivenBack, Jobs
from scheduler.queue import QUEUE, QueueSender, make_app, prepare_queue
from scheduler.reaper import make_up, reap
from storage.agenda import Due, entries
from storage.archive import Archive
from storage.errors import LeaseLost, NotAnArchive
from storage.leases import Terms, take
from storage.queueing import waiting
from tests.contract.backends import Pool

NOW = dt.datetime(2031, 3, 14, 12, tzinfo=dt.UTC)


def profile(name: str, host: str, *aliases: str) -> SiteProfile:
    return SiteProfile(
        name=name,
        title=name,
        base_url=f"https://{host}",
        aliases=aliases,
        language="sv",
        time_zone=ZoneInfo("Europe/Stockholm"),
        discovery=(),
        release=(),
    )


SITES = {
    one.name: one
    for one in (
        profile("press", "www.gov.example"),
        profile("court", "court.example", "gov.example"),
        profile("far", "far.example"),
    )
}


@pytest.fixture
def url(pool: Pool) -> Iterator[str]:
    name = pool.empty()
    yield pool.server.url(name)
    pool.server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def archive(url: str) -> Iterator[Archive]:
    with Archive.open(url) as archive:
        prepare_queue(archive)
        yield archive


def send(archive: Archive, site: str, **more: Any) -> None:
    sender = QueueSender(archive, SITES)
    with archive.writing() as unit:
        sender.send(unit, Due(site=site, site_id=unit.add_site(site).id, at=NOW, **more))


def ask(archive: Archive, task: Callable[[Jobs], Awaitable[Any]]) -> Any:
    """What a worker's view of the queue gives."""

    async def work() -> Any:
        app = make_app(archive)
        async with app.open_async():
            assert isinstance(app.job_manager, Jobs)
            return await task(app.job_manager)

    return asyncio.run(work())


async def fetched(jobs: Jobs) -> Job | None:
    return await jobs.fetch_job([QUEUE], await jobs.register_worker())


def rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as session:
        return session.execute(statement.encode()).fetchall()


def silence(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")


def test_a_crawl_is_enqueued_with_the_unit_that_moves_its_site_or_not_at_all(archive: Archive) -> None:
    sender = QueueSender(archive, SITES)

    def send_and_fail() -> None:
        with archive.writing() as unit:
            sender.send(unit, Due(site="press", site_id=unit.add_site("press").id, at=NOW))
            raise RuntimeError("killed in the midst of it")

    with pytest.raises(RuntimeError):
        send_and_fail()
    assert waiting(archive) == []
    assert archive.site("press") is None

    send(archive, "press")
    assert [job.site for job in waiting(archive)] == ["press"]
    assert archive.site("press") is not None


def test_a_site_that_waits_already_is_enqueued_once_and_the_unit_stays_whole(archive: Archive) -> None:
    send(archive, "press")
    sender = QueueSender(archive, SITES)
    with archive.writing() as unit:
        site = unit.add_site("press")
        sender.send(unit, Due(site="press", site_id=site.id, at=NOW))
        unit.set_due(site.id, NOW)
        sender.send(unit, Due(site="far", site_id=unit.add_site("far").id, at=NOW))

    assert [job.site for job in waiting(archive)] == ["press", "far"]


def test_a_wait_for_pages_alone_keeps_no_lists_out(archive: Archive) -> None:
    send(archive, "press", lists=False)
    send(archive, "press", lists=True)
    send(archive, "press", lists=False)

    assert [job.site for job in waiting(archive)] == ["press", "press"]


def test_sites_that_share_a_host_are_taken_in_turn_and_others_beside_them(archive: Archive) -> None:
    for site in ("press", "court", "far"):
        send(archive, site)

    async def take_all(jobs: Jobs) -> list[Any]:
        return [job.task_kwargs["site"] if (job := await fetched(jobs)) else None for _ in range(3)]

    assert ask(archive, take_all) == ["press", "far", None]


def test_an_attempt_that_wakes_late_ends_nothing_and_gives_nothing_back(archive: Archive, url: str) -> None:
    send(archive, "press")

    async def wake_late(jobs: Jobs) -> tuple[int, int]:
        first = await fetched(jobs)
        assert first is not None
        silence(url)
        assert await reap(jobs, now=dt.datetime.now(dt.UTC)) == 1
        second = await fetched(jobs)
        assert second is not None
        await jobs.finish_job(first, Status.SUCCEEDED, delete_job=True)
        await jobs.retry_job(first)
        return first.attempts, second.attempts

    assert ask(archive, wake_late) == (0, 1)
    assert rows(url, "SELECT status::text, attempts FROM procrastinate_jobs") == [("doing", 1)]


def test_a_crawl_takes_no_lease_for_a_job_that_is_another_attempts_by_now(archive: Archive, url: str) -> None:
    send(archive, "press")
    job = ask(archive, fetched)

    def lease(attempt: int) -> None:
        fence = f"{job.id}/{attempt}"
        take(archive, "press", clock=lambda: NOW, terms=Terms(fence=fence)).release()

    lease(0)
    silence(url)
    ask(archive, lambda jobs: reap(jobs, now=dt.datetime.now(dt.UTC)))
    with pytest.raises(LeaseLost, match=f"job {job.id}/0 was given to somebody else"):
        lease(0)
    ask(archive, fetched)
    lease(1)


def test_a_lease_ends_with_the_attempt_that_it_is_for(archive: Archive, url: str) -> None:
    send(archive, "press")
    job = ask(archive, fetched)
    lease = take(archive, "press", clock=lambda: NOW, terms=Terms(fence=f"{job.id}/0"))
    lease.renew()
    silence(url)
    ask(archive, lambda jobs: reap(jobs, now=dt.datetime.now(dt.UTC)))

    with pytest.raises(LeaseLost):
        lease.renew()
    assert not lease.fresh


def test_a_job_that_cannot_be_given_back_keeps_no_other_from_it(archive: Archive, url: str) -> None:
    for site in ("press", "far"):
        send(archive, site)

    async def both_held(jobs: Jobs) -> int:
        assert await fetched(jobs) is not None
        assert await fetched(jobs) is not None
        await asyncio.to_thread(send, archive, "press")  # due again, so that it waits beside itself
        silence(url)
        return await reap(jobs, now=dt.datetime.now(dt.UTC))

    assert ask(archive, both_held) == 2
    assert sorted(job.site for job in waiting(archive)) == ["far", "press"]
    assert not any(job.doing for job in waiting(archive))


def test_a_worker_that_was_struck_off_while_it_slept_is_back_with_its_next_heartbeat(
    archive: Archive, url: str
) -> None:
    async def sleep(jobs: Jobs) -> None:
        worker = await jobs.register_worker()
        silence(url)
        await jobs.prune_stalled_workers(30)
        await jobs.update_heartbeat(worker)
        send_again = asyncio.to_thread(send, archive, "press")
        await send_again
        assert await jobs.fetch_job([QUEUE], worker) is not None

    ask(archive, sleep)


def test_a_run_that_no_job_is_for_any_more_is_made_up_once(archive: Archive, url: str) -> None:
    for site in ("press", "far"):
        send(archive, site)
    job = ask(archive, fetched)
    with archive.writing() as unit:
        for name, by in (("press", f"job {job.id}"), ("far", "job 4711"), ("court", "a service of this machine/1")):
            unit.begin_run(unit.add_site(name).id, at=NOW, by=by)

    assert make_up(archive, now=NOW) == ["far"]
    assert make_up(archive, now=NOW) == []
    assert {name: line.taken_by for name, line in entries(archive).items()} == {
        "press": f"job {job.id}",
        "far": None,
        "court": "a service of this machine/1",
    }


def test_the_queue_is_made_once_and_brought_up_to_date_from_an_older_one(url: str, pool: Pool) -> None:
    folder = Path(str(resources.files("procrastinate.sql"))) / "migrations"
    steps = sorted(folder.glob("*.sql"))
    with Archive.open(url) as archive:
        with psycopg.connect(url, autocommit=True) as session:
            for step in steps[:-2]:
                session.execute(step.read_bytes())
            note = f"COMMENT ON TABLE procrastinate_jobs IS 'kept by Pressvakt; migrated to {steps[-3].name}'"
            session.execute(note.encode())
            session.execute("SET check_function_bodies = on")
        for _ in range(2):
            prepare_queue(archive)
        assert rows(url, "SELECT count(*) FROM pg_proc WHERE proname = 'procrastinate_retry_job_v2'") == [(1,)]
        send(archive, "press")
        assert ask(archive, fetched) is not None


def test_a_file_has_no_queue_and_the_message_says_what_to_do(tmp_path: Path) -> None:
    with Archive.open(f"sqlite:///{tmp_path / 'press.db'}") as archive:
        with pytest.raises(NotAnArchive, match=r"workers need an archive on PostgreSQL; 'pressvakt archive copy"):
            prepare_queue(archive)
        assert waiting(archive) == []


def test_the_archive_opens_beside_its_queue_and_is_whole(archive: Archive, url: str) -> None:
    send(archive, "press")

    with Archive.open(url) as again:
        assert again.check() == []


def test_a_job_is_tried_again_at_once_when_given_back_and_ever_later_after_faults() -> None:
    job = Job(queue=QUEUE, lock=None, queueing_lock=None, task_name="crawl")

    def wait(error: BaseException, attempts: int = 0) -> float:
        found = Backoff().get_retry_decision(exception=error, job=job.evolve(attempts=attempts))
        assert found.retry_at is not None
        return (found.retry_at - dt.datetime.now(dt.UTC)).total_seconds()

    assert wait(GivenBack()) < 1
    assert [round(wait(OSError(), attempts)) for attempts in (0, 1, 2, 3, 40)] == [2, 4, 8, 16, LONGEST]
    assert Backoff().get_retry_decision(exception=OSError(), job=job).priority == AFTER_OTHERS
