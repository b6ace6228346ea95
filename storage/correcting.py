"""Corrections: what a page's versions and changes should be, put in the place of what they are.

What is the same stays untouched: a version keeps its row, a change its id. Nothing at all is written where nothing
differs, and an audit stands beside every correction that was made.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import bindparam, select

from changes.kinds import Finding, Kind
from changes.release import Release
from storage import rows
from storage.audits import Audit, audited
from storage.erasing import drop_rows
from storage.errors import ArchiveError
from storage.statements import SET_VERSION
from storage.tables import addresses, changes, cursors, pages, snapshots, versions
from storage.text import clean, to_json

if TYPE_CHECKING:
    from sqlalchemy import Row

    from storage.database import Sql
    from storage.listing import Told
    from storage.records import Page, Snapshot
    from storage.unit import Unit

#: The kinds that follow from two versions; the others are told by visits, and only move along with their versions.
DERIVED = frozenset(
    {Kind.PUBLISHED, Kind.EDITED, Kind.ARCHIVED, Kind.UNARCHIVED, Kind.WITHDRAWN, Kind.REINSTATED, Kind.OFFICEHOLDER}
)

_VERSIONS = versions.select().where(versions.c.page_id == bindparam("of_page")).order_by(versions.c.number)
_CHANGES = changes.select().where(changes.c.page_id == bindparam("of_page")).order_by(changes.c.id)
_ADDRESSES = (
    select(addresses.c.url, addresses.c.left_at)
    .where(addresses.c.page_id == bindparam("of_page"))
    .order_by(addresses.c.left_at, addresses.c.id)
)
#: Answers that became no version.
_IN_VAIN = (
    snapshots.select()
    .join(pages, pages.c.id == snapshots.c.page_id)
    .outerjoin(versions, versions.c.snapshot_id == snapshots.c.id)
    .where(pages.c.site_id == bindparam("of_site"), versions.c.id.is_(None))
    .order_by(snapshots.c.id)
)
_CURSOR = select(cursors.c.value).where(cursors.c.name == bindparam("called"))
_SET_CURSOR = cursors.insert()
_DROP_CURSOR = cursors.delete().where(cursors.c.name == bindparam("called"))


@dataclass(frozen=True, kw_only=True)
class Step:
    """A version as it should be, with what led to it. `was` are the numbers of the versions that it takes in."""

    snapshot_id: int
    release: Release
    digest: str
    rules: str
    first_seen: dt.datetime
    last_seen: dt.datetime
    visits: int
    findings: tuple[Finding, ...]
    was: tuple[int, ...] = ()
    as_told: bool = False  #: the changes that led to it stay as they are: what was compared then is purged


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What differs between a page's history as it stands and as it should be."""

    page_id: int
    standing: tuple[int, ...] = ()  #: what stood when it was worked out, in numbers
    before: int = 0  #: how many versions there were
    after: int = 0
    versions: tuple[tuple[int | None, dict[str, Any]], ...] = ()  #: row (None: a new one) and its new values
    gone: tuple[int, ...] = ()  #: rows of versions that come to nothing
    changes: tuple[tuple[int | None, dict[str, Any]], ...] = ()
    dropped: tuple[int, ...] = ()  #: changes that never were

    @property
    def nothing(self) -> bool:
        """Whether all is as it should be."""
        return not (self.versions or self.gone or self.changes or self.dropped)


