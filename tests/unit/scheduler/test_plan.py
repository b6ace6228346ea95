"""When a page is visited next."""

from __future__ import annotations

import datetime as dt
import pickle
from collections.abc import Iterator
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from changes.kinds import Finding, Kind
from crawler.reading.profiles import Schedule, Window
from scheduler.plan import OLDEST, Plan, interval, is_due
from scheduler.rhythm import BOUNDS, Rhythm
from storage.records import Change, Page, PageState
from storage.rhythm import Watched

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
STOCKHOLM = ZoneInfo("Europe/Stockholm")
#: A site of thirty thousand pages, most of them old.
AGES = (2, 8, 20, 40, 250, 600, 2500, 26580)


def page(age: dt.timedelta = DAY, **fields: object) -> Page:
    """A page that was found when it was published, so long ago, and visited just now."""
    known = Page(
        id=1,
        site_id=1,
        url="https://press.example/a",
        state=PageState.LIVE,
        baseline=False,
        first_seen=NOW - age,
        last_visit=NOW,
        last_seen=NOW,
    )
    return replace(known, **fields)  # type: ignore[arg-type]


def plan(schedule: Schedule | None = None, **more: object) -> Plan:
    return Plan(schedule=schedule or Schedule(), zone=STOCKHOLM, **more)  # type: ignore[arg-type]


def visits(plan: Plan, page: Page, until: dt.datetime) -> Iterator[dt.datetime]:
    """When a page that never changes is visited from now on."""
    now = NOW
    while (now := plan.next_due(page, now)) < until:
        page = replace(page, last_visit=now, last_seen=now)
        yield now


def change(number: int, kind: Kind = Kind.EDITED, *, baseline: bool = False) -> Change:
    return Change(
        id=number,
        site="alvik",
        url=f"https://press.example/{number}",
        title="",
        kind=kind,
        detected_at=NOW,
        finding=Finding(kind=kind),
        baseline=baseline,
    )


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (HOUR, 15 * MINUTE),
        (5 * HOUR, HOUR),
        (3 * DAY, 3 * HOUR),
        (20 * DAY, 3 * DAY),
        (200 * DAY, 30 * DAY),
        (4000 * DAY, 90 * DAY),
    ],
)
def test_without_a_plan_a_page_goes_by_the_ladder(age: dt.timedelta, expected: dt.timedelta) -> None:
    assert interval(page(age), NOW) == expected


def test_a_page_that_was_never_visited_is_due_and_none_is_never_due() -> None:
    old = page(9999 * DAY)

    assert is_due(replace(old, last_visit=None), NOW)
    assert not is_due(old, NOW)
    assert is_due(old, NOW + 90 * DAY)


def test_a_page_that_was_given_a_time_is_due_then() -> None:
    planned = page(HOUR, next_due=NOW + 6 * DAY)

    assert not is_due(planned, NOW + 6 * DAY - MINUTE)
    assert is_due(planned, NOW + 6 * DAY)


def test_a_page_that_was_visited_before_the_clock_was_set_back_does_not_wait_for_it() -> None:
    assert is_due(page(last_visit=NOW + 400 * DAY, next_due=NOW + 420 * DAY), NOW)


def test_the_older_a_page_the_longer_it_waits_and_none_longer_than_ninety_days() -> None:
    ages = [dt.timedelta(hours=1.5**power) for power in range(30)]

    waits = [plan().interval(page(age), NOW) for age in ages]

    assert waits == sorted(waits)
    assert waits[0] == 15 * MINUTE
    assert waits[-1] == OLDEST


def test_a_page_whose_release_was_edited_is_looked_at_more_often_than_others_of_its_age() -> None:
    for age in (6 * HOUR, 3 * DAY, 300 * DAY):
        usual = plan().interval(page(age), NOW)
        once = plan().interval(page(age, edits=1, last_edit=NOW - HOUR), NOW)
        often = plan().interval(page(age, edits=9, last_edit=NOW - HOUR), NOW)

        assert often < once < usual / 2


