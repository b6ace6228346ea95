"""`pressvakt backup`: a copy of the archive, while it is in use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pressvakt.opening import reading
from pressvakt.options import Config
from pressvakt.present import say
from pressvakt.progress import progress
from storage.backup import backup as copy


def backup(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The file to write; it must not exist.", show_default=False)
    ],
    config: Config = None,
) -> None:
    """Copy the archive into FILE, while crawls go on.

    The copy is of one moment, is read through like `pressvakt verify` does, and then is an archive of its own: name it
    in the configuration, or put it in the other's place, to go back to it.
    """
    with reading(config) as archive, progress("backup") as watch:
        made = copy(archive, file, watch=lambda _, done, total: watch(done, total))
    say(f"{made.file}: {made.size / 1e6:.1f} MB, read through and sound, {made.digest}")
