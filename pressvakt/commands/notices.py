"""`pressvakt notices`: what happened to the sites themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Annotated

import typer

from changes.kinds import SiteNotice
from pressvakt.exporting.tables import target
from pressvakt.objects import NOTICE_COLUMNS, notice_object
from pressvakt.opening import reading
from pressvakt.options import Config, Force, ListFormat, OneSite, Out, Since, read_time
from pressvakt.present import Format, console, hanging, say, styled
from pressvakt.times import when
from storage.records import Notice

_STYLES = {SiteNotice.RECOVERED: "green", SiteNotice.GAP: "yellow", SiteNotice.LAYOUT_CHANGED: "yellow"}


def notices(
    site: OneSite = None,
    kind: Annotated[
        list[SiteNotice] | None,
        typer.Option(
            "--kind",
            metavar="KIND",
            help=f"Of this kind only, may be repeated: {', '.join(SiteNotice)}.",
            show_default=False,
        ),
    ] = None,
    since: Since = None,
    output: ListFormat = Format.TABLE,
    out: Out = None,
    force: Force = False,
    config: Config = None,
) -> None:
    """What happened to sites, not to releases.

    Outages, blocks, redesigns, removals that are held, lists that were too short; oldest first.
    """
    now = dt.datetime.now(dt.UTC)
    start = read_time(since, "--since", now=now)
    to = target(output, out, force=force)
    with reading(config, site=site) as archive:
        found = archive.notices(site=site, kinds=kind or (), since=start)
        if not to.table:
            to.write(NOTICE_COLUMNS, map(notice_object, found))
        elif not _table(found):
            say(
                "no notices: nothing went wrong with the sites"
                + (" that was asked for" if site or kind or since else "")
            )


def _table(found: Iterable[Notice]) -> int:
    out, count = console(), 0
    for count, notice in enumerate(found, 1):  # noqa: B007 - the count is the result
        name = f"{notice.kind} from {notice.about}" if notice.about else str(notice.kind)
        head = styled(f"{when(notice.at):>22}  ", "dim") + styled(f"{notice.site}  ", "bold")
        head += styled(name, _STYLES.get(notice.kind, "red"))
        out.print(head)
        for line in hanging(out, styled(notice.text), indent=24):
            out.print(line)
    return count
