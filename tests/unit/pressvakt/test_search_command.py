from __future__ import annotations

import csv
import datetime as dt
import io
import json
from dataclasses import replace
from unittest import mock

import pytest

from changes.canonical import text_digest
from storage import indexing
from storage.archive import Archive
from tests.unit.pressvakt.conftest import BRIDGE, DAY, Run, bridge

pytestmark = pytest.mark.usefixtures("history")


def test_search_shows_the_sentence_with_its_words_marked_and_when_it_was_said(run: Run) -> None:
    result = run("search", '"pays 160 million"', "total")

    assert (result.code, result.err) == (0, "")
    head, sentence, said = result.out.splitlines()[0], result.out.splitlines()[-2], result.out.splitlines()[-1]
    assert head == "3 May 2024 10:00  Ministry gives 160 million for the new bridge  example"
    assert "*pays 160 million*" in sentence
    assert "*total*" in sentence
    assert said == f"    said in version 1 of 3, from 3 May 2024 10:00 to 3 May 2024 10:00  {BRIDGE}"


def test_search_finds_what_an_edit_took_away_and_what_it_brought(run: Run) -> None:
    removed, added = run("search", "160", "--in", "removed"), run("search", "100", "--in", "added")

    assert "[-160-] million" in removed.out
    assert "4 May 2024 16:00  Ministry gives 160 million for the new bridge  silent  example" in removed.out
    assert f"version 1 to 2  {BRIDGE}" in removed.out
    assert "{+100+} million" in added.out
    assert "no edit brought that" in run("search", "160", "--in", "added").err


def test_search_writes_json_lines_and_csv(run: Run) -> None:
    (line,) = run("search", "ferry", "--format", "jsonl").out.splitlines()
    found = json.loads(line)
    (edit,) = [json.loads(one) for one in run("search", "160", "--in", "removed", "--format", "jsonl").out.splitlines()]
    (row,) = csv.DictReader(io.StringIO(run("search", "ferry", "--format", "csv").out))

    assert (found["site"], found["title"], found["version"], found["versions"]) == (
        "example", "Ferry sails again", 1, [1],
    )  # fmt: skip
    assert found["first_seen"] == "2024-05-03T08:00:00Z"
    assert found["found"] == ["*Ferry* sails again", "The *ferry* sails again."][: len(found["found"])]
    assert found["sentences"][0] == {"text": "Ferry sails again", "marks": [[0, 5]]}
    assert (edit["kind"], edit["before"], edit["after"]) == ("edited", 1, 2)
    sentence = edit["sentences"][0]
    assert [sentence["text"][start:end] for start, end in sentence["removed"]] == ["160"]
    assert row["found"].startswith("*Ferry* sails again")


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--site", "example"], 2),
        (["--since", "2024-05-06"], 0),
        (["--until", "2024-05-03"], 2),
        (["--kind", "removed"], 1),
        (["--kind", "moved"], 1),
        (["--kind", "archived"], 1),
        (["--kind", "withdrawn"], 0),
        (["--limit", "1"], 1),
        (["--limit", "0"], 2),
        (["--ranked"], 2),
    ],
)
def test_options_narrow_a_search(run: Run, options: list[str], count: int) -> None:
    result = run("search", "the", "--format", "jsonl", *options)

    assert result.code == 0, result.err
    assert len(result.out.splitlines()) == count


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["!!"], "there is no word to look for"),
        (["a*"], "needs 2 letters"),
        (["NOT", "ferry"], "only words to leave out"),
        (["x " * 5000], "at most 64 words"),
        (["ferry", "--site", "nowhere"], "no site 'nowhere'"),
        (["ferry", "--in", "added", "--kind", "moved"], "--kind goes with --in text"),
    ],
)
def test_a_search_that_makes_no_sense_is_misuse_in_one_line(run: Run, arguments: list[str], words: str) -> None:
    result = run("search", *arguments)

    assert (result.code, result.out) == (2, "")
    assert words in result.err
    assert result.err.count("\n") == 1


