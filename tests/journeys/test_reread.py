"""Rereading: what is stored, read by today's rules. Nothing moves unless the rules did, and nobody is alerted."""

from __future__ import annotations

import datetime as dt
import os
import pickle
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from changes.kinds import Kind
from crawler.reading.profiles import SiteProfile
from crawler.reread import Reread, place, reread
from storage.archive import Archive
from storage.audits import Action, Audit, list_audits
from storage.backup import backup
from storage.inspection import verify
from storage.purging import purge_version
from storage.records import Snapshot
from tests.journeys.test_watching import PLACES, ROADS, TALK, TEXT
from tests.journeys.watch import START, Watch
from tests.press_site import Person, PressSite
from tests.tables import contents

ROOT = Path(__file__).resolve().parents[2]
AUDIT = Audit(at=START, who="keeper", action=Action.REREAD, reason="the profile was corrected")


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PressSite, Path]]:
    """A week of edits, one taken back, a removal taken back, and a new title; the site and the archive of it."""
    folder = tmp_path_factory.mktemp("past")
    with PressSite() as site, Watch(site, folder) as watch:
        for name, title in ((TALK, "Samtal om havet"), (ROADS, "Nya vägar i norr"), (PLACES, "Fler platser i Norrvik")):
            contact = (Person(role="Pressekreterare", name="Alva Lind", mail="alva@skog.example"),)
            site.add(name, title=title, body=TEXT.replace("platser", title), contacts=contact)
        for number in range(8):
            text = f"{TEXT}\n\nDetta är beslut nummer {number} i raden av beslut om {number + 3} orter i landet."
            site.add(f"/pressmeddelanden/2026/07/beslut-{number}/", title=f"Beslut {number} om orter", body=text)
        watch.crawl()
        places = TEXT.replace("platser", "Fler platser i Norrvik")
        site.edit(PLACES, body=places.replace("160", "100"))
        watch.crawl()
        site.edit(PLACES, body=places)
        watch.crawl()
        watch.crawl()
        site.remove(ROADS)
        site.edit(TALK, title="Samtal om havet och kusten")
        watch.crawl()
        watch.crawl()
        watch.crawl()
        site.restore(ROADS)
        watch.crawl()
        site.edit(PLACES, body=places.replace("160", "120"), updated=dt.date(2026, 9, 25))
        watch.crawl()
        backup(watch.archive, folder / "copy.db")
        yield site, folder / "copy.db"


@pytest.fixture
def watch(past: tuple[PressSite, Path], tmp_path: Path) -> Iterator[Watch]:
    """That week, for a test of its own."""
    site, copy = past
    shutil.copy(copy, tmp_path / "watch.db")
    with Watch(site, tmp_path) as watch:
        watch.now += dt.timedelta(days=30)
        watch.news()
        yield watch


def path(watch: Watch) -> Path:
    return Path(watch.archive._database.where)


def run(watch: Watch, profile: SiteProfile | None = None, processes: int = 1) -> list[Reread]:
    url = f"sqlite:///{path(watch)}"
    return list(reread(watch.archive, url, profile or watch.profile, AUDIT, processes=processes))


def blind(profile: SiteProfile, **fields: object) -> SiteProfile:
    """The profile with all of its rules altered so."""
    return replace(profile, release=tuple(replace(rules, **fields) for rules in profile.release))  # type: ignore[arg-type]


@pytest.mark.parametrize("processes", [1, 2])
def test_with_the_rules_of_yesterday_not_a_row_moves(watch: Watch, processes: int) -> None:
    before = contents(path(watch))
    assert {change.kind for change in watch.archive.changes()} >= {Kind.EDITED, Kind.REMOVED, Kind.RESTORED}

    done = run(watch, processes=processes)

    assert len(done) == 11
    assert [one.url for one in done if one.correction is not None or one.left or one.damaged] == []
    assert contents(path(watch)) == before


def test_rules_that_see_less_correct_versions_and_changes_and_better_ones_bring_them_back(watch: Watch) -> None:
    kinds = ("versions", "changes", "pages", "snapshots", "payloads", "waves")
    before = contents(path(watch))
    ids = [change.id for change in watch.archive.changes(url=watch.page(PLACES).url)]
    assert len(watch.archive.versions(watch.page(PLACES).id)) == 4

    run(watch, blind(watch.profile, body_remove=("p:first-of-type",)))

    # without their first paragraph, nothing but one date tells the four versions of the page apart
    assert len(watch.archive.versions(watch.page(PLACES).id)) == 2
    assert list(verify(watch.archive)) == []
    assert watch.page(PLACES).version == 2
    (first, *_), news = watch.archive.changes(url=watch.page(PLACES).url), watch.news()
    assert (first.id, first.kind) == (ids[0], Kind.PUBLISHED)
    assert news == []

    run(watch)

    after = contents(path(watch))
    assert len(watch.archive.versions(watch.page(PLACES).id)) == 4
    assert [after[name] for name in ("snapshots", "payloads", "pages")] == [
        before[name] for name in ("snapshots", "payloads", "pages")
    ]
    told = [(change.kind, change.before, change.after) for change in watch.archive.changes(url=watch.page(PLACES).url)]
    assert sorted(told, key=lambda one: one[2] or 0) == [
        (Kind.PUBLISHED, None, 1),
        (Kind.EDITED, 1, 2),
        (Kind.EDITED, 2, 3),
        (Kind.EDITED, 3, 4),
    ]
    assert list(verify(watch.archive)) == []
    assert set(kinds) <= set(after)


