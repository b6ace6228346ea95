"""An archive with a short history of an invented press office, and the command line that reads it."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from changes.canonical import text_digest
from changes.kinds import Finding, Kind, SiteNotice
from changes.release import Attachment, Block, BlockKind, Contact, Link, Notice, NoticeKind, Release, Stamp
from pressvakt.cli import main
from storage.archive import Archive
from storage.records import PageState

BASE = "https://press.example.org"
BRIDGE = f"{BASE}/news/2024/05/bridge"
FERRY = f"{BASE}/news/2024/05/ferry"
DAY = dt.datetime(2024, 5, 3, 8, 0, tzinfo=dt.UTC)

CONFIG = """\
contact = "keeper@pressvakt.example"

[storage]
database = "sqlite:///pressvakt.db"
"""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one command line did."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


def paragraph(text: str, *links: Link) -> Block:
    """A paragraph without formatting."""
    return Block(kind=BlockKind.PARAGRAPH, text=text, markdown=text, links=links)


def bridge() -> Release:
    """The release that most of the history is about."""
    return Release(
        title="Ministry gives 160 million for the new bridge",
        lead="Work begins in autumn.",
        body=(
            Block(kind=BlockKind.HEADING, text="The money", markdown="## The money", level=2),
            paragraph("The state pays 160 million of the total cost of the bridge across the sound at Alvik."),
            Block(kind=BlockKind.ITEM, text="two lanes", markdown="- two lanes", level=1),
            Block(kind=BlockKind.ITEM, text="one path for cyclists", markdown="- one path for cyclists", level=1),
            paragraph("Read the plan.", Link(text="the plan", url=f"{BASE}/plan")),
            paragraph("A <script>alert(1)</script> is only text.", Link(text="only", url="javascript:alert(1)")),
        ),
        published=Stamp(raw="3 May 2024", day=dt.date(2024, 5, 3)),
        updated=Stamp(raw="3 May 2024", day=dt.date(2024, 5, 3)),
        kind="Press release",
        senders=("Ministry of Bridges",),
        identifier="B2024/17",
        contacts=(Contact(text="Alma Ek, press secretary, 08-555 10 10", name="Alma Ek"),),
        attachments=(Attachment(url=f"{BASE}/files/plan.pdf", name="The plan", size="pdf 96 kB"),),
        language="en",
    )


def bridge_edited() -> Release:
    """The same release with another figure and one paragraph less."""
    first = bridge()
    body = (
        first.body[0],
        paragraph("The state pays 100 million of the total cost of the bridge across the sound at Alvik."),
        *first.body[2:5],
    )
    return replace(first, body=body)


def bridge_archived() -> Release:
    """The same once more, marked by the site."""
    notice = Notice(
        kind=NoticeKind.ARCHIVED,
        text="This page was published from 3 May 2024 to 1 June 2024.",
        period=(dt.date(2024, 5, 3), dt.date(2024, 6, 1)),
        government="First cabinet of Ek",
    )
    return replace(bridge_edited(), notices=(notice,))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A working directory with a configuration and nothing kept; the reader's clock is that of Stockholm."""
    (tmp_path / "pressvakt.toml").write_text(CONFIG, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        patch.delenv("PRESSVAKT_CONFIG", raising=False)
        patch.setenv("TZ", "Europe/Stockholm")
        time.tzset()
        yield tmp_path
    time.tzset()


@pytest.fixture
def run(folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Run a command line in that directory."""

    def command(*arguments: str) -> Result:
        capsysbinary.readouterr()
        code = main(arguments)
        out, err = capsysbinary.readouterr()
        return Result(code=code, out=out.decode(), err=err.decode())

    return command


@pytest.fixture
def archive(folder: Path) -> Archive:
    """The archive of that directory, empty, for a test to fill; closed by the test."""
    return Archive.open(f"sqlite:///{folder / 'pressvakt.db'}")


@pytest.fixture
def history(archive: Archive) -> None:
    """A first crawl of two pages; then the bridge is edited without a word, archived and removed, the ferry moved."""
    later = [DAY + dt.timedelta(days=days, hours=6) for days in range(1, 6)]
    with archive, archive.writing() as unit:
        site = unit.add_site("example")
        crawl = unit.start_crawl(site.id, DAY)
        page = unit.add_page(site.id, BRIDGE, at=DAY, baseline=True)
        ferry = unit.add_page(site.id, FERRY, at=DAY, baseline=True)
        for at, release in zip([DAY, *later], (bridge(), bridge_edited(), bridge_archived()), strict=False):
            snapshot = unit.keep_snapshot(
                page.id,
                url=BRIDGE,
                status=200,
                headers=[("Content-Type", "text/html")],
                redirects=[],
                captured_at=at,
                body=f"<h1>{release.title}</h1>{at}".encode(),
                crawl_id=crawl,
            )
            unit.add_version(
                page.id, snapshot_id=snapshot.id, release=release, digest=text_digest(release), rules="2024", at=at
            )
        other = Release(title="Ferry sails again", body=(paragraph("The ferry sails again."),), language="en")
        snapshot = unit.keep_snapshot(
            ferry.id, url=FERRY, status=200, headers=[], redirects=[], captured_at=DAY, body=b"ferry"
        )
        unit.add_version(
            ferry.id, snapshot_id=snapshot.id, release=other, digest=text_digest(other), rules="2024", at=DAY
        )
        unit.update_page(page.id, state=PageState.GONE, misses=3, status=404, last_seen=later[1])
        unit.update_page(ferry.id, state=PageState.LIVE, last_seen=later[1])

        def add(page_id: int, finding: Finding, before: int | None, after: int | None, at: dt.datetime) -> int:
            title, url = (bridge().title, BRIDGE) if page_id == page.id else (other.title, FERRY)
            return unit.add_change(
                page_id, finding, before=before, after=after, title=title, url=url, at=at, baseline=at == DAY
            )

        add(page.id, Finding(kind=Kind.PUBLISHED), None, 1, DAY)
        add(ferry.id, Finding(kind=Kind.PUBLISHED), None, 1, DAY)
        unit.end_baseline(site.id)
        edit = Finding(kind=Kind.EDITED, fields=("body",), silent=True, labels=("figure", "removed"))
        add(page.id, edit, 1, 2, later[0])
        notice = bridge_archived().notices[0]
        mark = Finding(kind=Kind.ARCHIVED, period=notice.period, government=notice.government)
        add(page.id, mark, 2, 3, later[1])
        add(page.id, Finding(kind=Kind.REMOVED, status=404), 3, None, later[2])
        unit.move_page(ferry.id, f"{BASE}/archive/ferry", at=later[3])
        add(ferry.id, Finding(kind=Kind.MOVED, was=FERRY), 1, 1, later[3])
        unit.add_notice(site.id, SiteNotice.UNREACHABLE, text="no answer to 40 of 41 requests", detail={}, at=later[3])
        unit.add_notice(
            site.id, SiteNotice.RECOVERED, text="answers again", detail={}, at=later[4], about=SiteNotice.UNREACHABLE
        )
        unit.end_crawl(crawl, at=DAY, reason="finished", stats={"planned": 2})
