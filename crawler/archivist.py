"""Judges what comes home: one fetch in, one outcome out, and in between one short transaction."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from changes.compare import compare
from changes.kinds import Finding, Kind
from changes.presence import Presence, judge
from changes.release import Release
from crawler.doubts import MANY, Doubts
from crawler.files import is_kept, judge_file, keep_file, see_file
from crawler.items import Fault, Fetch
from crawler.keeper import Keeper, Plan, unplanned
from crawler.opened import Opened
from crawler.outcomes import Outcome, Result, Tally
from crawler.papers import Paper, Papers
from crawler.reading.addresses import at_home, identify
from crawler.reading.fingerprint import rules_behind
from crawler.reading.glance import Glance, payload_digest
from crawler.reading.layout.pagetext import page_text as linear_text
from crawler.reading.profiles import ReleaseRules, SiteProfile
from crawler.reading.screening import Reason
from crawler.slipped import Slipped
from crawler.unseen import Unseen
from crawler.weighing import best_reading, dubious
from storage.archive import Archive
from storage.records import File, Page, PageState, Site, Version
from storage.unit import Visit

#: Unchanged visits are written together: no history is lost with them, only the time of a last look.
BATCH = 200

#: So many unchanged pages are kept at hand: they show where a layout moved whose texts did not.
SAMPLES = 40
#: Fields in which better rules may find less than others did.
TEXT = {"lead", "body", "links"}

_STEADY = (PageState.LIVE, PageState.MISSING)
#: Faults of addresses that were not asked for: they are as due as they were.
_NOT_ASKED = (Fault.SKIPPED, Fault.DROPPED)


class Archivist(Doubts):
    """Keeps what one crawl of one site brings home.

    All calls come from one thread at a time. `tally` counts every outcome; `removals` are pages that count as
    removed unless too many are, which only the end of the crawl can tell.
    """

    def __init__(
        self, archive: Archive, profile: SiteProfile, site: Site, crawl: int, *, plan: Plan = unplanned
    ) -> None:
        super().__init__(archive, profile, site, crawl)
        self.crawl = crawl
        self.tally = Tally()
        self.keeper = Keeper(archive, profile, site, crawl, self.tally, plan=plan)
        self.removals: dict[int, Fetch] = {}
        self.waiting: dict[int, bool] = {}  #: page: whether rules fit it and were not believed
        self.gaps: list[str] = []  #: lists that were too short to be sure of
        self._visits: list[Visit] = []
        self._targets: set[str] = set()  #: addresses to which pages that wait have moved
        self.samples: deque[Fetch] = deque(maxlen=SAMPLES)  #: pages of this crawl that say what they said
        self._unseen = Unseen(archive, site)
        self.reading: Callable[[str], AbstractContextManager[None]] = lambda _: nullcontext()
        self.unreadable: dict[str, str] = {}  #: what has held a reader for ever before this crawl, and how
        self.held: dict[str, str] = {}  #: what counts so in this one
        self._slipped = Slipped(archive, site)
        self.papers = Papers()  #: reads the files; whoever ends the crawl closes it
        self._visited: set[int] = set()

    def plan(self, urls: Sequence[str], *, at: dt.datetime) -> list[Page]:
        """Begin to watch addresses that were found just now.

        Those to which a page that waits has moved are left to that page.
        """
        with self.archive.writing() as unit:
            free = [url for url in urls if url not in self._targets]
            return unit.add_pages(self.site.id, free, at=at, baseline=self.site.baseline)

    def record(self, fetch: Fetch, planned: Page | None = None, glance: Glance | None = None) -> Outcome:
        """Keep one answer for one watched address.

        Args:
            fetch: The answer.
            planned: The page as it stood when the address was asked for: saves a look-up where nothing has changed.
            glance: What a first look at the answer has told, where somebody has had one: saves another.

        Returns:
            What became of it. A fault of the site, the network or a firewall leaves the last good version in place.
        """
        outcome = self._record(fetch, planned, glance)
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

    def _record(self, fetch: Fetch, planned: Page | None, glance: Glance | None) -> Outcome:
        # what a page is known by changes through its own answer alone; but one without a past may give way to a move
        sure = planned is not None and (planned.version is not None or not self.keeper.moves)
        page = planned if planned is not None and sure else self._page(fetch)
        self._visited.add(page.id)
        if fetch.fault is not None:
            unanswered = fetch.fault is Fault.DISALLOWED and fetch.detail.startswith("robots unreachable")
            return self.fault(page, fetch, "robots-unreachable" if unanswered else str(fetch.fault), fetch.detail)
        if fetch.status == HTTPStatus.NOT_MODIFIED and page.version is not None:
            return self._same(page, fetch, None, None)
        answer = Opened(fetch, self.profile, glance or Glance(digest=payload_digest(fetch.body)))
        plain = fetch.status == HTTPStatus.OK and not fetch.redirects and page.state in _STEADY
        if plain and answer.digest == page.digest:
            return self._same(page, fetch, answer.digest, page.fingerprint)
        rules = rules_behind(page.fingerprint, self.rules) if plain else None
        if rules is not None and answer.seen(rules) == page.fingerprint:
            self.samples.append(fetch)
            return self._same(page, fetch, answer.digest, page.fingerprint)
        return self._judge(self._page(fetch) if page is planned and page.version is not None else page, answer)

    def _page(self, fetch: Fetch) -> Page:
        """The page that was asked for, as it stands now."""
        page = self.archive.page(self.site.id, fetch.url)
        return page or self.plan([fetch.url], at=fetch.fetched_at)[0]

    def _judge(self, page: Page, answer: Opened) -> Outcome:
        """Is this the publisher speaking? Then read it."""
        latest = self.archive.latest(page.id) if page.version is not None else None
        expected = latest.release.language if latest is not None else None
        verdict = answer.screened(expected=expected)
        if verdict.reason in (Reason.NOT_FOUND, Reason.GONE):
            return self._missing(page, answer.fetch)
        if not verdict.ok or not answer.readable:
            return self.fault(page, answer.fetch, str(verdict.reason or "unreadable"), verdict.detail)
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
        likeliest = self._likeliest(page)
        found = answer.first_reading(likeliest) if not past else None
        if found is None:
            before = past[0].release if past else None
            found = best_reading(answer.root, likeliest, self.profile, page.url, before)
        if found is None:
            return self._wait(page, answer, snapshot, fitted=False)
        if past:
            return self._compare(page, answer, past, found, snapshot=snapshot, sure=sure)
        if not sure and len(self.waiting) > max(MANY, self._used.total()):
            return self._wait(page, answer, snapshot, fitted=True)  # the layout moves: what reads the others reads it
        return self._publish(page, answer, found, snapshot)

    def _publish(
        self, page: Page, answer: Opened, reading: tuple[Release, ReleaseRules], snapshot: int | None
    ) -> Outcome:
        release = reading[0]
        if snapshot is None and not self.site.baseline:
            digest = answer.text_digest(release)
            if (old := self._slipped.found(release, digest)) is not None:
                return self._move_here(old, answer, reading)
            if not self._confirmed(page, answer, release) and (twins := self._slipped.elsewhere(digest, self._visited)):
                return self._suspect(page, answer, release, snapshot, doubted=twins)
        mixed = not self._confirmed(page, answer, release) and self._others(page, answer, None, release)
        if mixed or self._unseen.may_be(release):
            return self._suspect(page, answer, release, snapshot)
        with self.archive.writing() as unit:
            version = self.keeper.write(unit, page, answer, reading, snapshot=snapshot)
            published = Finding(kind=Kind.PUBLISHED)
            change = self.keeper.note(unit, page, published, None, version, at=answer.fetch.fetched_at)
        return Outcome(result=Result.PUBLISHED, changes=(change,))

    def _move_here(self, old: Page, answer: Opened, reading: tuple[Release, ReleaseRules]) -> Outcome:
        """A page that is missing at its address and says the same at a new one: one history, which goes on there."""
        before = self._past(old)[0]
        with self.archive.writing() as unit:
            changes = self.keeper.change(
                unit,
                old,
                answer,
                before=before,
                reading=reading,
                findings=compare(before.release, reading[0]),
                snapshot=None,
                moved=True,
            )
        self.removals.pop(old.id, None)
        return Outcome(result=Result.CHANGED, changes=tuple(changes))

    def _compare(
        self,
        page: Page,
        answer: Opened,
        past: Sequence[Version],
        reading: tuple[Release, ReleaseRules],
        *,
        snapshot: int | None,
        sure: bool,
    ) -> Outcome:
        """Hold a reading against what the page said before; each doubt in turn, and then it is believed."""
        before, (release, rules) = past[0], reading
        moved = self._moved(page, answer, before.release, release)
        if moved is Result.FAULT:
            return self.fault(page, answer.fetch, "redirected", f"to {answer.fetch.final_url}, which is another page")
        findings = compare(before.release, release)
        if not findings and moved is None and page.state is not PageState.GONE:
            return self._same(page, answer.fetch, answer.digest, answer.seen(rules), snapshot)
        told = {name for finding in findings for name in finding.fields or (str(finding.kind),)}
        if told and told <= TEXT and self._reads_better(page, answer, before, release, rules):
            with self.archive.writing() as unit:  # the text is what it was, and is kept as these rules read it
                self.keeper.write(unit, page, answer, reading, snapshot=snapshot)
            return Outcome(result=Result.UNCHANGED)
        if findings and not sure and dubious(before.release, release, linear_text(answer.root), answer.hrefs):
            return self._wait(page, answer, snapshot, fitted=True)
        if findings and (reason := self._broken(page, answer, before.release, release)):
            return self.fault(page, answer.fetch, *reason)
        if findings and not self._confirmed(page, answer, release) and self._doubtful(page, answer, past, release):
            return self._suspect(page, answer, release, snapshot)
        self.flush()
        with self.archive.writing() as unit:
            changes = self.keeper.change(
                unit,
                page,
                answer,
                before=before,
                reading=reading,
                findings=findings,
                snapshot=snapshot,
                moved=moved is not None,
            )
        return Outcome(result=Result.CHANGED, changes=tuple(changes))

    def record_file(self, fetch: Fetch, files: Sequence[File]) -> None:
        """Keep one answer for the address of an attachment, for all pages that offer it."""
        result = judge_file(fetch, files)
        self.tally.files[result] += 1
        if result == "fault":
            why = str(fetch.fault or "no-file"), fetch.detail or f"attachment: status {fetch.status}"
            self.fault(None, fetch, *why)
            return
        seen = fetch.status == HTTPStatus.NOT_MODIFIED
        # read before the unit: nobody waits for it meanwhile
        paper = Paper() if seen or is_kept(self.archive, fetch, files) else self.papers.read(fetch.body)
        self.flush()
        with self.archive.writing() as unit:
            if seen:
                see_file(unit, fetch, files)
            else:
                keep_file(self.keeper, unit, fetch, files, paper)

    def _wait(self, page: Page, answer: Opened, snapshot: int | None, *, fitted: bool) -> Outcome:
        """Keep an answer that no rules are known for; the end of the crawl looks at all such pages together."""
        self.waiting[page.id] = fitted
        target = identify(answer.fetch.final_url, page.url) if answer.fetch.permanent else None
        if target is not None and page.version is not None:
            self._targets.add(at_home(target, self.profile))
        if snapshot is None:
            with self.archive.writing() as unit:
                unit.await_layout(self.keeper.keep(unit, page, answer))
        return Outcome(result=Result.WAITING)

    def _suspect(
        self, page: Page, answer: Opened, release: Release, snapshot: int | None, *, doubted: Sequence[Page] = ()
    ) -> Outcome:
        """Believe an answer when a second visit says so, too; the pages that it throws doubt on are visited before."""
        fetch = answer.fetch
        with self.archive.writing() as unit:
            for other in doubted:
                unit.update_page(other.id, next_due=fetch.fetched_at)
            if snapshot is not None:
                unit.settle(snapshot)
            unit.update_page(
                page.id,
                suspect=answer.text_digest(release),
                last_visit=fetch.fetched_at,
                status=fetch.status,
                digest=None,
                fingerprint=page.fingerprint,
                next_due=self.keeper.plan(
                    replace(page, suspect=answer.text_digest(release), last_visit=fetch.fetched_at), fetch.fetched_at
                ),
            )
        return Outcome(result=Result.SUSPECTED)

    def _same(
        self, page: Page, fetch: Fetch, digest: str | None, seen: str | None, snapshot: int | None = None
    ) -> Outcome:
        self._used[(seen or "").rpartition(":")[0]] += 1
        self._visits.append(self.keeper.visit(page, fetch, digest, seen))
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
            self._slipped.add(page)
            found = judge(self.profile.removal, status=status, misses=misses, missing_since=since, now=now)
            if found is Presence.GONE:
                self.removals[page.id] = fetch
        told: dict[str, Any] = {
            "state": state,
            "misses": misses,
            "missing_since": since,
            "last_visit": now,
            "status": status,
        }
        after = replace(page, suspect=None, **told)
        with self.archive.writing() as unit:
            unit.update_page(page.id, **told, suspect=None, next_due=self.keeper.plan(after, now))
        return Outcome(result=Result.MISSING)

    def fault(self, page: Page | None, fetch: Fetch, reason: str, detail: str) -> Outcome:
        """Keep why an address gave nothing to read; the page, if it is one's, is tried again before long."""
        self._unseen.add(fetch.url)
        if fetch.fault is Fault.UNREADABLE:
            self.held[fetch.url] = detail
        with self.archive.writing() as unit:
            unit.add_fault(self.site.id, self.crawl, fetch.url, fault=reason, detail=detail, at=fetch.fetched_at)
            # one that was never read may have given way to another that moved to its address
            if page is not None and fetch.fault not in _NOT_ASKED and unit.page_by_id(page.id) is not None:
                unit.update_page(page.id, next_due=self.keeper.again(page, fetch.fetched_at))
        return Outcome(result=Result.FAULT, reason=reason)