def test_a_correction_that_leaves_the_change_what_it_is_leaves_its_id(watch: Watch) -> None:
    before = [(change.id, change.kind, change.before, change.after) for change in watch.archive.changes()]

    done = run(watch, blind(watch.profile, contacts=()))

    assert any(one.correction is not None for one in done)
    assert [(change.id, change.kind, change.before, change.after) for change in watch.archive.changes()] == before
    audits = list_audits(watch.archive)
    assert {audit.audit.action for audit in audits} == {Action.REREAD}
    assert len(audits) == sum(one.correction is not None for one in done)


def test_the_next_crawl_after_a_reread_finds_no_news(watch: Watch) -> None:
    watch.profile = blind(watch.profile, contacts=())
    run(watch)
    watch.news()

    assert watch.look() == []


def test_a_purged_version_stays_as_it_was_left(watch: Watch) -> None:
    page = watch.page(PLACES)
    purge_version(watch.archive, page, 2, replace(AUDIT, action=Action.PURGE))
    before = contents(path(watch))

    run(watch)

    assert contents(path(watch)) == before


def test_a_damaged_answer_keeps_its_version_and_is_counted(watch: Watch) -> None:
    digest = watch.archive.snapshots(watch.page(TALK).id)[0].digest
    with sqlite3.connect(path(watch)) as file:
        file.execute("DROP TRIGGER payloads_no_update")
        file.execute("UPDATE payloads SET data = zeroblob(20) WHERE digest = ?", (digest,))
    before = watch.archive.versions(watch.page(TALK).id)

    done = run(watch)

    assert sum(one.damaged for one in done) >= 1
    assert watch.archive.versions(watch.page(TALK).id) == before


def test_one_page_alone_is_corrected_where_only_it_is_asked_for(watch: Watch) -> None:
    page = watch.page(PLACES)
    others = watch.archive.versions(watch.page(ROADS).id)

    (done,) = reread(watch.archive, "", blind(watch.profile, contacts=()), AUDIT, pages=[page])

    assert done.correction is not None
    assert watch.archive.versions(watch.page(ROADS).id) == others


def test_answers_put_into_an_empty_archive_in_any_order_give_the_same_history(watch: Watch, tmp_path: Path) -> None:
    pages = [watch.page(path) for path in (PLACES, TALK)]
    answers = [kept for page in pages for kept in watch.archive.snapshots(page.id)]

    in_order = placed(watch, tmp_path / "in-order.db", answers)

    assert [len(in_order[0][page.url]) for page in pages] == [4, 2]
    for seed in range(3):
        random.Random(seed).shuffle(answers)
        assert placed(watch, tmp_path / f"{seed}.db", answers) == in_order


def placed(watch: Watch, file: Path, answers: list[Snapshot]) -> tuple[dict[str, list[tuple[object, ...]]], object]:
    """What stands in an archive into which these answers were put, one by one."""
    with Archive.open(f"sqlite:///{file}") as other:
        with other.writing() as unit:
            site = unit.add_site("press")
        for kept in answers:
            for twice in range(2):  # an edit taken back counts when it is seen twice
                with other.writing() as unit:
                    page = unit.add_page(site.id, kept.url, at=kept.captured_at, baseline=False)
                    new = unit.keep_snapshot(
                        page.id,
                        url=kept.url,
                        status=kept.status,
                        headers=kept.headers,
                        redirects=kept.redirects,
                        captured_at=kept.captured_at + dt.timedelta(minutes=twice),
                        body=watch.archive.payload(kept.digest),
                    )
                    place(unit, page, watch.profile, (), AUDIT, new={new.id})
        assert list(verify(other)) == []
        told: dict[str, list[tuple[object, ...]]] = {
            url: [
                (version.release, version.first_seen, version.last_seen, version.visits)
                for version in other.versions(other.find_page(url)[0].id)
            ]
            for url in sorted({kept.url for kept in answers})
        }
        return told, Counter(
            (change.url, str(change.finding), change.after, change.detected_at) for change in other.changes()
        )


KILLED = """
import os, pickle, signal, sys
from pathlib import Path
import crawler.reread as room
from storage.archive import Archive
from storage.audits import Action, Audit
url, profile, batches = sys.argv[1], pickle.loads(Path(sys.argv[2]).read_bytes()), int(sys.argv[3])
room._BATCH = 2
archive = Archive.open(url)
audit = Audit(at=archive.now(), who="me", action=Action.REREAD, reason="why")
for number, _ in enumerate(room.reread(archive, url, profile, audit), 1):
    if number > batches:
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("pages", [1, 5])
def test_killed_it_goes_on_where_it_was_and_ends_as_if_nothing_had_been(
    watch: Watch, tmp_path: Path, pages: int
) -> None:
    profile = blind(watch.profile, contacts=())
    (tmp_path / "profile").write_bytes(pickle.dumps(profile))
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, f"sqlite:///{path(watch)}", str(tmp_path / "profile"), str(pages)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == -signal.SIGKILL, ran.stderr

    left = run(watch, profile)

    assert len(left) < 11
    with Archive.open(f"sqlite:///{path(watch)}") as archive:
        assert list(verify(archive)) == []
        contactless = [version.release.contacts for page in archive.pages(1) for version in archive.versions(page.id)]
    assert set(contactless) == {()}
    assert contents(path(watch))["cursors"] == []
