"""What an operator does to the agenda: pausing sites, having them crawled soon."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from pressvakt.config import load_config
from pressvakt.failure import Misuse
from pressvakt.options import Config
from pressvakt.present import say
from storage.agenda import entries
from storage.archive import Archive


def pause(names: Sequence[str], reason: str, config: Config) -> None:
    """Ask sites for nothing until they are resumed."""
    with _archive(names, config) as archive:
        with archive.writing() as unit:
            for name in names:
                unit.pause(unit.add_site(name).id, at=_now(), reason=reason)
        for name in names:
            say(f"{name}: paused; a crawl that is under way still ends, 'pressvakt sites resume {name}' ends the pause")


def resume(names: Sequence[str], config: Config) -> None:
    """End the pause of sites; what they missed is made up once."""
    with _archive(names, config) as archive:
        known = entries(archive)
        with archive.writing() as unit:
            for name in names:
                if name in known:
                    unit.resume(known[name].site_id)
                    unit.rest(known[name].site_id, None)
        for name in names:
            was = name in known and (known[name].paused_at is not None or known[name].rests_until is not None)
            say(f"{name}: {'goes on' if was else 'was not paused'}")


def make_due(names: Sequence[str], config: Config, *, pages: bool) -> None:
    """Have sites be crawled by the service now; with `pages`, all their pages too."""
    now = _now()
    with _archive(names, config) as archive:
        counts: dict[str, int] = {}
        with archive.writing() as unit:
            for name in names:
                site_id = unit.add_site(name).id
                unit.set_due(site_id, now)
                if pages:
                    counts[name] = unit.set_pages_due(site_id, now, unvisited_since=now)
        agenda = entries(archive)
        for name in names:
            more = f", and {counts[name]} of its pages" if pages else ""
            held = " once it is resumed: it is paused" if agenda[name].paused_at is not None else ""
            say(f"{name}: due now{more}{held}; 'pressvakt run' or 'pressvakt crawl --due' crawls it")


def _archive(names: Sequence[str], config: Config) -> Archive:
    settings = load_config(config, crawling=False)
    for name in names:
        if name not in settings.sites:
            raise Misuse(f"no site {name!r}; known: {', '.join(settings.sites) or 'none'}")
    return Archive.open(settings.database, payloads=settings.payloads)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
