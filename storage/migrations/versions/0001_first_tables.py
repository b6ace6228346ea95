"""First tables: sites, pages, snapshots, payloads, versions, changes, notices, files, crawls, faults."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.dialects import append_only, mark

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them, and have the database guard what is never to be edited."""
    _watched()
    _kept()
    _told()
    connection = op.get_bind()
    for table in ("payloads", "snapshots", "changes", "notices"):
        append_only(connection, table)
    append_only(connection, "versions", may_change=("last_seen", "visits"))
    mark(connection)


def _watched() -> None:
    op.create_table(
        "sites",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("baseline", sa.Boolean(), nullable=False),
        sa.Column("layout", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_sites"),
        sa.UniqueConstraint("name", name="uq_sites_name"),
    )
    op.create_table(
        "pages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("baseline", sa.Boolean(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_visit", sa.BigInteger()),
        sa.Column("last_seen", sa.BigInteger()),
        sa.Column("last_full", sa.BigInteger()),
        sa.Column("version", sa.Integer()),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
        sa.Column("digest", sa.Text()),
        sa.Column("fingerprint", sa.Text()),
        sa.Column("suspect", sa.Text()),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("missing_since", sa.BigInteger()),
        sa.Column("status", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_pages"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_pages_site_id"),
        sa.UniqueConstraint("url", "site_id", name="uq_pages_url_site_id"),
    )
    op.create_index("ix_pages_site_id_id", "pages", ["site_id", "id"])
    op.create_table(
        "addresses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("left_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_addresses"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_addresses_site_id"),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name="fk_addresses_page_id"),
    )
    op.create_index("ix_addresses_page_id", "addresses", ["page_id"])
    op.create_index("ix_addresses_url_site_id", "addresses", ["url", "site_id"])
    op.create_table(
        "files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
        sa.Column("digest", sa.Text()),
        sa.Column("size", sa.BigInteger()),
        sa.Column("checked_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name="fk_files_page_id"),
        sa.UniqueConstraint("page_id", "url", name="uq_files_page_id_url"),
    )
    op.create_table(
        "crawls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        sa.Column("stats", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_crawls"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_crawls_site_id"),
    )
    op.create_index("ix_crawls_site_id_id", "crawls", ["site_id", "id"])


def _kept() -> None:
    op.create_table(
        "payloads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("codec", sa.Text(), nullable=False),
        sa.Column("base_digest", sa.Text()),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_payloads"),
        sa.ForeignKeyConstraint(["base_digest"], ["payloads.digest"], name="fk_payloads_base_digest"),
        sa.UniqueConstraint("digest", name="uq_payloads_digest"),
    )
    op.create_index("ix_payloads_base_digest", "payloads", ["base_digest"])
    op.create_table(
        "snapshots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("crawl_id", sa.Integer()),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("captured_at", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("redirects", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_snapshots"),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name="fk_snapshots_page_id"),
        sa.ForeignKeyConstraint(["crawl_id"], ["crawls.id"], name="fk_snapshots_crawl_id"),
        sa.ForeignKeyConstraint(["digest"], ["payloads.digest"], name="fk_snapshots_digest"),
    )
    op.create_index("ix_snapshots_page_id_captured_at_id", "snapshots", ["page_id", "captured_at", "id"])
    op.create_table(
        "waiting",
        sa.Column("snapshot_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("snapshot_id", name="pk_waiting"),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.id"], name="fk_waiting_snapshot_id"),
    )
    op.create_table(
        "versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("release", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_versions"),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name="fk_versions_page_id"),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.id"], name="fk_versions_snapshot_id"),
        sa.UniqueConstraint("page_id", "number", name="uq_versions_page_id_number"),
    )
    op.create_index("ix_versions_digest_page_id_number", "versions", ["digest", "page_id", "number"])
    op.create_index("ix_versions_page_id_first_seen", "versions", ["page_id", "first_seen"])


def _told() -> None:
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("crawl_id", sa.Integer()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("detected_at", sa.BigInteger(), nullable=False),
        sa.Column("baseline", sa.Boolean(), nullable=False),
        sa.Column("before", sa.Integer()),
        sa.Column("after", sa.Integer()),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_changes_site_id"),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name="fk_changes_page_id"),
        sa.ForeignKeyConstraint(["crawl_id"], ["crawls.id"], name="fk_changes_crawl_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_changes_detected_at", "changes", ["detected_at"])
    op.create_index("ix_changes_page_id_id", "changes", ["page_id", "id"])
    op.create_index("ix_changes_site_id_id", "changes", ["site_id", "id"])
    op.create_table(
        "waves",
        sa.Column("change_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("change_id", name="pk_waves"),
        sa.ForeignKeyConstraint(["change_id"], ["changes.id"], name="fk_waves_change_id"),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("crawl_id", sa.Integer()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_notices_site_id"),
        sa.ForeignKeyConstraint(["crawl_id"], ["crawls.id"], name="fk_notices_crawl_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notices_site_id_kind_about_id", "notices", ["site_id", "kind", "about", "id"])
    op.create_table(
        "faults",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("crawl_id", sa.Integer()),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_faults"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_faults_site_id"),
        sa.ForeignKeyConstraint(["crawl_id"], ["crawls.id"], name="fk_faults_crawl_id"),
    )
    op.create_index("ix_faults_site_id_id", "faults", ["site_id", "id"])
