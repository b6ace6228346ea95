"""Which time zone and language a site's pages are likely in. Guesses, and told as such."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError

#: Top-level domains that are no country's, or are another's than their letters say.
_DOMAINS = {"uk": "GB", "eu": "BE", "gov": "US", "mil": "US", "edu": "US"}
#: Countries of several zones: that of the seat of government. The table's first is another, or none.
_SEATS = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "DE": "Europe/Berlin",
    "ES": "Europe/Madrid",
    "ID": "Asia/Jakarta",
    "KZ": "Asia/Almaty",
    "MN": "Asia/Ulaanbaatar",
    "MX": "America/Mexico_City",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "US": "America/New_York",
}


def guess_zone(url: str, language: str | None) -> tuple[ZoneInfo, str]:
    """The zone of a site's dates, and how it was guessed, for a person."""
    domain = (urlsplit(url).hostname or "").rpartition(".")[2]
    country = _DOMAINS.get(domain, domain.upper() if len(domain) == 2 else "")
    if (name := _seat(country)) is not None:
        return ZoneInfo(name), f"from .{domain}"
    try:
        territory = (
            Locale.parse(language.replace("-", "_"), resolve_likely_subtags=True).territory if language else None
        )
    except (ValueError, UnknownLocaleError):
        territory = None
    if territory and (name := _seat(territory)) is not None:
        return ZoneInfo(name), f"from the language {language}"
    return ZoneInfo("UTC"), "nothing tells; put the site's own there"


def _seat(country: str) -> str | None:
    return _SEATS.get(country) or _table().get(country)


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    """The first zone of each country, from the table that the zones come with (`zone.tab` of the tz database)."""
    table: dict[str, str] = {}
    for line in (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, name = line.split("\t")[:3]
            table.setdefault(country, name)
    return table
