"""What is purged is gone to the last byte; what is not stays whole, and an audit tells of it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from changes.canonical import text_digest
from changes.kinds import Finding, Kind
from changes.release import Block, BlockKind, Contact, Link, Release
from storage.archive import Archive
from storage.audits import Action, Audit, list_audits
from storage.errors import ArchiveError, Locked
from storage.inspection import verify
from storage.purging import MARK, finish, purge_page, purge_version, unblock
from storage.records import Page, PageState
from storage.redaction import find_text, purge_text, redact
from storage.unit import Unit
from tests.contract.desk import HOUR, NOON, Desk, keep

ROOT = Path(__file__).resolve().parents[2]
NAME = "Zebulon Quist"
WHY = Audit(at=NOON, who="keeper", action=Action.PURGE, reason="asked by the person named", page_id=None)


def paragraph(text: str) -> Block:
    return Block(kind=BlockKind.PARAGRAPH, text=text, markdown=text)


def told(unit: Unit, page: Page, number: int, words: str, body: bytes) -> None:
    """A version that says some words, read from a body, with its change."""
    release = Release(title=f"Decision {words}", body=(paragraph(f"{words} decides."),))
    at = NOON + number * HOUR
    kept = keep(unit, page, body, at=at)
    unit.add_version(page.id, snapshot_id=kept.id, release=release, digest=text_digest(release), rules="plain", at=at)
    unit.update_page(page.id, state=PageState.LIVE, digest=kept.digest)
    finding = Finding(kind=Kind.EDITED if number > 1 else Kind.PUBLISHED, person=words)
    unit.add_change(
        page.id,
        finding,
        before=number - 1 or None,
        after=number,
        title=release.title,
        url=page.url,
        at=at,
        baseline=False,
    )


@pytest.fixture
def pages(desk: Desk) -> list[Page]:
    """Three pages of five versions, all deltas of a first; the name stands in the first and third of the second page."""
    rnd = random.Random(5)
    made = []
    with desk.archive.writing() as unit:
        for name in range(3):
            page = unit.add_page(desk.site.id, f"https://press.example/{name}", at=NOON, baseline=False)
            made.append(page)
            filler = " ".join(f"w{rnd.randrange(10**6)}" for _ in range(200))
            for number in range(1, 6):
                words = NAME if name == 1 and number in (1, 3) else f"minister {name}{number}"
                told(unit, page, number, words, f"<p>{filler}</p><p>{words} {number}</p>".encode())
        unit.add_fault(desk.site.id, None, made[1].url, fault="blocked", detail=f"asked of {NAME}", at=NOON)
        unit.await_layout(keep(unit, made[2], f"<b>{NAME}</b>".encode(), at=NOON + 9 * HOUR, status=500).id)
    with desk.archive.writing() as unit:
        return [page for page in map(unit.page_by_id, [page.id for page in made]) if page is not None]


def spelt(text: str) -> Iterator[bytes]:
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        yield text.encode(encoding)
        yield text.lower().encode(encoding)


def files_with(desk: Desk, text: str) -> list[str]:
    return [file.name for file in desk.backend.files() if any(part in file.read_bytes() for part in spelt(text))]


def said(archive: Archive) -> str:
    """All that can be read out of an archive, unpacked."""
    parts: list[str] = []
    for site in archive.sites():
        for page in archive.pages(site.id):
            parts += [version.release.title + version.release.markdown for version in archive.versions(page.id)]
            parts += [archive.payload(kept.digest).decode() for kept in archive.snapshots(page.id)]
    parts += [f"{change.title} {change.finding}" for change in archive.changes()]
    return " ".join(parts)


def test_a_purged_page_leaves_no_byte_and_takes_nothing_else_along(desk: Desk, pages: list[Page]) -> None:
    others = [desk.archive.versions(page.id) for page in (pages[0], pages[2])]
    assert files_with(desk, NAME) != []

    purged = purge_page(desk.archive, pages[1], WHY)

    assert (purged.versions, purged.snapshots, purged.payloads, purged.shared) == (5, 5, 5, ())
    assert desk.archive.page_by_id(pages[1].id) is None
    assert files_with(desk, "minister 12") == []
    assert files_with(desk, pages[1].url) == []
    assert [desk.archive.versions(page.id) for page in (pages[0], pages[2])] == others
    assert list(verify(desk.archive)) == []


def test_a_purged_page_is_not_watched_again_unless_asked(desk: Desk, pages: list[Page]) -> None:
    purge_page(desk.archive, pages[1], WHY)
    urls = [pages[0].url, pages[1].url, pages[1].url + "/"]

    assert desk.archive.blocked(desk.site.id, urls) == set(urls[1:])
    assert unblock(desk.archive, pages[1].url)
    assert desk.archive.blocked(desk.site.id, urls) == set()
    assert not unblock(desk.archive, pages[1].url)


def test_an_audit_tells_who_purged_what_and_why_by_digests_alone(desk: Desk, pages: list[Page]) -> None:
    digests = sorted(kept.digest for kept in desk.archive.snapshots(pages[1].id))
    purge_page(desk.archive, pages[1], WHY)

    (audit,) = list_audits(desk.archive)

    assert (audit.audit.who, audit.audit.action, audit.audit.reason) == ("keeper", Action.PURGE, WHY.reason)
    assert audit.detail["payloads"] == digests
    assert len(audit.detail["versions"]) == 5
    assert pages[1].url not in str(audit)


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_purged_version_keeps_its_number_and_the_others_are_packed_anew(
    desk: Desk, pages: list[Page], number: int
) -> None:
    page = pages[0]
    before = desk.archive.versions(page.id)
    bodies = {kept.id: desk.archive.payload(kept.digest) for kept in desk.archive.snapshots(page.id)}

    purge_version(desk.archive, page, number, WHY)

    after = desk.archive.versions(page.id)
    assert [version.number for version in after] == [1, 2, 3, 4, 5]
    assert after[number - 1].release.title == MARK
    assert [one for one in after if one.number != number] == [one for one in before if one.number != number]
    for kept in desk.archive.snapshots(page.id):
        expected = b"" if kept.id == before[number - 1].snapshot_id else bodies[kept.id]
        assert desk.archive.payload(kept.digest) == expected
    assert files_with(desk, f"minister 0{number}") == []
    assert f"minister 0{number}" not in said(desk.archive)
    assert list(verify(desk.archive)) == []


def test_a_version_is_purged_once_and_only_if_it_is_there(desk: Desk, pages: list[Page]) -> None:
    purge_version(desk.archive, pages[0], 2, WHY)

    with pytest.raises(ArchiveError, match="purged before"):
        purge_version(desk.archive, pages[0], 2, WHY)
    with pytest.raises(ArchiveError, match="has no version 6"):
        purge_version(desk.archive, pages[0], 6, WHY)


def test_what_others_say_in_the_same_bytes_stays_and_is_named(desk: Desk, pages: list[Page]) -> None:
    with desk.archive.writing() as unit:
        told(unit, pages[0], 6, "twin", b"the very same bytes")
        told(unit, pages[2], 6, "twin", b"the very same bytes")

    purged = purge_version(desk.archive, pages[0], 6, WHY)

    assert purged.shared == ("https://press.example/2 version 6",)
    assert desk.archive.payload(desk.archive.snapshots(pages[2].id)[-2].digest) == b"the very same bytes"
    assert list(verify(desk.archive)) == []


def test_a_text_is_purged_from_versions_answers_changes_and_faults(desk: Desk, pages: list[Page]) -> None:
    assert NAME in said(desk.archive)
    found = find_text(desk.archive, "zebulon  quist")

    assert found.versions == ((pages[1].url, 1), (pages[1].url, 3))
    assert (len(found.payloads), found.snapshots) == (3, 3)

    purge_text(desk.archive, found, WHY)

    assert files_with(desk, NAME) == []
    assert NAME not in said(desk.archive)
    assert desk.archive.versions(pages[1].id)[0].release.title == f"Decision {MARK}"
    assert desk.archive.versions(pages[1].id)[1].release.title == "Decision minister 12"
    assert find_text(desk.archive, NAME).nowhere
    assert list(verify(desk.archive)) == []
    assert NAME not in str(list_audits(desk.archive))


def test_a_purged_text_is_not_found_by_search_and_the_rest_is(desk: Desk, pages: list[Page]) -> None:
    assert [one.version for one in desk.archive.search("Quist")] == [3]
    purge_text(desk.archive, find_text(desk.archive, NAME), WHY)

    with desk.archive.writing() as unit:
        while unit.index_more():
            pass

    assert list(desk.archive.search("Quist")) == []
    assert len(list(desk.archive.search("minister"))) == 3


@pytest.mark.parametrize(
    "body",
    [
        b"<p>Zebulon <b>Quist</b></p>",
        b"<p>Zebulon&nbsp;Quist</p>",
        b"<p>&#90;ebulon Quist</p>",
        "Zebulon Quist".encode("utf-16-le"),
        b'{"name": "\\u005aebulon Quist"}',
        b'<a href="?q=Zebulon%20Quist">',
        b"<p>ZEBULON\n\n QUIST</p>",
    ],
)
def test_an_answer_is_found_however_the_text_is_written_in_it(desk: Desk, body: bytes) -> None:
    with desk.archive.writing() as unit:
        page = unit.add_page(desk.site.id, "https://press.example/x", at=NOON, baseline=False)
        kept = keep(unit, page, body)

    assert find_text(desk.archive, NAME).payloads == (kept.digest,)


def test_redaction_leaves_the_rest_of_a_release_alone() -> None:
    block = Block(
        kind=BlockKind.PARAGRAPH,
        text="Ask Zebulon Quist today.",
        markdown="Ask Zebulon **Quist** today.",
        links=(Link(text="Zebulon Quist", url="https://press.example/q"),),
    )
    release = Release(title="A", body=(block, paragraph("Other.")), contacts=(Contact(text=NAME, name=NAME),))

    redacted = redact(release, NAME)

    assert "Quist" not in str(redacted)
    assert redacted.body[0].markdown == "Ask [purged] today."
    assert redacted.body[1] == release.body[1]
    assert redacted.contacts[0].name == MARK


def test_a_short_text_or_a_telling_reason_is_refused(desk: Desk, pages: list[Page]) -> None:
    with pytest.raises(ArchiveError, match="too short"):
        find_text(desk.archive, "Ek")
    with pytest.raises(ArchiveError, match="in its address"):
        find_text(desk.archive, "press.example/1")
    found = find_text(desk.archive, NAME)
    with pytest.raises(ArchiveError, match="the reason says"):
        purge_text(desk.archive, found, Audit(at=NOON, who="me", action=Action.PURGE, reason=f"for {NAME}"))
    assert NAME in said(desk.archive)


def test_while_another_reads_the_bytes_wait_and_the_next_run_sweeps_them(desk: Desk, pages: list[Page]) -> None:
    impatient = Archive.open(desk.backend.url(query="?timeout=0.1"))
    with desk.archive._reading() as sql:
        sql.ask(lambda connection: connection.exec_driver_sql("SELECT count(*) FROM pages").scalar())
        with pytest.raises(Locked, match="pressvakt purge"):
            purge_page(impatient, pages[1], WHY)
    assert files_with(desk, pages[1].url) != []

    assert finish(impatient)
    impatient.close()

    assert files_with(desk, pages[1].url) == []
    assert not finish(desk.archive)


KILLED = """
import os, signal, sys
import storage.database, storage.purging
from storage.archive import Archive
from storage.audits import Action, Audit
from tests.contract.desk import NOON
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "before":
    storage.purging.drop_payloads = die
else:
    storage.database.Database.sweep = die
archive = Archive.open(sys.argv[1])
page = archive.find_page("https://press.example/1")[0]
storage.purging.purge_page(archive, page, Audit(at=NOON, who="me", action=Action.PURGE, reason="why"))
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_a_purge_is_whole_or_not_begun_and_can_be_finished(desk: Desk, pages: list[Page], moment: str) -> None:
    url = pages[1].url
    desk.archive.close()
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, desk.backend.url(), moment],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == -signal.SIGKILL, ran.stderr

    with Archive.open(desk.backend.url()) as archive:
        assert list(verify(archive)) == []
        assert len(archive.find_page(url)) == (1 if moment == "before" else 0)
        assert finish(archive) is (moment == "after")
        if moment == "before":
            purge_page(archive, archive.find_page(url)[0], WHY)
    assert files_with(desk, url) == []
