"""The tables of the service: when each site is due, and which process looks after it all.

Nothing here is history: rows are overwritten and go, and an archive without them is whole.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table

from storage.tables import Moment, Words, metadata

#: When a site is crawled next, and until when it is left alone because it wants us not. `taken_by` is who is at it; a
#: pause holds until somebody ends it.
agenda = Table(
    "agenda",
    metadata,
    Column("site_id", Integer, ForeignKey("sites.id"), primary_key=True, autoincrement=False),
    Column("next_due", Moment),
    Column("rests_until", Moment),
    Column("paused_at", Moment),
    Column("pause_reason", Words),
    Column("taken_at", Moment),
    Column("taken_by", Words),
    Index(None, "next_due"),
)

#: What one process at a time does for the whole archive, and which process that is.
duties = Table(
    "duties",
    metadata,
    Column("name", Words, primary_key=True),
    Column("token", Words, nullable=False),
    Column("host", Words, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("born", Words, nullable=False),
    Column("taken_at", Moment, nullable=False),
    Column("renewed_at", Moment, nullable=False),
)
