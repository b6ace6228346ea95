"""Looking at the clock: each due time is handed on once, whatever is done to the clock, the archive or the process."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from changes.kinds import Finding, Kind, SiteNotice
from crawler.orders import Order
from crawler.reading.profile_files import load_profile
from crawler.reading.profiles import Schedule, SiteProfile
from scheduler.aftermath import REST, after_run
from scheduler.clock import Clock
from scheduler.local import Local, Run
from scheduler.service import Service
from scheduler.tick import Ticker
from storage.agenda import Due, due_pages, entries
from storage.archive import Archive
from storage.errors import DiskFull, UnderWay
from storage.records import Change
from storage.unit import Unit

NOON = dt.datetime(2026, 3, 20, 12, tzinfo=dt.UTC)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(f"sqlite:///{tmp_path / 'press.db'}") as archive:
        yield archive


def site(name: str = "press", **schedule: object) -> SiteProfile:
    shipped = load_profile("regeringen.se", folders=())
    given = {"every": HOUR, **schedule}
    return replace(shipped, name=name, time_zone=ZoneInfo("Europe/Stockholm"), schedule=Schedule(**given))  # type: ignore[arg-type]


class Book:
    """A sender that writes down when it was handed what."""

    def __init__(self) -> None:
        self.sent: list[Due] = []
        self.fails = False

    def send(self, unit: Unit, due: Due) -> None:
        del unit
        if self.fails:
            raise DiskFull("no room")
        self.sent.append(due)


def over(ticker: Ticker, start: dt.datetime, end: dt.datetime, step: dt.timedelta) -> list[dt.datetime]:
    """When something was handed on."""
    found, now = [], start
    while now < end:
        found += [now] * len(ticker.tick(now))
        now += step
    return found


@pytest.mark.parametrize("start", [NOON, dt.datetime(2026, 10, 20, tzinfo=dt.UTC)])
def test_through_both_changes_of_the_clock_an_interval_fires_once_each_time(
    archive: Archive, start: dt.datetime
) -> None:
    fired = over(Ticker(archive, {"press": site()}, Book()), start, start + 10 * DAY, 7 * MINUTE)
    gaps = [later - sooner for sooner, later in pairwise(fired[1:])]
    assert min(gaps) >= 49 * MINUTE
    assert max(gaps) <= 70 * MINUTE
    assert len(fired) in (240, 241)


@pytest.mark.parametrize("start", [NOON, dt.datetime(2026, 10, 20, tzinfo=dt.UTC)])
def test_through_both_changes_of_the_clock_a_cron_time_fires_once_a_day(archive: Archive, start: dt.datetime) -> None:
    profile = site(every=None, cron=("30 2 * * *",))
    fired = over(Ticker(archive, {"press": profile}, Book()), start, start + 10 * DAY, 7 * MINUTE)
    days = [moment.astimezone(profile.time_zone).date() for moment in fired]
    assert len(days) == len(set(days)) == 10


def test_a_clock_that_is_set_back_or_forward_makes_no_storm_and_no_stall(archive: Archive) -> None:
    ticker = Ticker(archive, {"press": site()}, Book())
    assert len(over(ticker, NOON, NOON + 5 * HOUR, MINUTE)) in (5, 6)
    for jumped in (NOON + 4 * HOUR, NOON + DAY, dt.datetime(1970, 1, 1, tzinfo=dt.UTC), NOON + DAY, NOON + 2 * HOUR):
        fired = over(ticker, jumped, jumped + 5 * HOUR, MINUTE)
        assert 3 <= len(fired) <= 6, jumped


def test_however_long_nobody_looked_one_run_makes_up_for_it(archive: Archive) -> None:
    sites = {"press": site()}
    over(Ticker(archive, sites, Book()), NOON, NOON + 3 * HOUR, MINUTE)
    fired = over(Ticker(archive, sites, Book()), NOON + 30 * DAY, NOON + 30 * DAY + 3 * HOUR, MINUTE)
    assert fired[0] == NOON + 30 * DAY
    assert len(fired) == 4


def test_a_look_at_which_nothing_is_due_writes_nothing(archive: Archive, tmp_path: Path) -> None:
    ticker = Ticker(archive, {"press": site(), "other": site("other")}, Book())
    ticker.tick(NOON)
    before = (tmp_path / "press.db-wal").stat().st_mtime_ns, (tmp_path / "press.db").stat().st_mtime_ns
    for second in range(60):
        assert ticker.tick(NOON + second * dt.timedelta(milliseconds=10)) == []
    assert ((tmp_path / "press.db-wal").stat().st_mtime_ns, (tmp_path / "press.db").stat().st_mtime_ns) == before


def test_what_could_not_be_handed_on_is_due_as_before(archive: Archive) -> None:
    book = Book()
    ticker = Ticker(archive, {"press": site()}, book)
    book.fails = True
    with pytest.raises(DiskFull):
        ticker.tick(NOON)
    book.fails = False
    assert [due.site for due in ticker.tick(NOON + MINUTE)] == ["press"]
    assert ticker.tick(NOON + 2 * MINUTE) == []


def test_a_site_that_is_no_longer_watched_is_left_alone(archive: Archive) -> None:
    Ticker(archive, {"press": site(), "other": site("other")}, Book()).tick(NOON)
    fired = Ticker(archive, {"press": site()}, Book()).tick(NOON + 2 * HOUR)
    assert [due.site for due in fired] == ["press"]


class Hands:
    """Crawls that end when the test says so."""

    def __init__(self) -> None:
        self.begun: dict[str, Future[dict[str, int]]] = {}

    def start(self, order: Order) -> Future[dict[str, int]]:
        self.begun[order.key] = Future()
        return self.begun[order.key]


def local(archive: Archive, hands: Hands, token: str, now: list[dt.datetime], ended: list[Run]) -> Local:
    def order(key: str, name: str, lists: bool) -> tuple[Order, None]:
        made = Order(key=key, profile=site(name), database="", user_agent="", lists=lists)
        return made, None

    return Local(archive, hands, token=token, order=order, now=lambda: now[0], ended=ended.append)


def test_a_run_that_is_under_way_is_not_begun_twice_and_goes_on_with_the_grid(archive: Archive) -> None:
    hands, now, ended = Hands(), [NOON], list[Run]()
    service = Service(archive, {"press": site()}, local(archive, hands, "one", now, ended), lambda: now[0])
    service.tick()
    now[0] += 5 * HOUR
    service.tick()
    assert list(hands.begun) == ["one/1"]
    hands.begun["one/1"].set_result({"planned": 3})
    service.tick()
    assert [run.site for run in ended] == ["press"]
    assert list(hands.begun) == ["one/1", "one/2"]
    service.tick()
    assert len(hands.begun) == 2


def test_what_a_killed_service_had_under_way_is_made_up_once_by_the_next(archive: Archive) -> None:
    now = [NOON]
    first = Service(archive, {"press": site()}, local(archive, Hands(), "one", now, []), lambda: now[0])
    first.tick()
    now[0] += MINUTE
    hands = Hands()
    second = Service(archive, {"press": site()}, local(archive, hands, "two", now, []), lambda: now[0])
    second.tick()
    second.tick()
    assert list(hands.begun) == ["two/1"]


def test_a_crawl_that_found_its_site_taken_is_tried_again_soon(archive: Archive) -> None:
    hands, now = Hands(), [NOON]
    service = Service(archive, {"press": site()}, local(archive, hands, "one", now, []), lambda: now[0])
    service.tick()
    hands.begun["one/1"].set_exception(UnderWay("somebody is at it"))
    service.tick()
    assert len(hands.begun) == 1
    now[0] += 2 * MINUTE
    service.tick()
    assert len(hands.begun) == 2


def test_a_site_that_blocks_us_is_left_alone_for_longer_each_time(archive: Archive) -> None:
    with archive.writing() as unit:
        press = unit.add_site("press")
        unit.end_baseline(press.id)
    rests = []
    for number in range(3):
        with archive.writing() as unit:
            crawl = unit.start_crawl(press.id, NOON)
            unit.end_crawl(crawl, at=NOON, reason="blocked", stats={})
            unit.add_notice(press.id, SiteNotice.BLOCKED, text="x", detail={}, at=NOON, crawl_id=crawl)
        after_run(archive, press, {"planned": 20}, None, now=NOON + number * DAY)
        rested = entries(archive)["press"].rests_until
        assert rested is not None
        rests.append(rested - NOON - number * DAY)
    assert rests == [REST, 2 * REST, 4 * REST]
    with archive.writing() as unit:
        unit.end_crawl(unit.start_crawl(press.id, NOON), at=NOON, reason="finished", stats={})
    after_run(archive, press, {"planned": 20}, None, now=NOON)
    assert entries(archive)["press"].rests_until is None


def test_the_clock_goes_on_beating_when_that_of_the_machine_is_set_back() -> None:
    beats = threading.Semaphore(0)
    clock = Clock(beats.release, interval=0.05)
    thread = threading.Thread(target=clock.run)
    thread.start()
    try:
        for _ in range(3):
            assert beats.acquire(timeout=5)
        # what a clock that was set back by a day looks like from here
        clock._scheduler.modify_job("tick", next_run_time=dt.datetime.now(dt.UTC) + DAY)
        while beats.acquire(blocking=False):
            pass
        for _ in range(3):
            assert beats.acquire(timeout=15)
    finally:
        clock.stop()
        thread.join(timeout=5)
    assert not thread.is_alive()


def test_a_wave_has_the_whole_site_visited_at_once(archive: Archive) -> None:
    class Always:
        def wave(self, changes: Iterable[Change], *, visited: int, known: int) -> bool:
            return len(list(changes)) == 2 and visited < known

    with archive.writing() as unit:
        press = unit.add_site("press")
        unit.end_baseline(press.id)
        unit.set_due(press.id, NOON + DAY)
        crawl = unit.start_crawl(press.id, NOON)
        pages = unit.add_pages(press.id, [f"https://press.example/{n}" for n in range(9)], at=NOON, baseline=True)
        for page in pages:
            unit.update_page(page.id, last_visit=NOON - 9 * DAY, next_due=NOON + 90 * DAY)
        for page in pages[:2]:
            unit.update_page(page.id, last_visit=NOON)
            archived = Finding(kind=Kind.ARCHIVED)
            unit.add_change(
                page.id, archived, before=None, after=None, title="x", url=page.url, at=NOON, baseline=False, crawl_id=crawl
            )  # fmt: skip
        unit.end_crawl(crawl, at=NOON, reason="finished", stats={})
    now_known = archive.site("press")
    assert now_known is not None
    after_run(archive, now_known, {"planned": 2, "change/archived": 2}, Always(), now=NOON)
    assert entries(archive)["press"].next_due == NOON
    assert [page.id for page in due_pages(archive, press.id, NOON)] == [page.id for page in pages[2:]]
