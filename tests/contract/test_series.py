"""Payloads that lean on what their site says everywhere: small, right, found out when rotten, and purged to the byte."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from storage import migrations
from storage.archive import Archive
from storage.backup import backup
from storage.copying import copy_archive
from storage.dialects import open_database
from storage.errors import ArchiveError
from storage.inspection import verify
from storage.payloads import DELTA, SHARED, VOLUME, ZSTD, Keyframe, digest_of, pack
from storage.purging import purge_page, purge_version
from storage.records import Page
from storage.redaction import find_text, purge_text
from tests.contract.backends import Backend
from tests.contract.desk import HOUR, NOON, Desk, keep
from tests.contract.test_purge import WHY, files_with
from tests.contract.test_verify import told

PAGES, DAYS = 40, 4
NAME = "Zebulon Quist"


def sentence(seed: object, words: int = 60) -> str:
    dice = random.Random(str(seed))
    return " ".join("".join(dice.choices("abdegiklmnoprstuv", k=dice.randint(3, 9))) for _ in range(words))


MENU = "".join(f'<li><a href="/tx/{number}">{sentence(number, 3)}</a></li>\n' for number in range(150))


def body(page: int, day: int) -> bytes:
    """A page of the site: its menu, its own text, a token of this answer, and what the site teases on that day."""
    dice = random.Random(f"{page} {day}")
    newest = [f'<li><a href="/news/{item}">{sentence((day, item), 6)}</a></li>\n' for item in range(60)]
    name = f"<li>{NAME} is minister</li>\n" if day == 1 else ""
    return (
        f"<meta token={dice.getrandbits(80)}>\n<nav>{MENU}</nav>\n<h1>{sentence(page, 5)}</h1>\n<p>{sentence(page)}</p>\n"
        f"<ul>{''.join(dice.sample(newest, 12))}{name}</ul>\n"
    ).encode()


def fill(desk: Desk, *, days: int = DAYS, pages: int = PAGES) -> list[Page]:
    """A crawl a day."""
    for day in range(days):
        with desk.archive.writing() as unit:
            for number in range(pages):
                url = f"https://press.example/{number}"
                page = unit.add_page(desk.site.id, url, at=NOON, baseline=False)
                told(unit, page, day + 1, body(number, day))
    return list(desk.archive.pages(desk.site.id))


@pytest.fixture
def pages(desk: Desk) -> list[Page]:
    return fill(desk)


def codecs(desk: Desk, name: str = "press") -> dict[str, int]:
    with desk.backend.raw(name) as session:
        return dict(session.execute("SELECT codec, count(*) FROM payloads GROUP BY codec"))


def bodies(archive: Archive) -> list[bytes]:
    (site,) = archive.sites()
    return [archive.payload(one.digest) for page in archive.pages(site.id) for one in archive.snapshots(page.id)]


def expected(days: int = DAYS) -> list[bytes]:
    return [body(page, day) for page in range(PAGES) for day in range(days)]


def test_what_a_site_says_everywhere_is_kept_once_and_every_payload_comes_back(desk: Desk, pages: list[Page]) -> None:
    with desk.backend.raw() as session:
        ((stored, size),) = session.execute("SELECT sum(length(data)), sum(size) FROM payloads")
    found = codecs(desk)

    assert bodies(desk.archive) == expected()
    assert list(verify(desk.archive)) == []
    assert found[VOLUME] >= 2
    assert found[SHARED] > 140
    assert stored < size / 10


def test_a_payload_is_never_further_than_two_steps_from_what_stands_alone(desk: Desk, pages: list[Page]) -> None:
    with desk.backend.raw() as session:
        kept = {
            row[0]: row for row in session.execute("SELECT id, digest, codec, base_digest, shared_id FROM payloads")
        }
    by_digest = {row[1]: row for row in kept.values()}
    for key, _, codec, base, shared in kept.values():
        if base is not None:
            assert by_digest[base][3] is None
            assert by_digest[base][2] != VOLUME
        if shared is not None:
            assert kept[shared][2] == VOLUME
            assert shared < key  # what is leant on comes first: so a copy may go from row to row
        if codec == VOLUME:
            assert base is None


def test_sites_have_nothing_to_do_with_each_other(desk: Desk, pages: list[Page]) -> None:
    with desk.archive.writing() as unit:
        other = unit.add_site("other.example")
        page = unit.add_page(other.id, "https://other.example/1", at=NOON, baseline=False)
        digest = keep(unit, page, body(0, 99)).digest

    with desk.backend.raw() as session:
        assert session.execute("SELECT codec, shared_id FROM payloads WHERE digest = ?", digest) == [(ZSTD, None)]


def test_one_byte_flipped_in_each_payload_names_each_and_nothing_else(desk: Desk, pages: list[Page]) -> None:
    dice = random.Random(3)
    with desk.backend.raw(guarded=False) as file:
        rows = file.execute("SELECT id, digest, data FROM payloads")
        for key, _, data in rows:
            where = dice.randrange(len(data))
            rotten = data[:where] + bytes([data[where] ^ 16]) + data[where + 1 :]
            file.execute("UPDATE payloads SET data = ? WHERE id = ?", rotten, key)

    found = [wrong for wrong in verify(desk.archive) if wrong.what == "payload"]

    assert sorted(wrong.name for wrong in found) == sorted(digest for _, digest, _ in rows)


def test_a_bit_of_a_volume_may_flip_and_nothing_is_lost(desk: Desk, pages: list[Page]) -> None:
    with desk.backend.raw(guarded=False) as file:
        rows = file.execute("SELECT id, digest, data FROM payloads WHERE codec = ?", VOLUME)
        for key, _, data in rows:
            file.execute("UPDATE payloads SET data = ? WHERE id = ?", data[:50] + b"\0\1\2" + data[53:], key)

    with Archive.open(desk.backend.url()) as archive:
        assert sorted(wrong.name for wrong in verify(archive)) == sorted(digest for _, digest, _ in rows)
        assert bodies(archive) == expected()


def test_a_lost_volume_is_named_and_what_leans_on_it_says_so(desk: Desk, pages: list[Page]) -> None:
    with desk.backend.raw(guarded=False) as file:
        (first, *others) = file.execute("SELECT id, digest FROM payloads WHERE codec = ? ORDER BY id", VOLUME)
        later = [key for key, _ in others[:1]]
        leaning = file.execute(
            "SELECT digest FROM payloads WHERE codec = ? AND shared_id IN (?, ?)", SHARED, first[0], later[0]
        )
        file.execute("UPDATE payloads SET data = ? WHERE id = ?", b"nothing of it is left", first[0])

    found = {wrong.name: wrong.text for wrong in verify(desk.archive)}

    assert found.pop(first[1]) == "its stored bytes no longer match their checksum"
    assert {digest for (digest,) in leaning} <= set(found)
    assert all("it leans on is damaged" in text for text in found.values())


@pytest.mark.parametrize("what", ["crawl", "purge"])
def test_what_goes_on_meanwhile_is_not_taken_for_damage(desk: Desk, pages: list[Page], what: str) -> None:
    waiting = [find_text(desk.archive, NAME)]

    def meanwhile(done: int, total: int) -> None:
        if not (done and total and waiting):
            return
        found = waiting.pop()
        if what == "purge":
            purge_text(desk.archive, found, WHY)
            return
        with desk.archive.writing() as unit:
            for number in range(4 * PAGES):
                told(unit, pages[number % PAGES], DAYS + 1 + number // PAGES, body(number % PAGES, 90 + number))

    assert list(verify(desk.archive, watch=meanwhile)) == []
    assert waiting == []
    assert list(verify(desk.archive)) == []


def test_a_name_that_stands_in_a_volume_is_purged_from_it_and_all_else_stays(desk: Desk, pages: list[Page]) -> None:
    found = find_text(desk.archive, NAME)
    assert len(found.payloads) == PAGES

    purge_text(desk.archive, found, WHY)

    assert files_with(desk, NAME) == []
    assert find_text(desk.archive, NAME).nowhere
    assert list(verify(desk.archive)) == []
    assert [one for one in bodies(desk.archive) if one] == [one for one in expected() if NAME.encode() not in one]


def test_words_that_stand_in_volumes_alone_do_not_outlive_their_pages(desk: Desk) -> None:
    """Two pages with the same text of their own: it is gathered; once both are purged, nobody says it any more."""
    pages = fill(desk, days=1, pages=6)
    with desk.archive.writing() as unit:
        twins = [unit.add_page(desk.site.id, f"https://press.example/t{n}", at=NOON, baseline=False) for n in range(2)]
        for number, page in enumerate(twins):
            told(unit, page, 1, body(0, 0) + b"<p>Said by two pages and no more.</p>\n<i>%d</i>\n" % number)
        told(unit, pages[0], 2, body(0, 7))
        told(unit, pages[1], 2, body(1, 7))
    assert b"Said by two pages" in opened_volumes(desk)
    with desk.archive.writing() as unit:
        told(unit, pages[2], 2, body(2, 7))  # leans on it

    purge_page(desk.archive, twins[0], WHY)
    assert b"Said by two pages" not in opened_volumes(desk)
    purge_page(desk.archive, twins[1], WHY)

    assert list(verify(desk.archive)) == []
    (other,) = desk.archive.find_page("https://press.example/2")
    assert [desk.archive.payload(one.digest) for one in desk.archive.snapshots(other.id)] == [body(2, 0), body(2, 7)]


def opened_volumes(desk: Desk) -> bytes:
    with desk.backend.raw() as session:
        digests = session.execute("SELECT digest FROM payloads WHERE codec = ?", VOLUME)
    return b"".join(desk.archive.payload(digest) for (digest,) in digests)


def test_a_volume_that_others_need_stays_when_a_version_goes(desk: Desk, pages: list[Page]) -> None:
    before = codecs(desk)[VOLUME]

    purge_version(desk.archive, pages[3], DAYS, WHY)

    assert codecs(desk)[VOLUME] == before
    assert list(verify(desk.archive)) == []


def test_after_a_purge_the_site_gets_its_volumes_again(desk: Desk, pages: list[Page]) -> None:
    purge_text(desk.archive, find_text(desk.archive, NAME), WHY)
    with desk.archive.writing() as unit:
        for number, page in enumerate(pages):
            told(unit, page, DAYS + 1, body(number, DAYS))

    assert [one for one in bodies(desk.archive) if one] == [
        one for one in expected(DAYS + 1) if NAME.encode() not in one
    ]
    with desk.backend.raw() as session:
        ((newest,),) = session.execute("SELECT count(*) FROM payloads WHERE shared_id = (SELECT volume_id FROM series)")
    assert newest > 10
    assert list(verify(desk.archive)) == []


def test_a_unit_that_is_taken_back_leaves_no_volume_behind_that_others_would_lean_on(desk: Desk) -> None:
    for attempt in range(3):
        with pytest.raises(ZeroDivisionError), desk.archive.writing() as unit:  # noqa: PT012
            for number in range(12):
                page = unit.add_page(desk.site.id, f"https://press.example/{number}", at=NOON, baseline=False)
                keep(unit, page, body(number, attempt))
            raise ZeroDivisionError
    fill(desk, days=2)

    assert bodies(desk.archive) == expected(2)
    assert list(verify(desk.archive)) == []


@pytest.mark.parametrize("outside", [False, True])
def test_a_copy_of_a_series_is_whole(desk: Desk, pages: list[Page], tmp_path: Path, outside: bool) -> None:
    place = str(tmp_path / "objects") if outside else None

    copy_archive(desk.archive, f"sqlite:///{tmp_path / 'copy.db'}", payloads=place)

    with Archive.open(f"sqlite:///{tmp_path / 'copy.db'}") as copy:
        assert bodies(copy) == expected()
        assert list(verify(copy)) == []
        (site,) = copy.sites()
        with copy.writing() as unit:  # and it goes on
            kept = [keep(unit, page, body(1, 50 + page.id), at=NOON + 99 * HOUR) for page in copy.pages(site.id)]
        assert [copy.payload(one.digest) for one in kept] == [body(1, 50 + page.id) for page in copy.pages(site.id)]


def test_a_backup_of_a_series_is_whole(sqlite_desk: Desk, tmp_path: Path) -> None:
    fill(sqlite_desk)
    backup(sqlite_desk.archive, tmp_path / "backup.db")

    with Archive.open(f"sqlite:///{tmp_path / 'backup.db'}") as kept:
        assert bodies(kept) == expected()


def test_payloads_of_an_older_archive_stay_readable_and_new_ones_lean_on_them(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(backend.empty("old"))
    database.greet()
    with monkeypatch.context() as older, database.writing(foreign_keys=False) as sql:
        older.setattr(migrations, "SCHEMA", "0009")
        sql.ask(lambda connection: migrations.upgrade(connection, "old"))
    first, second = body(1, 0), body(1, 1)
    whole = pack(first, digest_of(first))
    base = Keyframe(digest=whole.digest, body=first, stored=len(whole.data), deltas=0)
    delta = pack(second, digest_of(second), base)
    assert (whole.codec, delta.codec) == (ZSTD, DELTA)
    database.close()
    with backend.raw("old") as session:
        for one in (whole, delta):
            session.execute(
                "INSERT INTO payloads (digest, size, codec, base_digest, data, crc) VALUES (?, ?, ?, ?, ?, ?)",
                *(one.digest, one.size, one.codec, one.base, one.data, one.crc),
            )

    with Archive.open(backend.url("old")) as archive:
        assert [archive.payload(digest_of(one)) for one in (first, second)] == [first, second]
        with archive.writing() as unit:
            site = unit.add_site("press.example")
            page = unit.add_page(site.id, "https://press.example/1", at=NOON, baseline=False)
            for number, answer in enumerate((first, second, body(1, 2))):
                keep(unit, page, answer, at=NOON + number * HOUR)
        assert archive.payload(digest_of(body(1, 2))) == body(1, 2)
        assert list(verify(archive)) == []
    with backend.raw("old") as session:
        leaning = session.execute("SELECT codec FROM payloads WHERE base_digest = ? ORDER BY id", whole.digest)
    assert leaning == [(DELTA,), (DELTA,)]


def test_what_is_kept_stays_guarded(desk: Desk, pages: list[Page]) -> None:
    with desk.backend.raw() as session, pytest.raises(desk.backend.refusal):
        session.execute("UPDATE payloads SET shared_id = NULL")


def test_nothing_is_kept_under_the_name_of_nothing(desk: Desk, open_archive: Callable[..., Archive]) -> None:
    with pytest.raises(ArchiveError, match="no payload is kept"):
        desk.archive.payload("sha256:0")
