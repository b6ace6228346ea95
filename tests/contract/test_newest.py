"""The newest lines, the timeline and the counts for pictures, on each kind of database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

from changes.kinds import Kind
from storage.archive import Archive
from storage.newest import Fold, Line, Wanted, newest, newest_id, releases_about
from storage.statistics import Count, Delay, counts, reach
from storage.timeline import answers, timeline
from tests.web_office import DAY, NOW, furnish
from web.views.pictures import Memory
from web.words import Words

STOCKHOLM = ZoneInfo("Europe/Stockholm")
TODAY = dt.date(2031, 3, 14)


def lines(archive: Archive, wanted: Wanted, size: int) -> list[Line]:
    """All lines, page by page."""
    found: list[Line] = []
    older = None
    while part := list(newest(archive, wanted, older_than=older, limit=size)):
        found += part
        older = part[-1].change.id
    return found


def test_a_wave_and_a_first_crawl_are_one_line_each_however_the_list_is_cut(
    open_archive: Callable[..., Archive],
) -> None:
    archive = open_archive()
    furnish(archive)
    whole = lines(archive, Wanted(), 100)

    assert [(line.fold, line.count) for line in whole if line.fold] == [(Fold.WAVE, 30), (Fold.BASELINE, 30)]
    assert len(whole) == 11
    assert whole[0].change.id == newest_id(archive)
    for size in (1, 2, 3, 7):
        assert lines(archive, Wanted(), size) == whole

    wave = next(line.change.wave for line in whole if line.fold is Fold.WAVE)
    assert len(lines(archive, Wanted(wave=wave), 7)) == 30
    assert len(lines(archive, Wanted(baseline=True), 7)) == 30
    assert lines(archive, Wanted(wave="none"), 7) == []


def test_lines_fit_what_is_asked_for(open_archive: Callable[..., Archive]) -> None:
    archive = open_archive()
    furnish(archive)

    edits = lines(archive, Wanted(kinds=(Kind.EDITED,)), 10)
    assert [line.change.finding.silent for line in edits] == [False, True]
    assert lines(archive, Wanted(site="norrvik"), 10) == []
    assert {line.change.kind for line in lines(archive, Wanted(until=NOW - 9 * DAY), 10)} == {Kind.PUBLISHED}
    assert lines(archive, Wanted(since=NOW), 10) == []
    said = releases_about(archive, [line.change.id for line in edits])
    assert {number for _, number in said} == {1, 2, 3}


def test_a_page_has_its_line_of_time_and_its_answers(open_archive: Callable[..., Archive]) -> None:
    archive = open_archive()
    page = furnish(archive)["bridge"]

    assert [moment.number for moment in timeline(archive, page.id)] == [1, 2, 3, 4]
    kept = answers(archive, page.id, limit=3)
    assert [answer.captured_at for answer in kept] == [NOW - days * DAY for days in (4, 6, 8)]
    assert [answer.captured_at for answer in answers(archive, page.id, before=kept[-1].captured_at)] == [NOW - 10 * DAY]
    assert all(answer.size > 0 for answer in kept)


def test_changes_are_counted_by_hour_and_edits_by_how_long_their_release_stood(
    open_archive: Callable[..., Archive],
) -> None:
    archive = open_archive()
    furnish(archive)
    found, delays = counts(archive, since=NOW - 100 * DAY, up_to=reach(archive).newest)

    assert sum(one.many for one in found) == 30 + 5 + 4  # the wave, what befell old news, the story of the bridge
    silent = Count(site="alvik", kind=Kind.EDITED, hour=NOW - 8 * DAY, many=1, silent=1)
    assert [one for one in found if one.silent] == [silent]
    assert delays == [Delay(site="alvik", band=3, many=1), Delay(site="alvik", band=4, many=1)]
    assert counts(archive, since=NOW, up_to=reach(archive).newest) == ([], [])


def test_pictures_are_the_same_counted_at_once_or_change_by_change(open_archive: Callable[..., Archive]) -> None:
    archive = open_archive()
    words = Words("sv", STOCKHOLM)
    grown = Memory(archive, STOCKHOLM)
    assert grown.pictures("alvik", words, today=TODAY).total == 0
    furnish(archive)
    after = grown.pictures("alvik", words, today=TODAY)

    assert after == Memory(archive, STOCKHOLM).pictures("alvik", words, today=TODAY)
    assert (after.total, after.edits, after.silently) == (39, 2, 1)
    assert sum(map(int, (bar.value for bar in after.weeks.bars))) == 39
    assert grown.pictures("alvik", words, today=TODAY + 60 * 7 * dt.timedelta(days=1)).total == 0
    assert grown.pictures("nobody", words, today=TODAY).total == 0
