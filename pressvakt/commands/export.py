"""`pressvakt export`: what is kept, in the formats of the field, and the evidence of one change."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated

import typer

from pressvakt import __version__
from pressvakt.exporting.evidence import find_case, write_evidence
from pressvakt.exporting.files import STDOUT, whole_file
from pressvakt.exporting.releases import VERSION_ROW, change_rows, release_objects, version_rows
from pressvakt.exporting.tables import Target
from pressvakt.failure import Failure, Misuse
from pressvakt.lookup import find_page, site_name
from pressvakt.objects import CHANGE_COLUMNS
from pressvakt.opening import reading
from pressvakt.options import Config, OneSite, Since, Until, read_time
from pressvakt.present import Format, say
from pressvakt.progress import progress
from storage.archive import Archive
from storage.exports.choice import Choice
from storage.exports.wacz import write_wacz
from storage.exports.warc import Written, write_warc
from storage.records import Page, Site

SOFTWARE = f"pressvakt/{__version__}"


class As(StrEnum):
    """What an export is written as."""

    WARC = "warc"  #: every answer, for other web archives
    WACZ = "wacz"  #: the same with an index and a list of pages, to be opened and replayed
    JSONL = "jsonl"  #: every release with its versions and changes
    CSV = "csv"
    PARQUET = "parquet"
    EVIDENCE = "evidence"  #: one change, with everything that speaks of it


class Rows(StrEnum):
    """What one row of a table, or one line of JSON, is about."""

    RELEASES = "releases"
    VERSIONS = "versions"
    CHANGES = "changes"


_TABLES = {As.JSONL: Format.JSONL, As.CSV: Format.CSV, As.PARQUET: Format.PARQUET}


def export(
    output: Annotated[
        As | None,
        typer.Option(
            "--format",
            help="warc or wacz: all answers, byte for byte; jsonl: releases with their versions and changes; csv or "
            "parquet: tables; evidence: one change (--change).",
            show_default=False,
        ),
    ] = None,
    site: OneSite = None,
    url: Annotated[
        str | None, typer.Option("--url", metavar="URL", help="Of this release only.", show_default=False)
    ] = None,
    since: Since = None,
    until: Until = None,
    rows: Annotated[
        Rows | None,
        typer.Option(
            "--rows",
            help="What a row is about: versions where nothing is said, in jsonl releases.",
            show_default=False,
        ),
    ] = None,
    change: Annotated[
        int | None,
        typer.Option("--change", metavar="ID", help="The evidence of this change, as a ZIP.", show_default=False),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Write there, whole or not at all; - is standard output.")
    ] = STDOUT,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file of --out.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar, and no words at the end.")] = False,
    config: Config = None,
) -> None:
    """Give back what is kept: to other archives, to programs, or as evidence.

    --since and --until are about when answers were captured (warc, wacz), versions first seen and changes detected.
    The same archive gives the same WARC and WACZ, byte for byte.
    """
    wanted = _wanted(output, rows, change, narrowed=any((site, url, since, until)))
    now = dt.datetime.now(dt.UTC)
    start, end = read_time(since, "--since", now=now), read_time(until, "--until", now=now, end=True)
    with reading(config, site=site) as archive:
        if wanted is As.EVIDENCE:
            _evidence(archive, change or 0, out, force=force, quiet=quiet)
            return
        choice = Choice(site=_site(archive, site), page=_page(archive, url, site), since=start, until=end)
        with progress("export", quiet=quiet) as watch:
            if wanted in _TABLES:
                to = Target(output=_TABLES[wanted], out=out, force=force)
                _rows(archive, choice, to, rows or (Rows.RELEASES if wanted is As.JSONL else Rows.VERSIONS), watch)
                return
            with whole_file(out, force=force) as file:
                done = _archive(archive, file, choice, wanted, _title(site, url), watch)
        if not quiet:
            say(_told(done, out))


def _wanted(output: As | None, rows: Rows | None, change: int | None, *, narrowed: bool) -> As:
    """What is to be written.

    Raises:
        Misuse: nothing is named, or what is named does not go together.
    """
    wanted = output or (As.EVIDENCE if change is not None else None)
    if wanted is None:
        raise Misuse(f"say what to write: --format {', '.join(As)}")
    if (wanted is As.EVIDENCE) is not (change is not None):
        raise Misuse("the evidence is that of one change: --format evidence and --change ID go together")
    if wanted is As.EVIDENCE and narrowed:
        raise Misuse("a change is named by its id alone; leave --site, --url, --since and --until out")
    if rows is not None and wanted not in _TABLES:
        raise Misuse(f"--rows is about jsonl, csv and parquet, not {wanted}")
    if rows is Rows.RELEASES and wanted is not As.JSONL:
        raise Misuse(
            f"a release with all its versions is no row of {wanted}; take --rows versions or changes, or jsonl"
        )
    return wanted


def _site(archive: Archive, name: str | None) -> Site | None:
    if name is None:
        return None
    found = archive.site(name)
    if found is None:
        raise Failure(f"nothing is kept of {name} yet; `pressvakt crawl {name}` makes a start")
    return found


def _page(archive: Archive, url: str | None, site: str | None) -> Page | None:
    if url is None:
        return None
    first = find_page(archive, url)
    if site is None:
        return first
    of_site = [page for page in archive.find_page(url) if site_name(archive, page) == site]
    if not of_site:
        raise Failure(f"{first.url} is watched for {site_name(archive, first)}, not for {site}; leave --site out")
    return of_site[0]


def _rows(archive: Archive, choice: Choice, to: Target, rows: Rows, watch: Callable[[int, int], None]) -> None:
    if rows is Rows.RELEASES:
        to.write((), release_objects(archive, choice, watch=watch))
    elif rows is Rows.VERSIONS:
        to.write(VERSION_ROW, version_rows(archive, choice, watch=watch))
    else:
        to.write(CHANGE_COLUMNS, change_rows(archive, choice))


def _archive(
    archive: Archive, file: IO[bytes], choice: Choice, wanted: As, title: str, watch: Callable[[int, int], None]
) -> Written:
    if wanted is As.WARC:
        return write_warc(archive, file, choice, software=SOFTWARE, watch=watch)
    return write_wacz(archive, file, choice, software=SOFTWARE, title=title, watch=watch)


def _evidence(archive: Archive, change: int, out: Path, *, force: bool, quiet: bool) -> None:
    case = find_case(archive, change)
    with whole_file(out, force=force) as file:
        write_evidence(archive, file, case, software=SOFTWARE)
    if quiet or out == STDOUT:
        return
    with out.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    say(f"{out}: {case.change.kind}, answers: {len(case.answers)}, sha256:{digest}")


def _title(site: str | None, url: str | None) -> str:
    return f"Press releases, {url or site or 'all sites'}"


def _told(done: Written, out: Path) -> str:
    words = f"answers: {done.captures}, pages: {done.pages}"
    if done.revisits:
        words += f", as revisits: {done.revisits}"
    if done.purged:
        words += f", purged and left out: {done.purged}"
    return words if out == STDOUT else f"{out}: {words}, {out.stat().st_size / 1e6:.1f} MB"
