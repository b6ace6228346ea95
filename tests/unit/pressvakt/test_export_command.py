"""`export` and `audits` as a person runs them, and tables in files."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import hashlib
import json
import sys
import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet
from warcio.archiveiterator import ArchiveIterator

from changes.kinds import Kind
from storage.archive import Archive
from tests.unit.pressvakt.conftest import BASE, BRIDGE, FERRY, Run

pytestmark = pytest.mark.usefixtures("history")


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def responses(file: Path) -> list[str]:
    """The addresses of a WARC file's answers."""
    with file.open("rb") as data:
        return [
            record.rec_headers.get_header("WARC-Target-URI")
            for record in ArchiveIterator(data, check_digests="raise")
            if record.rec_type == "response"
        ]


def test_all_answers_are_given_back_as_warc(run: Run, folder: Path) -> None:
    result = run("export", "--format", "warc", "--out", "press.warc.gz")

    assert (result.code, result.out) == (0, "")
    assert result.err.startswith("press.warc.gz: answers: 4, pages: 2, ")
    assert responses(folder / "press.warc.gz") == [BRIDGE, BRIDGE, BRIDGE, FERRY]


def test_an_archive_is_sent_on_where_a_program_reads_it(run: Run, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    from pressvakt.cli import main

    code = main(["export", "--format", "warc", "--quiet"])
    out, err = capsysbinary.readouterr()

    assert (code, err) == (0, b"")
    assert gzip.decompress(out).startswith(b"WARC/1.1\r\n")


def test_only_what_was_asked_for_is_given_back(run: Run, folder: Path) -> None:
    for name, options in {
        "url": ("--url", FERRY),
        "since": ("--since", "2024-05-04"),
        "until": ("--until", "2024-05-03"),
        "site": ("--site", "example"),
    }.items():
        assert run("export", "--format", "warc", *options, "--out", name).code == 0

    assert responses(folder / "url") == [FERRY]
    assert responses(folder / "since") == [BRIDGE, BRIDGE]
    assert responses(folder / "until") == [BRIDGE, FERRY]
    assert len(responses(folder / "site")) == 4


def test_a_package_is_written_to_be_opened(run: Run, folder: Path) -> None:
    assert run("export", "--format", "wacz", "--out", "press.wacz").code == 0

    with zipfile.ZipFile(folder / "press.wacz") as package:
        assert package.testzip() is None
        assert {entry.filename for entry in package.infolist()} == {
            "archive/data.warc.gz",
            "indexes/index.cdx.gz",
            "indexes/index.idx",
            "pages/pages.jsonl",
            "datapackage.json",
            "datapackage-digest.json",
        }


def test_releases_come_with_their_versions_and_changes(run: Run) -> None:
    bridge, ferry = lines(run("export", "--format", "jsonl").out)

    assert [version["version"] for version in bridge["versions"]] == [1, 2, 3]
    assert bridge["versions"][0]["release"]["lead"] == "Work begins in autumn."
    assert bridge["versions"][0]["snapshot"]["digest"].startswith("sha256:")
    assert [change["kind"] for change in bridge["changes"]] == ["published", "edited", "archived", "removed"]
    assert ferry["url"] == f"{BASE}/archive/ferry"
    assert [former["url"] for former in ferry["former"]] == [FERRY]


def test_releases_of_a_time_have_what_happened_then(run: Run) -> None:
    (bridge,) = lines(run("export", "--format", "jsonl", "--since", "2024-05-05", "--until", "2024-05-06").out)

    assert [version["version"] for version in bridge["versions"]] == [3]
    assert [change["kind"] for change in bridge["changes"]] == ["archived", "removed"]


def test_versions_are_rows_of_a_table(run: Run, folder: Path) -> None:
    rows = list(csv.DictReader(StringIO(run("export", "--format", "csv").out)))
    run("export", "--format", "parquet", "--out", "versions.parquet")
    table = parquet.read_table(folder / "versions.parquet").to_pylist()

    assert [(row["url"], int(row["version"])) for row in rows] == [(row["url"], row["version"]) for row in table]
    assert "160 million" in rows[0]["text"]
    assert rows[0]["contacts"] == "Alma Ek, press secretary, 08-555 10 10"
    assert table[0]["first_seen"] == dt.datetime(2024, 5, 3, 8, tzinfo=dt.UTC)
    assert table[0]["senders"] == ["Ministry of Bridges"]
    assert (table[0]["published"], table[0]["status"]) == ("2024-05-03", 200)


def test_changes_are_rows_too(run: Run, folder: Path) -> None:
    run("export", "--format", "parquet", "--rows", "changes", "--url", BRIDGE, "--out", "changes.parquet")
    exported = parquet.read_table(folder / "changes.parquet")
    run("changes", "--url", BRIDGE, "--format", "parquet", "--out", "listed.parquet")

    assert exported.equals(parquet.read_table(folder / "listed.parquet"))
    edited = exported.to_pylist()[1]
    assert (edited["kind"], edited["fields"], edited["silent"]) == ("edited", ["body"], True)
    assert edited["detected_at"] == dt.datetime(2024, 5, 4, 14, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "say what to write: --format warc"),
        (("--format", "evidence"), "--change ID go together"),
        (("--format", "warc", "--change", "3"), "--change ID go together"),
        (("--change", "3", "--site", "example"), "leave --site"),
        (("--format", "warc", "--rows", "changes"), "--rows is about"),
        (("--format", "csv", "--rows", "releases"), "is no row of csv"),
        (("--format", "csv", "--site", "elsewhere"), "no site 'elsewhere'"),
    ],
)
def test_what_makes_no_sense_is_refused(run: Run, arguments: tuple[str, ...], words: str) -> None:
    result = run("export", *arguments)

    assert (result.code, result.out) == (2, "")
    assert words in result.err


