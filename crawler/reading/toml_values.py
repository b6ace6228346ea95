"""Readers: from a value of a TOML file to the value it means, or to a fault that says what to write instead.

A reader takes a `Node` and returns a value; it raises `FaultsError` where it cannot. Readers of lists and tables
read all their parts before they complain.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from crawler.reading.toml_faults import Fault, FaultsError, Node

Reader = Callable[[Node], Any]

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_BYTES = {"B": 1, "kB": 1000, "KiB": 1024, "MB": 1000**2, "MiB": 1024**2, "GB": 1000**3, "GiB": 1024**3}
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def table(
    readers: Mapping[str, Reader],
    *,
    required: Mapping[str, str] | None = None,
    elsewhere: Mapping[str, str] | None = None,
) -> Reader:
    """A reader of a table: a dict of what its keys give, absent ones left out.

    `required` holds an example for each key that must be there: `{"title": '"The Government"'}`.
    `elsewhere` says of keys that belong somewhere else where that is: `{"delay": "[crawl]"}`.
    """

    def read(node: Node) -> dict[str, Any]:
        if not isinstance(node.value, dict):
            raise node.refuse(f"{said(node)} is no table; write its keys below [{node.key}]")
        values: dict[str, Any] = {}
        faults: list[Fault] = []
        for key, part in node.value.items():
            if key not in readers:
                faults.append(part.fault(unknown(key, readers, elsewhere or {})))
                continue
            try:
                values[key] = readers[key](part)
            except FaultsError as error:
                faults += error.faults
        faults += [
            node.fault(f"is missing; write {key} = {example}", key=key)
            for key, example in (required or {}).items()
            if key not in node.value
        ]
        if faults:
            raise FaultsError(faults)
        return values

    return read


def many(read: Reader, *, least: int = 0, single: bool = True) -> Reader:
    """A reader of a list as a tuple; with `single`, of one value that stands without brackets too."""

    def read_all(node: Node) -> tuple[Any, ...]:
        if not isinstance(node.value, list):
            if not single:
                raise node.refuse(f"{said(node)} is no list")
            return (read(node),)
        values, faults = [], list[Fault]()
        for part in node.value:
            try:
                values.append(read(part))
            except FaultsError as error:
                faults += error.faults
        if len(node.value) < least:
            faults.append(node.fault("is empty; it needs at least one entry"))
        if faults:
            raise FaultsError(faults)
        return tuple(values)

    return read_all


def rows(read: Reader) -> Reader:
    """A reader of an array of tables: `[[discovery]]`."""

    def read_rows(node: Node) -> tuple[Any, ...]:
        if not isinstance(node.value, list):
            raise node.refuse(f"is one table where several may stand; write [[{node.key}]]")
        return tuple(many(read)(node))

    return read_rows


def text(node: Node) -> str:
    """A text that says something, on one line, in Unicode's composed form."""
    if not isinstance(node.value, str):
        raise node.refuse(f"{said(node)} is no text; put it in quotes")
    if not node.value.strip():
        raise node.refuse("is empty")
    if _CONTROL.search(node.value):
        raise node.refuse("has control characters or line breaks in it")
    return unicodedata.normalize("NFC", node.value)


def flag(node: Node) -> bool:
    """A switch: true or false."""
    if not isinstance(node.value, bool):
        raise node.refuse(f"{said(node)} is neither true nor false")
    return node.value


def whole(least: int, most: int) -> Reader:
    """A reader of whole numbers between two bounds, both allowed."""

    def read(node: Node) -> int:
        if isinstance(node.value, bool) or not isinstance(node.value, int):
            raise node.refuse(f"{said(node)} is no whole number")
        return int(_bounded(node, node.value, least, most))

    return read


def share(node: Node) -> float:
    """A share of a whole, 0 to 1."""
    if isinstance(node.value, bool) or not isinstance(node.value, int | float):
        raise node.refuse(f"{said(node)} is no number; write 0.3 for thirty in a hundred")
    return _bounded(node, float(node.value), 0, 1)


