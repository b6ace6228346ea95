"""What is to be exported: of which sites or page, of which time; and the pages that have something of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage import rows
from storage.listing import CHANGES
from storage.tables import changes, crawls, pages, snapshots

if TYPE_CHECKING:
    from storage.archive import Archive
    from storage.records import Change, Page, Site

Watch = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What is wanted; everything where nothing is said. `since` counts in, `until` does not."""

    site: Site | None = None
    page: Page | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None

    def holds(self, at: dt.datetime) -> bool:
        """Whether a time is among those wanted."""
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)

    @property
    def timeless(self) -> bool:
        """Whether any time will do."""
        return self.since is None and self.until is None


def chosen_pages(archive: Archive, choice: Choice, *, watch: Watch = lambda *_: None) -> Iterator[tuple[Site, Page]]:
    """The pages that may have something of it, each with its site: sites by name, pages as they were found.

    Args:
        archive: An open archive.
        choice: What is wanted.
        watch: Told how many pages are done, and of how many.
    """
    if choice.page is not None:
        page = choice.page
        watch(0, 1)
        yield from ((site, page) for site in archive.sites() if site.id == page.site_id)
        watch(1, 1)
        return
    sites = [site for site in archive.sites() if choice.site is None or site.id == choice.site.id]
    total = sum(sum(archive.page_counts(site.id).values()) for site in sites)
    done = 0
    watch(done, total)
    for site in sites:
        for page in archive.pages(site.id):
            yield site, page
            done += 1
            watch(done, max(done, total))


def newest_capture(archive: Archive, choice: Choice) -> dt.datetime | None:
    """The time of the newest answer that is wanted: the date of an export, so that the same archive gives the same one."""
    query = select(func.max(snapshots.c.captured_at))
    if choice.page is not None:
        query = query.where(snapshots.c.page_id == choice.page.id)
    elif choice.site is not None:
        query = query.join(pages, pages.c.id == snapshots.c.page_id).where(pages.c.site_id == choice.site.id)
    if choice.since is not None:
        query = query.where(snapshots.c.captured_at >= choice.since)
    if choice.until is not None:
        query = query.where(snapshots.c.captured_at < choice.until)
    with archive._reading() as sql:  # noqa: SLF001 - same room
        row = sql.first(query)
    found: dt.datetime | None = None if row is None else row[0]
    return found


def page_changes(archive: Archive, page_id: int) -> list[Change]:
    """All changes of a page, oldest first, under whatever address they were told."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        return [
            rows.change(row) for row in sql.rows(CHANGES.where(changes.c.page_id == page_id).order_by(changes.c.id))
        ]


def find_change(archive: Archive, change_id: int) -> tuple[Change, Page] | None:
    """A change by its id, with its page; None where there is none."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        row = sql.first(CHANGES.where(changes.c.id == change_id))
    page = None if row is None else archive.page_by_id(row.page_id)
    return None if row is None or page is None else (rows.change(row), page)


def crawl_times(archive: Archive) -> dict[int, dt.datetime]:
    """When each crawl began, by its id."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        return {row.id: row.started_at for row in sql.rows(select(crawls.c.id, crawls.c.started_at))}
