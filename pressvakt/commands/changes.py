"""`pressvakt changes`: what happened to releases."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Annotated

import typer

from changes.compare import FIELDS
from pressvakt.changetable import print_changes
from pressvakt.exporting.tables import target
from pressvakt.failure import Misuse
from pressvakt.objects import CHANGE_COLUMNS, change_object
from pressvakt.opening import reading
from pressvakt.options import (
    Config,
    Fields,
    Force,
    Kinds,
    Labels,
    ListFormat,
    OneSite,
    Out,
    Senders,
    Since,
    Until,
    read_time,
)
from pressvakt.present import Format, say

#: Lines of the table where nobody asked for more: some screens full.
SCREEN = 100


def changes(
    site: OneSite = None,
    kind: Kinds = None,
    since: Since = None,
    until: Until = None,
    match: Annotated[
        str | None,
        typer.Option(
            "--match", metavar="WORDS", help="Of releases that say this, whatever its case.", show_default=False
        ),
    ] = None,
    label: Labels = None,
    field: Fields = None,
    sender: Senders = None,
    url: Annotated[
        str | None, typer.Option("--url", metavar="URL", help="Of this release only.", show_default=False)
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            min=0,
            metavar="N",
            help=f"The newest N; 0 is all. The table shows {SCREEN} where nothing is said, the others all.",
            show_default=False,
        ),
    ] = None,
    output: ListFormat = Format.TABLE,
    out: Out = None,
    force: Force = False,
    config: Config = None,
) -> None:
    """What happened to releases, oldest first.

    The table folds a site's first crawl and each wave of changes with one cause into one line; jsonl, csv and parquet
    have every change.
    """
    now = dt.datetime.now(dt.UTC)
    start, end = read_time(since, "--since", now=now), read_time(until, "--until", now=now, end=True)
    if unknown := sorted(set(field or ()) - set(FIELDS)):
        raise Misuse(f"--field: no field {unknown[0]!r}; known: {', '.join(FIELDS)}")
    to = target(output, out, force=force)
    narrowed = any(value is not None for value in (kind, start, end, match, label, field, sender, url))
    with reading(config, site=site) as archive:
        ask = partial(
            archive.changes,
            site=site,
            kinds=kind or (),
            since=start,
            until=end,
            match=match,
            labels=label or (),
            fields=field or (),
            senders=sender or (),
            url=url,
        )
        if to.table:
            wanted = SCREEN if limit is None else limit or None
            if print_changes(archive, ask(), limit=wanted):
                return
            say(_nothing(narrowed=narrowed, crawled=any(archive.crawls(limit=1))))
            return
        found = reversed(list(ask(limit=limit, newest_first=True))) if limit else ask()
        to.write(CHANGE_COLUMNS, map(change_object, found))


def _nothing(*, narrowed: bool, crawled: bool) -> str:
    if not crawled:
        return "nothing is kept yet; `pressvakt crawl SITE` makes a start, `pressvakt sites` lists what may be crawled"
    if narrowed:
        return "no change fits; `pressvakt changes` without options shows all"
    return "no changes yet; the next `pressvakt crawl SITE` compares with what is kept"
