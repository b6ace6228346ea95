"""When an unknown page was published: who says so, and who is believed."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from crawler.reading.dates import dateline
from crawler.reading.generic.days import By, settle
from tests.unit.crawler.generic_pages import LEAD, TEXT, TITLE
from tests.unit.crawler.test_generic import PROFILE, read

DAY = dt.date(2031, 10, 3)
ZONE = ZoneInfo("America/Chicago")


@pytest.mark.parametrize(
    "text",
    [
        "ST. PAUL, October 3, 2031 – The Governor said today",
        "October 3, 2031 (SAINT PAUL) — Attorney General",
        "OCTOBER 3, 2031 (ST. PAUL) Today the office issued",
        "WASHINGTON, D.C. — Friday, October 3, 2031 — The Secretary",
        "(Norvik, 3 October 2031) The Ministry",
        "Brussels, 3 October 2031",
        "Frankfurt am Main, 3 October 2031 – Der Verband",
        "FOR IMMEDIATE RELEASE: October 3, 2031",
        "Ottawa, Ontario – October 3, 2031 – The Minister",
    ],
)
def test_a_dateline_gives_the_day(text: str) -> None:
    found = dateline(text, language="en", zone=ZONE)

    assert found is not None
    assert found.day == DAY


@pytest.mark.parametrize(
    "text",
    [
        "On October 3, 2031, the court decided",
        "October 3, 2031 was the day on which",
        "The Government met on 3 October 2031 – and decided",
        "Norvik is a town – October is its month",
        "October 3, 31 – The Ministry",
        "February 31, 2031 – The Ministry",
    ],
)
def test_a_sentence_with_a_day_in_it_is_no_dateline(text: str) -> None:
    assert dateline(text, language="en", zone=ZONE) is None


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("sv", "Norvik den 3 oktober 2031 – Regeringen"),
        ("de", "Berlin, 3. Oktober 2031 – Die Ministerin"),
        ("fr", "Paris, le 3 octobre 2031 – Le ministre"),
    ],
)
def test_datelines_speak_the_language_of_the_site(language: str, text: str) -> None:
    found = dateline(text, language=language, zone=ZONE)

    assert found is not None
    assert found.day == DAY


@pytest.mark.parametrize(
    ("told", "url", "day"),
    [
        ([("label", "3 October 2031"), ("machine", "2031-10-01T08:00:00Z")], "/a", DAY),
        ([("line", "3 October 2031"), ("machine", "2031-10-01T08:00:00Z")], "/a", DAY),
        ([("machine", "2031-10-03T08:00:00Z"), ("dateline", "October 2, 2031")], "/a", DAY),
        ([("dateline", "October 3, 2030"), ("title", "October 3, 2031")], "/2031/10/03_a", DAY),
        ([("dateline", "October 3, 2031"), ("title", "October 2, 2031")], "/a", DAY),
        ([], "/news/2031-10-03/harbour", DAY),
        ([], "/news/20311003-harbour", DAY),
        ([], "/news/2031-10-03/from-2031-10-04", None),
        ([], "/news/4711/harbour", None),
    ],
)
def test_who_is_believed(told: list[tuple[By, str]], url: str, day: dt.date | None) -> None:
    stamp = settle(told, f"https://www.skerland.example{url}", PROFILE)

    assert (stamp.day if stamp else None) == day


def test_a_time_of_day_is_taken_from_whoever_tells_the_same_day() -> None:
    stamp = settle(
        [("label", "3 October 2031"), ("machine", "2031-10-03T08:15:00+02:00")], "https://a.example/", PROFILE
    )

    assert stamp is not None
    assert stamp.at == dt.datetime(2031, 10, 3, 6, 15, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="article:published_time" content="2031-10-03T08:00:00+02:00">',
        '<meta name="DC.date.issued" content="2031-10-03">',
        '<meta name="dcterms.issued" content="2031-10-03">',
        '<script type="application/ld+json">[{"@type":"WebPage","datePublished":"2031-10-01"},{"@type":["Article"],"datePublished":"2031-10-03"}]</script>',
        '<script type="application/ld+json">{"broken": </script><meta itemprop="datePublished" content="2031-10-03">',
    ],
)
def test_machines_are_told_in_many_ways(head: str) -> None:
    body = f"<html lang=en><head>{head}</head><body><main><h1>{TITLE}</h1><p>{LEAD}</p><p>{TEXT[0]}</p></main></body></html>"
    release = read(body.encode())

    assert release.published is not None
    assert release.published.day == DAY


def test_the_clock_of_the_site_is_no_day_of_publication() -> None:
    body = (
        f"<html lang=en><body><div class=header>Friday 3 October 2031</div><div id=content><h1>{TITLE}</h1><p>{LEAD}</p>"
        f"<p>{TEXT[0]}</p></div><div class=footer>Saturday 4 October 2031</div></body></html>"
    )

    assert read(body.encode()).published is None
