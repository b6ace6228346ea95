"""The links between tables that no foreign key holds: numbers that count on, and numbers that name a version."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_, select

from storage.tables import audits, changes, pages, snapshots, versions

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from storage.database import Sql

_counted = (
    select(
        versions.c.page_id,
        func.count().label("many"),
        func.min(versions.c.number).label("first"),
        func.max(versions.c.number).label("last"),
    )
    .group_by(versions.c.page_id)
    .subquery()
)
_HOLES = (
    select(pages.c.url, _counted)
    .join(pages, pages.c.id == _counted.c.page_id)
    .where(or_(_counted.c.first != 1, _counted.c.last != _counted.c.many))
    .order_by(pages.c.id)
)
_LATEST = (
    select(pages.c.url, pages.c.version, _counted.c.last)
    .outerjoin(_counted, _counted.c.page_id == pages.c.id)
    .where(func.coalesce(pages.c.version, 0) != func.coalesce(_counted.c.last, 0))
    .order_by(pages.c.id)
)
_OTHERS_SNAPSHOT = (
    select(pages.c.url, versions.c.number, versions.c.snapshot_id)
    .join(pages, pages.c.id == versions.c.page_id)
    .join(snapshots, snapshots.c.id == versions.c.snapshot_id)
    .where(snapshots.c.page_id != versions.c.page_id)
    .order_by(versions.c.id)
)
_before, _after = versions.alias("before"), versions.alias("after")
_NO_VERSION = (
    select(changes.c.id, changes.c.before, changes.c.after, pages.c.url)
    .join(pages, pages.c.id == changes.c.page_id)
    .outerjoin(_before, and_(_before.c.page_id == changes.c.page_id, _before.c.number == changes.c.before))
    .outerjoin(_after, and_(_after.c.page_id == changes.c.page_id, _after.c.number == changes.c.after))
    .where(
        or_(
            and_(changes.c.before.is_not(None), _before.c.id.is_(None)),
            and_(changes.c.after.is_not(None), _after.c.id.is_(None)),
        )
    )
    .order_by(changes.c.id)
)
_OTHERS_SITE = (
    select(changes.c.id, pages.c.url)
    .join(pages, pages.c.id == changes.c.page_id)
    .where(changes.c.site_id != pages.c.site_id)
    .order_by(changes.c.id)
)
_OPEN_AUDITS = select(audits.c.id, audits.c.action).where(audits.c.ended_at.is_(None)).order_by(audits.c.id)


def loose_links(reading: Callable[[], AbstractContextManager[Sql]]) -> Iterator[tuple[str, str, str]]:
    """Each link that leads nowhere: what it is about, which one, and what is wrong with it."""
    with reading() as sql:  # all at once: a crawl that writes in between would look like a fault
        for row in sql.rows(_HOLES):
            yield "page", row.url, f"its {row.many} versions are numbered {row.first} to {row.last}"
        for row in sql.rows(_LATEST):
            yield "page", row.url, f"its latest version is {row.last}, and it says {row.version}"
        for row in sql.rows(_OTHERS_SNAPSHOT):
            yield "version", f"{row.number} of {row.url}", f"its snapshot {row.snapshot_id} is of another page"
        for row in sql.rows(_NO_VERSION):
            yield "change", str(row.id), f"it leads from version {row.before} to {row.after}, and {row.url} lacks one"
        for row in sql.rows(_OTHERS_SITE):
            yield "change", str(row.id), f"it is filed under another site than its page {row.url}"
        for row in sql.rows(_OPEN_AUDITS):
            yield "audit", str(row.id), f"the {row.action} that it tells of was never ended"
