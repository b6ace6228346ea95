"""`pressvakt crawl`: fetch and read sites now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.browser import NoBrowser
from pressvakt.alerting import after_crawl, keep_file
from pressvakt.config import load_config
from pressvakt.crawling import crawl_site, nothing_read, summary
from pressvakt.failure import Failure, Misuse
from pressvakt.options import Config
from pressvakt.planning import plan_of
from pressvakt.present import say
from scheduler.aftermath import after_run
from scheduler.tick import Ticker
from storage.agenda import Due, entries
from storage.archive import Archive
from storage.errors import UnderWay

if TYPE_CHECKING:
    from pressvakt.config import Config as Settings
    from storage.unit import Unit


def crawl(
    sites: Annotated[
        list[str] | None, typer.Argument(metavar="SITE…", help="Which sites; all of them where none is named.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Visit every known page, due or not.")] = False,
    due: Annotated[
        bool, typer.Option("--due", help="Only sites that are due by their schedule, for a cron of your own.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing unless something fails.")] = False,
    mail_dir: Annotated[
        Path | None,
        typer.Option("--mail-dir", metavar="FOLDER", help="Keep alerts by mail there as .eml files, send none."),
    ] = None,
    config: Config = None,
) -> None:
    """Fetch sites now: their lists, the pages that are due, and what is new. Who asked for alerts gets them.

    Sites that are paused are left out unless they are named.
    """
    settings = load_config(config)
    failed: list[str] = []
    with Archive.open(settings.database, payloads=settings.payloads) as archive:
        keep_file(archive, settings, now=_now())
        names = _named(sites, list(settings.sites))
        names = _due(archive, settings, names) if due else _unpaused(archive, names, named=bool(sites))
        for name in names:
            try:
                stats = _crawl(archive, settings, name, everything=everything, quiet=quiet)
            except (UnderWay, NoBrowser) as error:
                failed.append(str(error))  # the other sites are not
                continue
            if not quiet:
                say(summary(name, stats))
            if nothing_read(stats):
                failed.append(f"{name}: nothing could be read ({summary(name, stats)}); see 'pressvakt notices'")
            after_crawl(archive, settings, now=_now, mail_dir=mail_dir, quiet=quiet)
    if failed:
        raise Failure("; ".join(failed))


def _crawl(archive: Archive, settings: Settings, name: str, *, everything: bool, quiet: bool) -> dict[str, int]:
    profile = settings.sites[name]
    plan = plan_of(archive, profile, now=_now())
    stats = crawl_site(
        profile,
        archive,
        contact=settings.contact,
        allow_private=settings.allow_private,
        due=(lambda _: True) if everything else None,
        plan=plan.next_due,
        now=_now,
        quiet=quiet,
    )
    if (site := archive.site(name)) is not None:
        after_run(archive, site, stats, plan, now=_now())
    return stats


class _Chosen:
    """A sender that only remembers: what it is handed is crawled here and now."""

    def __init__(self) -> None:
        self.sites: list[str] = []

    def send(self, unit: Unit, due: Due) -> None:
        """Remember a site."""
        del unit
        self.sites.append(due.site)


def _due(archive: Archive, settings: Settings, names: Sequence[str]) -> list[str]:
    """Those of some sites that are due; when they are due next is settled with that."""
    chosen = _Chosen()
    Ticker(archive, {name: settings.sites[name] for name in names}, chosen).tick(_now())
    return chosen.sites


def _unpaused(archive: Archive, names: Sequence[str], *, named: bool) -> list[str]:
    if named:
        return list(names)
    agenda = entries(archive)
    paused = [name for name in names if name in agenda and agenda[name].paused_at is not None]
    if paused:
        say(f"paused, left out: {', '.join(paused)}; 'pressvakt sites resume' ends that")
    return [name for name in names if name not in paused]


def _named(wanted: Sequence[str] | None, known: Sequence[str]) -> list[str]:
    if not wanted:
        return list(known)
    for name in wanted:
        if name not in known:
            raise Misuse(f"no site {name!r}; known: {', '.join(known) or 'none'}")
    return list(dict.fromkeys(wanted))


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