def test_what_is_not_there_is_said(run: Run, folder: Path) -> None:
    assert "nothing was kept" in run("export", "--format", "warc", "--since", "2099-01-01", "--out", "a").err
    assert "there is no change 99" in run("export", "--change", "99", "--out", "a").err
    assert not (folder / "a").exists()
    (folder / "a").write_text("mine")
    result = run("export", "--format", "warc", "--out", "a")
    assert (result.code, (folder / "a").read_text()) == (1, "mine")
    assert "overwrite it with --force" in result.err
    assert run("export", "--format", "warc", "--out", "a", "--force").code == 0


def edit_id(run: Run, kind: Kind = Kind.EDITED) -> str:
    (change,) = lines(run("changes", "--kind", kind, "--format", "jsonl").out)
    return str(change["id"])


def test_the_evidence_of_a_change_can_be_checked(run: Run, folder: Path) -> None:
    result = run("export", "--change", edit_id(run), "--out", "evidence.zip")

    digest = hashlib.sha256((folder / "evidence.zip").read_bytes()).hexdigest()
    assert result.err == f"evidence.zip: edited, answers: 2, sha256:{digest}\n"
    with zipfile.ZipFile(folder / "evidence.zip") as package:
        lines_of = package.read("SHA256SUMS").decode().splitlines()
        sums = {path: digest for digest, path in (line.split("  ") for line in lines_of)}
        found = {entry.filename: hashlib.sha256(package.read(entry)).hexdigest() for entry in package.infolist()}
        del found["SHA256SUMS"]
        assert found == sums
        for name in ("1-before", "2-after"):
            told = json.loads(package.read(f"answers/{name}/answer.json"))
            assert told["payload"] == f"sha256:{found[f'answers/{name}/body.bin']}"
            assert package.read(f"answers/{name}/http.txt").startswith(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
            )
        told = json.loads(package.read("change.json"))
        assert [version["version"] for version in told["versions"]] == [1, 2]
        assert told["change"]["kind"] == "edited"
        package.extract("answers.warc.gz", folder)
    assert responses(folder / "answers.warc.gz") == [BRIDGE, BRIDGE]


