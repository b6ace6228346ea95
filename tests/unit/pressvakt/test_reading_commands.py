from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from changes.canonical import text_digest
from changes.kinds import SiteNotice
from storage.archive import Archive
from tests.unit.pressvakt.conftest import BRIDGE, DAY, FERRY, Run, bridge

#: What a child process needs to find this checkout.
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])}


@pytest.mark.usefixtures("history")
def test_history_lists_versions_with_the_changes_that_led_to_them(run: Run) -> None:
    lines = run("history", BRIDGE).out.splitlines()

    assert lines[2] == "example · gone (404), last read 5 May 2024 16:00 · 3 versions"
    steps = [line.split()[0] for line in lines[3:] if line.startswith("    ") and line[7:8].strip()]
    assert steps == ["published", "1", "edited", "2", "archived", "3", "removed"]


@pytest.mark.usefixtures("history")
def test_history_as_json_puts_each_change_under_its_version(run: Run) -> None:
    versions = [json.loads(line) for line in run("history", BRIDGE, "--format", "jsonl").out.splitlines()]

    assert [version["version"] for version in versions] == [1, 2, 3]
    assert [[change["kind"] for change in version["changes"]] for version in versions] == [
        ["published"],
        ["edited"],
        ["archived", "removed"],
    ]


@pytest.mark.usefixtures("history")
def test_show_gives_the_latest_version_as_plain_text(run: Run) -> None:
    text = run("show", BRIDGE).out

    assert "The state pays 100 million" in text
    assert "• two lanes\n• one path for cyclists\n" in text
    assert "! This page was published from 3 May 2024 to 1 June 2024." in text
    assert "##" not in text


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(
    ("options", "figure"),
    [
        (["--version", "1"], "160"),
        (["--version", "2"], "100"),
        (["--at", "2024-05-03"], "160"),
        (["--at", "2024-05-04"], "100"),
        (["--at", "2024-05-04T15:59"], "160"),
        (["--at", "2024-05-04T16:01"], "100"),
    ],
)
def test_show_goes_back_to_a_version_by_number_or_time(run: Run, options: list[str], figure: str) -> None:
    assert f"The state pays {figure} million" in run("show", BRIDGE, *options).out


@pytest.mark.usefixtures("history")
def test_show_as_html_escapes_what_the_page_says_and_links_to_nothing_that_runs(run: Run) -> None:
    page = run("show", BRIDGE, "--version", "1", "--format", "html").out

    assert "A &lt;script&gt;alert(1)&lt;/script&gt; is only text." in page
    assert "<script" not in page
    assert "javascript:" not in page
    assert '<a href="https://press.example.org/plan" rel="noopener noreferrer nofollow">the plan</a>' in page


@pytest.mark.usefixtures("history")
def test_show_as_json_has_the_release_and_where_it_came_from(run: Run) -> None:
    shown = json.loads(run("show", BRIDGE, "--version", "1", "--format", "json").out)

    assert (shown["version"], shown["site"], shown["url"], shown["state"]) == (1, "example", BRIDGE, "gone")
    assert shown["release"]["identifier"] == "B2024/17"
    assert shown["snapshot"]["captured_at"] == "2024-05-03T08:00:00Z"
    assert shown["markdown"].startswith("## The money\n\n")


@pytest.mark.usefixtures("history")
def test_show_raw_gives_the_bytes_that_the_site_sent(run: Run) -> None:
    sent = f"<h1>Ministry gives 160 million for the new bridge</h1>{DAY}"

    assert sent == run("show", BRIDGE, "--version", "1", "--format", "raw").out


@pytest.mark.usefixtures("history")
def test_a_former_address_and_a_sloppy_one_find_the_page(run: Run) -> None:
    assert "Ferry sails again" in run("show", FERRY).out
    assert "Ferry sails again" in run("show", "press.example.org/archive/ferry/").out


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("command", ["show", "history", "diff"])
def test_an_unknown_address_names_the_nearest_ones(run: Run, command: str) -> None:
    result = run(command, BRIDGE.replace("bridge", "bridges-and-more"))

    assert (result.code, result.out) == (1, "")
    assert f"nearest: {BRIDGE}" in result.err
    assert result.err.count("\n") == 1


