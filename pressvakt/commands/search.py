"""`pressvakt search`: which releases say words, and which lost or gained them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any

import typer

from changes.kinds import Kind
from pressvakt.exporting.parquet import Column
from pressvakt.exporting.tables import Target, target
from pressvakt.failure import Misuse
from pressvakt.finds import catch_up, numbers, shown, signs_of
from pressvakt.marking import in_colour
from pressvakt.objects import CHANGE_COLUMNS
from pressvakt.opening import reading
from pressvakt.options import Config, Force, ListFormat, OneSite, Out, Since, Until, read_time
from pressvakt.present import Format, console, hanging, say, styled
from pressvakt.times import when
from storage.objects import reworded_object, saying_object
from storage.query import NoQuery, parse
from storage.search import Reworded, Saying

#: Columns before a find's text.
INDENT = 4
SAYING_COLUMNS = ("site", "url", "title", "version", "versions", "first_seen", "last_seen", "found")
#: Finds where nobody asked for more.
SCREEN = 20


class Where(StrEnum):
    """Which words are looked at."""

    TEXT = "text"  #: all that releases say or said
    ADDED = "added"  #: what edits brought
    REMOVED = "removed"  #: what edits took away


def search(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="WORDS",
            help='Words, "phrases", the start of a word (minist*), AND, OR, NOT. In a shell: '
            "pressvakt search '\"160 million\" bridge'.",
            show_default=False,
        ),
    ],
    where: Annotated[
        Where, typer.Option("--in", help="text: all that releases say or said; added, removed: by edits.")
    ] = Where.TEXT,
    site: OneSite = None,
    since: Since = None,
    until: Until = None,
    kind: Annotated[
        list[Kind] | None,
        typer.Option(
            "--kind",
            metavar="KIND",
            help=f"In text: versions that such a change led to or took away, may be repeated ({', '.join(Kind)}).",
            show_default=False,
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, metavar="N", help="At most N finds; 0 is all.")] = SCREEN,
    ranked: Annotated[bool, typer.Option("--ranked", help="The most telling first, not the newest.")] = False,
    output: ListFormat = Format.TABLE,
    out: Out = None,
    force: Force = False,
    config: Config = None,
) -> None:
    """Which releases say words, in any of their versions; or which lost or gained them, when, in which sentence.

    All words must be said, newest first. å, ä and ö are letters of their own; capitals do not matter.
    """
    now = dt.datetime.now(dt.UTC)
    start, end = read_time(since, "--since", now=now), read_time(until, "--until", now=now, end=True)
    if kind and where is not Where.TEXT:
        raise Misuse(f"--in {where} looks at what edits did; --kind goes with --in text")
    to = target(output, out, force=force)
    asked = " ".join(words)
    try:
        parse(asked)
    except NoQuery as error:
        raise Misuse(str(error)) from None
    with reading(config, site=site) as archive:
        catch_up(archive)
        shared: dict[str, Any] = {"site": site, "since": start, "until": end, "limit": limit or None, "ranked": ranked}
        if where is Where.TEXT:
            count = _sayings(archive.search(asked, kinds=kind or (), **shared), to)
        else:
            added = where is Where.ADDED
            count = _rewordings(archive.search_changes(asked, added=added, **shared), to, added=added)
    if not to.table:
        return
    if not count:
        say(_nothing(where, narrowed=bool(site or since or until or kind)))
    elif count == limit:
        say(f"{limit} finds are shown; --limit 0 shows all")


def _sayings(found: Iterable[Saying], to: Target) -> int:
    if not to.table:
        to.write(SAYING_COLUMNS, map(saying_object, found), types={"versions": Column.NUMBERS})
        return 0
    out, count = console(), 0
    for count, one in enumerate(found, 1):  # noqa: B007 - the count is the result
        head = styled(f"{when(one.first_seen)}  ", "dim") + styled(one.title or one.url, "bold")
        out.print(head + styled(f"  {one.site}", "dim"))
        for passage in one.passages:
            for line in hanging(out, shown(passage, colour=in_colour(out)), indent=INDENT):
                out.print(line)
        for line in hanging(out, styled(f"{_told_in(one)}  {one.url}", "dim"), indent=INDENT):
            out.print(line)
    return count


def _rewordings(found: Iterable[Reworded], to: Target, *, added: bool) -> int:
    if not to.table:
        objects = (reworded_object(one, added=added) for one in found)
        to.write((*CHANGE_COLUMNS, "found"), objects)
        return 0
    out, count = console(), 0
    signs, style = signs_of(added=added)
    for count, one in enumerate(found, 1):  # noqa: B007 - the count is the result
        change = one.change
        head = styled(f"{when(change.detected_at)}  ", "dim") + styled(change.title or change.url, "bold")
        if change.finding.silent:
            head += styled("  silent", "bold magenta")
        out.print(head + styled(f"  {change.site}", "dim"))
        for passage in one.passages:
            text = shown(passage, colour=in_colour(out), signs=signs, style=style)
            for line in hanging(out, text, indent=INDENT):
                out.print(line)
        words = f"version {change.before} to {change.after}  {change.url}"
        for line in hanging(out, styled(words, "dim"), indent=INDENT):
            out.print(line)
    return count


def _told_in(one: Saying) -> str:
    """How long it was said."""
    span = f"from {when(one.first_seen)} to {when(one.last_seen)}"
    if one.latest == 1:
        return f"said {span}"
    return f"said in version {numbers(one.versions)} of {one.latest}, {span}"


def _nothing(where: Where, *, narrowed: bool) -> str:
    what = {
        Where.TEXT: "no release says that",
        Where.ADDED: "no edit brought that",
        Where.REMOVED: "no edit took that away",
    }[where]
    if narrowed:
        return f"{what} there and then; ask without --site, --since, --until or --kind"
    return f"{what}; the start of a word finds its other forms: minist*"
