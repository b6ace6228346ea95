"""From what is owed to messages: floods, waves, digests, and who gets the same."""

from __future__ import annotations

import csv
import datetime as dt
import email
import email.policy
import io
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from alerts.carriers import FolderCarrier
from alerts.delivery import deliver
from alerts.settings import AlertSettings
from alerts.subscription import Channel, Subscription, Wishes, encode
from alerts.taking import take_up
from changes.canonical import text_digest
from changes.kinds import Finding, Kind
from changes.release import Block, BlockKind, Release
from storage.alert_records import Origin
from storage.archive import Archive
from storage.outbox import Outbox, owed_count
from storage.outbox_subscribers import add_subscriber
from storage.unit import Unit

NOON = dt.datetime(2031, 3, 14, 12, tzinfo=dt.UTC)
SETTINGS = AlertSettings(sender="Pressvakt <pressvakt@watch.example>", base_url="https://watch.example")


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(f"sqlite:///{tmp_path / 'press.db'}") as archive:
        yield archive


def subscribe(archive: Archive, name: str = "anna", wishes: Wishes | None = None, **more: Any) -> None:
    address = f"{name}@reader.example"
    asked = Subscription(address=address, channel=Channel.MAIL, wishes=wishes or Wishes(), **more)
    add_subscriber(
        archive, origin=Origin.COMMAND, channel="mail", address=address, terms=encode(asked), at=NOON, confirmed=True
    )


def night(archive: Archive, *, archived: int, edited: int = 0, waves: int = 1) -> None:
    """A crawl that finds so many pages archived, in so many waves, and so many edited."""
    with archive.writing() as unit:
        site = unit.add_site("press").id
        crawl = unit.start_crawl(site, NOON)
        marked = [_change(unit, site, crawl, f"a{number}", Finding(kind=Kind.ARCHIVED)) for number in range(archived)]
        for number in range(edited):
            _change(unit, site, crawl, f"e{number}", Finding(kind=Kind.EDITED, fields=("title",)))
        for wave in range(waves):
            unit.add_wave(marked[wave::waves], f"{crawl}-archived-{wave}")
        unit.end_crawl(crawl, at=NOON, reason="finished", stats={})


def _change(unit: Unit, site: int, crawl: int, name: str, finding: Finding) -> int:
    url = f"https://press.example/{name}"
    page = unit.add_page(site, url, at=NOON, baseline=True)
    for number in range(2):
        block = Block(kind=BlockKind.PARAGRAPH, text="Beslut om hamnen.", markdown="Beslut om hamnen.")
        release = Release(title=f"Beslut {name} {number}", body=(block,), senders=("Hamndepartementet",))
        kept = unit.keep_snapshot(
            page.id, url=url, status=200, headers=[], redirects=[], captured_at=NOON, body=f"{name}{number}".encode(),
            crawl_id=crawl,
        )  # fmt: skip
        unit.add_version(
            page.id, snapshot_id=kept.id, release=release, digest=text_digest(release), rules="plain", at=NOON
        )
    return unit.add_change(
        page.id, finding, before=1, after=2, title=f"Beslut {name}", url=url, at=NOON, baseline=False, crawl_id=crawl
    )


def mails(archive: Archive, folder: Path, now: dt.datetime = NOON) -> list[EmailMessage]:
    take_up(archive, now=now)
    deliver(archive, [FolderCarrier(folder)], SETTINGS, now=lambda: now)
    found = [
        email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in sorted(folder.iterdir())
    ]
    assert all(isinstance(one, EmailMessage) for one in found)
    return found


def listed(message: EmailMessage) -> list[str]:
    """The addresses in the list that goes with a message."""
    (table,) = message.iter_attachments()
    content = table.get_content()
    text = content.decode("utf-8-sig") if isinstance(content, bytes) else str(content).removeprefix("\ufeff")
    return [row["url"] for row in csv.DictReader(io.StringIO(text))]


def test_the_night_of_a_new_government_is_one_message_with_the_whole_list(archive: Archive, tmp_path: Path) -> None:
    subscribe(archive)
    subscribe(archive, "bo", language="sv")
    night(archive, archived=900, edited=3, waves=2)
    found = mails(archive, tmp_path / "mails")

    assert sorted(one["To"] for one in found) == ["anna@reader.example", "bo@reader.example"]
    for message in found:
        assert len(set(listed(message))) == 903
        bodies = [part for part in message.walk() if part.get_content_maintype() == "text" and not part.is_attachment()]
        assert sum(len(str(part.get_content()).encode()) for part in bodies) < 100_000


def test_a_small_wave_stands_beside_what_happened_to_single_releases(archive: Archive, tmp_path: Path) -> None:
    subscribe(archive)
    night(archive, archived=8, edited=2)
    found = mails(archive, tmp_path / "mails")

    assert len(found) == 3
    assert [len(list(one.iter_attachments())) for one in found] == [1, 0, 0]


def test_readers_who_get_the_same_share_it_and_each_has_a_link_of_their_own(archive: Archive, tmp_path: Path) -> None:
    for number in range(12):
        subscribe(archive, f"reader{number}")
    night(archive, archived=0, edited=1, waves=0)
    found = mails(archive, tmp_path / "mails")

    assert len({one["List-Unsubscribe"] for one in found}) == len({one["Message-ID"] for one in found}) == 12
    for message in found:
        body = message.get_body(("html",))
        assert body is not None
        assert str(message["List-Unsubscribe"]).strip("<>") in str(body.get_content())


def test_what_nobody_asked_for_is_looked_at_once_and_owed_no_more(archive: Archive, tmp_path: Path) -> None:
    subscribe(archive, wishes=Wishes(kinds=(Kind.REMOVED,)))
    night(archive, archived=7)

    assert (take_up(archive, now=NOON).looked_at, owed_count(archive)) == (7, 0)
    assert Outbox(archive).deliveries() == []


def test_thousands_of_changes_are_one_digest_with_the_whole_list(archive: Archive, tmp_path: Path) -> None:
    subscribe(archive, rhythm="daily", at=dt.time(7), zone="UTC")
    for _ in range(2):
        night(archive, archived=2500, edited=0, waves=1)
    assert mails(archive, tmp_path / "mails") == []
    (message,) = mails(archive, tmp_path / "mails", NOON + dt.timedelta(days=1))

    assert len(listed(message)) == 5000
