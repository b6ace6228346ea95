"""Captures of one page, watched as the product watches a site that nobody prepared: each a crawl of its own."""

from __future__ import annotations

import atexit
import datetime as dt
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from changes.kinds import Finding, Kind
from crawler.afterwards import finish
from crawler.archivist import Archivist
from crawler.items import Fetch
from crawler.outcomes import Result
from crawler.reading.generic.rules import GENERIC
from crawler.reading.profiles import SiteProfile
from storage.archive import Archive

START = dt.datetime(2031, 3, 1, 6, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Look:
    """What one visit came to."""

    result: Result
    findings: tuple[Finding, ...] = ()  #: that subscribers would hear of
    reason: str = ""  #: of a fault

    @property
    def told(self) -> bool:
        """Whether anybody would have heard of an edit."""
        return any(finding.kind not in (Kind.PUBLISHED, Kind.MOVED) for finding in self.findings)


def unprepared(url: str, *, language: str = "en", zone: str = "UTC", title: str = "") -> SiteProfile:
    """A site of which nothing is known but its address."""
    scheme, _, rest = url.partition("://")
    return SiteProfile(
        name="unprepared",
        title=title,
        base_url=f"{scheme}://{rest.partition('/')[0]}",
        language=language,
        time_zone=ZoneInfo(zone),
        discovery=(),
        release=(GENERIC,),
    )


def watch(bodies: Iterable[bytes], profile: SiteProfile, url: str) -> list[Look]:
    """What the visits of one page come to, a day apart, in an archive of its own."""
    with tempfile.TemporaryDirectory(prefix="pressvakt-corpora-") as folder:
        path = Path(folder) / "archive.db"
        shutil.copy(_empty(), path)
        with Archive.open(f"sqlite:///{path}") as archive:
            return [_visit(archive, profile, url, body, START + number * DAY) for number, body in enumerate(bodies)]


def _visit(archive: Archive, profile: SiteProfile, url: str, body: bytes, at: dt.datetime) -> Look:
    with archive.writing() as unit:
        site = unit.add_site(profile.name)
        number = unit.start_crawl(site.id, at)
    archivist = Archivist(archive, profile, site, number)
    known = max((change.id for change in archive.changes()), default=0)
    headers = (("Content-Type", "text/html"),)
    fetch = Fetch(url=url, final_url=url, fetched_at=at, status=200, headers=headers, body=body)
    outcome = archivist.record(fetch)
    finish(archivist, at=at, reason="finished")
    new = tuple(change.finding for change in archive.changes() if change.id > known)
    result, reason = outcome.result, outcome.reason
    if result is Result.WAITING:  # by the end of its crawl it has been settled
        name, _, reason = next(one for one, count in archivist.tally.outcomes.items() if count).partition("/")
        result = Result(name)
    return Look(result=result, findings=new, reason=reason)


def told(looks: Sequence[Look]) -> list[Finding]:
    """All that was told after the first visit."""
    return [finding for look in looks[1:] for finding in look.findings if finding.kind is not Kind.PUBLISHED]


@cache
def _empty() -> Path:
    """An archive with nothing in it: making one takes longer than all else."""
    path = Path(tempfile.mkdtemp(prefix="pressvakt-empty-")) / "empty.db"
    Archive.open(f"sqlite:///{path}").close()
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    return path
