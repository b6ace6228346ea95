"""A redesign heals by itself; `pressvakt sites repair` then puts what was learnt into the profile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pressvakt.cli import main
from tests.journeys.office import Office
from tests.journeys.test_redesigns import TOPICS, person, text_about
from tests.press_site import PressSite

#: The rules of one rendering alone; of the next nobody knows anything yet.
OWN = """\
[[release]]
name = "first"
region = "main#content"
title = "h1#h1id"
title_remove = ".h1-vignette"
noise = [".rs_skip:not(.archive-banner):not(.btn-nav):not(:has(h1))", ".sr-only", "nav", ".island--socialmedia"]
identifier = ".h1-vignette"
kind_line = ".categories-text"
lead = "p.ingress"
body = [".has-wordExplanation", ".col-1 > .cl"]
body_ends = ["Relaterat", "Dela"]
published = ["span.published time@datetime", "span.published"]
updated = ["span.updated time@datetime", "span.updated"]
contacts = [".press-contact", ".col-1 .island", ".col-2 .island"]
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with PressSite() as site:
        for number, topic in enumerate(TOPICS):
            path = f"/pressmeddelanden/2026/08/om-{number}/"
            contacts = (person(number),) if number % 4 else ()
            site.add(path, title=f"Nya regler för {topic}", body=text_about(topic, number), contacts=contacts)
        office = Office(tmp_path, site)
        profile = tmp_path / "sites" / "press.toml"
        profile.write_text(profile.read_text().replace("[crawl]", "# who: the night desk\n[crawl]") + OWN)
        yield office


def run(office: Office, *words: str) -> int:
    return main([*words, "--config", str(office.folder / "pressvakt.toml")])


def crawl(office: Office) -> list[tuple[str, str]]:
    assert run(office, "crawl", "--all", "--quiet") == 0
    return office.news()


def test_after_a_redesign_the_profile_is_mended_and_reads_by_itself(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    crawl(office)
    office.site.template = "b"
    office.site.edit(
        "/pressmeddelanden/2026/08/om-3/", body=text_about(TOPICS[3], 3).replace("43 miljoner", "34 miljoner")
    )
    healed = crawl(office)
    capsys.readouterr()

    code = run(office, "sites", "repair", "press", "--yes")

    said, text = capsys.readouterr(), (office.folder / "sites" / "press.toml").read_text()
    assert healed == [("edited", "/pressmeddelanden/2026/08/om-3/")]
    assert (code, "Nya regler för" in said.out) == (0, True)
    assert "# who: the night desk" in text
    assert text.index("learned = true") < text.index('name = "first"')
    assert "valid_until" in text
    assert crawl(office) == []
    with office.archive() as archive:
        site = archive.site("press")
        assert site is not None
        assert site.layout is None
        assert [str(notice.kind) for notice in archive.notices()] == ["layout-changed", "recovered"]
    office.site.edit(
        "/pressmeddelanden/2026/08/om-5/", body=text_about(TOPICS[5], 5).replace("45 miljoner", "54 miljoner")
    )
    assert crawl(office) == [("edited", "/pressmeddelanden/2026/08/om-5/")]


def test_where_nothing_was_learnt_nothing_is_written(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    crawl(office)
    before = (office.folder / "sites" / "press.toml").read_text()

    code = run(office, "sites", "repair", "press", "--yes")

    assert (code, "nothing to repair" in capsys.readouterr().err) == (0, True)
    assert (office.folder / "sites" / "press.toml").read_text() == before


def test_without_a_terminal_it_asks_for_a_yes(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(office, "sites", "repair", "press") == 2
    assert "--yes" in capsys.readouterr().err
