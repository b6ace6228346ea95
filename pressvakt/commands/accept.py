"""`pressvakt accept`: believe what was held until a person looked at it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from crawler.accepting import Held, held
from crawler.accepting import accept as believe
from pressvakt.alerting import after_crawl, keep_file
from pressvakt.config import load_config
from pressvakt.failure import Misuse
from pressvakt.options import Config
from pressvakt.planning import plan_of
from pressvakt.present import console, say, styled
from pressvakt.times import when
from storage.archive import Archive

#: Pages that are named where nobody asked for all.
SHOWN = 20


def accept(
    site: Annotated[str, typer.Argument(metavar="SITE", help="Which site.", show_default=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be accepted.")] = False,
    everything: Annotated[bool, typer.Option("--list", help="Name all pages, not the first few.")] = False,
    config: Config = None,
) -> None:
    """Accept what is held of a site: removals of many pages at once, and a layout that moved.

    'pressvakt notices' shows what is held, and why. Who asked to hear of removals is told of those that are accepted.
    """
    settings = load_config(config, crawling=False)
    if site not in settings.sites:
        raise Misuse(f"no site {site!r}; known: {', '.join(settings.sites) or 'none'}")
    profile = settings.sites[site]
    with Archive.open(settings.database, payloads=settings.payloads) as archive:
        known = archive.site(site)
        if known is None or not (found := held(archive, known, profile)):
            say(f"{site}: nothing is held")
            return
        _show(found, every=everything)
        if dry_run:
            say(f"{site}: nothing was accepted; run it without --dry-run to accept this")
            return
        keep_file(archive, settings, now=_now())
        plan = plan_of(archive, profile, now=_now())
        done = believe(archive, profile, now=_now, clock=_now, plan=plan.next_due)
        say(f"{site}: accepted; {len(done.removals)} pages count as removed")
        after_crawl(archive, settings, now=_now, mail_dir=None, quiet=False)


def _show(found: Held, *, every: bool) -> None:
    out = console()
    for notice in found.notices:
        out.print(styled(f"{when(notice.at)}  ", "dim") + styled(f"{notice.kind}  ", "yellow") + styled(notice.text))
    shown = found.removals if every else found.removals[:SHOWN]
    for page in shown:
        since = f", missing since {when(page.missing_since)}" if page.missing_since else ""
        out.print(styled(f"  {page.url} ") + styled(f"({page.status}{since})", "dim"))
    if len(shown) < len(found.removals):
        out.print(styled(f"  and {len(found.removals) - len(shown)} more; --list names them", "dim"))


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
