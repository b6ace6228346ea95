"""Is an archive whole, does it lack what it had, and does it tell what another one tells?"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from changes.kinds import Kind
from changes.release import encode
from storage.archive import Archive
from storage.records import Change, Page, PageState, Site


@dataclass(frozen=True, kw_only=True)
class Account:
    """What an archive keeps, free of ids and times, so that two archives can be held against each other."""

    changes: Counter[tuple[object, ...]]
    pages: Counter[tuple[object, ...]]
    notices: Counter[str]
    kept: frozenset[tuple[object, ...]]  #: every change, version and snapshot, with its id: none may go, none may alter

    def lost(self, before: Account) -> list[str]:
        """What was kept before and is no longer, or is otherwise."""
        return [f"lost or altered: {row}" for row in sorted(before.kept - self.kept, key=repr)]

    def unlike(self, other: Account) -> list[str]:
        """How this one differs from that of an undisturbed watch."""
        lines: list[str] = []
        for name in ("changes", "pages", "notices"):
            mine, theirs = getattr(self, name), getattr(other, name)
            lines += [f"missed, of {name}: {row}" for row in (theirs - mine).elements()]
            lines += [f"in vain, of {name}: {row}" for row in (mine - theirs).elements()]
        return lines


def account_of(archive: Archive, base: str) -> Account:
    """The account of an archive. `base` is the site's address: it is left out, as another run has another port."""
    pages = list(_pages(archive))
    by_url = {page.url: page for page in pages}
    changes = list(archive.changes())
    kept: set[tuple[object, ...]] = {("change", change.id, change.kind, change.url) for change in changes}
    for page in pages:
        kept |= {("version", page.id, v.number, v.digest, v.snapshot_id) for v in archive.versions(page.id)}
        kept |= {("snapshot", page.id, s.id, s.digest, s.captured_at) for s in archive.snapshots(page.id)}
    return Account(
        changes=Counter(_told(archive, change, by_url, base) for change in changes),
        pages=Counter((page.url.removeprefix(base), str(page.state), page.version) for page in pages),
        notices=Counter(f"{notice.kind} {notice.about or ''}" for notice in archive.notices()),
        kept=frozenset(kept),
    )


def look_through(archive: Archive) -> list[str]:
    """What is half or wrong in an archive, one line each: its structure, its payloads, and what belongs together."""
    found = archive.check()
    changes = list(archive.changes())
    site_of = {site.name: site for site in archive.sites()}
    of_page: dict[int, list[Change]] = {}
    for change in changes:
        page = archive.page(site_of[change.site].id, change.url)
        if page is None:
            found.append(f"change {change.id} is of no page")
            continue
        of_page.setdefault(page.id, []).append(change)
    for page in _pages(archive):
        found += [f"{page.url}: {line}" for line in _page_faults(archive, page, of_page.get(page.id, []))]
    return found


def _page_faults(archive: Archive, page: Page, changes: list[Change]) -> Iterator[str]:
    versions = archive.versions(page.id)
    numbers = [version.number for version in versions]
    snapshots = {snapshot.id: snapshot for snapshot in archive.snapshots(page.id)}
    if numbers != list(range(1, len(numbers) + 1)) or (page.version or 0) != len(numbers):
        yield f"versions {numbers}, of which the page has {page.version} as its latest"
    for snapshot in snapshots.values():
        if "sha256:" + hashlib.sha256(archive.payload(snapshot.digest)).hexdigest() != snapshot.digest:
            yield f"the payload of snapshot {snapshot.id} is another"
    for version in versions:
        if version.snapshot_id not in snapshots:
            yield f"version {version.number} has no snapshot"
    yield from _untold(page, numbers, changes)


def _untold(page: Page, numbers: list[int], changes: list[Change]) -> Iterator[str]:
    for change in changes:
        if not {change.before, change.after} <= {None, *numbers}:
            yield f"change {change.id} goes from {change.before} to {change.after}; there are {numbers}"
    unsaid = set(numbers) - {change.after for change in changes}
    if unsaid:
        yield f"no change tells of versions {sorted(unsaid)}"
    if bool(numbers) == (page.state is PageState.NEW):
        yield f"{page.state} with {len(numbers)} versions"
    comings = [change.kind for change in changes if change.kind in (Kind.REMOVED, Kind.RESTORED)]
    if (page.state is PageState.GONE) != (comings[-1:] == [Kind.REMOVED]):
        yield f"{page.state}, and its changes say {comings}"


def _told(archive: Archive, change: Change, pages: dict[str, Page], base: str) -> tuple[object, ...]:
    finding = change.finding
    page = pages.get(change.url) or archive.find_page(change.url)[0]
    return (
        str(change.kind),
        change.url.removeprefix(base),
        finding.fields,
        finding.silent,
        finding.labels,
        finding.period,
        (finding.was or "").removeprefix(base),
        (finding.href or "").removeprefix(base),
        finding.status,
        change.baseline,
        change.wave and change.wave.partition("-")[2],
        _says(archive, page, change.before, base),
        _says(archive, page, change.after, base),
    )


def _says(archive: Archive, page: Page, number: int | None, base: str) -> str | None:
    version = None if number is None else archive.version(page.id, number)
    if version is None:
        return None
    return hashlib.sha256(encode(version.release).replace(base.encode(), b"")).hexdigest()[:12]


def _pages(archive: Archive) -> Iterator[Page]:
    sites: list[Site] = archive.sites()
    for site in sites:
        yield from archive.pages(site.id)
