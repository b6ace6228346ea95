"""The revisit plan: when a page is looked at again. Young pages often, old ones seldom, none never."""

from __future__ import annotations

import datetime as dt

from storage.records import Page, PageState

#: The age ladder that newsdiffs used: (younger than, visited every).
LADDER = (
    (dt.timedelta(hours=3), dt.timedelta(minutes=15)),
    (dt.timedelta(days=1), dt.timedelta(hours=1)),
    (dt.timedelta(days=7), dt.timedelta(hours=3)),
    (dt.timedelta(days=30), dt.timedelta(days=3)),
    (dt.timedelta(days=365), dt.timedelta(days=30)),
)
OLDEST = dt.timedelta(days=90)
#: A page that could not be found, or that may have shown an old copy, is looked at again soon.
DOUBTFUL = dt.timedelta(hours=1)


def is_due(page: Page, now: dt.datetime) -> bool:
    """Whether a page is due for a visit at `now` (aware, UTC)."""
    if page.last_visit is None:
        return True
    return now >= page.last_visit + interval(page, now)


def interval(page: Page, now: dt.datetime) -> dt.timedelta:
    """How long after its last visit a page is due again, by its age since it was first seen."""
    if page.state is PageState.MISSING or page.suspect is not None:
        return DOUBTFUL
    age = now - page.first_seen
    return next((every for younger, every in LADDER if age < younger), OLDEST)
