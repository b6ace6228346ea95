"""The lines that a site itself puts on a page about the page: archived, withdrawn, a minister who has left or moved.

A line counts only where its whole text is of a known form. Where a page repeats a line, at its top and again below
the contact, one notice comes of it.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from changes.notice_words import MONTHS, POST, grammar
from changes.release import Notice, NoticeKind, letters, normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

Period = tuple[dt.date | None, dt.date | None]

#: A longer line is a text, not a notice.
LONGEST = 450
_DASH = re.compile(r"[-–—]?")
_DATES = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})|([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_WORDS = re.compile(r"[^\W\d_]+|[0-9]+")
_OLD_POST = re.compile(r"[^.!?]{3,120}")
_LOOK_AHEAD = 3
_HISTORIC = "historisk arkiv"
_HISTORIC_EN = "historical archive"


class Wordings(Protocol):
    """A site's own wordings: regular expressions for whole lines, whatever their case, with the named groups
    `since`, `until` and `government` (archived) or `since` and `reason` (withdrawn) where the line tells them.
    """

    @property
    def archived(self) -> tuple[str, ...]:
        """For lines that mark a page as archived."""

    @property
    def withdrawn(self) -> tuple[str, ...]:
        """For lines that take a release back."""


@dataclass(frozen=True, kw_only=True)
class Patterns:
    """Wordings for callers that have no profile."""

    archived: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()


def find_notices(
    lines: Sequence[str], language: str, wording: Wordings | None = None
) -> tuple[tuple[Notice, ...], frozenset[int]]:
    """The notices among a page's lines, each once, in page order; and the numbers of the lines they stand on.

    `lines` are what a reader sees, one string for each line or block, white space collapsed. `language` (BCP 47) adds
    its wordings to the English ones.
    """
    return _Finder(lines, language, wording or Patterns()).find()


def notice_lines(lines: Sequence[str], language: str, wording: Wordings | None = None) -> tuple[str, ...]:
    """The lines that are notices, each once: what the fast lane adds to what it compares. Cheap where there are none."""
    if not may_hold_notice("\n".join(lines), language, wording):
        return ()
    _, taken = _Finder(lines, language, wording or Patterns()).find()
    texts = (text for text in (normalise(lines[number]) for number in sorted(taken)) if not _DASH.fullmatch(text))
    return tuple({letters(text).casefold(): text for text in texts}.values())


def may_hold_notice(text: str, language: str, wording: Wordings | None = None) -> bool:
    """Whether a text holds any word of a notice: False is certain, True is a reason to look."""
    if wording is not None and (wording.archived or wording.withdrawn):
        return True
    return bool(_triggers_in(text, language))


def _triggers_in(text: str, language: str) -> list[str]:
    small = text.lower()
    return [word for word in grammar(_base(language)).triggers if word in small]


class _Lines(dict[int, str]):
    """Lines by number, each normalised when it is first asked for: most never are."""

    def __init__(self, raw: Sequence[str]) -> None:
        super().__init__()
        self.raw = raw

    def __missing__(self, number: int) -> str:
        self[number] = line = normalise(self.raw[number])
        return line


class _Finder:
    def __init__(self, raw: Sequence[str], language: str, wording: Wordings) -> None:
        self.raw = raw
        self.lines = _Lines(raw)
        self.count = len(raw)
        self.words = grammar(_base(language))
        self.triggers = _triggers_in("\n".join(raw), language)  #: those that this page holds at all
        self.wording = wording
        self.taken: set[int] = set()
        self.found: dict[tuple[object, ...], Notice] = {}
        self.bare: dict[str, Notice] = {}  #: headings, until a line below one of them is found
        self.filled: set[str] = set()

    def find(self) -> tuple[tuple[Notice, ...], frozenset[int]]:
        number = 0
        if not (self.triggers or self.wording.archived or self.wording.withdrawn):
            return (), frozenset()
        while number < self.count:
            number = self._at(number)
        for key, notice in self.bare.items():
            if key not in self.filled:
                self._add(notice)
        return tuple(self.found.values()), frozenset(self.taken)

    def _at(self, number: int) -> int:
        """Read what begins at a line; gives the number of the line to go on with."""
        raw = self.raw[number]
        if not 6 < len(raw) <= 2 * LONGEST:
            return number + 1
        small = raw.lower()
        told = [word for word in self.triggers if word in small]
        if not told and not (self.wording.archived or self.wording.withdrawn):
            return number + 1
        line = self.lines[number]
        if not 6 < len(line) <= LONGEST:
            return number + 1
        if told:
            steps = [self._heading, self._archived, self._historic, self._withdrawn, self._alone, self._resigned]
        else:
            steps = [self._own_archived, self._own_withdrawn]
        for step in steps:
            if (after := step(number, line)) > number:
                return after
        return number + 1

    def _archived(self, number: int, line: str) -> int:
        return self._archived_by((*self.words.archived, *_own(self.wording.archived)), number, line)

    def _own_archived(self, number: int, line: str) -> int:
        return self._archived_by(_own(self.wording.archived), number, line)

    def _archived_by(self, patterns: Sequence[re.Pattern[str]], number: int, line: str) -> int:
        for pattern in patterns:
            if (match := _whole(pattern, line)) is None:
                continue
            parts = match.groupdict()
            text, after, period = line, number + 1, _period(parts)
            if period is None and "since" in parts and parts.get("government") is None:
                text, after, period = self._dates_below(number, line, pattern)
            self._take(number, after)
            self._add(Notice(kind=NoticeKind.ARCHIVED, text=text, period=period, government=_text(parts, "government")))
            return self._dashes(after)
        return number

    def _dates_below(self, number: int, line: str, pattern: re.Pattern[str]) -> tuple[str, int, Period | None]:
        """The dates of a period where each stands on a line of its own."""
        best: tuple[str, int, Period | None] = (line, number + 1, None)
        text = line
        for after in range(number + 1, min(number + 1 + _LOOK_AHEAD, self.count)):
            if len(self.lines[after]) > 60:
                break
            text = f"{text} {self.lines[after]}"
            if (match := _whole(pattern, text)) is None:
                continue
            if (period := _period(match.groupdict())) is not None:
                best = (text, after + 1, period)
        return best

    def _historic(self, number: int, line: str) -> int:
        """The words "Historisk arkiv" mark a page where it stands twice around the title; once, it is a link in a menu."""
        if line.lower() not in (_HISTORIC, _HISTORIC_EN):
            return number
        near = range(number + 1, min(number + 4, self.count))
        twin = next((other for other in near if self.lines[other].lower() == line.lower()), None)
        if twin is None and not any(self._government_near(other) for other in near):
            return number
        self._take(number, number + 1)
        if twin is not None:
            self._take(twin, twin + 1)
        around = range(number, min(number + 8, self.count))
        if not any(self._government_near(other) for other in around):
            self._add(Notice(kind=NoticeKind.ARCHIVED, text=line))
        return number + 1

    def _government_near(self, number: int) -> bool:
        return re.match(r"(?:publisert|published) under\b", self.lines[number], re.IGNORECASE) is not None

    def _withdrawn(self, number: int, line: str) -> int:
        return self._withdrawn_by((*self.words.withdrawn, *_own(self.wording.withdrawn)), number, line)

    def _own_withdrawn(self, number: int, line: str) -> int:
        return self._withdrawn_by(_own(self.wording.withdrawn), number, line)

    def _withdrawn_by(self, patterns: Sequence[re.Pattern[str]], number: int, line: str) -> int:
        for pattern in patterns:
            if (match := _whole(pattern, line)) is None:
                continue
            parts = match.groupdict()
            since = _date(parts.get("since") or parts.get("day"))
            reason = _text(parts, "reason") or _text(parts, "more")
            notice = Notice(
                kind=NoticeKind.WITHDRAWN, text=line, period=(since, None) if since else None, reason=reason
            )
            self._take(number, number + 1)
            self._add(notice)
            return number + 1
        return number

    def _heading(self, number: int, line: str) -> int:
        for pattern in self.words.heading:
            if (match := _whole(pattern, line)) is None:
                continue
            reason = _text(match.groupdict(), "reason")
            key = letters(line).casefold()
            self.bare.setdefault(key, Notice(kind=NoticeKind.OFFICEHOLDER, text=line, reason=reason))
            self._take(number, number + 1)
            after = self._dashes(number + 1)
            while after < self.count and self._person(after, reason):
                self.filled.add(key)
                self._take(after, after + 1)
                after = self._dashes(after + 1)
            return after
        return number

    def _person(self, number: int, reason: str | None) -> bool:
        line = self.lines[number]
        if len(line) > LONGEST:
            return False
        sentences = re.split(r"(?<=[^\W\d_]\.) (?=[A-ZÅÄÖ])", line)
        if len(sentences) > 1 and all(self._person_in(one) for one in sentences):
            for one in sentences:
                self._add_person(self._person_in(one) or {}, one, reason)
            return True
        if (parts := self._person_in(line)) is None:
            return False
        self._add_person(parts, line, reason)
        return True

    def _person_in(self, line: str) -> dict[str, str | None] | None:
        matches = (_whole(pattern, line) for pattern in (*self.words.person, *self.words.alone))
        match = next(filter(None, matches), None)
        return match.groupdict() if match else None

    def _alone(self, number: int, line: str) -> int:
        for pattern in self.words.alone:
            if (match := _whole(pattern, line)) is None:
                continue
            parts = match.groupdict()
            if "entledigats" in line and (line.endswith(".") or not POST.search(parts.get("role") or "")):
                continue
            self._add_person(parts, line, None)
            self._take(number, number + 1)
            return self._old_posts(number + 1, parts.get("person"))
        return number

    def _resigned(self, number: int, line: str) -> int:
        """A name and "har entledigats", the post in the next line; the text of a release has no such pair of lines."""
        pattern = self.words.resigned
        if pattern is None or (match := pattern.fullmatch(line)) is None or number + 1 >= self.count:
            return number
        role = self.lines[number + 1]
        if len(role) > 120 or role.endswith((".", ":")) or not POST.search(role):
            return number
        parts = {**match.groupdict(), "role": role}
        self._add_person(parts, f"{line}, {role}", parts["reason"])
        self._take(number, number + 2)
        return self._old_posts(number + 2, parts.get("person"))

    def _old_posts(self, number: int, person: str | None) -> int:
        """Posts held before, each on a line with a dash below it."""
        after = self._dashes(number)
        while after + 1 < self.count and self._is_dash(after + 1):
            line = self.lines[after]
            if not _OLD_POST.fullmatch(line) or not POST.search(line) or self._person_in(line):
                break
            self._add(Notice(kind=NoticeKind.OFFICEHOLDER, text=line, person=person, role=line))
            self._take(after, after + 1)
            after = self._dashes(after + 1)
        return after

    def _add_person(self, parts: dict[str, str | None], line: str, reason: str | None) -> None:
        notice = Notice(
            kind=NoticeKind.OFFICEHOLDER,
            text=line,
            period=_period(parts),
            person=_text(parts, "person"),
            role=_text(parts, "role"),
            reason=_text(parts, "reason") or reason,
        )
        self._add(notice)

    def _add(self, notice: Notice) -> None:
        self.found.setdefault((notice.kind, letters(notice.text).casefold(), notice.person), notice)

    def _take(self, start: int, stop: int) -> None:
        self.taken.update(range(start, stop))

    def _is_dash(self, number: int) -> bool:
        return bool(self.lines[number]) and _DASH.fullmatch(self.lines[number]) is not None

    def _dashes(self, number: int) -> int:
        """Past the lone dashes and empty lines that lost dates leave behind."""
        after = number
        while after < self.count and _DASH.fullmatch(self.lines[after]):
            after += 1
        dashes = [at for at in range(number, after) if self.lines[at]]
        self.taken.update(dashes)
        return after if dashes else number


@lru_cache(maxsize=64)
def _own(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


def _whole(pattern: re.Pattern[str], line: str) -> re.Match[str] | None:
    return pattern.fullmatch(line) or pattern.fullmatch(line.rstrip(" .!:"))


def _base(language: str) -> str:
    base = language.replace("_", "-").split("-")[0].lower()
    return "nb" if base == "no" else base


def _text(parts: dict[str, str | None], name: str) -> str | None:
    value = (parts.get(name) or "").strip(" .,;:–-")
    return value or None


def _period(parts: dict[str, str | None]) -> Period | None:
    since, until = _date(parts.get("since")), _date(parts.get("until"))
    return (since, until) if since or until else None


def _date(text: str | None) -> dt.date | None:
    """The day that a text names; None where it lacks its year or no calendar has it: nothing is guessed."""
    if not text:
        return None
    try:
        if match := _DATES.search(text):
            year, month, day, day2, month2, year2 = match.groups()
            return dt.date(int(year or year2), int(month or month2), int(day or day2))
        words = _WORDS.findall(text.lower())
        months = [MONTHS[word] for word in words if word in MONTHS]
        years = [int(word) for word in words if len(word) == 4 and word.isdigit()]
        days = [int(word) for word in words if len(word) < 3 and word.isdigit()]
        return dt.date(years[0], months[0], days[0]) if years and months and days else None
    except ValueError:
        return None
