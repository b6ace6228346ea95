"""`pressvakt diff`: what two versions of a release say differently."""

from __future__ import annotations

import datetime as dt
import sys
from enum import StrEnum
from itertools import groupby
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from changes.blocks import Step, StepOp
from changes.words import diff_words
from pressvakt.differences import Difference, block_objects, difference
from pressvakt.failure import Failure, Misuse
from pressvakt.lookup import find_page, find_version, site_name
from pressvakt.marking import came, gone, in_colour, marked
from pressvakt.opening import reading
from pressvakt.options import Config, Url
from pressvakt.present import as_json, console, hanging, styled
from pressvakt.times import iso, moment, when
from storage.archive import Archive
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
            sys.stdout.write(as_json(_object(site_name(archive, page), page, before, after, found), indent=2) + "\n")
        else:
            _text(page, before, after, found)


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


def _object(site: str, page: Page, before: Version, after: Version, found: Difference) -> dict[str, Any]:
    return {
        "site": site,
        "url": page.url,
        "before": {"version": before.number, "first_seen": iso(before.first_seen), "last_seen": iso(before.last_seen)},
        "after": {"version": after.number, "first_seen": iso(after.first_seen), "last_seen": iso(after.last_seen)},
        "kinds": [str(finding.kind) for finding in found.findings],
        "title": None
        if found.title is None
        else {
            "before": found.title[0],
            "after": found.title[1],
            "words": [{"op": str(span.op), "text": span.text} for span in diff_words(*found.title)],
        },
        "fields": {name: {"before": old, "after": new} for name, (old, new) in found.fields.items()},
        "blocks": block_objects(found.steps),
        "links": [{"text": words, "before": old, "after": new} for words, old, new in found.links],
    }


def _text(page: Page, before: Version, after: Version, found: Difference) -> None:
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
