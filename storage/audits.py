"""Audits: the only way to alter what is kept, written down with who did it, when and why.

The triggers let a page's versions and changes be corrected, and with a purge everything be taken away, only while an
audit is open. One is opened and ended in the same unit, so that none is ever seen open from outside.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import bindparam

from storage.tables import audits
from storage.text import to_json

if TYPE_CHECKING:
    from storage.database import Sql
    from storage.listing import Told

_OPEN = audits.insert()
_END = (
    audits.update().where(audits.c.id == bindparam("key")).values(ended_at=bindparam("end"), detail=bindparam("told"))
)


class Action(StrEnum):
    """Why what is kept was altered."""

    REREAD = "reread"  #: read by other rules than before
    IMPORT = "import"  #: answers from elsewhere took their place in time
    PURGE = "purge"  #: somebody asked for it to be taken away


@dataclass(frozen=True, kw_only=True)
class Audit:
    """Who altered what, and why. `page_id` is None where more than one page was concerned."""

    at: dt.datetime
    who: str
    action: Action
    reason: str
    page_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Audited:
    """An audit as it is kept."""

    id: int
    audit: Audit
    detail: dict[str, Any] = field(default_factory=dict)


@contextmanager
def audited(sql: Sql, audit: Audit, detail: Mapping[str, Any]) -> Iterator[None]:
    """Let what is kept be altered inside the block; `detail`, filled in meanwhile, is kept with the audit."""
    values = {"at": audit.at, "who": audit.who, "action": audit.action.value, "reason": audit.reason}
    key = sql.insert(_OPEN, {**values, "page_id": audit.page_id, "detail": "{}"})
    yield
    sql.run(_END, {"key": key, "end": audit.at, "told": to_json(dict(detail))})


def list_audits(archive: Told) -> list[Audited]:
    """All audits, oldest first."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        found = sql.rows(audits.select().order_by(audits.c.id))
    return [
        Audited(
            id=row.id,
            audit=Audit(at=row.at, who=row.who, action=Action(row.action), reason=row.reason, page_id=row.page_id),
            detail=msgspec.json.decode(row.detail),
        )
        for row in found
    ]