def test_what_is_not_indexed_yet_is_indexed_by_the_first_search(run: Run, archive: Archive) -> None:
    with (
        mock.patch.object(indexing, "index_version"),
        mock.patch.object(indexing, "index_change"),
        archive,
        archive.writing() as unit,
    ):
        site = unit.add_site("example")
        for number in range(120):
            url = f"https://press.example.org/old/{number}"
            page = unit.add_page(site.id, url, at=DAY, baseline=True)
            kept = unit.keep_snapshot(
                page.id, url=url, status=200, headers=(), redirects=(), captured_at=DAY, body=str(number).encode()
            )
            old = replace(bridge(), title=f"Lighthouse {number}")
            unit.add_version(page.id, snapshot_id=kept.id, release=old, digest=text_digest(old), rules="2024", at=DAY)
    first = run("search", "lighthouse", "--format", "jsonl", "--limit", "0")
    second = run("search", "lighthouse", "--format", "jsonl", "--limit", "0")

    assert len(first.out.splitlines()) == 120
    assert first.err == "indexing 120 versions and changes for search; this is done once\n"
    assert (second.out, second.err) == (first.out, "")


def test_a_find_cannot_steer_a_terminal_or_a_spreadsheet(run: Run, archive: Archive) -> None:
    with archive, archive.writing() as unit:
        site = unit.add_site("example")
        page = unit.add_page(site.id, "https://press.example.org/evil", at=DAY, baseline=True)
        kept = unit.keep_snapshot(
            page.id, url=page.url, status=200, headers=(), redirects=(), captured_at=DAY, body=b"evil"
        )
        evil = replace(bridge(), title="=evil() \x1b[31m words")
        unit.add_version(page.id, snapshot_id=kept.id, release=evil, digest="d", rules="2024", at=DAY)
    assert "\x1b" not in run("search", "evil").out
    (row,) = csv.DictReader(io.StringIO(run("search", "evil", "--format", "csv").out))
    assert row["title"].startswith("'=evil")


def test_top_counts_the_words_that_edits_took_away(run: Run) -> None:
    removed = run("top", "--removed", "--format", "jsonl")
    found = {one["word"]: one for one in map(json.loads, removed.out.splitlines())}

    assert removed.code == 0
    assert all(one["releases"] == 1 and one["example"] == BRIDGE for one in found.values())
    assert found, removed.err
    assert not {"the", "of", "160"} & set(found)
    assert run("top", "--removed").out.splitlines()[0].split() == ["releases", "times", "word"]
    assert run("top", "--removed", "--since", "2024-05-06").err == "no edit took away any word then\n"
    assert run("top").code == 2
    assert run("top", "--added", "--removed").code == 2


def test_copies_shows_what_each_address_says_alone(run: Run, archive: Archive) -> None:
    at = DAY + dt.timedelta(days=9)
    url = "https://other.example.org/bridge"
    with archive, archive.writing() as unit:
        site = unit.add_site("other")
        page = unit.add_page(site.id, url, at=at, baseline=True)
        kept = unit.keep_snapshot(page.id, url=url, status=200, headers=(), redirects=(), captured_at=at, body=b"twin")
        extra = replace(bridge().body[0], text="This sentence stands only in the copy.")
        twin = replace(bridge(), title="A bridge for the sound", body=(*bridge().body, extra))
        unit.add_version(page.id, snapshot_id=kept.id, release=twin, digest="d", rules="2024", at=at)

    table = run("copies", BRIDGE)
    (found,) = [json.loads(line) for line in run("copies", BRIDGE, "--format", "jsonl").out.splitlines()]
    (row,) = csv.DictReader(io.StringIO(run("copies", BRIDGE, "--format", "csv", "--at", "2024-05-03").out))

    assert table.code == 0
    assert "{+This sentence stands only in the copy.+}" in table.out
    assert "A bridge for the sound  other" in table.out
    assert (found["site"], found["url"], found["of"]) == ("other", url, BRIDGE)
    assert "This sentence stands only in the copy." in found["only_there"]
    assert found["share"] > 0.5
    assert row["only_here"] == ""
    assert "no other release says much" in run("copies", "https://press.example.org/archive/ferry").err
