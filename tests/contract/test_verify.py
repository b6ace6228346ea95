"""What is not as it was kept is named, each thing by its name, and nothing else is."""

from __future__ import annotations

import random
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import pytest

from changes.canonical import text_digest
from changes.kinds import Finding, Kind
from changes.release import Block, BlockKind, Release
from storage import migrations
from storage.archive import Archive
from storage.dialects import open_database
from storage.inspection import verify
from storage.payloads import digest_of
from storage.records import Page
from storage.unit import Unit
from tests.contract.desk import HOUR, NOON, Desk, keep

PAGES, VERSIONS = 10, 6


def told(unit: Unit, page: Page, number: int, body: bytes) -> None:
    text = f"The ministry gives {number} million to {page.url}."
    release = Release(title="A grant", body=(Block(kind=BlockKind.PARAGRAPH, text=text, markdown=text),))
    at = NOON + number * HOUR
    kept = keep(unit, page, body, at=at)
    unit.add_version(page.id, snapshot_id=kept.id, release=release, digest=text_digest(release), rules="plain", at=at)
    before = number - 1 or None
    finding = Finding(kind=Kind.EDITED if before else Kind.PUBLISHED)
    unit.add_change(page.id, finding, before=before, after=number, title="A grant", url=page.url, at=at, baseline=False)


@pytest.fixture
def full(desk: Desk) -> Desk:
    """Ten pages of six versions: keyframes, deltas, and bodies too short or too random to pack."""
    rnd = random.Random(1)
    with desk.archive.writing() as unit:
        for name in range(PAGES):
            page = unit.add_page(desk.site.id, f"https://press.example/{name}", at=NOON, baseline=False)
            text = " ".join(f"word{rnd.randrange(9999)}" for _ in range(300))
            for number in range(1, VERSIONS + 1):
                body = rnd.randbytes(200) if name == 0 else f"<p>{text}</p><p>{number} {name}</p>".encode()
                told(unit, page, number, body)
    return desk


def lines(archive: Archive) -> list[str]:
    return [str(wrong) for wrong in verify(archive)]


def test_a_sound_archive_has_nothing_wrong_and_is_read_to_its_end(full: Desk) -> None:
    seen: list[tuple[int, int]] = []

    assert list(verify(full.archive, watch=lambda done, total: seen.append((done, total)))) == []
    assert seen[-1] == (PAGES * VERSIONS * 4, PAGES * VERSIONS * 4)


@pytest.mark.parametrize("seed", range(3))
def test_one_byte_flipped_in_each_payload_names_each(full: Desk, seed: int) -> None:
    rnd = random.Random(seed)
    with full.backend.raw(guarded=False) as file:
        rows = file.execute("SELECT id, digest, data FROM payloads")
        for key, _, data in rows:
            where = rnd.randrange(len(data))
            rotten = data[:where] + bytes([data[where] ^ (1 << rnd.randrange(8))]) + data[where + 1 :]
            file.execute("UPDATE payloads SET data = ? WHERE id = ?", rotten, key)

    found = [wrong for wrong in verify(full.archive) if wrong.what == "payload"]

    assert sorted(wrong.name for wrong in found) == sorted(digest for _, digest, _ in rows)
    assert not any("own bytes are right" in wrong.text for wrong in found)


def test_a_rotten_keyframe_takes_its_deltas_along_and_they_say_so(full: Desk) -> None:
    with full.backend.raw(guarded=False) as file:
        (base, many), *_ = file.execute(
            "SELECT base_digest, count(*) FROM payloads WHERE base_digest IS NOT NULL GROUP BY 1"
        )
        ((data,),) = file.execute("SELECT data FROM payloads WHERE digest = ?", base)
        file.execute("UPDATE payloads SET data = ? WHERE digest = ?", data[:40] + b"\0" + data[41:], base)

    found = list(verify(full.archive))

    assert [wrong.name for wrong in found if "own bytes are right" not in wrong.text] == [base]
    assert len(found) == 1 + many
    assert all(base in str(wrong) for wrong in found)


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        ("UPDATE pages SET version = 5 WHERE id = 3", "page https://press.example/2: its latest version is 6"),
        ("UPDATE versions SET number = 9 WHERE page_id = 2 AND number = 6", "page https://press.example/1: its 6 ver"),
        ("UPDATE changes SET after = 7 WHERE id = 6", "change 6: it leads from version 5 to 7"),
        ("UPDATE versions SET snapshot_id = 60 WHERE id = 1", "version 1 of https://press.example/0: its snapshot 60"),
        ("UPDATE versions SET digest = 'sha256:0' WHERE id = 8", "version 2 of https://press.example/1: what it says"),
        (
            "UPDATE versions SET release = (SELECT data FROM payloads WHERE id = 1) WHERE id = 8",
            "version 2 of https://press.example/1: ",
        ),
        ("UPDATE snapshots SET headers = '[' WHERE id = 4", "snapshot 4: snapshot 4 is damaged"),
        ("UPDATE changes SET finding = '{}' WHERE id = 4", "change 4: change 4 is damaged"),
        ("DELETE FROM payloads WHERE id = 60", "database: row 60 of snapshots points to a row of payloads"),
        (
            "UPDATE payloads SET base_digest = (SELECT digest FROM payloads WHERE id = 8) WHERE id = 9",
            "is not stored whole",
        ),
        ("UPDATE payloads SET size = 1 WHERE id = 3", "it has 200 bytes and not 1"),
        ("INSERT INTO audits VALUES (1, 0, 'me', 'purge', 'why', NULL, NULL, '{}')", "audit 1: the purge that it"),
    ],
)
def test_a_broken_link_or_row_is_named(full: Desk, damage: str, expected: str) -> None:
    with full.backend.raw(guarded=False) as file:
        file.execute(damage)

    assert any(expected in line for line in lines(full.archive)), lines(full.archive)


def test_payloads_of_an_older_archive_get_their_checksums(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "old.db"
    database = open_database(f"sqlite:///{path}")
    database.greet()
    with monkeypatch.context() as older, database.writing(foreign_keys=False) as sql:
        older.setattr(migrations, "SCHEMA", "0003")
        sql.ask(lambda connection: migrations.upgrade(connection, "old.db"))
    with database.writing() as sql:
        row = (digest_of(b"kept long ago"), 13, "raw", b"kept long ago")
        sql.ask(
            lambda connection: connection.exec_driver_sql(
                "INSERT INTO payloads (digest, size, codec, data) VALUES (?, ?, ?, ?)", row
            )
        )
    database.close()

    with Archive.open(f"sqlite:///{path}") as archive:
        assert list(verify(archive)) == []
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT crc FROM payloads").fetchall() == [(zlib.crc32(b"kept long ago"),)]
        with pytest.raises(sqlite3.IntegrityError, match="payloads are kept: never edited"):
            file.execute("UPDATE payloads SET crc = 0")
