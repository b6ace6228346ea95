"""Finding in the archive what a person means: a page by its address, a version by its number or a time."""

from __future__ import annotations

import datetime as dt

from rapidfuzz import fuzz, process

from pressvakt.failure import Failure
from pressvakt.times import when
from storage.archive import Archive
from storage.records import Page, Version

NEAREST = 3
#: Below this likeness (of 100) an address is no suggestion.
_LIKE = 70


def site_name(archive: Archive, page: Page) -> str:
    """The name of the site that a page belongs to."""
    return next((site.name for site in archive.sites() if site.id == page.site_id), "")


def find_page(archive: Archive, url: str) -> Page:
    """The page at an address, present or former.

    Raises:
        Failure: no such page; names the nearest addresses that are watched.
    """
    if found := archive.find_page(url):
        return found[0]
    watched = [page.url for site in archive.sites() for page in archive.pages(site.id)]
    if not watched:
        raise Failure("no page is watched yet; `pressvakt crawl SITE` brings the first ones")
    near = process.extract(url, watched, scorer=fuzz.ratio, limit=NEAREST, score_cutoff=_LIKE)
    if not near:
        raise Failure(f"{url} is not watched, and nothing like it; `pressvakt changes` shows addresses that are")
    raise Failure(f"{url} is not watched; nearest: {', '.join(match[0] for match in near)}")


def find_version(archive: Archive, page: Page, *, number: int | None, at: dt.datetime | None) -> Version:
    """One version of a page: that of a number, the one that held at a time, else the latest.

    Raises:
        Failure: says which versions there are.
    """
    if number is not None:
        version = archive.version(page.id, number)
        wanted = f"has no version {number}"
    elif at is not None:
        version = archive.version_at(page.id, at)
        wanted = f"was not yet read at {when(at)}"
    else:
        version = archive.latest(page.id)
        wanted = "was never read"
    if version is not None:
        return version
    if page.version is None:
        raise Failure(f"{page.url} was found, but no version of it could be read yet; crawl it again")
    first = archive.version(page.id, 1)
    since = f", the first of {when(first.first_seen)}" if first else ""
    raise Failure(f"{page.url} {wanted}; it has {page.version} version{'s' * (page.version > 1)}{since}")
