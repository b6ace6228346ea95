"""Audits: what is kept may be corrected or purged, with a note of who did it and why. Checksums, cursors."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

from storage.dialects import append_only

if TYPE_CHECKING:
    import sqlite3

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_PURGING = "EXISTS (SELECT 1 FROM audits WHERE ended_at IS NULL AND page_id IS NULL AND action = 'purge')"
_CORRECTING = "EXISTS (SELECT 1 FROM audits WHERE ended_at IS NULL AND page_id = OLD.page_id)"


def upgrade() -> None:
    """Make the tables, give every payload its checksum, and have the triggers ask for an open audit."""
    op.create_table(
        "audits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("page_id", sa.Integer()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audits"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audits_ended_at_page_id", "audits", ["ended_at", "page_id"])
    op.create_table(
        "blocked",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("url_digest", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_blocked"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_blocked_site_id"),
        sa.UniqueConstraint("url_digest", "site_id", name="uq_blocked_url_digest_site_id"),
    )
    op.create_table(
        "cursors",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cursors"),
        sa.UniqueConstraint("name", name="uq_cursors_name"),
    )
    op.add_column("payloads", sa.Column("crc", sa.BigInteger()))
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":  # archives elsewhere are younger than this step
        # before the first trigger is made anew: nothing else may touch a payload
        op.execute("DROP TRIGGER IF EXISTS payloads_no_update")
        driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
        driver.create_function("pressvakt_crc", 1, zlib.crc32, deterministic=True)
        op.execute("UPDATE payloads SET crc = pressvakt_crc(data)")
    for table in ("payloads", "snapshots", "notices"):
        append_only(connection, table, unless=_PURGING)
    append_only(connection, "changes", unless=f"{_PURGING} OR {_CORRECTING}")
    append_only(connection, "versions", may_change=("last_seen", "visits"), unless=f"{_PURGING} OR {_CORRECTING}")
    append_only(connection, "audits", unless="OLD.ended_at IS NULL")
