"""Presence: when a page that cannot be found counts as removed, and when so many do that a person must look.

One failing visit is a suspicion. Sites lose pages for an hour while they deploy, and content networks for a day, so
a page counts as removed only after several failing visits in a row over some time.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

_DAY = dt.timedelta(hours=24)


class Presence(StrEnum):
    """What a visit that did not find a page says of it. The words are those of a page's state."""

    MISSING = "missing"  #: suspected
    GONE = "gone"  #: counted as removed


@dataclass(frozen=True, kw_only=True)
class RemovalRule:
    """When a page that cannot be found counts as removed: after so many visits in a row, over so long a time."""

    visits: int = 3
    gone_visits: int = 2  #: the same for 410 Gone; never more than `visits`
    span: dt.timedelta = _DAY
    hold_share: float = 0.3  #: more than this share of a site's live pages, and more than `hold_min`, is held
    hold_min: int = 10


def judge(
    rule: RemovalRule, *, status: int, misses: int, missing_since: dt.datetime | None, now: dt.datetime
) -> Presence:
    """What a visit answered by 404 or 410 makes of a page.

    `misses` counts the visits in a row that did not find it, this one included; `missing_since` is the time of the
    first of them (None where this is the first), `now` the time of this one. The status of this visit decides how
    many are needed. A clock that was set back only makes the judgement wait.

    Raises:
        ValueError: for another status (no other answer says that a page is gone), or when nothing was missed.
    """
    if status not in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        message = f"status {status} says nothing about a removal: only 404 and 410 do"
        raise ValueError(message)
    if misses < 1:
        message = f"{misses} misses: a page that was found is not judged"
        raise ValueError(message)
    needed = min(rule.gone_visits, rule.visits) if status == HTTPStatus.GONE else rule.visits
    lasted = now - (missing_since or now)
    return Presence.GONE if misses >= needed and lasted >= rule.span else Presence.MISSING


def hold(removed: int, live: int, rule: RemovalRule) -> bool:
    """Whether the removals of one crawl are too many to be believed unseen.

    `live` is the number of pages the site had before them, `removed` how many of those would count as removed now.
    """
    share = rule.hold_share * live + 1e-9  # 0.29 * 100 is a little less than 29
    return removed > max(rule.hold_min, share)
