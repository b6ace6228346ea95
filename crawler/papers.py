"""The text of files, read in a process of its own that is stopped where one takes too long or too much memory.

A file comes from outside: it may be made to hold its reader for ever. The process reads one file after another, is
started with the first, and anew after one that it did not survive.

A file and its answer are frames: eight bytes of length, then the bytes; an answer is JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO

#: Seconds and bytes of memory that one file may take.
LIMIT, MEMORY = 60.0, 1024**3
#: Files that one process reads: parsers of damaged files may keep what they took.
LIVES = 200

_FRAME = 8


@dataclass(frozen=True, kw_only=True)
class Paper:
    """What a file says: its paragraphs, or why none could be read."""

    paragraphs: tuple[str, ...] = ()
    problem: str | None = None


class Papers:
    """Reads files beside this process. All calls come from one thread."""

    def __init__(self, *, limit: float = LIMIT) -> None:
        self._limit = limit
        self._process: subprocess.Popen[bytes] | None = None
        self._read = 0

    def read(self, body: bytes) -> Paper:
        """The text of a file. Never raises: whatever is wrong with a file stands in `problem`."""
        try:
            process = self._alive()
        except OSError as error:
            return Paper(problem=f"no process could be started to read it: {error}")
        late = threading.Timer(self._limit, process.kill)
        late.start()
        try:
            answer = _ask(process, body)
        finally:
            late.cancel()
        if answer is None:
            over = late.finished.is_set() and process.wait() == -9
            self.close()
            return Paper(
                problem=f"reading it took longer than {self._limit:.0f} s" if over else "reading it ended the process"
            )
        return answer

    def close(self) -> None:
        """End the process."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        self._process, self._read = None, 0

    def _alive(self) -> subprocess.Popen[bytes]:
        if self._read >= LIVES or (self._process is not None and self._process.poll() is not None):
            self.close()
        if self._process is None:
            path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "crawler.papers"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
            )
        self._read += 1
        return self._process


def _ask(process: subprocess.Popen[bytes], body: bytes) -> Paper | None:
    """The process's answer about a file; None where it died of it."""
    if process.stdin is None or process.stdout is None:
        return None
    with contextlib.suppress(OSError, ValueError):
        _send(process.stdin, body)
        answer = _receive(process.stdout)
        if answer:
            said = json.loads(answer)
            return Paper(paragraphs=tuple(said["paragraphs"]), problem=said["problem"])
    return None


def _send(stream: IO[bytes], frame: bytes) -> None:
    stream.write(len(frame).to_bytes(_FRAME, "big") + frame)
    stream.flush()


def _receive(stream: IO[bytes]) -> bytes:
    """A frame; empty at the stream's end."""
    head = stream.read(_FRAME)
    return stream.read(int.from_bytes(head, "big")) if len(head) == _FRAME else b""


def _serve() -> None:
    """Read files until nobody brings any more."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - absent on Windows

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    from crawler.reading.documents import NoTextError, document_text  # noqa: PLC0415 - after the limit

    while body := _receive(sys.stdin.buffer):
        answer: dict[str, object] = {"paragraphs": [], "problem": None}
        try:
            answer["paragraphs"] = document_text(body)
        except (NoTextError, MemoryError) as error:
            answer["problem"] = str(error) or "it needs more memory than is given"
        _send(sys.stdout.buffer, json.dumps(answer).encode())


if __name__ == "__main__":
    import logging
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever interrupts the crawl lets it end in order
    logging.disable(logging.CRITICAL)  # what is wrong with a file is said once, by its answer
    with contextlib.suppress(BrokenPipeError):
        _serve()
