"""Questions about changes: what each may have, by its marks, and when each span of them was detected."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import marking

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. What is kept already has mark 0, and is marked with the next search."""
    op.create_table(
        "marks",
        sa.Column("mark", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("change_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("mark", "change_id", name="pk_marks"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "senders",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_senders"),
    )
    op.create_table(
        "spans",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_spans"),
    )
    marking.create(op.get_bind())