def test_an_edit_of_long_ago_is_forgotten_little_by_little() -> None:
    waits = [
        plan().interval(page(1000 * DAY, edits=40, last_edit=NOW - silence), NOW)
        for silence in (DAY, 30 * DAY, 200 * DAY, 900 * DAY)
    ]

    assert waits == sorted(waits)
    assert waits[0] < DAY
    assert waits[-1] > 30 * DAY


def test_a_site_that_edits_its_old_pages_has_them_visited_more_often() -> None:
    quiet = Rhythm.learn([Watched(edits=0, days=100.0)] * (len(BOUNDS) + 1))
    restless = Rhythm.learn([Watched(edits=0, days=100.0)] * len(BOUNDS) + [Watched(edits=60, days=10_000.0)])
    old = page(500 * DAY)

    assert plan(rhythm=restless).interval(old, NOW) < plan(rhythm=quiet).interval(old, NOW) / 4


def test_visits_are_due_when_the_site_is() -> None:
    every = Schedule(every=HOUR)
    night = Schedule(windows=(Window(start=dt.time(22), end=dt.time(6)),))
    morning = Schedule(every=None, cron=("30 6 * * mon-fri",))

    for schedule in (every, night, morning):
        for time in visits(plan(schedule), page(2 * HOUR), NOW + 30 * DAY):
            assert schedule.allows(time.astimezone(STOCKHOLM))
    assert {time.minute for time in visits(plan(every), page(2 * HOUR), NOW + 5 * DAY)} == {0}
    assert {time.astimezone(STOCKHOLM).hour for time in visits(plan(morning), page(HOUR), NOW + 9 * DAY)} == {6}


def test_a_new_page_is_visited_by_every_run_even_when_a_run_takes_long() -> None:
    late = NOW + 6 * MINUTE  # the run of noon came to it six minutes late

    assert plan().next_due(page(HOUR), late) == NOW + 15 * MINUTE


def test_a_page_that_is_missing_is_asked_for_soon_and_then_ever_more_seldom() -> None:
    def wait(silence: dt.timedelta) -> dt.timedelta:
        gone = page(400 * DAY, state=PageState.MISSING, missing_since=NOW - silence, misses=1)
        return plan().interval(gone, NOW)

    assert wait(MINUTE) == HOUR
    assert wait(DAY) == 6 * HOUR
    assert wait(9999 * DAY) == OLDEST


def test_a_page_that_is_gone_is_asked_for_once_more_now_and_then() -> None:
    gone = page(400 * DAY, state=PageState.GONE, missing_since=NOW - 40 * DAY)

    assert plan().interval(gone, NOW) == 10 * DAY


def test_a_doubtful_page_is_looked_at_again_within_the_hour() -> None:
    suspect = page(400 * DAY, suspect="sha256:00")

    assert plan().interval(suspect, NOW) == HOUR
    assert is_due(suspect, NOW + HOUR)
    assert is_due(page(400 * DAY, state=PageState.MISSING), NOW + HOUR)


def test_a_page_whose_last_visits_brought_nothing_to_read_is_tried_again_soon() -> None:
    def wait(silence: dt.timedelta) -> dt.timedelta:
        return plan().interval(page(400 * DAY, last_seen=NOW - silence, last_visit=NOW), NOW)

    assert wait(10 * MINUTE) == 15 * MINUTE
    assert wait(8 * DAY) == 2 * DAY
    assert wait(399 * DAY) == plan().interval(page(400 * DAY), NOW)


def test_a_page_that_was_found_and_not_read_yet_has_the_next_run_and_is_not_asked_for_for_ever() -> None:
    assert plan().next_due(page(MINUTE, state=PageState.NEW), NOW) == NOW + 15 * MINUTE
    assert plan().interval(page(40 * DAY, state=PageState.NEW), NOW) == 10 * DAY


