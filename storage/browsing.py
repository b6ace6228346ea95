"""One part of a long list at a time: each begins where the one before it ended, and costs what it shows.

A list is walked by id, so that what comes in meanwhile neither repeats nor hides anything. `Part.after` is the place to
go on from; None where the list has come to its end.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import and_, bindparam, select

from changes.kinds import Kind, SiteNotice
from storage import rows
from storage.listing import _CRAWLS, _NOTICES, _asked
from storage.reading import _VERSION
from storage.records import Page, PageState
from storage.tables import changes, crawls, notices, pages, sites, versions, waves

if TYPE_CHECKING:
    from sqlalchemy import Column, Row, Select

    from storage.archive import Archive
    from storage.listing import Told
    from storage.records import Change, Crawl, Notice, Version

T = TypeVar("T")
#: Chunks of a list that are looked at in one go where each row must be read to tell whether it fits: some hundred rows.
CHUNKS = 3

_ONE_CRAWL = _CRAWLS.where(crawls.c.id == bindparam("key"))
_ONE_NOTICE = _NOTICES.where(notices.c.id == bindparam("key"))
_SITE_OF = select(sites.c.name).where(sites.c.id == bindparam("key"))


@dataclass(frozen=True, kw_only=True)
class Part(Generic[T]):
    """A part of a list. It may be short of what was asked for, or empty, and still not be the last."""

    found: tuple[T, ...]
    after: int | None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which changes: those that fit all that is given. `since` counts in, `until` does not."""

    site: str | None = None
    kinds: tuple[Kind, ...] = ()
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    match: str | None = None
    labels: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    url: str | None = None
    silent: bool | None = None
    baseline: bool | None = None
    wave: str | None = None


def some_changes(
    archive: Told, asked: Asked, *, after: int | None, limit: int, newest_first: bool, bounded: bool = True
) -> Part[Change]:
    """The next changes that fit, after a place in the list.

    Where each must be read to tell whether it fits, only so many are read in one go, unless it is not `bounded`.
    """
    words = _asked(asked.match, asked.labels, asked.fields, asked.senders, asked.kinds)
    looked = archive._looked_at(  # noqa: SLF001 - same room
        _changes(archive, asked),
        words,
        asked.site,
        asked.since,
        asked.until,
        after=after,
        newest_first=newest_first,
        first=limit + 1,
    )
    found: list[Change] = []
    for number, (fitting, last) in enumerate(looked, 1):
        for row in fitting:
            if len(found) == limit:
                return Part(found=tuple(found), after=found[-1].id)
            found.append(rows.change(row))
        if bounded and number == CHUNKS:
            return Part(found=tuple(found), after=last)
    return Part(found=tuple(found), after=None)


def some_pages(
    archive: Archive, *, site: str | None, state: PageState | None, after: int | None, limit: int
) -> Part[tuple[Page, str]]:
    """The next pages with the names of their sites, in the order in which they were found."""
    query = select(pages, sites.c.name.label("site")).join(sites, sites.c.id == pages.c.site_id)
    if site is not None:
        query = query.where(pages.c.site_id == _id_of(site))
    if state is not None:
        query = query.where(pages.c.state == state.value)
    return _part(archive, query, pages.c.id, _page_and_site, after=after, limit=limit, newest_first=False)


def some_versions(archive: Archive, page_id: int, *, after: int | None, limit: int) -> Part[Version]:
    """The next versions of a page, oldest first; the place is a version's number."""
    query = select(*_VERSION).where(versions.c.page_id == page_id)
    key = versions.c.number
    with archive._reading() as sql:  # noqa: SLF001 - same room
        part = sql.rows(_beyond(query, key, after, newest_first=False).limit(limit + 1))
    found = tuple(map(rows.version, part[:limit]))
    return Part(found=found, after=found[-1].number if len(part) > limit else None)


def some_notices(
    archive: Archive,
    *,
    site: str | None,
    kinds: Sequence[SiteNotice],
    since: dt.datetime | None,
    after: int | None,
    limit: int,
) -> Part[Notice]:
    """The next notices, newest first."""
    query = _NOTICES
    if site is not None:
        query = query.where(notices.c.site_id == _id_of(site))
    if kinds:
        query = query.where(notices.c.kind.in_([kind.value for kind in kinds]))
    if since is not None:
        query = query.where(notices.c.at >= since)
    return _part(archive, query, notices.c.id, rows.notice, after=after, limit=limit, newest_first=True)


def some_crawls(archive: Archive, *, site: str | None, after: int | None, limit: int) -> Part[Crawl]:
    """The next crawls, newest first."""
    query = _CRAWLS if site is None else _CRAWLS.where(crawls.c.site_id == _id_of(site))
    return _part(archive, query, crawls.c.id, rows.crawl, after=after, limit=limit, newest_first=True)


def crawl(archive: Archive, key: int) -> Crawl | None:
    """The crawl of that id."""
    return archive._one(rows.crawl, _ONE_CRAWL, key=key)  # noqa: SLF001 - same room


def notice(archive: Archive, key: int) -> Notice | None:
    """The notice of that id."""
    return archive._one(rows.notice, _ONE_NOTICE, key=key)  # noqa: SLF001 - same room


def site_of(archive: Archive, page: Page) -> str:
    """The name of a page's site."""
    found = archive._one(lambda row: str(row.name), _SITE_OF, key=page.site_id)  # noqa: SLF001 - same room
    return found or ""


def _changes(archive: Told, asked: Asked) -> Select[Any]:
    query = archive._changes_query(asked.site, asked.kinds, asked.since, asked.until, asked.url)  # noqa: SLF001
    if asked.silent is not None:
        said = "true" if asked.silent else "false"
        query = query.where(and_(changes.c.kind == Kind.EDITED.value, changes.c.finding.contains(f'"silent":{said}')))
    if asked.baseline is not None:
        query = query.where(changes.c.baseline.is_(asked.baseline))
    if asked.wave is not None:
        query = query.where(changes.c.id.in_(select(waves.c.change_id).where(waves.c.name == asked.wave)))
    return query


def _part(
    archive: Archive,
    query: Select[Any],
    key: Column[Any],
    make: Callable[[Row[Any]], T],
    *,
    after: int | None,
    limit: int,
    newest_first: bool,
) -> Part[T]:
    with archive._reading() as sql:  # noqa: SLF001 - same room
        part = sql.rows(_beyond(query, key, after, newest_first).limit(limit + 1))
    more = len(part) > limit
    return Part(found=tuple(map(make, part[:limit])), after=part[limit - 1].id if more else None)


def _beyond(query: Select[Any], key: Column[Any], at: int | None, newest_first: bool) -> Select[Any]:
    query = query.order_by(key.desc() if newest_first else key)
    return query if at is None else query.where(key < at if newest_first else key > at)


def _id_of(site: str) -> Any:
    # by its number, not its name: so the index that begins with it gives the rows in order
    return select(sites.c.id).where(sites.c.name == site).scalar_subquery()


def _page_and_site(row: Row[Any]) -> tuple[Page, str]:
    values = {name: value for name, value in row._mapping.items() if name in Page.__dataclass_fields__}  # noqa: SLF001
    return Page(**{**values, "state": PageState(row.state)}), str(row.site)
