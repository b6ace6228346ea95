"""What the archive gives back as WARC and WACZ, read by others' tools."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from storage.archive import Archive
from storage.audits import Action, Audit
from storage.errors import ArchiveError
from storage.exports import cdxj
from storage.exports.choice import Choice
from storage.exports.metadata import CAPTURE, CHANGE, PAGE, VERSION, read_capture, read_page
from storage.exports.wacz import write_wacz
from storage.exports.warc import Written, write_warc
from storage.imports import Origin, Way, add_origin, begin_import
from storage.purging import purge_version
from storage.records import Page
from tests.contract.desk import HOUR, NOON, Desk, keep

BY = "pressvakt/test"
WHY = Audit(at=NOON, who="keeper", action=Action.PURGE, reason="asked")
MOMENT = dt.timedelta(microseconds=123456)


def warc(archive: Archive, **choice: Any) -> tuple[bytes, Written]:
    """The whole of a WARC file."""
    out = BytesIO()
    done = write_warc(archive, out, Choice(**choice), software=BY)
    return out.getvalue(), done


class Record:
    """One record as warcio reads it, its digests checked."""

    def __init__(self, record: Any) -> None:
        self.kind: str = record.rec_type
        self.headers: dict[str, str] = dict(record.rec_headers.headers)
        self.http: list[tuple[str, str]] = [] if record.http_headers is None else list(record.http_headers.headers)
        self.status = None if record.http_headers is None else record.http_headers.get_statuscode()
        self.body: bytes = record.content_stream().read()
        assert record.digest_checker.passed is not False

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Of a metadata record."""
        return [(name, value) for name, _, value in (line.partition(": ") for line in self.body.decode().splitlines())]

    def told(self, name: str) -> list[dict[str, Any]]:
        """The JSON in its fields of a name."""
        return [json.loads(value) for key, value in self.fields if key == name]


def records(data: bytes, *kinds: str) -> list[Record]:
    """The records of a file, of some kinds."""
    return list(_records(data, kinds))


def _records(data: bytes, kinds: tuple[str, ...]) -> Iterator[Record]:
    for record in ArchiveIterator(BytesIO(data), check_digests="raise"):
        read = Record(record)
        if not kinds or read.kind in kinds:
            yield read


@pytest.fixture
def page(desk: Desk) -> Page:
    """A page that says one thing, another, and the first again, an hour apart; then it is missing."""
    page = desk.page()
    for hours, title in enumerate(("One hundred sixty", "One hundred", "One hundred sixty")):
        desk.say(page, title, at=NOON + hours * HOUR + MOMENT)
    with desk.archive.writing() as unit:
        keep(unit, page, b"not here", at=NOON + 9 * HOUR, status=404)
    return page


def test_every_answer_is_given_back_byte_for_byte(desk: Desk, page: Page) -> None:
    data, done = warc(desk.archive)

    found = records(data, "response", "revisit")
    assert [(one.kind, one.status, one.body) for one in found] == [
        ("response", "200", b"One hundred sixty"),
        ("response", "200", b"One hundred"),
        ("revisit", "200", b""),
        ("response", "404", b"not here"),
    ]
    assert found[0].headers["WARC-Target-URI"] == page.url
    assert found[0].headers["WARC-Date"] == "2031-03-14T12:00:00.123456Z"
    assert found[0].headers["WARC-Payload-Digest"] == desk.archive.snapshots(page.id)[0].digest
    assert [value for name, value in found[0].http if name == "Set-Cookie"] == ["a=1", "b=2"]
    assert (done.pages, done.responses, done.revisits, done.purged) == (1, 3, 1, 0)


@pytest.mark.usefixtures("page")
def test_a_payload_that_stands_there_already_is_referred_to(desk: Desk) -> None:
    first, _, again, _ = records(warc(desk.archive)[0], "response", "revisit")

    assert again.headers["WARC-Profile"] == "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    assert again.headers["WARC-Refers-To"] == first.headers["WARC-Record-ID"]
    assert again.headers["WARC-Refers-To-Target-URI"] == first.headers["WARC-Target-URI"]
    assert again.headers["WARC-Refers-To-Date"] == first.headers["WARC-Date"]
    assert again.headers["WARC-Payload-Digest"] == first.headers["WARC-Payload-Digest"]
    assert ("Content-Type", "text/html") in again.http


