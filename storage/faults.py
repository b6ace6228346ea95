"""Faults: the visits that brought nothing to read, counted and listed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage.reading import stream
from storage.tables import faults, sites

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.archive import Archive


@dataclass(frozen=True, kw_only=True)
class Faulted:
    """One visit that brought nothing to read, and why."""

    id: int
    site: str
    url: str
    fault: str
    detail: str
    at: dt.datetime
    crawl_id: int | None


def list_faults(
    archive: Archive, *, site: str | None = None, fault: str | None = None, since: dt.datetime | None = None
) -> Iterator[Faulted]:
    """The faults that fit all that is given, newest first, in constant memory."""
    query = select(faults, sites.c.name.label("site")).join(sites, sites.c.id == faults.c.site_id)
    if site is not None:
        query = query.where(sites.c.name == site)
    if fault is not None:
        query = query.where(faults.c.fault == fault)
    if since is not None:
        query = query.where(faults.c.at >= since)
    for row in stream(archive._reading, query, faults.c.id, newest_first=True):  # noqa: SLF001 - same room
        yield Faulted(
            id=row.id, site=row.site, url=row.url, fault=row.fault, detail=row.detail, at=row.at, crawl_id=row.crawl_id
        )


def count_faults(archive: Archive, site_id: int, *, crawl_id: int) -> dict[str, int]:
    """How many visits of a crawl ended in each kind of fault, most first; files count, too."""
    query = (
        select(faults.c.fault, func.count().label("many"))
        # the site first: its index leads to the few newest rows
        .where(faults.c.site_id == site_id, faults.c.crawl_id == crawl_id)
        .group_by(faults.c.fault)
        .order_by(func.count().desc(), faults.c.fault)
    )
    with archive._reading() as sql:  # noqa: SLF001 - same room
        return {row.fault: int(row.many) for row in sql.rows(query)}
