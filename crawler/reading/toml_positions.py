"""Where each key of a TOML text stands: line and column, which `tomllib` does not tell.

The scanner is looser than TOML: what it accepts is judged by `tomllib`. It is exact on texts that are valid
(TOML 1.0), ends on any text, and refuses nesting so deep that a parser would run out of memory over it.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from contextlib import suppress
from dataclasses import dataclass, field

#: Keys and indexes from the root of a document: `("release", 0, "title", 1)`.
KeyPath = tuple[str | int, ...]
Spot = tuple[int, int]

#: tomllib needs quadratic memory for a key of very many parts; no honest file comes near this.
MAX_DEPTH = 32

_BLANK = re.compile(r"[ \t]*")
_FILLER = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
_BASIC_LINES = re.compile(r'"""(?:[^\\"]|\\.|"(?!""))*"""("{0,2})', re.DOTALL)
_LITERAL_LINES = re.compile(r"'''(?:[^']|'(?!''))*'''('{0,2})", re.DOTALL)
_SCALAR = re.compile(r"[^,\]}#\n]+")


class TooDeepError(Exception):
    """A key or value is nested more than `MAX_DEPTH` levels deep."""

    def __init__(self, spot: Spot) -> None:
        """Keep where it was noticed: (line, column)."""
        super().__init__(f"nested more than {MAX_DEPTH} levels deep")
        self.spot = spot


@dataclass(frozen=True, kw_only=True)
class Repeat:
    """A key or table that a text defines twice."""

    path: KeyPath
    spot: Spot
    first: Spot


@dataclass(kw_only=True)
class Positions:
    """Line and column (from 1, in characters) of each key, table header and array element of a text."""

    spots: dict[KeyPath, Spot] = field(default_factory=dict)
    repeat: Repeat | None = None  #: the first double definition; a valid text has none
    table: KeyPath = ()  #: the table that was open when the text, or the scanner's understanding, ended


def scan(text: str) -> Positions:
    """The positions in a text, as far as it can be understood. Line ends must be plain newlines.

    Raises:
        TooDeepError: before anything is built from a text that nests too deep.
    """
    scanner = _Scanner(text)
    with suppress(_LostError):  # no TOML from there on: tomllib says what is wrong
        scanner.document()
    return scanner.found


class _LostError(Exception):
    """The text is not TOML at this point."""


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found = Positions()
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._rows: dict[KeyPath, int] = {}  # how many elements each array of tables has so far
        self._defined: dict[KeyPath, Spot] = {}  # what may not be defined again
        self._closed: set[KeyPath] = set()  # values: nothing may be added below them

    def document(self) -> None:
        while True:
            self._skip(_FILLER)
            if self.at >= len(self.text):
                return
            if self.text[self.at] == "[":
                self._header()
            else:
                self._pair(self.found.table)
                self._skip(_BLANK)
                if self.at < len(self.text) and self.text[self.at] not in "\n#":
                    raise _LostError

    def _header(self) -> None:
        start = self._spot()
        row = self.text.startswith("[[", self.at)
        self.at += 2 if row else 1
        parts = self._key()
        self._expect("]]" if row else "]")
        path: KeyPath = ()
        for number, (part, spot) in enumerate(parts, 1):
            path = (*path, part)
            self.found.spots.setdefault(path, start if number == len(parts) else spot)
            self._check_open(path, start)
            if (
                number == len(parts)
                and (path in self._rows) is not row
                and (path in self._rows or path in self._defined)
            ):
                self._repeated(path, start, self._defined.get(path, self.found.spots[path]))
            if path in self._rows and not (row and number == len(parts)):
                path = (*path, self._rows[path] - 1)
        if row:
            index = self._rows.get(path, 0)
            self._rows[path] = index + 1
            path = (*path, index)
            self.found.spots[path] = start
        else:
            self._define(path, start)
            self.found.spots[path] = start
        self.found.table = path

    def _pair(self, table: KeyPath) -> None:
        parts = self._key()
        if len(table) + len(parts) > MAX_DEPTH:
            raise TooDeepError(self._spot())
        path = table
        for number, (part, spot) in enumerate(parts, 1):
            path = (*path, part)
            self.found.spots.setdefault(path, spot)
            if number < len(parts):
                self._check_open(path, spot)
                self._defined.setdefault(path, spot)
        self._define(path, parts[-1][1])
        self._expect("=")
        self._skip(_BLANK)
        self._value(path)
        self._closed.add(path)

    def _key(self) -> list[tuple[str, Spot]]:
        parts: list[tuple[str, Spot]] = []
        while True:
            self._skip(_BLANK)
            spot = self._spot()
            parts.append((self._part(), spot))
            if len(parts) > MAX_DEPTH:
                raise TooDeepError(spot)
            self._skip(_BLANK)
            if not self.text.startswith(".", self.at):
                return parts
            self.at += 1

    def _part(self) -> str:
        for pattern in (_BARE, _BASIC, _LITERAL):
            if match := pattern.match(self.text, self.at):
                self.at = match.end()
                word = match.group()
                return word if pattern is _BARE else self._unquoted(word)
        raise _LostError

    def _unquoted(self, word: str) -> str:
        try:
            return str(tomllib.loads(f"key = {word}")["key"])
        except tomllib.TOMLDecodeError:
            raise _LostError from None

    def _value(self, path: KeyPath) -> None:
        if len(path) > MAX_DEPTH:
            raise TooDeepError(self._spot())
        opening = self.text[self.at : self.at + 1]
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline_table(path)
        elif opening in ('"', "'"):
            self._string()
        elif match := _SCALAR.match(self.text, self.at):
            self.at = match.end()
        else:
            raise _LostError

    def _string(self) -> None:
        for pattern in (_BASIC_LINES, _LITERAL_LINES, _BASIC, _LITERAL):
            if self.text.startswith(("'''", '"""'), self.at) and pattern in (_BASIC, _LITERAL):
                raise _LostError
            if match := pattern.match(self.text, self.at):
                self.at = match.end()
                return
        raise _LostError

    def _array(self, path: KeyPath) -> None:
        self.at += 1
        index = 0
        while True:
            self._skip(_FILLER)
            if self.text.startswith("]", self.at):
                self.at += 1
                return
            self.found.spots[(*path, index)] = self._spot()
            self._value((*path, index))
            index += 1
            self._skip(_FILLER)
            if self.text.startswith(",", self.at):
                self.at += 1
            elif not self.text.startswith("]", self.at):
                raise _LostError

    def _inline_table(self, path: KeyPath) -> None:
        self.at += 1
        self._skip(_BLANK)
        while not self.text.startswith("}", self.at):
            self._pair(path)
            self._skip(_BLANK)
            if self.text.startswith(",", self.at):
                self.at += 1
                self._skip(_BLANK)
            elif not self.text.startswith("}", self.at):
                raise _LostError
        self.at += 1

    def _define(self, path: KeyPath, spot: Spot) -> None:
        self._check_open(path, spot)
        if path in self._defined:
            self._repeated(path, spot, self._defined[path])
        self._defined[path] = spot

    def _check_open(self, path: KeyPath, spot: Spot) -> None:
        if path in self._closed:
            self._repeated(path, spot, self._defined[path])

    def _repeated(self, path: KeyPath, spot: Spot, first: Spot) -> None:
        if self.found.repeat is None:
            self.found.repeat = Repeat(path=path, spot=spot, first=first)

    def _expect(self, mark: str) -> None:
        if not self.text.startswith(mark, self.at):
            raise _LostError
        self.at += len(mark)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def _spot(self) -> Spot:
        line = bisect_right(self._starts, self.at)
        return line, self.at - self._starts[line - 1] + 1
