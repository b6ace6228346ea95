"""The tables of alerts: who asked for what, what is owed to whom, and what became of it.

A change is owed from the transaction on that found it (`OWE`). Later it is matched with the subscriptions: changes that
go out together are a bundle, however many readers it goes to, and a delivery is one message to one of them.
Nothing here is history: rows come and go, and what is purged or corrected takes its alerts with it.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from storage.tables import Moment, Words, metadata

#: Who is told of what. `terms` is what was asked for, as JSON; `secret` makes tokens and signatures.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("origin", Words, nullable=False),
    Column("channel", Words, nullable=False),
    Column("address", Words, nullable=False),
    Column("terms", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("secret", Words, nullable=False),
    Column("after_change", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("confirmed_at", Moment),
    Column("ended_at", Moment),
    Column("refusals", Integer, nullable=False),
    Index(None, "state", "id"),
    sqlite_autoincrement=True,  # a token names its subscription: an id is never given twice
)

#: What befell the installation itself, for its operator; `over`: that it is no longer so.
troubles = Table(
    "troubles",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Words, nullable=False),
    Column("about", Words, nullable=False),
    Column("text", Words, nullable=False),
    Column("at", Moment, nullable=False),
    Column("over", Boolean, nullable=False),
    sqlite_autoincrement=True,
)

#: What nobody has looked at yet: was it asked for?
owed = Table(
    "owed",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("change_id", Integer, ForeignKey("changes.id")),
    Column("notice_id", Integer, ForeignKey("notices.id")),
    Column("trouble_id", Integer, ForeignKey("troubles.id")),
)

#: Changes, or notices and troubles, that go out together.
bundles = Table(
    "bundles",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("made_at", Moment, nullable=False),
)
bundled = Table(
    "bundled",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("bundle_id", Integer, ForeignKey("bundles.id"), nullable=False),
    Column("change_id", Integer, ForeignKey("changes.id")),
    Column("notice_id", Integer, ForeignKey("notices.id")),
    Column("trouble_id", Integer, ForeignKey("troubles.id")),
    Index(None, "bundle_id", "id"),
    Index(None, "change_id"),
)

#: One message to one reader. `key` is what it is known by outside, for ever: its Message-ID is made of it.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Words, nullable=False),
    Column("subscription_id", Integer, ForeignKey("subscriptions.id"), nullable=False),
    Column("purpose", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("first_at", Moment),
    Column("lease", Words),
    Column("leased_until", Moment),
    Column("ended_at", Moment),
    Column("reason", Words),
    Column("code", Integer),
    UniqueConstraint("key"),
    Index(None, "state", "due_at", "id"),
    Index(None, "subscription_id", "id"),
    sqlite_autoincrement=True,
)
parts = Table(
    "parts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("delivery_id", Integer, ForeignKey("deliveries.id"), nullable=False),
    Column("bundle_id", Integer, ForeignKey("bundles.id"), nullable=False),
    Index(None, "delivery_id"),
    Index(None, "bundle_id"),
)

OWE = owed.insert()