def correction(archive: Told, page: Page, steps: Sequence[Step]) -> Correction:
    """What is to be put right so that a page's history consists of these steps. Writes nothing."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        standing = sql.rows(_VERSIONS, {"of_page": page.id})
        told = sql.rows(_CHANGES, {"of_page": page.id})
    rows_of = _matched(standing, steps)
    wanted = [
        (row, _values(page, number, step)) for number, (step, row) in enumerate(zip(steps, rows_of, strict=True), 1)
    ]
    kept = {row.id for row in rows_of if row is not None}
    changed, dropped = _changes(page, steps, rows_of, told)
    return Correction(
        page_id=page.id,
        standing=_in_numbers(standing, told),
        before=len(standing),
        after=len(steps),
        versions=tuple(
            (None if row is None else row.id, values if row is None else new)
            for row, values in wanted
            if row is None or (new := _version_differs(row, values))
        ),
        gone=tuple(row.id for row in standing if row.id not in kept),
        changes=tuple(changed),
        dropped=tuple(dropped),
    )


def correct(unit: Unit, found: Correction, audit: Audit) -> None:
    """Put it right, with an audit. Alerts nobody: what is written so has no crawl.

    Raises:
        ArchiveError: the page's history has moved since the correction was worked out.
    """
    if found.nothing:
        return
    sql = unit._sql  # noqa: SLF001 - same room
    of_page = {"of_page": found.page_id}
    if _in_numbers(sql.rows(_VERSIONS, of_page), sql.rows(_CHANGES, of_page)) != found.standing:
        raise ArchiveError(f"page {found.page_id} was written to while it was being reread; run it again")
    detail: dict[str, dict[str, Any]] = {
        "versions": {
            "before": found.before,
            "after": found.after,
            "corrected": sum(1 for row, _ in found.versions if row is not None),
        },
        "changes": {
            "corrected": [row for row, _ in found.changes if row is not None],
            "dropped": list(found.dropped),
        },
    }
    page_audit = Audit(at=audit.at, who=audit.who, action=audit.action, reason=audit.reason, page_id=found.page_id)
    with audited(sql, page_audit, detail):
        if found.dropped:
            drop_rows(sql, changes, changes.c.id.in_(found.dropped))
        _put_versions(sql, found)
        detail["changes"]["added"] = [key for one in found.changes if (key := _put_change(sql, *one)) is not None]


def former_addresses(archive: Told, page_id: int) -> list[tuple[str, dt.datetime]]:
    """Where a page stood before, and until when, oldest first."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        return [(row.url, row.left_at) for row in sql.rows(_ADDRESSES, {"of_page": page_id})]


def answers_in_vain(archive: Told, site_id: int) -> list[Snapshot]:
    """The answers of a site that became no version, oldest first."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        return [rows.snapshot(row) for row in sql.rows(_IN_VAIN, {"of_site": site_id})]


def cursor(archive: Told, name: str) -> Any:
    """How far a long piece of work had come, as `set_cursor` kept it; None where it has not begun."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        row = sql.first(_CURSOR, {"called": name})
    return None if row is None else msgspec.json.decode(row.value)


def set_cursor(unit: Unit, name: str, value: Any) -> None:
    """Keep how far a piece of work has come, in the very unit that holds the work; None: it is done."""
    sql = unit._sql  # noqa: SLF001 - same room
    sql.run(_DROP_CURSOR, {"called": name})
    if value is not None:
        sql.run(_SET_CURSOR, {"name": name, "value": to_json(value)})


def _in_numbers(standing: Sequence[Row[Any]], told: Sequence[Row[Any]]) -> tuple[int, ...]:
    """Enough of a history to see that it has moved."""
    visits = sum(row.visits for row in standing)
    return len(standing), visits, len(told), max((row.id for row in told), default=0)


def _matched(standing: Sequence[Row[Any]], steps: Sequence[Step]) -> list[Row[Any] | None]:
    """The row of each step's version: that of the same answer, and of several the one of the same time."""
    free = list(standing)
    found: list[Row[Any] | None] = []
    for step in steps:
        same = [row for row in free if row.snapshot_id == step.snapshot_id]
        best = next((row for row in same if row.first_seen == step.first_seen), None)
        later = {one.first_seen for one in steps if one.snapshot_id == step.snapshot_id and one is not step}
        best = best or next((row for row in same if row.first_seen not in later), None)
        if best is not None:
            free.remove(best)
        found.append(best)
    return found


def _values(page: Page, number: int, step: Step) -> dict[str, Any]:
    return {
        "page_id": page.id,
        "number": number,
        "snapshot_id": step.snapshot_id,
        "first_seen": step.first_seen,
        "last_seen": step.last_seen,
        "visits": step.visits,
        "digest": step.digest,
        "rules": step.rules,
        "release": step.release,
    }


