"""What one archive exports, an empty one takes in: the same versions, changes and digests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from changes.kinds import Kind
from crawler.reread import reread
from pressvakt.cli import main
from storage.archive import Archive
from storage.audits import Action, Audit
from storage.inspection import verify
from storage.purging import purge_version
from tests.journeys.test_watching import PLACES, ROADS, TEXT
from tests.journeys.watch import START, Watch
from tests.past import bring
from tests.press_site import PressSite
from tests.tables import contents

NEW = "/pressmeddelanden/2026/09/platser-i-norrvik/"
AUDIT = Audit(at=START, who="keeper", action=Action.PURGE, reason="asked by the person named")


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    """Edits, one of them taken back, a move, a removal, and a page whose second version was purged."""
    with PressSite() as site, Watch(site, tmp_path) as watch:
        site.add(PLACES, title="Fler platser i Norrvik", body=TEXT)
        site.add(ROADS, title="Nya vägar i norr", body=TEXT.replace("platser", "vägar"))
        for number in range(6):
            body = f"{TEXT}\n\nDetta är beslut nummer {number} i raden av beslut om {number + 3} orter i landet."
            site.add(f"/pressmeddelanden/2026/07/beslut-{number}/", title=f"Beslut {number} om orter", body=body)
        watch.crawl()
        watch.crawl()
        secret = "/pressmeddelanden/2026/07/beslut-3/"
        site.edit(secret, title="Beslut 33 om orter")
        site.edit(PLACES, body=TEXT.replace("160", "100"))
        watch.crawl()
        site.edit(secret, title="Beslut 333 om orter")
        site.edit(PLACES, body=TEXT)
        watch.crawl()
        watch.crawl()  # what stood there before counts when it is seen twice
        site.move(PLACES, NEW)
        site.remove(ROADS)
        watch.crawl()
        watch.crawl()
        purge_version(watch.archive, watch.page(secret), 2, AUDIT)
        yield watch


def history(archive: Archive, site: str) -> dict[str, list[tuple[object, ...]]]:
    """All that is known of a site, by page."""
    known = archive.site(site)
    assert known is not None
    found: dict[str, list[tuple[object, ...]]] = {}
    for page in archive.pages(known.id):
        versions: list[tuple[object, ...]] = [
            (one.number, one.digest, one.rules, one.first_seen, one.last_seen, one.visits)
            for one in archive.versions(page.id)
        ]
        changes: list[tuple[object, ...]] = [
            (c.kind, c.detected_at, c.url, c.title, c.before, c.after, c.baseline, c.finding)
            for c in archive.changes(site=site, url=page.url)
        ]
        snapshots: list[tuple[object, ...]] = [
            (one.captured_at, one.digest, one.url, one.redirects) for one in archive.snapshots(page.id)
        ]
        found[page.url] = [(page.state, page.baseline), *versions, *sorted(changes, key=repr), *snapshots]
    return found


@pytest.mark.parametrize("form", ["warc", "wacz"])
def test_an_empty_archive_that_takes_in_an_export_knows_the_same(
    watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pressvakt.toml").write_text(
        'contact = "t@pressvakt.example"\n[storage]\ndatabase = "sqlite:///watch.db"\n'
    )
    name = "out.warc.gz" if form == "warc" else "out.wacz"
    assert main(["export", "--format", form, "--out", name]) == 0
    wanted = history(watch.archive, "press")
    kinds = {change.kind for change in watch.archive.changes()}
    assert kinds >= {Kind.PUBLISHED, Kind.EDITED, Kind.MOVED, Kind.REMOVED}

    with Archive.open(f"sqlite:///{tmp_path / 'other.db'}") as other:
        report = bring(other, tmp_path / name, profile=watch.profile)

        assert report.refusals == []
        assert history(other, "press") == wanted
        assert list(verify(other)) == []

        before = contents(tmp_path / "other.db")
        bring(other, tmp_path / name, profile=watch.profile)
        why = replace(AUDIT, action=Action.REREAD)
        done = list(reread(other, f"sqlite:///{tmp_path / 'other.db'}", watch.profile, why))
        assert [one.url for one in done if one.correction is not None or one.left] == []
        assert contents(tmp_path / "other.db") == before


def test_the_crawl_after_that_finds_what_it_would_have_found_before(
    watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pressvakt.toml").write_text(
        'contact = "t@pressvakt.example"\n[storage]\ndatabase = "sqlite:///watch.db"\n'
    )
    assert main(["export", "--format", "warc", "--out", "out.warc.gz"]) == 0
    (tmp_path / "more").mkdir()
    with Watch(watch.site, tmp_path / "more") as other:
        bring(other.archive, tmp_path / "out.warc.gz", profile=watch.profile)
        other.now = watch.now + dt.timedelta(days=1)
        other.news()
        assert other.look() == []
        watch.site.restore(ROADS)
        watch.site.edit(NEW, body=TEXT.replace("160", "170"))
        assert sorted(other.look()) == [("edited", NEW), ("restored", ROADS)]
