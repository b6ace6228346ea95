"""Duties: what one process at a time does for a whole archive, such as looking at the clock.

A duty is a lease like that of a site: a row with a heartbeat, which ends when it is given back, when its holder was not
heard of, or at once when that is a process of this machine that is dead.
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import bindparam

from storage.errors import ArchiveError, LeaseLost, UnderWay
from storage.leases import TERM, Holder
from storage.service_tables import duties

if TYPE_CHECKING:
    from sqlalchemy import Row

    from storage.archive import Archive

logger = logging.getLogger(__name__)

#: The duty of `pressvakt run`.
SERVICE = "service"

_NAMED = duties.c.name == bindparam("called")
_LOOK = duties.select().where(_NAMED)
_TAKE = duties.insert()
_DROP = duties.delete().where(_NAMED)
_MINE = (_NAMED, duties.c.token == bindparam("mine"))
_RENEW = duties.update().where(*_MINE).values(renewed_at=bindparam("heard"))
_RELEASE = duties.delete().where(*_MINE)


class Duty:
    """A duty that this process has; `take_duty` gives one."""

    def __init__(self, archive: Archive, name: str, token: str, clock: Callable[[], dt.datetime]) -> None:
        self._archive = archive
        self.name = name
        self.token = token
        self._clock = clock

    def renew(self) -> None:
        """Say that we are still here, each `storage.leases.BEAT`.

        Raises:
            LeaseLost: another process has taken over.
        """
        with self._archive.writing() as unit:
            sql = unit._sql  # noqa: SLF001 - same room
            heard = self._clock() + self._archive._database.clock_ahead(sql)  # noqa: SLF001
            if sql.run(_RENEW, {"called": self.name, "mine": self.token, "heard": heard}).rowcount != 1:
                raise LeaseLost(f"the {self.name} of this archive was taken over by another process")

    def release(self) -> None:
        """Give it back. Where that cannot be written, it runs out by itself."""
        try:
            with self._archive.writing() as unit:
                unit._sql.run(_RELEASE, {"called": self.name, "mine": self.token})  # noqa: SLF001 - same room
        except ArchiveError as error:
            logger.debug("the duty was not given back: %s", error)


def take_duty(archive: Archive, name: str, *, clock: Callable[[], dt.datetime]) -> Duty:
    """Take a duty. `clock` is the wall clock (aware, UTC): heartbeats are real.

    Raises:
        UnderWay: another process has it, and is alive.
    """
    me, token = Holder.here(), secrets.token_hex(16)
    with archive.writing() as unit:
        sql = unit._sql  # noqa: SLF001 - same room
        at = clock() + archive._database.clock_ahead(sql)  # noqa: SLF001 - same room
        row = sql.first(_LOOK, {"called": name})
        if row is not None and _alive(row, at):
            raise UnderWay(
                f"the {name} of this archive runs already, since {row.taken_at:%Y-%m-%d %H:%M} UTC as process {row.pid} "
                f"on {row.host.partition('/')[0]}; stop that one first"
            )
        sql.run(_DROP, {"called": name})
        values = {"host": me.host, "pid": me.pid, "born": me.born, "token": token, "taken_at": at, "renewed_at": at}
        sql.run(_TAKE, {"name": name, **values})
    return Duty(archive, name, token, clock)


def holder_of(archive: Archive, name: str, *, now: dt.datetime) -> tuple[str, int, dt.datetime] | None:
    """Who has a duty and is alive: machine, process and since when; None where nobody does."""
    with archive._reading() as sql:  # noqa: SLF001 - same room
        row = sql.first(_LOOK, {"called": name})
        at = now + archive._database.clock_ahead(sql)  # noqa: SLF001 - same room
    if row is None or not _alive(row, at):
        return None
    return row.host.partition("/")[0], row.pid, row.taken_at


def _alive(row: Row[object], at: dt.datetime) -> bool:
    dead = Holder(host=row.host, pid=row.pid, born=row.born).is_dead()
    # abs: a clock that was set back must not make a duty hold for years
    return abs(at - row.renewed_at) < TERM and not dead
