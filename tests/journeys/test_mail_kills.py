"""Killed between a change and its mail, nothing is lost: a small run of `benchmarks.mail_kills`."""

from __future__ import annotations

from pathlib import Path

from benchmarks.mail_kills import Trial


def test_each_reader_hears_of_each_edit_though_crawls_and_sendings_are_killed(tmp_path: Path) -> None:
    report = Trial(tmp_path / "installation", seed=5).run(kills=4)

    assert report.faults == []
    assert report.kills == 4
    assert report.repeated <= report.kills
