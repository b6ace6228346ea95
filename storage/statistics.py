"""Counts for pictures: how many changes of which kind in which hour, and how long releases stood before an edit.

They are read from one change on, so that whoever remembers what was counted before reads only what is new.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, and_, bindparam, case, cast, func, literal_column, not_, select

from changes.kinds import Kind
from storage.tables import EPOCH, audits, changes, pages, sites

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from storage.listing import Told

#: Where one span of time until an edit ends and the next begins, in hours; the last has no end.
BANDS = (1, 6, 24, 3 * 24, 7 * 24, 28 * 24, 182 * 24)

_HOUR: ColumnElement[int] = literal_column("3600000000", BigInteger)  # microseconds
_hour = cast(changes.c.detected_at, BigInteger) // _HOUR
_silent = case((changes.c.finding.contains('"silent":true'), 1), else_=0)
_fitting = and_(changes.c.detected_at >= bindparam("since"), not_(changes.c.baseline.is_(True)))
#: Since a time, which has an index; and after a change, by its number. `+ 0` keeps databases from the other way.
_all = and_(changes.c.id + 0 <= bindparam("up_to"), _fitting)
_new = and_(changes.c.id > bindparam("after_id"), changes.c.id <= bindparam("up_to"), _fitting)
#: `+ 0`: else SQLite walks all changes site by site, because they come out grouped so.
_site = (changes.c.site_id + 0).label("site_id")
_COUNTS = select(
    _site,
    changes.c.kind,
    _hour.label("hour"),
    func.count().label("many"),
    func.sum(_silent).label("silent"),
).group_by(_site, changes.c.kind, _hour)
#: A page that the first crawl found may have stood for years: only its own date tells since when.
_begun = case((pages.c.baseline.is_(True), pages.c.dated), else_=pages.c.first_seen)
_stood = (cast(changes.c.detected_at, BigInteger) - cast(_begun, BigInteger)) // _HOUR
_band = case(*((_stood < hours, number) for number, hours in enumerate(BANDS)), else_=len(BANDS))
_DELAYS = (
    select(_site, _band.label("band"), func.count().label("many"))
    .join(pages, pages.c.id == changes.c.page_id)
    .where(changes.c.kind == Kind.EDITED.value, _begun.is_not(None))
    .group_by(_site, _band)
)
_STATE = select(
    select(func.max(changes.c.id)).scalar_subquery().label("newest"),
    select(func.max(audits.c.id)).scalar_subquery().label("audit"),
)
_SITES = select(sites.c.id, sites.c.name)


@dataclass(frozen=True, kw_only=True)
class Count:
    """Changes of one kind at one site in one hour; `silent` of them without a word."""

    site: str
    kind: Kind
    hour: dt.datetime
    many: int
    silent: int


@dataclass(frozen=True, kw_only=True)
class Delay:
    """Edits at one site that came within one span of `BANDS` after the release."""

    site: str
    band: int
    many: int


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How far the counts go: the newest change, and the newest correction of what is kept (0 where there is none)."""

    newest: int
    audit: int


def reach(archive: Told) -> Reach:
    """How far counts would go now."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        row = sql.first(_STATE)
    return Reach(newest=int(row.newest or 0), audit=int(row.audit or 0)) if row else Reach(newest=0, audit=0)


def counts(archive: Told, *, since: dt.datetime, after_id: int = 0, up_to: int) -> tuple[list[Count], list[Delay]]:
    """What happened since a time, of the changes after one up to another; what first crawls found is left out."""
    asked: dict[str, Any] = {"since": since, "up_to": up_to}
    which = _all
    if after_id:
        which, asked["after_id"] = _new, after_id
    with archive._reading() as sql:  # noqa: SLF001 - same room
        names = {row.id: row.name for row in sql.rows(_SITES)}
        found = sql.rows(_COUNTS.where(which), asked)
        delays = sql.rows(_DELAYS.where(which), asked)
    return (
        [
            Count(
                site=names[row.site_id],
                kind=Kind(row.kind),
                hour=EPOCH + dt.timedelta(hours=int(row.hour)),
                many=int(row.many),
                silent=int(row.silent),
            )
            for row in found
        ],
        [Delay(site=names[row.site_id], band=int(row.band), many=int(row.many)) for row in delays],
    )
