"""What stands in an archive's tables, to be held against what stood there before."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from storage.fts5 import is_index_table


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables but the index's, by table."""
    with closing(sqlite3.connect(path)) as file:
        names = [name for (name,) in file.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
        return {
            name: sorted(file.execute(f'SELECT * FROM "{name}"'), key=repr)
            for name in names
            if not is_index_table(name) and name != "sqlite_sequence"
        }
