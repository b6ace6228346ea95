"""Finding the mementos of a page, and the one that was asked for."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from bisect import bisect_right
from dataclasses import dataclass
from email.utils import format_datetime

from starlette.requests import Request

from storage.archive import Archive
from storage.records import Page, Snapshot
from web.errors import Refusal
from web.memento.addresses import memento_url, timegate_url, timemap_url, written

LINK_FORMAT = "application/link-format"
VARY = "accept-datetime"
_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?P<day>\d\d) (?P<month>[A-Z][a-z]{2}) (?P<year>\d{4}) "
    r"(?P<h>\d\d):(?P<m>\d\d):(?P<s>\d\d) GMT",
    re.ASCII,
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, kw_only=True)
class Mementos:
    """A page and its snapshots, oldest first; of those taken within one second only the last."""

    page: Page
    snapshots: tuple[Snapshot, ...]

    def nearest(self, at: dt.datetime) -> Snapshot:
        """The snapshot that shows the page as it was then: the last one up to that moment, else the first there is."""
        place = bisect_right([one.captured_at.replace(microsecond=0) for one in self.snapshots], at)
        return self.snapshots[max(place - 1, 0)]


def mementos(archive: Archive, spellings: list[str]) -> Mementos:
    """The snapshots of the page that is meant.

    Raises:
        Refusal: there is no such page, or nothing was kept of it.
    """
    for url in spellings:
        for page in archive.find_page(url):
            found = tuple(archive.snapshots(page.id))
            if found:
                return Mementos(page=page, snapshots=_by_second(found))
    said = spellings[0] if spellings else "it"
    raise Refusal(404, f"Nothing is kept of {said}.")


def http_date(at: dt.datetime) -> str:
    """A moment as HTTP writes it (RFC 9110, 5.6.7), and Memento with it (RFC 7089, 2.1.1)."""
    return format_datetime(at.astimezone(dt.UTC).replace(microsecond=0), usegmt=True)


def accepted(text: str) -> dt.datetime:
    """The moment of an `Accept-Datetime`.

    Raises:
        Refusal: it is none (RFC 7089, 4.5.3: 400).
    """
    # not by strptime, whose names of days and months are those of the machine's language
    found = _DATE.fullmatch(text.strip())
    if found is not None and found["month"] in _MONTHS:
        hour, minute, second = map(int, found.group("h", "m", "s"))
        with contextlib.suppress(ValueError):
            month = _MONTHS.index(found["month"]) + 1
            return dt.datetime(int(found["year"]), month, int(found["day"]), hour, minute, second, tzinfo=dt.UTC)
    raise Refusal(
        400, f"Accept-Datetime {text!r} is no date of HTTP; write Fri, 03 May 2024 14:30:00 GMT.", {"vary": VARY}
    )


def links(request: Request, found: Mementos, this: Snapshot | None) -> str:
    """The Link header of a memento, or of a TimeGate (`this` None): where everything else is (RFC 7089, 2.2)."""
    url = found.page.url
    first, last = found.snapshots[0], found.snapshots[-1]
    span = f'from="{http_date(first.captured_at)}"; until="{http_date(last.captured_at)}"'
    parts = [
        f'<{written(url)}>; rel="original"',
        f'<{timegate_url(request, url)}>; rel="timegate"',
        f'<{timemap_url(request, url)}>; rel="timemap"; type="{LINK_FORMAT}"; {span}',
    ]
    rels: dict[int, list[str]] = {}
    places = {one.id: place for place, one in enumerate(found.snapshots)}
    rels.setdefault(0, []).append("first")
    rels.setdefault(len(found.snapshots) - 1, []).append("last")
    if this is not None:
        place = places.get(this.id, 0)
        if place > 0:
            rels.setdefault(place - 1, []).append("prev")
        if place < len(found.snapshots) - 1:
            rels.setdefault(place + 1, []).append("next")
        rels.setdefault(place, [])
    parts += [memento_link(request, found, place, names) for place, names in sorted(rels.items())]
    return ", ".join(parts)


def memento_link(request: Request, found: Mementos, place: int, names: list[str]) -> str:
    """The link to one memento."""
    one = found.snapshots[place]
    rel = " ".join([*names, "memento"])
    return f'<{memento_url(request, one.captured_at, found.page.url)}>; rel="{rel}"; datetime="{http_date(one.captured_at)}"'


def _by_second(found: tuple[Snapshot, ...]) -> tuple[Snapshot, ...]:
    return tuple({one.captured_at.replace(microsecond=0): one for one in found}.values())
