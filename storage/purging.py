"""Purging on request: a page, or one version, is taken away; what stays is an audit with the digests of what was there.

A purged version keeps its number and its times, and says `[purged]`. A purged page is gone, and its address is blocked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import bindparam, or_, select

from changes.canonical import text_digest
from changes.kinds import Finding
from changes.release import Release
from storage import rows
from storage.audits import Action, Audit, audited
from storage.editions import kept_files
from storage.erasing import drop_payloads, drop_rows
from storage.errors import ArchiveError
from storage.payloads import digest_of
from storage.reading import spellings, url_digest
from storage.statements import ADD_PAYLOAD, HAS_PAYLOAD
from storage.tables import addresses, blocked, changes, faults, files, pages, snapshots, versions, waiting
from storage.text import to_json

if TYPE_CHECKING:
    from sqlalchemy import Row

    from storage.archive import Archive
    from storage.database import Sql
    from storage.records import Page

#: What stands in the place of a text that was purged.
MARK = "[purged]"
TOMBSTONE = Release(title=MARK)
#: The name of the rules by which a purged version is read.
RULES = "purged"
EMPTY = digest_of(b"")

_ERASE = (
    snapshots.update()
    .where(snapshots.c.id == bindparam("snapshot"))
    .values(digest=EMPTY, headers="[]", redirects="[]", url=bindparam("to"))
)
_BURY = (
    versions.update()
    .where(versions.c.id == bindparam("key"))
    .values(release=bindparam("says"), digest=bindparam("named"), rules=bindparam("by"))
)
_SAME_PAYLOAD = (
    select(pages.c.url, versions.c.number)
    .select_from(snapshots)
    .join(pages, pages.c.id == snapshots.c.page_id)
    .outerjoin(versions, versions.c.snapshot_id == snapshots.c.id)
    .where(snapshots.c.digest.in_(bindparam("named", expanding=True)))
    .order_by(snapshots.c.id)
)
_STRIP = (
    changes.update()
    .where(changes.c.id == bindparam("key"))
    .values(title=bindparam("called"), finding=bindparam("found"))
)


@dataclass(frozen=True, kw_only=True)
class Purged:
    """What was taken away."""

    versions: int = 0
    snapshots: int = 0
    payloads: int = 0
    others: int = 0  #: further rows in which it stood
    shared: tuple[str, ...] = ()  #: addresses (and versions) that say the very same and keep it


def purge_page(archive: Archive, page: Page, audit: Audit) -> Purged:
    """Take a page away, with all that was ever kept of it, and never watch its addresses again.

    The bytes are gone from the file when this returns; copies made before are the caller's to find.

    Raises:
        storage.errors.Locked: another process reads the file; the page is gone, `finish` sweeps later.
    """
    with archive.writing() as unit:
        sql = unit._sql  # noqa: SLF001 - same room
        urls = [page.url, *(row.url for row in sql.rows(addresses.select().where(addresses.c.page_id == page.id)))]
        kept = sql.rows(select(snapshots.c.digest).where(snapshots.c.page_id == page.id))
        digests = sorted({*(row.digest for row in kept), *kept_files(sql, page.id)})
        said = sql.rows(select(versions.c.digest).where(versions.c.page_id == page.id).order_by(versions.c.number))
        detail: dict[str, Any] = {
            "what": "page",
            "address": url_digest(page.url),
            "payloads": digests,
            "versions": [row.digest for row in said],
        }
        with audited(sql, purging(audit), detail):
            sql.database.begin_sweep(sql)
            drop_rows(sql, pages, pages.c.id == page.id)
            sql.run(faults.delete().where(faults.c.url.in_(urls), faults.c.site_id == page.site_id))
            gone = drop_payloads(sql, digests)
            _block(sql, page, urls, audit)
        shared = _shared(sql, set(digests) - set(gone))
    archive._database.sweep()  # noqa: SLF001 - same room
    return Purged(versions=len(said), snapshots=len(kept), payloads=len(gone), shared=shared)


def purge_version(archive: Archive, page: Page, number: int, audit: Audit) -> Purged:
    """Take away what one version says and the answers it was read from; its number and its times stay.

    Raises:
        ArchiveError: the page has no such version, or it was purged before.
        storage.errors.Locked: another process reads the file; the version is gone, `finish` sweeps later.
    """
    with archive.writing() as unit:
        sql = unit._sql  # noqa: SLF001 - same room
        row, following = (
            sql.first(versions.select().where(versions.c.page_id == page.id, versions.c.number == one))
            for one in (number, number + 1)
        )
        if row is None:
            raise ArchiveError(f"{page.url} has no version {number} to purge; `pressvakt history` lists them")
        if row.rules == RULES:
            raise ArchiveError(f"version {number} of {page.url} was purged before; the archive's audits tell when")
        # answers that were kept in its time and became no version said much the same
        during = (snapshots.c.page_id == page.id) & (snapshots.c.captured_at >= row.first_seen)
        if following is not None:
            during &= snapshots.c.captured_at < following.first_seen
        belongs = or_(during, snapshots.c.id == row.snapshot_id)
        taken = sql.rows(select(snapshots.c.id, snapshots.c.digest).where(belongs))
        detail: dict[str, Any] = {
            "what": "version",
            "page": page.id,
            "number": number,
            "payloads": sorted({one.digest for one in taken}),
            "versions": [row.digest],
        }
        with audited(sql, purging(audit), detail):
            sql.database.begin_sweep(sql)
            gone = erase_snapshots(sql, [(one.id, one.digest, page.url) for one in taken])
            bury(sql, row.id, TOMBSTONE)
            _strip_changes(sql, page, number)
            if page.version == number:
                sql.run(files.delete().where(files.c.page_id == page.id))
        shared = _shared(sql, {one.digest for one in taken} - set(gone) - {EMPTY})
    archive._database.sweep()  # noqa: SLF001 - same room
    return Purged(versions=1, snapshots=len(taken), payloads=len(gone), shared=shared)


def finish(archive: Archive) -> bool:
    """Sweep the bytes of a purge that was killed, or held up, out of the file; False where there is nothing to do."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        if sql.database.is_swept(sql):
            return False
    archive._database.sweep()  # noqa: SLF001 - same room
    return True


