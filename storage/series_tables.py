"""The table of series: which volume the next payloads of a site may lean on, and when the next one is due."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, Table

from storage.tables import metadata

#: `due` is a key of `payloads`: once it is reached, another volume is tried, and after `step` more where that fails.
series = Table(
    "series",
    metadata,
    Column("site_id", Integer, ForeignKey("sites.id"), primary_key=True, autoincrement=False),
    Column("volume_id", Integer, ForeignKey("payloads.id")),
    Column("due", Integer, nullable=False),
    Column("step", Integer, nullable=False),
)
