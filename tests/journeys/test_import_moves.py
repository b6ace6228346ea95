"""Redirects in imported files: a page that went elsewhere for good has moved, as a crawl would have said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from changes.kinds import Kind
from storage.archive import Archive
from storage.inspection import verify
from storage.records import PageState
from tests.journeys.importing import Desk
from tests.past import HOUR, OFFICE, START, Kept, page, warc_of
from tests.tables import contents

OLD, NEW, NEWER = f"{OFFICE}/news/bridge", f"{OFFICE}/news/the-bridge", f"{OFFICE}/news/2024-the-bridge"


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """An installation that watches an invented press office."""
    return Desk(tmp_path, capsys)


def said(url: str, hours: int, word: str, **kind: str) -> Kept:
    return Kept(url=url, at=START + hours * HOUR, body=page(word, **kind))


def led_on(url: str, hours: int, to: str, status: int = 301) -> Kept:
    return Kept(url=url, at=START + hours * HOUR, body=b"", status=status, headers=(("Location", to),))


def bring(desk: Desk, folder: Path, *some: Kept, name: str = "past.warc.gz") -> str:
    found = desk.run("import", "warc", warc_of(list(some), folder / name))
    assert found.code == 0, found.err
    return found.err


def told(desk: Desk) -> list[tuple[Kind, str, str | None, int | None, int | None]]:
    return [(one.kind, one.url, one.finding.was, one.before, one.after) for one in desk.changes()]


@pytest.mark.parametrize("status", [301, 308])
def test_a_page_that_moved_for_good_has_one_history_and_is_found_by_both_addresses(
    desk: Desk, tmp_path: Path, status: int
) -> None:
    some = [said(OLD, 0, "160"), led_on(OLD, 2, "/news/the-bridge", status), said(NEW, 3, "160"), said(NEW, 9, "190")]

    assert bring(desk, tmp_path, *some) == ""

    assert desk.page(OLD) == desk.page(NEW)
    assert desk.page(OLD).url == NEW
    assert [(one.first_seen, one.last_seen) for one in desk.versions(NEW)] == [
        (START, START + 3 * HOUR),
        (START + 9 * HOUR, START + 9 * HOUR),
    ]
    assert told(desk) == [
        (Kind.PUBLISHED, NEW, None, None, 1),
        (Kind.EDITED, NEW, None, 1, 2),
        (Kind.MOVED, NEW, OLD, 1, 1),
    ]
    with desk.archive() as archive:
        assert list(verify(archive)) == []


def test_the_same_file_again_and_one_address_after_the_other_adds_nothing(desk: Desk, tmp_path: Path) -> None:
    some = [said(OLD, 0, "160"), led_on(OLD, 2, NEW), said(NEW, 3, "160"), led_on(OLD, 5, NEW), said(NEW, 9, "190")]
    bring(desk, tmp_path, *some)
    before = contents(desk.database)
    bring(desk, tmp_path, *some)
    bring(desk, tmp_path, *some[1:], name="later.warc.gz")
    assert contents(desk.database) == before
    assert desk.run("reread", "office").code == 0
    assert contents(desk.database) == before


def test_the_old_answers_may_have_come_before_with_another_file(desk: Desk, tmp_path: Path) -> None:
    bring(desk, tmp_path, said(OLD, 0, "160"))
    bring(desk, tmp_path, led_on(OLD, 2, NEW), said(NEW, 3, "190"), name="later.warc.gz")
    assert desk.page(OLD).url == NEW
    assert told(desk)[1:] == [(Kind.EDITED, NEW, None, 1, 2), (Kind.MOVED, NEW, OLD, 1, 2)]


def test_where_the_new_address_has_a_past_the_old_history_ends_there(desk: Desk, tmp_path: Path) -> None:
    bring(desk, tmp_path, said(NEW, 0, "160"), said(OLD, 1, "160"), led_on(OLD, 2, NEW), said(NEW, 3, "160"))
    with desk.archive() as archive:
        (new,), (old,) = archive.find_page(NEW), archive.find_page(OLD)
    assert (old.state, old.url, new.state) == (PageState.MOVED, OLD, PageState.LIVE)
    assert told(desk)[-1] == (Kind.MOVED, NEW, OLD, 1, None)
    before = contents(desk.database)
    bring(desk, tmp_path, said(OLD, 1, "160"), led_on(OLD, 2, NEW), said(NEW, 3, "160"), name="again.warc.gz")
    assert contents(desk.database) == before


def test_a_page_that_moved_twice_is_followed_also_where_nobody_kept_what_stood_between(
    desk: Desk, tmp_path: Path
) -> None:
    bring(desk, tmp_path, said(OLD, 0, "160"), led_on(OLD, 2, NEW), led_on(NEW, 2, NEWER), said(NEWER, 3, "160"))
    assert desk.page(OLD).url == NEWER

    elsewhere = [f"{OFFICE}/news/ferry", f"{OFFICE}/news/the-ferry", f"{OFFICE}/news/2024-the-ferry"]
    first, second, third = elsewhere
    ferry = {"title": "The ferry goes on"}
    bring(
        desk, tmp_path, said(first, 0, "160", **ferry), led_on(first, 2, second), said(second, 3, "160", **ferry),
        led_on(second, 4, third), said(third, 5, "170", **ferry), name="ferry.warc.gz",
    )  # fmt: skip
    assert {desk.page(url).url for url in elsewhere} == {third}
    assert [one[:3] for one in told(desk) if one[0] is Kind.MOVED][1:] == [
        (Kind.MOVED, second, first),
        (Kind.MOVED, third, second),
    ]


@pytest.mark.parametrize("way", ["for now", "back again", "within the page", "to a list", "to another release"])
def test_what_is_no_move_makes_none(desk: Desk, tmp_path: Path, way: str) -> None:
    one = said(OLD, 0, "160")
    some = {
        "for now": [led_on(OLD, 2, NEW, 302), said(NEW, 3, "160")],
        "back again": [led_on(OLD, 2, NEW), said(NEW, 3, "160"), said(OLD, 4, "160")],
        "within the page": [led_on(OLD, 2, f"{OLD}/"), said(OLD, 3, "160")],
        "to a list": [led_on(OLD, 2, f"{OFFICE}/news/"), said(OLD, 3, "160")],
        "to another release": [led_on(OLD, 2, NEW), replace(said(NEW, 3, "160"), body=OTHER)],
    }[way]
    words = bring(desk, tmp_path, one, *some)
    assert ("says something else" in words) is (way == "to another release")
    assert desk.page(OLD).url == OLD
    assert desk.page(OLD).state is PageState.LIVE
    assert not [one for one in told(desk) if one[0] is Kind.MOVED]


def test_a_move_to_where_nobody_has_an_answer_from_is_stated(desk: Desk, tmp_path: Path) -> None:
    words = bring(desk, tmp_path, said(OLD, 0, "160"), led_on(OLD, 2, NEW))
    assert words.strip() == (
        "office: 1 page moved to where neither these files nor the archive have an answer from: "
        f"{OLD} to {NEW} (2024-05-03)"
    )
    assert desk.page(OLD).url == OLD


def test_nobody_is_alerted_of_a_move_that_was_imported(desk: Desk, tmp_path: Path) -> None:
    bring(desk, tmp_path, said(OLD, 0, "160"), led_on(OLD, 2, NEW), said(NEW, 3, "160"))
    with Archive.open(f"sqlite:///{desk.database}") as archive:
        assert [one.finding.was for one in archive.changes(kinds=[Kind.MOVED])] == [OLD]
        assert "owed" not in contents(desk.database) or not contents(desk.database)["owed"]


OTHER = b"""<html><head><title>Schools open in August</title></head><body><main><h1>Schools open in August</h1>
<p class="date">Published 9 May 2024</p><div class="text"><p>All schools of the town open on 19 August, and buses go as
they did last year.</p><p>Parents are asked to write to the head of their school before June.</p></div></main></body>
</html>"""
