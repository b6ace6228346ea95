"""Writing what an import found: each page's captures take their place in time, and its history is worked out again.

A page is read before anything is written, and then written in one short unit: kept, placed and with its origin, or not
at all. What is kept already is left alone: an import that was cut short goes on when it is run again, and a second one
adds nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from changes.release import Release
from crawler.doubts import rules_of
from crawler.history import rebuild
from crawler.importing.errors import errors
from crawler.importing.histories import Histories, History, begin, restore
from crawler.importing.memory import Memo, as_snapshot, page_of
from crawler.importing.moves import Moves, Redirect, end_page, move_page, settle, tell
from crawler.importing.records import Capture, Found, Refusal, Report, by_page
from crawler.importing.spool import Spool
from crawler.reading.addresses import same_site
from crawler.reading.profiles import ReleaseRules, SiteProfile
from crawler.reread import believed, in_order, place, unread
from crawler.rereading import PageReader
from storage.archive import Archive
from storage.audits import Action, Audit
from storage.correcting import Correction, former_addresses
from storage.errors import UnderWay
from storage.imports import Origin, Way, add_origin, begin_import, end_import, is_purged, kept_keys, purges
from storage.leases import Leased, take
from storage.listing import Told
from storage.records import Page, PageState, Site, Version
from storage.unit import Unit

#: Captures of one page that are written together.
AT_ONCE = 100

Watch = Callable[[int, int], None]


@dataclass(kw_only=True)
class Run:
    """One import: who brings what from where, and what has come of it. Nothing is written before something is new."""

    archive: Archive
    profiles: Mapping[str, SiteProfile]
    spool: Spool
    report: Report
    at: dt.datetime
    who: str
    kind: Way
    source: str  #: the files, or the server
    dry: bool = False
    wait: Callable[[str], None] | None = None  #: called while a site is being crawled; without it that ends the import
    told: Histories | None = None  #: what the files tell of their pages besides their answers
    redirects: Sequence[Redirect] = ()  #: what the files tell of pages that went elsewhere for good
    clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)  #: for the lease: heartbeats are real
    said: dict[str, dict[str, str | None]] = field(default_factory=dict, init=False)  #: what bodies say, by site
    _key: int | None = field(default=None, init=False)
    _brought: dict[str, list[Capture]] = field(default_factory=dict, init=False)  #: all that was new, by site
    _parts: int = field(default=0, init=False)  #: how often something was placed

    def place(self, captures: Iterable[Capture], watch: Watch = lambda *_: None) -> None:
        """Write captures, site by site and page by page, while nobody else writes to the site.

        Raises:
            storage.errors.UnderWay: a site is being crawled. What was written for others stays.
        """
        some = list(self._one_spelling(list(captures)))
        moves = Moves()
        if self.redirects:
            some, moves = settle(self.archive, some, self._untold(), self._says, self.report)
        pages = self._new(by_page(some))
        if self.dry:
            for (site, _), found in pages.items():
                self.report.count(Found.NEW, len(found))
                self.report.add(site, captures=len(found), pages=1)
            return
        done = 0
        self._parts += 1
        for (site, _), found in pages.items():
            self._brought.setdefault(site, []).extend(found)
        for name in sorted({site for site, _ in pages} | {site for site, _ in moves.ended}):
            with self._lease(name) as lease:
                placing = _Placing(
                    self, lease, name, [one for (site, _), some in pages.items() if site == name for one in some], moves
                )
                for (site, url), found in pages.items():
                    if site == name:
                        placing.page(url, found)
                        done += 1
                        watch(done, len(pages))
                placing.end_pages()

    def _untold(self) -> list[Redirect]:
        """The redirects of pages of which the files do not tell the whole history anyway."""
        told = self.told
        return [one for one in self.redirects if told is None or told.of(one.site, one.url) is None]

    def _says(self, name: str, captures: Sequence[Capture]) -> Release | None:
        """What the first of some captures says that can be read."""
        site, profile = self.archive.site(name), self.profiles[name]
        learnt = rules_of(site) if site is not None else ()
        for one in captures[:3]:
            page = page_of(one)
            found = PageReader(page, profile, learnt, self._body)(as_snapshot(one, -1, page.id), None, None)
            if found is not None:
                return found.release
        return None

    def _body(self, digest: str) -> bytes:
        body = self.spool.get(digest)
        return self.archive.payload(digest) if body is None else body

    def _lease(self, name: str) -> Leased:
        while True:
            try:
                return take(self.archive, name, clock=self.clock)
            except UnderWay as error:
                if self.wait is None:
                    raise
                self.wait(str(error))

    def begin(self, unit: Unit) -> int:
        """The number of this import, written down with the first answer that it brings."""
        if self._key is None:
            return begin_import(unit, at=self.at, who=self.who, kind=self.kind, source=self.source)
        return self._key

    def begun(self, key: int) -> None:
        """The unit that wrote the number down is kept."""
        self._key = key

    def end(self) -> None:
        """Write down that all is done, where anything was.

        What came in parts is looked at as a whole first: which answers are error pages may only show then.
        """
        if self._key is None:
            return
        for name, captures in sorted(self._brought.items()) if self._parts > 1 else ():
            with self._lease(name) as lease:
                _Placing(self, lease, name, captures, Moves()).sift(captures)
        with self.archive.writing() as unit:
            counts = {str(name): count for name, count in sorted(self.report.counts.items()) if count}
            sites = {site: dict(sorted(found.items())) for site, found in sorted(self.report.per_site.items())}
            end_import(unit, self._key, at=self.clock(), detail={"records": counts, "sites": sites})

    def _one_spelling(self, captures: Sequence[Capture]) -> Iterator[Capture]:
        """Captures with and without a slash at the end of their address belong to one page: that which is watched,
        else the one that has more of them.
        """
        many = Counter((one.site, one.url) for one in captures)
        spelt = {(name, url): self._spelling(name, url, many) for name, url in many}
        return (replace(one, url=spelt[one.site, one.url]) for one in captures)

    def _spelling(self, name: str, url: str, many: Mapping[tuple[str, str], int]) -> str:
        other = url.removesuffix("/") if url.endswith("/") else f"{url}/"
        if "?" in url or other == self.profiles[name].base_url:
            return url
        site = self.archive.site(name)
        known = [one for one in (url, other) if site is not None and self.archive.page(site.id, one) is not None]
        if known:
            return known[0]
        return max((url, other), key=lambda one: (many.get((name, one), 0), one))

    def _new(self, pages: dict[tuple[str, str], list[Capture]]) -> dict[tuple[str, str], list[Capture]]:
        """What is not kept yet, and was not purged; all else is counted."""
        gone = purges(self.archive).payloads
        found: dict[tuple[str, str], list[Capture]] = {}
        for (name, url), captures in pages.items():
            site = self.archive.site(name)
            page = self.archive.page(site.id, url) if site is not None else None
            keys = kept_keys(self.archive, page.id) if page is not None else set()
            addresses = {url, *(one.final_url for one in captures)}
            blocked = self.archive.blocked(site.id, addresses) if site is not None else set()
            for one in captures:
                key = (one.captured_at, one.digest)
                if blocked & {url, one.final_url} or one.digest in gone or is_purged(keys, one.captured_at):
                    self.report.count(Found.PURGED)
                elif key in keys:
                    self.report.count(Found.KNOWN)
                else:
                    keys.add(key)
                    found.setdefault((name, url), []).append(one)
        return found


class _Placing:
    """Writes to one site, whose lease it holds."""

    def __init__(self, run: Run, lease: Leased, name: str, captures: Sequence[Capture], moves: Moves) -> None:
        site = lease.site(name)
        if site is None:
            raise LookupError(name)  # whoever takes a lease adds its site
        self._run = run
        self._lease = lease
        self._site: Site = site
        self._profile = run.profiles[name]
        self._moves = moves
        self._learnt: Sequence[ReleaseRules] = rules_of(site)
        self._texts = purges(lease).texts
        self._unread, self._errors = self._not_to_read(captures)
        self._audit = Audit(at=run.at, who=run.who, action=Action.IMPORT, reason=f"answers from {run.source}")

    def _not_to_read(self, captures: Sequence[Capture]) -> tuple[set[int], set[tuple[dt.datetime, str, str]]]:
        """The answers that are kept and not to be read, by their ids, and the captures that say the very same at so
        many addresses that they are an error.
        """
        pages = {url: -number for number, url in enumerate(dict.fromkeys(one.url for one in captures), 1)}
        known = {url: page.id for url in pages if (page := self._lease.page(self._site.id, url)) is not None}
        some = {
            -number: (as_snapshot(one, -number, known.get(one.url, pages[one.url])), one)
            for number, one in enumerate(captures, 1)
        }
        also = [snapshot for snapshot, _ in some.values()]
        texts = self._run.said.setdefault(self._site.name, {})
        found = unread(self._lease, self._site, self._profile, also=also, payload=self._body, known=texts)
        errors = {(one.captured_at, one.digest, one.url) for key in found if key in some for _, one in [some[key]]}
        return {key for key in found if key > 0}, errors

    def page(self, url: str, captures: Sequence[Capture]) -> None:
        """Bring in the captures of one page."""
        memo = Memo()
        told = self._run.told.of(self._site.name, url) if self._run.told is not None else None
        page = self._lease.page(self._site.id, url)
        if told is not None and (page is None or not self._lease.snapshots(page.id)):
            self._restore(url, captures, memo, told)
            return
        for some in _batches(captures):
            self._batch(url, some, memo)

    def end_pages(self) -> None:
        """End the histories of pages that went on where others stood already."""
        for site, move in self._moves.ended:
            page = self._lease.page(self._site.id, move.url) if site == self._site.name else None
            if page is None or page.url != move.url or page.state is PageState.MOVED:
                continue
            with self._lease.writing() as unit:
                key = self._run.begin(unit)
                told = end_page(unit, page, move)
            self._run.begun(key)
            self._run.report.add(self._site.name, captures=0, changes=int(told))

    def sift(self, captures: Sequence[Capture]) -> None:
        """Take back what was made of answers that prove to be error pages, now that all pages are there."""
        texts = self._run.said.get(self._site.name, {})
        wrong = errors(captures, texts)
        for url in sorted({one.url for one in wrong}):
            page = self._lease.page(self._site.id, url)
            if page is None or not in_order(self._lease.versions(page.id)):
                continue
            keys = {(one.captured_at, one.digest) for one in wrong if one.url == url}
            skip = {one.id for one in self._lease.snapshots(page.id) if (one.captured_at, one.digest) in keys}
            before = self._lease.latest(page.id)
            with self._lease.writing() as unit:
                read = self._reader(unit, page, unit.payload, skip)
                found = place(unit, page, self._profile, self._learnt, self._audit, new=(), read=read)
                self._refresh(unit, page, before)
            self._run.report.add(
                self._site.name,
                versions=found.after - found.before,
                changes=sum(row is None for row, _ in found.changes) - len(found.dropped),
            )

    def _restore(self, url: str, captures: Sequence[Capture], memo: Memo, told: History) -> None:
        """Bring in a page with the history that is told of it, and then hold that against its answers."""
        fitting = self._rehearse(url, None, captures, memo)
        if not fitting or told.page is None:
            return
        with self._lease.writing() as unit:
            key = self._run.begin(unit)
            page = unit.page(self._site.id, url) or begin(unit, self._site.id, url, told.page)
            kept = {(one.captured_at, one.digest): self._keep(unit, page, one, key) for one in fitting}
            restore(unit, page, told, kept, run=key, origin=Origin(source=fitting[0].origin.source))
            memo.read = self._reader(unit, page, unit.payload, ())  # what is told is believed
            place(unit, page, self._profile, self._learnt, self._audit, new=(), read=memo)
            self._refresh(unit, unit.page_by_id(page.id) or page, None)
            versions, changes = len(unit.versions(page.id)), sum(1 for _ in unit.changes(url=page.url))
        self._run.begun(key)
        self._run.report.count(Found.NEW, len(fitting))
        self._run.report.add(self._site.name, captures=len(fitting), pages=1, versions=versions, changes=changes)

    def _batch(self, url: str, captures: Sequence[Capture], memo: Memo) -> None:
        page = self._lease.page(self._site.id, url)
        if page is not None and not in_order(self._lease.versions(page.id)):
            for one in captures:
                reason = f"{url} is left as it is: its versions do not follow each other in time"
                self._run.report.refuse(Refusal(source=one.origin.source, place=one.origin.place, reason=reason))
            return
        fitting = self._rehearse(url, page, captures, memo)
        if not fitting:
            return
        with self._lease.writing() as unit:
            key = self._run.begin(unit)
            page = unit.page(self._site.id, url) or unit.add_page(
                self._site.id, url, at=fitting[0].captured_at, baseline=False
            )
            before = unit.latest(page.id)
            moves = self._moves.of(self._site.name, url)
            page = move_page(unit, page, moves)
            new = [self._keep(unit, page, one, key) for one in fitting]
            errors = {key for key, one in zip(new, fitting, strict=True) if self._is_error(one)}
            memo.read = self._reader(unit, page, unit.payload, errors)
            found = place(unit, page, self._profile, self._learnt, self._audit, new=new, read=memo)
            moved = sum(tell(unit, page, move) for move in moves if move.at <= fitting[-1].captured_at)
            self._refresh(unit, page, before)
        self._run.begun(key)
        self._count(found, fitting, new_page=before is None, moved=moved)

    def _rehearse(self, url: str, page: Page | None, captures: Sequence[Capture], memo: Memo) -> list[Capture]:
        """Read the page as it will be, so that nothing need be read while others wait; what may be written of it."""
        there = page or replace(page_of(captures[0]), site_id=self._site.id, url=url)
        # ids that no answer has yet
        new = [as_snapshot(one, -number, there.id) for number, one in enumerate(captures, 1)]
        kept = self._lease.snapshots(there.id) if page is not None else []
        versions = self._lease.versions(there.id) if page is not None else []
        errors = {key for key, one in zip([one.id for one in new], captures, strict=True) if self._is_error(one)}
        memo.read = self._reader(self._lease, there, self._body, errors)
        sure = believed(self._lease, there.id)
        rebuild([*kept, *new], versions, memo, new=frozenset(one.id for one in new), sure=sure)
        if not self._texts:
            return list(captures)
        fitting = [one for one in captures if self._texts.isdisjoint(memo.texts_of(one))]
        self._run.report.count(Found.PURGED, len(captures) - len(fitting))
        return fitting

    def _is_error(self, one: Capture) -> bool:
        return (one.captured_at, one.digest, one.url) in self._errors

    def _reader(
        self, archive: Told, page: Page, payload: Callable[[str], bytes], errors: Collection[int]
    ) -> PageReader:
        former, sure, skip = former_addresses(archive, page.id), believed(archive, page.id), {*self._unread, *errors}
        return PageReader(page, self._profile, self._learnt, payload, former=former, sure=sure, skip=skip)

    def _body(self, digest: str) -> bytes:
        """A body that waits, or that was kept before."""
        body = self._run.spool.get(digest)
        return self._lease.payload(digest) if body is None else body

    def _keep(self, unit: Unit, page: Page, one: Capture, key: int) -> int:
        body = self._run.spool.get(one.digest)
        kept = unit.keep_snapshot(
            page.id,
            url=one.final_url,
            status=one.status,
            headers=one.headers,
            redirects=one.redirects,
            captured_at=one.captured_at,
            body=unit.payload(one.digest) if body is None else body,
        )
        add_origin(unit, kept.id, key, one.origin)
        return kept.id

    def _refresh(self, unit: Unit, page: Page, before: Version | None) -> None:
        """Have the page's next visit compare with what now stands last."""
        latest = unit.latest(page.id)
        if latest is None or (
            before is not None and (latest.snapshot_id, latest.digest) == (before.snapshot_id, before.digest)
        ):
            return
        # a server that says "not modified" would mean what we had seen last, and that is no longer the latest
        unknown = {"etag": None, "last_modified": None, "digest": None, "fingerprint": None, "suspect": None}
        state = {"state": PageState.LIVE} if page.state is PageState.NEW else {}
        unit.update_page(page.id, **unknown, **state)
        self._watch_files(unit, page, latest.release)

    def _watch_files(self, unit: Unit, page: Page, release: Release) -> None:
        """Watch the files that the latest version offers: a crawl that finds it unchanged does not look again."""
        if not self._profile.attachments.watch or "attachments" in release.unread:
            return
        offered = {file.url for file in release.attachments if same_site(file.url, self._profile)}
        watched = {file.url for file in unit.files(page.id)}
        for url in sorted(offered - watched):
            unit.put_file(page.id, url)
        for url in sorted(watched - offered):
            unit.forget_file(page.id, url)

    def _count(self, found: Correction, captures: Sequence[Capture], *, new_page: bool, moved: int = 0) -> None:
        self._run.report.count(Found.NEW, len(captures))
        self._run.report.add(
            self._site.name,
            captures=len(captures),
            pages=int(new_page),
            versions=found.after - found.before,
            changes=sum(row is None for row, _ in found.changes) - len(found.dropped) + moved,
        )


def _batches(captures: Sequence[Capture]) -> Iterator[list[Capture]]:
    left = iter(captures)
    while batch := list(islice(left, AT_ONCE)):
        yield batch
