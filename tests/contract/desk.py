"""A desk to try an archive at: one site, and short ways to write about it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from changes.kinds import Finding, Kind
from changes.release import Block, BlockKind, Release
from storage.archive import Archive
from storage.records import Page, Site, Snapshot, Version
from storage.unit import Unit
from tests.contract.backends import Backend, Sqlite

NOON = dt.datetime(2031, 3, 14, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@dataclass
class Desk:
    """An archive, its one site, and short ways to write into it."""

    archive: Archive
    site: Site
    backend: Backend

    @property
    def path(self) -> Path:
        """Of the file, where it is one."""
        assert isinstance(self.backend, Sqlite)
        return self.backend.path()

    def page(self, name: str = "one") -> Page:
        with self.archive.writing() as unit:
            return unit.add_page(self.site.id, f"https://press.example/news/{name}", at=NOON, baseline=False)

    def say(self, page: Page, title: str, *, at: dt.datetime = NOON, body: bytes | None = None) -> Version:
        with self.archive.writing() as unit:
            return say(unit, page, title, at=at, body=body)


def say(unit: Unit, page: Page, title: str, *, at: dt.datetime = NOON, body: bytes | None = None) -> Version:
    """Keep a page that says one sentence, as its next version, with the change that goes with it."""
    before = unit.latest(page.id)
    kept = keep(unit, page, title.encode() if body is None else body, at=at)
    release = Release(title=title, body=(Block(kind=BlockKind.PARAGRAPH, text=f"{title}.", markdown=f"{title}."),))
    version = unit.add_version(
        page.id, snapshot_id=kept.id, release=release, digest=f"sha256:{title}", rules="plain", at=at
    )
    unit.add_change(
        page.id,
        Finding(kind=Kind.PUBLISHED if before is None else Kind.EDITED, fields=() if before is None else ("title",)),
        before=None if before is None else before.number,
        after=version.number,
        title=title,
        url=page.url,
        at=at,
        baseline=False,
        crawl_id=None,
    )
    return version


def keep(unit: Unit, page: Page, body: bytes, *, at: dt.datetime = NOON, status: int = 200) -> Snapshot:
    return unit.keep_snapshot(
        page.id,
        url=page.url,
        status=status,
        headers=(("Content-Type", "text/html"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")),
        redirects=(("https://press.example/old", 301),),
        captured_at=at,
        body=body,
        crawl_id=None,
    )
