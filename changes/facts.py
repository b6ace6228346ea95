"""What a text states that a reader would act upon: dates, times, figures, ways to reach someone, quotations.

The patterns know Swedish and English, and what their neighbours share with them. They serve the labels of a change,
never the question whether there is one.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from changes.words import EMAIL, NUMBER, PHONE, squeeze

_MONTHS = (
    r"januari|februari|mars|april|maj|juni|juli|augusti|september|oktober|november|december|"
    r"january|february|march|may|june|july|august|october|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|o[ck]t|nov|de[cs]"
)
_DAYS = (
    r"måndag|tisdag|onsdag|torsdag|fredag|lördag|söndag|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday"
)
_UNIT = r"\s?(?:%|procent|per\s?cent|kr\b|kronor|euro|mil(?:j|l)|md|mn|platser|personer|people)"
_DAY = r"\d{1,2}(?::?[ea]|st|nd|rd|th|\.)?"
_DATE = re.compile(
    rf"(?<!\w)(?:\d{{4}}-\d{{1,2}}-\d{{1,2}}|\d{{1,2}}\.\d{{1,2}}\.(?:19|20)\d\d|\d{{1,2}}/\d{{1,2}}(?:/(?:19|20)\d\d)?"
    rf"|(?:{_DAY}\s?[–-]\s?)?{_DAY} (?:of )?(?:{_MONTHS})\b\.?(?:,? (?:19|20)\d\d)?"
    rf"|(?:{_MONTHS})\b\.? (?:\d{{1,2}}(?:st|nd|rd|th)?,? )?(?:19|20)\d\d|(?:{_MONTHS})\b \d{{1,2}}(?!\d)"
    rf"|(?:{_DAYS})(?:en|ens|ar|s)?\b|(?:19|20)\d\d(?![\d.,]*\d)(?!{_UNIT}))",
    re.IGNORECASE,
)
_CLOCK = r"(?:[01]?\d|2[0-4])(?:SEP[0-5]\d)"
_TIMES = {
    separators: re.compile(
        rf"(?<![\w.,:$€£-])(?:{clock}(?![.:]?\d)(?!{_UNIT})|(?:kl\.?|klockan|at) ?\d{{1,2}}\b(?![.,:]\d)"
        r"|\d{1,2}(?:[.:]\d\d)? ?[ap]\.?m\b)",
        re.IGNORECASE,
    )
    for separators, clock in ((".:", _CLOCK.replace("SEP", "[.:]")), (":", _CLOCK.replace("SEP", ":")))
}
_RANGE = re.compile(r"(?<=\d)\s?[–-]\s?(?=\d)")
_REACH = re.compile(rf"{EMAIL}|{PHONE}")
_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"”»)]+")
_NUMBER = re.compile(NUMBER)
_NUMERAL = re.compile(
    r"\b(?:noll|två|tre|fyra|fem|sex|sju|åtta|nio|tio|elva|tolv|hundra|tusen|miljon(?:er)?|miljard(?:er)?|halv[at]?|hälften|"
    r"dubbel[at]?|zero|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|hundred|thousand|[mb]illion|half|double)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[“”\"»«„][^“”\"»«„]{12,2000}[“”\"»«„]")
SPEECH = re.compile(r"[-–—―]\s*\S")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """How often a text states each date, time, figure and address."""

    dates: Counter[str] = field(default_factory=Counter)
    times: Counter[str] = field(default_factory=Counter)
    figures: Counter[str] = field(default_factory=Counter)
    reach: Counter[str] = field(default_factory=Counter)  #: phone numbers and e-mail addresses
    urls: Counter[str] = field(default_factory=Counter)


def facts(text: str, *, language: str | None = None) -> Facts:
    """What a text states. In English 12.45 is a number, elsewhere also a time of day."""
    if not any(char.isdigit() for char in text) and "@" not in text and "://" not in text:
        found = _drop(_DATE, text)
        return Facts(dates=found[0], figures=_numerals(found[1]))
    urls, rest = _drop(_URL, text)
    reach, rest = _drop(_REACH, rest)
    dates, rest = _drop(_DATE, rest)
    english = (language or "").lower().startswith("en")
    times, rest = _drop(_TIMES[":" if english else ".:"], _RANGE.sub(" – ", rest))
    figures = Counter(squeeze(number) for number in _NUMBER.findall(rest)) + _numerals(rest)
    return Facts(dates=dates, times=times, figures=figures, reach=reach, urls=urls)


def quotes(text: str) -> list[str]:
    """What stands between quotation marks and is long enough to be what someone said."""
    return [squeeze(quote) for quote in _QUOTED.findall(text)]


def reaches(text: str) -> bool:
    """Whether a text has a phone number or an e-mail address."""
    return bool(_REACH.search(text))


def is_fact_word(word: str) -> bool:
    """Whether a word is a numeral or names a day or a month: then it is no misspelling of another one."""
    return bool(_NUMERAL.fullmatch(word) or _NAMED.fullmatch(word))


_NAMED = re.compile(rf"(?:{_MONTHS}|(?:{_DAYS})(?:en|ens|ar|s)?)", re.IGNORECASE)


def _numerals(text: str) -> Counter[str]:
    return Counter(word.casefold() for word in _NUMERAL.findall(text))


def _drop(pattern: re.Pattern[str], text: str) -> tuple[Counter[str], str]:
    """What a pattern finds, and the text without it."""
    found = Counter(squeeze(match).casefold() for match in pattern.findall(text))
    return found, pattern.sub(" ¤ ", text) if found else text
