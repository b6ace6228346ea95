"""`pressvakt top`: the words that vanished, or appeared, most."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import typer

from pressvakt.exporting.tables import target
from pressvakt.failure import Misuse
from pressvakt.finds import catch_up
from pressvakt.opening import reading
from pressvakt.options import Config, Force, ListFormat, OneSite, Out, Since, Until, read_time
from pressvakt.present import Format, console, say, styled
from storage.archive import Archive
from storage.search import TopWord

COLUMNS = ("word", "releases", "times", "example")


def top(
    removed: Annotated[bool, typer.Option("--removed", help="Words that edits took away.")] = False,
    added: Annotated[bool, typer.Option("--added", help="Words that edits brought.")] = False,
    site: OneSite = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="N", help="So many words.")] = 20,
    output: ListFormat = Format.TABLE,
    out: Out = None,
    force: Force = False,
    config: Config = None,
) -> None:
    """The words that most releases lost (or gained) by edits.

    Words that say nothing by themselves ("och", "the"), numbers and single letters are left out.
    """
    if added == removed:
        raise Misuse("say which words: --removed or --added")
    now = dt.datetime.now(dt.UTC)
    start, end = read_time(since, "--since", now=now), read_time(until, "--until", now=now, end=True)
    to = target(output, out, force=force)
    with reading(config, site=site) as archive:
        catch_up(archive)
        found = archive.top_words(added=added, site=site, since=start, until=end, limit=limit)
        if to.table:
            _table(found)
            if not found:
                say(f"no edit {'brought' if added else 'took away'} any word then")
            return
        objects = [_object(archive, one) for one in found]
    to.write(COLUMNS, objects)


def _table(found: list[TopWord]) -> None:
    if not found:
        return
    out = console()
    width = max(len(one.word) for one in found)
    out.print(styled(f"{'releases':>8}  {'times':>6}  word", "dim"))
    for one in found:
        out.print(styled(f"{one.releases:>8}  {one.times:>6}  ") + styled(f"{one.word:<{width}}".rstrip(), "bold"))


def _object(archive: Archive, one: TopWord) -> dict[str, Any]:
    page = archive.page_by_id(one.example)
    return {"word": one.word, "releases": one.releases, "times": one.times, "example": page.url if page else None}
