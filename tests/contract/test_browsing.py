"""Lists walked part by part, on either database: without gap or repeat, and at the price of what is shown."""

from __future__ import annotations

import pytest

from changes.kinds import Finding, Kind, SiteNotice
from storage import browsing
from storage.browsing import Asked
from storage.records import PageState
from tests.contract.desk import HOUR, NOON, Desk


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """Six pages, one of them edited four times, one of those without a word."""
    for number in range(6):
        desk.say(desk.page(f"p{number}"), f"Title {number}", at=NOON + number * HOUR)
    page = desk.page("p0")
    for number in range(4):
        desk.say(page, f"Title 0, edition {number}", at=NOON + (10 + number) * HOUR)
    with desk.archive.writing() as unit:
        finding = Finding(kind=Kind.EDITED, fields=("body",), silent=True, labels=("figure",))
        key = unit.add_change(
            page.id, finding, before=4, after=5, title="Quiet", url=page.url, at=NOON + 20 * HOUR, baseline=False
        )
        unit.add_wave([key], "a wave")
        for number in range(3):
            crawl = unit.start_crawl(desk.site.id, NOON + number * HOUR)
            unit.end_crawl(crawl, at=NOON + number * HOUR, reason="finished", stats={"planned": number})
            unit.add_notice(desk.site.id, SiteNotice.GAP, text="short", detail={}, at=NOON + number * HOUR)
        unit.update_page(page.id, state=PageState.GONE)
    return desk


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("limit", [1, 3, 11, 50])
def test_changes_are_walked_to_their_end(busy: Desk, limit: int, newest_first: bool) -> None:
    found, after = [], None
    while True:
        part = browsing.some_changes(busy.archive, Asked(), after=after, limit=limit, newest_first=newest_first)
        found += [change.id for change in part.found]
        assert len(part.found) <= limit
        if part.after is None:
            break
        after = part.after
    assert len(found) == len(set(found)) == 11
    assert found == sorted(found, reverse=newest_first)


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        (Asked(kinds=(Kind.EDITED,)), 5),
        (Asked(silent=True), 1),
        (Asked(labels=("figure",)), 1),
        (Asked(fields=("title",)), 4),
        (Asked(match="edition 3"), 2),  # the edit to it, and the one after it
        (Asked(wave="a wave"), 1),
        (Asked(baseline=True), 0),
        (Asked(since=NOON + 12 * HOUR), 3),
        (Asked(until=NOON + HOUR), 1),
        (Asked(url="https://press.example/news/p0", kinds=(Kind.PUBLISHED,)), 1),
        (Asked(site="nobody"), 0),
    ],
)
def test_changes_that_fit_are_found(busy: Desk, asked: Asked, count: int) -> None:
    part = browsing.some_changes(busy.archive, asked, after=None, limit=50, newest_first=True)
    assert (len(part.found), part.after) == (count, None)


def test_pages_versions_notices_and_crawls_are_walked(busy: Desk) -> None:
    archive, name = busy.archive, busy.site.name
    first = browsing.some_pages(archive, site=name, state=None, after=None, limit=4)
    rest = browsing.some_pages(archive, site=name, state=None, after=first.after, limit=4)
    assert [len(first.found), len(rest.found), rest.after] == [4, 2, None]
    gone = browsing.some_pages(archive, site=None, state=PageState.GONE, after=None, limit=4)
    assert [(page.url, site) for page, site in gone.found] == [("https://press.example/news/p0", name)]
    key = gone.found[0][0].id
    some = browsing.some_versions(archive, key, after=2, limit=2)
    assert ([version.number for version in some.found], some.after) == ([3, 4], 4)
    told = browsing.some_notices(archive, site=name, kinds=[SiteNotice.GAP], since=NOON + HOUR, after=None, limit=1)
    assert (told.found[0].at, told.after) == (NOON + 2 * HOUR, told.found[0].id)
    crawls = browsing.some_crawls(archive, site=name, after=None, limit=2)
    assert [crawl.stats["planned"] for crawl in crawls.found] == [2, 1]
    assert browsing.crawl(archive, crawls.found[0].id) == crawls.found[0]
    assert browsing.notice(archive, told.found[0].id) == told.found[0]
    assert browsing.site_of(archive, gone.found[0][0]) == name
