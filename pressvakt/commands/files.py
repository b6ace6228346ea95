"""`pressvakt files`: the files that a release offers, edition by edition."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import typer
from rich.table import Table

from changes.document import document_release
from pressvakt.commands.diff import show_difference
from pressvakt.exporting.parquet import Column
from pressvakt.exporting.tables import target
from pressvakt.failure import Failure, Misuse
from pressvakt.lookup import find_page, site_name
from pressvakt.opening import reading
from pressvakt.options import Config, Force, ListFormat, Out, Url
from pressvakt.present import Format, console, say, styled
from pressvakt.times import iso, when
from storage.archive import Archive
from storage.editions import Edition, file_editions
from storage.records import Page, Version

COLUMNS = (
    "site", "url", "file", "edition", "digest", "size", "media_type", "first_seen", "last_seen", "visits", "kept",
    "problem",
)  # fmt: skip


def files(
    url: Url,
    file: Annotated[
        str | None,
        typer.Option(
            "--file", metavar="FILE", help="This file only: its address, or the end of it.", show_default=False
        ),
    ] = None,
    diff: Annotated[
        str | None,
        typer.Option(
            "--diff",
            metavar="A..B",
            help="What two editions say differently; `last` for the last two.",
            show_default=False,
        ),
    ] = None,
    raw: Annotated[
        int | None, typer.Option("--raw", min=1, metavar="N", help="The bytes of an edition.", show_default=False)
    ] = None,
    text: Annotated[
        int | None, typer.Option("--text", min=1, metavar="N", help="The text of an edition.", show_default=False)
    ] = None,
    output: ListFormat = Format.TABLE,
    out: Out = None,
    force: Force = False,
    config: Config = None,
) -> None:
    """The files that a release offers: all editions that were seen of each, their text, and what differs in it."""
    if sum(option is not None for option in (diff, raw, text)) > 1:
        raise Misuse("--diff, --raw and --text each show something else; give one of them")
    to = target(output, out, force=force)
    with reading(config) as archive:
        page = find_page(archive, url)
        found = file_editions(archive, page.id)
        chosen = found if file is None else _of(found, file)
        if raw is not None:
            _raw(archive, _edition(_one_file(chosen), raw))
        elif text is not None:
            _text(_edition(_one_file(chosen), text))
        elif diff is not None:
            _diff(archive, page, _one_file(chosen), diff)
        elif not to.table:
            site = site_name(archive, page)
            to.write(
                COLUMNS,
                (_object(site, page, one) for one in chosen),
                types={"edition": Column.NUMBER, "size": Column.NUMBER, "visits": Column.NUMBER, "kept": Column.TRUTH},
            )
        elif chosen:
            _table(chosen)
        else:
            say(f"no file of {page.url} was kept yet")


def _of(found: Sequence[Edition], file: str) -> list[Edition]:
    """The editions of the file that is meant."""
    exact = [one for one in found if one.url == file]
    chosen = exact or [one for one in found if one.url.endswith(file)]
    if not chosen:
        known = ", ".join(dict.fromkeys(one.url for one in found)) or "none"
        raise Failure(f"the release offers no file {file!r}; known: {known}")
    return chosen


def _one_file(found: Sequence[Edition]) -> Sequence[Edition]:
    addresses = list(dict.fromkeys(one.url for one in found))
    if not addresses:
        raise Failure("no file of this release was kept yet")
    if len(addresses) > 1:
        raise Misuse(f"which of its files? name one with --file: {', '.join(addresses)}")
    return found


def _edition(found: Sequence[Edition], number: int) -> Edition:
    edition = next((one for one in found if one.number == number), None)
    if edition is None:
        raise Failure(f"{found[0].url} has no edition {number}; there are {len(found)}")
    return edition


def _raw(archive: Archive, edition: Edition) -> None:
    if not edition.kept:
        raise Failure(f"{edition.url}: the bytes of edition {edition.number} were not kept ([attachments] keep)")
    body = archive.payload(edition.digest)
    if sys.stdout.isatty():
        raise Failure("these bytes are no text for a terminal; send them to a file: … --raw 1 > file.pdf")
    sys.stdout.buffer.write(body)


def _text(edition: Edition) -> None:
    if edition.paragraphs is None:
        raise Failure(f"{edition.url}: edition {edition.number} has no text: {edition.problem}")
    out = console()
    for paragraph in edition.paragraphs:
        out.print(styled(paragraph))
        out.print()


def _diff(archive: Archive, page: Page, found: Sequence[Edition], wanted: str) -> None:
    first, dots, last = wanted.partition("..")
    if wanted == "last":
        if len(found) < 2:
            raise Failure(f"{found[0].url}: one edition is all that was seen")
        before, after = found[-2], found[-1]
    elif dots and first.isdecimal() and last.isdecimal():
        before, after = _edition(found, int(first)), _edition(found, int(last))
    else:
        raise Misuse(f"{wanted!r} names no editions; write 1..2, or last")
    versions = [_version(archive, page, one) for one in (before, after)]
    show_difference(replace(page, url=before.url), *versions)


def _version(archive: Archive, page: Page, edition: Edition) -> Version:
    """An edition as if the file were a page of its own."""
    if edition.paragraphs is None:
        raise Failure(f"{edition.url}: edition {edition.number} has no text: {edition.problem}")
    latest = archive.latest(page.id)
    offered = latest.release.attachments if latest else ()
    name = next((one.name for one in offered if one.url == edition.url), edition.url.rpartition("/")[2])
    language = latest.release.language if latest else None
    return Version(
        id=edition.id,
        page_id=page.id,
        number=edition.number,
        snapshot_id=0,
        first_seen=edition.first_seen,
        last_seen=edition.last_seen,
        visits=edition.visits,
        digest=edition.digest,
        rules="file",
        release=document_release(name, edition.paragraphs, language),
    )


def _table(found: Sequence[Edition]) -> None:
    out = console()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading, right in (("edition", True), ("seen", False), ("bytes", True), ("text", False)):
        table.add_column(heading, justify="right" if right else "left", overflow="fold")
    last = ""
    for one in found:
        if one.url != last:
            table.add_row("", styled(one.url, "cyan"), "", "")
            last = one.url
        words = sum(len(paragraph.split()) for paragraph in one.paragraphs or ())
        text = f"{words} words" if one.paragraphs is not None else one.problem or ""
        table.add_row(
            str(one.number), f"{when(one.first_seen)} to {when(one.last_seen)}", f"{one.size:,}", styled(text)
        )
    out.print(table)


def _object(site: str, page: Page, edition: Edition) -> dict[str, Any]:
    return {
        "site": site,
        "url": page.url,
        "file": edition.url,
        "edition": edition.number,
        "digest": edition.digest,
        "size": edition.size,
        "media_type": edition.media_type,
        "first_seen": iso(edition.first_seen),
        "last_seen": iso(edition.last_seen),
        "visits": edition.visits,
        "kept": edition.kept,
        "problem": edition.problem,
    }
