"""The pages of a crawl that fit no rules, looked at together: is it a redesign, and what do they say?"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from changes.compare import compare
from changes.kinds import SiteNotice
from crawler.items import Fault, Fetch, Hop
from crawler.opened import Opened, open_page
from crawler.outcomes import Outcome, Result
from crawler.reading.extract import read_with
from crawler.reading.fingerprint import rules_behind
from crawler.reading.generic.rules import is_generic
from crawler.reading.layout import Example, guess, learn
from crawler.reading.layout.pagetext import page_text
from crawler.telling import recovered, write
from crawler.weighing import GUESSED, best_reading
from storage.errors import ArchiveError
from storage.records import Page, Snapshot

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from crawler.archivist import Archivist

logger = logging.getLogger(__name__)

#: So many pages teach a layout; more would only cost memory.
LESSONS = 60
#: Layouts that are remembered.
REMEMBERED = 5
#: The same words at so many addresses are an error page, whatever they say.
ALIKE = 3
#: Where the rules seem to miss something on more pages than this, and this share, it is the layout that moved.
MANY, SHARE = 5, 0.2


def settle_layout(archivist: Archivist, *, at: dt.datetime) -> None:
    """Learn the layout of the pages that waited, read them by it, and give up on what cannot be read.

    Every waiting snapshot is settled: it became a version, said nothing new, or is counted as a fault. The snapshot
    itself stays kept, whatever happened.
    """
    waiting = _without_unreadable(archivist, _latest(archivist), at)
    if not waiting:
        _fits_again(archivist, at)
        return
    errors = _error_pages(archivist, waiting)
    doubted = [row for row in waiting if archivist.waiting.get(row[0].id) and row[1].id not in errors]
    unfit = [row for row in waiting if not archivist.waiting.get(row[0].id) and row[1].id not in errors]
    many = len(doubted) > max(MANY, SHARE * archivist.tally.planned) or bool(doubted and _samples_misread(archivist))
    known = archivist.learnt
    _learn(archivist, _examples(archivist, unfit), len(unfit), at)
    _guess(archivist, [row for row in unfit if row[0].version is None], at)
    if many:
        _learn(archivist, [*_samples(archivist), *_examples(archivist, doubted)], len(doubted), at)
    _remember(archivist, len(unfit) + (len(doubted) if many else 0), at, anew=archivist.learnt is not known)
    for page, snapshot in waiting:
        outcome = Outcome(result=Result.FAULT, reason="soft-404")
        if snapshot.id not in errors:
            outcome = _read(archivist, page, snapshot, sure=not many)
        if outcome.result is Result.WAITING:
            outcome = _UNREADABLE
        if outcome.result is Result.FAULT:
            _give_up(archivist, page, snapshot, outcome.reason, at)
        archivist.recount(outcome)


def _without_unreadable(
    archivist: Archivist, waiting: Sequence[tuple[Page, Snapshot]], at: dt.datetime
) -> list[tuple[Page, Snapshot]]:
    """Give up on what has held a reader for ever; what is left."""
    for page, snapshot in waiting:
        if page.url in archivist.unreadable:
            archivist.held[page.url] = archivist.unreadable[page.url]
            _give_up(archivist, page, snapshot, str(Fault.UNREADABLE), at, detail=archivist.unreadable[page.url])
            archivist.recount(_UNREADABLE)
    return [row for row in waiting if row[0].url not in archivist.unreadable]


def _fits_again(archivist: Archivist, at: dt.datetime) -> None:
    """Tell that the layout is known once more, where the profile's own rules have read all that was read."""
    own = {rules.name for rules in (*archivist.profile.release, *filter(is_generic, archivist.learnt))}
    if archivist.used and archivist.used <= own:
        recovered(archivist.archive, archivist.site, SiteNotice.LAYOUT_CHANGED, at=at, crawl=archivist.crawl)


_UNREADABLE = Outcome(result=Result.FAULT, reason="unreadable")


def _read(archivist: Archivist, page: Page, snapshot: Snapshot, *, sure: bool) -> Outcome:
    """Read a snapshot by what is known now. One that cannot be read must not keep the crawl from its end."""
    try:
        with archivist.reading(page.url):
            answer = _answer(archivist, page, snapshot)
            return archivist.read(page, answer, snapshot=snapshot.id, sure=sure) if answer else _UNREADABLE
    except ArchiveError:
        raise
    except Exception:
        logger.exception("%s could not be read; its last good version stays", page.url)
        return _UNREADABLE


def _latest(archivist: Archivist) -> list[tuple[Page, Snapshot]]:
    """Each waiting page with its newest waiting snapshot.

    A crawl that was killed leaves others: older ones, and those of pages that have been read since. They are settled:
    what a page said then must not be held against what it says now.
    """
    newest: dict[int, Snapshot] = {}
    stale: list[int] = []
    for snapshot in archivist.archive.unread(archivist.site.id):
        if (older := newest.get(snapshot.page_id)) is not None:
            stale.append(older.id)
        newest[snapshot.page_id] = snapshot
    waiting: list[tuple[Page, Snapshot]] = []
    for page_id, snapshot in newest.items():
        page = archivist.archive.page_by_id(page_id)
        if page is None or (page.id not in archivist.waiting and _seen_since(page, snapshot)):
            stale.append(snapshot.id)
        else:
            waiting.append((page, snapshot))
    if stale:
        with archivist.archive.writing() as unit:
            for snapshot_id in stale:
                unit.settle(snapshot_id)
    return waiting


