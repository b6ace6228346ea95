"""Which changes fit which wishes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from alerts.matching import Matcher, places
from alerts.subscription import Where, Wishes
from alerts.taking import parted
from changes.kinds import Finding, Kind
from changes.release import Block, BlockKind, Release
from storage.alert_records import Owed
from storage.records import Change

NOON = dt.datetime(2031, 3, 14, 12, tzinfo=dt.UTC)


def release(
    *paragraphs: str, title: str = "Nya platser", senders: tuple[str, ...] = ("Justitiedepartementet",)
) -> Release:
    body = tuple(Block(kind=BlockKind.PARAGRAPH, text=text, markdown=text) for text in paragraphs)
    return Release(title=title, body=body, senders=senders)


def owed(
    kind: Kind = Kind.EDITED,
    before: Release | None = None,
    after: Release | None = None,
    *,
    site: str = "press",
    **more: Any,
) -> Owed:
    finding = Finding(kind=kind, **more)
    change = Change(
        id=1, site=site, url="https://press.example/1", title="t", kind=kind, detected_at=NOON, finding=finding
    )
    return Owed(id=1, page_id=1, change=change, before=before, after=after)


def fits(wishes: Wishes, one: Owed) -> bool:
    matcher = Matcher([wishes])
    matcher.add(one)
    return matcher.fitting()[wishes] == 1


EDIT = owed(
    before=release("Vi bygger 160 platser i Norrvik. Skatten höjs."),
    after=release("Vi bygger 100 platser i Norrvik. Skatten höjs."),
    fields=("body",),
    labels=("figure",),
    silent=True,
)


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(),
        Wishes(sites=("other", "press")),
        Wishes(kinds=(Kind.REMOVED, Kind.EDITED)),
        Wishes(labels=("date", "figure")),
        Wishes(fields=("title", "body")),
        Wishes(senders=("justitie",)),
        Wishes(silent=True),
        Wishes(words=("norrvik",)),
        Wishes(words=("SKATT*",)),
        Wishes(words=('"100 platser"',), where=Where.ADDED),
        Wishes(words=("160",), where=Where.REMOVED),
        Wishes(words=("160",)),
        Wishes(words=("vindkraft", "platser NOT moms")),
        Wishes(words=("vindkraft OR platser",)),
        Wishes(kinds=(Kind.EDITED,), labels=("figure",), words=("norrvik",)),
    ],
)
def test_a_change_fits_all_that_is_asked_of_it(wishes: Wishes) -> None:
    assert fits(wishes, EDIT)


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(sites=("other",)),
        Wishes(kinds=(Kind.REMOVED,)),
        Wishes(labels=("date",)),
        Wishes(fields=("title",)),
        Wishes(senders=("finans",)),
        Wishes(words=("skatten",), where=Where.ADDED),
        Wishes(words=("160",), where=Where.ADDED),
        Wishes(words=("100",), where=Where.REMOVED),
        Wishes(words=("skatt",)),
        Wishes(words=('"platser 100"',)),
        Wishes(words=("platser NOT norrvik",)),
        Wishes(kinds=(Kind.EDITED,), labels=("date",)),
    ],
)
def test_a_change_that_lacks_one_thing_asked_for_does_not_fit(wishes: Wishes) -> None:
    assert not fits(wishes, EDIT)


def test_an_edit_that_the_page_tells_of_is_not_silent() -> None:
    assert not fits(Wishes(silent=True), owed(silent=False))
    assert not fits(Wishes(silent=True), owed(Kind.REMOVED))


def test_all_of_a_new_release_was_added_and_all_of_a_removed_one_went() -> None:
    new, gone = (
        owed(Kind.PUBLISHED, after=release("Hamnen öppnas.")),
        owed(Kind.REMOVED, before=release("Hamnen öppnas.")),
    )

    assert fits(Wishes(words=("hamn*",), where=Where.ADDED), new)
    assert not fits(Wishes(words=("hamn*",), where=Where.REMOVED), new)
    assert fits(Wishes(words=("hamn*",), where=Where.REMOVED), gone)
    assert not fits(Wishes(words=("hamn*",), where=Where.ADDED), gone)


def test_marking_a_page_as_archived_adds_no_words_to_it() -> None:
    same = release("Hamnen öppnas.")

    assert not fits(Wishes(words=("hamnen",), where=Where.ADDED), owed(Kind.ARCHIVED, same, same))
    assert fits(Wishes(words=("hamnen",)), owed(Kind.ARCHIVED, same, same))


def test_each_wish_gets_its_own_changes_in_their_order() -> None:
    first, second = Wishes(sites=("a",)), Wishes(sites=("a", "b"))
    matcher = Matcher([first, second, first])
    for site in "cabacb":
        matcher.add(owed(site=site))

    assert {wishes: places(bits) for wishes, bits in matcher.fitting().items()} == {first: [1, 3], second: [1, 2, 3, 5]}


def test_releases_are_asked_for_only_where_somebody_asks_what_they_say() -> None:
    assert not Matcher([Wishes(), Wishes(kinds=(Kind.EDITED,), labels=("figure",))]).needs_releases
    assert Matcher([Wishes(), Wishes(words=("hamnen",))]).needs_releases
    assert Matcher([Wishes(senders=("finans",))]).needs_releases


def test_what_befell_one_page_or_came_with_one_wave_goes_together() -> None:
    page, wave = ("page", 7), ("wave", "3-archived")

    assert parted([(1, page), (2, wave), (3, wave), (4, page), (5, ("page", 8))], collect=False) == [
        (1, 4),
        (2, 3),
        (5,),
    ]


def test_a_flood_is_one_message_and_so_is_a_digest() -> None:
    many = [(number, ("page", number)) for number in range(11)]
    wave_and_more = [(number, ("wave", "w")) for number in range(60)] + [(60, ("page", 1))]

    assert parted(many, collect=False) == [tuple(range(11))]
    assert len(parted(many[:10], collect=False)) == 10
    assert parted(wave_and_more, collect=False) == [tuple(range(61))]
    assert parted(many[:3], collect=True) == [(0, 1, 2)]
