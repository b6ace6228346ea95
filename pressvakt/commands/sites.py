"""`pressvakt sites`: what is watched, and below it: what a profile reads from a page; pausing, and what is due."""

from __future__ import annotations

import datetime as dt
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from crawler.items import Fetch
from crawler.reading.addresses import identify, same_site
from crawler.reading.profile_files import ProfileError, load_profile, profile_names, shipped_folder
from crawler.reading.profiles import SiteProfile
from pressvakt import agenda, options
from pressvakt.adding import add
from pressvakt.config import FILE, Config, ConfigError, load_config
from pressvakt.exporting import tables
from pressvakt.exporting.parquet import Column
from pressvakt.failure import Failure, Misuse
from pressvakt.present import Format, as_json, console, say, styled
from pressvakt.quieting import noise
from pressvakt.repairing import repair
from pressvakt.site_reading import read_page, reading_object, reading_table

COLUMNS = ("name", "title", "base_url", "language", "time_zone", "lists", "rules", "delay")
#: A saved page is a page; whatever is larger is none.
_LARGEST = 50 * 1024 * 1024

#: `pressvakt sites` and what stands below it.
app = typer.Typer(help="What is watched.", rich_markup_mode=None, invoke_without_command=True)
app.command("add")(add)
app.command("repair")(repair)
app.command("noise")(noise)


class View(StrEnum):
    """How a reading is shown."""

    TABLE = "table"  #: field by field
    JSON = "json"  #: one object


@app.callback()
def sites(
    context: typer.Context,
    output: options.ListFormat = Format.TABLE,
    out: options.Out = None,
    force: options.Force = False,
    config: options.Config = None,
) -> None:
    """What is watched: every profile in sites/, by name."""
    if context.invoked_subcommand is not None:
        return
    to = tables.target(output, out, force=force)
    watched = load_config(config, crawling=False).sites.values()
    rows = [site_object(profile) for profile in watched]
    if not to.table:
        to.write(COLUMNS, rows, types={"lists": Column.TEXTS, "rules": Column.TEXTS, "delay": Column.REAL})
    elif rows:
        _print(rows)
    else:
        say("no sites: put a profile into sites/, as 'pressvakt init' does")