def unblock(archive: Archive, url: str) -> bool:
    """Let a purged address be watched again; False where it was not blocked."""
    with archive.writing() as unit:
        digests = [url_digest(one) for one in spellings(url)]
        sql = unit._sql  # noqa: SLF001 - same room
        return sql.run(blocked.delete().where(blocked.c.url_digest.in_(digests))).rowcount > 0


def erase_snapshots(sql: Sql, taken: Sequence[tuple[int, str, str]]) -> list[str]:
    """Leave of some snapshots (id, digest, address of their page) only that they were; the payloads that are gone."""
    if taken and sql.first(HAS_PAYLOAD, {"named": EMPTY}) is None:
        sql.insert(
            ADD_PAYLOAD, {"digest": EMPTY, "size": 0, "codec": "raw", "data": b"", "base_digest": None, "crc": 0}
        )
    for key, _, url in taken:
        sql.run(_ERASE, {"snapshot": key, "to": url})
        sql.run(waiting.delete().where(waiting.c.snapshot_id == key))
    return drop_payloads(sql, {digest for _, digest, _ in taken} - {EMPTY})


def bury(sql: Sql, key: int, release: Release, *, rules: str = RULES) -> None:
    """Have a version say something else: what is left of it."""
    values = {"says": rows.pack_release(release), "named": text_digest(release), "by": rules}
    sql.run(_BURY, {"key": key, **values})


def _strip_changes(sql: Sql, page: Page, number: int) -> None:
    """Take what a version said out of the changes that tell of it."""
    about = or_(changes.c.after == number, (changes.c.before == number) & changes.c.after.is_(None))
    for row in sql.rows(changes.select().where(changes.c.page_id == page.id, about)):
        finding = msgspec.json.decode(row.finding, type=Finding)
        bare = Finding(
            kind=finding.kind,
            fields=finding.fields,
            silent=finding.silent,
            labels=finding.labels,
            status=finding.status,
            was=finding.was,
        )
        sql.run(_STRIP, {"key": row.id, "called": MARK, "found": to_json(bare)})


def _shared(sql: Sql, digests: set[str]) -> tuple[str, ...]:
    """Where the same bytes are still kept, as a person would look them up."""
    found: list[Row[Any]] = list(sql.rows(_SAME_PAYLOAD, {"named": sorted(digests)})) if digests else []
    names = (f"{row.url} version {row.number}" if row.number is not None else row.url for row in found)
    return tuple(dict.fromkeys(names))


def _block(sql: Sql, page: Page, urls: Sequence[str], audit: Audit) -> None:
    wanted = {url_digest(one) for url in urls for one in spellings(url)}
    known = sql.rows(select(blocked.c.url_digest).where(blocked.c.site_id == page.site_id))
    new = sorted(wanted - {row.url_digest for row in known})
    if new:
        sql.run_many(
            blocked.insert(), [{"site_id": page.site_id, "url_digest": digest, "at": audit.at} for digest in new]
        )


def purging(audit: Audit) -> Audit:
    """The audit as the triggers ask for it: a purge concerns the payloads of all pages."""
    return Audit(at=audit.at, who=audit.who, action=Action.PURGE, reason=audit.reason)
