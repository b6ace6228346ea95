"""Rows as Parquet: columns with types, in groups that are written as they fill, so that memory stays flat.

The types of columns follow from their names, never from what happens to stand in the first rows: files of two days fit
together.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import IO, Any

from pressvakt.failure import Failure

#: Rows, and characters, after which a group is written.
_ROWS = 20_000
_SIZE = 8 * 1024 * 1024


class Column(StrEnum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"  #: 64 bits
    REAL = "real"  #: a number with a fraction
    TRUTH = "truth"
    TIME = "time"  #: UTC, to the microsecond
    TEXTS = "texts"
    NUMBERS = "numbers"
    JSON = "json"  #: as text


#: What columns hold that hold no text.
KNOWN: dict[str, Column] = {
    name: kind
    for kind, names in (
        (Column.NUMBER, "id before after version visits snapshot status releases times sentences"),
        (Column.REAL, "share"),
        (Column.TRUTH, "silent baseline"),
        (Column.TIME, "detected_at first_seen last_seen captured_at at ended_at"),
        (Column.TEXTS, "fields labels period changes found only_here only_there"),
        (Column.TEXTS, "senders categories contacts attachments notices"),
        (Column.JSON, "detail"),
    )
    for name in names.split()
}


def write_parquet(
    file: IO[bytes], columns: Sequence[str], rows: Iterable[Mapping[str, Any]], *, types: Mapping[str, Column]
) -> None:
    """Write rows; `types` says what columns hold whose names do not tell (`KNOWN`).

    Raises:
        Failure: pyarrow is not installed.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 - takes long to load, and not everybody has it
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise Failure("parquet needs pyarrow; install it: pip install 'pressvakt[parquet]'") from None
    arrow = {
        Column.TEXT: pa.string(),
        Column.NUMBER: pa.int64(),
        Column.REAL: pa.float64(),
        Column.TRUTH: pa.bool_(),
        Column.TIME: pa.timestamp("us", tz="UTC"),
        Column.TEXTS: pa.list_(pa.string()),
        Column.NUMBERS: pa.list_(pa.int64()),
        Column.JSON: pa.string(),
    }
    holds = {name: types.get(name) or KNOWN.get(name, Column.TEXT) for name in columns}
    schema = pa.schema([(name, arrow[kind]) for name, kind in holds.items()])
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for group in _groups(rows, holds):
            writer.write_table(pa.table(group, schema=schema))


def _groups(rows: Iterable[Mapping[str, Any]], holds: Mapping[str, Column]) -> Iterable[dict[str, list[Any]]]:
    group: dict[str, list[Any]] = {name: [] for name in holds}
    count = size = 0
    for row in rows:
        for name, kind in holds.items():
            value = _value(row.get(name), kind)
            group[name].append(value)
            size += len(value) if isinstance(value, str | list) else 8
        count += 1
        if count >= _ROWS or size >= _SIZE:
            yield group
            group, count, size = {name: [] for name in holds}, 0, 0
    if count:
        yield group


def _value(value: Any, kind: Column) -> Any:
    if value is None:
        return None
    match kind:
        case Column.TIME:
            return value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(value)
        case Column.JSON:
            return json.dumps(value, ensure_ascii=False)
        case Column.TEXTS:
            return [None if one is None else str(one) for one in value]
        case Column.TEXT:
            return value if isinstance(value, str) else str(value)
        case _:
            return value
