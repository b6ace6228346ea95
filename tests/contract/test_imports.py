"""Imports, on every kind of database: placed, told of, and not brought in twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from changes.kinds import Kind
from storage.archive import Archive
from storage.audits import Action, Audit, list_audits
from storage.imports import list_imports, page_origins
from storage.inspection import verify
from storage.purging import purge_page
from tests.past import HOUR, NOW, OFFICE, PROFILE, START, Warc, bring, series, warc_of

BRIDGE = f"{OFFICE}/news/bridge"


def test_an_import_is_placed_told_of_and_not_repeated(open_archive: Callable[..., Archive], tmp_path: Path) -> None:
    archive = open_archive()
    file = warc_of(series(["160", "160", "100"]), tmp_path / "past.warc.gz")

    assert bring(archive, file).per_site["office"]["versions"] == 2
    bring(archive, file)

    site = archive.site(PROFILE.name)
    assert site is not None
    (page,) = archive.pages(site.id)
    assert [(one.first_seen, one.visits) for one in archive.versions(page.id)] == [(START, 2), (START + 2 * HOUR, 1)]
    assert [change.kind for change in archive.changes()] == [Kind.PUBLISHED, Kind.EDITED]
    (run,) = list_imports(archive)
    assert (run.source, run.ended_at is not None) == ("past.warc.gz", True)
    origins = page_origins(archive, page.id)
    assert [one.id in origins for one in archive.snapshots(page.id)] == [True, True, True]
    assert {one.audit.action for one in list_audits(archive)} == {Action.IMPORT}
    assert list(verify(archive)) == []


def test_between_what_was_imported_before_there_is_room(open_archive: Callable[..., Archive], tmp_path: Path) -> None:
    archive = open_archive()
    one, other, third = series(["160", "100", "120"])
    bring(archive, warc_of([one, third], tmp_path / "a.warc.gz"))
    bring(archive, warc_of([other], tmp_path / "b.warc.gz"))
    (page,) = archive.find_page(BRIDGE)
    assert [(v.number, v.first_seen) for v in archive.versions(page.id)] == [
        (1, START), (2, START + HOUR), (3, START + 2 * HOUR)
    ]  # fmt: skip
    assert list(verify(archive)) == []


def test_a_purged_page_takes_its_origins_along_and_stays_away(
    open_archive: Callable[..., Archive], tmp_path: Path
) -> None:
    archive = open_archive()
    file = Warc()
    for kept in series(["160", "100"]):
        file.add(kept)
    path = file.write(tmp_path / "past.warc.gz")
    bring(archive, path)
    (page,) = archive.find_page(BRIDGE)
    purge_page(archive, page, Audit(at=NOW, who="keeper", action=Action.PURGE, reason="asked for"))

    assert page_origins(archive, page.id) == {}
    assert str(dict(bring(archive, path).counts)) == "{<Found.PURGED: 'purged'>: 2}"
    assert archive.find_page(BRIDGE) == []
