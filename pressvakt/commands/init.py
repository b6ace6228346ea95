"""`pressvakt init`: a configuration to start from."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from pressvakt.config import FILE
from pressvakt.failure import Misuse
from pressvakt.present import clean, say

_CONFIG = """\
# Pressvakt: what this installation is set to. docs/reference/settings.md describes every key.
# Secrets do not belong here: they come from the environment (PRESSVAKT_…).

# Who watches. The sites get to see it in our User-Agent, so that they can reach you.
# Put your own e-mail or https address here: nothing is crawled with this one.
contact = "you@example.org"

[storage]
# One SQLite file, beside this one. PRESSVAKT_DATABASE takes its place where it is set.
database = "sqlite:///pressvakt.db"

[network]
# Private addresses that may be asked all the same, as on a test site: ["127.0.0.1", "10.1.0.0/16"]
allow_private = []
"""

_SITE = """\
# A site under watch: its name is the name of this file. docs/reference/profile.md describes every key.

# Everything that is not said here is said by a profile that comes with Pressvakt.
extends = "regeringen.se"

[crawl]
# Seconds between two requests. robots.txt may ask for more, and gets it.
delay = "2s"

[wording]
# Entries under KEY_also are put before the inherited ones; entries under KEY take their place.
kinds_also = ["Nyhet"]
"""

#: What is written, by its path below the folder.
_FILES = {FILE: _CONFIG, "sites/regeringen.se.toml": _SITE}


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where to; made if it is not there.", show_default="this folder")
    ] = Path(),
) -> None:
    """Write a configuration to start from: pressvakt.toml, and sites/ with one example."""
    paths = {folder / name: text for name, text in _FILES.items()}
    for path in (folder, folder / "sites"):
        if path.exists() and not path.is_dir():
            raise Misuse(f"{path} is a file; name a folder. Nothing was written")
    for path in paths:
        if path.exists() or path.is_symlink():
            raise Misuse(f"{path} is there already; nothing was written. Name another folder, or move it away")
    (folder / "sites").mkdir(parents=True, exist_ok=True)
    for path, text in paths.items():
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        sys.stdout.write(clean(str(path)) + "\n")
    say(f"next: put your own address into 'contact' in {folder / FILE}")
    there = "" if folder.resolve() == Path.cwd() else f"in {folder}: "
    say(f"then, {there}'pressvakt sites' lists what is watched, 'pressvakt crawl' makes the first visit")
