"""`verify`, `backup` and `purge` as a person runs them."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage.archive import Archive
from storage.leases import take
from tests.unit.pressvakt.conftest import BRIDGE, FERRY, Run


@pytest.mark.usefixtures("history")
def test_verify_says_that_all_is_well(run: Run) -> None:
    result = run("verify")

    assert (result.code, result.out) == (0, "")
    assert "all as they were kept" in result.err


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("output", ["table", "jsonl", "csv"])
def test_verify_names_what_is_wrong_and_fails(run: Run, folder: Path, output: str) -> None:
    with closing(sqlite3.connect(folder / "pressvakt.db", isolation_level=None)) as file:
        (digest,) = file.execute("SELECT digest FROM payloads WHERE id = 2").fetchone()
        file.execute("DROP TRIGGER payloads_no_update")
        file.execute("UPDATE payloads SET data = zeroblob(length(data)) WHERE id = 2")

    result = run("verify", "--format", output)

    assert result.code == 1
    assert digest in result.out
    assert "not as it was kept: 1 payload; leave the file as it is and restore a backup" in result.err
    if output == "jsonl":
        assert json.loads(result.out)["what"] == "payload"


@pytest.mark.usefixtures("history")
def test_backup_writes_a_sound_copy_once(run: Run, folder: Path) -> None:
    first, second = run("backup", "copy.db"), run("backup", "copy.db")

    assert first.code == 0
    assert "read through and sound, sha256:" in first.err
    assert second.code == 1
    assert "overwrites nothing" in second.err
    with Archive.open(f"sqlite:///{folder / 'copy.db'}") as copy:
        assert len(copy.versions(copy.find_page(BRIDGE)[0].id)) == 3


@pytest.mark.usefixtures("history")
def test_purge_asks_for_a_reason_and_for_a_yes(run: Run) -> None:
    assert run("purge", "--page", BRIDGE, "--yes").code == 2
    asked = run("purge", "--page", BRIDGE, "--reason", "asked to")
    assert asked.code == 2
    assert f"would purge {BRIDGE}, all 3 versions" in asked.err
    assert run("purge", "--page", BRIDGE, "--text", "bridge", "--reason", "x", "--yes").code == 2
    assert run("history", BRIDGE).code == 0


@pytest.mark.usefixtures("history")
def test_a_purged_page_is_unknown_and_can_be_let_in_again(run: Run) -> None:
    result = run("purge", "--page", BRIDGE, "--reason", "asked to", "--yes")

    assert result.code == 0
    assert "purged: 3 versions, 3 answers, 3 payloads" in result.err
    assert run("history", BRIDGE).code == 1
    assert run("history", FERRY).code == 0
    assert run("purge", "--unblock", BRIDGE).code == 0
    assert run("purge", "--unblock", BRIDGE).code == 1
    assert run("verify").code == 0


@pytest.mark.usefixtures("history")
def test_a_purged_version_says_so(run: Run) -> None:
    assert run("purge", "--version", BRIDGE, "2", "--reason", "asked to", "--yes").code == 0

    versions = [json.loads(line) for line in run("history", BRIDGE, "--format", "jsonl").out.splitlines()]

    assert [version["title"] == "[purged]" for version in versions] == [False, True, False]
    assert run("verify").code == 0


@pytest.mark.usefixtures("history")
def test_a_purged_text_is_found_nowhere(run: Run) -> None:
    result = run("purge", "--text", "Alma Ek", "--reason", "asked to", "--yes")

    assert result.code == 0
    assert "purged: 3 versions" in result.err
    assert "Alma Ek" not in run("show", BRIDGE).out
    assert run("purge", "--text", "Alma Ek", "--reason", "asked to", "--yes").code == 1


@pytest.mark.usefixtures("history")
def test_nothing_is_purged_while_a_crawl_could_bring_it_back(run: Run, folder: Path) -> None:
    with (
        Archive.open(f"sqlite:///{folder / 'pressvakt.db'}") as archive,
        take(archive, "example", clock=lambda: dt.datetime.now(dt.UTC)),
    ):
        result = run("purge", "--page", BRIDGE, "--reason", "asked to", "--yes")

    assert result.code == 1
    assert "example is being worked on" in result.err
    assert run("history", BRIDGE).code == 0
    assert "nothing to sweep" in run("purge").err
