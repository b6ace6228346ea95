"""How results reach a person or a program: lines on a terminal, JSON lines, CSV.

Results go to standard output, words about them to standard error. What a stored page says is untrusted: nothing in it
may steer a terminal or run in a spreadsheet.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, TextIO

from rich.console import Console
from rich.text import Text


class Format(StrEnum):
    """What a command that lists writes."""

    TABLE = "table"  #: for people
    JSONL = "jsonl"  #: one JSON object a line
    CSV = "csv"  #: with a head; lists joined by "; "
    PARQUET = "parquet"  #: columns with types, into a file


#: C0 and C1 controls but tab and line feed: a terminal would obey them.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
#: Legal in JSON, but controls to a terminal, or the end of a line to programs that split text into lines.
_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u2028\u2029]")
#: A spreadsheet takes a cell that starts so for a formula.
_FORMULA = re.compile(r"[=+\-@\t\r]")


def console() -> Console:
    """Standard output for people: coloured and wrapped where a terminal is there, plain whole lines elsewhere."""
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


def say(words: str) -> None:
    """One line of words for the person at the keyboard, on standard error."""
    sys.stderr.write(clean(words) + "\n")


def clean(text: str) -> str:
    """Text without characters that would steer a terminal."""
    return _CONTROLS.sub("\ufffd", text)


def styled(text: str, style: str = "") -> Text:
    """Untrusted text, ready for the console. The style is that of these words, not of what is joined to them."""
    return Text().append(clean(text), style or None)


def hanging(out: Console, text: Text, *, indent: int, first: Text | None = None) -> Iterator[Text]:
    """The lines of a text that hangs under its first line: wrapped on a terminal, whole elsewhere."""
    margin = Text(" " * indent)
    lines = list(text.wrap(out, max(24, out.width - indent))) if out.is_terminal else text.split("\n")
    for number, line in enumerate(lines):
        line.rstrip()
        yield (first if first is not None and number == 0 else margin) + line


def as_json(value: Mapping[str, Any], *, indent: int | None = None) -> str:
    """JSON that is safe on a terminal and stays one line where lines are counted."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _UNSAFE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def write_jsonl(rows: Iterable[Mapping[str, Any]], file: TextIO | None = None) -> None:
    """One object a line, each out as soon as it is known; on standard output where no file is given."""
    out = file or sys.stdout
    for row in rows:
        out.write(as_json(row) + "\n")


def write_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], file: TextIO | None = None) -> None:
    """A head and a line for each object (RFC 4180, but lines end in a line feed); keys outside `columns` are left out."""
    writer = csv.writer(file or sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(column)) for column in columns])


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, Mapping):
        return as_json(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join("" if part is None else str(part) for part in value)
    text = clean(str(value))
    return f"'{text}" if _FORMULA.match(text) else text
