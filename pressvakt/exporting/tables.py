"""Rows of results where the reader wants them: JSON lines, CSV or Parquet, on standard output or in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any

from pressvakt.exporting.files import STDOUT, whole_file
from pressvakt.exporting.parquet import Column, write_parquet
from pressvakt.failure import Misuse
from pressvakt.present import Format, write_csv, write_jsonl

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where rows go, and how they are written."""

    output: Format
    out: Path | None = None
    force: bool = False

    @property
    def table(self) -> bool:
        """Whether a person reads them on the terminal."""
        return self.output is Format.TABLE

    def write(
        self,
        columns: Sequence[str],
        rows: Iterable[Row],
        *,
        flat: Callable[[Row], Row] = lambda row: row,
        types: Mapping[str, Column] | None = None,
    ) -> None:
        """Write rows as they come.

        Args:
            columns: What CSV and Parquet have; JSON has all keys of a row.
            rows: The rows.
            flat: Makes a row's values fit for a cell, for CSV and Parquet.
            types: What Parquet's columns hold, where their names do not tell.

        Raises:
            pressvakt.failure.Failure: the file cannot be written.
        """
        if self.out is None or (self.out == STDOUT and self.output is not Format.PARQUET):
            if self.output is Format.JSONL:
                write_jsonl(rows)
            else:
                write_csv(columns, map(flat, rows))
            return
        with whole_file(self.out, force=self.force) as file:
            if self.output is Format.PARQUET:
                write_parquet(file, columns, map(flat, rows), types=types or {})
                return
            with _text(file) as text:
                if self.output is Format.JSONL:
                    write_jsonl(rows, text)
                else:
                    write_csv(columns, map(flat, rows), text)


def target(output: Format, out: Path | None, *, force: bool = False) -> Target:
    """Where rows are to go.

    Raises:
        Misuse: what was asked for does not go together.
    """
    if output is Format.TABLE and out is not None:
        raise Misuse("the table is for people; --out goes with --format jsonl, csv or parquet")
    if output is Format.PARQUET and out is None:
        raise Misuse("parquet is nothing for a terminal; name a file: --out FILE")
    return Target(output=output, out=out, force=force)


@contextmanager
def _text(file: IO[bytes]) -> Iterator[TextIOWrapper]:
    """A file of bytes as one of text; it stays open when the block has ended."""
    text = TextIOWrapper(file, "utf-8", errors="replace", newline="\n")
    try:
        yield text
        text.flush()
    finally:
        text.detach()
