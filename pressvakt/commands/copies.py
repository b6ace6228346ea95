"""`pressvakt copies`: the same release at other addresses, and what each says that the other does not."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from changes.copies import Versus, versus
from changes.release import Translation
from pressvakt.exporting.tables import target
from pressvakt.finds import catch_up
from pressvakt.lookup import find_page, find_version
from pressvakt.marking import came, gone, in_colour, marked
from pressvakt.opening import reading
from pressvakt.options import Config, Force, ListFormat, Out, Url, read_time
from pressvakt.present import Format, console, hanging, say, styled
from pressvakt.times import iso
from storage.archive import Archive
from storage.copies import Copy, find_copies
from storage.records import Page, Version

COLUMNS = (
    "share", "site", "url", "title", "version", "first_seen", "last_seen", "sentences", "only_here", "only_there"
)  # fmt: skip
INDENT = 4


def copies(
    url: Url,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="As it was then, not as it is now.", show_default=False),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="N", help="At most N copies.")] = 10,
    output: ListFormat = Format.TABLE,
    out: Out = None,
    force: Force = False,
    config: Config = None,
) -> None:
    """The same release at other addresses or sites, and what each says that the other does not.

    The most alike first. Sentences only found here are marked as [-…-], those only found there as {+…+}.
    """
    time = read_time(at, "--at", now=dt.datetime.now(dt.UTC), end=True)
    to = target(output, out, force=force)
    with reading(config) as archive:
        catch_up(archive)
        page = find_page(archive, url)
        version = find_version(archive, page, number=None, at=time)
        found = find_copies(archive, version, limit=limit)
        twins = [_twin(archive, one) for one in version.release.translations] if to.table else []
    for twin in twins:
        console().print(twin)
    if not to.table:
        to.write(COLUMNS, (_object(page, version, copy) for copy in found))
    elif not found:
        say(f"no other release says much of what {page.url} says")
    else:
        terminal = console()
        for copy in found:
            _table(terminal, version, copy)


def _twin(archive: Archive, translation: Translation) -> Text:
    """A line about the same release in another language, with its title where that page is watched, too."""
    pages = archive.find_page(translation.url)
    version = archive.latest(pages[0].id) if pages else None
    title = version.release.title if version is not None else "not watched"
    return styled(f"in {translation.language}: ", "dim") + styled(title, "bold") + styled(f"  {translation.url}", "dim")


def _table(out: Console, version: Version, copy: Copy) -> None:
    found = versus(version.release, copy.version.release)
    head = styled(f"{copy.share:4.0%}  ", "dim") + styled(copy.version.release.title or copy.url, "bold")
    out.print(head + styled(f"  {copy.site}", "dim"))
    _line(out, styled(f"version {copy.version.number}, {found.shared} sentences in common  {copy.url}", "dim"))
    colour = in_colour(out)
    if version.release.title != copy.version.release.title:
        _line(out, styled("title: ", "dim") + marked(version.release.title, copy.version.release.title, colour=colour))
    for step in found.steps:
        if step.before and step.after:
            _line(out, marked(step.before.text, step.after.text, colour=colour))
        elif step.before:
            _line(out, gone(step.before.text, colour=colour))
        elif step.after:
            _line(out, came(step.after.text, colour=colour))
    out.print()


def _line(out: Console, text: Text) -> None:
    for line in hanging(out, text, indent=INDENT):
        out.print(line)


def _object(page: Page, version: Version, copy: Copy) -> dict[str, Any]:
    found: Versus = versus(version.release, copy.version.release)
    return {
        "of": page.url,
        "of_version": version.number,
        "share": copy.share,
        "site": copy.site,
        "url": copy.url,
        "title": copy.version.release.title,
        "version": copy.version.number,
        "first_seen": iso(copy.version.first_seen),
        "last_seen": iso(copy.version.last_seen),
        "sentences": found.shared,
        "only_here": list(found.only_first),
        "only_there": list(found.only_second),
        "reworded": [{"here": here, "there": there} for here, there in found.reworded],
    }
