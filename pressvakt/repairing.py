"""`pressvakt sites repair`: the rules that crawls learnt after a redesign, looked at and written into the profile."""

from __future__ import annotations

import datetime as dt
import sys
from typing import Annotated

import typer
from rich.table import Table

from crawler.reading.extract import read_with
from crawler.reading.profile_writing import with_rules
from crawler.reading.profiles import ReleaseRules, SiteProfile
from crawler.repair import Repair, named, propose
from pressvakt import options
from pressvakt.config import load_config
from pressvakt.failure import Misuse
from pressvakt.opening import alone
from pressvakt.present import console, say, styled
from pressvakt.profiles import checked, profile_file, replace_file, text_of
from storage.archive import Archive

#: Releases that are shown as the new rules read them.
SHOWN = 5


def repair(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The site whose layout changed.", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write the rules without asking.")] = False,
    config: options.Config = None,
) -> None:
    """Write the rules that were learnt after a redesign into sites/NAME.toml, after showing what they read.

    Until then they stand in the archive, and pages are read by them all the same. The rules that no page fits any more
    get an end (valid_until), for pages that were captured before.
    """
    settings = load_config(config or (context.parent.params.get("config") if context.parent else None), crawling=False)
    file = profile_file(settings, name)
    if not yes and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Misuse("there is no terminal to ask at; --yes writes the rules without asking")
    profile = settings.sites[name]
    with Archive.open(settings.database, payloads=settings.payloads) as archive, alone(archive, [name]):
        site = archive.site(name)
        found = propose(archive, site, profile) if site is not None else None
        if site is None or found is None:
            say(f"{name}: nothing to repair: its rules read all pages that were looked at, or nothing was learnt")
            return
        rules = named(found, profile, on=dt.datetime.now(dt.UTC).date())
        # on the day of the redesign itself pages were captured in either layout
        text = with_rules(text_of(file), rules, retired=found.retired, until=found.since)
        checked(text, file, settings)
        _show(found, rules, profile)
        if not yes and not typer.confirm(f"Write them into {file}?", default=True, err=True):
            say("nothing was written")
            return
        replace_file(file, text)
        with archive.writing() as unit:
            unit.set_layout(site.id, None)
    sys.stdout.write(f"{file}\n")
    say(f"next: 'pressvakt crawl {name}' reads by them; 'pressvakt reread {name}' reads what is stored once more")


def _show(found: Repair, rules: tuple[ReleaseRules, ...], profile: SiteProfile) -> None:
    out = console()
    for judged, one in zip(found.rules, rules, strict=True):
        as_kept = (
            "all as they were read" if judged.alike == judged.pages else f"{judged.alike} of them as they were read"
        )
        out.print(styled(f"rules {one.name}: {judged.pages} of {len(found.samples)} pages, {as_kept}", "bold"))
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for heading in ("published", "title", "words", "contacts", "files"):
            table.add_column(heading, overflow="fold")
        shown = 0
        for sample in found.samples:
            release = read_with(sample.root, one, profile, sample.url)
            if release is None or shown == SHOWN:
                continue
            shown += 1
            stamp = release.published
            table.add_row(
                stamp.day.isoformat() if stamp is not None and stamp.day else "",
                styled(release.title),
                str(len(release.markdown.split())),
                str(len(release.contacts)),
                str(len(release.attachments)),
            )
        out.print(table)
    if found.retired:
        out.print(styled(f"no page fits any more: {', '.join(found.retired)}"))
