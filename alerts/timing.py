"""When a message is due: at once, at the next hour, day or week of the reader's zone, and never in quiet hours.

Pure. Local times that a summer time skips are those after the gap; of two the same, the first counts.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from alerts.subscription import Subscription


def due(subscription: Subscription, now: dt.datetime) -> dt.datetime:
    """When what is known now goes out, in UTC: `now` itself, or later."""
    zone = subscription.time_zone
    match subscription.rhythm:
        case "now":
            return _after_quiet(subscription, now)
        case "hourly":
            return _after_quiet(subscription, _next_hour(now, zone))
        case "daily":
            return _next(subscription.at, zone, now)
        case "weekly":
            return _next(subscription.at, zone, now, weekday=subscription.day)


def _next(
    at: dt.time, zone: ZoneInfo, now: dt.datetime, *, weekday: int | None = None, twice: bool = False
) -> dt.datetime:
    """The first moment at which the clock on the wall shows this time (on this day of the week), from now on.

    With `twice`, also the second time that a clock set back shows it.
    """
    today = now.astimezone(zone).date()
    for ahead in range(-1, 9):
        day = today + dt.timedelta(days=ahead)
        for fold in (0, 1) if twice else (0,):
            moment = dt.datetime.combine(day, at, zone).replace(fold=fold).astimezone(dt.UTC)
            if moment >= now and weekday in {None, day.weekday()}:
                return moment
    raise AssertionError("a week has every day in it")


def _next_hour(now: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The next full hour on the wall; in UTC it need not be one."""
    local = now.astimezone(zone)
    past = dt.timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return now if not past else now - past + dt.timedelta(hours=1)


def _after_quiet(subscription: Subscription, moment: dt.datetime) -> dt.datetime:
    """The moment itself, or the end of the quiet hours that it is in."""
    if subscription.quiet is None:
        return moment
    start, end = subscription.quiet
    clock = moment.astimezone(subscription.time_zone).time()
    quiet = start <= clock < end if start <= end else clock >= start or clock < end
    return _next(end, subscription.time_zone, moment, twice=True) if quiet else moment
