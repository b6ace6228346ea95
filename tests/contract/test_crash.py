"""Killed at any moment, an archive has lost nothing that it had promised, and nothing in it is half."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from storage.archive import Archive
from storage.records import PageState
from tests.contract.backends import Backend

ROOT = Path(__file__).resolve().parents[2]
KILLS = 20


def test_twenty_kills_lose_nothing_and_leave_nothing_half(backend: Backend) -> None:
    url = backend.url()
    ran = subprocess.run(
        [sys.executable, "-m", "tests.contract.crash_writer", url, str(KILLS), "7"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    promised = json.loads(ran.stdout)
    assert len(promised) == KILLS
    assert sum(promised) > KILLS

    with Archive.open(url) as archive:
        assert archive.check() == []
        site = archive.site("press.example")
        assert site is not None
        pages = list(archive.pages(site.id))
        for page in pages:
            (snapshot,) = archive.snapshots(page.id)
            (version,) = archive.versions(page.id)
            archive.payload(snapshot.digest)
            assert version.release.title == page.url
            assert (version.snapshot_id, version.visits) == (snapshot.id, 2)
            assert (page.state, page.version, page.digest) == (PageState.LIVE, 1, snapshot.digest)
        assert [change.url for change in archive.changes()] == [page.url for page in pages]
        kept = Counter(int(page.url.split("/")[-2]) for page in pages)

    # a unit may have been committed in the very moment before its promise could be given, but one at most
    for child, units in enumerate(promised):
        assert units <= kept[child] <= units + 1
