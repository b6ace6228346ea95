"""Digests and waves: many changes in one message of bounded size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage

import pytest

from alerts.mailer import wire
from alerts.messages import compose
from changes.kinds import Kind
from tests.unit.alerts.inbox import part, received, rows, words
from tests.unit.alerts.letters import (
    BASE,
    archived,
    berths,
    change,
    edit,
    edited,
    letter,
    mixed,
    published,
    told,
)


def test_a_digest_goes_by_site_and_kind() -> None:
    message = compose(letter(*mixed(), rhythm="daily"))
    text = part(message, "plain")
    marks = [
        "8 ändringar – 2 webbplatser", "Norrviks kommun\n", "Nya (1)", "Skärlands regering\n", "Borttagna (1)",
        "Ändrade (2)", "*160*", "Inställt: Pressträff", "Bytta filer (1)", "Nya (2)", "Arkiverade (1)",
    ]  # fmt: skip
    places = [text.index(mark) for mark in marks]

    assert received(message)["Subject"] == (
        "Daglig översikt: 1 borttaget, 2 ändrade, 1 bytt fil, 3 nya, 1 arkiverat – 2 webbplatser"
    )
    assert places == sorted(places)


def test_several_changes_of_one_release_are_one_message_about_it() -> None:
    both = (edit(), told(change(Kind.ARCHIVED), berths(), berths(100)))
    message = compose(letter(*both))

    assert received(message)["Subject"] == "Ändrat: 160 → 100 platser – Justitiedepartementet"
    assert "Arkiverat ---------" in words(message)


@pytest.mark.parametrize("rhythm", ["now", "daily"])
def test_a_wave_is_one_message_with_counts_and_its_whole_list(rhythm: str) -> None:
    items = [archived(number, "archived-1") for number in range(912)]
    message = compose(letter(*items[:50], rhythm=rhythm, wave="archived-1", total=912), items)
    found = rows(message)
    body = received(message).get_body(("plain",))

    assert received(message)["Subject"] == "Arkiverat: 912 pressmeddelanden på en gång – Skärlands regering"
    assert [row["url"] for row in found] == [told.release_url for told in items]
    assert {row["wave"] for row in found} == {"archived-1"}
    assert (found[0]["period_from"], found[0]["period_to"]) == ("2022-10-03", "2026-09-12")
    assert body is not None
    assert "912 pressmeddelanden märktes som arkiverade på en gång" in words(message)
    assert "Hela listan är bifogad: pressvakt-archived-2026-09-09.csv" in words(message)
    assert "och 862 till" in words(message)
    assert sum(len(one.as_bytes()) for one in body_parts(message)) < 100_000


def body_parts(message: EmailMessage) -> Iterator[EmailMessage]:
    for one in received(message).walk():
        if one.get_content_type() in ("text/plain", "text/html"):
            assert isinstance(one, EmailMessage)
            yield one


def test_a_wave_of_edits_shows_what_one_of_them_did() -> None:
    items = [
        edited(replace(berths(), title=f"Nr {n}"), replace(berths(100), title=f"Nr {n}"), url=f"{BASE}/{n}/", wave="w")
        for n in range(30)
    ]
    message = compose(letter(*items, wave="w"))

    assert "30 pressmeddelanden ändrades på samma sätt på en gång" in words(message)
    assert words(message).count("*160*") == 1
    assert len(rows(message)) == 30


def test_a_wave_within_a_digest_is_told_as_one_and_listed_whole() -> None:
    items = (*mixed(), *[archived(number, "w") for number in range(100, 400)])
    message = compose(letter(*items, rhythm="daily"))

    assert "300 pressmeddelanden märktes som arkiverade på en gång" in words(message)
    assert "och 295 till" in words(message)
    assert len(rows(message)) == len(items)


def test_ten_thousand_changes_are_one_message_below_100_kb() -> None:
    items = [published(n, f"Nya regler nummer {n} för gästhamnar, åkerier och ångbåtar") for n in range(10_000)]
    for one in (letter(*items, rhythm="weekly"), letter(*items[:50], rhythm="weekly", total=10_000)):
        message = compose(one, () if one.items == tuple(items) else items)

        assert len(wire(message)) < 100_000
        assert received(message)["Subject"] == "Veckoöversikt: 10 000 nya – Skärlands regering"
        assert "av 10 000 ändringar" in words(message)


def test_a_large_group_does_not_crowd_a_small_one_out() -> None:
    items = [published(n, f"Nya regler {n}") for n in range(500)] + [edit()]

    assert "*160*" in words(compose(letter(*items, rhythm="daily")))


def test_a_digest_that_shows_less_than_there_is_has_its_list_where_it_fits() -> None:
    items = [published(n, f"Regler {n}") for n in range(70)]
    message = compose(letter(*items[:10], rhythm="daily", total=70), items)

    assert len(rows(message)) == 70
    assert len(wire(message)) < 100_000


def test_no_cell_of_the_list_is_a_formula() -> None:
    item = published(1, '=HYPERLINK("https://evil.example")')
    other = replace(item, change=replace(item.change, url=f"{BASE}/other/", title="+1", wave="w"))
    message = compose(letter(replace(item, change=replace(item.change, wave="w")), other, wave="w"))

    assert [row["title"] for row in rows(message)] == ['\'=HYPERLINK("https://evil.example")', "'+1"]


def test_a_wave_counts_its_releases_by_each_of_their_senders() -> None:
    items = [archived(number, "w") for number in range(6)]
    items[0] = replace(items[0], after=replace(berths(), senders=("Justitiedepartementet", "Hamndepartementet")))

    assert "Justitiedepartementet 6 · Hamndepartementet 1" in words(compose(letter(*items, wave="w")))
