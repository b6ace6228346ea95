"""What an archive remembers of itself: where its payloads are kept, and whether a copy into it is still under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import bindparam, select

from storage.errors import ArchiveError
from storage.payloads import OUTSIDE
from storage.stores import open_store
from storage.tables import cursors, payloads
from storage.text import to_json

if TYPE_CHECKING:
    from storage.database import Database, Sql

#: The names of what is remembered.
PAYLOADS, COPY = "archive/payloads", "archive/copy"

_REMEMBERED = select(cursors.c.name, cursors.c.value).where(cursors.c.name.in_([PAYLOADS, COPY]))
_FORGET = cursors.delete().where(cursors.c.name == bindparam("called"))
_OUTSIDE = select(payloads.c.digest).where(payloads.c.codec == OUTSIDE).order_by(payloads.c.id.desc()).limit(1)


def settle(database: Database, place: str | None, *, copying: bool = False) -> None:
    """Have a database know where its payloads are; `place` takes the place of what it remembers.

    Raises:
        ArchiveError: a copy into it was cut short; or there is no such place, or its payloads are not there.
    """
    with database.reading() as sql:
        known = {row.name: msgspec.json.decode(row.value) for row in sql.rows(_REMEMBERED)}
        example = sql.first(_OUTSIDE) if place is not None else None
    if COPY in known and not copying:
        raise ArchiveError(
            f"{database.where}: the copy of an archive into it was cut short; run `pressvakt archive copy` once more"
        )
    remembered = known.get(PAYLOADS)
    if place is None:
        database.store = None if remembered is None else open_store(remembered, make=False)
        return
    store = open_store(place)
    if store.address != remembered:
        if example is not None and store.get(example.digest) is None:
            raise ArchiveError(f"the payloads of {database.where} are not at {store.address}, but at {remembered}")
        with database.writing() as sql:
            remember(sql, PAYLOADS, store.address)
    database.store = store


def remember(sql: Sql, name: str, value: object) -> None:
    """Keep something of that name; None forgets it."""
    sql.run(_FORGET, {"called": name})
    if value is not None:
        sql.run(cursors.insert(), {"name": name, "value": to_json(value)})
