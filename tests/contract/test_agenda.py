"""The agenda: due times are taken once, pauses hold, what was cut short is made up, and pages come in the order of need."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from storage.agenda import Entry, count_due, due_pages, entries
from storage.archive import Archive
from storage.duties import holder_of, take_duty
from storage.errors import LeaseLost, UnderWay
from storage.records import PageState
from storage.unit import Visit
from tests.contract.desk import Desk

NOON = dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def due_names(desk: Desk, now: dt.datetime, **more: object) -> list[str]:
    with desk.archive.writing() as unit:
        return [due.site for due in unit.take_due(now, **more)]  # type: ignore[arg-type]


@pytest.fixture
def three(desk: Desk) -> dict[str, int]:
    """Three sites, due an hour apart, the last first."""
    with desk.archive.writing() as unit:
        found = {name: unit.add_site(name).id for name in ("a.example", "b.example", "c.example")}
        for number, key in enumerate(found.values()):
            unit.set_due(key, NOON - number * HOUR)
    return found


def test_what_is_due_comes_longest_overdue_first(desk: Desk, three: dict[str, int]) -> None:
    assert due_names(desk, NOON) == ["c.example", "b.example", "a.example"]
    assert due_names(desk, NOON, limit=1) == ["c.example"]
    assert due_names(desk, NOON, among=["a.example", "b.example"]) == ["b.example", "a.example"]
    assert due_names(desk, NOON - HOUR) == ["c.example", "b.example"]
    assert set(entries(desk.archive)) == set(three)


def test_what_is_moved_on_taken_paused_or_at_rest_is_not_due(desk: Desk, three: dict[str, int]) -> None:
    a, b, c = three.values()
    with desk.archive.writing() as unit:
        unit.begin_run(a, at=NOON, by="run/1")
        unit.pause(b, at=NOON, reason="their server moves")
        unit.rest(c, NOON + HOUR)
    assert due_names(desk, NOON) == []
    assert due_names(desk, NOON + HOUR) == ["c.example"]
    with desk.archive.writing() as unit:
        unit.end_run(a, by="somebody else")
        unit.resume(b)
        unit.rest(c, None)
        unit.set_due(c, NOON + HOUR)
    assert due_names(desk, NOON) == ["b.example"]
    with desk.archive.writing() as unit:
        unit.end_run(a, by="run/1")
    assert due_names(desk, NOON) == ["b.example", "a.example"]
    known = entries(desk.archive)["b.example"]
    assert known == Entry(site="b.example", site_id=b, next_due=NOON - HOUR)


def test_a_run_that_was_cut_short_is_due_once_more_and_those_that_are_alive_are_not(
    desk: Desk, three: dict[str, int]
) -> None:
    a, b, _ = three.values()
    with desk.archive.writing() as unit:
        for key in three.values():
            unit.set_due(key, NOON + HOUR)
        unit.begin_run(a, at=NOON, by="dead/1")
        unit.begin_run(b, at=NOON, by="alive/1")
    with desk.archive.writing() as unit:
        assert unit.make_up(now=NOON, besides=["alive/1"]) == ["a.example"]
    assert due_names(desk, NOON) == ["a.example"]
    with desk.archive.writing() as unit:
        assert unit.make_up(now=NOON, besides=["alive/1"]) == []


def test_of_several_that_look_at_one_time_one_takes_what_is_due(
    desk: Desk, three: dict[str, int], open_archive: Callable[..., Archive]
) -> None:
    taken: list[str] = []

    def look() -> None:
        archive = open_archive()
        with archive.writing() as unit:
            for due in unit.take_due(NOON):
                unit.set_due(due.site_id, NOON + HOUR)
                taken.append(due.site)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(three)


def test_pages_come_unplanned_first_and_then_by_how_long_they_are_overdue(desk: Desk) -> None:
    with desk.archive.writing() as unit:
        site = desk.site.id
        pages = unit.add_pages(site, [f"https://press.example/{n}" for n in range(6)], at=NOON, baseline=False)
        for page, due in zip(pages[1:], (1, -2, -1, 0, -3), strict=True):
            unit.update_page(page.id, next_due=NOON + due * HOUR)
        unit.update_page(pages[5].id, state=PageState.MOVED)
    found = [page.url[-1] for page in due_pages(desk.archive, desk.site.id, NOON)]
    assert found == ["0", "2", "3", "4"]
    assert [page.url[-1] for page in due_pages(desk.archive, desk.site.id, NOON, 2)] == ["0", "2"]
    assert count_due(desk.archive, desk.site.id, NOON) == 4


def test_pages_may_be_moved_on_while_they_are_read_and_each_comes_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.agenda.CHUNK", 3)
    with desk.archive.writing() as unit:
        pages = unit.add_pages(desk.site.id, [f"https://press.example/{n}" for n in range(20)], at=NOON, baseline=False)
        for page in pages[10:]:
            unit.update_page(page.id, next_due=NOON - HOUR)
    seen = []
    for page in due_pages(desk.archive, desk.site.id, NOON):
        seen.append(page.id)
        with desk.archive.writing() as unit:
            unit.update_page(page.id, next_due=NOON + HOUR)
    assert seen == [page.id for page in pages]


def test_a_wave_has_the_pages_visited_that_were_not_lately(desk: Desk) -> None:
    with desk.archive.writing() as unit:
        pages = unit.add_pages(desk.site.id, [f"https://press.example/{n}" for n in range(4)], at=NOON, baseline=False)
        for page, visited in zip(pages, (-30, -1, -30, -30), strict=True):
            unit.update_page(page.id, last_visit=NOON + visited * HOUR, next_due=NOON + 50 * HOUR)
        unit.update_page(pages[2].id, state=PageState.GONE)
        unit.update_page(pages[3].id, next_due=NOON - HOUR)
        assert unit.set_pages_due(desk.site.id, NOON, unvisited_since=NOON - 12 * HOUR) == 1
    assert [page.id for page in due_pages(desk.archive, desk.site.id, NOON)] == [pages[3].id, pages[0].id]


def test_a_visit_says_when_the_page_is_due_next(desk: Desk) -> None:
    with desk.archive.writing() as unit:
        page = unit.add_page(desk.site.id, "https://press.example/1", at=NOON, baseline=False)
        unit.extend([Visit(page_id=page.id, at=NOON, status=304, next_due=NOON + HOUR)])
        assert unit.page_by_id(page.id) == replace(
            page, state=PageState.LIVE, last_visit=NOON, last_seen=NOON, status=304, next_due=NOON + HOUR
        )


def test_a_duty_has_one_holder_until_it_is_given_back(desk: Desk) -> None:
    def clock() -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    duty = take_duty(desk.archive, "service", clock=clock)
    with pytest.raises(UnderWay, match="runs already"):
        take_duty(desk.archive, "service", clock=clock)
    assert holder_of(desk.archive, "service", now=clock()) is not None
    duty.renew()
    duty.release()
    assert holder_of(desk.archive, "service", now=clock()) is None
    second = take_duty(desk.archive, "service", clock=clock)
    with pytest.raises(LeaseLost):
        duty.renew()
    duty.release()
    second.renew()


def test_a_duty_that_was_not_heard_of_is_taken_over(desk: Desk) -> None:
    then = dt.datetime.now(dt.UTC) - HOUR
    first = take_duty(desk.archive, "service", clock=lambda: then)
    take_duty(desk.archive, "service", clock=lambda: then + HOUR)
    with pytest.raises(LeaseLost):
        first.renew()
