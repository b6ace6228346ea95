"""`pressvakt web`: the archive in a browser, and for programs."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Annotated

import typer

from pressvakt.alerting import keep_file
from pressvakt.config import Config as Settings
from pressvakt.config import load_config
from pressvakt.config_web import settings_of
from pressvakt.failure import Failure
from pressvakt.finds import catch_up
from pressvakt.options import Config
from pressvakt.present import say
from pressvakt.webparts import extras
from storage.archive import Archive
from web.app import create_app
from web.server import WebError, address, check, listening, serve_at
from web.settings import WebSettings


def web(
    host: Annotated[
        str | None,
        typer.Option("--host", metavar="ADDRESS", help="Listen at this address of the machine.", show_default=False),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, metavar="N", help="And at this port; 0 is any.", show_default=False),
    ] = None,
    config: Config = None,
) -> None:
    """The archive in a browser, and for programs: pages, API, feeds and Memento. It fetches nothing.

    It serves this machine alone, or whoever signs in ('pressvakt users'). 'pressvakt run' serves it, too.
    """
    settings = load_config(config, crawling=False)
    wanted = _wanted(settings, host, port)
    with Archive.open(settings.database, payloads=settings.payloads) as archive:
        catch_up(archive)
        keep_file(archive, settings, now=_now())
        try:
            check(archive, wanted)
            with listening(wanted) as door:
                app = create_app(archive, wanted, settings.sites, now=_now, alerts=settings.alerts, extras=extras())
                say(f"the web is at {address(door, wanted)}/; Ctrl-C stops it")
                serve_at(app, door)
        except WebError as error:
            raise Failure(str(error)) from None


def _wanted(settings: Settings, host: str | None, port: int | None) -> WebSettings:
    """What the file says, and the command line in its place."""
    found = settings.web or settings_of({}, base_url=settings.alerts.base_url)
    found = replace(found, host=host or found.host)
    return found if port is None else replace(found, port=port)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
