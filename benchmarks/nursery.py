"""Processes that are born to be killed: the command line itself, or a fork of a process that has imported it before.

A command takes a second to import what it needs. Killed at a random moment it is mostly killed while it imports; forked,
it is killed at its work.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120.0  #: seconds after which a command that does not end is a failure by itself


class Nursery:
    """Runs commands in processes of their own; what they say goes to `crawl.log` in their folder."""

    def __init__(self) -> None:
        self._mother = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.nursery"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )

    def close(self) -> None:
        """End the mother; she has no children left."""
        self._mother.communicate()  # the end of her input is hers

    def run(self, folder: Path, words: Sequence[str], *, forked: bool, kill_after: float | None) -> int | None:
        """Run one command; its exit code, or None where it was killed."""
        return (self._fork if forked else self._command)(folder, words, PATIENCE if kill_after is None else kill_after)

    @staticmethod
    def _command(folder: Path, words: Sequence[str], seconds: float) -> int | None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with (folder / "crawl.log").open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "pressvakt", *words], cwd=folder, env=environment, stdout=log, stderr=log
            )
        try:
            return child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            return None if child.wait() < 0 else child.returncode

    def _fork(self, folder: Path, words: Sequence[str], seconds: float) -> int | None:
        assert self._mother.stdin is not None
        assert self._mother.stdout is not None
        self._mother.stdin.write(json.dumps([str(folder), list(words)]).encode() + b"\n")
        pid = int(self._mother.stdout.readline())
        if not select.select([self._mother.stdout], [], [], seconds)[0]:
            os.kill(pid, signal.SIGKILL)  # not reaped yet: the mother does that, and then answers
        code = int(self._mother.stdout.readline())
        return None if code < 0 else code


def mother() -> None:
    """Fork a command for each line on standard input; say its process id at once, and its exit code at its end."""
    import crawler.process  # noqa: F401, PLC0415 - what commands need, imported once
    import pressvakt.commands.backup  # noqa: PLC0415
    import pressvakt.commands.crawl  # noqa: PLC0415
    import pressvakt.commands.import_  # noqa: PLC0415
    import pressvakt.commands.purge  # noqa: PLC0415
    import pressvakt.commands.reread  # noqa: F401, PLC0415
    from pressvakt.cli import main as command  # noqa: PLC0415

    for line in sys.stdin:
        folder, words = json.loads(line)
        pid = os.fork()
        if pid == 0:
            os.chdir(folder)
            log = os.open("crawl.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.dup2(log, 1)
            os.dup2(log, 2)
            os._exit(command(words))
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):  # whoever asked is gone
        mother()
