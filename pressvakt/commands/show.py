"""`pressvakt show`: one version of a release, whole."""

from __future__ import annotations

import datetime as dt
import re
import sys
from enum import StrEnum
from typing import Annotated

import typer

from pressvakt.failure import Failure, Misuse
from pressvakt.lookup import find_page, find_version, site_name
from pressvakt.objects import release_object
from pressvakt.opening import reading
from pressvakt.options import Config, Url, read_time
from pressvakt.origins import origin_object
from pressvakt.present import as_json, console, hanging, styled
from pressvakt.renderings import as_html, as_text
from pressvakt.times import when
from storage.archive import Archive
from storage.imports import page_origins
from storage.records import Page, PageState, Version


class View(StrEnum):
    """How a version is shown."""

    TEXT = "text"  #: to read
    JSON = "json"  #: all fields
    HTML = "html"  #: a page made from the release, not the publisher's
    RAW = "raw"  #: the bytes as the site sent them


#: What a terminal would obey in the bytes of a page.
_STEERING = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def show(
    url: Url,
    at: Annotated[
        str | None,
        typer.Option(
            "--at", metavar="TIME", help="As it was then: 2024-05-03, 2024-05-03T14:30, 5d.", show_default=False
        ),
    ] = None,
    version: Annotated[
        int | None, typer.Option("--version", min=1, metavar="N", help="That version.", show_default=False)
    ] = None,
    output: Annotated[
        View, typer.Option("--format", help="text to read, json with all fields, html made safe, raw bytes as sent.")
    ] = View.TEXT,
    config: Config = None,
) -> None:
    """What a release says, now or at a time."""
    if at is not None and version is not None:
        raise Misuse("--at and --version name one version each; give one of them")
    # a day means its end: what the page said when that day was over
    time = read_time(at, "--at", now=dt.datetime.now(dt.UTC), end=True)
    with reading(config) as archive:
        page = find_page(archive, url)
        chosen = find_version(archive, page, number=version, at=time)
        if output is View.RAW:
            _raw(archive, chosen)
        elif output is View.JSON:
            _json(archive, page, chosen)
        elif output is View.HTML:
            sys.stdout.write(as_html(chosen.release, url=page.url, note=_note(page, chosen)) + "\n")
        else:
            _text(page, chosen)


def _text(page: Page, version: Version) -> None:
    out = console()
    out.print(styled(_note(page, version), "dim"))
    out.print(styled(page.url, "dim"))
    out.print()
    for indent, text in as_text(version.release):
        for number, line in enumerate(hanging(out, text, indent=indent)):
            out.print(line[indent:] if number == 0 else line)


def _json(archive: Archive, page: Page, version: Version) -> None:
    snapshot = archive.snapshot(version.snapshot_id)
    value = release_object(version, site=site_name(archive, page), url=page.url, snapshot=snapshot)
    if snapshot is not None:
        value["snapshot"]["origin"] = origin_object(page_origins(archive, page.id).get(snapshot.id))
    sys.stdout.write(as_json({**value, "state": str(page.state)}, indent=2) + "\n")


def _raw(archive: Archive, version: Version) -> None:
    snapshot = archive.snapshot(version.snapshot_id)
    if snapshot is None:
        raise Failure(f"version {version.number} has lost its snapshot; `pressvakt verify` looks the archive over")
    body = archive.payload(snapshot.digest)
    if sys.stdout.isatty() and _STEERING.search(body):
        raise Failure("these bytes could steer your terminal; send them to a file: … --format raw > page.html")
    sys.stdout.buffer.write(body)


def _note(page: Page, version: Version) -> str:
    newest = page.version or version.number
    state = "" if page.state is PageState.LIVE else f" · the page is {page.state}"
    seen = f"seen from {when(version.first_seen)} to {when(version.last_seen)}"
    return f"version {version.number} of {newest}, {seen}{state}"
