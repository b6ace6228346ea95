"""The archive's tables, as the newest migration leaves them.

Times are microseconds since 1970 in UTC: they sort, they compare, and every database has them. JSON is text.
Snapshots, payloads, changes and notices are only ever added to, and of a version only `last_seen` and `visits` move:
triggers hold that (`storage.dialects.append_only`), except while an audit is open (`storage.audits`).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

from storage.text import clean

if TYPE_CHECKING:
    from sqlalchemy import Dialect

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


class Moment(TypeDecorator[dt.datetime]):
    """An aware time outside, microseconds since 1970 in the table."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> int | None:
        """Microseconds; a time without a zone is refused."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be kept: {value.isoformat()}")
        return (value - EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> dt.datetime | None:
        """An aware time in UTC."""
        del dialect
        return None if value is None else EPOCH + dt.timedelta(microseconds=value)


class Words(TypeDecorator[str]):
    """Text, cleaned on its way in: the one place where NUL and lone surrogates are stopped."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text as every database can hold it."""
        del dialect
        return None if value is None else clean(value)


#: A whole number of 64 bits; to SQLite only `INTEGER` is the row's own number.
_PLACE = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

sites = Table(
    "sites",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Words, nullable=False),
    Column("baseline", Boolean, nullable=False),
    Column("layout", Words),
    UniqueConstraint("name"),
)

