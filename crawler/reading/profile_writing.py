"""Rules written into a profile file, its comments and its order left as they are."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

import tomlkit
from tomlkit.items import AoT, Table

from crawler.reading.profiles import ReleaseRules

_DEFAULTS = ReleaseRules(name="", region="", title=())


def with_rules(
    text: str, rules: Sequence[ReleaseRules], *, retired: Sequence[str] = (), until: dt.date | None = None
) -> str:
    """A profile file with rules put before its own, and `valid_until` on those that are over.

    Where the file has no rules of its own, because it extends another profile, they are put before the inherited ones
    (`release_also`), and none can be given an end.

    Args:
        text: The file as it is.
        rules: What is put in, first things first.
        retired: Names of rules in it that fit no page any more.
        until: The last day on which they did.
    """
    document = tomlkit.parse(text)
    key = "release" if "release" in document else "release_also"
    there = document.get(key)
    old = list(there) if isinstance(there, AoT) else []
    for table in old:
        if until is not None and table.get("name") in retired and "valid_until" not in table:
            table["valid_until"] = until
    tables = tomlkit.aot()
    for table in (*map(_table, rules), *old):
        tables.append(table)
    document[key] = tables
    return tomlkit.dumps(document)


def with_noise(text: str, selectors: Sequence[str]) -> str:
    """A profile file with selectors added to what is dropped from all of the site's pages."""
    document = tomlkit.parse(text)
    key = (
        "noise"
        if "noise" in document
        else "noise_also"
        if "noise_also" in document or "extends" in document
        else "noise"
    )
    there = [str(one) for one in document.get(key, [])]
    noise = tomlkit.array()
    noise.extend(dict.fromkeys([*there, *selectors]))
    if key in document:
        document[key] = noise
        return tomlkit.dumps(document)
    # a key at the top stands before the first table, or it would be one of that table's
    first = next((name for name, value in document.items() if isinstance(value, (Table, AoT))), None)
    if first is None:
        document[key] = noise
        return tomlkit.dumps(document)
    line = tomlkit.document()
    line[key] = noise
    at = text.index(_head(text))
    return text[:at] + tomlkit.dumps(line) + "\n" + text[at:]


def _head(text: str) -> str:
    """The first line of a file that begins a table."""
    return next(line for line in text.splitlines(keepends=True) if line.lstrip().startswith("["))


def _table(rules: ReleaseRules) -> Table:
    table = tomlkit.table()
    for field in dataclasses.fields(rules):
        value = getattr(rules, field.name)
        if value == getattr(_DEFAULTS, field.name):
            continue
        table[field.name] = list(value) if isinstance(value, tuple) else value
    return table
