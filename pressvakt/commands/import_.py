"""`pressvakt import`: the past, from WARC files and from the Wayback Machine."""

from __future__ import annotations

import datetime as dt
import getpass
import sys
import time
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from crawler.guard import Refused
from crawler.importing import archived
from crawler.importing.cdx import NotCdx
from crawler.importing.client import Client, Unanswered
from crawler.importing.placing import Run
from crawler.importing.records import Found, Report
from crawler.importing.spool import Spool
from crawler.importing.warc import Reading
from crawler.importing.watched import Watched
from crawler.importing.wayback import INTERNET_ARCHIVE, Wayback, moment
from crawler.reading.profile_files import ProfileError, load_profile, profile_names, shipped_folder
from crawler.reading.profiles import SiteProfile
from pressvakt.config import Config as Settings
from pressvakt.config import load_config
from pressvakt.failure import Failure, Misuse
from pressvakt.naming import user_agent
from pressvakt.options import Config
from pressvakt.present import as_json, say
from pressvakt.progress import progress
from storage.archive import Archive
from storage.imports import Way

app = typer.Typer(
    help="Bring in the past of watched pages, from WARC files or from an archive server.",
    rich_markup_mode=None,
    no_args_is_help=True,
)

#: Seconds to wait for a crawl to end, and between two looks.
PATIENCE, PAUSE = 3600.0, 5.0


class View(StrEnum):
    """How the outcome is told."""

    TABLE = "table"  #: in words
    JSON = "json"  #: one object


Site = Annotated[
    str | None,
    typer.Option("--site", metavar="NAME", help="For this site only, watched or shipped.", show_default=False),
]
Dry = Annotated[bool, typer.Option("--dry-run", help="Only say what would be brought in.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bar and no summary.")]
Output = Annotated[View, typer.Option("--format", help="table for people, json for programs.")]

#: What each outcome is called in the summary, in its order.
_WORDS = {
    Found.NEW: "brought in",
    Found.KNOWN: "kept before",
    Found.REPEATED: "the same as their neighbours",
    Found.OTHER: "no releases",
    Found.REDIRECT: "redirects",
    Found.MISSING: "not found or gone",
    Found.ERROR: "errors",
    Found.ELSEWHERE: "of no watched site",
    Found.PURGED: "purged",
    Found.TECHNICAL: "about the files",
    Found.REFUSED: "refused",
}


@app.command("warc")
def warc(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="WARC, ARC or WACZ files.", show_default=False)],
    site: Site = None,
    dry: Dry = False,
    quiet: Quiet = False,
    output: Output = View.TABLE,
    config: Config = None,
) -> None:
    """Bring in what WARC, ARC and WACZ files hold of watched pages.

    Each answer takes its place in time, and the changes of its page are worked out again; nobody is alerted. Revisit
    records are looked up in all files that are named, and in the archive. A broken record is refused with its place and
    the reason, and all else is brought in; exit code 1 says that something was refused. The same files again add
    nothing, so that an import that was cut short is simply run again.
    """
    settings = load_config(config, crawling=False)
    if absent := [str(file) for file in files if not file.is_file()]:
        raise Misuse(f"no such file: {', '.join(absent)}")
    source = ", ".join(dict.fromkeys(file.name for file in files))
    with Archive.open(settings.database, payloads=settings.payloads) as archive, Spool() as spool:
        run = _run(archive, settings, spool, site=site, kind=Way.WARC, source=source, dry=dry)
        reading = Reading(watched=Watched(run.profiles.values()), spool=spool, report=run.report, now=run.at)
        with progress("reading (KiB)", quiet=quiet) as watch:
            reading.watch = lambda done, total: watch(done // 1024, total // 1024)
            reading.read(files)
        captures = reading.captures(lambda revisit: archived.original(archive, revisit))
        with progress("pages", quiet=quiet) as watch:
            run.told, run.redirects = reading.histories, reading.redirects
            run.place(captures, watch)
        run.end()
    _tell(run, output, quiet=quiet)


@app.command("wayback")
def wayback(
    addresses: Annotated[
        list[str],
        typer.Argument(
            metavar="URL…", help="Addresses of releases; one that ends in * means all below it.", show_default=False
        ),
    ],
    since: Annotated[
        str, typer.Option("--from", metavar="TIME", help="Captures from then on: 2015, 2015-03, 2015-03-01.")
    ] = "",
    until: Annotated[str, typer.Option("--to", metavar="TIME", help="Captures up to then; a date counts whole.")] = "",
    server: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The archive: the Wayback Machine, or a collection of a pywb server.")
    ] = INTERNET_ARCHIVE,
    delay: Annotated[float, typer.Option(min=0.0, max=600.0, metavar="SECONDS", help="Between two requests.")] = 2.5,
    site: Site = None,
    dry: Dry = False,
    quiet: Quiet = False,
    output: Output = View.TABLE,
    config: Config = None,
) -> None:
    """Bring in the captures that the Wayback Machine, or another archive server, has of watched pages.

    One request at a time; a server that asks for patience gets it. Captures that are kept already are not fetched
    again, so that an import that was cut short goes on when it is run again. Otherwise as `import warc`.
    """
    settings = load_config(config, crawling=True)
    try:
        times = {"since": moment(since) if since else "", "until": moment(until) if until else ""}
    except ValueError as error:
        raise Misuse(str(error)) from None
    server = server.rstrip("/")
    with Archive.open(settings.database, payloads=settings.payloads) as archive, Spool() as spool:
        run = _run(archive, settings, spool, site=site, kind=Way.WAYBACK, source=server, dry=dry)
        run.wait = _Patience()
        try:
            client = Client(
                server,
                user_agent=user_agent(settings.contact),
                allow_private=settings.allow_private,
                delay=delay,
                max_bytes=max(profile.crawl.max_bytes for profile in run.profiles.values()),
                say=lambda words: None if quiet else say(words),
            )
        except Refused as error:
            raise Misuse(f"--server: {error}") from None
        with progress("captures", quiet=quiet) as watch:
            asking = Wayback(
                server=server,
                client=client,
                archive=archive,
                watched=Watched(run.profiles.values()),
                spool=spool,
                report=run.report,
                now=run.at,
                place=run.place,
                watch=watch,
            )
            try:
                asking.bring(addresses, **times, dry=dry)
            except (Unanswered, Refused, NotCdx) as error:
                raise Failure(f"{server}: {error}; what was brought in stays, run it again to go on") from None
            finally:
                client.close()
        run.end()
    _tell(run, output, quiet=quiet)