def test_pages_that_were_there_before_us_are_as_old_as_they_say_and_never_new() -> None:
    found = page(HOUR, baseline=True)

    assert plan().interval(replace(found, dated=NOW - 900 * DAY), NOW) > 80 * DAY
    assert plan().interval(replace(found, dated=NOW - 2 * HOUR), NOW) < HOUR
    assert plan().interval(found, NOW) > DAY


def test_a_new_page_is_new_although_its_date_has_no_time_and_an_old_one_that_was_put_on_the_list_is_old() -> None:
    assert plan().interval(page(HOUR, dated=NOW - 12 * HOUR), NOW) == plan().interval(page(HOUR), NOW)
    assert plan().interval(page(HOUR, dated=NOW - 900 * DAY), NOW) > 80 * DAY
    assert plan().interval(page(HOUR, dated=NOW + DAY), NOW) == plan().interval(page(HOUR), NOW)


def test_pages_that_were_found_together_do_not_come_back_together() -> None:
    found = page(HOUR, baseline=True, dated=NOW - 900 * DAY)

    days = [plan().next_due(replace(found, id=number), NOW).date() for number in range(900)]

    assert max(days.count(day) for day in set(days)) <= 3 * 900 / 81
    assert (min(days) - NOW.date()).days < 12


def test_within_a_budget_the_oldest_wait_longer_and_the_youngest_do_not() -> None:
    free, tight = plan(ages=AGES, lists=3), plan(Schedule(budget=700), ages=AGES, lists=3)

    assert free.requests_a_day > 1.3 * 700 > 700 >= tight.requests_a_day
    assert tight.interval(page(HOUR), NOW) < 1.5 * free.interval(page(HOUR), NOW)
    assert tight.interval(page(9 * DAY), NOW) > 2 * free.interval(page(9 * DAY), NOW)


@pytest.mark.parametrize("budget", [100, 1000, 20_000])
def test_what_is_visited_stays_within_the_budget(budget: int) -> None:
    ages = (100, 700, 2000, 4000, 23_000, 60_000, 200_000, 100_000)
    fitting = plan(Schedule(every=DAY, budget=budget), ages=ages, lists=1)

    assert budget * 0.7 < fitting.requests_a_day <= budget


def test_a_budget_that_is_large_enough_changes_nothing() -> None:
    assert plan(Schedule(budget=1_000_000), ages=AGES, lists=3).thrift == 1


def test_marks_on_a_few_pages_are_a_wave_and_one_or_two_are_not() -> None:
    marks = [change(number, Kind.ARCHIVED) for number in range(3)]

    assert plan().wave(marks, visited=40, known=9000)
    assert not plan().wave(marks[:2], visited=40, known=9000)
    assert not plan().wave([*marks[:2], change(3, Kind.WITHDRAWN)], visited=40, known=9000)


def test_more_edits_than_chance_makes_are_a_wave() -> None:
    assert plan().wave([change(number) for number in range(4)], visited=20, known=9000)
    assert not plan().wave([change(number) for number in range(4)], visited=400, known=9000)
    assert plan().wave([change(number) for number in range(40)], visited=400, known=9000)


def test_new_releases_and_the_first_crawl_are_no_wave() -> None:
    assert not plan().wave([change(number, Kind.PUBLISHED) for number in range(50)], visited=60, known=9000)
    assert not plan().wave([change(number, baseline=True) for number in range(50)], visited=60, known=9000)


def test_a_crawl_that_saw_most_pages_has_no_more_to_look_for() -> None:
    assert not plan().wave([change(number, Kind.ARCHIVED) for number in range(50)], visited=4500, known=9000)


def test_a_plan_can_be_handed_to_another_process() -> None:
    tight = plan(Schedule(budget=500), ages=AGES)
    tight.interval(page(), NOW)

    assert pickle.loads(pickle.dumps(tight)).next_due(page(), NOW) == tight.next_due(page(), NOW)
