"""`pressvakt crawl`: fetch and read sites now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from pressvakt.alerting import after_crawl, keep_file
from pressvakt.config import load_config
from pressvakt.crawling import crawl_site, nothing_read, summary
from pressvakt.failure import Failure, Misuse
from pressvakt.options import Config
from pressvakt.present import say
from scheduler.plan import is_due
from storage.archive import Archive
from storage.errors import UnderWay


def crawl(
    sites: Annotated[
        list[str] | None, typer.Argument(metavar="SITE…", help="Which sites; all of them where none is named.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Visit every known page, due or not.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing unless something fails.")] = False,
    mail_dir: Annotated[
        Path | None,
        typer.Option("--mail-dir", metavar="FOLDER", help="Keep alerts by mail there as .eml files, send none."),
    ] = None,
    config: Config = None,
) -> None:
    """Fetch sites now: their lists, the pages that are due, and what is new. Who asked for alerts gets them."""
    settings = load_config(config)
    failed: list[str] = []
    with Archive.open(settings.database, payloads=settings.payloads) as archive:
        keep_file(archive, settings, now=_now())
        for name in _named(sites, list(settings.sites)):
            try:
                stats = crawl_site(
                    settings.sites[name],
                    archive,
                    contact=settings.contact,
                    allow_private=settings.allow_private,
                    due=(lambda _: True) if everything else lambda page: is_due(page, _now()),
                    now=_now,
                    quiet=quiet,
                )
            except UnderWay as error:
                failed.append(str(error))  # the other sites are not
                continue
            if not quiet:
                say(summary(name, stats))
            if nothing_read(stats):
                failed.append(f"{name}: nothing could be read ({summary(name, stats)}); see 'pressvakt notices'")
            after_crawl(archive, settings, now=_now, mail_dir=mail_dir, quiet=quiet)
    if failed:
        raise Failure("; ".join(failed))


def _named(wanted: Sequence[str] | None, known: Sequence[str]) -> list[str]:
    if not wanted:
        return list(known)
    for name in wanted:
        if name not in known:
            raise Misuse(f"no site {name!r}; known: {', '.join(known) or 'none'}")
    return list(dict.fromkeys(wanted))


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
