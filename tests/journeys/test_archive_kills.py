"""Killed at any moment, an import, a rereading, a backup and a purge lose nothing, and the next run comes to the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.kills_archive import ERRANDS, trial


@pytest.mark.timeout(300)
def test_killed_errands_come_to_the_end_that_undisturbed_ones_come_to(tmp_path: Path) -> None:
    report = trial(tmp_path, kills=len(ERRANDS), pages=16, seed=4, most=1)

    assert report.faults == []
    assert sum(report.kills.values()) == len(ERRANDS)
