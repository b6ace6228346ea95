"""The revisit plan of a site, and the order of one of its crawls, put together from the configuration and the archive."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

from crawler.orders import Order
from pressvakt.naming import user_agent
from scheduler.plan import Plan
from scheduler.rhythm import BOUNDS, Rhythm
from scheduler.schedule import period
from storage.rhythm import ages, watched

if TYPE_CHECKING:
    from crawler.reading.profiles import SiteProfile
    from pressvakt.config import Config
    from storage.archive import Archive

#: A run visits at least so many pages that are due, and else as many as it can until the next one.
LEAST = 100
#: How long a plan holds before the site's history is looked at again.
LEARNT_ANEW = dt.timedelta(hours=2)
#: Requests are not made faster than this, in seconds, however short the delay.
_QUICKEST = 0.05


def plan_of(archive: Archive, profile: SiteProfile, *, now: dt.datetime) -> Plan:
    """When the pages of a site are visited, by its schedule and by what its own history shows."""
    site, schedule = archive.site(profile.name), profile.schedule
    rhythm, counts = Rhythm(), list[int]()
    if site is not None:
        rhythm = Rhythm.learn(watched(archive, site.id, BOUNDS))
        counts = ages(archive, site.id, BOUNDS, now) if schedule.budget is not None else counts
    return Plan(
        schedule=schedule,
        zone=profile.time_zone,
        seed=profile.name,
        rhythm=rhythm,
        ages=counts,
        lists=len(profile.discovery),
    )


class Plans:
    """The plans of the sites of one archive, learnt anew now and then: history does not change from crawl to crawl."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._known: dict[str, tuple[dt.datetime, Plan]] = {}

    def of(self, profile: SiteProfile, *, now: dt.datetime) -> Plan:
        """The plan of a site."""
        known = self._known.get(profile.name)
        if known is None or abs(now - known[0]) > LEARNT_ANEW:
            self._known[profile.name] = known = now, plan_of(self._archive, profile, now=now)
        return known[1]


def order_of(
    settings: Config,
    archive: Archive,
    name: str,
    *,
    key: str,
    lists: bool = True,
    now: Callable[[], dt.datetime] | None = None,
    plans: Plans | None = None,
) -> tuple[Order, Plan]:
    """The order of a crawl of what is due of a site, and the plan by which its pages are visited next.

    `now` is the clock of the crawl, if not the wall's; `plans` remembers plans for those who order again and again.
    """
    profile = settings.sites[name]
    plan = (plans or Plans(archive)).of(profile, now=(now or archive.now)())
    order = Order(
        key=key,
        profile=profile,
        database=settings.database,
        payloads=settings.payloads,
        user_agent=user_agent(settings.contact),
        allow_private=settings.allow_private,
        plan=plan.next_due,
        lists=lists,
        limit=limit_of(profile),
        now=now,
        page_limit=settings.service.page_limit,
    )
    return order, plan


def limit_of(profile: SiteProfile) -> int:
    """How many known pages a run visits, so that the site's lists are asked again in time: the rest has the next run."""
    pause = max(profile.crawl.delay / max(profile.crawl.concurrency, 1), _QUICKEST)
    return max(LEAST, int(period(profile.schedule, profile.time_zone).total_seconds() / pause))