@app.command("check")
def check(
    context: typer.Context,
    target: Annotated[
        str, typer.Argument(metavar="URL|FILE", help="A page: its address, or a saved copy.", show_default=False)
    ],
    site: Annotated[
        str | None,
        typer.Option(
            "--site",
            metavar="NAME",
            help="Whose profile; else the site that the address is on, or the only one. Shipped ones are known too.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[View, typer.Option("--format", help="table for people, json for programs.")] = View.TABLE,
    config: options.Config = None,
) -> None:
    """What a profile reads from a page. Nothing is kept. Exit code 1 where the page does not fit."""
    named = config or _above(context)
    if target.lower().startswith(("http://", "https://")):
        settings = load_config(named)
        url = identify(target, target)
        if url is None:
            raise Misuse(f"{target!r} is no address that can be asked for")
        profile = _profile(site, settings, url)
        fetch = _fetch(url, settings, profile)
    else:
        local = _settings(named, required=site is None)
        profile = _profile(site, local, None)
        fetch = _saved(Path(target), profile)
    _show(fetch, profile, output)


_Sites = Annotated[list[str], typer.Argument(metavar="SITE…", help="Which sites.", show_default=False)]


@app.command("pause")
def pause(
    context: typer.Context,
    names: _Sites,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; 'pressvakt status' shows it.")] = "",
    config: options.Config = None,
) -> None:
    """Ask sites for nothing until they are resumed."""
    agenda.pause(names, reason, config or _above(context))


@app.command("resume")
def resume(context: typer.Context, names: _Sites, config: options.Config = None) -> None:
    """End a pause, or the rest of a site that blocked us. What was missed is made up once."""
    agenda.resume(names, config or _above(context))


@app.command("due")
def due(
    context: typer.Context,
    names: _Sites,
    pages: Annotated[bool, typer.Option("--pages", help="All pages of them, too.")] = False,
    config: options.Config = None,
) -> None:
    """Have the service crawl sites now, whatever their schedule says."""
    agenda.make_due(names, config or _above(context), pages=pages)


def _above(context: typer.Context) -> Path | None:
    """The configuration that was named before the command's name."""
    return context.parent.params.get("config") if context.parent else None


def site_object(profile: SiteProfile) -> dict[str, Any]:
    """A site as `pressvakt sites --format jsonl` writes it."""
    return {
        "name": profile.name,
        "title": profile.title,
        "base_url": profile.base_url,
        "language": profile.language,
        "time_zone": profile.time_zone.key,
        "lists": [how.kind for how in profile.discovery],
        "rules": [rules.name for rules in profile.release],
        "delay": profile.crawl.delay,
    }


def _print(rows: list[dict[str, Any]]) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("name", no_wrap=True)
    for heading in ("title", "address", "lists"):
        table.add_column(heading, overflow="fold")
    table.add_column("rules", justify="right")
    for row in rows:
        cells = row["name"], row["title"], row["base_url"], ", ".join(row["lists"]), str(len(row["rules"]))
        table.add_row(*map(styled, cells))
    console().print(table)


def _show(fetch: Fetch, profile: SiteProfile, output: View) -> None:
    if fetch.status is None:
        raise Failure(f"{fetch.url}: {fetch.fault}: {fetch.detail or 'no answer'}")
    reading = read_page(fetch, profile)
    if output is View.JSON:
        sys.stdout.write(as_json(reading_object(reading), indent=2) + "\n")
    elif (table := reading_table(reading)) is not None:
        console().print(table)
    if reading.problem:
        raise Failure(f"{reading.url}: {reading.problem}")


def _settings(config: Path | None, *, required: bool) -> Config | None:
    """The configuration; None where there is none and none is needed, as for a shipped profile and a saved page."""
    if config is None and not required and not Path(FILE).exists():
        return None
    return load_config(config, crawling=False)


def _profile(site: str | None, settings: Config | None, url: str | None) -> SiteProfile:
    """The profile that was named, or that of the site an address is on, or the only one."""
    watched = dict(settings.sites) if settings else {}
    if site is not None:
        if site in watched:
            return watched[site]
        folders = [settings.sites_folder] if settings else []
        try:
            return load_profile(site, folders=folders, root=Path.cwd())
        except ProfileError as error:
            if site in profile_names([*folders, shipped_folder()]):
                raise ConfigError(error.faults) from None
            known = ", ".join(sorted({*watched, *profile_names([shipped_folder()])}))
            raise Misuse(f"no site {site!r}; known: {known}") from None
    if url is not None:
        fitting = [profile for profile in watched.values() if same_site(url, profile)]
        if len(fitting) == 1:
            return fitting[0]
        why = f"{url} is on {'several sites' if fitting else 'no site that is watched'}"
    elif len(watched) == 1:
        return next(iter(watched.values()))
    else:
        why = f"a saved page does not say which of {len(watched)} sites it is from"
    raise Misuse(f"{why}; name one with --site: {', '.join(profile.name for profile in watched.values()) or 'none'}")


def _saved(path: Path, profile: SiteProfile) -> Fetch:
    """A saved page as if the site had just answered with it."""
    try:
        if not path.is_file():
            raise Misuse(f"{path} is {'no file' if path.exists() else 'not there'}; give a saved page or an address")
        with path.open("rb") as file:
            body = file.read(_LARGEST + 1)
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror or error}") from None
    if len(body) > _LARGEST:
        raise Failure(f"{path} is larger than {_LARGEST // 1024**2} MiB: that is no page")
    url = identify(f"/{path.name}", profile.base_url + "/") or profile.base_url + "/"
    return Fetch(
        url=url,
        final_url=url,
        fetched_at=dt.datetime.now(dt.UTC),
        status=200,
        headers=(("Content-Type", "text/html"),),
        body=body,
    )


def _fetch(url: str, settings: Config, profile: SiteProfile) -> Fetch:
    from pressvakt.wiring import fetch  # noqa: PLC0415 - it brings Scrapy along, which nothing else here needs

    return fetch(url, settings, profile)
