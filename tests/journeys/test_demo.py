"""The demo's week, held against what truly happened in it."""

from __future__ import annotations

import email
import email.policy
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pressvakt.cli import main
from pressvakt.demo import story
from storage.archive import Archive

Told = tuple[int, str, str, str, tuple[str, ...], bool | None]


def test_the_demo_tells_each_thing_that_happened_once_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["demo", "--keep", str(tmp_path), "--quiet"])
    shown = capsys.readouterr()
    with Archive.open(f"sqlite:///{tmp_path / 'pressvakt-demo.db'}") as archive:
        told: Counter[Told] = Counter(
            (
                (change.detected_at.date() - story.date(0)).days,
                str(change.kind),
                change.site,
                urlsplit(change.url).path,
                change.finding.fields,
                change.finding.silent,
            )
            for change in archive.changes()
        )
        problems = archive.check()
    true: Counter[Told] = Counter(
        (event.day, str(event.kind), event.site, event.path, event.fields, event.silent)
        for day in story.days()
        for event in story.truth(day)
    )

    assert (code, problems) == (0, [])
    assert told == true
    assert "Subject: Changed: 160 → 100 berths" in shown.out
    assert "What next" in shown.out
    assert "Traceback" not in shown.err


def test_what_the_demo_kept_can_be_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["demo", "--keep", str(tmp_path), "--mail-dir", str(tmp_path / "mail"), "--quiet"])
    said = capsys.readouterr().out
    mails = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in sorted((tmp_path / "mail").glob("*.eml"))
    ]
    assert mails[0]["Subject"] in said
    assert all(mail["To"] == "editor@herald.example" for mail in mails)
    config = ["--config", str(tmp_path / "pressvakt.toml")]
    with Archive.open(f"sqlite:///{tmp_path / 'pressvakt-demo.db'}") as archive:
        silent = next(change for change in archive.changes() if change.finding.silent)

    assert main(["changes", "--kind", "edited", "--format", "jsonl", *config]) == 0
    assert '"silent": true' in capsys.readouterr().out
    assert main(["history", silent.url, *config]) == 0
    assert "edited" in capsys.readouterr().out
    assert main(["diff", silent.url, "1..2", *config]) == 0
    assert "[-" in capsys.readouterr().out
    assert main(["notices", *config]) == 0
    assert "layout-changed" in capsys.readouterr().out
    assert main(["sites", *config]) == 0
    assert "demo-sv" in capsys.readouterr().out
