"""The tables that keep questions short: which changes may be of a kind, a label, a field, a sender, a time.

They are an index: made from what is kept, and made anew where it is lost. Nothing points to them, and what points
nowhere does no harm (`storage.marking`).
"""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table

from storage.tables import Moment, Words, metadata

#: That a change may have something: one row a trait (`storage.marking.mark`). Mark 0: it may have any.
marks = Table(
    "marks",
    metadata,
    Column("mark", Integer, primary_key=True, autoincrement=False),
    Column("change_id", Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

#: Who ever sent a release of a site, by the digest of site and name.
senders = Table(
    "senders",
    metadata,
    Column("digest", Words, primary_key=True),
    Column("site_id", Integer, nullable=False),
    Column("mark", Integer, nullable=False),
    Column("name", Words, nullable=False),
)

#: Between which times the changes of a thousand numbers or so were detected (`storage.marking.SPAN`).
spans = Table(
    "spans",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
)
