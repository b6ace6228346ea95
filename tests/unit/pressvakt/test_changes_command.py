from __future__ import annotations

import csv
import datetime as dt
import io
import json
import pathlib

import pytest

from changes.kinds import Finding, Kind
from storage.archive import Archive
from tests.unit.pressvakt.conftest import BRIDGE, DAY, Result, Run

EDIT = "edited        Ministry gives 160 million for the new bridge"


def objects(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.out.splitlines()]


def kinds(result: Result) -> list[object]:
    return [change["kind"] for change in objects(result)]


def wave(archive: Archive, count: int, finding: Finding, *, title: str = "Release") -> None:
    """So many pages to which the same thing happened in one crawl."""
    with archive, archive.writing() as unit:
        site = unit.add_site("example")
        crawl = unit.start_crawl(site.id, DAY)
        ids = []
        for number in range(count):
            url = f"https://press.example.org/{number}"
            page = unit.add_page(site.id, url, at=DAY, baseline=False)
            ids.append(
                unit.add_change(
                    page.id, finding, before=1, after=1, title=f"{title} {number}", url=url, at=DAY, baseline=False
                )
            )
        if count > 1:
            unit.add_wave(ids, f"{crawl}-archived")


@pytest.mark.usefixtures("history")
def test_json_lines_are_the_stable_objects_oldest_first(run: Run) -> None:
    found = objects(run("changes", "--format", "jsonl"))

    assert [change["kind"] for change in found] == ["published", "published", "edited", "archived", "removed", "moved"]
    assert [change["id"] for change in found] == sorted(change["id"] for change in found)  # type: ignore[type-var]
    assert found[2] == {
        "id": 3,
        "kind": "edited",
        "site": "example",
        "url": BRIDGE,
        "detected_at": "2024-05-04T14:00:00Z",
        "title": "Ministry gives 160 million for the new bridge",
        "before": 1,
        "after": 2,
        "fields": ["body"],
        "silent": True,
        "labels": ["figure", "removed"],
        "baseline": False,
        "wave": None,
    }
    assert found[0]["baseline"] is True
    assert (found[3]["period"], found[3]["government"]) == (["2024-05-03", "2024-06-01"], "First cabinet of Ek")
    assert found[4]["status"] == 404
    assert found[5]["was"] == "https://press.example.org/news/2024/05/ferry"


@pytest.mark.usefixtures("history")
def test_the_table_folds_the_first_crawl_and_tells_an_edit_in_its_words(run: Run) -> None:
    result = run("changes")

    assert (result.code, result.err) == (0, "")
    assert "Friday 3 May 2024\n 10:00  published     example: 2 releases found by the first crawl\n" in result.out
    assert f" 16:00  {EDIT}  silent  figure, removed\n" in result.out
    assert "160 → 100 million" in result.out
    assert "3 May 2024 to 1 June 2024 · First cabinet of Ek" in result.out
    assert all(line == line.rstrip() for line in result.out.splitlines())


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--kind", "edited"], ["edited"]),
        (["--kind", "edited", "--kind", "moved"], ["edited", "moved"]),
        (["--since", "2024-05-06"], ["removed", "moved"]),
        (["--since", "2024-05-04", "--until", "2024-05-05"], ["edited", "archived"]),
        (["--since", "2024-05-04T16:00", "--until", "2024-05-04T16:01"], ["edited"]),
        (["--since", "2024-05-04T14:00Z", "--until", "2024-05-04T14:01Z"], ["edited"]),
        (["--match", "FERRY sails"], ["published", "moved"]),
        (["--url", BRIDGE], ["published", "edited", "archived", "removed"]),
        (["--site", "example", "--limit", "2"], ["removed", "moved"]),
        (["--limit", "0", "--kind", "removed"], ["removed"]),
        (["--label", "figure"], ["edited"]),
        (["--label", "typo", "--label", "removed"], ["edited"]),  # the label, not the kind of that name
        (["--label", "quote"], []),
        (["--field", "body"], ["edited"]),
        (["--field", "title"], []),
        (["--sender", "of BRIDGES"], ["published", "edited", "archived", "removed"]),
        (["--sender", "bridges", "--kind", "edited", "--label", "figure", "--match", "alvik"], ["edited"]),
        (["--sender", "nobody"], []),
    ],
)
def test_options_narrow_what_is_listed(run: Run, options: list[str], expected: list[str]) -> None:
    assert expected == kinds(run("changes", "--format", "jsonl", *options))


@pytest.mark.usefixtures("history")
def test_a_field_or_label_that_does_not_exist_is_misuse(run: Run) -> None:
    for option, name in (("--field", "colour"), ("--label", "nonsense")):
        result = run("changes", option, name)
        assert (result.code, result.err.count("\n")) == (2, 1)


