"""Writes history: one fetch in, one outcome out, and in between one short transaction."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus

from changes.canonical import text_digest
from changes.compare import compare
from changes.kinds import Finding, Kind
from changes.presence import Presence, judge
from changes.release import Release, letters
from crawler.doubts import MANY, Doubts
from crawler.items import Fault, Fetch
from crawler.opened import Opened, open_page, payload_digest
from crawler.outcomes import Outcome, Result, Tally
from crawler.reading.addresses import at_home, identify, same_site
from crawler.reading.fingerprint import fingerprint, rules_behind
from crawler.reading.layout.pagetext import page_text as linear_text
from crawler.reading.profiles import ReleaseRules, SiteProfile
from crawler.reading.screening import PageText, Reason, page_text, screen
from crawler.unseen import Unseen
from crawler.weighing import best_reading, dubious
from storage.archive import Archive
from storage.errors import AddressTaken
from storage.records import File, Page, PageState, Site, Version
from storage.unit import Unit, Visit

#: Unchanged visits are written together: no history is lost with them, only the time of a last look.
BATCH = 200

#: So many unchanged pages are kept at hand: they show where a layout moved whose texts did not.
SAMPLES = 40
#: Fields in which better rules may find less than others did.
TEXT = {"lead", "body", "links"}

#: Attachments that are web pages themselves.
_HTML = (".html", ".htm")

_STEADY = (PageState.LIVE, PageState.MISSING)


class Archivist(Doubts):
    """Keeps what one crawl of one site brings home.

    All calls come from one thread at a time. `tally` counts every outcome; `removals` are pages that count as
    removed unless too many are, which only the end of the crawl can tell.
    """

    def __init__(self, archive: Archive, profile: SiteProfile, site: Site, crawl: int) -> None:
        super().__init__(archive, profile, site, crawl)
        self.crawl = crawl
        self.tally = Tally()
        self.removals: dict[int, Fetch] = {}
        self.waiting: dict[int, bool] = {}  #: page: whether rules fit it and were not believed
        self.noted: list[tuple[int, str]] = []  #: changes of this crawl, each with the cause that makes a wave
        self.gaps: list[str] = []  #: lists that were too short to be sure of
        self._visits: list[Visit] = []
        self._targets: set[str] = set()  #: addresses to which pages that wait have moved
        self.samples: deque[Fetch] = deque(maxlen=SAMPLES)  #: pages of this crawl that say what they said
        self._unseen = Unseen(archive, site)

    def plan(self, urls: Sequence[str], *, at: dt.datetime) -> list[Page]:
        """Begin to watch addresses that were found just now.

        Those to which a page that waits has moved are left to that page.
        """
        with self.archive.writing() as unit:
            return [
                unit.add_page(self.site.id, url, at=at, baseline=self.site.baseline)
                for url in urls
                if url not in self._targets
            ]

    def record(self, fetch: Fetch, planned: Page | None = None) -> Outcome:
        """Keep one answer for one watched address.

        Args:
            fetch: The answer.
            planned: The page as it stood when the address was asked for: saves a look-up where nothing has changed.

        Returns:
            What became of it. A fault of the site, the network or a firewall leaves the last good version in place.
        """
        outcome = self._record(fetch, planned)
        self.tally.count(outcome)
        return outcome

    def recount(self, outcome: Outcome) -> None:
        """Count the end of a visit that had been counted as waiting, if this crawl made it."""
        if self.tally.outcomes[Result.WAITING]:
            self.tally.outcomes[Result.WAITING] -= 1
            self.tally.count(outcome)

    def flush(self) -> None:
        """Write the unchanged visits that are still in hand."""
        if self._visits:
            with self.archive.writing() as unit:
                unit.extend(self._visits)
            self._visits.clear()

    def _record(self, fetch: Fetch, planned: Page | None) -> Outcome:
        # what a page with a past is known by changes through its own answer alone
        page = planned if planned is not None and planned.version is not None else self._page(fetch)
        if fetch.fault is not None:
            unanswered = fetch.fault is Fault.DISALLOWED and fetch.detail.startswith("robots unreachable")
            return self._fault(fetch, "robots-unreachable" if unanswered else str(fetch.fault), fetch.detail)
        if fetch.status == HTTPStatus.NOT_MODIFIED and page.version is not None:
            return self._same(page, fetch, None, None)
        digest = payload_digest(fetch.body)
        plain = fetch.status == HTTPStatus.OK and not fetch.redirects and page.state in _STEADY
        if plain and digest == page.digest:
            return self._same(page, fetch, digest, page.fingerprint)
        answer = open_page(fetch, digest=digest)
        rules = rules_behind(page.fingerprint, self.rules) if plain else None
        if answer is not None and rules is not None and self._seen(answer, rules) == page.fingerprint:
            self.samples.append(fetch)
            return self._same(page, fetch, digest, page.fingerprint)
        return self._judge(self._page(fetch) if page is planned else page, fetch, answer)

    def _page(self, fetch: Fetch) -> Page:
        """The page that was asked for, as it stands now."""
        page = self.archive.page(self.site.id, fetch.url)
        return page or self.plan([fetch.url], at=fetch.fetched_at)[0]

    def _seen(self, answer: Opened, rules: ReleaseRules) -> str | None:
        return fingerprint(answer.root, rules, self.profile)

    def _judge(self, page: Page, fetch: Fetch, answer: Opened | None) -> Outcome:
        """Is this the publisher speaking? Then read it."""
        latest = self.archive.latest(page.id) if page.version is not None else None
        expected = latest.release.language if latest is not None else None
        text = PageText() if answer is None else page_text(answer.root)
        verdict = screen(fetch, text, self.profile, expected=expected)
        if verdict.reason in (Reason.NOT_FOUND, Reason.GONE):
            return self._missing(page, fetch)
        if not verdict.ok or answer is None:
            return self._fault(fetch, str(verdict.reason or "unreadable"), verdict.detail)
        return self.read(page, answer)

    def read(self, page: Page, answer: Opened, *, snapshot: int | None = None, sure: bool = False) -> Outcome:
        """Read a page that the publisher served, and write what is new about it.

        Args:
            page: The watched page.
            answer: What was fetched for it.
            snapshot: The kept snapshot of this very answer, where it waited for rules.
            sure: Believe the best reading even where it lacks what still stands on the page: no rules do better.
        """
        past = self._past(page)
        before = past[0] if past else None
        rules_first = self._likeliest(page)
        found = best_reading(answer.root, rules_first, self.profile, page.url, before.release if before else None)
        if found is None:
            return self._wait(page, answer, snapshot, fitted=False)
        release, rules = found
        if before is None and not sure and len(self.waiting) > max(MANY, self._used.total()):
            return self._wait(page, answer, snapshot, fitted=True)  # the layout moves: what reads the others reads it
        if before is None:
            return self._publish(page, answer, release, rules, snapshot)
        moved = self._moved(page, answer, before.release, release)
        if moved is Result.FAULT:
            return self._fault(answer.fetch, "redirected", f"to {answer.fetch.final_url}, which is another page")
        findings = compare(before.release, release)
        told = {name for finding in findings for name in finding.fields or (str(finding.kind),)}
        if told and told <= TEXT and self._reads_better(page, answer, before, release, rules):
            with self.archive.writing() as unit:  # the text is what it was, and is kept as these rules read it
                self._version(unit, page, answer, release, rules, snapshot=snapshot)
            return Outcome(result=Result.UNCHANGED)
        if findings and not sure and dubious(before.release, release, linear_text(answer.root), answer.hrefs):
            return self._wait(page, answer, snapshot, fitted=True)
        if findings and (reason := self._broken(page, answer, before.release, release)):
            return self._fault(answer.fetch, *reason)
        if findings and not self._confirmed(page, answer, release) and self._doubtful(page, past, release):
            return self._suspect(page, answer, release, snapshot)
        if not findings and moved is None and page.state is not PageState.GONE:
            return self._same(page, answer.fetch, answer.digest, self._seen(answer, rules), snapshot)
        return self._change(
            page, answer, before, (release, rules), findings, snapshot=snapshot, moved=moved is not None
        )

    def _publish(
        self, page: Page, answer: Opened, release: Release, rules: ReleaseRules, snapshot: int | None
    ) -> Outcome:
        fetch = answer.fetch
        mixed = not self._confirmed(page, answer, release) and self._others(page, None, release)
        if mixed or self._unseen.may_be(release):
            return self._suspect(page, answer, release, snapshot)
        with self.archive.writing() as unit:
            version = self._version(unit, page, answer, release, rules, snapshot=snapshot)
            change = self.note(unit, page, Finding(kind=Kind.PUBLISHED), None, version, at=fetch.fetched_at)
        return Outcome(result=Result.PUBLISHED, changes=(change,))

    def _change(
        self,
        page: Page,
        answer: Opened,
        before: Version,
        reading: tuple[Release, ReleaseRules],
        findings: Sequence[Finding],
        *,
        snapshot: int | None,
        moved: bool,
    ) -> Outcome:
        fetch = answer.fetch
        steps: list[Finding] = []
        if page.state is PageState.GONE:
            steps.append(Finding(kind=Kind.RESTORED))
        if moved:
            steps.append(Finding(kind=Kind.MOVED, was=page.url))
        release, rules = reading
        self.flush()
        with self.archive.writing() as unit:
            if moved:
                page = self._move(unit, page, fetch)
            if page.state is PageState.MOVED:
                change = self.note(unit, page, steps[-1], before, None, at=fetch.fetched_at)
                return Outcome(result=Result.CHANGED, changes=(change,))
            version = before
            if findings:
                version = self._version(unit, page, answer, release, rules, snapshot=snapshot)
            else:
                unit.extend([visit(page, fetch, answer.digest, self._seen(answer, rules))])
                if snapshot is not None:
                    unit.settle(snapshot)
            changes = [
                self.note(unit, page, step, before, version, at=fetch.fetched_at) for step in (*steps, *findings)
            ]
        return Outcome(result=Result.CHANGED, changes=tuple(changes))

    def _move(self, unit: Unit, page: Page, fetch: Fetch) -> Page:
        target = at_home(identify(fetch.final_url, page.url) or page.url, self.profile)
        other = self.archive.page(self.site.id, target)
        if other is not None and other.id != page.id and other.version is not None:
            # Two watched pages have become one.
            return self._end_at(unit, page, target)
        try:
            unit.move_page(page.id, target, at=fetch.fetched_at)
        except AddressTaken:  # by a page that was kept and never read
            return self._end_at(unit, page, target)
        return replace(page, url=target)

    def _end_at(self, unit: Unit, page: Page, target: str) -> Page:
        """End a page's history where another's goes on."""
        unit.update_page(page.id, state=PageState.MOVED)
        return replace(page, url=target, state=PageState.MOVED)

    def _version(
        self,
        unit: Unit,
        page: Page,
        answer: Opened,
        release: Release,
        rules: ReleaseRules,
        *,
        snapshot: int | None,
    ) -> Version:
        fetch = answer.fetch
        if snapshot is None:
            snapshot = self._keep(unit, page, answer)
        else:
            unit.settle(snapshot)
        version = unit.add_version(
            page.id,
            snapshot_id=snapshot,
            release=release,
            digest=text_digest(release),
            rules=rules.name,
            at=fetch.fetched_at,
        )
        self._watch_files(unit, page, release)
        state = {} if page.state is PageState.MOVED else {"state": PageState.LIVE}
        unit.update_page(
            page.id,
            **state,
            last_visit=fetch.fetched_at,
            last_seen=fetch.fetched_at,
            last_full=fetch.fetched_at,
            etag=fetch.header("etag"),
            last_modified=fetch.header("last-modified"),
            digest=answer.digest,
            fingerprint=self._seen(answer, rules),
            suspect=None,
            misses=0,
            missing_since=None,
            status=fetch.status,
        )
        return version

    def _watch_files(self, unit: Unit, page: Page, release: Release) -> None:
        """Watch the files that a release offers, and no longer those that it does not."""
        if not self.profile.attachments.watch or "attachments" in release.unread:
            return
        offered = {file.url for file in release.attachments if same_site(file.url, self.profile)}
        if not offered and page.version is None:
            return
        watched = {file.url for file in self.archive.files(page.id)}
        for url in offered - watched:
            unit.put_file(page.id, url)
        for url in watched - offered:
            unit.forget_file(page.id, url)

    def record_file(self, fetch: Fetch, files: Sequence[File]) -> None:
        """Keep one answer for the address of an attachment, for all pages that offer it.

        A file is changed when its bytes are. What is no file (an error, a page in a file's place) changes nothing.
        """
        if fetch.status == HTTPStatus.NOT_MODIFIED and fetch.fault is None:
            self.tally.files["unchanged"] += 1
            return
        digest = payload_digest(fetch.body)
        known = {file.digest for file in files if file.digest}
        page_instead = known and "html" in (fetch.header("content-type") or "") and not fetch.url.endswith(_HTML)
        if fetch.fault is not None or fetch.status != HTTPStatus.OK or not fetch.body or page_instead:
            self.tally.files["fault"] += 1
            self._fault(fetch, str(fetch.fault or "no-file"), fetch.detail or f"attachment: status {fetch.status}")
            return
        self.tally.files["changed" if known - {digest} else "unchanged" if known else "new"] += 1
        self.flush()
        with self.archive.writing() as unit:
            for file in files:
                if file.digest is not None and file.digest != digest:
                    self._note_file(unit, file, fetch)
                unit.put_file(
                    file.page_id,
                    file.url,
                    etag=fetch.header("etag"),
                    last_modified=fetch.header("last-modified"),
                    digest=digest,
                    size=len(fetch.body),
                    checked_at=fetch.fetched_at,
                )

    def _note_file(self, unit: Unit, file: File, fetch: Fetch) -> None:
        page, version = self.archive.page_by_id(file.page_id), self.archive.latest(file.page_id)
        if page is not None:
            finding = Finding(kind=Kind.ATTACHMENT, href=file.url)
            self.note(unit, page, finding, version, version, at=fetch.fetched_at)

    def _keep(self, unit: Unit, page: Page, answer: Opened) -> int:
        fetch = answer.fetch
        kept = unit.keep_snapshot(
            page.id,
            url=fetch.final_url,
            status=fetch.status or 0,
            headers=fetch.headers,
            redirects=tuple((hop.url, hop.status) for hop in fetch.redirects),
            captured_at=fetch.fetched_at,
            body=fetch.body,
            crawl_id=self.crawl,
        )
        return kept.id

    def note(
        self,
        unit: Unit,
        page: Page,
        finding: Finding,
        before: Version | None,
        after: Version | None,
        *,
        at: dt.datetime,
    ) -> int:
        """Write one change of a page; returns its id."""
        said = after or before
        change = unit.add_change(
            page.id,
            finding,
            before=before.number if before else None,
            after=after.number if after else None,
            title=said.release.title if said else "",
            url=page.url,
            at=at,
            baseline=page.baseline and finding.kind is Kind.PUBLISHED,
            crawl_id=self.crawl,
        )
        self.tally.changes[str(finding.kind)] += 1
        self.noted.append((change, cause(finding, before, after)))
        return change

    def _wait(self, page: Page, answer: Opened, snapshot: int | None, *, fitted: bool) -> Outcome:
        """Keep an answer that no rules are known for; the end of the crawl looks at all such pages together."""
        self.waiting[page.id] = fitted
        target = identify(answer.fetch.final_url, page.url) if answer.fetch.permanent else None
        if target is not None and page.version is not None:
            self._targets.add(at_home(target, self.profile))
        if snapshot is None:
            with self.archive.writing() as unit:
                unit.await_layout(self._keep(unit, page, answer))
        return Outcome(result=Result.WAITING)

    def _suspect(self, page: Page, answer: Opened, release: Release, snapshot: int | None) -> Outcome:
        fetch = answer.fetch
        with self.archive.writing() as unit:
            if snapshot is not None:
                unit.settle(snapshot)
            unit.update_page(
                page.id,
                suspect=text_digest(release),
                last_visit=fetch.fetched_at,
                status=fetch.status,
                digest=None,
                fingerprint=page.fingerprint,
            )
        return Outcome(result=Result.SUSPECTED)

    def _same(
        self, page: Page, fetch: Fetch, digest: str | None, seen: str | None, snapshot: int | None = None
    ) -> Outcome:
        self._visits.append(visit(page, fetch, digest, seen))
        if snapshot is not None:
            with self.archive.writing() as unit:
                unit.settle(snapshot)
        if len(self._visits) >= BATCH:
            self.flush()
        return Outcome(result=Result.UNCHANGED)

    def _missing(self, page: Page, fetch: Fetch) -> Outcome:
        now, since = fetch.fetched_at, page.missing_since or fetch.fetched_at
        misses = page.misses or 1 if self._same_look(page, now) else page.misses + 1
        status = fetch.status or 404
        state = page.state
        if page.version is not None and state not in (PageState.GONE, PageState.MOVED):
            state = PageState.MISSING
            found = judge(self.profile.removal, status=status, misses=misses, missing_since=since, now=now)
            if found is Presence.GONE:
                self.removals[page.id] = fetch
        with self.archive.writing() as unit:
            unit.update_page(
                page.id, state=state, misses=misses, missing_since=since, last_visit=now, status=status, suspect=None
            )
        return Outcome(result=Result.MISSING)

    def _fault(self, fetch: Fetch, reason: str, detail: str) -> Outcome:
        self._unseen.add(fetch.url)
        with self.archive.writing() as unit:
            unit.add_fault(self.site.id, self.crawl, fetch.url, fault=reason, detail=detail, at=fetch.fetched_at)
        return Outcome(result=Result.FAULT, reason=reason)


def visit(page: Page, fetch: Fetch, digest: str | None, seen: str | None) -> Visit:
    """A visit that found nothing new. A 304 brings no bytes: what was known of the page stays."""
    whole = digest is not None
    return Visit(
        page_id=page.id,
        at=fetch.fetched_at,
        status=fetch.status or 0,
        etag=fetch.header("etag") or (None if whole else page.etag),
        last_modified=fetch.header("last-modified") or (None if whole else page.last_modified),
        digest=digest,
        fingerprint=seen,
    )


def cause(finding: Finding, before: Version | None, after: Version | None) -> str:
    """What makes a wave of many changes: the same kind, and for edits the same words added and removed; "" for none."""
    if finding.kind in (Kind.ARCHIVED, Kind.UNARCHIVED, Kind.WITHDRAWN, Kind.OFFICEHOLDER, Kind.REMOVED):
        return str(finding.kind)
    if finding.kind is not Kind.EDITED or before is None or after is None:
        return ""
    old = {letters(block.text) for block in before.release.body}
    new = {letters(block.text) for block in after.release.body}
    if old == new:
        return ""
    return "edited-" + hashlib.sha256(repr((sorted(old - new), sorted(new - old))).encode()).hexdigest()[:12]
