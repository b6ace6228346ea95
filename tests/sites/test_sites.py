"""Does each profile still read its saved pages? A page `NAME.html` and what it says, `NAME.json`, for each rendering."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from changes.release import encode
from crawler.reading.extract import extract
from crawler.reading.profile_files import load_profile, shipped_folder

HERE = Path(__file__).parent
PAGES = sorted(HERE.glob("*/*.html"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.stem}")
def test_a_saved_page_reads_as_it_should(page: Path) -> None:
    profile = load_profile(page.parent.name, folders=[shipped_folder()])
    expected = json.loads(page.with_suffix(".json").read_text("utf-8"))

    reading = extract(page.read_bytes(), profile, url=f"{profile.base_url}/pressmeddelanden/2026/05/{page.stem}/")

    assert reading.problem is None
    assert reading.release is not None
    assert reading.rules is not None
    assert {"rules": reading.rules.name, **msgspec.json.decode(encode(reading.release))} == expected
