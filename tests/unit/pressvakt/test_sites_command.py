"""`pressvakt sites` and `pressvakt sites check`: what is watched, and what a profile reads from a page."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from pressvakt.cli import main
from pressvakt.commands.sites import COLUMNS

CONFIG = 'contact = "you@example.org"\n'
SITE = """\
title = "Government of Alvik"
base_url = "https://www.alvik.example"
language = "en"
time_zone = "Europe/London"
[[discovery]]
kind = "feed"
url = "/feed.xml"
[[release]]
name = "2024"
region = "article"
title = "h1"
body = "div.text"
published = "time@datetime"
"""
PAGE = """\
<!doctype html><html lang="en"><head><title>A bridge - Alvik</title></head><body><nav>Home</nav>
<article><h1>The [bold]bridge[/bold] is open</h1><time datetime="2024-05-03">3 May 2024</time>
<div class="text"><p>The ministry opened the bridge across the sound at Alvik on Friday morning.</p></div>
</article></body></html>
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder as `pressvakt init` leaves it, with one site and a saved page."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PRESSVAKT_DATABASE", raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "sites").mkdir()
    (tmp_path / "pressvakt.toml").write_text(CONFIG)
    (tmp_path / "sites" / "alvik.toml").write_text(SITE)
    (tmp_path / "page.html").write_text(PAGE)
    return tmp_path


Output = pytest.CaptureFixture[str]


def test_sites_are_listed_for_people(capsys: Output) -> None:
    assert main(["sites"]) == 0

    head, row = capsys.readouterr().out.splitlines()
    assert head.split() == ["name", "title", "address", "lists", "rules"]
    assert row.split("  ")[0] == "alvik"
    assert "https://www.alvik.example" in row


def test_sites_are_listed_for_programs(here: Path, capsys: Output) -> None:
    (here / "sites" / "child.toml").write_text('extends = "alvik"\ntitle = "Children of Alvik"\n')

    assert main(["sites", "--format", "jsonl"]) == 0
    objects = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert main(["sites", "--format", "csv"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))

    assert objects[1] == {
        "name": "child",
        "title": "Children of Alvik",
        "base_url": "https://www.alvik.example",
        "language": "en",
        "time_zone": "Europe/London",
        "lists": ["feed"],
        "rules": ["2024"],
        "delay": 1.0,
    }
    assert tuple(objects[0]) == COLUMNS == tuple(rows[0])
    assert [row["name"] for row in rows] == ["alvik", "child"]


def test_a_bad_configuration_is_misuse_and_every_fault_a_line(here: Path, capsys: Output) -> None:
    (here / "sites" / "alvik.toml").write_text(SITE + "[crawl]\ndelaay = 1\nconcurrency = 0\n")

    assert main(["sites"]) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split(": ")[:2] for line in err.splitlines()] == [
        ["sites/alvik.toml:15", "crawl.delaay"],
        ["sites/alvik.toml:16", "crawl.concurrency"],
    ]


def test_without_a_configuration_the_way_to_one_is_told(here: Path, capsys: Output) -> None:
    (here / "pressvakt.toml").unlink()

    assert main(["sites"]) == 2
    assert "pressvakt init" in capsys.readouterr().err


def test_a_saved_page_is_read_field_by_field(capsys: Output) -> None:
    assert main(["sites", "check", "page.html"]) == 0

    out = capsys.readouterr().out
    assert "The [bold]bridge[/bold] is open" in out
    assert "2024-05-03" in out
    assert "not looked for by these rules" in out


def test_a_reading_for_programs_is_one_object(capsys: Output) -> None:
    assert main(["sites", "check", "page.html", "--format", "json"]) == 0

    reading = json.loads(capsys.readouterr().out)
    assert {key: reading[key] for key in ("site", "rules", "problem")} == {
        "site": "alvik",
        "rules": "2024",
        "problem": None,
    }
    assert reading["release"]["published"]["day"] == "2024-05-03"


def test_a_page_that_no_rules_fit_fails_and_says_what_is_lacking(here: Path, capsys: Output) -> None:
    (here / "page.html").write_text(PAGE.replace("article", "section"))

    assert main(["sites", "check", "page.html", "--format", "json"]) == 1

    out, err = capsys.readouterr()
    assert json.loads(out)["release"] is None
    assert "2024" in err
    assert "article" in err


def test_a_saved_page_of_one_of_several_sites_needs_its_name(here: Path, capsys: Output) -> None:
    (here / "sites" / "child.toml").write_text('extends = "alvik"\n')

    assert main(["sites", "check", "page.html"]) == 2
    assert "--site: alvik, child" in capsys.readouterr().err
    assert main(["sites", "check", "page.html", "--site", "child", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["site"] == "child"


def test_a_shipped_profile_reads_a_saved_page_without_a_configuration(here: Path, capsys: Output) -> None:
    (here / "pressvakt.toml").unlink()

    assert main(["sites", "check", "page.html", "--site", "regeringen.se", "--format", "json"]) == 1
    reading = json.loads(capsys.readouterr().out)
    assert reading["site"] == "regeringen.se"
    assert reading["problem"]  # an invented page is none of theirs


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("absent.html", "absent.html is not there"),
        ("sites", "sites is no file"),
        ("file:///etc/passwd", "is not there"),
    ],
)
def test_a_target_that_is_no_page_is_misuse(target: str, words: str, capsys: Output) -> None:
    assert main(["sites", "check", target]) == 2
    assert words in capsys.readouterr().err


def test_a_name_that_no_profile_has_is_misuse(capsys: Output) -> None:
    assert main(["sites", "check", "page.html", "--site", "nowhere"]) == 2
    assert "known: alvik" in capsys.readouterr().err


def test_an_address_is_asked_with_a_contact_only(capsys: Output) -> None:
    assert main(["sites", "check", "https://www.alvik.example/news/bridge"]) == 2
    assert "placeholder" in capsys.readouterr().err


def test_an_address_of_no_watched_site_is_misuse(here: Path, capsys: Output) -> None:
    (here / "pressvakt.toml").write_text('contact = "watch@alvik.example"\n')

    assert main(["sites", "check", "https://elsewhere.example/news/bridge"]) == 2
    assert "is on no site that is watched" in capsys.readouterr().err