class _Patience:
    """Waits while a site is being crawled: what took long to fetch is worth it."""

    def __init__(self) -> None:
        self._since = 0.0

    def __call__(self, why: str) -> None:
        if not self._since:
            say(f"{why}; waiting for that")
            self._since = time.monotonic()
        if time.monotonic() - self._since > PATIENCE:
            raise Failure(f"{why}; what was brought in stays, run it again to go on")
        time.sleep(PAUSE)


def _run(
    archive: Archive, settings: Settings, spool: Spool, *, site: str | None, kind: Way, source: str, dry: bool
) -> Run:
    profiles = _profiles(settings, site)
    return Run(
        archive=archive,
        profiles={profile.name: profile for profile in profiles},
        spool=spool,
        report=Report(),
        at=archive.now(),
        who=getpass.getuser(),
        kind=kind,
        source=source,
        dry=dry,
    )


def _profiles(settings: Settings, site: str | None) -> list[SiteProfile]:
    """Those that are watched, and then those that ship with us; or the one that is named."""
    watched = list(settings.sites.values())
    shipped = [name for name in profile_names([shipped_folder()]) if not name.startswith("demo")]
    if site is not None:
        if site in settings.sites:
            return [settings.sites[site]]
        if site not in shipped:
            raise Misuse(f"no profile for site {site!r}; known: {', '.join(sorted({*settings.sites, *shipped}))}")
        return [_shipped(site)]
    return [*watched, *(_shipped(name) for name in shipped if name not in settings.sites)]


def _shipped(name: str) -> SiteProfile:
    try:
        return load_profile(name, folders=[])
    except ProfileError as error:
        raise Failure(str(error)) from None


def _tell(run: Run, output: View, *, quiet: bool) -> None:
    """Say what came of it; a record that was refused makes a failure of the whole."""
    report = run.report
    for refusal in report.refusals:
        say(str(refusal))
    for remark in () if quiet else report.remarks:
        say(remark)
    if output is View.JSON:
        sys.stdout.write(as_json(_object(run), indent=2) + "\n")
    elif not quiet:
        for line in _lines(run):
            sys.stdout.write(line + "\n")
    if report.refusals:
        many = len(report.refusals)
        rest = "all else would be brought in" if run.dry else "all else is in"
        raise Failure(f"{many} record{'s were' if many > 1 else ' was'} refused; {rest}")


def _lines(run: Run) -> Sequence[str]:
    """The summary: a line whose numbers add up, and one for each site that something was brought in for."""
    report = run.report
    parts = [f"{report.counts[found]} {words}" for found, words in _WORDS.items() if report.counts[found]]
    total = f"{report.records} record{'s' * (report.records != 1)}"
    lines = [f"{total} = {' + '.join(parts)}" if parts else "no records"]
    for name, counts in sorted(report.per_site.items()):
        said = ", ".join(
            f"{counts[what]} {what if counts[what] != 1 else what[:-1]}"
            for what in ("captures", "pages", "versions", "changes")
            if counts[what] or what == "captures"
        )
        lines.append(f"{name}: {said}{' would be' if run.dry else ''} new")
    return lines


def _object(run: Run) -> dict[str, Any]:
    report = run.report
    return {
        "at": run.at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "source": run.source,
        "dry_run": run.dry,
        "records": report.records,
        "counts": {str(found): report.counts[found] for found in _WORDS},
        "sites": {name: dict(sorted(counts.items())) for name, counts in sorted(report.per_site.items())},
        "remarks": report.remarks,
        "refused": [
            {"source": refusal.source, "place": refusal.place, "reason": refusal.reason} for refusal in report.refusals
        ],
    }