def _seen_since(page: Page, snapshot: Snapshot) -> bool:
    return page.last_visit is not None and page.last_visit >= snapshot.captured_at


def _error_pages(archivist: Archivist, waiting: Iterable[tuple[Page, Snapshot]]) -> set[int]:
    """The snapshots that say the very same as others do at other addresses."""
    said: dict[int, str] = {}
    for page, snapshot in waiting:
        with archivist.reading(page.url):
            answer = _answer(archivist, page, snapshot)
            if answer is not None:
                said[snapshot.id] = hashlib.sha256(page_text(answer.root).text.encode()).hexdigest()
    counts = Counter(said.values())
    return {snapshot for snapshot, digest in said.items() if counts[digest] >= ALIKE}


def _learn(archivist: Archivist, examples: Iterable[Example], count: int, at: dt.datetime) -> None:
    with archivist.reading(what := f"layout of {archivist.site.name}"):
        if what in archivist.unreadable:
            return
        rules = learn(examples, archivist.profile, name=f"learnt-{at:%Y%m%dT%H%M%S}-{count}")
    if rules is not None:
        archivist.learnt = [rules, *archivist.learnt][:REMEMBERED]
        archivist.fresh = [rules, *archivist.fresh]


def _examples(archivist: Archivist, group: Sequence[tuple[Page, Snapshot]]) -> Iterator[Example]:
    """Pages with a past, spread over the group."""
    read = [(page, snapshot) for page, snapshot in group if page.version is not None]
    step = max(1, len(read) // LESSONS)
    for page, snapshot in read[::step][:LESSONS]:
        version = archivist.archive.latest(page.id)
        answer = _answer(archivist, page, snapshot)
        if version is not None and answer is not None and not version.rules.startswith(GUESSED):
            yield Example(url=page.url, before=version.release, root=answer.root)


def _guess(archivist: Archivist, unknown: Sequence[tuple[Page, Snapshot]], at: dt.datetime) -> None:
    """Rules for new pages that not even what was learnt from the others can read."""
    left: list[tuple[str, HtmlElement]] = []
    if f"layout of {archivist.site.name}" in archivist.unreadable:
        return
    for page, snapshot in unknown[:LESSONS]:
        answer = _answer(archivist, page, snapshot)
        if answer is None or best_reading(answer.root, archivist.rules, archivist.profile, page.url, None) is not None:
            continue
        left.append((page.url, answer.root))
    with archivist.reading(f"layout of {archivist.site.name}"):
        rules = guess(left, archivist.profile, name=f"{GUESSED}{at:%Y%m%dT%H%M%S}-{len(left)}") if left else None
    if rules is not None:
        archivist.learnt = [rules, *archivist.learnt][:REMEMBERED]


def _samples(archivist: Archivist) -> Iterator[Example]:
    """Pages that said what they said before, by their text, as they are now."""
    for fetch in archivist.samples:
        page = archivist.archive.page(archivist.site.id, fetch.url)
        version = archivist.archive.latest(page.id) if page is not None else None
        answer = open_page(fetch, archivist.profile)
        if version is not None and answer is not None:
            yield Example(url=fetch.url, before=version.release, root=answer.root)


def _samples_misread(archivist: Archivist) -> bool:
    """Whether the rules miss something on pages whose text is what it was: then their markup moved, and nothing else."""
    total = missed = 0
    for example in _samples(archivist):
        total += 1
        page = archivist.archive.page(archivist.site.id, example.url)
        rules = rules_behind(page.fingerprint if page else None, archivist.rules)
        release = read_with(example.root, rules, archivist.profile, example.url) if rules is not None else None
        missed += release is None or bool(compare(example.before, release))
    return missed > SHARE * total


def _answer(archivist: Archivist, page: Page, snapshot: Snapshot) -> Opened | None:
    body = archivist.archive.payload(snapshot.digest)
    fetch = Fetch(
        url=page.url,
        final_url=snapshot.url,
        fetched_at=snapshot.captured_at,
        status=snapshot.status,
        headers=snapshot.headers,
        body=body,
        redirects=tuple(Hop(url=url, status=status) for url, status in snapshot.redirects),
    )
    return open_page(fetch, archivist.profile, digest=snapshot.digest)


def _give_up(
    archivist: Archivist,
    page: Page,
    snapshot: Snapshot,
    reason: str,
    at: dt.datetime,
    *,
    detail: str = "fits no rules of the profile",
) -> None:
    with archivist.archive.writing() as unit:
        unit.settle(snapshot.id)
        unit.add_fault(archivist.site.id, archivist.crawl, page.url, fault=reason, detail=detail, at=at)
        unit.update_page(page.id, next_due=archivist.keeper.again(page, at))


def _remember(archivist: Archivist, count: int, at: dt.datetime, *, anew: bool) -> None:
    """Keep the rules that were learnt, and tell of the new layout: in one unit, and before a page is read by them.

    After a kill in between, pages would be read by rules of which the operator never hears.
    """
    names = ", ".join(rules.name for rules in archivist.learnt)
    healed = f"read by what they said before ({names})" if names else "kept, not read"
    text = f"{count} of {archivist.tally.planned} pages no longer fit the profile's rules; {healed}"
    with archivist.archive.writing() as unit:
        if anew:
            unit.set_layout(archivist.site.id, msgspec.json.encode(archivist.learnt).decode())
        if count:
            # rules that had to be learnt for most pages are a second redesign: that is news, too
            again = anew and 2 * count > archivist.tally.planned
            write(unit, archivist.site, SiteNotice.LAYOUT_CHANGED, text, at=at, crawl=archivist.crawl, again=again)
