"""Search: indexes of what versions say and of what edits took away and brought. What is kept already waits for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.dialects import full_text

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and put on the list all that is to be indexed at the first search."""
    op.create_table(
        "sayings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_sayings"),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name="fk_sayings_version_id", ondelete="SET NULL"),
    )
    op.create_index("ix_sayings_version_id", "sayings", ["version_id"])
    op.create_table(
        "rewordings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("change_id", sa.Integer()),
        sa.Column("lost", sa.Text(), nullable=False),
        sa.Column("gained", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rewordings"),
        sa.ForeignKeyConstraint(["change_id"], ["changes.id"], name="fk_rewordings_change_id", ondelete="SET NULL"),
    )
    op.create_index("ix_rewordings_change_id", "rewordings", ["change_id"])
    for name, key, of in (
        ("unindexed_versions", "version_id", "versions"),
        ("unindexed_changes", "change_id", "changes"),
    ):
        op.create_table(
            name,
            sa.Column(key, sa.Integer(), autoincrement=False, nullable=False),
            sa.PrimaryKeyConstraint(key, name=f"pk_{name}"),
            sa.ForeignKeyConstraint([key], [f"{of}.id"], name=f"fk_{name}_{key}", ondelete="CASCADE"),
        )
    full_text(op.get_bind()).create(op.get_bind())
    op.execute("INSERT INTO unindexed_versions SELECT id FROM versions")
    op.execute("INSERT INTO unindexed_changes SELECT id FROM changes WHERE kind = 'edited'")
