"""Editions of files: numbered, seen again, and gone to the last byte where somebody asks for it."""

from __future__ import annotations

import datetime as dt

import pytest

from storage.audits import Action, Audit
from storage.editions import add_edition, file_editions, latest_edition, see_edition
from storage.errors import ArchiveError
from storage.inspection import verify
from storage.payloads import digest_of
from storage.purging import purge_page
from storage.records import Page
from storage.redaction import find_text, purge_text
from tests.contract.desk import HOUR, NOON, Desk
from tests.pdfs import pdf

FILE = "https://press.example/files/plan.pdf"
WHY = Audit(at=NOON, who="keeper", action=Action.PURGE, reason="asked by the person named", page_id=None)


def add(desk: Desk, page: Page, text: str, *, hours: int, keep: bool = True, problem: str | None = None) -> int:
    body = pdf([text])
    with desk.archive.writing() as unit:
        return add_edition(
            unit, page.id, FILE, digest=digest_of(body), body=body, keep=keep, media_type="application/pdf",
            at=NOON + hours * HOUR, paragraphs=[text], problem=problem,
        )  # fmt: skip


def test_what_is_the_same_is_seen_again_and_what_is_not_gets_the_next_number(desk: Desk) -> None:
    page = desk.page("one")
    numbers = [add(desk, page, text, hours=hours) for hours, text in enumerate(("160", "160", "100", "160"))]

    found = file_editions(desk.archive, page.id)

    assert numbers == [1, 1, 2, 3]
    assert [(one.number, one.visits, one.paragraphs) for one in found] == [
        (1, 2, ("160",)),
        (2, 1, ("100",)),
        (3, 1, ("160",)),
    ]
    assert (found[0].first_seen, found[0].last_seen) == (NOON, NOON + HOUR)
    assert found[0].digest == found[2].digest
    assert desk.archive.payload(found[1].digest) == pdf(["100"])
    assert list(verify(desk.archive)) == []


def test_a_visit_that_found_it_as_it_was_counts_for_the_latest(desk: Desk) -> None:
    page = desk.page("one")
    add(desk, page, "160", hours=0)
    add(desk, page, "100", hours=1)

    with desk.archive.writing() as unit:
        see_edition(unit, page.id, FILE, at=NOON + dt.timedelta(days=2))

    first, second = file_editions(desk.archive, page.id)
    assert (first.visits, second.visits, second.last_seen) == (1, 2, NOON + dt.timedelta(days=2))


def test_bytes_that_are_not_to_be_kept_are_not(desk: Desk) -> None:
    page = desk.page("one")
    add(desk, page, "160", hours=0, keep=False)

    edition = latest_edition(desk.archive, page.id, FILE)

    assert edition is not None
    assert (edition.kept, edition.paragraphs) == (False, ("160",))


def test_a_purged_text_leaves_a_file_without_its_bytes_and_its_text(desk: Desk) -> None:
    page = desk.page("one")
    add(desk, page, "Zebulon Quist signs the plan", hours=0)
    add(desk, page, "The plan is signed", hours=1)

    purge_text(desk.archive, find_text(desk.archive, "Zebulon Quist"), WHY)

    first, second = file_editions(desk.archive, page.id)
    assert (first.kept, first.paragraphs, first.problem) == (False, None, "[purged]")
    assert (second.kept, second.paragraphs) == (True, ("The plan is signed",))
    assert find_text(desk.archive, "Zebulon Quist").nowhere
    assert list(verify(desk.archive)) == []


def test_a_purged_page_takes_its_files_along_unless_another_page_offers_the_same(desk: Desk) -> None:
    page, other = desk.page("one"), desk.page("two")
    add(desk, page, "160", hours=0)
    add(desk, page, "100", hours=1)
    add(desk, other, "100", hours=1)
    gone, shared = file_editions(desk.archive, page.id)

    purge_page(desk.archive, page, WHY)

    assert file_editions(desk.archive, page.id) == []
    assert desk.archive.payload(shared.digest) == pdf(["100"])
    with pytest.raises(ArchiveError):
        desk.archive.payload(gone.digest)
    assert list(verify(desk.archive)) == []
