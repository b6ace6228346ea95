"""Payloads in series: they may lean on volumes, in which stands what pages of a site have in common."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.dialects import append_only

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_PURGING = "EXISTS (SELECT 1 FROM audits WHERE ended_at IS NULL AND page_id IS NULL AND action = 'purge')"


def upgrade() -> None:
    """Add the column and the table. What is kept stays packed as it is; the column is guarded as the others are."""
    # as both databases spell it: Alembic would have SQLite copy the whole table
    op.execute(
        "ALTER TABLE payloads ADD COLUMN shared_id INTEGER CONSTRAINT fk_payloads_shared_id REFERENCES payloads(id)"
    )
    op.create_index("ix_payloads_shared_id", "payloads", ["shared_id"])
    op.create_table(
        "series",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("volume_id", sa.Integer()),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", name="pk_series"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_series_site_id"),
        sa.ForeignKeyConstraint(["volume_id"], ["payloads.id"], name="fk_series_volume_id"),
    )
    append_only(op.get_bind(), "payloads", unless=_PURGING)
