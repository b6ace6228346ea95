"""What the pages say, in English and Swedish: their own phrases, and those that the mails have already."""

from __future__ import annotations

import datetime as dt
import functools
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date

from alerts.messages.catalogue import Words as MailWords
from alerts.told import Language
from changes.release import Stamp

#: The languages that pages are written in, each by its own name.
LANGUAGES: dict[Language, str] = {"en": "English", "sv": "Svenska"}
_LOCALES = {"en": "en_GB", "sv": "sv_SE"}
_RANGE = re.compile(r"\s*([A-Za-z*]{1,8})(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q=([0-9.]{1,5}))?\s*")
_PREFERENCES = 20


@dataclass(frozen=True)
class Words:
    """One language, and the zone in which its reader tells the time."""

    language: Language
    zone: ZoneInfo

    def __call__(self, key: str, /, *, n: int | None = None, **filled: object) -> str:
        """The phrase `part.name`, filled in. With `n`, singular or plural, and `{n}` as the language writes it.

        Raises:
            KeyError: where there is no such phrase.
        """
        part, _, name = key.partition(".")
        phrase = _catalogue().get(part, {}).get(name)
        if phrase is None:
            return self.mail(key, n=n, **{name: str(value) for name, value in filled.items()})
        said: Any = phrase[self.language]
        if isinstance(said, list):
            said = said[0 if n == 1 else 1]
        if n is not None:
            filled["n"] = self.number(n)
        return str(said).format_map(filled) if filled else str(said)

    @property
    def mail(self) -> MailWords:
        """The words of the mails, in the same language."""
        return MailWords(self.language, self.zone)

    def maybe(self, key: str, default: str) -> str:
        """The phrase, or a word of its own where nobody has one."""
        try:
            return self(key)
        except KeyError:
            return default

    def number(self, value: int) -> str:
        """10,000 or 10 000."""
        return f"{value:,}" if self.language == "en" else f"{value:,}".replace(",", "\u00a0")

    def share(self, part: int, whole: int) -> str:
        """So many of a hundred: 12%, 12 %."""
        percent = round(100 * part / whole) if whole else 0
        return f"{percent}%" if self.language == "en" else f"{percent}\u00a0%"

    def local(self, at: dt.datetime) -> dt.datetime:
        """A moment by the reader's clock."""
        return at.astimezone(self.zone)

    def day(self, day: dt.date) -> str:
        """3 May 2024, 3 maj 2024."""
        return _day(self.language, day, "d MMMM y")

    def short_day(self, day: dt.date) -> str:
        """3 May, 3 maj."""
        return _day(self.language, day, "d MMM")

    def month(self, day: dt.date) -> str:
        """May, maj."""
        return _day(self.language, day, "LLL")

    def heading(self, day: dt.date, today: dt.date) -> str:
        """A day as a list is parted by it: Today, Yesterday, Friday 3 May 2024."""
        words = _day(self.language, day, "EEEE d MMMM y")
        words = words[:1].upper() + words[1:]
        gone = (today - day).days
        return (
            f"{self('day.today' if gone == 0 else 'day.yesterday')}, {words[0].lower() if self.language == 'sv' else words[0]}{words[1:]}"
            if gone in (0, 1)
            else words
        )

    def clock(self, at: dt.datetime) -> str:
        """14:30, by the reader's clock."""
        return f"{self.local(at):%H:%M}"

    def when(self, at: dt.datetime) -> str:
        """3 May 2024, 14:30."""
        local = self.local(at)
        return self("say.at_time", day=self.day(local.date()), clock=f"{local:%H:%M}")

    def stamp(self, stamp: Stamp) -> str:
        """A date that a site prints, as understood; as it stands there where it could not be read."""
        if stamp.at is not None:
            return self.when(stamp.at)
        return self.day(stamp.day) if stamp.day else f"“{stamp.raw}”"

    def lasted(self, seconds: float) -> str:
        """How long something took: 4 s, 12 min, 3 h 05 min."""
        whole = round(max(seconds, 0))
        if whole < 100:
            return f"{whole}\u00a0s"
        if whole < 100 * 60:
            return f"{round(whole / 60)}\u00a0min"
        return f"{whole // 3600}\u00a0h {whole % 3600 // 60:02}\u00a0min"

    def size(self, count: int) -> str:
        """A number of bytes: 12 kB, 3.4 MB."""
        if count < 1000:
            return f"{count}\u00a0B"
        if count < 1_000_000:
            return f"{count / 1000:.0f}\u00a0kB"
        text = f"{count / 1_000_000:.1f}\u00a0MB"
        return text if self.language == "en" else text.replace(".", ",")


def preferred(header: str, offered: Sequence[str]) -> Language:
    """The language that an `Accept-Language` likes best of those offered; the first where it likes none (RFC 9110, 12.5.4)."""
    known = [name for name in LANGUAGES if name in offered] or ["en"]
    best, weight = known[0], 0.0
    for part in header.split(",")[:_PREFERENCES]:
        found = _RANGE.fullmatch(part)
        if found is None:
            continue
        try:
            quality = float(found[2] or 1)
        except ValueError:
            continue
        name = known[0] if found[1] == "*" else found[1].lower()
        if name in known and quality > weight:
            best, weight = name, quality
    return best


@functools.cache
def _catalogue() -> Mapping[str, Any]:
    return tomllib.loads((files("web") / "words.toml").read_text("utf-8"))


@functools.lru_cache(maxsize=4096)
def _day(language: str, day: dt.date, pattern: str) -> str:
    return str(format_date(day, pattern, locale=_LOCALES[language]))
