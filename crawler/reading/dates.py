"""Dates as sites print them, by a strict grammar: what is not surely a date is kept as text and not understood.

Two-digit years, relative words, days that no calendar has and orders that could be read two ways are never guessed.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from babel import Locale, UnknownLocaleError

from changes.release import Stamp, normalise

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from crawler.reading.profiles import Wording

Field = Literal["published", "updated"]

#: Dates outside these years are typing errors, not dates of press releases.
YEARS = range(1900, 2101)

#: What stands before a date, by language. The longest that fits counts: "last updated" before "updated".
LABELS: dict[str, dict[Field, tuple[str, ...]]] = {
    "sv": {
        "published": ("publicerad", "publicerat", "publicerades", "publiceringsdatum", "utgiven", "utgivningsdatum"),
        "updated": ("uppdaterad", "uppdaterat", "uppdaterades", "senast uppdaterad", "senast uppdaterat",
                    "senast ändrad", "senast ändrat", "ändrad", "granskad", "senast granskad"),
    },
    "en": {
        "published": ("published", "published on", "date published", "first published", "publication date",
                      "posted", "posted on", "released", "release date", "issued", "date of issue"),
        "updated": ("updated", "updated on", "last updated", "last updated on", "modified", "last modified",
                    "date modified", "last reviewed", "revised"),
    },
    "nb": {
        "published": ("publisert", "publisert dato"),
        "updated": ("oppdatert", "sist oppdatert", "sist endret", "endret"),
    },
    "nn": {"published": ("publisert",), "updated": ("oppdatert", "sist oppdatert", "sist endra")},
    "da": {
        "published": ("offentliggjort", "publiceret", "udgivet"),
        "updated": ("opdateret", "sidst opdateret", "senest opdateret", "sidst ændret"),
    },
    "fi": {"published": ("julkaistu", "julkaisupäivä"), "updated": ("päivitetty", "viimeksi päivitetty", "muokattu")},
    "de": {
        "published": ("veröffentlicht", "veröffentlicht am", "erschienen am", "datum"),
        "updated": ("aktualisiert", "aktualisiert am", "zuletzt aktualisiert", "zuletzt geändert", "stand"),
    },
    "fr": {
        "published": ("publié", "publié le", "date de publication", "mis en ligne le"),
        "updated": ("mis à jour", "mis à jour le", "dernière mise à jour", "modifié le"),
    },
    "nl": {"published": ("gepubliceerd", "gepubliceerd op"), "updated": ("bijgewerkt", "laatst bijgewerkt")},
}  # fmt: skip

#: Languages in which 03.05.2024 is the third of May, whoever writes it.
_DOTTED = frozenset({"sv", "nb", "nn", "no", "da", "fi", "de", "et", "lv", "pl", "cs", "is"})
_OFFSETS = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "cet": 60, "cest": 120, "eet": 120, "eest": 180,
    "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
}  # fmt: skip

_ZONES = "|".join(sorted(_OFFSETS, key=len, reverse=True))
_TIME = (
    r"(?:[ ,]*(?:t|·|-|–|,|at|kl\.?|klo|klokka|klockan|à|um|om)?[ ]*(?P<hour>[0-9]{1,2})(?:[:.h](?P<minute>[0-9]{2}))(?![0-9])"
    r"(?:[:.](?P<second>[0-9]{2})(?:[.,][0-9]{1,9})?)?(?:[ ]?(?P<half>[ap])\.?m\.?(?![a-z]))?(?:[ ]?(?:uhr|hrs?|h)(?![a-z]))?"
    r"(?:[ ]?\(?(?P<zone>[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{2}|" + _ZONES + r")\)?(?![a-z0-9]))?(?:[ ]\([a-z]+\))?)?"
)
_BEFORE = r"(?:(?!(?:den|the|le|am|on|op)[ ])(?P<weekday>[^\W\d_]{2,14})\.?,?[ ])?(?:(?:den|the|le|am|on|op)[ ])?"
_ISO = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})(?![0-9-])" + _TIME)
_DAY_FIRST = re.compile(
    _BEFORE + r"(?P<day>[0-9]{1,2})(?:\.|:e|:a|st|nd|rd|th|er)?[ -]?(?:of[ ])?(?P<name>[^\W\d_]{3,12})\.?,?[ -]"
    r"(?P<year>[0-9]{4})(?![0-9])" + _TIME,
)
_MONTH_FIRST = re.compile(
    _BEFORE
    + r"(?P<name>[^\W\d_]{3,12})\.?[ ](?P<day>[0-9]{1,2})(?:st|nd|rd|th)?,?[ ](?P<year>[0-9]{4})(?![0-9])"
    + _TIME,
)
_DOTS = re.compile(r"(?P<day>[0-9]{1,2})\.[ ]?(?P<month>[0-9]{1,2})\.[ ]?(?P<year>[0-9]{4})(?![0-9])" + _TIME)
#: What may follow a date that is the whole text.
_AFTER = re.compile(r"[\s.,;:·|)–-]*")
_GAP = re.compile(r"[\s:·|,;()–-]*")


def read_date(text: str, *, language: str, zone: ZoneInfo) -> Stamp:
    """The date that a text is, and nothing but a date: `day` in `zone`, `at` in UTC where there is a time of day.

    A time that the zone's clocks skip gives the day alone; one that they show twice means the first. Midnight to the
    second is what content systems write for "no time known": it gives the day alone.
    """
    clean = normalise(text)
    found = _date_at(clean, language, zone)
    if found is None or not _AFTER.fullmatch(clean, found[1]):
        return Stamp(raw=clean)
    return found[0]


def labelled_dates(text: str, wording: Wording, *, language: str, zone: ZoneInfo) -> dict[Field, Stamp]:
    """The dates that stand behind labels: "Publicerad 3 maj 2024 · Uppdaterad 4 maj 2024", in either order.

    A label without a date behind it gives an empty Stamp: it says whose date is not there.
    """
    clean = normalise(text)
    marks = _labels(clean, wording, language)
    out: dict[Field, Stamp] = {}
    for number, (field, _start, end) in enumerate(marks):
        stop = marks[number + 1][1] if number + 1 < len(marks) else len(clean)
        gap = _GAP.match(clean, end, stop)
        start = gap.end() if gap else end
        part = clean[start:stop]
        found = _date_at(part, language, zone)
        stamp = found[0] if found else Stamp(raw=part.strip(" ·|,;:-–"))
        if field not in out or (out[field].day is None and stamp.day is not None):
            out[field] = stamp
    return out


def field_date(text: str, field: Field, wording: Wording, *, language: str, zone: ZoneInfo) -> Stamp | None:
    """The date of one field in a text that may hold labels; None where the text is about the other field alone."""
    labelled = labelled_dates(text, wording, language=language, zone=zone)
    if labelled:
        stamp = labelled.get(field)
        return stamp if stamp is not None and stamp.raw else None
    stamp = read_date(text, language=language, zone=zone)
    return stamp if stamp.raw else None


def is_date_line(text: str, wording: Wording, *, language: str, zone: ZoneInfo) -> bool:
    """Whether a line is there to print dates: it begins with a label, or is a date and nothing else."""
    clean = normalise(text).lstrip("·|–- ")
    marks = _labels(clean, wording, language)
    return bool(marks and marks[0][1] == 0) or read_date(clean, language=language, zone=zone).day is not None


def dateline(text: str, *, language: str, zone: ZoneInfo, bare: bool = False) -> Stamp | None:
    """The day at the beginning of a news text, with the place before or behind it: "ST. PAUL, October 3, 2024 –".

    A date that a sentence begins with ("On 3 May 2024, the court …") is none: what follows must set the line off, and
    what stands before be a place's name. `bare`: the text is a title, in which nothing needs to follow.
    """
    clean = normalise(text[: 4 * _LONGEST_PLACE])
    for start in _starts(clean):
        found = _date_at(clean[start:], language, zone)
        if found is None or found[0].day is None:
            continue
        if bare or _SET_OFF.match(clean, start + found[1]):
            return found[0]
    return None


#: Letters before a day that may name a place: "FRANKFURT AM MAIN, Germany, ".
_LONGEST_PLACE = 60
_SET_OFF = re.compile(r"[\s.,]*(?:$|[–—―:()\[\]/|]|-(?!\d))")
_PLACE = re.compile(
    r"(?:[\s,./(\[–—―:|-]|(?:de|la|le|les|am|an|der|du|of|the|upon|på|och|and|i|el|al|den|di|del|sur|im|et)(?!\w)|[^\W\d_a-zß-öø-ÿ][\w’'.-]*)*"
)


def _starts(text: str) -> Iterable[int]:
    """Where a date may begin: at the start, and behind words that could name a place."""
    place = _PLACE.match(text, 0, _LONGEST_PLACE)
    end = place.end() if place else 0
    yield 0
    for number in range(1, min(end + 1, len(text))):
        if text[number].isalnum() and not text[number - 1].isalnum():
            yield number


def _labels(text: str, wording: Wording, language: str) -> list[tuple[Field, int, int]]:
    pattern, fields = _label_pattern(_base(language), wording.published, wording.updated)
    return [(fields[m.group(1).casefold()], m.start(), m.end()) for m in pattern.finditer(text)]


@lru_cache(maxsize=64)
def _label_pattern(
    base: str, published: tuple[str, ...], updated: tuple[str, ...]
) -> tuple[re.Pattern[str], dict[str, Field]]:
    fields: dict[str, Field] = {}
    for name in ("en", base):
        for field, words in LABELS.get(name, {}).items():
            fields |= dict.fromkeys(words, field)
    fields |= {normalise(word).casefold().rstrip(": "): "published" for word in published}
    fields |= {normalise(word).casefold().rstrip(": "): "updated" for word in updated}
    known = sorted((re.escape(word) for word in fields if word), key=len, reverse=True)
    return re.compile(rf"(?<!\w)({'|'.join(known)})(?!\w)", re.IGNORECASE), fields


def _base(language: str) -> str:
    base = language.replace("_", "-").split("-")[0].lower()
    return "nb" if base == "no" else base


def _date_at(text: str, language: str, zone: ZoneInfo) -> tuple[Stamp, int] | None:
    """A date at the beginning of a text, and where it ends; None where there is none."""
    low = text.lower()
    if len(low) != len(text):  # the one letter that grows when made small (U+0130) is in no date
        return None
    months, weekdays = _names(_base(language))
    patterns = [_ISO, _DAY_FIRST, _MONTH_FIRST] + ([_DOTS] if _base(language) in _DOTTED else [])
    for match in filter(None, (pattern.match(low) for pattern in patterns)):
        parts = match.groupdict()
        weekday = parts.get("weekday")
        if weekday is not None and weekday not in weekdays and weekday.removesuffix("en") not in weekdays:
            continue
        month = months.get(parts["name"]) if parts.get("name") else int(parts["month"])
        day = _calendar(int(parts["year"]), month, int(parts["day"]))
        if day is None:
            return None
        stamp = _stamp(text[: match.end()].strip(), day, parts, zone)
        return stamp, match.end()
    return None


def _calendar(year: int, month: int | None, day: int) -> dt.date | None:
    if month is None or year not in YEARS:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _stamp(raw: str, day: dt.date, parts: dict[str, str | None], zone: ZoneInfo) -> Stamp:
    time = _clock(parts)
    if time is None:
        return Stamp(raw=raw, day=day)
    local = dt.datetime.combine(day, time)
    offset = _offset(parts.get("zone"))
    if offset is not None:
        aware = local.replace(tzinfo=offset)
        here = aware.astimezone(zone)
        if here.time() == dt.time() and here.date() == day:
            return Stamp(raw=raw, day=day)
        return Stamp(raw=raw, day=here.date(), at=aware.astimezone(dt.UTC))
    if parts.get("zone") or time == dt.time():  # an offset that cannot be, or the midnight of "no time known"
        return Stamp(raw=raw, day=day)
    at = local.replace(tzinfo=zone).astimezone(dt.UTC)
    skipped = at.astimezone(zone).replace(tzinfo=None) != local
    return Stamp(raw=raw, day=day, at=None if skipped else at)


def _clock(parts: dict[str, str | None]) -> dt.time | None:
    hour, minute, second = parts.get("hour"), parts.get("minute"), parts.get("second")
    if hour is None or minute is None:
        return None
    count = int(hour)
    if half := parts.get("half"):
        if not 1 <= count <= 12:
            return None
        count = count % 12 + (12 if half == "p" else 0)
    try:
        return dt.time(count, int(minute), int(second or 0))
    except ValueError:
        return None


def _offset(name: str | None) -> dt.timezone | None:
    if not name:
        return None
    if name in _OFFSETS:
        return dt.timezone(dt.timedelta(minutes=_OFFSETS[name]))
    if name[0] not in "+-":
        return None
    digits = name[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 14 or minutes > 59:
        return None
    return dt.timezone((1 if name[0] == "+" else -1) * dt.timedelta(hours=hours, minutes=minutes))


@lru_cache(maxsize=64)
def _names(base: str) -> tuple[dict[str, int], frozenset[str]]:
    """The months by name and the names of weekdays, in a language and in English (RFC 5322 speaks English)."""
    months: dict[str, int] = {"sept": 9}
    weekdays: set[str] = set()
    for name in dict.fromkeys(("en", base)):
        try:
            locale = Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                months |= {word: number for number, word in _words(locale.months[context][width].items())}
                weekdays |= {word for _, word in _words(locale.days[context][width].items())}
    return months, frozenset(weekdays)


def _words(items: Iterable[tuple[int, str]]) -> Iterable[tuple[int, str]]:
    for number, word in items:
        yield number, normalise(word).lower().rstrip(".")
