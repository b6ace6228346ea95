"""TOML files whose every value knows where it stands, and faults that say so.

A file becomes a tree of `Node`s. Whoever reads a node and does not like it raises `FaultsError` with the node's
place; readers of tables and lists gather the faults of all their parts, so that a person sees them all at once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crawler.reading.toml_positions import MAX_DEPTH, KeyPath, Positions, Spot, TooDeepError, scan

#: No honest configuration comes near this size, in bytes.
MAX_SIZE = 256 * 1024


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that is wrong with a configuration. Line and column count from 1; 0 where there is none."""

    file: str
    line: int
    column: int
    key: str  #: dotted, as a person would write it: `crawl.delay`, `release[0].title`; empty for the whole file
    message: str

    def __str__(self) -> str:
        """One line: `sites/replay.toml:4: crawl.delay: 'fast' is no duration; …`."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (place, self.key, self.message) if part)


class FaultsError(Exception):
    """Configuration that cannot be used, with everything that is wrong with it.

    FaultsError
    ├── ProfileError   (profile_files)      a site's profile
    └── ConfigError    (pressvakt.config)   pressvakt.toml and all profiles beside it
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Keep each fault once, in the order given."""
        self.faults = tuple(dict.fromkeys(faults))
        super().__init__("\n".join(map(str, self.faults)))


@dataclass(frozen=True, kw_only=True)
class Node:
    """A value of a TOML file with its place. Tables hold `dict[str, Node]`, arrays `list[Node]`, else plain values."""

    file: str
    line: int
    column: int
    key: str
    value: Any

    def fault(self, message: str, *, key: str | None = None) -> Fault:
        """What is wrong here; `key` names a part of this table that is not there."""
        named = self.key if key is None else _dotted(self.key, key)
        return Fault(file=self.file, line=self.line, column=self.column, key=named, message=message)

    def refuse(self, message: str) -> FaultsError:
        """The error to raise about this value."""
        return FaultsError([self.fault(message)])

    def plain(self) -> Any:
        """The value as tomllib would give it."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


def read_toml(path: Path, *, shown: str) -> Node:
    """A TOML file as its root table; `shown` is what faults call the file.

    Raises:
        FaultsError: the file cannot be read, is not UTF-8, or is not TOML; one fault.
    """
    return parse_toml(_decoded(path, shown), shown=shown)


def parse_toml(text: str, *, shown: str) -> Node:
    """A TOML text as its root table.

    Raises:
        FaultsError: the text is not TOML; one fault.
    """
    text = text.replace("\r\n", "\n")
    try:
        positions = scan(text)
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FaultsError([_syntax_fault(str(error), text, shown)]) from None
    except TooDeepError as error:
        raise FaultsError([_fault_at(shown, error.spot, f"nested more than {MAX_DEPTH} levels deep")]) from None
    return _node(data, (), "", positions=positions, above=(1, 1), shown=shown)


def merged(base: Node, over: Node) -> Node:
    """`base` with what `over` says instead: tables key by key, everything else as a whole.

    A key `NAME_also` in `over` puts its entries before those that `base` has under `NAME`.

    Raises:
        FaultsError: a table gives both `NAME` and `NAME_also`.
    """
    values = dict(base.value)
    faults: list[Fault] = []
    for key, node in over.value.items():
        stem = key.removesuffix("_also")
        try:
            if stem != key:
                values[stem] = _joined(node, base.value.get(stem), over.value.get(stem))
            elif isinstance(node.value, dict):
                inherited = values.get(key)
                below = inherited if inherited and isinstance(inherited.value, dict) else replace(node, value={})
                values[key] = merged(below, node)
            else:
                values[key] = node
        except FaultsError as error:
            faults += error.faults
    if faults:
        raise FaultsError(faults)
    return replace(over, value=values)


def _joined(node: Node, inherited: Node | None, own: Node | None) -> Node:
    if own is not None:
        raise node.refuse(f"stands beside {own.key!r}; write one of the two")
    entries = [*_entries(node), *(_entries(inherited) if inherited else [])]
    return replace(node, value=entries)


def _entries(node: Node) -> list[Node]:
    return list(node.value) if isinstance(node.value, list) else [node]


