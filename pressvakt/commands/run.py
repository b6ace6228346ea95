"""`pressvakt run`: the service, to be left running."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pressvakt.config import load_config
from pressvakt.logging_setup import LogFormat, set_up
from pressvakt.options import Config


def run(
    log_format: Annotated[
        LogFormat, typer.Option("--log-format", help="text for people, json for programs; on standard error.")
    ] = LogFormat.TEXT,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Tell only what is not as it should be.")] = False,
    mail_dir: Annotated[
        Path | None,
        typer.Option("--mail-dir", metavar="FOLDER", help="Keep alerts by mail there as .eml files, send none."),
    ] = None,
    config: Config = None,
) -> None:
    """Watch all sites until stopped: each is crawled when it is due, and who asked for alerts gets them.

    SIGTERM and Ctrl-C end it within ten seconds; what was under way is made up at the next start.
    """
    settings = load_config(config)
    set_up(log_format, quiet=quiet)
    from pressvakt.running import run_service  # noqa: PLC0415 - it brings Scrapy along

    run_service(settings, log=log_format, quiet=quiet, mail_dir=mail_dir)