def _version_differs(row: Row[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that differ."""
    found = {name: value for name, value in values.items() if name != "release" and getattr(row, name) != value}
    name = f"version {row.number} of page {row.page_id}"
    if rows.unpack_release(row.release, name) != values["release"]:
        packed = rows.pack_release(values["release"])  # what cannot be kept as it is, is kept as it can be
        if rows.unpack_release(packed, name) != rows.unpack_release(row.release, name):
            found["release"] = values["release"]
    return found


def _changes(
    page: Page, steps: Sequence[Step], rows_of: Sequence[Row[Any] | None], told: Sequence[Row[Any]]
) -> tuple[list[tuple[int | None, dict[str, Any]]], list[int]]:
    """The changes to write, and those to drop."""
    telling = _Telling(page=page, base={row.number: number for number, row in enumerate(rows_of, 1) if row is not None})
    for number, step in enumerate(steps, 1):
        for old in step.was:
            telling.numbers.setdefault(old, number)
    telling.numbers |= telling.base
    for row in told:
        telling.sort(row)
    for number, step in enumerate(steps, 1):
        if step.as_told:
            telling.leave(number)
        else:
            for finding in step.findings:
                telling.say(number, step, finding)
    return telling.changed, sorted(telling.dropped + [row.id for row in telling.left.values()])


@dataclass(kw_only=True)
class _Telling:
    """Pairs the changes that should be told with those that were."""

    page: Page
    base: dict[int, int]  #: of the versions that stay: their numbers, as they stood and as they should be
    numbers: dict[int, int] = field(default_factory=dict)  #: the same of all versions
    left: dict[tuple[int, str], Row[Any]] = field(default_factory=dict)  #: not paired yet, by version and kind
    changed: list[tuple[int | None, dict[str, Any]]] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)

    def sort(self, row: Row[Any]) -> None:
        """Take up a change as it was told."""
        if row.kind not in DERIVED:
            self._move(row)
            return
        # whichever version comes first, a page is published once
        number = 1 if row.kind == Kind.PUBLISHED else self.base.get(row.after)
        if number is None or (number, row.kind) in self.left:
            self.dropped.append(row.id)
        else:
            self.left[number, row.kind] = row

    def leave(self, number: int) -> None:
        """Leave what led to a version as it was told."""
        for key in [key for key in self.left if key[0] == number]:
            self._move(self.left.pop(key))

    def say(self, number: int, step: Step, finding: Finding) -> None:
        """Have a change say this of a version: the one that was told, or a new one."""
        row = self.left.pop((number, finding.kind.value), None)
        self._put(row, _told(self.page, number, step, finding, row))

    def _move(self, row: Row[Any]) -> None:
        """Have a change point to its versions by their new numbers."""
        numbers = {"before": row.before, "after": row.after}
        self._put(row, {name: None if old is None else self.numbers.get(old, old) for name, old in numbers.items()})

    def _put(self, row: Row[Any] | None, wanted: dict[str, Any]) -> None:
        if row is None:
            self.changed.append((None, wanted))
        elif differs := {name: value for name, value in wanted.items() if getattr(row, name) != value}:
            self.changed.append((row.id, differs))


def _told(page: Page, number: int, step: Step, finding: Finding, row: Row[Any] | None) -> dict[str, Any]:
    values: dict[str, Any] = {
        "before": number - 1 or None,
        "after": number,
        "title": clean(step.release.title),
        "finding": to_json(finding),
    }
    if row is None:
        baseline = page.baseline and finding.kind is Kind.PUBLISHED
        new = {"page_id": page.id, "site_id": page.site_id, "kind": finding.kind.value, "url": page.url}
        return {**values, **new, "crawl_id": None, "baseline": baseline, "detected_at": step.first_seen}
    if finding.kind is Kind.PUBLISHED and step.first_seen < row.detected_at:
        values["detected_at"] = step.first_seen  # an older answer came to light
    return values


def _put_versions(sql: Sql, found: Correction) -> None:
    if found.gone:
        drop_rows(sql, versions, versions.c.id.in_(found.gone))
    numbered = [row for row, values in found.versions if row is not None and "number" in values]
    for key in numbered:  # out of each other's way: a number stands once
        sql.run(versions.update().where(versions.c.id == key).values(number=-key))
    for row, values in found.versions:
        ready = dict(values)
        if "release" in ready:
            ready["release"] = rows.pack_release(ready["release"])
        if row is None:
            sql.run(versions.insert(), ready)
        else:
            sql.run(versions.update().where(versions.c.id == row).values(**ready))
    if found.after != found.before or found.gone:
        sql.run(SET_VERSION, {"key": found.page_id, "to": found.after or None})


def _put_change(sql: Sql, row: int | None, values: dict[str, Any]) -> int | None:
    """Write one change; the id of a new one."""
    if row is None:
        return sql.insert(changes.insert(), values)
    sql.run(changes.update().where(changes.c.id == row).values(**values))
    return None
