"""The pages of a crawl that fit no rules, looked at together: is it a redesign, and what do they say?"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from changes.kinds import SiteNotice
from crawler.items import Fetch, Hop
from crawler.opened import Opened, open_page
from crawler.outcomes import Outcome, Result
from crawler.reading.layout import Example, learn
from crawler.reading.layout.pagetext import page_text
from crawler.telling import tell
from storage.records import Page, Snapshot

if TYPE_CHECKING:
    from crawler.archivist import Archivist

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
    waiting = _latest(archivist)
    if not waiting:
        return
    errors = _error_pages(archivist, waiting)
    doubted = [row for row in waiting if archivist.waiting.get(row[0].id) and row[1].id not in errors]
    unfit = [row for row in waiting if not archivist.waiting.get(row[0].id) and row[1].id not in errors]
    for group in (unfit, doubted):
        _learn(archivist, group, at)
    many = len(doubted) > max(MANY, SHARE * archivist.tally.planned)
    for page, snapshot in waiting:
        outcome = Outcome(result=Result.FAULT, reason="soft-404")
        if snapshot.id not in errors:
            answer = _answer(archivist, page, snapshot)
            outcome = archivist.read(page, answer, snapshot=snapshot.id, sure=not many) if answer else _UNREADABLE
        if outcome.result is Result.WAITING:
            outcome = _UNREADABLE
        if outcome.result is Result.FAULT:
            _give_up(archivist, page, snapshot, outcome.reason, at)
        archivist.recount(outcome)
    _notice(archivist, len(unfit) + (len(doubted) if many else 0), at)


_UNREADABLE = Outcome(result=Result.FAULT, reason="unreadable")


def _latest(archivist: Archivist) -> list[tuple[Page, Snapshot]]:
    """Each waiting page with its newest waiting snapshot; older ones, left by a crawl that was killed, are settled."""
    newest: dict[int, Snapshot] = {}
    stale: list[int] = []
    for snapshot in archivist.archive.unread(archivist.site.id):
        if (older := newest.get(snapshot.page_id)) is not None:
            stale.append(older.id)
        newest[snapshot.page_id] = snapshot
    if stale:
        with archivist.archive.writing() as unit:
            for snapshot_id in stale:
                unit.settle(snapshot_id)
    pages = ((archivist.archive.page_by_id(page_id), snapshot) for page_id, snapshot in newest.items())
    return [(page, snapshot) for page, snapshot in pages if page is not None]


def _error_pages(archivist: Archivist, waiting: Iterable[tuple[Page, Snapshot]]) -> set[int]:
    """The snapshots that say the very same as others do at other addresses."""
    said: dict[int, str] = {}
    for page, snapshot in waiting:
        answer = _answer(archivist, page, snapshot)
        if answer is not None:
            said[snapshot.id] = hashlib.sha256(page_text(answer.root).text.encode()).hexdigest()
    counts = Counter(said.values())
    return {snapshot for snapshot, digest in said.items() if counts[digest] >= ALIKE}


def _learn(archivist: Archivist, group: Sequence[tuple[Page, Snapshot]], at: dt.datetime) -> None:
    rules = learn(_examples(archivist, group), archivist.profile, name=f"learnt-{at:%Y%m%dT%H%M%S}-{len(group)}")
    if rules is None:
        return
    archivist.learnt = [rules, *archivist.learnt][:REMEMBERED]
    with archivist.archive.writing() as unit:
        unit.set_layout(archivist.site.id, msgspec.json.encode(archivist.learnt).decode())


def _examples(archivist: Archivist, group: Sequence[tuple[Page, Snapshot]]) -> Iterator[Example]:
    """Pages with a past, spread over the group."""
    read = [(page, snapshot) for page, snapshot in group if page.version is not None]
    step = max(1, len(read) // LESSONS)
    for page, snapshot in read[::step][:LESSONS]:
        version = archivist.archive.latest(page.id)
        answer = _answer(archivist, page, snapshot)
        if version is not None and answer is not None:
            yield Example(url=page.url, before=version.release, root=answer.root)


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
    return open_page(fetch, archivist.known, digest=snapshot.digest)


def _give_up(archivist: Archivist, page: Page, snapshot: Snapshot, reason: str, at: dt.datetime) -> None:
    with archivist.archive.writing() as unit:
        unit.settle(snapshot.id)
        unit.add_fault(
            archivist.site.id, archivist.crawl, page.url, fault=reason, detail="fits no rules of the profile", at=at
        )


def _notice(archivist: Archivist, count: int, at: dt.datetime) -> None:
    if count:
        names = ", ".join(rules.name for rules in archivist.learnt)
        healed = f"read by what they said before ({names})" if names else "kept, not read"
        text = f"{count} of {archivist.tally.planned} pages no longer fit the profile's rules; {healed}"
        tell(archivist.archive, archivist.site, SiteNotice.LAYOUT_CHANGED, text, at=at, crawl=archivist.crawl)
