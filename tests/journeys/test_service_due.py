"""Crawls that visit due pages only: what is due, what they learn of a page, and what they must not conclude."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from changes.kinds import SiteNotice
from changes.presence import RemovalRule
from crawler.accepting import accept, held
from crawler.process import Job, crawls
from storage.records import Page, PageState
from tests.journeys.watch import Watch
from tests.press_site import PressSite

COUNT = 45
PATHS = [f"/pressmeddelanden/2026/09/beslut-{number:02}/" for number in range(COUNT)]
DAY = dt.timedelta(days=1)


@pytest.fixture
def site() -> Iterator[PressSite]:
    with PressSite() as site:
        for number, path in enumerate(PATHS):
            day = dt.date(2026, 9, 18) if number < 12 else dt.date(2026, 3, 1)
            site.add(path, title=f"Beslut {number} om orter", body=body(number), published=day)
        yield site


def body(number: int) -> str:
    return f"<p>Regeringen har beslutat om {100 + number} miljoner kronor till orter som ligger långt norrut.</p>"


def plan(page: Page, at: dt.datetime) -> dt.datetime:
    """Young pages each day, others after a hundred; what is missing soon."""
    if page.state is PageState.MISSING:
        return at + DAY / 2
    young = page.dated is not None and at - page.dated < 30 * DAY
    return at + (DAY if young else 100 * DAY)


class Visits(Watch):
    """A watch that visits what is due."""

    def go(self, *, lists: bool = True, limit: int | None = None) -> dict[str, int]:
        now = self.now
        job = Job(
            profile=self.profile,
            archive=self.archive,
            user_agent="Pressvakt/test (+test@pressvakt.example)",
            allow_private=("127.0.0.1",),
            plan=plan,
            now=lambda: now,
            lists=lists,
            limit=limit,
        )
        self.now += DAY
        return crawls().run(job)


@pytest.fixture
def watch(site: PressSite, tmp_path: Path) -> Iterator[Visits]:
    with Visits(site, tmp_path, removal=RemovalRule(visits=2, gone_visits=2, span=DAY)) as watch:
        watch.go()
        watch.news()
        yield watch


def asked(site: PressSite) -> set[str]:
    return {request.path for request in site.requests if request.path in PATHS}


def test_only_pages_that_are_due_are_asked_and_what_a_visit_teaches_stands_with_the_page(
    site: PressSite, watch: Visits
) -> None:
    site.requests.clear()
    site.edit(PATHS[0], body=body(999))
    watch.go()
    assert asked(site) == set(PATHS[:12])
    assert watch.seen() == [("edited", PATHS[0])]
    page, same, old = (watch.page(PATHS[number]) for number in (0, 1, 20))
    assert page.dated == dt.datetime(2026, 9, 18, 6, 30, tzinfo=dt.UTC)
    assert (page.edits, page.last_edit) == (1, page.last_visit)
    assert (same.edits, same.last_edit) == (0, None)
    assert page.last_visit is not None
    assert abs((page.next_due or watch.now) - page.last_visit - DAY) < dt.timedelta(minutes=1)
    assert old.next_due is not None
    assert old.next_due > watch.now + 90 * DAY


def test_without_lists_only_pages_are_asked_and_a_limit_takes_the_longest_overdue(
    site: PressSite, watch: Visits
) -> None:
    overdue = sorted(PATHS[:12], key=lambda path: (watch.page(path).next_due, watch.page(path).id))
    site.requests.clear()
    watch.go(lists=False, limit=5)
    assert {request.path for request in site.requests} - {"/robots.txt"} == set(overdue[:5])


def test_a_page_that_cannot_be_read_is_tried_again_ever_more_seldom(site: PressSite, watch: Visits) -> None:
    site.answer(PATHS[0], 500, "away")
    waits = []
    for _ in range(6):
        before = watch.now
        watch.go()
        due = watch.page(PATHS[0]).next_due
        assert due is not None
        waits.append(due - before)
        watch.now = max(watch.now, due)
    assert waits == sorted(waits)
    assert waits[0] <= dt.timedelta(hours=2)
    assert waits[-1] > DAY


def test_young_pages_that_vanish_together_are_held_though_old_ones_were_not_looked_at(
    site: PressSite, watch: Visits
) -> None:
    site.answer("*", 404, "<html><body><h1>Sidan finns inte</h1></body></html>")
    for _ in range(3):
        watch.go(lists=False)
    assert watch.seen() == []
    assert "mass-removal" in watch.notices()


def test_what_was_held_counts_when_it_is_accepted_and_once(site: PressSite, watch: Visits) -> None:
    for path in PATHS[:30]:
        site.remove(path)
    with watch.archive.writing() as unit:
        unit.set_pages_due(1, watch.now, unvisited_since=watch.now)
    for _ in range(3):
        watch.go(lists=False)
    assert watch.seen() == []
    known = watch.archive.site("press")
    assert known is not None
    assert len(held(watch.archive, known, watch.profile).removals) == 30

    def now() -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    assert len(accept(watch.archive, watch.profile, now=lambda: watch.now, clock=now, plan=plan).removals) == 30
    found = watch.news()
    assert sorted(change.url.removeprefix(site.url) for change in found) == PATHS[:30]
    assert {(str(change.kind), change.wave is not None) for change in found} == {("removed", True)}
    assert [notice.about for notice in watch.archive.notices(kinds=[SiteNotice.RECOVERED])] == ["mass-removal"]
    assert not held(watch.archive, known, watch.profile)
    assert not accept(watch.archive, watch.profile, now=lambda: watch.now, clock=now)
    watch.go()
    assert watch.seen() == []


def test_a_few_pages_that_vanish_while_others_stand_are_removed(site: PressSite, watch: Visits) -> None:
    for path in PATHS[:3]:
        site.remove(path)
    for _ in range(3):
        watch.go()
    assert sorted(watch.seen()) == sorted(("removed", path) for path in PATHS[:3])
    assert watch.page(PATHS[0]).state is PageState.GONE
