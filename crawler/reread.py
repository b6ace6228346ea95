"""Rereading: what is stored, read by today's rules. Versions are corrected, changes worked out again, nobody is alerted.

Reading is done by several processes, writing by one. How far a site has come stands in the archive, in the same unit as
what was corrected: killed at any moment, the next run goes on there.
"""

from __future__ import annotations

import hashlib
import multiprocessing
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice, pairwise

from changes.release import letters
from crawler.alike import in_common
from crawler.doubts import rules_of
from crawler.history import Reader, by_crawl, rebuild
from crawler.reading.profiles import ReleaseRules, SiteProfile
from crawler.reading.screening import page_text
from crawler.rereading import PageReader, parsed
from crawler.settling import ALIKE
from storage.archive import Archive
from storage.audits import Audit
from storage.correcting import (
    Correction,
    answers_in_vain,
    correct,
    correction,
    cursor,
    former_addresses,
    set_cursor,
)
from storage.errors import ArchiveError, Damaged
from storage.imports import crawled
from storage.listing import Told
from storage.records import Page, Site, Snapshot, Version
from storage.unit import Unit

#: Pages that a process reads in one go.
_BATCH = 20
#: Batches that are handed out ahead, for each process.
_AHEAD = 3

Watch = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Reread:
    """What became of one page."""

    page_id: int
    url: str
    answers: int  #: how many were read
    correction: Correction | None = None  #: None where all is as it was
    damaged: int = 0  #: answers that could not be read because their payloads are damaged
    left: bool = False  #: not worked out anew: its versions do not follow each other in time


@dataclass(frozen=True, kw_only=True)
class _Task:
    """What every process needs to know."""

    profile: SiteProfile
    learnt: tuple[ReleaseRules, ...]
    skip: frozenset[int]

    @property
    def rules(self) -> str:
        """The rules, in one word."""
        return hashlib.sha256(repr((self.profile, self.learnt)).encode()).hexdigest()


def reread(
    archive: Archive,
    database: str,
    profile: SiteProfile,
    audit: Audit,
    *,
    pages: Sequence[Page] | None = None,
    processes: int = 1,
    watch: Watch = lambda *_: None,
) -> Iterator[Reread]:
    """Read the stored pages of a site by today's rules, and put right what they say now; each page as it is done.

    Nobody else may write to the site meanwhile: hold its lease.

    Args:
        archive: The archive; only the calling thread writes to it.
        database: Its address, for the processes that read.
        profile: The site's profile.
        audit: Who rereads, when and why.
        pages: These pages only, in this process; else all, going on where a run that was cut short had come to.
        processes: How many read beside each other.
        watch: Told how many pages are done, and of how many.
    """
    site = archive.site(profile.name)
    if site is None:
        return
    task = _task(archive, site, profile)
    if pages is not None:
        for number, page in enumerate(pages, 1):
            done = _reread(archive, task, page)
            _put(archive, [done], audit)
            watch(number, len(pages))
            yield done
        return
    name = f"reread/{site.name}"
    total = sum(archive.page_counts(site.id).values())
    count, after = _begin(archive, name, task.rules)
    watch(count, total)
    ids = (page.id for page in archive.pages(site.id) if page.id > after)
    for batch in _read(archive, database, task, ids, processes):
        count += len(batch)
        place = {"rules": task.rules, "after": batch[-1].page_id, "done": count}
        _put(archive, batch, audit, (name, place))
        watch(count, max(count, total))
        yield from batch
    with archive.writing() as unit:
        set_cursor(unit, name, None)


