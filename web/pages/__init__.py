"""The pages that people read. Each draws what the archive holds and changes nothing of it."""

from __future__ import annotations

from fastapi import APIRouter

from web.pages.access import router as access_pages
from web.pages.alerts import router as alerts_pages
from web.pages.changes import router as changes_pages
from web.pages.preferences import router as preferences_pages
from web.pages.release import router as release_pages
from web.pages.search import router as search_pages
from web.pages.sites import router as sites_pages
from web.pages.status import router as status_pages

#: All pages, to be hung under the root of the web.
router = APIRouter(include_in_schema=False)
for part in (
    changes_pages,
    release_pages,
    search_pages,
    sites_pages,
    alerts_pages,
    status_pages,
    access_pages,
    preferences_pages,
):
    router.include_router(part)