def _decoded(path: Path, shown: str) -> str:
    try:
        if path.is_dir():
            raise FaultsError([_fault_at(shown, (0, 0), "is a folder, not a file")])
        if path.exists() and not path.is_file():
            raise FaultsError([_fault_at(shown, (0, 0), "is no regular file")])
        with path.open("rb") as file:
            data = file.read(MAX_SIZE + 1)
    except FileNotFoundError:
        reason = "is a link that leads nowhere" if path.is_symlink() else "is not there"
        raise FaultsError([_fault_at(shown, (0, 0), reason)]) from None
    except OSError as error:
        raise FaultsError([_fault_at(shown, (0, 0), f"cannot be read: {error.strerror or error}")]) from None
    if len(data) > MAX_SIZE:
        raise FaultsError([_fault_at(shown, (0, 0), f"is larger than {MAX_SIZE // 1024} KiB")])
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise FaultsError([_fault_at(shown, (1, 1), "begins with a byte order mark; save it as UTF-8 without one")])
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        spot = before.count(b"\n") + 1, len(before.rpartition(b"\n")[2].decode("utf-8")) + 1
        message = f"is not UTF-8: byte 0x{data[error.start]:02x}; save it as UTF-8"
        raise FaultsError([_fault_at(shown, spot, message)]) from None


#: tomllib's words, and what they mean to a person who wrote the line.
_SYNTAX = (
    ("Invalid value", 'no value that TOML knows; a text stands in quotes: key = "text"'),
    ("Expected '=' after a key", "a key without '=' and a value"),
    ("Unterminated string", "a text without its closing quotes"),
    ("Unclosed array", "a list without its closing ]"),
    ("Illegal character '\\n'", "a text without its closing quotes on the same line"),
    ("Expected newline or end of document", "more on the line than one key and its value"),
    ("Unescaped '\\'", "a lone backslash; write it twice, or use single quotes: '\\d+'"),
    ("Invalid initial character for a key part", "no key; a table in braces stands on one line, without a last comma"),
)


def _syntax_fault(said: str, text: str, shown: str) -> Fault:
    match = re.fullmatch(r"(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)", said, re.DOTALL)
    reason = match[1] if match else said
    lines = text.rstrip("\n").split("\n")
    spot = (int(match[2]), int(match[3])) if match and match[2] else (len(lines), len(lines[-1]) + 1)
    found = scan(text)
    repeat = found.repeat
    if repeat and repeat.spot[0] <= spot[0] and reason.startswith(("Cannot", "Duplicate")):
        first = f"line {repeat.first[0]}" if repeat.first[0] != repeat.spot[0] else "the same line"
        return _fault_at(shown, repeat.spot, f"is written twice; it stands on {first} already", _written(repeat.path))
    if spot[1] == 1 and spot[0] > 1 and reason.startswith("Illegal character '\\n'"):
        spot = (spot[0] - 1, len(lines[spot[0] - 2]) + 1)
    begun = next((path for path in reversed(found.spots) if isinstance(path[-1], str)), ())
    if match and not match[2] and reason.startswith(("Unclosed", "Unterminated")):
        spot = found.spots.get(begun, spot)  # where it begins, not where the file ends
    plain = next((ours for theirs, ours in _SYNTAX if reason.startswith(theirs)), reason)
    return _fault_at(shown, spot, f"not TOML: {plain}", _key_on(lines, spot[0]))


def _key_on(lines: list[str], number: int) -> str:
    """The key that a faulty line sets, with its table; empty where it sets none."""
    match = re.match(r"\s*([A-Za-z0-9_.-]+)\s*=", lines[number - 1])
    if not match:
        return ""
    above = scan("\n".join(lines[: number - 1])).table
    return _dotted(_written(above), match[1])


def _fault_at(shown: str, spot: Spot, message: str, key: str = "") -> Fault:
    return Fault(file=shown, line=spot[0], column=spot[1], key=key, message=message)


def _node(value: Any, path: KeyPath, key: str, *, positions: Positions, above: Spot, shown: str) -> Node:
    spot = positions.spots.get(path, above)
    rest: dict[str, Any] = {"positions": positions, "above": spot, "shown": shown}
    if isinstance(value, dict):
        value = {name: _node(part, (*path, name), _dotted(key, name), **rest) for name, part in value.items()}
    elif isinstance(value, list):
        value = [_node(part, (*path, index), f"{key}[{index}]", **rest) for index, part in enumerate(value)]
    return Node(file=shown, line=spot[0], column=spot[1], key=key, value=value)


def _written(path: KeyPath) -> str:
    key = ""
    for part in path:
        key = f"{key}[{part}]" if isinstance(part, int) else _dotted(key, part)
    return key


def _dotted(table: str, name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        name = repr(name)
    return f"{table}.{name}" if table else name
