"""Importing WARC files: what is sound takes its place in time, what is broken is refused with its place and reason."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import signal
import sqlite3
import zipfile
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from changes.kinds import Kind
from crawler.reading.profile_files import profile_names, shipped_folder
from storage.archive import Archive
from storage.audits import Action, Audit, list_audits
from storage.imports import list_imports
from storage.inspection import verify
from storage.leases import take
from storage.purging import purge_page, purge_version
from tests.journeys.importing import Desk, Said
from tests.past import HOUR, NOW, OFFICE, START, Kept, Warc, answer, bring, later, page, series, warc_of
from tests.tables import contents

BRIDGE = f"{OFFICE}/news/bridge"
AUDIT = Audit(at=NOW, who="keeper", action=Action.PURGE, reason="asked for in a letter")


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """An installation that watches an invented press office."""
    return Desk(tmp_path, capsys)


def adds_up(said: Said) -> bool:
    found = said.json
    return bool(
        sum(found["counts"].values()) == found["records"] and found["counts"]["refused"] == len(found["refused"])
    )


def test_a_series_of_answers_becomes_versions_and_changes_with_their_origin(desk: Desk, tmp_path: Path) -> None:
    file = warc_of(series(["160", "160", "100", "120"]), tmp_path / "past.warc.gz")

    said = desk.run("import", "warc", file, "--format", "json")

    assert (said.code, said.err) == (0, "")
    assert adds_up(said)
    assert said.json["sites"] == {"office": {"captures": 4, "changes": 3, "pages": 1, "versions": 3}}
    assert [(one.first_seen, one.visits) for one in desk.versions()] == [
        (START, 2),
        (START + 2 * HOUR, 1),
        (START + 3 * HOUR, 1),
    ]
    assert [(change.kind, change.detected_at, change.baseline) for change in desk.changes()] == [
        (Kind.PUBLISHED, START, False),
        (Kind.EDITED, START + 2 * HOUR, False),
        (Kind.EDITED, START + 3 * HOUR, False),
    ]
    with desk.archive() as archive:
        (run,) = list_imports(archive)
        assert (run.source, run.kind, run.ended_at is not None) == ("past.warc.gz", "warc", True)
        assert run.detail["records"] == {"new": 4}
        assert {audit.audit.action for audit in list_audits(archive)} == {Action.IMPORT}
        assert list(verify(archive)) == []
    shown = desk.run("show", BRIDGE, "--format", "json").json
    assert shown["snapshot"]["origin"]["source"] == "past.warc.gz"
    assert shown["snapshot"]["origin"]["place"] > 0
    assert shown["snapshot"]["origin"]["record"] == "<urn:uuid:00000000-0000-4000-8000-000000000004>"
    assert "past.warc.gz, imported" in desk.run("history", BRIDGE).out
    lines = desk.run("history", BRIDGE, "--format", "jsonl").out.splitlines()
    assert json.loads(lines[0])["origin"]["place"] == 0


def test_the_same_file_again_leaves_every_row_as_it_was(desk: Desk, tmp_path: Path) -> None:
    file = warc_of(series(["160", "100"]), tmp_path / "past.warc.gz")
    desk.run("import", "warc", file)
    before = contents(desk.database)

    said = desk.run("import", "warc", file)

    assert said.code == 0
    assert said.out == "2 records = 2 kept before\n"
    assert contents(desk.database) == before


def test_a_trial_run_says_what_would_be_and_writes_nothing(desk: Desk, tmp_path: Path) -> None:
    file = warc_of(series(["160", "100"]), tmp_path / "past.warc.gz")
    desk.run("changes")
    before = contents(desk.database)

    said = desk.run("import", "warc", file, "--dry-run")

    assert said.out == "2 records = 2 brought in\noffice: 2 captures, 1 page would be new\n"
    assert contents(desk.database) == before


@pytest.mark.parametrize("version", ["WARC/1.0", "WARC/1.1"])
@pytest.mark.parametrize("packed", [True, False])
def test_all_versions_packed_or_not_are_read(desk: Desk, tmp_path: Path, version: str, packed: bool) -> None:
    some = series(["160", "100"])
    desk.run("import", "warc", warc_of(some, tmp_path / "past.warc", gzip=packed, version=version))
    assert len(desk.versions()) == 2


def test_arc_files_and_wacz_are_read_too(desk: Desk, tmp_path: Path) -> None:
    one, other, third = series(["160", "100", "120"])
    block = answer(200, one.headers, one.body)
    info = b"1 0 Alvik\nURL IP-address Archive-date Content-type Archive-length\n"
    arc = b"filedesc://past.arc 0.0.0.0 20240503080000 text/plain %d\n%s\n" % (len(info), info)
    arc += b"%s 10.0.0.1 20240503080000 text/html %d\n%s\n" % (one.url.encode(), len(block), block)
    (tmp_path / "past.arc").write_bytes(arc)
    (tmp_path / "past.arc.gz").write_bytes(gzip.compress(arc))
    with zipfile.ZipFile(tmp_path / "past.wacz", "w") as zipped:
        zipped.writestr("datapackage.json", "{}")
        zipped.writestr("archive/data.warc.gz", warc_of([other, third], tmp_path / "inner.warc.gz").read_bytes())

    said = desk.run(
        "import", "warc", tmp_path / "past.arc", tmp_path / "past.arc.gz", tmp_path / "past.wacz", "--format", "json"
    )

    assert (said.code, said.err) == (0, "")
    assert [one.first_seen for one in desk.versions()] == [START, START + HOUR, START + 2 * HOUR]
    assert said.json["counts"]["known"] == 1
    shown = desk.run("show", BRIDGE, "--format", "json").json
    assert shown["snapshot"]["origin"]["source"] == "past.wacz:archive/data.warc.gz"


def test_revisits_of_both_profiles_stand_for_what_they_repeat(desk: Desk, tmp_path: Path) -> None:
    one, other = series(["160", "100"], step=10 * HOUR)
    file = Warc()
    first = file.add(one)
    file.revisit(one, first, at=START + HOUR)
    file.revisit(one, first, at=START + 2 * HOUR, unmodified=True)
    file.add(other)
    file.revisit(one, first, at=START + 20 * HOUR)
    file.revisit(one, first, at=START + 21 * HOUR)

    said = desk.run("import", "warc", file.write(tmp_path / "past.warc.gz"))

    assert said.code == 0
    assert [(v.first_seen, v.last_seen, v.visits) for v in desk.versions()] == [
        (START, START + 2 * HOUR, 3),
        (START + 10 * HOUR, START + 10 * HOUR, 1),
        (START + 21 * HOUR, START + 21 * HOUR, 1),  # what is back must be seen twice
    ]


def test_a_revisit_finds_its_original_in_another_file_at_another_address_and_in_the_archive(
    desk: Desk, tmp_path: Path
) -> None:
    (one,) = series(["160"])
    files = Warc()
    first = files.add(later(one, url="https://mirror.example/bridge"))
    files.write(tmp_path / "a.warc.gz")
    revisits = Warc()
    revisits.revisit(one, first, at=START + HOUR, WARC_Refers_To_Target_URI="", WARC_Refers_To_Date="")
    revisits.write(tmp_path / "b.warc.gz")

    alone = desk.run("import", "warc", tmp_path / "b.warc.gz")
    assert (alone.code, "it repeats a record that is in none of these files" in alone.err) == (1, True)
    assert desk.run("import", "warc", tmp_path / "b.warc.gz", tmp_path / "a.warc.gz").code == 0
    assert [v.first_seen for v in desk.versions()] == [START + HOUR]

    more = Warc()
    more.revisit(one, first, at=START + 2 * HOUR, unmodified=True, WARC_Refers_To_Target_URI="", WARC_Refers_To_Date="")
    assert desk.run("import", "warc", more.write(tmp_path / "c.warc.gz")).code == 0
    assert [(v.first_seen, v.visits) for v in desk.versions()] == [(START + HOUR, 2)]


def _broken() -> dict[str, tuple[bytes, str]]:
    """Files of three records, the middle one broken in one way each; with what is said of it."""
    one, bad, last = series(["160", "999", "100"])
    found: dict[str, tuple[bytes, str]] = {}

    def plain(name: str, reason: str, **fields: str) -> None:
        file = Warc(gzip=False)
        file.add(one)
        file.add(bad, **fields)
        file.add(last)
        found[name] = file.bytes, reason

    plain("length too long", "does not lead to the end", Content_Length="1500")
    plain("length too short", "does not lead to the end", Content_Length="300")
    plain("length negative", "its length is '-5'", Content_Length="-5")
    plain("length beyond all", "cut short", Content_Length="100000000000")
    plain("no length", "no Content-Length", Content_Length="")
    plain("digest of another", "WARC-Payload-Digest", WARC_Payload_Digest="sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ")
    plain("digest of block", "WARC-Block-Digest", WARC_Block_Digest="sha256:" + "0" * 64)
    plain("no date", "it has no date", WARC_Date="")
    plain("no such day", "is none", WARC_Date="2024-05-00T10:00:00Z")
    plain("no day", "gives no day", WARC_Date="2024-05")
    plain("still to come", "still to come", WARC_Date="2931-05-03T08:00:00Z")
    plain("before the web", "older than the web", WARC_Date="1970-01-01T00:00:00Z")
    plain("cut by its writer", "WARC-Truncated", WARC_Truncated="length")
    plain("a segment", "one segment", WARC_Segment_Number="1", WARC_Payload_Digest="")

    file = Warc()
    for kept in (one, bad, last):
        file.add(kept)
    first, middle, end = file.parts
    found["flipped bit"] = first + middle[:300] + bytes([middle[300] ^ 64]) + middle[301:] + end, "gzip data"
    found["hole"] = first + middle[:300] + end, "gzip data"
    found["no gzip data between"] = first + b"<html>what is this?</html>" + end, "no gzip data"

    half = Warc(gzip=False)
    half.add(one)
    chunked = (("Content-Type", "text/html"), ("Transfer-Encoding", "chunked"))
    half.record(
        "response",
        answer(200, chunked, b"%x\r\n%s\r\n" % (len(bad.body), bad.body)),
        {"WARC-Target-URI": bad.url, "WARC-Date": "2024-05-03T09:00:00Z", "Content-Type": "application/http"},
        {},
    )
    half.record(
        "response",
        answer(200, (("Content-Type", "text/html"), ("Content-Length", "9999")), bad.body),
        {"WARC-Target-URI": bad.url, "WARC-Date": "2024-05-03T09:00:00Z", "Content-Type": "application/http"},
        {},
    )
    half.record(
        "response",
        answer(200, (("Content-Type", "text/html"), ("Content-Encoding", "gzip")), gzip.compress(bad.body)[:-20]),
        {"WARC-Target-URI": bad.url, "WARC-Date": "2024-05-03T09:00:00Z", "Content-Type": "application/http"},
        {},
    )
    half.record(
        "response",
        b"no HTTP at all",
        {"WARC-Target-URI": bad.url, "WARC-Date": "2024-05-03T09:00:00Z", "Content-Type": "application/http"},
        {},
    )
    half.add(last)
    found["bodies"] = half.bytes, "cut short"
    return found


BROKEN = _broken()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_record_is_refused_alone(desk: Desk, tmp_path: Path, name: str) -> None:
    data, reason = BROKEN[name]
    file = tmp_path / "past.warc"
    file.write_bytes(data)

    said = desk.run("import", "warc", file, "--format", "json")

    assert said.code == 1
    assert adds_up(said)
    assert said.json["refused"]
    assert all(reason in one["reason"] or name == "bodies" for one in said.json["refused"]), said.json["refused"]
    assert all(one["source"] == "past.warc" and one["place"] > 0 for one in said.json["refused"])
    assert [one.first_seen for one in desk.versions()] == [START, START + 2 * HOUR]
    with desk.archive() as archive:
        assert b"999" not in b"".join(archive.payload(s.digest) for s in archive.snapshots(desk.page().id))
    assert f"past.warc: at byte {said.json['refused'][0]['place']}: " in said.err
    assert "all else is in" in said.err


@pytest.mark.parametrize("packed", [True, False])
def test_a_file_cut_anywhere_gives_all_that_was_whole_and_nothing_else(
    desk: Desk, tmp_path: Path, packed: bool
) -> None:
    file = Warc(gzip=packed)
    for kept in series(["160", "100", "120"]):
        file.add(kept)
    ends = [sum(map(len, file.parts[:number])) for number in range(1, 4)]
    for cut in range(ends[0] - 1, ends[2], 97):
        (tmp_path / "past.warc").write_bytes(file.bytes[:cut])
        said = desk.run("import", "warc", tmp_path / "past.warc", "--dry-run", "--format", "json")
        slack = 0 if packed else 4  # the line ends after a record are none of it
        whole = sum(end - slack <= cut for end in ends)
        assert said.json["counts"]["new"] == whole, cut
        assert (said.code == 1) == (bool(said.json["refused"])), cut


def test_a_file_packed_in_one_piece_is_read_and_believed_as_far_as_it_proves_itself(desk: Desk, tmp_path: Path) -> None:
    file = Warc(gzip=False)
    *some, last = series([str(number) for number in range(9)])
    for kept in some:
        file.add(kept)
    file.add(last, WARC_Payload_Digest="", WARC_Block_Digest="")
    for number in range(40):
        file.record("metadata", b"%d" % number * 500, {}, {})
    packed = gzip.compress(file.bytes)
    (tmp_path / "whole.warc.gz").write_bytes(packed)
    (tmp_path / "damaged.warc.gz").write_bytes(packed[:-6] + b"\0\0" + packed[-4:])

    said = desk.run("import", "warc", tmp_path / "damaged.warc.gz", "--format", "json")

    assert said.code == 1
    assert said.json["counts"]["new"] == 8  # those that a digest proves
    assert any("no digest proves it" in one["reason"] for one in said.json["refused"])
    assert desk.run("import", "warc", tmp_path / "whole.warc.gz").code == 0
    assert len(desk.versions()) == 9


def test_what_is_no_file_of_records_is_refused_and_the_other_files_are_read(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "a.warc").write_bytes(b"")
    (tmp_path / "b.warc").write_bytes(b"<html>not found</html>")
    (tmp_path / "c.warc.lz4").write_bytes(b"\x04\x22\x4d\x18rest")
    with zipfile.ZipFile(tmp_path / "d.wacz", "w") as zipped:
        zipped.writestr("pages/pages.jsonl", "")
    good = warc_of(series(["160"]), tmp_path / "good.warc.gz")

    said = desk.run("import", "warc", *(tmp_path / name for name in ("a.warc", "b.warc", "c.warc.lz4", "d.wacz")), good)

    assert said.code == 1
    assert Counter(line.partition(":")[0] for line in said.err.splitlines()) == Counter(
        ["a.warc", "b.warc", "c.warc.lz4", "d.wacz", "pressvakt"]
    )
    assert len(desk.versions()) == 1
    assert desk.run("import", "warc", tmp_path / "absent.warc").code == 2


def test_what_is_no_release_is_counted_and_left_out(desk: Desk, tmp_path: Path) -> None:
    (one,) = series(["160"])
    text = (("Content-Type", "text/css"),)
    file = Warc()
    file.record("warcinfo", b"software: test\r\n", {"Content-Type": "application/warc-fields"}, {})
    file.add(one)
    file.add(later(one, url="https://elsewhere.example/news/bridge"))
    file.add(later(one, url=f"{OFFICE}/about"))
    file.add(later(one, headers=text, at=START + HOUR))
    file.add(later(one, status=301, body=b"", at=START + 2 * HOUR))
    file.add(later(one, status=404, at=START + 3 * HOUR))
    file.add(later(one, status=503, at=START + 4 * HOUR))
    file.add(later(one, url="file:///etc/passwd"))
    file.add(later(one, url="http://127.0.0.1/news/bridge"))

    said = desk.run("import", "warc", file.write(tmp_path / "past.warc.gz"))

    assert said.code == 0
    assert said.out == (
        "10 records = 1 brought in + 2 no releases + 1 redirects + 1 not found or gone + 1 errors "
        "+ 3 of no watched site + 1 about the files\noffice: 1 capture, 1 page, 1 version, 1 change new\n"
    )


def test_with_or_without_a_slash_at_its_end_an_address_is_one_page(desk: Desk, tmp_path: Path) -> None:
    text = (desk.folder / "sites" / "office.toml").read_text()
    (desk.folder / "sites" / "office.toml").write_text(text.replace("[^/]+$", "[^/]+/?$"))
    one, other, third, fourth = series(["160", "100", "120", "140"])
    slashed = f"{BRIDGE}/"
    desk.run(
        "import", "warc", warc_of([one, later(other, url=slashed), later(third, url=slashed)], tmp_path / "a.warc.gz")
    )
    desk.run("import", "warc", warc_of([fourth], tmp_path / "b.warc.gz"))
    assert desk.page().url == slashed
    assert len(desk.versions(slashed)) == 4


def test_the_answer_to_a_form_is_no_version_of_the_page(desk: Desk, tmp_path: Path) -> None:
    one, posted = series(["160", "999"])
    file = Warc()
    file.add(one)
    fields = file.add(posted)
    request = {"WARC-Target-URI": one.url, "WARC-Date": "2024-05-03T09:00:00Z", "Content-Type": "application/http"}
    file.record(
        "request",
        b"POST /news/bridge HTTP/1.1\r\nHost: x\r\n\r\nq=1",
        request,
        {"WARC_Concurrent_To": fields["WARC-Record-ID"]},
    )

    desk.run("import", "warc", file.write(tmp_path / "past.warc.gz"))

    assert [v.first_seen for v in desk.versions()] == [START]


def test_error_pages_and_firewalls_that_say_200_make_no_version(desk: Desk, tmp_path: Path) -> None:
    one, *_, last = series(["160", "", "", "160"])
    missing = (
        b"<html><head><title>Page not found</title></head><body><main><h1>Page not found</h1></main></body></html>"
    )
    wall = b"<html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1>cf-chl-bypass</body></html>"
    file = warc_of(
        [one, later(one, body=missing, at=START + HOUR), later(one, body=wall, at=START + 2 * HOUR), last],
        tmp_path / "past.warc.gz",
    )
    assert desk.run("import", "warc", file).code == 0
    assert [(v.first_seen, v.last_seen, v.visits) for v in desk.versions()] == [(START, START + 3 * HOUR, 2)]


def test_what_is_said_at_many_addresses_at_once_is_an_error_page_whatever_it_says(desk: Desk, tmp_path: Path) -> None:
    welcome = page("zero", title="Welcome to our new website")
    some = []
    for name in ("bridge", "ferry", "harbour", "school"):
        first, last = series([f"{len(name)}60", f"{len(name)}60"], url=f"{OFFICE}/news/{name}", step=9 * HOUR)
        body = page(f"{len(name)}60", title=f"On the {name}")
        some += [later(first, body=body), later(first, body=welcome, at=START + 4 * HOUR), later(last, body=body)]
    assert desk.run("import", "warc", warc_of(some, tmp_path / "past.warc.gz")).code == 0
    assert {change.kind for change in desk.changes()} == {Kind.PUBLISHED}
    assert [(v.first_seen, v.last_seen) for v in desk.versions()] == [(START, START + 9 * HOUR)]
    before = contents(desk.database)
    assert desk.run("reread", "office").code == 0
    assert contents(desk.database) == before


def test_a_purged_page_stays_away_and_so_does_a_purged_version(desk: Desk, tmp_path: Path) -> None:
    other = f"{OFFICE}/news/ferry"
    file = warc_of([*series(["160", "100", "120"]), *series(["7"], url=other)], tmp_path / "past.warc.gz")
    desk.run("import", "warc", file)
    with desk.archive() as archive:
        (ferry,), (bridge,) = archive.find_page(other), archive.find_page(BRIDGE)
        purge_page(archive, ferry, AUDIT)
        purge_version(archive, bridge, 2, AUDIT)
    again = warc_of(
        [
            *series(["160", "100", "120"]),
            *series(["7"], url=other),
            Kept(url=BRIDGE, at=START + 90 * HOUR, body=page("100", nonce="other bytes, the same words")),
        ],
        tmp_path / "again.warc.gz",
    )

    said = desk.run("import", "warc", again, "--format", "json")

    assert said.json["counts"]["purged"] == 3
    assert said.json["counts"]["known"] == 2
    with desk.archive() as archive:
        assert archive.find_page(other) == []
        assert list(verify(archive)) == []
    assert [v.rules for v in desk.versions()] == ["plain", "purged", "plain"]
    with closing(sqlite3.connect(desk.database)) as file_:
        dump = "\n".join(
            str(row) for name in ("snapshots", "origins", "imports") for row in file_.execute(f"SELECT * FROM {name}")
        )
    assert "ferry" not in dump


def test_while_the_site_is_crawled_nothing_is_written(desk: Desk, tmp_path: Path) -> None:
    file = warc_of(series(["160"]), tmp_path / "past.warc.gz")
    with desk.archive() as archive, take(archive, "office", clock=lambda: dt.datetime.now(dt.UTC)):
        said = desk.run("import", "warc", file)
    assert said.code == 1
    assert "office is being worked on" in said.err
    assert desk.changes() == []
    assert desk.run("import", "warc", file).code == 0


def test_an_import_that_may_wait_goes_on_when_the_crawl_has_ended(desk: Desk, tmp_path: Path) -> None:
    file = warc_of(series(["160"]), tmp_path / "past.warc.gz")
    with desk.archive() as archive:
        lease = take(archive, "office", clock=lambda: dt.datetime.now(dt.UTC))
        heard: list[str] = []

        def wait(why: str) -> None:
            heard.append(why)
            lease.release()

        bring(archive, file, wait=wait)
        assert len(heard) == 1
        assert len(list(archive.changes())) == 1


@pytest.mark.parametrize("after", [0.9, 1.3, 1.7, 2.2])
def test_killed_at_any_moment_it_leaves_nothing_half_and_goes_on(desk: Desk, tmp_path: Path, after: float) -> None:
    some = [one for name in range(60) for one in series(["160", "100"], url=f"{OFFICE}/news/release-{name}")]
    file = warc_of(some, tmp_path / "past.warc.gz")
    process = desk.start("import", "warc", file, "--quiet")
    try:
        process.wait(after)
    except Exception:  # noqa: BLE001 - it is still at work, as it should be
        process.send_signal(signal.SIGKILL)
    process.communicate()
    with desk.archive() as archive:
        assert list(verify(archive)) == []
        site = archive.site("office")
        for one in archive.pages(site.id) if site is not None else ():
            assert (len(archive.snapshots(one.id)), one.version) == (2, 2)

    said = desk.run("import", "warc", file, "--format", "json")

    assert said.code == 0
    assert said.json["counts"]["new"] + said.json["counts"]["known"] == 120
    with desk.archive() as archive:
        assert list(verify(archive)) == []
        assert len(list(archive.changes())) == 120


def test_a_named_site_alone_gets_its_own_and_an_unknown_one_is_misuse(desk: Desk, tmp_path: Path) -> None:
    swedish = Kept(url="https://www.regeringen.se/pressmeddelanden/2024/05/bron/", at=START, body=page("160"))
    file = warc_of([*series(["160"]), swedish], tmp_path / "past.warc.gz")
    said = desk.run("import", "warc", file, "--site", "office", "--format", "json")
    assert said.json["counts"]["elsewhere"] == 1
    unknown = desk.run("import", "warc", file, "--site", "atlantis")
    watched_or_shipped = sorted(
        {"office", *(name for name in profile_names([shipped_folder()]) if not name.startswith("demo"))}
    )
    assert (unknown.code, f"known: {', '.join(watched_or_shipped)}" in unknown.err) == (2, True)
    desk.run("import", "warc", file)
    with desk.archive() as archive:
        assert [site.name for site in archive.sites()] == ["office", "regeringen.se"]


def test_the_shared_samples_give_what_is_sound_and_name_what_is_broken(
    desk: Desk, shared: Path, tmp_path: Path
) -> None:
    del tmp_path
    folder = shared / "data" / "warc_samples"
    for host in ("data.gov.uk", "www.bl.uk", "example.com", "www.iana.org", "www.cs.odu.edu", "bitchmagazine.org"):
        text = (desk.folder / "sites" / "office.toml").read_text()
        text = text.replace(OFFICE, f"http://{host}").replace("'^/news/[^/]+$'", "'.'")
        (desk.folder / "sites" / f"{host}.toml").write_text(text)
    files = sorted(
        file for file in folder.glob("*/*") if ".warc" in file.name or ".arc" in file.name or file.suffix == ".wacz"
    )

    said = desk.run("import", "warc", *files, "--format", "json")

    assert said.code == 1
    assert adds_up(said)
    broken = {one["source"] for one in said.json["refused"]}
    assert broken >= {
        "bad.arc", "broken.warc", "clipped.warc.gz", "example-bad-non-chunked.warc.gz", "example-digest.warc",
        "example-trunc.warc", "example-wrong-chunks.warc.gz", "invalid_example_1.wacz", "redirect.warc", "slash.warc",
        "warcfile.warc.lz4", "example-space-in-url.arc",
    }  # fmt: skip
    assert not {
        source for source in broken if source.startswith(("BL-", "IAH-", "iana", "dupes", "2014112", "2013072"))
    }
    assert said.json["sites"]["data.gov.uk"]["captures"] > 30
    with Archive.open(f"sqlite:///{desk.database}") as archive:
        assert list(verify(archive)) == []
        for url, visits in (("http://www.bl.uk/", 3), ("http://www.bl.uk/subjects/news-media/", 2)):
            (found,) = (one for one in archive.find_page(url) if one.url == url)
            assert len(archive.snapshots(found.id)) == visits, url
    before = contents(desk.database)
    assert desk.run("import", "warc", *files).code == 1
    assert contents(desk.database) == before