def place(
    unit: Unit,
    page: Page,
    profile: SiteProfile,
    learnt: Sequence[ReleaseRules],
    audit: Audit,
    *,
    new: Collection[int],
    sure: Callable[[Snapshot], bool] | None = None,
    read: Reader | None = None,
) -> Correction:
    """Work a page's history out anew, answers that were just kept in the unit and all; in whatever order they come.

    Alerts nobody: the changes that it writes have no crawl.

    Args:
        unit: The unit in which the answers were kept.
        page: Their page.
        profile: The site's profile.
        learnt: The rules that were learnt for it (`crawler.archivist.rules_of`).
        audit: Who does so, when and why.
        new: The ids of those answers.
        sure: Which answers are believed without a second one that says the same, where they are a version already;
            `believed` says it where nobody else does.
        read: Reads the answers, where somebody has a quicker way than to read them here, while nobody else may write.
    """
    former, sure = former_addresses(unit, page.id), sure or believed(unit, page.id)
    read = read or PageReader(page, profile, learnt, unit.payload, former=former, sure=sure)
    steps = rebuild(unit.snapshots(page.id), unit.versions(page.id), read, new=new, sure=sure)
    found = correction(unit, page, steps)
    correct(unit, found, audit)
    return found


def believed(archive: Told, page_id: int) -> Callable[[Snapshot], bool]:
    """Which answers of a page a crawl has brought, be it ours or one for an archive that was exported: it knew more."""
    elsewhere = crawled(archive, page_id)
    return lambda snapshot: by_crawl(snapshot) or snapshot.id in elsewhere


def _task(archive: Archive, site: Site, profile: SiteProfile) -> _Task:
    return _Task(profile=profile, learnt=tuple(rules_of(site)), skip=unread(archive, site, profile))


def unread(
    archive: Archive,
    site: Site,
    profile: SiteProfile,
    *,
    also: Iterable[Snapshot] = (),
    payload: Callable[[str], bytes] | None = None,
    known: dict[str, str | None] | None = None,
) -> frozenset[int]:
    """The answers of a site that are not to be read: those that wait for rules, and error pages.

    Args:
        archive: The archive.
        site: The site.
        profile: Its profile.
        also: Answers that are not kept yet, with ids of their own.
        payload: Gives the bodies of those, too.
        known: What was found out about bodies, for the next call.
    """
    waiting = {snapshot.id for snapshot in archive.unread(site.id)}
    say = _Saying(profile, payload or archive.payload, {} if known is None else known)
    return frozenset(waiting | _error_pages(archive, answers_in_vain(archive, site.id), list(also), say))


class _Saying:
    """All the words of an answer that were not made for it alone, in one word; None where there is no text in it."""

    def __init__(self, profile: SiteProfile, payload: Callable[[str], bytes], known: dict[str, str | None]) -> None:
        self._profile = profile
        self._payload = payload
        self._known = known  #: by the digests of bodies

    def __call__(self, snapshot: Snapshot) -> str | None:
        if snapshot.digest not in self._known:
            self._known[snapshot.digest] = self._read(snapshot)
        return self._known[snapshot.digest]

    def _read(self, snapshot: Snapshot) -> str | None:
        try:
            root = parsed(snapshot, self._payload(snapshot.digest), self._profile)
        except Damaged:
            return None
        if root is None:
            return None
        said = page_text(root)
        words = letters(in_common(f"{said.title}\n{said.heading}\n{said.text}", snapshot.url))
        return hashlib.sha256(words.encode()).hexdigest() if words else None


def _error_pages(archive: Archive, some: Iterable[Snapshot], also: Sequence[Snapshot], say: _Saying) -> set[int]:
    """The answers that said the same at so many addresses that they are an error, whatever they say.

    What a page has as a version is none; and of answers that are only now brought in, what copies say to the letter is
    none either: the page must say something of its own, too.
    """
    said: dict[str, list[Snapshot]] = defaultdict(list)
    new: dict[int, set[str]] = defaultdict(set)
    for snapshot in some:
        if (text := say(snapshot)) is not None:
            said[text].append(snapshot)
    keys = {snapshot.id for snapshot in also}
    for snapshot in also:
        if (text := say(snapshot)) is not None:
            said[text].append(snapshot)
            new[snapshot.page_id].add(text)
    versions: dict[int, set[str | None]] = {}
    found: set[int] = set()
    alike = {text for text, group in said.items() if len({snapshot.page_id for snapshot in group}) >= ALIKE}
    for text in alike:
        group = said[text]
        pages = {snapshot.page_id for snapshot in group}
        for page in pages - versions.keys():
            kept = (archive.snapshot(version.snapshot_id) for version in archive.versions(page))
            versions[page] = {say(snapshot) for snapshot in kept if snapshot is not None}
        wrong = [
            snapshot
            for snapshot in group
            if text not in versions[snapshot.page_id]
            and (snapshot.id not in keys or (versions[snapshot.page_id] | new[snapshot.page_id]) - alike - {None})
        ]
        if len({snapshot.page_id for snapshot in wrong}) >= ALIKE:
            found.update(snapshot.id for snapshot in wrong)
    return found


