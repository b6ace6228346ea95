"""`pressvakt archive`: the archive as a whole, and where it is kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote

import typer

from crawler.reading.toml_faults import FaultsError, Node
from pressvakt.config import DATABASE_VARIABLE, load_config
from pressvakt.config_values import database, payloads_place
from pressvakt.failure import Failure, Misuse
from pressvakt.opening import alone
from pressvakt.options import Config
from pressvakt.present import say
from pressvakt.progress import progress
from storage.archive import Archive
from storage.copying import copy_archive
from storage.inspection import verify

app = typer.Typer(
    help="Move the whole archive to another place.", no_args_is_help=True, rich_markup_mode=None, add_completion=False
)
#: Takes the place of `--to`: the only place for an address with a password in it.
TARGET_VARIABLE = "PRESSVAKT_COPY_TO"


@app.callback()
def _archive() -> None:
    pass


@app.command("copy")
def copy(
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="ADDRESS",
            help=f"Where to: sqlite:///FILE.db or postgresql://HOST/NAME. With a password in it, as {TARGET_VARIABLE}.",
            show_default=False,
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="ADDRESS", help="From there; the configuration's archive where not given."),
    ] = None,
    payloads: Annotated[
        str | None,
        typer.Option(
            metavar="PLACE", help="Where the copy keeps its payloads: a folder or s3://…; in its database by default."
        ),
    ] = None,
    config: Config = None,
) -> None:
    """Copy the archive, with every id and every time, into another database, and see that all is there.

    Works in either direction. The target must be empty, or the copy of this archive that was cut short: that goes on
    where it was. Nobody writes into the archive meanwhile. At the end every table is read on both sides and compared,
    and every payload of the copy is unpacked. The archive itself stays as it is: name the copy in the configuration to
    use it.
    """
    target = _address(to, TARGET_VARIABLE, "--to")
    if target is None:
        raise Misuse("say where to: --to postgresql://HOST/NAME or --to sqlite:///FILE.db")
    place = (
        None
        if payloads is None
        else payloads_place(Node(file="--payloads", line=0, column=0, key="", value=payloads), Path.cwd())
    )
    given = _address(source, None, "--from")
    if given is None:
        settings = load_config(config, crawling=False)
        given, kept = settings.database, settings.payloads
    else:
        kept = None
    if given.startswith("sqlite") and not Path(_file(given)).is_file():
        raise Misuse(f"there is no archive at {_file(given)} to copy")
    with Archive.open(given, payloads=kept) as archive:
        with alone(archive, [site.name for site in archive.sites()]):
            pass  # no crawl is under way; from here on nobody gets to write
        with progress("copy") as watch:
            copied = copy_archive(archive, target, payloads=place, watch=lambda _, done, total: watch(done, total))
    with Archive.open(target) as copy_of, progress("verify") as watch:
        wrong = next(verify(copy_of, watch=watch), None)
    if wrong is not None:
        raise Failure(f"copied, but not sound ({wrong}); `pressvakt verify` names all that is wrong in the archive")
    say(
        f"{copied.rows} rows of {len(copied.tables)} tables copied, compared and verified; to use the copy, name it in "
        f"pressvakt.toml below [storage], or in {DATABASE_VARIABLE}"
    )


def _file(address: str) -> str:
    """The path in the address of an SQLite file."""
    return unquote(address.partition(":///")[2].partition("?")[0])


def _address(given: str | None, variable: str | None, option: str) -> str | None:
    """The address that an option, or a variable of the environment, names."""
    secret = os.environ.get(variable) if variable else None
    value = given or secret
    if value is None:
        return None
    node = Node(file=option if given else str(variable), line=0, column=0, key="", value=value)
    try:
        return database(node, Path.cwd(), secret=given is None)
    except FaultsError as error:
        raise Misuse(str(error).replace(DATABASE_VARIABLE, variable or DATABASE_VARIABLE)) from None