def test_the_page_of_a_difference_shows_it_and_runs_nothing(run: Run, folder: Path) -> None:
    run("export", "--change", edit_id(run), "--out", "evidence.zip")

    with zipfile.ZipFile(folder / "evidence.zip") as package:
        page = package.read("diff.html").decode()
    assert "<del>160</del><ins>100</ins>" in page
    assert "default-src &#x27;none&#x27;" in page
    assert "<del>A &lt;script&gt;alert(1)&lt;/script&gt; is only text.</del>" in page
    assert "<script" not in page
    assert "javascript:" not in page


def test_a_removal_has_the_last_answer_as_its_evidence(run: Run, folder: Path) -> None:
    run("export", "--change", edit_id(run, Kind.REMOVED), "--out", "evidence.zip")

    with zipfile.ZipFile(folder / "evidence.zip") as package:
        assert "answers/1-before/body.bin" in package.namelist()
        assert "the site answers 404" in package.read("diff.html").decode()


def test_of_a_purged_change_there_is_no_evidence(run: Run, folder: Path) -> None:
    change = edit_id(run)
    for version in ("1", "2"):
        run("purge", "--version", BRIDGE, version, "--reason", "asked to", "--yes")

    result = run("export", "--change", change, "--out", "evidence.zip")

    assert result.code == 1
    assert "they were purged" in result.err
    assert not (folder / "evidence.zip").exists()


def test_a_damaged_archive_gives_no_export(run: Run, folder: Path) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(folder / "pressvakt.db", isolation_level=None)) as file:
        file.execute("DROP TRIGGER payloads_no_update")
        file.execute("UPDATE payloads SET data = zeroblob(length(data)) WHERE id = 2")

    result = run("export", "--format", "wacz", "--out", "press.wacz")

    assert result.code == 1
    assert "is damaged" in result.err
    assert sorted(file.name for file in folder.iterdir() if "wacz" in file.name) == []


@pytest.mark.parametrize("command", ["changes", "notices", "search", "history", "top", "copies", "sites", "verify"])
def test_whatever_lists_can_write_a_file(run: Run, folder: Path, command: str) -> None:
    words = {"search": ["bridge"], "history": [BRIDGE], "copies": [BRIDGE], "top": ["--removed"]}.get(command, [])

    for output in ("jsonl", "csv", "parquet"):
        assert run(command, *words, "--format", output, "--out", f"rows.{output}").out == ""

    assert (folder / "rows.jsonl").read_text() == run(command, *words, "--format", "jsonl").out
    assert (folder / "rows.csv").read_text() == run(command, *words, "--format", "csv").out
    table = parquet.read_table(folder / "rows.parquet")
    assert table.num_rows == len((folder / "rows.jsonl").read_text().splitlines())
    assert ",".join(table.column_names) == (folder / "rows.csv").read_text().splitlines()[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--format", "parquet"), "name a file: --out FILE"),
        (("--out", "rows"), "the table is for people"),
    ],
)
def test_a_table_for_programs_needs_a_place(run: Run, arguments: tuple[str, ...], words: str) -> None:
    result = run("changes", *arguments)

    assert (result.code, result.out) == (2, "")
    assert words in result.err


def test_what_was_purged_is_listed_with_who_and_why(run: Run, archive: Archive) -> None:
    archive.close()
    assert "nothing was purged" in run("audits").err
    run("purge", "--version", BRIDGE, "2", "--reason", "asked by the person named", "--yes")

    shown = run("audits").out
    (told,) = lines(run("audits", "--format", "jsonl").out)

    assert "purge" in shown
    assert "version 2: 1 version, 1 payload" in shown
    assert (told["id"], told["action"], told["reason"]) == ("audit-1", "purge", "asked by the person named")
    assert len(told["detail"]["payloads"]) == 1
    assert run("audits", "--action", "reread", "--format", "jsonl").out == ""
    assert run("audits", "--until", "2024-01-01", "--format", "jsonl").out == ""
    assert run("audits", "--format", "csv").out.splitlines()[0].startswith("id,at,who,action")


def test_without_pyarrow_parquet_says_what_to_install(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    result = run("changes", "--format", "parquet", "--out", "changes.parquet")

    assert result.code == 1
    assert "pip install 'pressvakt[parquet]'" in result.err
    assert not (folder / "changes.parquet").exists()
