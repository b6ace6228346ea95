"""Reading what is kept: sites, pages, snapshots, payloads, versions and files.

Whatever can be long comes as an iterator that reads in chunks, each a transaction of its own: memory stays flat, and
no reader holds up the folding of the journal.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import bindparam, func, select

from storage import rows
from storage.errors import ArchiveError
from storage.records import PageState
from storage.series import opened, payload_row
from storage.tables import addresses, blocked, files, pages, sites, snapshots, versions, waiting

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from sqlalchemy import Column, Row, Select

    from storage.database import Sql
    from storage.records import File, Page, Site, Snapshot, Version

T = TypeVar("T")
CHUNK = 500

_VERSION = (
    versions.c.id,
    versions.c.page_id,
    versions.c.number,
    versions.c.snapshot_id,
    versions.c.release,
    versions.c.digest,
    versions.c.rules,
    versions.c.first_seen,
    versions.c.last_seen,
    versions.c.visits,
)
_OF_PAGE = versions.c.page_id == bindparam("of_page")

_SITE = sites.select().where(sites.c.name == bindparam("site_name"))
_SITES = sites.select().order_by(sites.c.name)
_PAGE = pages.select().where(pages.c.id == bindparam("of_page"))
_PAGE_AT = pages.select().where(pages.c.url == bindparam("at_url"), pages.c.site_id == bindparam("of_site"))
_PAGE_ONCE_AT = (
    pages.select()
    .join(addresses, addresses.c.page_id == pages.c.id)
    .where(addresses.c.url == bindparam("at_url"), addresses.c.site_id == bindparam("of_site"))
    .order_by(addresses.c.id.desc())
)
_AT_ANY = select(pages.c.url).where(
    pages.c.url.in_(bindparam("among", expanding=True)), pages.c.site_id == bindparam("of_site")
)
_ONCE_AT_ANY = select(addresses.c.url).where(
    addresses.c.url.in_(bindparam("among", expanding=True)), addresses.c.site_id == bindparam("of_site")
)
_COUNTS = (
    select(pages.c.state, func.count().label("pages"))
    .where(pages.c.site_id == bindparam("of_site"))
    .group_by(pages.c.state)
)
_LATEST = select(*_VERSION).where(_OF_PAGE).order_by(versions.c.number.desc()).limit(1)
_NUMBERED = select(*_VERSION).where(_OF_PAGE, versions.c.number == bindparam("numbered"))
_VERSIONS = select(*_VERSION).where(_OF_PAGE).order_by(versions.c.number)
_VERSION_AT = (
    select(*_VERSION)
    .where(_OF_PAGE, versions.c.first_seen <= bindparam("at_time"))
    .order_by(versions.c.first_seen.desc(), versions.c.number.desc())
    .limit(1)
)
_HAS_DIGEST = select(func.max(versions.c.number)).where(
    _OF_PAGE,
    versions.c.digest == bindparam("says"),
    versions.c.number < select(pages.c.version).where(pages.c.id == bindparam("of_page")).scalar_subquery(),
)
_SAYING = select(versions.c.page_id).where(versions.c.digest == bindparam("says"))
_LATEST_NUMBER = select(func.max(versions.c.number)).where(
    versions.c.digest == bindparam("says"), versions.c.page_id == pages.c.id
)
#: Asked in this roundabout way, a database begins with the few that say it and not with all pages of the site.
_SAME_TEXT = (
    pages.select()
    .where(
        pages.c.id.in_(_SAYING),
        pages.c.site_id == bindparam("of_site"),
        pages.c.version == _LATEST_NUMBER.scalar_subquery(),
    )
    .order_by(pages.c.id)
)
_SNAPSHOT = snapshots.select().where(snapshots.c.id == bindparam("key"))
_SNAPSHOTS = (
    snapshots.select()
    .where(snapshots.c.page_id == bindparam("of_page"))
    .order_by(snapshots.c.captured_at, snapshots.c.id)
)
_BLOCKED = select(blocked.c.url_digest).where(blocked.c.site_id == bindparam("of_site"))
_FILES = files.select().where(files.c.page_id == bindparam("of_page")).order_by(files.c.id)


class Kept(ABC):
    """The reading side for what is kept. `_reading` says in which transaction."""

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Sql]:
        """A transaction to read in."""

    def site(self, name: str) -> Site | None:
        """The site of that name; None where it was never crawled."""
        return self._one(rows.site, _SITE, site_name=name)

    def sites(self) -> list[Site]:
        """All sites, by name."""
        return self._all(rows.site, _SITES)

    def page(self, site_id: int, url: str) -> Page | None:
        """The page at an address of a site, be it the present or a former one; the present counts first."""
        found = self._one(rows.page, _PAGE_AT, at_url=url, of_site=site_id)
        return found or self._one(rows.page, _PAGE_ONCE_AT, at_url=url, of_site=site_id)

    def taken(self, site_id: int, urls: Sequence[str]) -> set[str]:
        """Those of some addresses at which a page of the site stands or once stood."""
        found: set[str] = set()
        for start in range(0, len(urls), CHUNK):
            here = {"among": list(urls[start : start + CHUNK]), "of_site": site_id}
            for query in (_AT_ANY, _ONCE_AT_ANY):
                found.update(self._all(itemgetter(0), query, **here))
        return found

    def page_by_id(self, page_id: int) -> Page | None:
        """The page of that id."""
        return self._one(rows.page, _PAGE, of_page=page_id)

    def find_page(self, url: str) -> list[Page]:
        """Pages of any site at an address, as a person types it.

        Scheme, a slash at the end and the case of the host do not matter, and former addresses count; pages that
        stand there today come first, and those whose address is written exactly so before them.
        """
        written = spellings(url)
        here = pages.select().where(pages.c.url.in_(written)).order_by(pages.c.id)
        once = (
            pages.select()
            .join(addresses, addresses.c.page_id == pages.c.id)
            .where(addresses.c.url.in_(written))
            .order_by(addresses.c.id.desc())
        )
        found = sorted(self._all(rows.page, here), key=lambda page: page.url != url)
        return list({page.id: page for page in (*found, *self._all(rows.page, once))}.values())

    def blocked(self, site_id: int, urls: Iterable[str]) -> set[str]:
        """Those of some addresses of a site that were purged, and are not to be watched again."""
        with self._reading() as sql:
            known = {row.url_digest for row in sql.rows(_BLOCKED, {"of_site": site_id})}
        return {url for url in urls if known and url_digest(url) in known}

    def pages(self, site_id: int) -> Iterator[Page]:
        """All pages of a site by id, in constant memory."""
        query = pages.select().where(pages.c.site_id == site_id)
        return map(rows.page, stream(self._reading, query, pages.c.id))

    def page_counts(self, site_id: int) -> dict[PageState, int]:
        """How many pages of a site are in each state; states without pages count 0."""
        with self._reading() as sql:
            counted = {PageState(row.state): int(row.pages) for row in sql.rows(_COUNTS, {"of_site": site_id})}
        return {state: counted.get(state, 0) for state in PageState}

    def latest(self, page_id: int) -> Version | None:
        """The page's newest version."""
        return self._one(rows.version, _LATEST, of_page=page_id)

    def version(self, page_id: int, number: int) -> Version | None:
        """The page's version of that number."""
        return self._one(rows.version, _NUMBERED, of_page=page_id, numbered=number)

    def versions(self, page_id: int) -> list[Version]:
        """All versions of a page, whole, oldest first."""
        return self._all(rows.version, _VERSIONS, of_page=page_id)

    def version_at(self, page_id: int, at: dt.datetime) -> Version | None:
        """What the page said at a time, as far as we know: the last version seen by then."""
        return self._one(rows.version, _VERSION_AT, of_page=page_id, at_time=at)

    def has_digest(self, page_id: int, digest: str) -> int | None:
        """The number of the newest version before the latest that says this."""
        with self._reading() as sql:
            row = sql.first(_HAS_DIGEST, {"of_page": page_id, "says": digest})
        return None if row is None else row[0]

    def same_text(self, site_id: int, digest: str) -> list[Page]:
        """The pages of a site whose latest version says this."""
        return self._all(rows.page, _SAME_TEXT, of_site=site_id, says=digest)

    def snapshot(self, snapshot_id: int) -> Snapshot | None:
        """The snapshot of that id."""
        return self._one(rows.snapshot, _SNAPSHOT, key=snapshot_id)

    def snapshots(self, page_id: int) -> list[Snapshot]:
        """All snapshots of a page in the order of their capture."""
        return self._all(rows.snapshot, _SNAPSHOTS, of_page=page_id)

    def payload(self, digest: str) -> bytes:
        """The bytes kept under a digest, checked against it.

        Raises:
            Damaged: the bytes are no longer those that were kept.
            ArchiveError: nothing was kept under that digest.
        """
        with self._reading() as sql:
            row = payload_row(sql, digest)
            if row is None:
                raise ArchiveError(f"no payload is kept under {digest}; `pressvakt history URL` lists what is")
            return opened(sql, row)

    def unread(self, site_id: int) -> Iterator[Snapshot]:
        """Snapshots of a site that wait for rules which can read them, oldest first."""
        query = (
            snapshots.select()
            .join(waiting, waiting.c.snapshot_id == snapshots.c.id)
            .join(pages, pages.c.id == snapshots.c.page_id)
            .where(pages.c.site_id == site_id)
        )
        return map(rows.snapshot, stream(self._reading, query, snapshots.c.id))

    def files(self, page_id: int) -> list[File]:
        """The attachments of a page that are watched."""
        return self._all(rows.file, _FILES, of_page=page_id)

    def site_files(self, site_id: int) -> Iterator[File]:
        """The attachments of all pages of a site, in constant memory."""
        query = files.select().join(pages, pages.c.id == files.c.page_id).where(pages.c.site_id == site_id)
        return map(rows.file, stream(self._reading, query, files.c.id))

    def _one(self, make: Callable[[Row[Any]], T], query: Select[Any], **values: object) -> T | None:
        with self._reading() as sql:
            row = sql.first(query, values)
        return None if row is None else make(row)

    def _all(self, make: Callable[[Row[Any]], T], query: Select[Any], **values: object) -> list[T]:
        with self._reading() as sql:
            found = sql.rows(query, values)
        return [make(row) for row in found]


