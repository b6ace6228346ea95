"""`pressvakt reread`: read what is stored by today's rules."""

from __future__ import annotations

import getpass
import os
import time
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from crawler.reading.profiles import SiteProfile
from crawler.reread import Reread
from crawler.reread import reread as read_again
from pressvakt.config import Config as Settings
from pressvakt.config import load_config
from pressvakt.exporting.parquet import Column
from pressvakt.exporting.tables import target
from pressvakt.failure import Failure, Misuse
from pressvakt.lookup import find_page, site_name
from pressvakt.opening import alone
from pressvakt.options import Config, Force, ListFormat, Out
from pressvakt.present import Format, console, say, styled
from pressvakt.progress import progress
from storage.archive import Archive
from storage.audits import Action, Audit
from storage.records import Page

COLUMNS = (
    "site",
    "url",
    "versions_before",
    "versions",
    "corrected",
    "changes_added",
    "changes_corrected",
    "changes_dropped",
)
#: Processes take a second to start: few pages are read without.
FEW = 200


def reread(
    site: Annotated[
        str | None,
        typer.Argument(metavar="SITE", help="Which site; all of them where none is named.", show_default=False),
    ] = None,
    url: Annotated[str | None, typer.Option(metavar="URL", help="This release only.", show_default=False)] = None,
    processes: Annotated[
        int, typer.Option(min=0, help="How many read beside each other; 0: as many as there are processors.")
    ] = 0,
    output: ListFormat = Format.TABLE,
    out: Out = None,
    force: Force = False,
    config: Config = None,
) -> None:
    """Read stored pages by today's rules, and put right what they say now.

    For after a profile was corrected. Versions that were misread are corrected, and the changes between them worked out
    again; a change that stays the same keeps its id, and nobody is alerted. What was put right is listed, and kept as
    an audit. A run that was cut short goes on where it was.
    """
    to = target(output, out, force=force)
    settings = load_config(config, crawling=False)
    with Archive.open(settings.database, payloads=settings.payloads) as archive:
        page = None if url is None else find_page(archive, url)
        names = [site_name(archive, page)] if page is not None else [site] if site else list(settings.sites)
        failed = [name for name in names if name not in settings.sites]
        if failed:
            known = ", ".join(settings.sites) or "none"
            raise Misuse(f"no profile for site {failed[0]!r} to read by; known: {known}")
        failures: list[Failure] = []
        rows = _until_failure(
            (row for name in names for row in _site(archive, settings, settings.sites[name], page, processes)),
            failures,
        )
        if to.table:
            terminal = console()
            for row in rows:
                terminal.print(styled(_line(row)))
        else:
            to.write(COLUMNS, rows, types=dict.fromkeys(COLUMNS[2:], Column.NUMBER))
    for failure in failures:
        raise failure


def _until_failure(rows: Iterator[dict[str, Any]], failed: list[Failure]) -> Iterator[dict[str, Any]]:
    """The rows as they come; a failure waits until those before it are written: what they tell was done."""
    try:
        yield from rows
    except Failure as failure:
        failed.append(failure)


def _site(
    archive: Archive, settings: Settings, profile: SiteProfile, page: Page | None, processes: int
) -> Iterator[dict[str, Any]]:
    """What was put right on a site, page by page; says at the end how much was read."""
    site = archive.site(profile.name)
    if site is None:
        say(f"{profile.name}: nothing is stored yet")
        return
    many = sum(archive.page_counts(site.id).values())
    wanted = processes or (os.cpu_count() or 1)
    count = 1 if many <= FEW and not processes else wanted
    audit = Audit(
        at=archive.now(), who=getpass.getuser(), action=Action.REREAD, reason=f"read by today's rules of {profile.name}"
    )
    pages = answers = corrected = damaged = left = 0
    began = time.monotonic()
    with alone(archive, [profile.name]) as beat, progress(profile.name) as watch:
        found = read_again(
            archive,
            settings.database,
            profile,
            audit,
            pages=None if page is None else [page],
            processes=count,
            watch=watch,
        )
        for one in found:
            beat()
            pages, answers, damaged, left = pages + 1, answers + one.answers, damaged + one.damaged, left + one.left
            if one.correction is not None:
                corrected += 1
                yield _object(profile.name, one)
    seconds = max(time.monotonic() - began, 0.001)
    say(
        f"{profile.name}: {pages} pages, {answers} stored answers read in {seconds:.1f} s "
        f"({pages / seconds:.0f} pages a second); {corrected} pages put right, nobody alerted"
    )
    if left:
        say(f"{profile.name}: {left} pages left as they are: their versions do not follow each other in time")
    if damaged:
        raise Failure(f"{profile.name}: {damaged} stored answers are damaged; `pressvakt verify` names them")


def _object(site: str, one: Reread) -> dict[str, Any]:
    found = one.correction
    if found is None:
        return {"site": site, "url": one.url}
    return {
        "site": site,
        "url": one.url,
        "versions_before": found.before,
        "versions": found.after,
        "corrected": sum(row is not None for row, _ in found.versions),
        "changes_added": sum(row is None for row, _ in found.changes),
        "changes_corrected": sum(row is not None for row, _ in found.changes),
        "changes_dropped": len(found.dropped),
    }


def _line(row: dict[str, Any]) -> str:
    parts = [f"{row['corrected']} versions corrected"] if row["corrected"] else []
    if row["versions_before"] != row["versions"]:
        parts.append(f"{row['versions_before']} versions became {row['versions']}")
    names = (("added", "changes_added"), ("corrected", "changes_corrected"), ("dropped", "changes_dropped"))
    parts += [f"{row[key]} changes {word}" for word, key in names if row[key]]
    return f"{row['url']}: {', '.join(parts)}"