def duration(least: float, most: float) -> Reader:
    """A reader of times in seconds: `"500ms"`, `"1.5s"`, `"30m"`, `"24h"`, `"7d"`, `"2w"`, or a number of seconds."""
    example = 'write "1s", "500ms" or a number of seconds' if most <= 3600 else 'write "24h", "7d" or "0s"'

    def read(node: Node) -> float:
        seconds = _measured(node, _SECONDS)
        if seconds is None:
            raise node.refuse(f"{said(node)} is no duration; {example}")
        return _bounded(node, seconds, least, most, _in_words)

    return read


def timedelta(least: float, most: float) -> Reader:
    """As `duration`, given as a `timedelta`."""
    read = duration(least, most)
    return lambda node: dt.timedelta(seconds=read(node))


def size(least: int, most: int) -> Reader:
    """A reader of sizes in bytes: `"20 MiB"`, `"500 kB"`, or a number of bytes."""

    def read(node: Node) -> int:
        amount = _measured(node, _BYTES)
        if amount is None:
            raise node.refuse(f'{said(node)} is no size; write "20 MiB", "500 kB" or a number of bytes')
        return round(_bounded(node, amount, least, most, lambda number: f"{number:.0f} bytes"))

    return read


def date(node: Node) -> dt.date:
    """A calendar day, as TOML's own date or as an ISO text."""
    if isinstance(node.value, dt.date) and not isinstance(node.value, dt.datetime):
        return node.value
    if isinstance(node.value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", node.value):
        try:
            return dt.date.fromisoformat(node.value)
        except ValueError:
            pass
    raise node.refuse(f"{said(node)} is no date; write 2025-10-12")


def one_of(*names: str) -> Reader:
    """A reader of a text that is one of a few."""

    def read(node: Node) -> str:
        if node.value not in names or not isinstance(node.value, str):
            raise node.refuse(f"{said(node)} is none of {', '.join(names)}{meant(str(node.value), names)}")
        return node.value

    return read


def unknown(key: str, known: Iterable[str], elsewhere: Mapping[str, str]) -> str:
    """What to say of a key that is none of those known here."""
    if near := meant(key, known):
        return f"unknown key {key!r}{near}"
    if key in elsewhere:
        return f"unknown key {key!r} here; it belongs in {elsewhere[key]}"
    near = meant(key, elsewhere)
    return f"unknown key {key!r}{near or '; known here: ' + ', '.join(sorted(known))}"


def meant(word: str, known: Iterable[str]) -> str:
    """`; did you mean '…'?` where something known comes near, else nothing."""
    near = get_close_matches(word.lower(), sorted(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def said(node: Node) -> str:
    """The value as a fault quotes it, shortened."""
    value = node.plain()
    words = {True: "true", False: "false"}.get(value) if isinstance(value, bool) else None
    kept = words or (repr(value) if isinstance(value, str | int | float) else _kind(value))
    return kept if len(kept) <= 60 else f"{kept[:56]}…{kept[-1]}"


def _kind(value: object) -> str:
    if isinstance(value, list):
        return "a list"
    return "a table" if isinstance(value, dict) else str(value)


def _measured(node: Node, units: Mapping[str, float]) -> float | None:
    """A number in base units, bare or as a text with its unit; None where it is neither."""
    value = node.value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value if math.isfinite(value) else None
    match = (
        re.fullmatch(r"(-?\d{1,12}(?:\.\d{1,6})?) ?([A-Za-z]{1,3})", value, re.ASCII)
        if isinstance(value, str)
        else None
    )
    unit = units.get(match[2]) if match else None
    return float(match[1]) * unit if match and unit else None


def _bounded(
    node: Node, number: float, least: float, most: float, shown: Callable[[float], str] = "{:g}".format
) -> float:
    if not math.isfinite(number) or number < least:
        raise node.refuse(f"{said(node)} is less than {shown(least)}, the least that is allowed")
    if number > most:
        raise node.refuse(f"{said(node)} is more than {shown(most)}, the most that is allowed")
    return number


def _in_words(seconds: float) -> str:
    unit = next(unit for unit in ("d", "h", "m", "s", "ms") if seconds >= _SECONDS[unit] or unit == "ms")
    if seconds == 0:
        unit = "s"
    return f"{seconds / _SECONDS[unit]:g}{unit}"
