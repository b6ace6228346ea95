"""Imports: what was brought in from elsewhere, by whom and when, and where each answer of it came from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. A snapshot that is purged takes its origin with it."""
    op.create_table(
        "imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_imports"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "origins",
        sa.Column("snapshot_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger()),
        sa.Column("record", sa.Text()),
        sa.Column("crawled", sa.BigInteger()),
        sa.PrimaryKeyConstraint("snapshot_id", name="pk_origins"),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.id"], name="fk_origins_snapshot_id"),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name="fk_origins_import_id"),
    )
    op.create_index("ix_origins_import_id", "origins", ["import_id"])
