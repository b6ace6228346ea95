"""What happened is listed as it was written down: changes, waves, notices."""

from __future__ import annotations

import datetime as dt

import pytest

from changes.kinds import Finding, Kind, SiteNotice
from changes.release import Block, BlockKind, Contact, Release
from storage.errors import ArchiveError
from storage.records import Change
from tests.contract.desk import HOUR, NOON, Desk, keep


def test_a_change_comes_back_with_all_that_was_found(desk: Desk) -> None:
    page = desk.page()
    finding = Finding(
        kind=Kind.ARCHIVED,
        fields=("title", "links"),
        silent=True,
        labels=("figure",),
        period=(dt.date(2030, 1, 1), None),
        government="Regeringen Ek",
        person="Alva Ek",
        was="https://press.example/old",
        status=410,
    )
    with desk.archive.writing() as unit:
        key = unit.add_change(
            page.id, finding, before=1, after=2, title="Älgjakt", url=page.url, at=NOON, baseline=True, crawl_id=None
        )
    assert list(desk.archive.changes()) == [
        Change(
            id=key,
            site="press.example",
            url=page.url,
            title="Älgjakt",
            kind=Kind.ARCHIVED,
            detected_at=NOON,
            finding=finding,
            before=1,
            after=2,
            baseline=True,
        )
    ]


def test_changes_are_narrowed_by_site_kind_time_and_address(desk: Desk) -> None:
    one, two = desk.page("one"), desk.page("two")
    for hours, (page, title) in enumerate(((one, "A"), (two, "B"), (one, "C"), (two, "D"))):
        desk.say(page, title, at=NOON + hours * HOUR)
    with desk.archive.writing() as unit:
        unit.move_page(two.id, "https://press.example/moved", at=NOON)

    def titles(**wanted: object) -> str:
        return "".join(change.title for change in desk.archive.changes(**wanted))  # type: ignore[arg-type]

    assert titles() == "ABCD"
    assert titles(site="press.example") == "ABCD"
    assert titles(site="other.example") == ""
    assert titles(kinds=[Kind.EDITED]) == "CD"
    assert titles(kinds=[Kind.EDITED, Kind.PUBLISHED]) == "ABCD"
    assert titles(since=NOON + HOUR, until=NOON + 3 * HOUR) == "BC"
    assert titles(url="http://press.example/news/two/") == "BD"
    assert titles(url="https://press.example/moved") == "BD"
    assert titles(url="https://press.example/none") == ""
    assert titles(limit=3) == "ABC"
    assert titles(limit=0) == ""
    assert titles(newest_first=True, limit=2) == "DC"


def test_a_list_goes_on_where_it_ended_in_either_direction(desk: Desk) -> None:
    page = desk.page()
    for title in "ABCDE":
        desk.say(page, title)
    seen = list(desk.archive.changes(limit=2))
    assert [change.title for change in desk.archive.changes(after_id=seen[-1].id)] == ["C", "D", "E"]
    newest = list(desk.archive.changes(limit=2, newest_first=True))
    later = desk.archive.changes(after_id=newest[-1].id, newest_first=True)
    assert [change.title for change in later] == ["C", "B", "A"]


