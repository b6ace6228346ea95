"""Leases: at most one crawl of a site, and of a host, at a time, over all processes that share an archive.

A lease is a row with a heartbeat. It ends when it is given back, when its holder was not heard of for `TERM`, or at
once when the holder is a process of this machine that is dead: after a kill -9 nobody waits. A holder that was held up
for longer than that writes nothing more: each of its units first looks whether the lease is still its own. Nor does it
ask for anything more: it knows by itself how long it is safe to (`Leased.fresh`), and whoever takes over waits until
the last request of the one before must have ended (`Leased.wait`).
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
from storage.queueing import is_current
from storage.service_tables import duties
from storage.tables import leases

if TYPE_CHECKING:
    from sqlalchemy import Row

    from storage.database import Sql
    from storage.unit import Unit

logger = logging.getLogger(__name__)

TERM = dt.timedelta(seconds=30)  #: how long a lease holds after its last heartbeat
BEAT = TERM / 3  #: how often to `renew`
#: How long after it was last renewed a holder may ask a site for something. Two beats may fail; a third is too late.
ASKING = TERM * 2 / 3

_OF_SITE = leases.c.site_id == bindparam("of_site")
_LEASE = leases.select().where(_OF_SITE)
_TAKE = leases.insert()
_DROP = leases.delete().where(_OF_SITE)
_MINE = (_OF_SITE, leases.c.token == bindparam("mine"))
_RENEW = leases.update().where(*_MINE).values(renewed_at=bindparam("heard"))
_RELEASE = leases.delete().where(*_MINE)
_LOOK = leases.select().where(*_MINE)

_FREE = ""  #: the token of a host that nobody asks; `renewed_at` is then when it was last asked
_OF_HOST = duties.c.name == bindparam("of_host")
_HOST = duties.select().where(_OF_HOST)
_TAKE_HOST = duties.insert()
_DROP_HOST = duties.delete().where(_OF_HOST)
_RENEW_HOSTS = duties.update().where(duties.c.token == bindparam("mine")).values(renewed_at=bindparam("heard"))
_FREE_HOSTS = (
    duties.update().where(duties.c.token == bindparam("mine")).values(token=_FREE, renewed_at=bindparam("heard"))
)


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


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a lease is taken for, besides the site itself."""

    hosts: tuple[str, ...] = ()  #: what will be asked; at most one holder for each
    delay: dt.timedelta = dt.timedelta(0)  #: between a request of the holder before and our first
    longest: dt.timedelta = dt.timedelta(0)  #: how long a single request may take
    fence: str | None = None  #: the job that this is for, as JOB/ATTEMPT; where that is no longer so, nothing is taken


class Leased(Archive):
    """The archive as the holder of a site's lease writes it; `take` gives one, `release` gives it back.

    Raises (from every unit):
        LeaseLost: another crawl has taken over, because we were not heard of for too long. Nothing was written.
    """

    def __init__(
        self,
        archive: Archive,
        site_id: int,
        token: str,
        clock: Callable[[], dt.datetime],
        *,
        terms: Terms = Terms(),
        heard: float | None = None,
        quiet: float = 0.0,
    ) -> None:
        super().__init__(archive._database, archive.now)  # noqa: SLF001 - it is the same archive
        self._leased_site = site_id
        self._token = token
        self._clock = clock
        self._terms = terms
        self._heard = ticks() if heard is None else heard
        self._quiet_until = self._heard + quiet
        self._lost = False
        self.last_delay = terms.delay.total_seconds()  #: seconds that the next holder waits after our last request

    @property
    def fresh(self) -> bool:
        """Whether a request that is sent now will have ended before anybody else may send one."""
        return not self._lost and ticks() - self._heard < ASKING.total_seconds()

    @property
    def wait(self) -> float:
        """Seconds until the first request may be sent: the hosts may have to answer those of the holder before."""
        return max(0.0, self._quiet_until - ticks())

    def close(self) -> None:
        """Give the lease back. The archive itself belongs to who opened it, and stays open."""
        self.release()

    def release(self) -> None:
        """Give the lease back, if it is still ours. Where that cannot be written, it runs out by itself."""
        self._lost = True
        try:
            with self._database.writing() as sql:
                sql.run(_RELEASE, {"of_site": self._leased_site, "mine": self._token})
                if self._terms.hosts:
                    # the next one waits for the delay that it knows of; it may be in for more
                    more = dt.timedelta(seconds=self.last_delay) - self._terms.delay
                    heard = self._clock() + self._database.clock_ahead(sql) + more
                    sql.run(_FREE_HOSTS, {"mine": self._token, "heard": heard})
        except ArchiveError as error:
            # whatever keeps us from writing has been told by the unit that met it first
            logger.debug("the lease was not given back: %s", error)

    def renew(self) -> None:
        """Say that we are still here. Call it each `BEAT`; a unit that is written says it too."""
        with self._database.writing() as sql:
            self._beat(sql)

    def _begin(self, sql: Sql) -> None:
        # Asked inside the transaction: while we hold it, nobody can take the lease from us.
        if ticks() - self._heard >= BEAT.total_seconds():
            self._beat(sql)
        elif self._database.shared and sql.first(_LOOK, self._mine()) is None:
            self._is_lost()  # a machine that was put to sleep as a whole does not know how long it slept

    def _beat(self, sql: Sql) -> None:
        # counted from before it is written: by then nobody else can have held us for silent any longer
        began, hosts = ticks(), self._terms.hosts
        heard = {"heard": self._clock() + self._database.clock_ahead(sql)}
        if (
            sql.run(_RENEW, self._mine() | heard).rowcount != 1
            or (hosts and sql.run(_RENEW_HOSTS, {"mine": self._token} | heard).rowcount != len(hosts))
            or (self._terms.fence is not None and not is_current(sql, self._terms.fence))
        ):
            self._is_lost()
        self._heard = began

    def _mine(self) -> dict[str, Any]:
        return {"of_site": self._leased_site, "mine": self._token}

    def _is_lost(self) -> None:
        self._lost = True
        raise LeaseLost(
            f"{self._database.where}: this crawl was held up for so long that another took over; it wrote no more"
        )