def _begin(archive: Archive, name: str, rules: str) -> tuple[int, int]:
    """How many pages are done, and after which one to go on: that of a run by the same rules that was cut short."""
    place = cursor(archive, name)
    if place is None or place["rules"] != rules:
        return 0, 0
    return int(place["done"]), int(place["after"])


def _put(archive: Archive, batch: Sequence[Reread], audit: Audit, place: tuple[str, object] | None = None) -> None:
    """Write what differs, and how far we are, in one unit."""
    wrong = [one.correction for one in batch if one.correction is not None]
    if not wrong and place is None:
        return
    with archive.writing() as unit:
        for found in wrong:
            correct(unit, found, audit)
        if place is not None:
            set_cursor(unit, *place)


def _read(archive: Archive, database: str, task: _Task, ids: Iterable[int], processes: int) -> Iterator[list[Reread]]:
    """Batches of pages in the order of their ids, each read by one process."""
    batches = _batches(ids)
    if processes <= 1:
        for batch in batches:
            yield _batch(archive, task, batch)
        return
    # spawned, not forked: a connection that two processes share corrupts the file
    pool = ProcessPoolExecutor(
        processes, multiprocessing.get_context("spawn"), initializer=_start, initargs=(database, task)
    )
    out: deque[Future[list[Reread]]] = deque()
    try:
        for batch in islice(batches, processes * _AHEAD):
            out.append(pool.submit(_work, batch))
        while out:
            yield out.popleft().result()
            out.extend(pool.submit(_work, batch) for batch in islice(batches, 1))
    except BrokenProcessPool:
        raise ArchiveError(
            "a process that was reading pages has died (out of memory?); run it again, it goes on where it was"
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _batches(ids: Iterable[int]) -> Iterator[list[int]]:
    left = iter(ids)
    while batch := list(islice(left, _BATCH)):
        yield batch


class _Here:
    """What a reading process has open."""

    archive: Archive
    task: _Task


def _start(database: str, task: _Task) -> None:
    _Here.archive = Archive.open(database)
    _Here.task = task


def _work(ids: Sequence[int]) -> list[Reread]:
    return _batch(_Here.archive, _Here.task, ids)


def _batch(archive: Archive, task: _Task, ids: Sequence[int]) -> list[Reread]:
    pages = (archive.page_by_id(key) for key in ids)
    return [_reread(archive, task, page) for page in pages if page is not None]


def _reread(archive: Archive, task: _Task, page: Page) -> Reread:
    """Read one page's answers, and say what is to be put right. Writes nothing."""
    snapshots, versions = archive.snapshots(page.id), archive.versions(page.id)
    done = Reread(page_id=page.id, url=page.url, answers=len(snapshots))
    if not snapshots:
        return done
    if not in_order(versions):
        return Reread(page_id=page.id, url=page.url, answers=0, left=True)
    former, sure = former_addresses(archive, page.id), believed(archive, page.id)
    read = PageReader(page, task.profile, task.learnt, archive.payload, former=former, skip=task.skip, sure=sure)
    found = correction(archive, page, rebuild(snapshots, versions, read, sure=sure))
    return Reread(
        page_id=page.id,
        url=page.url,
        answers=len(snapshots),
        correction=None if found.nothing else found,
        damaged=read.damaged,
    )


def in_order(versions: Sequence[Version]) -> bool:
    """Whether the versions follow each other in time: a clock that was set back leaves nothing to go by."""
    return all(one.last_seen < other.first_seen for one, other in pairwise(versions))
