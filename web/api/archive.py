"""The API's routes to what is kept: sites, releases, their versions, snapshots, and what versions say differently."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from changes.differences import difference
from storage import browsing
from storage.archive import Archive
from storage.objects import (
    crawl_object,
    difference_object,
    notice_object,
    page_object,
    release_object,
    snapshot_object,
    version_object,
)
from storage.records import Page, PageState, Site, Version
from web.api import params, shapes
from web.api.answers import answer, lines
from web.errors import Refusal
from web.memento.addresses import memento_url
from web.state import archive_of, sites_of

router = APIRouter()


@router.get("/sites", response_model=shapes.Sites, tags=["sites"])
def list_sites(request: Request) -> Response:
    """All sites: those that are configured here, and those of which the archive holds something."""
    archive = archive_of(request)
    kept = {site.name: site for site in archive.sites()}
    names = sorted(kept.keys() | sites_of(request).keys())
    return answer(request, {"sites": [_site(request, archive, name, kept.get(name)) for name in names], "next": None})


@router.get("/sites/{name}", response_model=shapes.SiteDetail, tags=["sites"])
def get_site(request: Request, name: str) -> Response:
    """One site, with the number of its pages in each state."""
    archive = archive_of(request)
    site = archive.site(name)
    if site is None and name not in sites_of(request):
        raise Refusal(404, f"There is no site {name!r}.")
    counts = archive.page_counts(site.id) if site is not None else dict.fromkeys(PageState, 0)
    pages = {str(state): count for state, count in counts.items()}
    return answer(request, {**_site(request, archive, name, site), "pages": pages})


@router.get("/releases", response_model=shapes.Releases, tags=["releases"])
def list_releases(
    request: Request,
    *,
    site: params.SiteName = None,
    state: Annotated[PageState | None, Query(description="That fare so.")] = None,
    url: params.Url = None,
    limit: params.Limit = 100,
    next: params.Next = None,  # noqa: A002 - the word of the API
) -> Response:
    """Releases in the order in which they were found; with `url`, those at that address, be it a former one."""
    archive = archive_of(request)
    params.known_site(archive, site, sites_of(request))
    after = params.place(request, next)
    if url is not None:
        named = ((page, browsing.site_of(archive, page)) for page in archive.find_page(url))
        at = tuple((page, name) for page, name in named if site in {None, name} and state in {None, page.state})
        return answer(request, {"releases": [_page(archive, page, name) for page, name in at], "next": None})
    part = browsing.some_pages(archive, site=site, state=state, after=after, limit=limit)
    found = [_page(archive, page, name) for page, name in part.found]
    return answer(request, {"releases": found, "next": params.going_on(request, part.after)})


@router.get(
    "/releases.jsonl",
    response_model=None,
    tags=["releases"],
    responses={200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}}},
)
def stream_releases(
    request: Request,
    *,
    site: params.SiteName = None,
    state: Annotated[PageState | None, Query(description="That fare so.")] = None,
) -> Response:
    """All releases, one JSON object a line, in the order in which they were found."""
    archive = archive_of(request)
    params.known_site(archive, site, sites_of(request))

    def found() -> Any:
        after: int | None = None
        while True:
            part = browsing.some_pages(archive, site=site, state=state, after=after, limit=200)
            for page, name in part.found:
                yield _page(archive, page, name)
            if part.after is None:
                return
            after = part.after

    return lines(request, found())


@router.get("/releases/{id}", response_model=shapes.Release, tags=["releases"])
def get_release(request: Request, id: params.Id) -> Response:  # noqa: A002 - the word of the API
    """One release: where it stands, and how it fares."""
    archive = archive_of(request)
    page = _meant(archive, id)
    return answer(request, _page(archive, page, browsing.site_of(archive, page)))


@router.get("/releases/{id}/versions", response_model=shapes.Versions, tags=["releases"])
def list_versions(
    request: Request,
    *,
    id: params.Id,  # noqa: A002
    at: params.At = None,
    limit: params.Limit = 100,
    next: params.Next = None,  # noqa: A002
) -> Response:
    """The versions of a release, oldest first; with `at`, the one that held then."""
    archive = archive_of(request)
    page = _meant(archive, id)
    after = params.place(request, next)
    if at is not None:
        held = archive.version_at(page.id, at)
        part = browsing.Part(found=() if held is None else (held,), after=None)
    else:
        part = browsing.some_versions(archive, page.id, after=after, limit=limit)
    site = browsing.site_of(archive, page)
    found = []
    for version in part.found:
        one = version_object(version, site=site, url=page.url, changes=[])
        del one["changes"]
        found.append(one)
    return answer(request, {"versions": found, "next": params.going_on(request, part.after)})


@router.get("/releases/{id}/versions/{number}", response_model=shapes.VersionDetail, tags=["releases"])
def get_version(request: Request, *, id: params.Id, number: params.Number) -> Response:  # noqa: A002
    """One version, with all that it says."""
    archive = archive_of(request)
    page = _meant(archive, id)
    version = _version(archive, page, number)
    snapshot = archive.snapshot(version.snapshot_id)
    value = release_object(version, site=browsing.site_of(archive, page), url=page.url, snapshot=snapshot)
    if snapshot is not None:
        value["snapshot"]["memento"] = memento_url(request, snapshot.captured_at, page.url)
    return answer(request, value)


@router.get("/releases/{id}/diff", response_model=shapes.Difference, tags=["releases"])
def get_difference(
    request: Request,
    *,
    id: params.Id,  # noqa: A002
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="A version; the one before `after`.")] = None,
    after: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="A version; the latest.")] = None,
) -> Response:
    """What two versions of a release say differently, words marked; the last two where none is named."""
    archive = archive_of(request)
    page = _meant(archive, id)
    last = page.version or 0
    new = _version(archive, page, last if after is None else after)
    old = _version(archive, page, new.number - 1 if before is None else before)
    value = difference_object(
        site=browsing.site_of(archive, page),
        url=page.url,
        before=old,
        after=new,
        found=difference(old.release, new.release),
    )
    return answer(request, value)


@router.get("/releases/{id}/snapshots", response_model=shapes.Snapshots, tags=["releases"])
def list_snapshots(request: Request, id: params.Id) -> Response:  # noqa: A002
    """All snapshots of a release, oldest first, each with the address of its bytes."""
    archive = archive_of(request)
    page = _meant(archive, id)
    found = [
        {**snapshot_object(one), "memento": memento_url(request, one.captured_at, page.url)}
        for one in archive.snapshots(page.id)
    ]
    return answer(request, {"snapshots": found, "next": None})


def _site(request: Request, archive: Archive, name: str, site: Site | None) -> dict[str, Any]:
    profile = sites_of(request).get(name)
    last = archive.crawls(name, limit=1) if site is not None else []
    return {
        "name": name,
        "title": profile.title if profile else name,
        "base_url": profile.base_url if profile else None,
        "language": profile.language if profile else None,
        "watched": profile is not None,
        "baseline": site is None or site.baseline,
        "last_crawl": crawl_object(last[0]) if last else None,
        "open_notices": [notice_object(one) for one in archive.open_notices(site.id)] if site is not None else [],
    }


def _page(archive: Archive, page: Page, site: str) -> dict[str, Any]:
    latest = archive.version(page.id, page.version) if page.version is not None else None
    return page_object(page, site=site, title=None if latest is None else latest.release.title)


def _meant(archive: Archive, key: int) -> Page:
    page = archive.page_by_id(key)
    if page is None:
        raise Refusal(404, f"There is no release {key}.")
    return page


def _version(archive: Archive, page: Page, number: int) -> Version:
    version = archive.version(page.id, number)
    if version is None:
        last = page.version or 0
        said = f"it has {last} version{'s' * (last != 1)}" if last else "no version of it could be read yet"
        raise Refusal(404, f"Release {page.id} has no version {number}: {said}.")
    return version
