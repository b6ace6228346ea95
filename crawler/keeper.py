"""Writes down what was decided: snapshots, versions, changes, moves. It judges nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from changes.kinds import Finding, Kind
from changes.release import Release, letters
from crawler.items import Fetch
from crawler.opened import Opened
from crawler.outcomes import Tally
from crawler.reading.addresses import at_home, identify, same_site
from crawler.reading.profiles import ReleaseRules, SiteProfile
from storage.archive import Archive
from storage.errors import AddressTaken
from storage.records import Page, PageState, Site, Version
from storage.unit import Unit, Visit

#: A page that could not be read is tried again after so long, and while that goes on after half of the time it has.
SOON, LATEST = dt.timedelta(hours=1), dt.timedelta(days=30)
#: When a page is visited next, after a visit at that time left it so; None: at the next crawl.
Plan = Callable[[Page, dt.datetime], dt.datetime | None]

#: Kinds of which many in one crawl have one cause, whatever the pages say.
_TOGETHER = frozenset(
    {Kind.ARCHIVED, Kind.UNARCHIVED, Kind.WITHDRAWN, Kind.REINSTATED, Kind.OFFICEHOLDER, Kind.REMOVED}
)


def unplanned(page: Page, at: dt.datetime) -> None:
    """Plan nothing: every page is due at every crawl."""
    del page, at


class Keeper:
    """The pen of one crawl of one site.

    `noted` are the changes of this crawl, each with the cause that makes a wave of many; `tally` counts them. `plan`
    says when a page is visited next, from what the page is after this visit; None: at the next crawl.
    """

    def __init__(
        self, archive: Archive, profile: SiteProfile, site: Site, crawl: int, tally: Tally, *, plan: Plan = unplanned
    ) -> None:
        self.plan = plan
        self.archive = archive
        self.profile = profile
        self.site = site
        self.crawl = crawl
        self.tally = tally
        self.noted: list[tuple[int, str]] = []
        self.moves = 0  #: pages that this crawl gave another address

    def keep(self, unit: Unit, page: Page, answer: Opened) -> int:
        """Keep an answer as a snapshot; its id."""
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

    def write(
        self,
        unit: Unit,
        page: Page,
        answer: Opened,
        reading: tuple[Release, ReleaseRules],
        *,
        snapshot: int | None,
        edited: bool = False,
    ) -> Version:
        """Write what an answer says as the page's next version, and keep the answer, unless it is kept as a snapshot.

        `edited` says that this visit found the page changed, which counts where its next visits are planned.
        """
        fetch, (release, rules) = answer.fetch, reading
        if snapshot is None:
            snapshot = self.keep(unit, page, answer)
        else:
            unit.settle(snapshot)
        version = unit.add_version(
            page.id,
            snapshot_id=snapshot,
            release=release,
            digest=answer.text_digest(release),
            rules=rules.name,
            at=fetch.fetched_at,
            page={
                **self._planned(page, release, fetch.fetched_at, edited=edited),
                **({} if page.state is PageState.MOVED else {"state": PageState.LIVE}),
                "last_visit": fetch.fetched_at,
                "last_seen": fetch.fetched_at,
                "last_full": fetch.fetched_at,
                "etag": fetch.header("etag"),
                "last_modified": fetch.header("last-modified"),
                "digest": answer.digest,
                "fingerprint": answer.seen(rules),
                "suspect": None,
                "misses": 0,
                "missing_since": None,
                "status": fetch.status,
            },
        )
        self._watch_files(unit, page, release)
        return version

    def change(
        self,
        unit: Unit,
        page: Page,
        answer: Opened,
        *,
        before: Version,
        reading: tuple[Release, ReleaseRules],
        findings: Sequence[Finding],
        snapshot: int | None,
        moved: bool,
    ) -> list[int]:
        """Write what has happened to a page since its last version; the ids of the changes."""
        fetch = answer.fetch
        steps: list[Finding] = [Finding(kind=Kind.RESTORED)] if page.state is PageState.GONE else []
        if moved:
            steps.append(Finding(kind=Kind.MOVED, was=page.url))
            page = self._move(unit, page, fetch)
        if page.state is PageState.MOVED:
            return [self.note(unit, page, steps[-1], before, None, at=fetch.fetched_at)]
        version = before
        if findings:
            version = self.write(unit, page, answer, reading, snapshot=snapshot, edited=True)
        else:
            unit.extend([self.visit(page, fetch, answer.digest, answer.seen(reading[1]))])
            if snapshot is not None:
                unit.settle(snapshot)
        return [self.note(unit, page, step, before, version, at=fetch.fetched_at) for step in (*steps, *findings)]

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
            baseline=_is_old_news(page, finding),
            crawl_id=self.crawl,
        )
        self.tally.changes[str(finding.kind)] += 1
        self.noted.append((change, cause(finding, before, after)))
        return change

    def visit(self, page: Page, fetch: Fetch, digest: str | None, seen: str | None) -> Visit:
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
            next_due=self.plan(_seen(page, fetch.fetched_at), fetch.fetched_at),
        )

    def again(self, page: Page, at: dt.datetime) -> dt.datetime | None:
        """When a page is tried again of which nothing could be read: soon at first, then ever later."""
        since = page.last_visit or page.first_seen
        planned = self.plan(page, since)
        if planned is None:
            return None
        return at + min(max(min(planned - since, SOON), (at - planned) / 2), LATEST)

    def _planned(self, page: Page, release: Release, at: dt.datetime, *, edited: bool) -> dict[str, Any]:
        """What a page's next visits are planned by, after one that brought a new version, and when the first is."""
        told: dict[str, Any] = {"dated": dated(release, self.profile)}
        if edited:
            told |= {"edits": page.edits + 1, "last_edit": at}
        return {**told, "next_due": self.plan(replace(_seen(page, at), **told), at)}

    def _move(self, unit: Unit, page: Page, fetch: Fetch) -> Page:
        self.moves += 1
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

    def _watch_files(self, unit: Unit, page: Page, release: Release) -> None:
        """Watch the files that a release offers, and no longer those that it does not."""
        if not self.profile.attachments.watch or "attachments" in release.unread:
            return
        on_site = [file.url for file in release.attachments if same_site(file.url, self.profile)]
        offered = set(on_site[: self.profile.attachments.max_files])
        if not offered and page.version is None:
            return
        watched = {file.url for file in self.archive.files(page.id)}
        for url in offered - watched:
            unit.put_file(page.id, url)
        for url in watched - offered:
            unit.forget_file(page.id, url)


