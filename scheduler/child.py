"""One crawl process as the supervisor sees it: what it was given, what it is reading, and whether it still moves."""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from crawler.orders import Counted, Ended, Order, Reading, Ready, Stop, Word, decode, receive_frame, send_frame

#: How much more slowly time passes at most for a process that does not get to work.
LENIENT = 4


@dataclass(kw_only=True)
class Held:
    """What a crawl is reading, and for how long."""

    what: str
    seconds: float = 0.0


@dataclass(eq=False, kw_only=True)
class Process:
    """A crawl process. All but its reader thread belongs to the supervisor's thread."""

    popen: subprocess.Popen[bytes]
    end: socket.socket
    alone: bool = False  #: for one crawl that may hold it
    ready: bool = False
    begun: int = 0  #: crawls that it was given
    orders: dict[str, Order] = field(default_factory=dict)  #: those that have not ended
    reading: dict[str, Held] = field(default_factory=dict)
    counts: dict[str, tuple[int, int]] = field(default_factory=dict)  #: pages planned and ended, by crawl
    silent: float = 0.0  #: seconds since it last said anything
    spent: float | None = None  #: seconds of the processor that it has had
    draining: bool = False  #: it gets no more crawls
    doomed: bool = False  #: it is being killed
    killed: bool = False  #: because something held it too long, and not because it did not start

    def give(self, order: Order) -> None:
        """Hand a crawl on. Where the process is dying, its end is told soon."""
        self.begun += 1
        self.orders[order.key] = order
        self._send(pickle.dumps(order))

    def stop(self) -> None:
        """Have it end its crawls in order."""
        self.draining = True
        self._send(pickle.dumps(Stop()))

    def kill(self) -> None:
        """End it at once: what holds it does not hear of anything gentler."""
        self.popen.kill()

    def close(self) -> None:
        """Let go of everything that was it."""
        self.popen.kill()
        self.popen.wait()
        self.end.close()

    def hear(self, word: Word) -> None:
        """Take note of what it says."""
        self.silent = 0.0
        if isinstance(word, Ready):
            self.ready = True
        elif isinstance(word, Reading):
            if word.what is None:
                self.reading.pop(word.key, None)
            else:
                self.reading[word.key] = Held(what=word.what)
        elif isinstance(word, Counted):
            self.counts[word.key] = word.planned, word.ended
        elif isinstance(word, Ended):
            self.reading.pop(word.key, None)
            self.counts.pop(word.key, None)

    def age(self, seconds: float) -> None:
        """Time has passed without a word.

        Where the machine is too busy to let the process work, it passes more slowly, by as much as `LENIENT`.
        """
        spent = _spent(self.popen.pid)
        if spent is not None:
            worked, self.spent = spent - (self.spent or 0.0), spent
            seconds = min(seconds, max(worked, seconds / LENIENT))
        self.silent += seconds
        for held in self.reading.values():
            held.seconds += seconds

    @property
    def longest(self) -> float:
        """For how many seconds what it reads has held it."""
        return max((held.seconds for held in self.reading.values()), default=0.0)

    def _send(self, data: bytes) -> None:
        try:
            send_frame(self.end, data)
        except OSError:
            self.draining = True


def _spent(pid: int) -> float | None:
    """Seconds of the processor that a process has had; None where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # proc(5): utime and stime
    except (OSError, ValueError, IndexError):
        return None


def spawn(setup: Callable[[], None] | None, told: Callable[[Process, Word | None], None], *, alone: bool) -> Process:
    """Start a crawl process; `told` is called with what it says, in a thread of its own, and with None at its end.

    Raises:
        OSError: it could not be started.
    """
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)  # orders never wait for a process that is held
    with theirs:
        path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
        try:
            popen = subprocess.Popen(
                [sys.executable, "-m", "crawler.child"], stdin=theirs.fileno(), env={**os.environ, "PYTHONPATH": path}
            )
        except OSError:
            ours.close()
            raise
    process = Process(popen=popen, end=ours, alone=alone)
    process._send(pickle.dumps(setup))  # noqa: SLF001 - this is its maker

    def listen() -> None:
        while (frame := receive_frame(ours)) is not None:
            try:
                word = decode(frame)
            except msgspec.MsgspecError:
                break  # it is not itself any more
            told(process, word)
        told(process, None)

    threading.Thread(target=listen, name=f"crawl process {popen.pid}", daemon=True).start()
    return process