pages = Table(
    "pages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("site_id", Integer, ForeignKey("sites.id"), nullable=False),
    Column("url", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("baseline", Boolean, nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("last_visit", Moment),
    Column("last_seen", Moment),
    Column("last_full", Moment),
    Column("version", Integer),
    Column("etag", Words),
    Column("last_modified", Words),
    Column("digest", Words),
    Column("fingerprint", Words),
    Column("suspect", Words),
    Column("misses", Integer, nullable=False),
    Column("missing_since", Moment),
    Column("status", Integer),
    Column("dated", Moment),
    Column("edits", Integer, nullable=False, server_default="0"),
    Column("last_edit", Moment),
    Column("next_due", Moment),
    UniqueConstraint("url", "site_id"),  # the address first: it is also looked for over all sites
    Index(None, "site_id", "id"),
    Index(None, "site_id", "next_due"),
)

#: Where pages stood before they moved.
addresses = Table(
    "addresses",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("site_id", Integer, ForeignKey("sites.id"), nullable=False),
    Column("page_id", Integer, ForeignKey("pages.id"), nullable=False),
    Column("url", Words, nullable=False),
    Column("left_at", Moment, nullable=False),
    Index(None, "url", "site_id"),
    Index(None, "page_id"),
)

crawls = Table(
    "crawls",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("site_id", Integer, ForeignKey("sites.id"), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("reason", Words),
    Column("stats", Words, nullable=False),
    Index(None, "site_id", "id"),
)

payloads = Table(
    "payloads",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", Words, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("codec", Words, nullable=False),
    Column("base_digest", Words, ForeignKey("payloads.digest")),
    Column("data", LargeBinary, nullable=False),
    Column("crc", BigInteger),  # CRC-32 of `data`: a flipped bit that leaves the payload readable shows, too
    Column("shared_id", Integer, ForeignKey("payloads.id")),
    UniqueConstraint("digest"),
    Index(None, "base_digest"),
    Index(None, "shared_id"),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("page_id", Integer, ForeignKey("pages.id"), nullable=False),
    Column("crawl_id", Integer, ForeignKey("crawls.id")),
    Column("url", Words, nullable=False),
    Column("status", Integer, nullable=False),
    Column("captured_at", Moment, nullable=False),
    Column("digest", Words, ForeignKey("payloads.digest"), nullable=False),
    Column("headers", Words, nullable=False),
    Column("redirects", Words, nullable=False),
    Index(None, "page_id", "captured_at", "id"),
)

#: Snapshots that no rules can read yet.
waiting = Table(
    "waiting",
    metadata,
    Column("snapshot_id", Integer, ForeignKey("snapshots.id"), primary_key=True, autoincrement=False),
)

versions = Table(
    "versions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("page_id", Integer, ForeignKey("pages.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("snapshot_id", Integer, ForeignKey("snapshots.id"), nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("visits", Integer, nullable=False),
    Column("digest", Words, nullable=False),
    Column("rules", Words, nullable=False),
    Column("release", LargeBinary, nullable=False),  # last: what moves stands before it, on the row's first page
    UniqueConstraint("page_id", "number"),
    Index(None, "digest", "page_id", "number"),
    Index(None, "page_id", "first_seen"),
)

changes = Table(
    "changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("site_id", Integer, ForeignKey("sites.id"), nullable=False),
    Column("page_id", Integer, ForeignKey("pages.id"), nullable=False),
    Column("crawl_id", Integer, ForeignKey("crawls.id")),
    Column("kind", Words, nullable=False),
    Column("detected_at", Moment, nullable=False),
    Column("baseline", Boolean, nullable=False),
    Column("before", Integer),
    Column("after", Integer),
    Column("url", Words, nullable=False),
    Column("title", Words, nullable=False),
    Column("finding", Words, nullable=False),
    Index(None, "site_id", "id"),
    Index(None, "page_id", "id"),
    Index(None, "detected_at"),
    sqlite_autoincrement=True,  # readers remember how far they have read: an id is never given twice
)

#: Which changes belong together. Apart from `changes`, whose rows are never touched again.
waves = Table(
    "waves",
    metadata,
    Column("change_id", Integer, ForeignKey("changes.id"), primary_key=True, autoincrement=False),
    Column("name", Words, nullable=False),
)

notices = Table(
    "notices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("site_id", Integer, ForeignKey("sites.id"), nullable=False),
    Column("crawl_id", Integer, ForeignKey("crawls.id")),
    Column("kind", Words, nullable=False),
    Column("about", Words),
    Column("at", Moment, nullable=False),
    Column("text", Words, nullable=False),
    Column("detail", Words, nullable=False),
    Index(None, "site_id", "kind", "about", "id"),
    sqlite_autoincrement=True,
)

files = Table(
    "files",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("page_id", Integer, ForeignKey("pages.id"), nullable=False),
    Column("url", Words, nullable=False),
    Column("etag", Words),
    Column("last_modified", Words),
    Column("digest", Words),
    Column("size", BigInteger),
    Column("checked_at", Moment),
    UniqueConstraint("page_id", "url"),
)

#: A version's place in the index of what versions say (`storage.fulltext`): the number tells its time.
sayings = Table(
    "sayings",
    metadata,
    Column("id", _PLACE, primary_key=True),
    Column("version_id", Integer, ForeignKey("versions.id", ondelete="SET NULL")),
    Index(None, "version_id"),
)

#: The sentences that an edit took away or brought (`changes.rewording`), and its place in their index.
rewordings = Table(
    "rewordings",
    metadata,
    Column("id", _PLACE, primary_key=True),
    Column("change_id", Integer, ForeignKey("changes.id", ondelete="SET NULL")),
    Column("lost", Words, nullable=False),
    Column("gained", Words, nullable=False),
    Index(None, "change_id"),
)

#: What is kept and not indexed yet.
unindexed_versions = Table(
    "unindexed_versions",
    metadata,
    Column("version_id", Integer, ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
)
unindexed_changes = Table(
    "unindexed_changes",
    metadata,
    Column("change_id", Integer, ForeignKey("changes.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
)

#: Which process is crawling a site.
leases = Table(
    "leases",
    metadata,
    Column("site_id", Integer, ForeignKey("sites.id"), primary_key=True, autoincrement=False),
    Column("token", Words, nullable=False),
    Column("host", Words, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("born", Words, nullable=False),
    Column("taken_at", Moment, nullable=False),
    Column("renewed_at", Moment, nullable=False),
)

#: Addresses that gave no answer that could be read: every outcome but the good ones.
faults = Table(
    "faults",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("site_id", Integer, ForeignKey("sites.id"), nullable=False),
    Column("crawl_id", Integer, ForeignKey("crawls.id")),
    Column("url", Words, nullable=False),
    Column("fault", Words, nullable=False),
    Column("detail", Words, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "site_id", "id"),
)

#: Who altered what is kept, when and why. While a row of a page (of all pages: `page_id` null) has no end, the triggers
#: let its versions and changes be corrected, and a purge everything; it is begun and ended in one transaction.
audits = Table(
    "audits",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("who", Words, nullable=False),
    Column("action", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("page_id", Integer),  # no reference: a purged page is gone
    Column("ended_at", Moment),
    Column("detail", Words, nullable=False),
    Index(None, "ended_at", "page_id"),
    sqlite_autoincrement=True,
)

#: Addresses that were purged and are not to be watched again, by their SHA-256: an address may itself tell too much.
blocked = Table(
    "blocked",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("site_id", Integer, ForeignKey("sites.id"), nullable=False),
    Column("url_digest", Words, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("url_digest", "site_id"),
)

#: How far a long piece of work has come that may be cut short: `reread/SITE`.
cursors = Table(
    "cursors",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Words, nullable=False),
    Column("value", Words, nullable=False),
    UniqueConstraint("name"),
)

#: What was brought in from elsewhere: `source` names the files or the server, never an address that was asked for.
imports = Table(
    "imports",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("who", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("source", Words, nullable=False),
    Column("ended_at", Moment),
    Column("detail", Words, nullable=False),
    sqlite_autoincrement=True,
)

#: Where an answer came from that no crawl of ours brought.
origins = Table(
    "origins",
    metadata,
    Column("snapshot_id", Integer, ForeignKey("snapshots.id"), primary_key=True, autoincrement=False),
    Column("import_id", Integer, ForeignKey("imports.id"), nullable=False),
    Column("source", Words, nullable=False),  # the file's name, or the server
    Column("place", BigInteger),  # where the record begins in the file, in bytes
    Column("record", Words),  # WARC-Record-ID, or the address of the memento
    Column("crawled", Moment),  # when the crawl began that brought it into the archive which was exported
    Index(None, "import_id"),
)