def stream(
    reading: Callable[[], AbstractContextManager[Sql]],
    query: Select[Any],
    key: Column[Any],
    *,
    after: int | None = None,
    limit: int | None = None,
    newest_first: bool = False,
) -> Iterator[Row[Any]]:
    """The rows of a query in the order of a key, read in chunks that each begin where the last one ended."""
    left = limit
    while left is None or left > 0:
        size = CHUNK if left is None else min(CHUNK, left)
        part = query.order_by(key.desc() if newest_first else key).limit(size)
        if after is not None:
            part = part.where(key < after if newest_first else key > after)
        with reading() as sql:
            found = sql.rows(part)
        yield from found
        if len(found) < size:
            return
        after = found[-1].id
        left = None if left is None else left - size


def url_digest(url: str) -> str:
    """By what a blocked address is known: `sha256:…`."""
    return "sha256:" + hashlib.sha256(url.encode("utf-8", "backslashreplace")).hexdigest()


def spellings(url: str) -> list[str]:
    """The ways in which one address may have been written down."""
    text = url.strip()
    parts = urlsplit(text if "://" in text else f"https://{text}")
    path = parts.path.rstrip("/")
    host = parts.netloc.lower()
    return [text] + [
        urlunsplit((scheme, host, path + slash, parts.query, "")) for scheme in ("https", "http") for slash in ("", "/")
    ]
