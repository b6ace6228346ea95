"""Writing: a unit is one transaction, and what it says is kept whole or not at all."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from storage import indexing, rows
from storage import statements as sql
from storage.agenda import Agenda
from storage.alert_tables import OWE
from storage.errors import AddressTaken, ArchiveError
from storage.listing import Told
from storage.records import Page, PageState, Site, Snapshot, Version
from storage.series import keep_payload
from storage.text import to_json

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Executable

    from changes.kinds import Finding, SiteNotice
    from changes.release import Release
    from storage.database import Sql

#: What a visit may change of a page, and of a file.
PAGE_FIELDS = frozenset(
    "state last_visit last_seen last_full etag last_modified digest fingerprint suspect misses missing_since status "  # noqa: SIM905
    "dated edits last_edit next_due".split()
)
FILE_FIELDS = frozenset({"etag", "last_modified", "digest", "size", "checked_at"})


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A visit that found a page as it was. `digest` and `fingerprint` are None where no body came (304)."""

    page_id: int
    at: dt.datetime
    status: int
    etag: str | None = None
    last_modified: str | None = None
    digest: str | None = None
    fingerprint: str | None = None
    next_due: dt.datetime | None = None  #: when the page is to be visited again; None: at the next crawl


class Unit(Agenda, Told):
    """One writing transaction. It also reads, what it has itself written too; nobody else writes meanwhile.

    A statement that fails spoils the whole unit: nothing of it is kept, even where the error was caught.
    """

    def __init__(self, connection: Sql) -> None:
        self._connection: Sql | None = connection
        self._last: tuple[int, int, Release] | None = None  #: the version added last: page, number, what it says

    def end(self) -> None:
        """Take no more: the transaction is over."""
        self._connection = None

    def add_site(self, name: str) -> Site:
        """The site of that name, added where it is new; its baseline is then still to come."""
        if (known := self.site(name)) is not None:
            return known
        key = self._sql.insert(sql.ADD_SITE, {"name": name, "baseline": True})
        return Site(id=key, name=name, baseline=True)

    def end_baseline(self, site_id: int) -> None:
        """From here on, what is new on the site is news."""
        self._meet(sql.END_BASELINE, f"site {site_id}", key=site_id)

    def set_layout(self, site_id: int, json: str | None) -> None:
        """Keep the rules that were learnt for the site's newest layout; None forgets them."""
        self._meet(sql.SET_LAYOUT, f"site {site_id}", key=site_id, to=json)

    def start_crawl(self, site_id: int, at: dt.datetime) -> int:
        """A new crawl's id. Those of the site that were never ended count as killed from here on."""
        self._sql.run(sql.MARK_KILLED, {"of_site": site_id})
        return self._sql.insert(sql.START_CRAWL, {"site_id": site_id, "started_at": at, "stats": "{}"})

    def end_crawl(self, crawl_id: int, *, at: dt.datetime, reason: str, stats: Mapping[str, int]) -> None:
        """Say when and why a crawl ended, and what it counted."""
        self._meet(sql.END_CRAWL, f"crawl {crawl_id}", key=crawl_id, at=at, why=reason, counts=to_json(dict(stats)))

    def add_fault(
        self, site_id: int, crawl_id: int | None, url: str, *, fault: str, detail: str, at: dt.datetime
    ) -> None:
        """Keep an outcome that brought nothing to read, and why."""
        self._sql.insert(
            sql.ADD_FAULT,
            {"site_id": site_id, "crawl_id": crawl_id, "url": url, "fault": str(fault), "detail": detail, "at": at},
        )

    def add_page(self, site_id: int, url: str, *, at: dt.datetime, baseline: bool, anew: bool = False) -> Page:
        """The page at an address, added where it is new.

        A page that once stood there and moved on is still that page, unless `anew` says that another took its place.
        """
        known = self.page(site_id, url)
        if known is not None and (known.url == url or not anew):
            return known
        return self._new_page(site_id, url, at, baseline)

    def add_pages(self, site_id: int, urls: Sequence[str], *, at: dt.datetime, baseline: bool) -> list[Page]:
        """The pages at many addresses, as `add_page` would add each."""
        taken = self.taken(site_id, urls)
        pages = []
        for url in dict.fromkeys(urls):
            known = self.page(site_id, url) if url in taken else None
            pages.append(known or self._new_page(site_id, url, at, baseline))
        return pages

    def update_page(self, page_id: int, **fields: Any) -> None:
        """Set what the last visit taught of a page; the names are those in `PAGE_FIELDS`."""
        if fields:
            self._set(page_id, fields)

    def move_page(self, page_id: int, url: str, *, at: dt.datetime) -> None:
        """Have a page stand at a new address; it is still found by the former one.

        A page that was found there, but of which nothing was ever kept, gives way.

        Raises:
            AddressTaken: another page of the site stands there, with a past of its own. The unit is none the worse.
        """
        page = self.page_by_id(page_id)
        if page is None:
            raise self._missing(f"page {page_id}")
        if page.url == url:
            return
        there = self._one(rows.page, sql.PAGE_AT, at_url=url, of_site=page.site_id)
        if there is not None:
            if self._sql.first(sql.HAS_PAST, {"of_page": there.id}) is not None:
                raise AddressTaken(
                    f"{page.url} cannot move to {url}: page {there.id} stands there; mark this one moved"
                )
            for drop in sql.DROP_PAGE:
                self._sql.run(drop, {"of_page": there.id})
        former = {"site_id": page.site_id, "page_id": page_id, "url": page.url, "left_at": at}
        self._sql.insert(sql.ADD_ADDRESS, former)
        self._meet(sql.MOVE_PAGE, f"page {page_id}", key=page_id, to=url)

    def extend(self, visits: Sequence[Visit]) -> None:
        """Note visits that found their pages as they were, many at once.

        The latest version of each was seen once more; the page is live, not missed and not suspected. Validators are
        those of the answer, except that a 304 need not repeat them (RFC 9110, 15.4.5).
        """
        if not visits:
            return
        self._sql.run_many(sql.SEE_VERSION, [{"of_page": visit.page_id, "seen": visit.at} for visit in visits])
        met = self._sql.run_many(sql.SEE_PAGE, [_seen(visit) for visit in visits])
        if met != len(visits):
            raise self._missing(f"{len(visits) - met} of the {len(visits)} pages visited")

    def keep_snapshot(
        self,
        page_id: int,
        *,
        url: str,
        status: int,
        headers: Sequence[tuple[str, str]],
        redirects: Sequence[tuple[str, int]],
        captured_at: dt.datetime,
        body: bytes,
        crawl_id: int | None = None,
    ) -> Snapshot:
        """Keep one answer. Its payload is stored once for all answers that share it, an empty one too."""
        values = {
            "page_id": page_id,
            "crawl_id": crawl_id,
            "url": url,
            "status": status,
            "captured_at": captured_at,
            "digest": keep_payload(self._sql, page_id, body),
            "headers": to_json([list(pair) for pair in headers]),
            "redirects": to_json([list(hop) for hop in redirects]),
        }
        return rows.kept_snapshot(self._sql.insert(sql.ADD_SNAPSHOT, values), values)

    def await_layout(self, snapshot_id: int) -> None:
        """Put a snapshot by until there are rules that can read it."""
        if self._sql.first(sql.IS_WAITING, {"key": snapshot_id}) is None:
            self._sql.run(sql.AWAIT, {"snapshot_id": snapshot_id})

    def settle(self, snapshot_id: int) -> None:
        """A snapshot that was put by is read, or given up."""
        self._sql.run(sql.SETTLE, {"key": snapshot_id})

    def add_version(
        self,
        page_id: int,
        *,
        snapshot_id: int,
        release: Release,
        digest: str,
        rules: str,
        at: dt.datetime,
        page: Mapping[str, Any] | None = None,
    ) -> Version:
        """The page's next version, which is now its latest; `page` is set of the page as `update_page` sets it."""
        values: dict[str, Any] = {
            "page_id": page_id,
            "snapshot_id": snapshot_id,
            "digest": digest,
            "rules": rules,
            "first_seen": at,
            "last_seen": at,
            "visits": 1,
        }
        added = self._sql.first(sql.ADD_VERSION, {**values, "of_page": page_id, "release": rows.pack_release(release)})
        if added is None:
            raise ArchiveError(f"page {page_id}: an inserted version has no number")
        self._set(page_id, page or {}, version=added.number)
        indexing.index_version(self._sql, added.id, page_id, at, release)
        self._last = page_id, added.number, release
        return Version(id=added.id, number=added.number, release=release, **values)

    def add_change(
        self,
        page_id: int,
        finding: Finding,
        *,
        before: int | None,
        after: int | None,
        title: str,
        url: str,
        at: dt.datetime,
        baseline: bool,
        crawl_id: int | None = None,
    ) -> int:
        """Write down what happened to a page between two of its versions; the change's id.

        What a crawl found after the baseline is owed to those who asked for it, from this very transaction on.
        """
        values = {
            "of_page": page_id,
            "crawl_id": crawl_id,
            "kind": finding.kind.value,
            "detected_at": at,
            "baseline": baseline,
            "before": before,
            "after": after,
            "url": url,
            "title": title,
            "finding": to_json(finding),
        }
        key = self._sql.insert(sql.ADD_CHANGE, values)
        if crawl_id is not None and not baseline:
            self._sql.run(OWE, {"change_id": key})
        indexing.index_change(self._sql, key, page_id, at, finding, before=before, after=after, last=self._last)
        return key

    def index_more(self, count: int = 200) -> int:
        """Index so many of the versions and changes that search does not find yet; how many there were."""
        return indexing.index_more(self._sql, count)

    def add_wave(self, change_ids: Sequence[int], name: str) -> None:
        """Name what many changes have in common. A change that is in a wave stays in it."""
        for start in range(0, len(change_ids), 500):  # databases limit the parameters of one statement
            part = dict.fromkeys(change_ids[start : start + 500])
            known = {row.change_id for row in self._sql.rows(sql.IN_WAVES, {"among": list(part)})}
            if new := [{"change_id": key, "name": name} for key in part if key not in known]:
                self._sql.run_many(sql.ADD_WAVE, new)

    def add_notice(
        self,
        site_id: int,
        kind: SiteNotice,
        *,
        text: str,
        detail: Mapping[str, Any],
        at: dt.datetime,
        about: SiteNotice | None = None,
        crawl_id: int | None = None,
    ) -> int:
        """Write down what happened to a site; the notice's id. `detail` is anything that JSON can hold.

        What a crawl met is owed to those who look after the installation, from this very transaction on.
        """
        values = {
            "site_id": site_id,
            "crawl_id": crawl_id,
            "kind": kind.value,
            "about": None if about is None else about.value,
            "at": at,
            "text": text,
            "detail": to_json(dict(detail)),
        }
        key = self._sql.insert(sql.ADD_NOTICE, values)
        if crawl_id is not None:
            self._sql.run(OWE, {"notice_id": key})
        return key

    def put_file(self, page_id: int, url: str, **validators: Any) -> None:
        """Watch an attachment of a page, or set what is newly known of it; the names are those in `FILE_FIELDS`."""
        _known(validators, FILE_FIELDS)
        known = self._sql.first(sql.HAS_FILE, {"of_page": page_id, "at_url": url})
        if known is None:
            self._sql.insert(sql.ADD_FILE, {"page_id": page_id, "url": url, **validators})
        elif validators:
            self._sql.run(sql.UPDATE_FILE, {"key": known.id, **validators})

    def forget_file(self, page_id: int, url: str) -> None:
        """Watch an attachment no longer."""
        self._sql.run(sql.FORGET_FILE, {"of_page": page_id, "at_url": url})

    @property
    def _sql(self) -> Sql:
        if self._connection is None:
            raise ArchiveError("this unit has ended: write inside `with archive.writing() as unit:`")
        return self._connection

    @contextmanager
    def _reading(self) -> Iterator[Sql]:
        yield self._sql

    def _new_page(self, site_id: int, url: str, at: dt.datetime, baseline: bool) -> Page:
        page = {"site_id": site_id, "url": url, "baseline": baseline, "first_seen": at}
        key = self._sql.insert(sql.ADD_PAGE, {**page, "state": PageState.NEW.value, "misses": 0, "edits": 0})
        return Page(id=key, site_id=site_id, url=url, state=PageState.NEW, baseline=baseline, first_seen=at)

    def _set(self, page_id: int, fields: Mapping[str, Any], *, version: int | None = None) -> None:
        _known(fields, PAGE_FIELDS)
        values = dict(fields)
        if "state" in values:
            values["state"] = PageState(values["state"]).value
        if version is not None:
            values["version"] = version
        self._meet(sql.UPDATE_PAGE, f"page {page_id}", key=page_id, **values)

    def _meet(self, statement: Executable, what: str, **values: Any) -> None:
        """Run an update that must meet one row."""
        if self._sql.run(statement, values).rowcount != 1:
            raise self._missing(what)

    def _missing(self, what: str) -> ArchiveError:
        self._sql.failed = True
        return ArchiveError(f"the archive does not have {what}; nothing of this unit is kept")


def _known(given: Mapping[str, Any], names: frozenset[str]) -> None:
    if unknown := sorted(given.keys() - names):
        raise TypeError(f"cannot set {', '.join(unknown)}; may be set: {', '.join(sorted(names))}")


def _seen(visit: Visit) -> dict[str, Any]:
    return {
        "of_page": visit.page_id,
        "seen": visit.at,
        "new_status": visit.status,
        "new_etag": visit.etag,
        "new_last_modified": visit.last_modified,
        "new_digest": visit.digest,
        "new_fingerprint": visit.fingerprint,
        "new_due": visit.next_due,
    }
