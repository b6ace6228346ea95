"""A part of the pages that changes by itself is proposed as noise, with its evidence; nothing is left out unasked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pressvakt.cli import main
from tests.journeys.office import Office
from tests.journeys.test_redesigns import TOPICS, text_about
from tests.press_site import PressSite


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with PressSite(noise=False) as site:
        for number, topic in enumerate(TOPICS):
            site.add(path(number), title=f"Nya regler för {topic}", body=body(number, 0))
        yield Office(tmp_path, site)


def path(number: int) -> str:
    return f"/pressmeddelanden/2026/08/om-{number}/"


def body(number: int, visit: int) -> str:
    """A text with a poll in it that gives another figure at each visit."""
    counter = (
        f'<div class="poll"><p>Just nu läser {number * 7 + visit * 13 + 5} personer det här pressmeddelandet.</p></div>'
    )
    return text_about(TOPICS[number], number) + counter


def run(office: Office, *words: str) -> int:
    return main([*words, "--config", str(office.folder / "pressvakt.toml")])


def test_a_counter_is_proposed_and_once_written_makes_no_noise(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    for visit in range(3):
        for number in range(len(TOPICS)):
            office.site.edit(path(number), body=body(number, visit))
        assert run(office, "crawl", "--all", "--quiet") == 0
    noisy = office.news()
    capsys.readouterr()

    code = run(office, "sites", "noise", "press", "--yes")

    said, text = capsys.readouterr().out, (office.folder / "sites" / "press.toml").read_text()
    assert [kind for kind, _ in noisy].count("edited") == 2 * len(TOPICS)
    assert (code, "poll" in text) == (0, True)
    assert "personer" in said
    for number in range(len(TOPICS)):
        office.site.edit(path(number), body=body(number, 9))
    office.site.edit(path(2), body=body(2, 9).replace("42 miljoner", "24 miljoner"))
    run(office, "reread", "press")
    run(office, "crawl", "--all", "--quiet")
    assert [change for change in office.news() if change[0] == "edited"] == [("edited", path(2))]


def test_real_edits_are_no_noise(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    for visit in range(3):
        for number, topic in enumerate(TOPICS):
            office.site.edit(
                path(number),
                body=text_about(topic, number).replace("miljoner", ("miljoner", "tusen", "miljarder")[visit]),
            )
        run(office, "crawl", "--all", "--quiet")
    before = (office.folder / "sites" / "press.toml").read_text()

    assert run(office, "sites", "noise", "press", "--yes") == 0

    assert (office.folder / "sites" / "press.toml").read_text() == before
