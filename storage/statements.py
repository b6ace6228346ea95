"""The statements of the writing side, made once: building one costs more than running it."""

from __future__ import annotations

from sqlalchemy import BindParameter, bindparam, case, func, null, select, union_all

from storage.records import PageState
from storage.tables import (
    addresses,
    changes,
    crawls,
    faults,
    files,
    notices,
    pages,
    payloads,
    sites,
    snapshots,
    versions,
    waiting,
    waves,
)

_KEY: BindParameter[int] = bindparam("key")

ADD_SITE = sites.insert()
END_BASELINE = sites.update().where(sites.c.id == _KEY).values(baseline=False)
SET_LAYOUT = sites.update().where(sites.c.id == _KEY).values(layout=bindparam("to"))

START_CRAWL = crawls.insert()
END_CRAWL = (
    crawls.update()
    .where(crawls.c.id == _KEY)
    .values(ended_at=bindparam("at"), reason=bindparam("why"), stats=bindparam("counts"))
)
#: Crawls that nobody ended: who begins the next one holds the site's lease, so that their processes are dead.
MARK_KILLED = (
    crawls.update()
    .where(crawls.c.site_id == bindparam("of_site"), crawls.c.ended_at.is_(None), crawls.c.reason.is_(None))
    .values(reason="killed")
)
ADD_FAULT = faults.insert()

ADD_PAGE = pages.insert()
UPDATE_PAGE = pages.update().where(pages.c.id == _KEY)
PAGE_AT = pages.select().where(pages.c.url == bindparam("at_url"), pages.c.site_id == bindparam("of_site"))
MOVE_PAGE = pages.update().where(pages.c.id == _KEY).values(url=bindparam("to"))
ADD_ADDRESS = addresses.insert()
HAS_PAST = union_all(
    select(snapshots.c.id).where(snapshots.c.page_id == bindparam("of_page")),
    select(changes.c.id).where(changes.c.page_id == bindparam("of_page")),
).limit(1)
#: Run in this order, these drop a page of which nothing was ever kept.
DROP_PAGE = (
    addresses.delete().where(addresses.c.page_id == bindparam("of_page")),
    files.delete().where(files.c.page_id == bindparam("of_page")),
    pages.delete().where(pages.c.id == bindparam("of_page")),
)


def _stays(name: str) -> object:
    """What the answer brought; a 304 that brings nothing leaves what stood there."""
    brought = bindparam(f"new_{name}", type_=pages.c[name].type)
    status = bindparam("new_status", type_=pages.c.status.type)
    return case((status == 304, func.coalesce(brought, pages.c[name])), else_=brought)


_SEEN = bindparam("seen", type_=pages.c.last_visit.type)
_DIGEST = bindparam("new_digest", type_=pages.c.digest.type)
SEE_PAGE = (
    pages.update()
    .where(pages.c.id == bindparam("of_page"))
    .values(
        state=PageState.LIVE.value,
        status=bindparam("new_status"),
        last_visit=_SEEN,
        last_seen=_SEEN,
        last_full=case((_DIGEST.is_not(None), _SEEN), else_=pages.c.last_full),
        misses=0,
        missing_since=null(),
        suspect=null(),
        etag=_stays("etag"),
        last_modified=_stays("last_modified"),
        digest=func.coalesce(_DIGEST, pages.c.digest),
        fingerprint=func.coalesce(bindparam("new_fingerprint", type_=pages.c.fingerprint.type), pages.c.fingerprint),
        next_due=bindparam("new_due", type_=pages.c.next_due.type),
    )
)
SEE_VERSION = (
    versions.update()
    .where(
        versions.c.page_id == bindparam("of_page"),
        versions.c.number == select(pages.c.version).where(pages.c.id == bindparam("of_page")).scalar_subquery(),
    )
    .values(
        # never backwards: answers may be written down out of turn
        last_seen=case((versions.c.last_seen < _SEEN, _SEEN), else_=versions.c.last_seen),
        visits=versions.c.visits + 1,
    )
)

HAS_PAYLOAD = select(payloads.c.id).where(payloads.c.digest == bindparam("named"))
ADD_PAYLOAD = payloads.insert()
ADD_SNAPSHOT = snapshots.insert()
IS_WAITING = select(waiting.c.snapshot_id).where(waiting.c.snapshot_id == _KEY)
AWAIT = waiting.insert()
SETTLE = waiting.delete().where(waiting.c.snapshot_id == _KEY)

_LAST_NUMBER = select(func.coalesce(func.max(versions.c.number), 0)).where(versions.c.page_id == bindparam("of_page"))
ADD_VERSION = (
    versions.insert().values(number=_LAST_NUMBER.scalar_subquery() + 1).returning(versions.c.id, versions.c.number)
)
SET_VERSION = pages.update().where(pages.c.id == _KEY).values(version=bindparam("to"))

ADD_CHANGE = changes.insert().values(
    page_id=bindparam("of_page"),
    site_id=select(pages.c.site_id).where(pages.c.id == bindparam("of_page")).scalar_subquery(),
)
IN_WAVES = select(waves.c.change_id).where(waves.c.change_id.in_(bindparam("among", expanding=True)))
ADD_WAVE = waves.insert()
ADD_NOTICE = notices.insert()

HAS_FILE = select(files.c.id).where(files.c.page_id == bindparam("of_page"), files.c.url == bindparam("at_url"))
ADD_FILE = files.insert()
UPDATE_FILE = files.update().where(files.c.id == _KEY)
FORGET_FILE = files.delete().where(files.c.page_id == bindparam("of_page"), files.c.url == bindparam("at_url"))
