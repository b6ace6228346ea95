"""Notices: the site's own lines about a page, told from texts that speak of like things."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from changes.notices import Patterns, find_notices, notice_lines
from changes.release import Notice, NoticeKind

LOFVEN = (dt.date(2014, 10, 3), dt.date(2019, 1, 20))
HEADING = "Statsråd på denna sida som har entledigats"
MOVED = "Statsråd på denna sida som har bytt ansvarsområde"


def only(lines: list[str], language: str = "sv") -> Notice:
    notices, _ = find_notices(lines, language)
    assert len(notices) == 1, notices
    return notices[0]


@pytest.mark.parametrize(
    "line",
    ["Innehållet publicerades under perioden 3 oktober 2014 till den 20 januari 2019",
     "Innehållet publicerades under perioden 3 oktober 2014 och 20 januari 2019.",
     "Innehållet publicerades under perioden den 3 oktober 2014 – 20 januari 2019",
     "Innehållet publicerades mellan den 3 oktober 2014 och den 20 januari 2019",
     "Innehållet på den här sidan publicerades under perioden 3 oktober 2014 till och med den 20 januari 2019",
     "Den här sidan publicerades under perioden 3 oktober 2014-20 januari 2019",
     "INNEHÅLLET PUBLICERADES UNDER PERIODEN 2014-10-03 TILL 2019-01-20"],
)  # fmt: skip
def test_a_period_is_read_however_it_is_written(line: str) -> None:
    notice = only(["Meny", line, "Pressmeddelande från Socialdepartementet"])

    assert (notice.kind, notice.period, notice.text) == (NoticeKind.ARCHIVED, LOFVEN, line)


@pytest.mark.parametrize(
    "lines",
    [["Innehållet publicerades under perioden"], ["Innehållet publicerades under perioden", "-"],
     ["Innehållet publicerades under perioden till den"], ["This content was published in the period between"]],
)  # fmt: skip
def test_an_archived_page_stays_archived_where_its_dates_were_lost(lines: list[str]) -> None:
    notices, taken = find_notices([*lines, "Rubrik"], "sv")

    assert [(n.kind, n.period) for n in notices] == [(NoticeKind.ARCHIVED, None)]
    assert taken == frozenset(range(len(lines)))


def test_dates_may_stand_on_lines_of_their_own() -> None:
    lines = ["Innehållet publicerades under perioden", "3 oktober 2014", "-", "20 januari 2019", "Rubrik"]

    notices, taken = find_notices(lines, "sv")

    assert [n.period for n in notices] == [LOFVEN]
    assert taken == frozenset({0, 1, 2, 3})


@pytest.mark.parametrize(
    ("line", "language"),
    [("Denna sida är arkiverad", "sv"), ("Sidan är arkiverad sedan den 5 oktober 2026 och uppdateras inte.", "sv"),
     ("Arkiverad sida", "sv"), ("Innehållet är arkiverat.", "sv"), ("This page has been archived on the Web", "en"),
     ("Archived content", "en"), ("You are viewing: Archived Content", "en"),
     ("EPA's Web Archive: This content is not maintained and may no longer apply. See the notes.", "en"),
     ("Content in EPA’s Web Archive is no longer being updated", "en"),
     ("A new UK Government took office on 11 May. As a result the content on this site may not reflect current Government policy.", "en"),
     ("Dette innhaldet er meir enn 5 år gammalt. Informasjonen kan derfor vere utdatert.", "nn"),
     ("Diese Seite ist archiviert.", "de"), ("Cette page est archivée", "fr"), ("Tämä sivu on arkistoitu", "fi")],
)  # fmt: skip
def test_other_words_for_archived_are_known(line: str, language: str) -> None:
    assert only(["Heading", line, "Text."], language).kind is NoticeKind.ARCHIVED


@pytest.mark.parametrize(
    ("lines", "language", "government"),
    [(["This was published under the 2010 to 2015 Conservative and Liberal Democrat coalition government"], "en",
      "2010 to 2015 Conservative and Liberal Democrat coalition government"),
     (["Historisk arkiv", "Tittel", "Historisk arkiv", "Publisert under: Regjeringen Solberg", "Utgiver: X"], "nb",
      "Regjeringen Solberg"),
     (["Indholdet på denne side vedrører regeringen Mette Frederiksen I (2019-2022)"], "da", "regeringen Mette Frederiksen I"),
     (["Innehållet publicerades under regeringen Andersson"], "sv", "regeringen Andersson")],
)  # fmt: skip
def test_the_government_that_published_a_page_is_named(lines: list[str], language: str, government: str) -> None:
    notice = only(lines, language)

    assert (notice.kind, notice.government) == (NoticeKind.ARCHIVED, government)


@pytest.mark.parametrize(
    ("line", "since", "reason"),
    [("This news article was withdrawn on 5 May 2020", dt.date(2020, 5, 5), None),
     ("This press release has been withdrawn because the figures were wrong.", None, "the figures were wrong"),
     ("Detta pressmeddelande har dragits tillbaka den 3 maj 2024 på grund av felaktiga uppgifter.", dt.date(2024, 5, 3),
      "felaktiga uppgifter")],
)  # fmt: skip
def test_a_withdrawn_release_says_since_when_and_why(line: str, since: dt.date | None, reason: str | None) -> None:
    notice = only([line], "sv")

    assert (notice.kind, notice.reason) == (NoticeKind.WITHDRAWN, reason)
    assert notice.period == ((since, None) if since else None)


def test_every_form_of_a_ministers_line_is_read() -> None:
    lines = [
        MOVED, "Lo Dyning är sedan den 10 september 2024 fyrminister.",
        HEADING, "Mellan den 21 januari 2019 - 17 december 2020 var han båkminister.",
        "Under perioden 3 oktober 2014 och 30 november 2021 var hon sjöminister.",
        "Mellan den 21 januari 2019 och den 30 november var hon lotsminister.", "Rubrik",
    ]  # fmt: skip

    notices, taken = find_notices(lines, "sv")

    assert [(n.person, n.role, n.period) for n in notices] == [
        ("Lo Dyning", "fyrminister", (dt.date(2024, 9, 10), None)),
        (None, "båkminister", (dt.date(2019, 1, 21), dt.date(2020, 12, 17))),
        (None, "sjöminister", (dt.date(2014, 10, 3), dt.date(2021, 11, 30))),
        (None, "lotsminister", (dt.date(2019, 1, 21), None)),
    ]
    assert {n.reason for n in notices} == {"har bytt ansvarsområde", "har entledigats"}
    assert taken == frozenset(range(6))


def test_lines_of_older_renderings_are_read_with_their_dashes() -> None:
    lines = ["Lo Dyning har entledigats, fyrminister", "-", "Sjöminister", "-", "Ebba Rev Holm har entledigats",
             "Minister för lotsar", "-", "Siv Skär har bytt ansvarsområde, från den 10 september 2019 är hon båkminister.",
             "Fyr- och lotsminister", "-", "Rubrik", "-"]  # fmt: skip

    notices, taken = find_notices(lines, "sv")

    assert [(n.person, n.role) for n in notices] == [
        ("Lo Dyning", "fyrminister"), ("Lo Dyning", "Sjöminister"), ("Ebba Rev Holm", "Minister för lotsar"),
        ("Siv Skär", "båkminister"), ("Siv Skär", "Fyr- och lotsminister"),
    ]  # fmt: skip
    assert taken == frozenset(range(10))


@pytest.mark.parametrize(
    "lines",
    [["Ministers on this page who have left the Government", "Between 3 October 2014 and 10 September 2019 she was Minister for Seas."],
     ["Lo Dyning is no longer a government minister, Minister for Seas"], ["Lo Dyning has resigned", "Minister for Seas"],
     ["Lo Dyning has changed areas of responsibility. From 10 September 2021 she is Minister for Seas."]],
)  # fmt: skip
def test_english_lines_about_ministers_are_read(lines: list[str]) -> None:
    notice = only([*lines, "Heading"], "en")

    assert (notice.kind, notice.role) == (NoticeKind.OFFICEHOLDER, "Minister for Seas")


def test_blocks_that_stand_four_times_are_one_notice_and_all_of_them_are_lifted() -> None:
    block = [HEADING, "Mellan den 3 oktober 2014 och den 8 mars 2018 var hon fyrminister."]
    lines = [*block, *block, "Rubrik", "Brödtext.", "Presskontakt", *block, *block]

    notices, taken = find_notices(lines, "sv")

    assert len(notices) == 1
    assert [line for number, line in enumerate(lines) if number not in taken] == ["Rubrik", "Brödtext.", "Presskontakt"]


def test_a_heading_printed_twice_over_one_sentence_is_no_notice_of_its_own() -> None:
    assert only([HEADING, HEADING, "Mellan den och den var hon fyrminister."]).role == "fyrminister"


def test_a_heading_alone_still_tells_that_someone_left() -> None:
    assert only([HEADING, "Pressmeddelande från X"]).kind is NoticeKind.OFFICEHOLDER


@pytest.mark.parametrize(
    "line",
    ["Statssekreterare Lo Dyning har entledigats", "Lo Dyning har entledigats från styrelsen.", "Lo Dyning har entledigats",
     "Lo Dyning har entledigats, styrelseledamot", "Lo Dyning entledigas från den 8 juni", "Lo Dyning lämnar regeringen",
     "Uppdraget gäller under perioden 1 januari 2022 till 30 juni 2023", "Handlingarna har arkiverats", "arkivförordningen",
     "Arkivbild", "Arkiv/LO DYNING", "Nyhetsarkiv", "Archive: 3 May 2024", "intercult-arkiv.se", "Historisk arkiv",
     "Talet publicerades i Dagens Nyheter", "Artikeln publicerades ursprungligen på dn.se", "Publicerad:", "Arkiverad",
     "Det här innehållet kommer från vår tidigare hemsida", "Arkiverade filmer finns hos Riksarkivet", "-",
     "Press releases 2002-2006", "Press releases 2002–2006 were removed from the website on 6 October 2006 when a new Government took office",
     "Published under the Open Government Licence", "All content is available under the Open Government Licence v3.0",
     "Mellan den 3 oktober 2014 och den 8 mars 2018 var hon generaldirektör.", "Materialet är arkiverat hos Riksarkivet.",
     "This agreement was withdrawn on 3 May 2020 by both parties", "The statement was published in the Financial Times",
     "Pressmeddelandet har dragits tillbaka av bolaget, enligt uppgift.", "Lo Dyning är sedan den 10 september 2024 fyrminister."],
)  # fmt: skip
def test_a_text_that_speaks_of_archives_or_dismissals_is_left_alone(line: str) -> None:
    assert find_notices(["Rubrik", line, "Brödtext."], "sv") == ((), frozenset())
    assert find_notices(["Heading", line, "Text."], "en") == ((), frozenset())


def test_a_sites_own_wording_is_known_beside_the_others() -> None:
    wording = Patterns(
        archived=(r"Lagd i kistan (?P<since>.+?) av (?P<government>.+)",),
        withdrawn=(r"Makulerat (?P<since>.+): (?P<reason>.+)",),
    )

    notices, _ = find_notices(["Lagd i kistan 3 maj 2024 av fyrregeringen", "Makulerat 4 maj 2024: fel"], "sv", wording)

    assert [(n.period, n.government, n.reason) for n in notices] == [
        ((dt.date(2024, 5, 3), None), "fyrregeringen", None),
        ((dt.date(2024, 5, 4), None), None, "fel"),
    ]


def test_the_fast_lane_gets_the_lines_each_once() -> None:
    lines = ["Rubrik", "Arkiverad sida", "Brödtext om arkiverade filmer.", "Arkiverad  sida"]

    assert notice_lines(lines, "sv") == ("Arkiverad sida",)
    assert notice_lines(["Rubrik", "Brödtext."], "sv") == ()


def test_the_seed_of_an_archived_page_loses_its_notices_and_nothing_else(shared: Path) -> None:
    seed = sorted((shared / "seeds").glob("*.txt"))[1].read_text("utf-8")
    lines = [line for line in seed.splitlines() if line.strip()]

    notices, taken = find_notices(lines, "sv")
    left = [line for number, line in enumerate(lines) if number not in taken]

    assert [n.kind for n in notices] == [NoticeKind.ARCHIVED, NoticeKind.OFFICEHOLDER]
    assert notices[0].period == LOFVEN
    assert left[0] == "Pressmeddelande från Socialdepartementet"
    assert left[-1].startswith("Telefon")