def _is_old_news(page: Page, finding: Finding) -> bool:
    """Whether this was so before anybody watched: a release found by a first crawl, or one that an import alone knows
    and that was gone when it was first asked for.
    """
    if finding.kind is Kind.PUBLISHED:
        return page.baseline
    return finding.kind is Kind.REMOVED and page.last_full is None


def dated(release: Release, profile: SiteProfile) -> dt.datetime | None:
    """When a release says it was published; a day without a time begins at midnight where the site is."""
    stamp = release.published
    if stamp is None or stamp.at is not None:
        return None if stamp is None else stamp.at
    if stamp.day is None:
        return None
    try:
        return dt.datetime.combine(stamp.day, dt.time(), tzinfo=profile.time_zone).astimezone(dt.UTC)
    except OverflowError:  # the first day of the year 1
        return None


def _seen(page: Page, at: dt.datetime) -> Page:
    """The page after a visit that found it."""
    return replace(page, state=PageState.LIVE, last_visit=at, last_seen=at, misses=0, missing_since=None, suspect=None)


def cause(finding: Finding, before: Version | None, after: Version | None) -> str:
    """What makes a wave of many changes: the same kind, and for edits the same words added and removed; "" for none."""
    if finding.kind in _TOGETHER:
        return str(finding.kind)
    if finding.kind is not Kind.EDITED or before is None or after is None:
        return ""
    old = {letters(block.text) for block in before.release.body}
    new = {letters(block.text) for block in after.release.body}
    if old == new:
        return ""
    return "edited-" + hashlib.sha256(repr((sorted(old - new), sorted(new - old))).encode()).hexdigest()[:12]
