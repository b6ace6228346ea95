"""Imports, on every kind of database: placed, told of, and not brought in twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from changes.kinds import Kind
from crawler.importing.client import Client
from crawler.importing.placing import Run
from crawler.importing.records import Report
from crawler.importing.spool import Spool
from crawler.importing.watched import Watched
from crawler.importing.wayback import Wayback
from storage.archive import Archive
from storage.audits import Action, Audit, list_audits
from storage.exports.choice import Choice
from storage.exports.wacz import write_wacz
from storage.exports.warc import write_warc
from storage.imports import Way, list_imports, page_origins
from storage.inspection import verify
from storage.purging import purge_page
from tests.past import HOUR, NOW, OFFICE, PROFILE, START, ArchiveServer, Kept, Warc, bring, page, series, warc_of

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


def history(archive: Archive) -> list[tuple[object, ...]]:
    """All that is known of the office, whatever its rows are numbered."""
    found: list[tuple[object, ...]] = []
    for site in archive.sites():
        for one in sorted(archive.pages(site.id), key=lambda page: page.url):
            found.append((one.url, one.state))
            found += [
                (v.number, v.digest, v.rules, v.first_seen, v.last_seen, v.visits) for v in archive.versions(one.id)
            ]
            found += sorted(
                ((c.kind, c.detected_at, c.url, c.before, c.after, c.finding) for c in archive.changes(url=one.url)),
                key=repr,
            )
            found += [(s.captured_at, s.digest, s.url, archive.payload(s.digest)) for s in archive.snapshots(one.id)]
    return found


def past() -> list[Kept]:
    """A page that is edited twice and then goes elsewhere for good, and another one."""
    ferry = [
        Kept(url=f"{OFFICE}/news/ferry", at=START + number * HOUR, body=page(word, title="The ferry goes on"))
        for number, word in enumerate(("200", "300"))
    ]
    led_on = Kept(url=BRIDGE, at=START + 5 * HOUR, body=b"", status=301, headers=(("Location", "/news/the-bridge"),))
    there = Kept(url=f"{OFFICE}/news/the-bridge", at=START + 7 * HOUR, body=page("130"))
    return [*series(["160", "100", "120"]), *ferry, led_on, there]


@pytest.mark.parametrize("form", ["warc.gz", "wacz"])
def test_what_is_exported_from_one_kind_of_database_comes_back_whole_in_either(
    open_archive: Callable[..., Archive], tmp_path: Path, form: str
) -> None:
    first, second = open_archive("first"), open_archive("second")
    bring(first, warc_of(past(), tmp_path / "past.warc.gz"))
    assert [change.kind for change in first.changes(kinds=[Kind.MOVED])] == [Kind.MOVED]
    file = tmp_path / f"out.{form}"
    with file.open("wb") as out:
        if form == "wacz":
            write_wacz(first, out, Choice(), software="pressvakt/test", title="all")
        else:
            write_warc(first, out, Choice(), software="pressvakt/test")

    assert bring(second, file).refusals == []
    assert history(second) == history(first)
    assert list(verify(second)) == []
    with Archive.open(f"sqlite:///{tmp_path}/third.db") as third:
        bring(third, file)
        assert history(third) == history(first)


def test_what_an_archive_server_has_becomes_the_same_as_from_a_file(
    open_archive: Callable[..., Archive], tmp_path: Path
) -> None:
    kept = [one for one in past() if one.status == 200]
    archive, other = open_archive(), open_archive("other")
    with ArchiveServer(kept) as server, Spool() as spool:
        run = Run(
            archive=archive, profiles={PROFILE.name: PROFILE}, spool=spool, report=Report(), at=NOW, who="keeper",
            kind=Way.WAYBACK, source=server.url,
        )  # fmt: skip
        client = Client(server.url, user_agent="test", allow_private=("127.0.0.1",), delay=0, max_bytes=10**7)
        asking = Wayback(
            server=server.url, client=client, archive=archive, watched=Watched([PROFILE]), spool=spool,
            report=run.report, now=NOW, place=run.place,
        )  # fmt: skip
        asking.bring([f"{OFFICE}/*"])
        client.close()
        run.end()
    bring(other, warc_of(kept, tmp_path / "past.warc.gz"))
    assert run.report.refusals == []
    assert history(archive) == history(other)
    assert list(verify(archive)) == []