@pytest.mark.usefixtures("history")
def test_csv_has_a_head_and_every_change(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("changes", "--format", "csv").out)))

    assert [row["kind"] for row in rows] == ["published", "published", "edited", "archived", "removed", "moved"]
    assert (rows[2]["labels"], rows[2]["silent"], rows[3]["period"]) == (
        "figure; removed",
        "true",
        "2024-05-03; 2024-06-01",
    )


def test_a_wave_is_one_line_of_the_table_and_every_one_of_its_changes_in_json(archive: Archive, run: Run) -> None:
    wave(archive, 900, Finding(kind=Kind.ARCHIVED, government="First cabinet of Ek"))

    table, lines = run("changes"), run("changes", "--format", "jsonl")

    assert table.out.count("archived") == 2  # the line, and the command that lists them all
    assert "900 releases at once" in table.out
    assert "First cabinet of Ek" in table.out
    assert len(lines.out.splitlines()) == 900
    assert {change["wave"] for change in objects(lines)} == {"1-archived"}


def test_a_long_table_says_what_it_leaves_out(archive: Archive, run: Run) -> None:
    with archive, archive.writing() as unit:
        site = unit.add_site("example")
        page = unit.add_page(site.id, BRIDGE, at=DAY, baseline=False)
        for number in range(130):
            at = DAY + dt.timedelta(minutes=number)
            finding = Finding(kind=Kind.REMOVED if number % 2 else Kind.RESTORED)
            unit.add_change(
                page.id, finding, before=1, after=1, title=f"No {number}.", url=BRIDGE, at=at, baseline=False
            )

    result = run("changes")

    assert result.err.startswith("… 30 earlier lines are not shown; --limit 0 shows all")
    assert ("No 29." in result.out, "No 30." in result.out, "No 129." in result.out) == (False, True, True)
    assert "No 0." in run("changes", "--limit", "0").out


def test_a_hostile_title_steers_neither_terminal_nor_spreadsheet_nor_json_lines(archive: Archive, run: Run) -> None:
    wave(archive, 1, Finding(kind=Kind.REMOVED, status=404), title='=HYPERLINK("x")\x1b[2J\x9b2J\u2028[red]next[/red]')

    table, lines, sheet = (run("changes", "--format", name) for name in ("table", "jsonl", "csv"))

    for result in (table, lines, sheet):
        assert "\x1b" not in result.out
        assert "\x9b" not in result.out
    assert "[red]" in table.out
    assert len(lines.out.splitlines()) == 1
    assert "'=HYPERLINK" in sheet.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["changes", "--since", "yesterday"], "--since: 'yesterday' is no time; write 5d,"),
        (["changes", "--kind", "gone"], "'gone' is not one of 'published'"),
        (["changes", "--colour"], "(pressvakt changes --help)"),
        (["change"], "No such command 'change'"),
        (["changes", "--site", "nowhere"], "no site 'nowhere'"),
        (["show"], "Missing argument 'URL'"),
    ],
)
def test_misuse_is_one_line_and_exit_code_2(run: Run, arguments: list[str], said: str) -> None:
    result = run(*arguments)

    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert result.err.count("\n") == 1


def test_an_empty_archive_says_the_next_step(archive: Archive, run: Run) -> None:
    archive.close()

    result = run("changes")

    assert (result.code, result.out) == (0, "")
    assert "`pressvakt crawl SITE`" in result.err


@pytest.mark.usefixtures("history")
def test_nothing_found_says_so_on_standard_error_only(run: Run) -> None:
    result = run("changes", "--kind", "withdrawn")

    assert (result.code, result.out) == (0, "")
    assert result.err == "no change fits; `pressvakt changes` without options shows all\n"


def test_a_damaged_archive_is_one_line_not_a_traceback(archive: Archive, run: Run) -> None:
    archive.close()
    for file in ("pressvakt.db-wal", "pressvakt.db-shm"):
        pathlib.Path(file).unlink(missing_ok=True)
    pathlib.Path("pressvakt.db").write_bytes(b"SQLite format 3\x00" + b"\xff" * 4000)

    result = run("changes")

    assert (result.code, result.out) == (1, "")
    assert result.err.count("\n") == 1
    assert "Traceback" not in result.err


def test_an_edit_whose_versions_are_not_at_hand_still_names_its_fields(archive: Archive, run: Run) -> None:
    wave(archive, 1, Finding(kind=Kind.EDITED, fields=("title", "body"), silent=False))

    assert "title, body" in run("changes").out
