"""Text on PostgreSQL sorts by its code points, as it does in SQLite, whatever language the server was set up in."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic.ddl.postgresql import PostgresqlImpl


class Impl(PostgresqlImpl):
    """What Alembic does on PostgreSQL, with the collation of every column of text that a step makes."""

    __dialect__ = "postgresql"

    def create_table(self, table: sa.Table, **kw: Any) -> None:
        """As Alembic does it."""
        for column in table.columns:
            _collate(column)
        super().create_table(table, **kw)

    def add_column(self, table_name: str, column: sa.Column[Any], **kw: Any) -> None:
        """As Alembic does it."""
        _collate(column)
        super().add_column(table_name, column, **kw)


def _collate(column: sa.Column[Any]) -> None:
    if isinstance(column.type, sa.Text) and column.type.collation is None:
        column.type = sa.Text(collation="C")
