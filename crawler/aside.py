"""A process beside the crawl that takes the first look at each answer, so that two cores share the work.

Pages are fetched, kept and judged in this process; what costs most, parsing and reading them, is done in the other.
A page that holds its reader for ever, or kills it, takes nothing else with it: it counts as unreadable, the process is
started again, and the pages behind it are asked for once more.

Questions and answers are length-prefixed MessagePack frames on a pair of sockets; one end is the other process's
standard input. Where there are no such pairs (Windows) pages are read where they are kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import pickle
import socket
import struct
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from crawler.reading.glance import Glance, Question, glance

if TYPE_CHECKING:
    from crawler.reading.profiles import ReleaseRules, SiteProfile

#: Seconds that one page may take. The longest real one, two megabytes of tables, takes two.
LIMIT = 60.0
#: Questions that are with the process at a time: one that it reads, and two that lie ready.
AHEAD = 3
#: A process that died so often is not started again.
LIVES = 5

_LENGTH = struct.Struct("!I")
_ANSWER = msgspec.msgpack.Decoder(Glance)

logger = logging.getLogger(__name__)


class UnreadableError(Exception):
    """A page that held its reader too long, or killed it."""


class Aside:
    """Takes first looks in a process of its own. All calls come from one event loop."""

    def __init__(self, profile: SiteProfile, rules: Sequence[ReleaseRules], *, limit: float = LIMIT) -> None:
        self._task = pickle.dumps((profile, tuple(rules)))
        self._limit = limit
        self._lives = LIVES
        self._wanted: deque[tuple[Question, asyncio.Future[Glance | None]]] = deque()
        self._asked: deque[tuple[Question, asyncio.Future[Glance | None]]] = deque()
        self._writer: asyncio.StreamWriter | None = None
        self._over = False
        self._busy = asyncio.Event()
        self._runner = asyncio.create_task(self._run()) if hasattr(socket, "AF_UNIX") else None

    async def look(self, question: Question) -> Glance | None:
        """What the process found; None where there is none, or none any more.

        Raises:
            UnreadableError: the page held the process too long, or killed it.
        """
        if self._runner is None or self._over:
            return None
        future: asyncio.Future[Glance | None] = asyncio.get_running_loop().create_future()
        self._wanted.append((question, future))
        self._ask()
        return await future

    async def close(self) -> None:
        """End the process."""
        if self._runner is not None:
            self._runner.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._runner

    def _ask(self) -> None:
        """Hand on as many questions as may lie ready."""
        while self._writer is not None and self._wanted and len(self._asked) < AHEAD:
            question, future = self._wanted.popleft()
            frame = msgspec.msgpack.encode(question)
            self._writer.write(_LENGTH.pack(len(frame)) + frame)
            self._asked.append((question, future))
            self._busy.set()

    async def _run(self) -> None:
        try:
            while self._lives:
                self._lives -= 1
                await self._live()
        except OSError as error:
            logger.warning("no process reads beside the crawl, which goes on by itself: %s", error)
        finally:
            self._over = True
            for _, future in (*self._asked, *self._wanted):
                if not future.done():
                    future.set_result(None)

    async def _live(self) -> None:
        """One process, from its start to its death."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = _start(theirs)
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        try:
            writer.write(_LENGTH.pack(len(self._task)) + self._task)
            await _frame(reader)  # it has come so far as to read
            self._writer = writer
            self._ask()
            await self._answers(reader)
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError) as error:
            self._died(error)
        finally:
            self._writer = None
            writer.close()
            process.kill()
            await asyncio.to_thread(process.wait)

    async def _answers(self, reader: asyncio.StreamReader) -> None:
        while True:
            await self._busy.wait()
            async with asyncio.timeout(self._limit):
                frame = await _frame(reader)
            _, future = self._asked.popleft()
            if not self._asked:
                self._busy.clear()
            self._ask()
            if not future.done():
                future.set_result(_ANSWER.decode(frame) if frame else None)

    def _died(self, error: BaseException) -> None:
        """Blame the page that was being read, and have those behind it asked for again."""
        if self._asked:
            question, future = self._asked.popleft()
            why = f"took longer than {self._limit:.0f} s" if isinstance(error, TimeoutError) else "ended the process"
            logger.error("%s cannot be read: reading it %s", question.url, why)
            if not future.done():
                future.set_exception(UnreadableError(f"reading it {why}"))
        self._wanted.extendleft(reversed(self._asked))
        self._asked.clear()
        self._busy.clear()


async def _frame(reader: asyncio.StreamReader) -> bytes:
    (size,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    return await reader.readexactly(size)


def _start(end: socket.socket) -> subprocess.Popen[bytes]:
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    return subprocess.Popen(
        [sys.executable, "-m", "crawler.aside"], stdin=end.fileno(), env={**os.environ, "PYTHONPATH": path}
    )


def _serve(end: socket.socket) -> None:
    """Answer questions until nobody asks any more."""
    stream = end.makefile("rwb")

    def receive() -> bytes:
        head = stream.read(_LENGTH.size)
        return stream.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else b""

    def send(frame: bytes) -> None:
        stream.write(_LENGTH.pack(len(frame)) + frame)
        stream.flush()

    profile, rules = pickle.loads(receive())  # noqa: S301 - from the process that started this one
    send(b"ready")
    questions = msgspec.msgpack.Decoder(Question)
    while frame := receive():
        try:
            found = msgspec.msgpack.encode(glance(questions.decode(frame), profile, rules))
        except Exception:  # noqa: BLE001 - the archivist meets it again, and says so
            found = b""
        send(found)


if __name__ == "__main__":
    import signal

    from crawler.orphans import die_with_parent

    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever interrupts the crawl lets it end in order
    with contextlib.suppress(BrokenPipeError, ConnectionError), socket.socket(fileno=0) as ours:
        _serve(ours)