def test_more_changes_than_one_chunk_come_each_once_in_order(desk: Desk) -> None:
    page = desk.page()
    with desk.archive.writing() as unit:
        written = [
            unit.add_change(
                page.id,
                Finding(kind=Kind.EDITED),
                before=None,
                after=None,
                title=str(number),
                url=page.url,
                at=NOON,
                baseline=False,
            )
            for number in range(1201)
        ]
    assert [change.id for change in desk.archive.changes()] == written
    assert [change.id for change in desk.archive.changes(newest_first=True)] == written[::-1]
    assert [change.id for change in desk.archive.changes(limit=700)] == written[:700]
    assert [change.id for change in desk.archive.changes(match="1200")] == [written[1200]]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("älgjakt", ["Ny Älgjakt", "Annat"]),
        ("ÄLGJAKT", ["Ny Älgjakt", "Annat"]),
        ("annat", ["Annat"]),
        ("5 000 kronor", ["Ny Älgjakt", "Annat"]),  # said before the edit, gone after it
        ('säger "ja"', ["Annat"]),
        ("Alva\u00adEk", []),
        ("Alva  Ek", ["Annat"]),
        ("press.example/news", []),  # an address is nothing that a reader sees
        ("paragraph", []),
        ("100%", []),
        ("  ", ["Ny Älgjakt", "Annat"]),
    ],
)
def test_words_are_found_in_title_and_text_before_and_after(desk: Desk, words: str, found: list[str]) -> None:
    page = desk.page()
    texts = (
        Release(title="Ny Älgjakt", body=(Block(kind=BlockKind.PARAGRAPH, text="Bot 5 000 kronor", markdown="x"),)),
        Release(
            title="Annat", lead='Hon säger "ja"', contacts=(Contact(text="Alva Ek"),), canonical=f"{page.url}?a=100%"
        ),
    )
    for number, release in enumerate(texts, 1):
        with desk.archive.writing() as unit:
            kept = keep(unit, page, release.title.encode())
            unit.add_version(page.id, snapshot_id=kept.id, release=release, digest="d", rules="r", at=NOON)
            unit.add_change(
                page.id,
                Finding(kind=Kind.EDITED),
                before=number - 1 or None,
                after=number,
                title=release.title,
                url=page.url,
                at=NOON,
                baseline=False,
            )
    assert [change.title for change in desk.archive.changes(match=words)] == found
    assert [change.title for change in desk.archive.changes(match=words, limit=1)] == found[:1]


def test_changes_of_one_cause_share_the_name_of_their_wave(desk: Desk) -> None:
    pages = [desk.page(str(number)) for number in range(3)]
    for page in pages:
        desk.say(page, page.url)
    ids = [change.id for change in desk.archive.changes()]
    with desk.archive.writing() as unit:
        unit.add_wave(ids[:2], "archived-2031")
        unit.add_wave(ids[1:2], "another")  # written twice after a crash: the first name stays
    assert [change.wave for change in desk.archive.changes()] == ["archived-2031", "archived-2031", None]


def test_a_change_of_a_page_that_is_not_there_is_refused(desk: Desk) -> None:
    with pytest.raises(ArchiveError), desk.archive.writing() as unit:
        unit.add_change(
            7,
            Finding(kind=Kind.EDITED),
            before=None,
            after=None,
            title="t",
            url="u",
            at=NOON,
            baseline=False,
        )
    assert list(desk.archive.changes()) == []


def test_notices_come_back_and_are_narrowed(desk: Desk) -> None:
    with desk.archive.writing() as unit:
        other = unit.add_site("other.example")
        first = unit.add_notice(
            desk.site.id, SiteNotice.BLOCKED, text="403 × 20", detail={"status": [403], "share": 0.9}, at=NOON
        )
        unit.add_notice(other.id, SiteNotice.GAP, text="gap", detail={}, at=NOON + HOUR)
    told = list(desk.archive.notices())
    assert [notice.site for notice in told] == ["press.example", "other.example"]
    assert (told[0].id, told[0].detail, told[0].at) == (first, {"status": [403], "share": 0.9}, NOON)
    assert list(desk.archive.notices(site="press.example")) == told[:1]
    assert list(desk.archive.notices(kinds=[SiteNotice.GAP])) == told[1:]
    assert list(desk.archive.notices(since=NOON + HOUR)) == told[1:]


def test_a_notice_stays_open_until_a_recovery_from_its_kind(desk: Desk) -> None:
    def tell(kind: SiteNotice, about: SiteNotice | None = None) -> None:
        with desk.archive.writing() as unit:
            unit.add_notice(desk.site.id, kind, text=kind.value, detail={}, at=NOON, about=about)

    def still_open() -> list[SiteNotice]:
        return [notice.kind for notice in desk.archive.open_notices(desk.site.id)]

    tell(SiteNotice.BLOCKED)
    tell(SiteNotice.UNREACHABLE)
    tell(SiteNotice.RECOVERED, SiteNotice.BLOCKED)
    assert still_open() == [SiteNotice.UNREACHABLE]
    tell(SiteNotice.BLOCKED)
    assert still_open() == [SiteNotice.UNREACHABLE, SiteNotice.BLOCKED]
    tell(SiteNotice.RECOVERED, SiteNotice.UNREACHABLE)
    tell(SiteNotice.RECOVERED, SiteNotice.BLOCKED)
    assert still_open() == []
