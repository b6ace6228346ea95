"""The past of pages from the Internet Archive's Wayback Machine, or from any server that speaks CDX and Memento."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import groupby
from urllib.parse import urlencode

from crawler.importing.cdx import Listing, NotCdx, Row, read_listing
from crawler.importing.client import Client
from crawler.importing.contents import SOME_PAGE, by_status, is_page
from crawler.importing.mementos import Memento, NoMemento, fetch
from crawler.importing.records import Capture, Found, Refusal, Report
from crawler.importing.spool import Spool
from crawler.importing.times import NoTime, digits_time
from crawler.importing.watched import Watched
from crawler.reading.profiles import SiteProfile
from crawler.settling import ALIKE
from storage.archive import Archive
from storage.imports import Origin, is_purged, kept_keys

INTERNET_ARCHIVE = "https://web.archive.org"
#: Captures that one answer lists.
PAGE = 10_000
#: A list of captures may be longer than a page.
LIST_BYTES = 128 * 1024 * 1024
#: So many captures are fetched before they are written.
AT_ONCE = 50

Watch = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A capture that the server has, of a page that is watched."""

    site: str
    url: str
    at: dt.datetime
    row: Row


@dataclass(kw_only=True)
class Wayback:
    """One import from one server."""

    server: str
    client: Client
    archive: Archive
    watched: Watched
    spool: Spool
    report: Report
    now: dt.datetime
    place: Callable[[Sequence[Capture]], None]
    watch: Watch = lambda *_: None
    _mementos: str = field(default="", init=False)
    _blocked: dict[str, bool] = field(default_factory=dict, init=False)

    def bring(self, asked: Sequence[str], *, since: str = "", until: str = "", dry: bool = False) -> None:
        """Fetch and hand over all captures of some addresses, or of all below one that ends in `*`.

        Args:
            asked: The addresses.
            since: First moment, in up to fourteen digits.
            until: Last moment, counted whole: 2015 is all of 2015.
            dry: Only look what there is.

        Raises:
            Unanswered: the server could not be asked any more. What was handed over stays.
            NotCdx: there is no such interface at this address.
        """
        rows = [row for one in asked for row in self._list(one, since, until)]
        wanted = sorted(self._wanted(rows), key=lambda one: (one.site, one.url, one.at, one.row.digest))
        due = list(self._due(wanted))
        if dry:
            self.report.count(Found.NEW, len(due))
            for one in due:
                self.report.add(one.site, captures=1)
            return
        done = 0
        for _, page in groupby(due, key=lambda one: (one.site, one.url)):
            captures: list[Capture] = []
            before: tuple[Row, Capture] | None = None
            for one in page:
                capture = self._fetch(one, before)
                done += 1
                self.watch(done, len(due))
                if capture is None:
                    continue
                before = one.row, capture
                captures.append(capture)
                if len(captures) >= AT_ONCE:
                    self.place(captures)
                    captures = []
            if captures:
                self.place(captures)

    def _list(self, asked: str, since: str, until: str) -> Iterator[Row]:
        """All captures that the server lists."""
        url, prefix = (asked[:-1], True) if asked.endswith("*") else (asked, False)
        query = {"url": url, "output": "json", "limit": str(PAGE), "showResumeKey": "true"}
        if prefix:
            query["matchType"] = "prefix"
        query |= {name: value for name, value in (("from", since), ("to", until)) if value}
        seen: set[str] = set()
        while True:
            listing = self._ask(query)
            if listing.pywb and len(listing.rows) >= PAGE and "limit" in query:
                del query["limit"]  # it cannot go on where a list was cut
                continue
            for line in listing.broken:
                reason = f"a line of the list of captures is none: {line}"
                self.report.refuse(Refusal(source=self.server, place=None, reason=reason))
            yield from listing.rows
            if listing.resume is None or listing.resume in seen:
                return
            seen.add(listing.resume)
            query["resumeKey"] = listing.resume

    def _ask(self, query: dict[str, str]) -> Listing:
        base = self.server.rstrip("/")
        places = [(f"{base}/cdx/search/cdx", f"{base}/web"), (f"{base}/cdx", base)]
        if self._mementos:
            places = [place for place in places if place[1] == self._mementos]
        reply = None
        for cdx, mementos in places:
            reply = self.client.get(f"{cdx}?{urlencode(query)}", max_bytes=LIST_BYTES)
            text = reply.body.decode("utf-8", "replace")
            empty = reply.status == HTTPStatus.NOT_FOUND and text.lstrip().startswith("{")  # pywb: no captures
            if reply.status != HTTPStatus.OK and not empty:
                continue
            try:
                found = read_listing(text)
            except NotCdx:
                if (cdx, mementos) == places[-1]:
                    raise
                continue
            self._mementos = mementos
            return found
        status = reply.status if reply is not None else 0
        raise NotCdx(f"{self.server} lists no captures (status {status}); --server takes the address of a collection")

    def _wanted(self, rows: Sequence[Row]) -> Iterator[Wanted]:
        """The rows that may be pages of a watched site; all others are counted."""
        for row in rows:
            place = self.watched.of(row.url)
            if place is None or place.url is None:
                self.report.count(Found.ELSEWHERE if place is None else Found.OTHER)
                continue
            profile, url = place.profile, place.url
            try:
                at = digits_time(row.timestamp, self.now)
            except NoTime as error:
                reason = f"{error} ({row.url[:200]})"
                self.report.refuse(Refusal(source=self.server, place=None, reason=reason))
                continue
            if row.status not in (0, HTTPStatus.OK):
                self.report.count(by_status(row.status))
            elif not is_page(SOME_PAGE, row.media if row.media != "warc/revisit" else "", profile):
                self.report.count(Found.OTHER)
            else:
                yield Wanted(site=profile.name, url=url, at=at, row=row)

    def _due(self, wanted: Sequence[Wanted]) -> Iterator[Wanted]:
        """Those that are not kept yet. Of many in a row that say the very same, the first and the last tell all."""
        wanted = list(self._no_errors(wanted))
        for (name, url), group in groupby(wanted, key=lambda one: (one.site, one.url)):
            page = list({(one.at, one.row.digest): one for one in group}.values())
            site = self.archive.site(name)
            known = self.archive.page(site.id, url) if site is not None else None
            keys = kept_keys(self.archive, known.id) if known is not None else set()
            times = {at for at, _ in keys}
            gone = bool(site is not None and self.archive.blocked(site.id, [url, *(one.row.url for one in page)]))
            for number, one in enumerate(page):
                if gone or is_purged(keys, one.at):
                    self.report.count(Found.PURGED)
                elif one.at in times:
                    self.report.count(Found.KNOWN)
                elif 0 < number < len(page) - 1 and _same(page[number - 1], one) and _same(one, page[number + 1]):
                    self.report.count(Found.REPEATED)
                else:
                    yield one

    def _no_errors(self, wanted: Sequence[Wanted]) -> Iterator[Wanted]:
        """Without captures whose very bytes stand at many addresses, where the page has others, too: error pages."""
        places: dict[str, set[str]] = defaultdict(set)
        for one in wanted:
            places[one.row.digest].add(one.url)
        alike = {digest for digest, urls in places.items() if len(urls) >= ALIKE and len(digest) > 1}
        others = {one.url for one in wanted if one.row.digest not in alike}
        for one in wanted:
            if one.row.digest in alike and one.url in others:
                self.report.count(Found.ERROR)
            else:
                yield one

    def _fetch(self, one: Wanted, before: tuple[Row, Capture] | None) -> Capture | None:
        """One capture, whole; what is none is counted."""
        address = f"{self._mementos}/{one.row.timestamp}id_/{one.row.url}"
        origin = Origin(source=self.server, record=address)
        if before is not None and before[0].digest == one.row.digest and len(one.row.digest) > 1:
            # the server says that the payload is the same: a revisit, as a WARC file would have it
            return _capture(one, before[1].headers, before[1].digest, origin)
        try:
            memento = fetch(self.client, self._mementos, one.row.timestamp, one.row.url)
        except NoMemento as error:
            self.report.refuse(Refusal(source=self.server, place=None, reason=f"{address}: {error}"))
            return None
        found = self._found(memento, self.watched.profiles[one.site])
        if found is not Found.NEW:
            self.report.count(found)
            return None
        return _capture(one, memento.headers, self.spool.put(memento.body), origin)

    def _found(self, memento: Memento, profile: SiteProfile) -> Found:
        if memento.status != HTTPStatus.OK:
            return by_status(memento.status)
        media = next((value for name, value in memento.headers if name.lower() == "content-type"), "")
        return Found.NEW if is_page(memento.body, media, profile) else Found.OTHER


def _same(one: Wanted, other: Wanted) -> bool:
    return one.row.digest == other.row.digest and len(one.row.digest) > 1


def _capture(one: Wanted, headers: tuple[tuple[str, str], ...], digest: str, origin: Origin) -> Capture:
    return Capture(
        site=one.site,
        url=one.url,
        final_url=one.row.url,
        captured_at=one.at,
        status=HTTPStatus.OK,
        headers=headers,
        digest=digest,
        origin=origin,
    )


def moment(text: str) -> str:
    """A time that a person wrote (2015, 2015-03, 2015-03-01, 2015-03-01T12:30), as CDX has it.

    Raises:
        ValueError: it is none.
    """
    digits = "".join(letter for letter in text if letter.isdigit())
    if len(digits) not in (4, 6, 8, 10, 12, 14) or set(text) - set("0123456789-:T Zz"):
        raise ValueError(f"{text!r} is no time; write 2015, 2015-03 or 2015-03-01")
    full = digits + "00000101000000"[len(digits) :]
    digits_time(full, dt.datetime.max.replace(tzinfo=dt.UTC) - dt.timedelta(days=2))
    return digits