def test_each_answer_comes_with_what_was_read_in_it(desk: Desk, page: Page) -> None:
    data, _ = warc(desk.archive)
    first, *_, about = records(data, "metadata")
    response = records(data, "response")[0]

    assert first.headers["WARC-Refers-To"] == response.headers["WARC-Record-ID"]
    assert first.headers["Content-Type"] == "application/warc-fields"
    assert ("via", "https://press.example/old") in first.fields
    (capture,) = first.told(CAPTURE)
    assert capture["page"] == page.url
    assert capture["redirects"] == [["https://press.example/old", 301]]
    (version,) = first.told(VERSION)
    (kept, *_) = desk.archive.versions(page.id)
    assert (version["number"], version["digest"], version["release"]["title"]) == (1, kept.digest, "One hundred sixty")
    assert [change["kind"] for change in about.told(CHANGE)] == ["published", "edited", "edited"]
    assert about.told(PAGE)[0]["state"] == "new"


def test_what_is_told_of_an_answer_and_its_page_can_be_read_again(desk: Desk, page: Page) -> None:
    *answers, about = [one.body for one in records(warc(desk.archive)[0], "metadata")]

    found = [told for block in answers if (told := read_capture(block)) is not None]
    kept = desk.archive.snapshots(page.id)
    assert [(told.captured_at, told.payload, told.redirects) for told, _ in found] == [
        (snapshot.captured_at, snapshot.digest, snapshot.redirects) for snapshot in kept
    ]
    assert [(one.number, one.digest, one.release, one.last_seen) for _, versions in found for one in versions] == [
        (one.number, one.digest, one.release, one.last_seen) for one in desk.archive.versions(page.id)
    ]
    read = read_page(about)
    assert read is not None
    assert (read[0].page, read[0].first_seen) == (page.url, page.first_seen)
    assert [(one.id, one.finding) for one in read[1]] == [(one.id, one.finding) for one in desk.archive.changes()]
    assert (read_capture(about), read_page(answers[0])) == (None, None)


@pytest.mark.parametrize(
    "block",
    [b"", b"via: https://press.example/", b"pressvakt-capture: {}", b'pressvakt-page: {"site"', b"\xff: \xff\n"],
)
def test_what_others_tell_is_none_of_ours(block: bytes) -> None:
    assert (read_capture(block), read_page(block)) == (None, None)


@pytest.mark.usefixtures("page")
def test_the_same_archive_gives_the_same_bytes(desk: Desk) -> None:
    assert warc(desk.archive)[0] == warc(desk.archive)[0]
    assert wacz(desk.archive) == wacz(desk.archive)


@pytest.mark.usefixtures("page")
def test_only_what_was_chosen_is_given_back(desk: Desk) -> None:
    other = desk.page("two")
    desk.say(other, "Something else", at=NOON + 30 * HOUR)
    hours = {"since": NOON + HOUR, "until": NOON + 3 * HOUR}

    def bodies(**choice: Any) -> list[bytes]:
        return [one.body for one in records(warc(desk.archive, **choice)[0], "response")]

    assert bodies(page=other) == [b"Something else"]
    # the answer that the second one repeats is not in the file: it is given whole
    assert bodies(**hours) == [b"One hundred", b"One hundred sixty"]
    assert len(bodies(site=desk.site)) == 4
    with pytest.raises(ArchiveError, match="nothing was kept"):
        bodies(since=NOON + 99 * HOUR)


def test_a_request_is_written_for_what_a_crawl_of_ours_asked_for(desk: Desk) -> None:
    page = desk.page()
    with desk.archive.writing() as unit:
        crawl = unit.start_crawl(desk.site.id, NOON)
        unit.keep_snapshot(
            page.id, url=page.url, status=200, headers=(), redirects=(), captured_at=NOON, body=b"a", crawl_id=crawl
        )
        keep(unit, page, b"from elsewhere", at=NOON + HOUR)

    data, _ = warc(desk.archive)

    (request,) = records(data, "request")
    assert request.headers["WARC-Concurrent-To"] == records(data, "response")[0].headers["WARC-Record-ID"]
    assert request.http == [("Host", "press.example")]


def test_where_an_imported_answer_came_from_goes_with_it(desk: Desk) -> None:
    page = desk.page()
    with desk.archive.writing() as unit:
        run = begin_import(unit, at=NOON, who="keeper", kind=Way.WARC, source="old.warc.gz")
        add_origin(unit, keep(unit, page, b"a").id, run, Origin(source="old.warc.gz", place=77, record="<urn:x>"))

    (capture,) = records(warc(desk.archive)[0], "metadata")[0].told(CAPTURE)

    assert capture["origin"] == {
        "source": "old.warc.gz",
        "place": 77,
        "record": "<urn:x>",
        "way": "warc",
        "imported_at": "2031-03-14T12:00:00Z",
    }


def test_of_a_purged_version_only_its_number_and_times_are_given_back(desk: Desk, page: Page) -> None:
    purge_version(desk.archive, page, 2, WHY)

    data, done = warc(desk.archive)

    assert done.purged == 1
    assert b"One hundred." not in gzip.decompress(data)
    assert [one.body for one in records(data, "response")] == [b"One hundred sixty", b"not here"]
    (gone,) = records(data, "metadata")[-1].told(PAGE)[0]["purged"]
    assert [version["number"] for version in gone["versions"]] == [2]


