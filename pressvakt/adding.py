"""`pressvakt sites add`: from an address that nobody prepared to a profile, looked at before it is written."""

from __future__ import annotations

import datetime as dt
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.table import Table

from crawler.scouting.survey import ScoutError, Survey
from crawler.scouting.writing import profile_text, site_name
from pressvakt import options
from pressvakt.config import Config, load_config
from pressvakt.config_values import is_placeholder
from pressvakt.failure import Failure, Misuse
from pressvakt.present import console, say, styled
from pressvakt.profiles import checked, replace_file
from pressvakt.site_reading import PageReading, read_page

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?")


def add(
    context: typer.Context,
    url: Annotated[
        str, typer.Argument(metavar="URL", help="A press page, its feed, or its list as JSON.", show_default=False)
    ],
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help="What to call the site; else its host.", show_default=False),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write the profile without asking.")] = False,
    config: options.Config = None,
) -> None:
    """Watch a site that nobody prepared: looks at its page, reads five releases, and writes sites/NAME.toml."""
    settings = load_config(config or (context.parent.params.get("config") if context.parent else None), crawling=False)
    if not settings.contact or is_placeholder(settings.contact):
        raise Misuse(f"{settings.file.name}: contact is not set: put an address there at which the site can reach you")
    if not yes and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Misuse("there is no terminal to ask at; look at what it finds with --yes, the file can be edited")
    survey = _survey(url, settings)
    chosen = name or site_name(survey)
    if not _NAME.fullmatch(chosen):
        raise Misuse(f"{chosen!r} is no name for a site: small letters, digits, '.', '-' and '_'")
    file = settings.sites_folder / f"{chosen}.toml"
    if file.exists():
        raise Misuse(f"{file} is there already; name another with --name, or remove it first")
    text = profile_text(survey, seen=dt.datetime.now(dt.UTC).date())
    profile = checked(text, file, settings)
    readings = [read_page(fetch, profile) for fetch in survey.releases]
    _show(survey, readings)
    weak = _weak(survey, readings)
    for line in weak:
        say(f"weak: {line}")
    if not any(reading.release for reading in readings):
        raise Failure(f"{url}: lists were found, but not one release could be read; nothing was written")
    if not yes and not typer.confirm(f"Write {file}?", default=True, err=True):
        say("nothing was written")
        return
    replace_file(file, text)
    sys.stdout.write(f"{file}\n")
    say(f"next: 'pressvakt crawl {chosen}' brings it home; {file.name} can be edited")


def _survey(url: str, settings: Config) -> Survey:
    from crawler.process import crawls  # noqa: PLC0415 - it brings Scrapy along, which nothing else here needs
    from crawler.scouting.scout import Scout, draft_profile  # noqa: PLC0415
    from pressvakt.naming import user_agent  # noqa: PLC0415

    try:
        draft = draft_profile(url if "://" in url else f"https://{url}")
        if _is_here(draft.base_url):  # nobody else's machine has to be spared
            draft = replace(draft, crawl=replace(draft.crawl, delay=0.0))
        agent = user_agent(settings.contact)
        say(f"looking at {draft.base_url}: a dozen requests, one a second")
        with crawls().visit(draft, user_agent=agent, allow_private=tuple(settings.allow_private)) as ask:
            return Scout(ask).survey(url if "://" in url else f"https://{url}")
    except ScoutError as error:
        raise Failure(str(error)) from None


def _is_here(base_url: str) -> bool:
    """Whether a site stands on this very machine."""
    try:
        return ip_address(urlsplit(base_url).hostname or "").is_loopback
    except ValueError:
        return False


def _show(survey: Survey, readings: Sequence[PageReading]) -> None:
    out = console()
    lists = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("list", "address"):
        lists.add_column(heading, overflow="fold")
    for one in survey.lists:
        lists.add_row(styled(one.detail), styled(one.how.url))
    out.print(styled(f"{survey.title}, {survey.base_url}, language {survey.language}, {survey.time_zone.key}"))
    out.print(lists)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("published", "title", "words", "files", "problem"):
        table.add_column(heading, overflow="fold")
    for reading in readings:
        release = reading.release
        if release is None:
            table.add_row("", styled(reading.url), "", "", styled(reading.problem or "not read"))
            continue
        stamp = release.published
        day = stamp.day.isoformat() if stamp is not None and stamp.day else ""
        words = str(len(release.markdown.split()))
        table.add_row(day, styled(release.title), words, str(len(release.attachments)), styled(reading.problem or ""))
    out.print(table)


def _weak(survey: Survey, readings: Sequence[PageReading]) -> list[str]:
    """What is uncertain of the survey, and what the pages that were read leave open."""
    releases = [reading.release for reading in readings if reading.release is not None]
    weak = list(survey.weak)
    if (lost := len(readings) - len(releases)) > 0:
        weak.append(f"{lost} of {len(readings)} releases could not be read; 'pressvakt sites check URL' says why")
    if releases and not all(release.published for release in releases):
        count = sum(release.published is None for release in releases)
        weak.append(f"{count} of {len(releases)} releases show no date of publication")
    if len(releases) > 1 and len({release.title for release in releases}) == 1:
        weak.append("all releases have the same title: write [[release]] rules for this site")
    if releases and all(len(release.markdown.split()) < 30 for release in releases):
        weak.append("hardly any text was found: write [[release]] rules, or see whether the pages need a browser")
    return weak
