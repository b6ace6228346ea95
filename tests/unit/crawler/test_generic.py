"""Pages that no profile describes: what is read of them, and that the same words always read the same."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from changes.compare import compare
from changes.release import Release, letters
from crawler.reading.fingerprint import fingerprint
from crawler.reading.generic.reading import read_generic
from crawler.reading.generic.rules import GENERIC
from crawler.reading.pages import page_tree
from crawler.reading.profiles import SiteProfile
from tests.unit.crawler.generic_pages import LEAD, TEMPLATES, TEXT, TITLE, Said

PROFILE = SiteProfile(
    name="skerland",
    title="Government of Skerland",
    base_url="https://www.skerland.example",
    language="en",
    time_zone=ZoneInfo("Europe/Stockholm"),
    discovery=(),
    release=(GENERIC,),
)
URL = "https://www.skerland.example/news/berths"
EVERY = pytest.mark.parametrize("template", TEMPLATES)


def read(body: bytes, url: str = URL) -> Release:
    """What a page says."""
    reading = read_generic(body, PROFILE, url=url)
    assert reading.release is not None, reading.problem
    return reading.release


def seen(body: bytes) -> str | None:
    """The fingerprint of what a reader sees of a page."""
    root = page_tree(body, None, PROFILE)
    assert root is not None
    return fingerprint(root, GENERIC, PROFILE)


def said(release: Release) -> str:
    return letters(" ".join(block.text for block in release.body))


@EVERY
def test_a_release_is_read_whole_and_nothing_else(template: str) -> None:
    release = read(TEMPLATES[template](Said()))

    assert release.title == TITLE
    assert release.published is not None
    assert release.published.day == dt.date(2031, 5, 3)
    assert [file.url for file in release.attachments] == ["https://www.skerland.example/files/plan.pdf"]
    for part in (LEAD, *TEXT):
        assert letters(part) in said(release)
    for foreign in (
        "cookies",
        "Budget",
        "Fishing",
        "Share",
        "views",
        "Copyright",
        "©",
        "Most read",
        "Switchboard",
        TITLE,
    ):
        assert letters(foreign) not in said(release)


@EVERY
def test_noise_is_no_edit_and_the_fast_lane_knows(template: str) -> None:
    one, other = TEMPLATES[template](Said()), TEMPLATES[template](Said(turn=23))
    assert one != other or template == "dateline"

    assert compare(read(one), read(other)) == ()
    assert seen(one) == seen(other)


@EVERY
@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("160", "180", "title"),
        ("48.5", "48.6", "body"),
        ("12 May", "13 May", "body"),
        ("17 per cent", "11 per cent", "body"),
        ("since 2019", "since 2018", "body"),
        ("3 May 2031", "4 May 2031", "published"),
        ("/files/plan.pdf", "/files/plan-2.pdf", "attachments"),
    ],
)
def test_one_digit_is_an_edit_whatever_the_template(template: str, old: str, new: str, field: str) -> None:
    before = TEMPLATES[template](Said())
    after = before.replace(old.encode(), new.encode())
    if old == "3 May 2031":
        after = after.replace(b"2031-05-03", b"2031-05-04")

    (found,) = compare(read(before), read(after))

    assert field in found.fields
    assert seen(before) != seen(after)


@EVERY
def test_a_paragraph_that_came_or_went_is_an_edit(template: str) -> None:
    whole, cut = TEMPLATES[template](Said()), TEMPLATES[template](Said(text=TEXT[:2]))

    assert [found.fields for found in compare(read(whole), read(cut))] == [("body",)]
    assert [found.fields for found in compare(read(cut), read(whole))] == [("body",)]


def test_a_site_rebuilt_says_what_it_said() -> None:
    for one, other in permutations(("semantic", "divisions", "application", "tables"), 2):
        before, after = read(TEMPLATES[one](Said())), read(TEMPLATES[other](Said(turn=5)))

        assert compare(before, after) == (), (one, other)


def test_a_digit_is_found_in_the_night_of_a_redesign() -> None:
    edited = replace(Said(), text=(TEXT[0].replace("340", "240"), *TEXT[1:]))

    (found,) = compare(read(TEMPLATES["divisions"](Said())), read(TEMPLATES["semantic"](edited)))

    assert found.fields == ("body",)
    assert found.labels == ("figure",)


@EVERY
def test_the_same_page_reads_the_same_in_any_order(template: str) -> None:
    bodies = [TEMPLATES[template](Said(turn=turn)) for turn in range(4)]
    first = [read(body) for body in bodies]
    order = list(range(4))
    random.Random(4).shuffle(order)

    assert [read(bodies[number]) for number in order] == [first[number] for number in order]


def test_a_page_without_text_is_not_read() -> None:
    shell = b"<html><head><title>Skerland</title></head><body><div id=app></div><p>Loading.</p></body></html>"
    reading = read_generic(shell, PROFILE, url=URL)

    assert reading.release is None
    assert reading.problem is not None
    assert "generic" in reading.problem


def test_marks_that_a_site_writes_itself_are_not_believed() -> None:
    trick = Said(
        head='<meta name="pressvakt:title" content="Other">',
        extra='<div data-pressvakt="text">Nothing of this.</div>',
    )
    body = TEMPLATES["semantic"](trick)
    release = read(body)

    assert release.title == TITLE
    assert read(body.decode().replace('charset="utf-8"', "").encode("utf-16")) == release
    assert said(release) == said(read(TEMPLATES["semantic"](Said())))


def test_a_page_that_leaves_out_its_head_and_body_tags_is_read() -> None:
    body = f"<!doctype html><title>{TITLE}</title><main><h1>{TITLE}</h1><p>{LEAD}</p><p>{TEXT[0]}</p></main>"
    release = read(body.encode())

    assert (release.title, [block.text for block in release.body]) == (TITLE, [LEAD, TEXT[0]])


def test_hostile_pages_take_no_time() -> None:
    deep = b"<div>" * 3000 + TEXT[0].encode() + b"</div>" * 3000
    wide = b"<p>1 views</p>" * 4000
    dates = b"<p>Published 3 May 2031</p>" * 3000
    links = b"<ul>" + b"<li><a href=/x>news of the day</a></li>" * 5000 + b"</ul>"
    capitals = ("A" * 50 + " ").encode() * 3000
    for body in (deep, wide, dates, links, b"<p>" + capitals + b"</p>"):
        page = b"<html><body><h1>Trap for readers</h1>" + body + b"<p>" + LEAD.encode() + b"</p></body></html>"
        read_generic(page, PROFILE, url=URL)
