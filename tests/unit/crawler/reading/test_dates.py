"""Dates: what is surely a date is read, and nothing else is."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changes.release import Stamp
from crawler.reading.dates import field_date, labelled_dates, read_date
from crawler.reading.profiles import Wording

STOCKHOLM = ZoneInfo("Europe/Stockholm")
DAY = dt.date(2024, 5, 3)
MONTHS = [
    "januari",
    "februari",
    "mars",
    "april",
    "maj",
    "juni",
    "juli",
    "augusti",
    "september",
    "oktober",
    "november",
    "december",
]


def swedish(text: str) -> Stamp:
    return read_date(text, language="sv", zone=STOCKHOLM)


@pytest.mark.parametrize(
    "text",
    ["3 maj 2024", "03 maj 2024", "den 3 maj 2024", "fredagen den 3 maj 2024", "3:e maj 2024", "May 3, 2024", "2024-05-03",
     "2024-05-03 00:00:00", "3.5.2024", "3 maj 2024.", "\u200b3\xa0maj\n2024", "3 maj 2024 kl 24:00"],
)  # fmt: skip
def test_a_printed_day_is_read(text: str) -> None:
    stamp = swedish(text)

    assert (stamp.day, stamp.at) == (DAY, None)


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [("den 3 maj 2024 kl. 14.30", 12, 30), ("2024-05-03 14:30", 12, 30), ("2024-05-03T14:30:00Z", 14, 30),
     ("2024-05-03T14:30:00+0200", 12, 30), ("Fri, 03 May 2024 14:30:00 GMT", 14, 30), ("3 May 2024 at 2:30 pm", 12, 30),
     ("3 maj 2024, 08:30 CEST", 6, 30)],
)  # fmt: skip
def test_a_time_of_day_gives_the_moment_in_utc(text: str, hour: int, minute: int) -> None:
    assert swedish(text).at == dt.datetime(2024, 5, 3, hour, minute, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("language", "text"),
    [("de", "3. Mai 2024"), ("fi", "3. toukokuuta 2024"), ("fr", "le 3 mai 2024"), ("nb", "3. mai 2024"), ("da", "3. maj 2024"),
     ("nl", "3 mei 2024"), ("no", "3. mai 2024"), ("en-GB", "3 May 2024")],
)  # fmt: skip
def test_each_language_has_its_own_months(language: str, text: str) -> None:
    assert read_date(text, language=language, zone=STOCKHOLM).day == DAY


@pytest.mark.parametrize(
    "text",
    ["31 februari 2024", "29 februari 2023", "3 mars 24", "03/04/05", "03/04/2024", "2024-13-01", "kl. 14.30", "i går", "3 maj",
     "3 maj 0024", "3 maj 9999", "3 maj 10000", "٣ maj 2024", "12", "maj", "", "3 maj 2024 av Anna", "2024-05-031", "3 foo 2024",
     "måndagar 3 maj 2024 och 4 maj 2024"],
)  # fmt: skip
def test_nothing_is_guessed(text: str) -> None:
    stamp = swedish(text)

    assert (stamp.day, stamp.at) == (None, None)
    assert stamp.raw == text


def test_an_hour_that_the_clocks_skip_gives_the_day_alone() -> None:
    assert swedish("2026-03-29 02:30") == Stamp(raw="2026-03-29 02:30", day=dt.date(2026, 3, 29))


def test_an_hour_that_the_clocks_show_twice_means_the_first() -> None:
    assert swedish("2026-10-25 02:30").at == dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)


def test_the_day_is_the_one_in_the_sites_own_time_zone() -> None:
    assert swedish("2024-05-02T23:30:00Z").day == DAY


@pytest.mark.parametrize(
    "text",
    ["Publicerad 3 maj 2024 · Uppdaterad 4 maj 2024", "Uppdaterad 4 maj 2024 | Publicerad: 3 maj 2024",
     "Publicerad 3 maj 2024 Senast uppdaterad: 2024-05-04 09:15 av Anna"],
)  # fmt: skip
def test_each_label_has_the_date_behind_it_in_either_order(text: str) -> None:
    dates = labelled_dates(text, Wording(), language="sv", zone=STOCKHOLM)

    assert (dates["published"].day, dates["updated"].day) == (DAY, dt.date(2024, 5, 4))


def test_a_line_about_the_other_date_gives_nothing() -> None:
    assert field_date("Publicerad 3 maj 2024", "updated", Wording(), language="sv", zone=STOCKHOLM) is None


def test_a_label_without_its_date_gives_nothing() -> None:
    assert field_date("Publicerad:", "published", Wording(), language="sv", zone=STOCKHOLM) is None


def test_a_date_without_its_year_is_kept_as_text() -> None:
    stamp = field_date("Publicerad 3 maj · Uppdaterad 4 maj", "updated", Wording(), language="sv", zone=STOCKHOLM)

    assert stamp == Stamp(raw="4 maj")


def test_a_site_may_have_its_own_label() -> None:
    wording = Wording(updated=("Reviderad:",))

    stamp = field_date("Reviderad 3 maj 2024", "updated", wording, language="sv", zone=STOCKHOLM)

    assert stamp is not None
    assert stamp.day == DAY


@given(st.dates(min_value=dt.date(1900, 1, 1), max_value=dt.date(2100, 12, 31)))
def test_every_day_is_read_back_from_its_swedish_name(day: dt.date) -> None:
    assert swedish(f"{day.day} {MONTHS[day.month - 1]} {day.year}").day == day
    assert swedish(day.isoformat()).day == day


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading(text: str) -> None:
    swedish(text)
    labelled_dates(text, Wording(), language="sv", zone=STOCKHOLM)
