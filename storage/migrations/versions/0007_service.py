"""When sites and pages are due; of each page when it was published and how often it was edited."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import sqlalchemy as sa
import zstandard
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_HOUR = 3_600_000_000
_DAY = 24 * _HOUR
#: The ladder by which pages were visited until now: (younger than, visited every).
_LADDER = (
    (3 * _HOUR, _HOUR // 4),
    (_DAY, _HOUR),
    (7 * _DAY, 3 * _HOUR),
    (30 * _DAY, 3 * _DAY),
    (365 * _DAY, 30 * _DAY),
)
_OLDEST = 90 * _DAY
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def upgrade() -> None:
    """Make the tables and columns, and fill in what is known. A page goes on being due as it was."""
    _create_tables()
    op.add_column("pages", sa.Column("dated", sa.BigInteger()))
    op.add_column("pages", sa.Column("edits", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("pages", sa.Column("last_edit", sa.BigInteger()))
    op.add_column("pages", sa.Column("next_due", sa.BigInteger()))
    connection = op.get_bind()
    _fill_dates(connection)
    _fill_edits(connection)
    _fill_due(connection)
    op.create_index("ix_pages_site_id_next_due", "pages", ["site_id", "next_due"])


def _create_tables() -> None:
    op.create_table(
        "agenda",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("next_due", sa.BigInteger()),
        sa.Column("rests_until", sa.BigInteger()),
        sa.Column("paused_at", sa.BigInteger()),
        sa.Column("pause_reason", sa.Text()),
        sa.Column("taken_at", sa.BigInteger()),
        sa.Column("taken_by", sa.Text()),
        sa.PrimaryKeyConstraint("site_id", name="pk_agenda"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_agenda_site_id"),
    )
    op.create_index("ix_agenda_next_due", "agenda", ["next_due"])
    op.create_table(
        "duties",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("born", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("renewed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_duties"),
    )


def _fill_dates(connection: sa.Connection) -> None:
    """When each release says it was published, out of its latest version."""
    latest = sa.text(
        "SELECT p.id, v.release FROM pages p JOIN versions v ON v.page_id = p.id AND v.number = p.version "
        "WHERE p.id > :after ORDER BY p.id LIMIT 500"
    )
    set_date = sa.text("UPDATE pages SET dated = :dated WHERE id = :key")
    after = 0
    while found := connection.execute(latest, {"after": after}).all():
        after = found[-1].id
        dates = [{"key": row.id, "dated": at} for row in found if (at := _dated(row.release)) is not None]
        if dates:
            connection.execute(set_date, dates)


def _dated(packed: bytes) -> int | None:
    """Microseconds since 1970; None where the release has no date, or cannot be read: `verify` tells of that."""
    try:
        said: dict[str, Any] = json.loads(zstandard.ZstdDecompressor().decompressobj().decompress(packed))
        stamp = said.get("published") or {}
        if text := stamp.get("at"):
            at = dt.datetime.fromisoformat(text)
        elif text := stamp.get("day"):
            at = dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)
        else:
            return None
    except (ValueError, AttributeError, zstandard.ZstdError):
        return None
    return (at - _EPOCH) // dt.timedelta(microseconds=1)


def _fill_edits(connection: sa.Connection) -> None:
    """How often a crawl found each page changed: changes of one visit count once."""
    edits = sa.text(
        "SELECT page_id, count(DISTINCT detected_at) AS edits, max(detected_at) AS last FROM changes "
        "WHERE crawl_id IS NOT NULL AND kind NOT IN ('published', 'removed', 'restored', 'moved') GROUP BY page_id"
    )
    set_edits = sa.text("UPDATE pages SET edits = :edits, last_edit = :last WHERE id = :key")
    found = [{"key": row.page_id, "edits": row.edits, "last": row.last} for row in connection.execute(edits)]
    if found:
        connection.execute(set_edits, found)


def _fill_due(connection: sa.Connection) -> None:
    """Each page when the ladder has it; one that is doubtful, or was never visited, at the next crawl."""
    steps = " ".join(f"WHEN last_visit - first_seen < {younger} THEN {every}" for younger, every in _LADDER)
    connection.execute(
        sa.text(
            f"UPDATE pages SET next_due = last_visit + CASE {steps} ELSE {_OLDEST} END "  # noqa: S608 - our own figures
            "WHERE last_visit IS NOT NULL AND state <> 'missing' AND suspect IS NULL"
        )
    )
