"""Files that releases offer are versions of their own: their bytes, their text, and what differs in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from changes.kinds import Kind
from pressvakt.cli import main
from storage.editions import file_editions
from tests.journeys.office import Office
from tests.journeys.test_redesigns import TOPICS, text_about
from tests.pdfs import pdf
from tests.press_site import PressSite

PATH = "/pressmeddelanden/2026/08/om-1/"
HREF = "/contentassets/0123456789abcdef0123456789abcdef/bilaga.pdf"
LINES = (
    "Regeringen bygger 160 nya platser i hamnen i Norrvik, som kommunen har bett om sedan länge",
    "och som blir klara den 1 maj 2027.",
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with PressSite() as site:
        for number, topic in enumerate(TOPICS):
            files = ((HREF, "Bilaga (pdf 142 kB)"),) if number == 1 else ()
            site.add(
                f"/pressmeddelanden/2026/08/om-{number}/",
                title=f"Nya regler för {topic}",
                body=text_about(topic, number),
                attachments=files,
            )
        site.replace_file(HREF, pdf(LINES))
        yield Office(tmp_path, site)


def run(office: Office, *words: str) -> int:
    return main([*words, "--config", str(office.folder / "pressvakt.toml")])


def test_a_replaced_file_is_an_edition_with_its_words(office: Office, capfd: pytest.CaptureFixture[str]) -> None:
    url = office.site.url + PATH
    run(office, "crawl", "--all", "--quiet")
    office.site.replace_file(HREF, pdf([line.replace("160", "100") for line in LINES]))
    run(office, "crawl", "--all", "--quiet")
    run(office, "crawl", "--all", "--quiet")
    with office.archive() as archive:
        (change,) = archive.changes(kinds=[Kind.ATTACHMENT])
        page = archive.find_page(url)[0]
        first, second = file_editions(archive, page.id)
        kept = archive.payload(second.digest)
    capfd.readouterr()

    run(office, "files", url, "--diff", "last")
    shown = capfd.readouterr().out
    run(office, "changes", "--kind", "attachment")
    told = capfd.readouterr().out
    run(office, "files", url, "--format", "jsonl")
    listed = [json.loads(line) for line in capfd.readouterr().out.splitlines()]

    assert (change.finding.href, change.finding.labels) == (office.site.url + HREF, ("figure",))
    assert (first.visits, second.visits, second.number) == (1, 2, 2)
    assert kept == pdf([line.replace("160", "100") for line in LINES])
    assert "[-160-]{+100+}" in shown
    assert "160 → 100 nya platser" in told
    assert [row["edition"] for row in listed] == [1, 2]


def test_a_file_whose_bytes_alone_are_new_has_no_words_to_show(
    office: Office, capfd: pytest.CaptureFixture[str]
) -> None:
    run(office, "crawl", "--all", "--quiet")
    office.site.replace_file(HREF, pdf(LINES) + b"% made again\n")
    run(office, "crawl", "--all", "--quiet")
    with office.archive() as archive:
        (change,) = archive.changes(kinds=[Kind.ATTACHMENT])
    capfd.readouterr()

    run(office, "files", office.site.url + PATH, "--diff", "1..2")

    assert change.finding.labels == ()
    assert "The two say the same" in capfd.readouterr().out


def test_a_file_without_a_text_is_kept_and_says_why(office: Office, capfd: pytest.CaptureFixture[str]) -> None:
    office.site.replace_file(HREF, b"%PDF-1.4 nothing that could be read")
    run(office, "crawl", "--all", "--quiet")
    capfd.readouterr()

    code = run(office, "files", office.site.url + PATH, "--text", "1")

    assert (code, "damaged" in capfd.readouterr().err) == (1, True)
