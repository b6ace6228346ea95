"""Leases: at most one crawl of a site at a time, over all processes that share an archive.

A lease is a row with a heartbeat. It ends when it is given back, when its holder was not heard of for `TERM`, or at
once when the holder is a process of this machine that is dead: after a kill -9 nobody waits. A holder that was held up
for longer than that writes nothing more: each of its units first looks whether the lease is still its own.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import secrets
import socket
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import bindparam

from storage.archive import Archive
from storage.errors import ArchiveError, LeaseLost, UnderWay
from storage.tables import leases

if TYPE_CHECKING:
    from sqlalchemy import Row

    from storage.database import Sql

logger = logging.getLogger(__name__)

TERM = dt.timedelta(seconds=30)  #: how long a lease holds after its last heartbeat
BEAT = TERM / 3  #: how often to `renew`

_OF_SITE = leases.c.site_id == bindparam("of_site")
_LEASE = leases.select().where(_OF_SITE)
_TAKE = leases.insert()
_DROP = leases.delete().where(_OF_SITE)
_MINE = (_OF_SITE, leases.c.token == bindparam("mine"))
_RENEW = leases.update().where(*_MINE).values(renewed_at=bindparam("heard"))
_RELEASE = leases.delete().where(*_MINE)


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A process, so exactly that no other is ever taken for it."""

    host: str  #: the machine since its last start, and the process namespace (a container's) within it
    pid: int
    born: str  #: when the process began, in the system's own count; empty where the system does not tell

    @classmethod
    def here(cls) -> Self:
        """This process."""
        pid = os.getpid()
        return cls(host=_host(), pid=pid, born=_born(pid) or "")

    def is_dead(self) -> bool:
        """Whether this is a process of this machine that has ended. False where that cannot be known from here."""
        if self.host != _host():
            return False
        if self.born:
            return _born(self.pid) != self.born
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except OSError:
            return False  # there, and another user's
        return False


class Leased(Archive):
    """The archive as the holder of a site's lease writes it; `take` gives one, `release` gives it back.

    Raises (from every unit):
        LeaseLost: another crawl has taken over, because we were not heard of for too long. Nothing was written.
    """

    def __init__(self, archive: Archive, site_id: int, token: str, clock: Callable[[], dt.datetime]) -> None:
        super().__init__(archive._database, archive.now)  # noqa: SLF001 - it is the same archive
        self._leased_site = site_id
        self._token = token
        self._clock = clock
        self._heard = time.monotonic()

    def close(self) -> None:
        """Give the lease back. The archive itself belongs to who opened it, and stays open."""
        self.release()

    def release(self) -> None:
        """Give the lease back, if it is still ours. Where that cannot be written, it runs out by itself."""
        try:
            with self._database.writing() as sql:
                sql.run(_RELEASE, {"of_site": self._leased_site, "mine": self._token})
        except ArchiveError as error:
            # whatever keeps us from writing has been told by the unit that met it first
            logger.debug("the lease was not given back: %s", error)

    def renew(self) -> None:
        """Say that we are still here. Call it each `BEAT`; a unit that is written says it too."""
        with self._database.writing() as sql:
            self._beat(sql)

    def _begin(self, sql: Sql) -> None:
        # Asked inside the transaction: while we hold it, nobody can take the lease from us.
        if time.monotonic() - self._heard >= BEAT.total_seconds():
            self._beat(sql)

    def _beat(self, sql: Sql) -> None:
        mine = {
            "of_site": self._leased_site,
            "mine": self._token,
            "heard": self._clock() + self._database.clock_ahead(),
        }
        if sql.run(_RENEW, mine).rowcount != 1:
            raise LeaseLost(
                f"{self._database.where}: this crawl was held up for so long that another took over; it wrote no more"
            )
        self._heard = time.monotonic()


def take(
    archive: Archive, name: str, *, clock: Callable[[], dt.datetime], holder: Callable[[], Holder] = Holder.here
) -> Leased:
    """The lease of the site of that name, added where it is new.

    `clock` is the wall clock (aware, UTC), whatever time the crawl itself lives in: heartbeats are real.

    Raises:
        UnderWay: another crawl of the site is alive.
    """
    me, token = holder(), secrets.token_hex(16)
    with archive.writing() as unit:
        site = unit.add_site(name)
        sql, at = unit._sql, clock() + archive._database.clock_ahead()  # noqa: SLF001 - same room
        row = sql.first(_LEASE, {"of_site": site.id})
        if row is not None and _alive(row, at):
            raise UnderWay(
                f"{name} is being worked on since {row.taken_at:%Y-%m-%d %H:%M} UTC by process {row.pid} on "
                f"{row.host.partition('/')[0]}; wait until it has ended"
            )
        values: dict[str, Any] = {"host": me.host, "pid": me.pid, "born": me.born, "token": token}
        sql.run(_DROP, {"of_site": site.id})
        sql.run(_TAKE, {"site_id": site.id, **values, "taken_at": at, "renewed_at": at})
    return Leased(archive, site.id, token, clock)


def _alive(row: Row[Any], at: dt.datetime) -> bool:
    # abs: a clock that was set back must not make a lease hold for years
    return abs(at - row.renewed_at) < TERM and not Holder(host=row.host, pid=row.pid, born=row.born).is_dead()


def _host() -> str:
    """`NAME/BOOT/NAMESPACE`: a process number means something there and nowhere else."""
    boot = _read(Path("/proc/sys/kernel/random/boot_id")) or f"{uuid.getnode():x}"
    try:
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        namespace = ""
    return f"{socket.gethostname()}/{boot.strip()}/{namespace}"


def _born(pid: int) -> str | None:
    """When a process began, in clock ticks since the machine did; None where there is none, or it only waits to be buried."""
    stat = _read(Path(f"/proc/{pid}/stat"))
    if stat is None:
        return None
    state, *fields = stat.rpartition(")")[2].split()  # proc(5): the name before it may hold anything
    return None if state in "ZX" else fields[18]


def _read(path: Path) -> str | None:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return None