def take(
    archive: Archive,
    name: str,
    *,
    clock: Callable[[], dt.datetime],
    holder: Callable[[], Holder] = Holder.here,
    terms: Terms = Terms(),
) -> Leased:
    """The lease of the site of that name, added where it is new, and of the hosts that the terms name.

    `clock` is the wall clock (aware, UTC), whatever time the crawl itself lives in: heartbeats are real.

    Raises:
        UnderWay: another crawl of the site, or of one of the hosts, is alive.
        LeaseLost: the job that it is for was given to somebody else meanwhile.
    """
    me, began = holder(), ticks()
    token = f"{terms.fence or ''}/{secrets.token_hex(16)}".lstrip("/")
    with archive.writing() as unit:
        site = unit.add_site(name)
        sql = unit._sql  # noqa: SLF001 - same room
        at = clock() + archive._database.clock_ahead(sql)  # noqa: SLF001 - same room
        if terms.fence is not None and not is_current(sql, terms.fence):
            raise LeaseLost(f"{name}: job {terms.fence} was given to somebody else; nothing was asked or written")
        row = sql.first(_LEASE, {"of_site": site.id})
        if row is not None and _alive(row, at):
            raise UnderWay(f"{name} is being worked on {_by(row)}")
        row_of_us = {
            "host": me.host,
            "pid": me.pid,
            "born": me.born,
            "token": token,
            "taken_at": at,
            "renewed_at": at,
        }
        quiet = max((_take_host(unit, host, row_of_us, terms) for host in terms.hosts), default=dt.timedelta(0))
        sql.run(_DROP, {"of_site": site.id})
        sql.run(_TAKE, {"site_id": site.id, **row_of_us})
    return Leased(archive, site.id, token, clock, terms=terms, heard=began, quiet=quiet.total_seconds())


def ticks() -> float:
    """Seconds on a clock that nobody sets, and that goes on while the machine sleeps, where the system has one."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def _take_host(unit: Unit, host: str, values: dict[str, Any], terms: Terms) -> dt.timedelta:
    """Take a host; how long it is to be left in peace first, for the sake of who held it before."""
    sql, at, name = unit._sql, values["taken_at"], f"host {host}"  # noqa: SLF001 - same room
    row = sql.first(_HOST, {"of_host": name})
    quiet = dt.timedelta(0)
    if row is not None:
        if row.token != _FREE and _alive(row, at):
            raise UnderWay(f"{host} is being asked {_by(row)}")
        quiet = terms.delay + (_last_asked(row, at, terms) - at)
        longest = terms.delay + ASKING + terms.longest
        quiet = min(max(quiet, dt.timedelta(0)), longest)  # a clock that was set back keeps nobody out
        sql.run(_DROP_HOST, {"of_host": name})
    sql.run(_TAKE_HOST, {"name": name, **values})
    return quiet


def _last_asked(row: Row[Any], at: dt.datetime, terms: Terms) -> dt.datetime:
    """When the last request of a holder that is gone must have ended."""
    if row.token == _FREE:
        return row.renewed_at  # type: ignore[no-any-return]
    if _holder(row).is_dead():
        return at  # its connections ended with it
    # silent, on another machine: it may have asked for as long as it was sure of itself, and then awaits an answer
    return row.renewed_at + ASKING + terms.longest  # type: ignore[no-any-return]


def _by(row: Row[Any]) -> str:
    return (
        f"since {row.taken_at:%Y-%m-%d %H:%M} UTC by process {row.pid} on {row.host.partition('/')[0]}; "
        "wait until it has ended"
    )


def _holder(row: Row[Any]) -> Holder:
    return Holder(host=row.host, pid=row.pid, born=row.born)


def _alive(row: Row[Any], at: dt.datetime) -> bool:
    # abs: a clock that was set back must not make a lease hold for years
    return abs(at - row.renewed_at) < TERM and not _holder(row).is_dead()


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
