"""Run by test_crash.py: children write units into an archive until they are killed, over and over.

One process that imports once and forks: each child opens the archive, and writes a byte down a pipe for each unit
that `writing` has committed. Prints, as JSON, how many units each child had been promised.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import select
import signal
import sys
import time
from collections.abc import Callable

from changes.kinds import Finding, Kind
from changes.release import Release
from storage.archive import Archive
from storage.records import PageState
from storage.unit import Visit
from tests.contract.desk import NOON


def write_for_ever(url: str, child: int, committed: Callable[[], object]) -> None:
    """Units as the archivist writes them; a body in three is new, and big enough for the journal to be folded in."""
    rnd = random.Random(child)
    with Archive.open(url) as archive:
        with archive.writing() as unit:
            site = unit.add_site("press.example")
        number = 0
        while True:
            body = rnd.randbytes(30_000) if number % 3 else f"{child}/{number}".encode()
            with archive.writing() as unit:
                page = unit.add_page(site.id, f"https://press.example/{child}/{number}", at=NOON, baseline=False)
                kept = unit.keep_snapshot(
                    page.id, url=page.url, status=200, headers=(), redirects=(), captured_at=NOON, body=body
                )
                release = Release(title=page.url)
                version = unit.add_version(
                    page.id, snapshot_id=kept.id, release=release, digest=kept.digest, rules="r", at=NOON
                )
                unit.add_change(
                    page.id,
                    Finding(kind=Kind.PUBLISHED),
                    before=None,
                    after=version.number,
                    title=page.url,
                    url=page.url,
                    at=NOON,
                    baseline=False,
                )
                unit.update_page(page.id, state=PageState.LIVE, digest=kept.digest)
                unit.extend([Visit(page_id=page.id, at=NOON, status=304)])
            committed()
            number += 1


def one_life(url: str, child: int, rnd: random.Random) -> int:
    """Let a child write, kill it at some moment, and count the units it was promised."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            write_for_ever(url, child, lambda: os.write(writing, b"."))
        os._exit(1)
    os.close(writing)
    # one in four dies while it opens the archive, the others in the midst of a unit
    promised = 0
    target = 0 if child % 4 == 0 else rnd.randrange(1, 40)
    while promised < target:
        got = len(os.read(reading, 64))
        if not got:
            raise SystemExit(f"child {child} ended by itself after {promised} units")
        promised += got
    moment = time.perf_counter() + rnd.random() * (0.1 if target == 0 else 0.004)
    while time.perf_counter() < moment:
        select.select([reading], [], [], 0)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    while got := len(os.read(reading, 4096)):
        promised += got
    os.close(reading)
    return promised


if __name__ == "__main__":
    chance = random.Random(int(sys.argv[3]))
    # Alembic is imported once, here, and not by every child
    Archive.open(sys.argv[1]).close()
    json.dump([one_life(sys.argv[1], child, chance) for child in range(int(sys.argv[2]))], sys.stdout)
