"""The tables of access: who may read and change things over the web, and by which keys.

No secret stands in them: a password as its Argon2 hash, a session's cookie and a token as their SHA-256.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from storage.tables import Moment, Words, metadata

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Words, nullable=False),
    Column("role", Words, nullable=False),
    Column("password", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("name"),
    sqlite_autoincrement=True,  # what was written down of a user is never another's
)
sessions = Table(
    "sessions",
    metadata,
    Column("digest", Words, primary_key=True),
    Column("user_id", Integer, ForeignKey("users.id"), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index(None, "user_id"),
)
tokens = Table(
    "tokens",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", Words, nullable=False),
    Column("user_id", Integer, ForeignKey("users.id"), nullable=False),
    Column("name", Words, nullable=False),
    Column("role", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    UniqueConstraint("digest"),
    Index(None, "user_id"),
    sqlite_autoincrement=True,
)
