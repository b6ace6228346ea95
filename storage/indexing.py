"""Keeping the indexes: what is written with each version and change, and what is made up for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from changes.blocks import passages
from changes.kinds import Finding, Kind
from changes.release import Release
from changes.rewording import TEXT_FIELDS, Rewording, rewording
from storage import marking, rows
from storage.tables import changes, unindexed_changes, unindexed_versions, versions

if TYPE_CHECKING:
    from storage.database import Sql

#: The rules of a version that was purged: what it says now it never said.
_PURGED = "purged"

_VERSIONS_LEFT = (
    select(versions.c.id, versions.c.page_id, versions.c.number, versions.c.first_seen, versions.c.release)
    .join(unindexed_versions, unindexed_versions.c.version_id == versions.c.id)
    .order_by(versions.c.id)
    .limit(bindparam("count"))
)
_CHANGES_LEFT = (
    select(
        changes.c.id,
        changes.c.page_id,
        changes.c.detected_at,
        changes.c.before,
        changes.c.after,
        changes.c.finding,
    )
    .join(unindexed_changes, unindexed_changes.c.change_id == changes.c.id)
    .order_by(changes.c.id)
    .limit(bindparam("count"))
)
_SAID = select(versions.c.id, versions.c.page_id, versions.c.number, versions.c.rules, versions.c.release).where(
    versions.c.page_id == bindparam("of_page"), versions.c.number == bindparam("numbered")
)
_COUNTS = [select(func.count()).select_from(table) for table in (unindexed_versions, unindexed_changes)]


def index_version(sql: Sql, version_id: int, page_id: int, at: dt.datetime, release: Release) -> None:
    """Have what a version says found, from its title to the end of its body."""
    text, words = said_text(release), sql.database.words
    sql.ask(lambda connection: words.add_saying(connection, version_id, page_id, at=at, title=release.title, text=text))


def index_change(
    sql: Sql,
    change_id: int,
    page_id: int,
    at: dt.datetime,
    finding: Finding,
    *,
    before: int | None,
    after: int | None,
    last: tuple[int, int, Release] | None = None,
) -> None:
    """Have a change found by its traits, and an edit by what it took away and brought.

    `last` is a version known already, by page and number: that need not be read again.
    """
    said = _said(sql, page_id, before, after, last)
    _index_rewording(sql, change_id, page_id, at, finding=finding, said=said)
    marking.mark_change(sql, change_id, finding, said, anew=False)


def unindexed(sql: Sql) -> int:
    """How many versions and changes are kept and cannot be found yet."""
    return marking.unmarked(sql) + sum(
        int(row[0]) for row in (sql.first(count) for count in _COUNTS) if row is not None
    )


def index_more(sql: Sql, count: int) -> int:
    """Index the next so many of those left, versions first; how many there were."""
    done = 0
    for row in sql.rows(_VERSIONS_LEFT, {"count": count}):
        release = rows.unpack_release(row.release, f"version {row.number} of page {row.page_id}")
        index_version(sql, row.id, row.page_id, row.first_seen, release)
        done += 1
    for row in sql.rows(_CHANGES_LEFT, {"count": count - done}) if done < count else ():
        finding = rows.finding(row.finding, f"change {row.id}")
        said = _said(sql, row.page_id, row.before, row.after)
        _index_rewording(sql, row.id, row.page_id, row.detected_at, finding=finding, said=said)
        done += 1
    for key, page_id, before, after, text in marking.left(sql, count - done) if done < count else ():
        finding = rows.finding(text, f"change {key}")
        marking.mark_change(sql, key, finding, _said(sql, page_id, before, after), anew=True)
        done += 1
    return done


def said_text(release: Release) -> str:
    """All below the title, without its markup."""
    return "\n".join(block.text for block in passages(release))


def _index_rewording(
    sql: Sql, change_id: int, page_id: int, at: dt.datetime, *, finding: Finding, said: Sequence[Release | None]
) -> None:
    """Have what an edit took away and brought found; other changes have nothing to find."""
    if finding.kind is not Kind.EDITED:
        return
    found = Rewording()
    old, new = said
    if TEXT_FIELDS & set(finding.fields) and old is not None and new is not None:
        found = rewording(old, new)
    words = sql.database.words
    sql.ask(lambda connection: words.add_rewording(connection, change_id, page_id, at, found))


def _said(
    sql: Sql, page_id: int, before: int | None, after: int | None, last: tuple[int, int, Release] | None = None
) -> list[Release | None]:
    """What a page said before and after a change."""
    return [None if number is None else _release(sql, page_id, number, last) for number in (before, after)]


def _release(sql: Sql, page_id: int, number: int, last: tuple[int, int, Release] | None) -> Release | None:
    if last is not None and last[:2] == (page_id, number):
        return last[2]
    row = sql.first(_SAID, {"of_page": page_id, "numbered": number})
    if row is None or row.rules == _PURGED:
        return None
    return rows.unpack_release(row.release, f"version {number} of page {page_id}")
