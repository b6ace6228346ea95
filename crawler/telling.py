"""What the operator is told of a site: once, and once more when it is over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from changes.kinds import SiteNotice

if TYPE_CHECKING:
    from storage.archive import Archive
    from storage.records import Site
    from storage.unit import Unit


def tell(
    archive: Archive,
    site: Site,
    kind: SiteNotice,
    text: str,
    *,
    at: dt.datetime,
    crawl: int,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write a notice about a site, unless one of its kind is still open."""
    with archive.writing() as unit:
        write(unit, site, kind, text, at=at, crawl=crawl, detail=detail)


def write(
    unit: Unit,
    site: Site,
    kind: SiteNotice,
    text: str,
    *,
    at: dt.datetime,
    crawl: int,
    again: bool = False,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """What `tell` does, inside a unit that writes more; `again` writes it even if one of its kind is open."""
    if again or not _open(unit, site, kind):
        unit.add_notice(site.id, kind, text=text, detail=detail or {}, at=at, crawl_id=crawl)


def recovered(archive: Archive, site: Site, kind: SiteNotice, *, at: dt.datetime, crawl: int) -> None:
    """Write that an open notice's matter is over; nothing where none is open."""
    if not _open(archive, site, kind):
        return
    with archive.writing() as unit:
        unit.add_notice(
            site.id, SiteNotice.RECOVERED, text=f"no longer {kind}", detail={}, at=at, about=kind, crawl_id=crawl
        )


def _open(archive: Archive | Unit, site: Site, kind: SiteNotice) -> bool:
    return any(notice.kind is kind for notice in archive.open_notices(site.id))