def test_an_address_in_an_empty_archive_says_the_next_step(archive: Archive, run: Run) -> None:
    archive.close()

    result = run("show", BRIDGE)

    assert result.code == 1
    assert "`pressvakt crawl SITE`" in result.err


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["show", BRIDGE, "--version", "9"], 1, "has no version 9; it has 3 versions"),
        (["show", BRIDGE, "--at", "2019-01-01"], 1, "was not yet read"),
        (["show", BRIDGE, "--at", "5d", "--version", "1"], 2, "give one of them"),
        (["diff", BRIDGE, "1..7"], 1, "has no version 7"),
        (["diff", BRIDGE, "old..new"], 2, "names no version"),
        (["diff", FERRY], 1, "version 1 is the first there is"),
    ],
)
def test_a_version_that_is_not_there_is_one_helpful_line(run: Run, arguments: list[str], code: int, said: str) -> None:
    result = run(*arguments)

    assert (result.code, result.out) == (code, "")
    assert said in result.err
    assert result.err.count("\n") == 1


@pytest.mark.usefixtures("history")
def test_diff_marks_words_inside_their_sentence_and_folds_the_rest(run: Run) -> None:
    text = run("diff", BRIDGE, "1..2").out

    assert "~ The state pays [-160-]{+100+} million of the total cost" in text
    assert "- [-A <script>alert(1)</script> is only text.-]" in text
    assert "··· 2 blocks unchanged ···" in text
    assert "two lanes" not in text


@pytest.mark.usefixtures("history")
def test_diff_takes_the_last_two_versions_and_shows_a_new_notice(run: Run) -> None:
    text = run("diff", BRIDGE).out

    assert "version 2 (seen until 4 May 2024 16:00) → version 3" in text
    assert "notices: {+This page was published from 3 May 2024 to 1 June 2024.+}" in text
    assert "unchanged" not in text


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("chosen", ["2", "1..2", "2024-05-03..2024-05-04"])
def test_diff_takes_versions_by_number_and_by_day(run: Run, chosen: str) -> None:
    found = json.loads(run("diff", BRIDGE, chosen, "--format", "json").out)

    assert (found["before"]["version"], found["after"]["version"]) == (1, 2)
    assert [block["op"] for block in found["blocks"]] == ["equal", "changed", "equal", "removed"]
    assert [word["op"] for word in found["blocks"][1]["words"]] == ["equal", "delete", "insert", "equal"]


@pytest.mark.usefixtures("history")
def test_diff_backwards_shows_what_would_be_taken_back(run: Run) -> None:
    assert "{+160+}" in run("diff", BRIDGE, "2..1").out


@pytest.mark.usefixtures("history")
def test_notices_tell_of_outages_and_their_end(run: Run) -> None:
    table = run("notices").out
    found = [json.loads(line) for line in run("notices", "--format", "jsonl").out.splitlines()]

    assert "7 May 2024 16:00  example  unreachable\n" in table
    assert "recovered from unreachable" in table
    assert [(notice["kind"], notice["about"]) for notice in found] == [
        ("unreachable", None),
        ("recovered", str(SiteNotice.UNREACHABLE)),
    ]


@pytest.mark.usefixtures("history")
def test_a_reader_who_has_had_enough_is_no_error(folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "pressvakt", "changes", "--format", "jsonl"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
    )
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate(timeout=60)

    assert (process.returncode, err) == (0, b"")


@pytest.mark.usefixtures("history")
def test_on_a_terminal_marks_are_colours_and_lines_hang_in_its_width(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.delenv("NO_COLOR", raising=False)

    text = run("diff", BRIDGE, "1..2").out

    assert "\x1b[9;31m160\x1b[0m" in text
    assert "\x1b[32m100\x1b[0m" in text
    assert "[-160-]" not in text
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in text.splitlines()]
    start = next(number for number, line in enumerate(lines) if line.startswith("~ The state pays 160 100 million"))
    assert max(map(len, lines[start : start + 2])) <= 60
    assert lines[start + 1].startswith("  ")
    assert "\x1b" not in _without_colours(run, monkeypatch)


def _without_colours(run: Run, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("FORCE_COLOR")
    return run("diff", BRIDGE, "1..2").out


def test_raw_bytes_that_would_steer_a_terminal_are_not_sent_to_one(archive: Archive, folder: Path) -> None:
    with archive, archive.writing() as unit:
        site = unit.add_site("example")
        page = unit.add_page(site.id, BRIDGE, at=DAY, baseline=True)
        snapshot = unit.keep_snapshot(
            page.id, url=BRIDGE, status=200, headers=[], redirects=[], captured_at=DAY, body=b"\x1b]0;owned\x07"
        )
        release = bridge()
        unit.add_version(
            page.id, snapshot_id=snapshot.id, release=release, digest=text_digest(release), rules="2024", at=DAY
        )
    controller, terminal = pty.openpty()

    process = subprocess.run(
        [sys.executable, "-m", "pressvakt", "show", BRIDGE, "--format", "raw"],
        cwd=folder,
        stdout=terminal,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
        timeout=60,
        check=False,
    )
    os.close(terminal)
    os.close(controller)

    assert process.returncode == 1
    assert b"could steer your terminal" in process.stderr
