"""The list of releases on a page that nobody described, and a profile that has no rules."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.reading.generic.lists import main_list
from crawler.reading.generic.reading import read_generic
from crawler.reading.generic.rules import GENERIC
from crawler.reading.page import parse
from crawler.reading.profile_files import load_profile
from tests.unit.crawler.test_generic import PROFILE, URL

TITLES = ("A new ferry between Norvik and Ost", "Lighthouses get lamps of a new kind", "The harbour fund reports its year",
          "Pilots may retire at sixty from May", "Quotas for the autumn are settled")  # fmt: skip
DAYS = tuple(dt.date(2031, 5, 9 - number) for number in range(5))
MENU = (
    "<ul>"
    + "".join(f'<li><a href="/menu/{number}">A long name of a menu item {number}</a></li>' for number in range(30))
    + "</ul>"
)


def rows(shape: str) -> str:
    return "".join(
        shape.format(number=number, title=title, iso=day.isoformat(), day=f"{day:%d} May 2031")
        for number, (title, day) in enumerate(zip(TITLES, DAYS, strict=True))
    )


SHAPES = {
    "list with times": '<li><a href="/news/{number}">{title}</a><time datetime="{iso}">{day}</time><p>Some words of {number}.</p></li>',
    "articles": '<article><a href="/kind">Press release</a><h3><a href="/news/{number}">{title}</a></h3><p>{day}</p></article>',
    "boxes in turns": '<div class="row row-{number} odd"><span>{day}</span><h4>{title}</h4><a href="/news/{number}">Read more</a></div>',
    "rows of a table": '<tr><td>{day}</td><td><a href="/news/{number}">{title}</a></td></tr>',
    "paragraphs": '<p>{day} – <a href="/news/{number}">{title}</a></p>',
}


@pytest.mark.parametrize("shape", SHAPES)
def test_entries_are_found_with_title_and_day(shape: str) -> None:
    inside = rows(SHAPES[shape])
    body = f"<html><body>{MENU}<main><h1>News</h1><table><tbody>{inside}</tbody></table></main></body></html>"
    if "<tr>" not in inside:
        body = body.replace("<table><tbody>", "<div>").replace("</tbody></table>", "</div>")
    root = parse(body.encode(), None)
    assert root is not None

    found = main_list(root, PROFILE)

    assert [(entry.href, entry.title, entry.day) for entry in found] == [
        (f"/news/{number}", title, day) for number, (title, day) in enumerate(zip(TITLES, DAYS, strict=True))
    ]


def test_a_page_without_a_list_has_none() -> None:
    root = parse(b"<html><body><p>One <a href=/a>link</a> only.</p></body></html>", None)
    assert root is not None

    assert main_list(root, PROFILE) == ()


def test_a_profile_without_rules_is_read_by_what_pages_tell_of_themselves(tmp_path: Path) -> None:
    (tmp_path / "skerland.toml").write_text(
        'title = "Government of Skerland"\nbase_url = "https://www.skerland.example"\nlanguage = "en"\n'
        'time_zone = "Europe/Stockholm"\n[[discovery]]\nkind = "html"\nurl = "/news"\n'
    )

    assert load_profile("skerland", folders=[tmp_path]).release == (GENERIC,)


PIECES = st.sampled_from(
    ["<div>", "</div>", "<p>", "</p>", "<h1>", "</h1>", "<table>", "<tr>", "<td>", "</table>", "<a href='/x?token=a1b2c3d4'>", "</a>",
     "<ul><li>", "</ul>", "<article>", "</article>", "<main>", "</main>", "<aside>", "<nav>", "</nav>", "<section class=related>",
     "</section>", "<time datetime='2031-05-03'>", "</time>", "Published 3 May 2031", "Ada Lind, tel 08-555 01 77", "<b hidden>",
     "words that say something of the harbour and its many ships in the north", "3 hours ago", "<title>", "</title>", "<h2>Read more</h2>",
     "<form>", "</form>", "<body style='display:none'>", "<details>", "İ", "\x00", "&#0;", "<svg><title>x</title></svg>", "12,000 visitors"]
)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(st.lists(PIECES, max_size=60))
def test_whatever_the_markup_reading_ends_and_gives_the_same_twice(pieces: list[str]) -> None:
    body = "".join(pieces).encode()

    assert read_generic(body, PROFILE, url=URL) == read_generic(body, PROFILE, url=URL)
