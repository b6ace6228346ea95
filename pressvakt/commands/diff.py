"""`pressvakt diff`: what two versions of a release say differently."""

from __future__ import annotations

import datetime as dt
import sys
from enum import StrEnum
from itertools import groupby
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from changes.blocks import Step, StepOp
from changes.differences import difference
from pressvakt.failure import Failure, Misuse
from pressvakt.lookup import find_page, find_version, site_name
from pressvakt.marking import came, gone, in_colour, marked
from pressvakt.opening import reading
from pressvakt.options import Config, Url
from pressvakt.present import as_json, console, hanging, styled
from pressvakt.times import moment, when
from storage.archive import Archive
from storage.objects import difference_object
from storage.records import Page, Version


class View(StrEnum):
    """How a difference is shown."""

    TEXT = "text"  #: words marked inside their sentences, unchanged blocks folded
    JSON = "json"


def diff(
    url: Url,
    versions: Annotated[
        str | None,
        typer.Argument(
            metavar="A..B",
            help="Versions by number or by time (2..4, 2024-05-01..2024-06-01); B alone is compared with the one "
            "before it. The last two where nothing is named.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[View, typer.Option("--format", help="text to read, json for programs.")] = View.TEXT,
    config: Config = None,
) -> None:
    """What two versions of a release say differently.

    Words that went and words that came are marked inside their sentences: in colours on a terminal, else as
    [-old-]{+new+}. Blocks that say the same are folded.
    """
    with reading(config) as archive:
        page = find_page(archive, url)
        before, after = _chosen(archive, page, versions)
        found = difference(before.release, after.release)
        if output is View.JSON:
            value = difference_object(
                site=site_name(archive, page), url=page.url, before=before, after=after, found=found
            )
            sys.stdout.write(as_json(value, indent=2) + "\n")
        else:
            show_difference(page, before, after)


def _chosen(archive: Archive, page: Page, versions: str | None) -> tuple[Version, Version]:
    """The two versions that are meant.

    Raises:
        Failure: there are no two.
        Misuse: `versions` is no range.
    """
    first, dots, last = (versions or "").partition("..")
    if not dots:
        first, last = "", first
    after = _version(archive, page, last)
    if first:
        return _version(archive, page, first), after
    if after.number == 1:
        raise Failure(
            f"{page.url}: version 1 is the first there is, seen from {when(after.first_seen)}; "
            "`pressvakt history URL` lists all"
        )
    return find_version(archive, page, number=after.number - 1, at=None), after


def _version(archive: Archive, page: Page, name: str) -> Version:
    name = name.strip()
    if not name:
        return find_version(archive, page, number=None, at=None)
    if name.isdecimal():
        return find_version(archive, page, number=int(name), at=None)
    try:
        at = moment(name, now=dt.datetime.now(dt.UTC), end=True)
    except ValueError:
        raise Misuse(f"{name!r} names no version; write 2..4, 3, or two times: 2024-05-01..2024-06-01") from None
    return find_version(archive, page, number=None, at=at)


def show_difference(page: Page, before: Version, after: Version) -> None:
    """What two versions say differently, for a person."""
    found = difference(before.release, after.release)
    out = console()
    colour = in_colour(out)
    title = marked(*found.title, colour=colour) if found.title else styled(after.release.title)
    title.stylize_before("bold")
    _print(out, title)
    out.print(styled(page.url, "cyan"))
    seen = f"version {before.number} (seen until {when(before.last_seen)}) → version {after.number} "
    out.print(styled(f"{seen}(from {when(after.first_seen)})", "dim"))
    if found.empty:
        out.print()
        out.print("The two say the same.")
        return
    for name, (old, new) in found.fields.items():
        out.print()
        for line in _field(name, old, new, colour=colour):
            _print(out, line, indent=2)
    for words, old_url, new_url in found.links:
        out.print()
        _print(out, styled("link: ", "dim") + styled(f"{words}: {old_url} → {new_url}"), indent=2)
    if any(step.op is not StepOp.EQUAL for step in found.steps):
        _blocks(out, found.steps, colour=colour)


def _field(name: str, old: list[str], new: list[str], *, colour: bool) -> list[Text]:
    head = styled(f"{name}: ", "dim")
    if len(old) == len(new) == 1 and name not in ("contacts", "notices"):
        arrow = gone(old[0], colour=True) + Text(" → ") + came(new[0], colour=True)
        return [head + arrow]
    if len(old) == len(new) == 1:
        return [head + marked(old[0], new[0], colour=colour)]
    lines = [gone(value, colour=colour) for value in old if value not in new]
    lines += [came(value, colour=colour) for value in new if value not in old]
    return [head + line for line in lines] or [head + styled("in another order")]


def _blocks(out: Console, steps: tuple[Step, ...], *, colour: bool) -> None:
    for equal, run in groupby(steps, key=lambda step: step.op is StepOp.EQUAL):
        blocks = list(run)
        out.print()
        if equal:
            count = len(blocks)
            out.print(styled(f"  ··· {count} block{'s' * (count > 1)} unchanged ···", "dim"))
            continue
        for number, step in enumerate(blocks):
            if number:
                out.print()
            _print(out, _block(step, colour=colour), indent=2, first=_margin(step))


def _block(step: Step, *, colour: bool) -> Text:
    if step.before is not None and step.after is not None:
        return marked(step.before.text, step.after.text, colour=colour)
    if step.after is not None:
        return came(step.after.text, colour=colour)
    return gone(step.before.text if step.before else "", colour=colour)


def _margin(step: Step) -> Text:
    sign = {StepOp.ADDED: ("+ ", "green"), StepOp.REMOVED: ("- ", "red"), StepOp.MOVED: ("> ", "cyan")}
    return styled(*sign.get(step.op, ("~ ", "yellow")))


def _print(out: Console, text: Text, *, indent: int = 0, first: Text | None = None) -> None:
    for line in hanging(out, text, indent=indent, first=first):
        out.print(line)
