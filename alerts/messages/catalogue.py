"""The words of all messages in their languages, and dates and numbers as each language writes them."""

from __future__ import annotations

import datetime as dt
import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from alerts.told import Language
from changes.release import Stamp

_LOCALES: dict[Language, Locale] = {"en": Locale("en", "GB"), "sv": Locale("sv", "SE")}


@dataclass(frozen=True)
class Words:
    """One language of the catalogue, and the zone in which its reader tells the time."""

    language: Language
    zone: ZoneInfo

    def __call__(self, key: str, /, *, n: int | None = None, **filled: str) -> str:
        """The phrase `part.name`, filled in. With `n`, singular or plural, and `{n}` as the language writes it.

        Raises:
            KeyError: where the catalogue has no such phrase.
        """
        part, _, name = key.partition(".")
        phrase = catalogue()[part][name][self.language]
        if isinstance(phrase, list):
            phrase = phrase[0 if n == 1 else 1]
        if n is not None:
            filled["n"] = self.number(n)
        return str(phrase).format_map(filled)

    def maybe(self, key: str, /, default: str) -> str:
        """The phrase, or a word of its own where the catalogue does not know it."""
        try:
            return self(key)
        except KeyError:
            return default

    def number(self, value: int) -> str:
        """10,000 or 10 000."""
        return str(format_decimal(value, locale=_LOCALES[self.language]))

    def day(self, day: dt.date) -> str:
        """3 May 2024, 3 maj 2024."""
        return str(format_date(day, "d MMMM y", locale=_LOCALES[self.language]))

    def when(self, at: dt.datetime) -> str:
        """A moment on the reader's calendar and clock: 3 May 2024, 14:30 CEST."""
        local = at.astimezone(self.zone)
        return self("say.at_time", day=self.day(local.date()), clock=f"{local:%H:%M %Z}".strip())

    def stamp(self, stamp: Stamp) -> str:
        """A date that a site prints, as understood; as it stands there where it could not be read."""
        if stamp.at is not None:
            return self.when(stamp.at)
        return self.day(stamp.day) if stamp.day else f"“{stamp.raw}”"

    def period(self, days: tuple[dt.date | None, dt.date | None] | None) -> str:
        """A period as the site states it; empty where it states none."""
        first, last = days or (None, None)
        if first and last:
            return self("say.from_to", first=self.day(first), last=self.day(last))
        if last:
            return self("say.until_day", last=self.day(last))
        return self("say.from_day", first=self.day(first)) if first else ""


@functools.cache
def catalogue() -> Mapping[str, Any]:
    """All phrases: part, name, language."""
    return tomllib.loads((files("alerts.messages") / "words.toml").read_text("utf-8"))
