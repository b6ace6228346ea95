"""Options that several commands share, so that they read the same everywhere."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from changes.compare import FIELDS
from changes.kinds import Kind
from changes.labels import Label
from pressvakt.failure import Misuse
from pressvakt.present import Format
from pressvakt.times import moment

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        envvar="PRESSVAKT_CONFIG",
        metavar="FILE",
        help="The configuration; pressvakt.toml in the working directory where none is named.",
        show_default=False,
    ),
]
ListFormat = Annotated[
    Format, typer.Option("--format", help="table for people; jsonl, csv or parquet (with --out) for programs.")
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="FILE", help="Write jsonl, csv or parquet there, whole or not at all.", show_default=False
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the file of --out.")]
Url = Annotated[
    str, typer.Argument(metavar="URL", help="The address of a release, present or former.", show_default=False)
]
OneSite = Annotated[str | None, typer.Option("--site", metavar="NAME", help="Of this site only.", show_default=False)]
Kinds = Annotated[
    list[Kind] | None,
    typer.Option(
        "--kind",
        metavar="KIND",
        help=f"Of this kind only, may be repeated: {', '.join(Kind)}.",
        show_default=False,
    ),
]
Labels = Annotated[
    list[Label] | None,
    typer.Option(
        "--label",
        metavar="LABEL",
        help=f"Edits about this only, may be repeated: {', '.join(Label)}.",
        show_default=False,
    ),
]
Fields = Annotated[
    list[str] | None,
    typer.Option(
        "--field",
        metavar="FIELD",
        help=f"Edits of this part only, may be repeated: {', '.join(FIELDS)}.",
        show_default=False,
    ),
]
Senders = Annotated[
    list[str] | None,
    typer.Option(
        "--sender",
        metavar="NAME",
        help="Of releases with this in a sender's name, whatever its case; may be repeated.",
        show_default=False,
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="TIME",
        help="From then on: 5d (ago), 12h, 2024-05-03, 2024-05-03T14:30 (this machine's zone) or with a zone.",
        show_default=False,
    ),
]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="TIME", help="Up to then; a date counts whole.", show_default=False),
]


def read_time(text: str | None, option: str, *, now: dt.datetime, end: bool = False) -> dt.datetime | None:
    """The moment that an option names, in UTC; None where it was not given.

    Raises:
        Misuse: the text is no time.
    """
    if text is None:
        return None
    try:
        return moment(text, now=now, end=end)
    except ValueError as error:
        raise Misuse(f"{option}: {error}") from None
