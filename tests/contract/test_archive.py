"""What is kept comes back: snapshots, versions, files, crawls."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from changes.kinds import Finding, Kind
from changes.release import Attachment, Block, BlockKind, Contact, Link, Notice, NoticeKind, Release, Stamp
from tests.contract.desk import HOUR, NOON, Desk, keep


def test_a_snapshot_comes_back_with_headers_redirects_and_bytes(desk: Desk) -> None:
    page = desk.page()
    with desk.archive.writing() as unit:
        kept = keep(unit, page, b"\x00\xff<p>raw", at=NOON)
    assert desk.archive.snapshot(kept.id) == kept
    assert desk.archive.snapshots(page.id) == [kept]
    assert [value for name, value in kept.headers if name == "Set-Cookie"] == ["a=1", "b=2"]
    assert kept.redirects == (("https://press.example/old", 301),)
    assert desk.archive.payload(kept.digest) == b"\x00\xff<p>raw"


@pytest.mark.parametrize("body", [b"", b"x", random.Random(1).randbytes(40_000), b"word " * 50_000])
def test_any_payload_is_kept_once_and_comes_back(desk: Desk, body: bytes) -> None:
    with desk.archive.writing() as unit:
        first = keep(unit, unit.add_page(desk.site.id, "https://press.example/a", at=NOON, baseline=False), body)
        again = keep(unit, unit.add_page(desk.site.id, "https://press.example/b", at=NOON, baseline=False), body)
        inside = unit.payload(again.digest)
    assert first.digest == again.digest
    assert inside == body == desk.archive.payload(first.digest)


def test_a_page_that_is_edited_a_hundred_times_takes_little_room_and_every_copy_comes_back(desk: Desk) -> None:
    page = desk.page()
    whole = " ".join(str(random.Random(seed).random()) for seed in range(3000)).encode()
    bodies = [whole + f"<p>edit {number}</p>".encode() for number in range(100)]
    kept = []
    for hours, body in enumerate(bodies):
        with desk.archive.writing() as unit:
            kept.append(keep(unit, page, body, at=NOON + hours * HOUR))
            keep(unit, page, b"Service unavailable", at=NOON + hours * HOUR, status=503)
    assert [desk.archive.payload(snapshot.digest) for snapshot in kept] == bodies
    desk.archive.close()
    with desk.backend.raw() as other:
        ((stored,),) = other.execute("SELECT sum(length(data)) FROM payloads")
    assert stored < sum(map(len, bodies)) / 10


def test_text_that_no_database_can_hold_does_not_stop_the_keeping(desk: Desk) -> None:
    page = desk.page()
    with desk.archive.writing() as unit:
        kept = unit.keep_snapshot(
            page.id,
            url="https://press.example/\ud83d\0",
            status=200,
            headers=(("X-Odd", "a\0b\udcff"),),
            redirects=(),
            captured_at=NOON,
            body=b"a\0b",
        )
        unit.update_page(page.id, etag='"\0\udc80"')
        release = Release(title="t", canonical="https://press.example/\udcff")
        unit.add_version(page.id, snapshot_id=kept.id, release=release, digest="d", rules="r", at=NOON)
        unit.add_change(
            page.id,
            Finding(kind=Kind.EDITED, reason="\udcff\0"),
            before=None,
            after=1,
            title="a\0b",
            url=page.url,
            at=NOON,
            baseline=False,
        )
    assert desk.archive.snapshots(page.id)[0].headers == (("X-Odd", "a\ufffdb\ufffd"),)
    assert desk.archive.payload(kept.digest) == b"a\0b"
    assert [change.title for change in desk.archive.changes()] == ["a\ufffdb"]
    assert desk.archive.versions(page.id)[0].release.canonical == "https://press.example/\ufffd"


def test_a_release_comes_back_whole(desk: Desk) -> None:
    page = desk.page()
    release = Release(
        title="Nya regler för älgjakt",
        lead="Från den 1 maj.",
        body=(
            Block(kind=BlockKind.HEADING, level=2, text="Bakgrund", markdown="## Bakgrund"),
            Block(
                kind=BlockKind.ITEM,
                level=1,
                text="se bilagan",
                markdown="- se [bilagan](https://press.example/b.pdf)",
                links=(Link(text="bilagan", url="https://press.example/b.pdf"),),
            ),
        ),
        published=Stamp(raw="14 mars 2031", day=dt.date(2031, 3, 14)),
        updated=Stamp(raw="14 mars 2031 kl. 13.05", day=dt.date(2031, 3, 14), at=NOON),
        contacts=(Contact(text="Alva Ek, 08-1", name="Alva Ek", phones=("08-1",)),),
        attachments=(Attachment(url="https://press.example/b.pdf", name="Bilaga", size="pdf 9 kB"),),
        notices=(Notice(kind=NoticeKind.ARCHIVED, text="Arkiverad", period=(dt.date(2030, 1, 1), None)),),
        language="sv",
        unread=frozenset({"senders"}),
    )
    with desk.archive.writing() as unit:
        kept = keep(unit, page, b"<html>")
        version = unit.add_version(
            page.id, snapshot_id=kept.id, release=release, digest="sha256:r", rules="2030", at=NOON
        )
    assert desk.archive.latest(page.id) == version
    assert version.release == release
    assert (version.number, version.visits, version.first_seen) == (1, 1, NOON)
    found = desk.archive.page_by_id(page.id)
    assert found is not None
    assert found.version == 1


def test_versions_count_up_and_each_is_found_by_number_and_by_time(desk: Desk) -> None:
    page = desk.page()
    said = [desk.say(page, title, at=NOON + hours * HOUR) for hours, title in enumerate(("A", "B", "C"))]
    assert desk.archive.versions(page.id) == said
    assert [version.number for version in said] == [1, 2, 3]
    assert desk.archive.version(page.id, 2) == said[1]
    assert desk.archive.version(page.id, 4) is None
    assert desk.archive.latest(page.id) == said[2]
    assert desk.archive.version_at(page.id, NOON + 1.5 * HOUR) == said[1]
    assert desk.archive.version_at(page.id, NOON + HOUR) == said[1]
    assert desk.archive.version_at(page.id, NOON - HOUR) is None


def test_an_earlier_version_is_recognised_but_never_the_latest(desk: Desk) -> None:
    page = desk.page()
    for title in ("A", "B", "A", "C"):
        desk.say(page, title)
    assert desk.archive.has_digest(page.id, "sha256:A") == 3
    assert desk.archive.has_digest(page.id, "sha256:C") is None
    assert desk.archive.has_digest(desk.page("two").id, "sha256:A") is None


def test_pages_that_say_the_same_today_find_each_other(desk: Desk) -> None:
    one, two, three = desk.page("one"), desk.page("two"), desk.page("three")
    for page in (one, two, three):
        desk.say(page, "Same")
    desk.say(three, "Other")
    assert [page.id for page in desk.archive.same_text(desk.site.id, "sha256:Same")] == [one.id, two.id]


def test_answers_that_wait_for_a_layout_are_handed_out_until_they_are_settled(desk: Desk) -> None:
    page = desk.page()
    with desk.archive.writing() as unit:
        kept = [keep(unit, page, body) for body in (b"1", b"2")]
        for snapshot in (*kept, kept[0]):
            unit.await_layout(snapshot.id)
    assert list(desk.archive.unread(desk.site.id)) == kept
    with desk.archive.writing() as unit:
        unit.settle(kept[0].id)
    assert list(desk.archive.unread(desk.site.id)) == [kept[1]]


def test_watched_files_are_put_updated_and_forgotten(desk: Desk) -> None:
    page, other = desk.page("one"), desk.page("two")
    url = "https://press.example/b.pdf"
    with desk.archive.writing() as unit:
        unit.put_file(page.id, url)
        unit.put_file(page.id, url, etag='"1"', digest="sha256:1", size=9, checked_at=NOON)
        unit.put_file(page.id, url, etag='"2"')
        unit.put_file(other.id, url)
    (file,) = desk.archive.files(page.id)
    assert (file.etag, file.digest, file.size, file.checked_at) == ('"2"', "sha256:1", 9, NOON)
    assert len(list(desk.archive.site_files(desk.site.id))) == 2
    with desk.archive.writing() as unit:
        unit.forget_file(page.id, url)
    assert desk.archive.files(page.id) == []


def test_a_crawl_tells_how_it_ended_and_the_next_one_that_it_was_killed(desk: Desk) -> None:
    with desk.archive.writing() as unit:
        killed = unit.start_crawl(desk.site.id, NOON)
    (running,) = desk.archive.crawls("press.example")
    with desk.archive.writing() as unit:
        ended = unit.start_crawl(desk.site.id, NOON + HOUR)
        unit.add_fault(desk.site.id, ended, "https://press.example/x", fault="truncated", detail="9 of 10", at=NOON)
        unit.end_crawl(ended, at=NOON + 2 * HOUR, reason="finished", stats={"pages": 3})
    newest, oldest = desk.archive.crawls("press.example", limit=5)
    assert (newest.id, newest.reason, newest.ended_at, newest.stats) == (
        ended,
        "finished",
        NOON + 2 * HOUR,
        {"pages": 3},
    )
    assert (running.id, running.reason) == (killed, None)
    assert (oldest.id, oldest.reason, oldest.ended_at, oldest.site) == (killed, "killed", None, "press.example")
    assert [crawl.id for crawl in desk.archive.interrupted(ended)] == [killed]
    assert desk.archive.crawls("other.example") == []


def test_times_come_back_to_the_microsecond_in_utc_and_a_time_without_zone_is_refused(desk: Desk) -> None:
    summer = dt.datetime(2031, 7, 1, 14, 0, 0, 123457, tzinfo=dt.timezone(2 * HOUR))
    with desk.archive.writing() as unit:
        page = unit.add_page(desk.site.id, "https://press.example/t", at=summer, baseline=False)
    kept = desk.archive.page_by_id(page.id)
    assert kept is not None
    assert kept.first_seen == summer
    assert kept.first_seen.tzinfo is dt.UTC
    with pytest.raises(ValueError, match="without a zone"), desk.archive.writing() as unit:
        unit.update_page(page.id, last_visit=NOON.replace(tzinfo=None))
