"""The table of the editions of files that releases offer."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, UniqueConstraint

from storage.tables import Moment, Words, metadata

#: What stood behind the address of a file, one row an edition. `text` is its paragraphs (compressed JSON) where they
#: could be read, and `problem` says why where not; the bytes stand among the payloads where `kept`.
editions = Table(
    "editions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("page_id", Integer, ForeignKey("pages.id"), nullable=False),
    Column("url", Words, nullable=False),
    Column("number", Integer, nullable=False),
    Column("digest", Words, nullable=False),
    Column("payload", Words, ForeignKey("payloads.digest")),
    Column("size", BigInteger, nullable=False),
    Column("media_type", Words, nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("visits", Integer, nullable=False),
    Column("problem", Words),
    Column("text", LargeBinary),
    UniqueConstraint("page_id", "url", "number"),
    Index(None, "payload"),
)