def test_an_empty_answer_is_an_answer(desk: Desk) -> None:
    page = desk.page()
    with desk.archive.writing() as unit:
        keep(unit, page, b"", status=410)
        keep(unit, page, b"", status=410, at=NOON + HOUR)

    found = records(warc(desk.archive)[0], "response", "revisit")

    assert [(one.kind, one.status, one.body) for one in found] == [("response", "410", b"")] * 2


def wacz(archive: Archive) -> bytes:
    out = BytesIO()
    write_wacz(archive, out, Choice(), software=BY, title="Press")
    return out.getvalue()


@pytest.mark.usefixtures("page")
def test_a_package_holds_what_its_description_says(desk: Desk) -> None:
    with zipfile.ZipFile(BytesIO(wacz(desk.archive))) as package:
        described = package.read("datapackage.json")
        told = json.loads(described)
        stored = {entry.filename for entry in package.infolist() if entry.compress_type == zipfile.ZIP_STORED}

        for one in told["resources"]:
            data = package.read(one["path"])
            assert (one["hash"], one["bytes"]) == (f"sha256:{hashlib.sha256(data).hexdigest()}", len(data))
        assert (told["wacz_version"], told["created"]) == ("1.1.1", "2031-03-14T21:00:00Z")
        assert json.loads(package.read("datapackage-digest.json"))["hash"] == (
            f"sha256:{hashlib.sha256(described).hexdigest()}"
        )
        # read from within, by their offsets
        assert stored == {"archive/data.warc.gz", "indexes/index.cdx.gz"}


def test_the_index_of_a_package_leads_to_every_answer(desk: Desk, page: Page) -> None:
    with zipfile.ZipFile(BytesIO(wacz(desk.archive))) as package:
        data = package.read("archive/data.warc.gz")
        lines = gzip.decompress(package.read("indexes/index.cdx.gz")).decode().splitlines()
        blocks = package.read("indexes/index.idx").decode().splitlines()

    assert lines == sorted(lines)
    assert [line.split(" ")[1] for line in lines] == [f"20310314{hour}0000" for hour in (12, 13, 14, 21)]
    for line in lines:
        entry = json.loads(line.split(" ", 2)[2])
        member = data[int(entry["offset"]) : int(entry["offset"]) + int(entry["length"])]
        (record,) = records(member)
        assert record.headers["WARC-Target-URI"] == entry["url"] == page.url
        assert record.headers["WARC-Payload-Digest"] == entry["digest"]
    assert blocks[0] == '!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}'
    assert blocks[1].startswith("example,press)/news/one 20310314120000 {")


@pytest.mark.usefixtures("page")
def test_the_pages_of_a_package_are_the_versions(desk: Desk) -> None:
    with zipfile.ZipFile(BytesIO(wacz(desk.archive))) as package:
        head, *pages = [json.loads(line) for line in package.read("pages/pages.jsonl").splitlines()]

    assert head == {"format": "json-pages-1.0", "id": "pages", "title": "Press"}
    assert [page["title"] for page in pages] == ["One hundred sixty", "One hundred", "One hundred sixty"]
    assert len({page["id"] for page in pages}) == 3


def test_an_index_that_memory_does_not_hold_is_sorted_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cdxj, "AT_ONCE", 100)
    lines = [f"example,press)/{number * 7919 % 5000:04d} å {{}}\n" for number in range(5000)]
    data = BytesIO()

    with cdxj.Sorted() as index:
        for line in lines:
            index.add(line)
        blocks = list(cdxj.write_blocks(index, data))

    assert gzip.decompress(data.getvalue()).decode().splitlines(keepends=True) == sorted(lines)
    assert len(blocks) == 1 + -(-5000 // cdxj.BLOCK)
    last = json.loads(blocks[-1].partition("{")[1] + blocks[-1].partition("{")[2])
    assert last["offset"] + last["length"] == len(data.getvalue())


def test_no_address_can_write_a_field_of_its_own(desk: Desk) -> None:
    page = desk.page()
    with desk.archive.writing() as unit:
        odd = "https://press.example/a b\r\nWARC-Type: warcinfo"
        unit.keep_snapshot(
            page.id, url=odd, status=200, headers=(), redirects=((odd, 301),), captured_at=NOON, body=b"x"
        )

    response, told, _ = records(warc(desk.archive)[0], "response", "metadata")

    assert response.headers["WARC-Target-URI"] == "https://press.example/a%20b%0D%0AWARC-Type:%20warcinfo"
    assert response.body == b"x"
    assert [name for name, _ in told.fields] == ["via", CAPTURE]
