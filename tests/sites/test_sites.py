"""Does each profile still read its saved pages and its lists?

A page is `NAME.html`, or `NAME.answer.json` where an API answers in the page's place; `NAME.json` beside it is what it
says, with the `url` it was saved from and the name of the `rules` that read it. Lists are `list.*`, and `lists.json`
says of each which `[[discovery]]` of the profile reads it, and which addresses come of it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from changes.release import encode
from crawler.reading.discovery import first_url, read_list
from crawler.reading.extract import extract
from crawler.reading.pages import asked, watched
from crawler.reading.profile_files import load_profile, profile_names, shipped_folder

HERE = Path(__file__).parent
ANSWER = ".answer.json"
PAGES = sorted(
    page for page in [*HERE.glob("*/*.html"), *HERE.glob(f"*/*{ANSWER}")] if not page.name.startswith("list.")
)
LISTS = sorted(HERE.glob("*/list.*"))
TYPES = {".html": "text/html; charset=utf-8", ".json": "application/json", ".xml": "application/xml"}


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _stem(page: Path) -> str:
    return page.name.removesuffix(ANSWER).removesuffix(".html")


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_a_saved_page_reads_as_it_should(page: Path) -> None:
    profile = load_profile(page.parent.name, folders=[shipped_folder()])
    expected = json.loads((page.parent / f"{_stem(page)}.json").read_text("utf-8"))
    url = expected.pop("url", f"{profile.base_url}/pressmeddelanden/2026/05/{_stem(page)}/")

    reading = extract(page.read_bytes(), profile, url=url, content_type=TYPES[page.suffix])

    assert reading.problem is None
    assert reading.release is not None
    assert reading.rules is not None
    assert {"rules": reading.rules.name, **msgspec.json.decode(encode(reading.release))} == expected


@pytest.mark.parametrize("page", [page for page in PAGES if page.name.endswith(ANSWER)], ids=_name)
def test_an_answer_is_asked_for_behind_the_page_that_people_know(page: Path) -> None:
    profile = load_profile(page.parent.name, folders=[shipped_folder()])
    url = json.loads((page.parent / f"{_stem(page)}.json").read_text("utf-8"))["url"]

    assert asked(url, profile) != url
    assert watched(asked(url, profile), profile) == url


@pytest.mark.parametrize("piece", LISTS, ids=_name)
def test_a_list_gives_the_releases_and_nothing_else(piece: Path) -> None:
    profile = load_profile(piece.parent.name, folders=[shipped_folder()])
    expected: dict[str, Any] = json.loads((piece.parent / "lists.json").read_text("utf-8"))[piece.name]
    how = profile.discovery[expected["discovery"]]

    listing = read_list(piece.read_bytes(), TYPES[piece.suffix], how, profile, first_url(how, profile))

    assert (listing.problem, listing.detail) == (None, "")
    assert [found.url for found in listing.found] == expected["found"]


def test_every_profile_that_ships_has_a_saved_page_and_every_list_its_words() -> None:
    shipped = {name for name in profile_names([shipped_folder()]) if not name.startswith("demo")}

    assert {page.parent.name for page in PAGES} == shipped
    for folder in {piece.parent for piece in LISTS}:
        told = json.loads((folder / "lists.json").read_text("utf-8"))
        assert set(told) == {piece.name for piece in LISTS if piece.parent == folder}
