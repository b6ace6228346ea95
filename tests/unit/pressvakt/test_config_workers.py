"""`[workers]` in `pressvakt.toml`."""

from __future__ import annotations

from pathlib import Path

import pytest

from pressvakt.config import ConfigError, load_config
from pressvakt.config_workers import Workers


def configured(folder: Path, text: str) -> Workers:
    (folder / "sites").mkdir()
    (folder / "pressvakt.toml").write_text(text)
    return load_config(folder / "pressvakt.toml", cwd=folder, environ={}, crawling=False).workers


def test_workers_are_as_they_are_unless_the_file_says_otherwise(tmp_path: Path) -> None:
    assert configured(tmp_path, "") == Workers(crawls=4, batch=500)


def test_the_file_says_how_many_crawls_a_worker_runs_and_how_large_they_are(tmp_path: Path) -> None:
    assert configured(tmp_path, "[workers]\ncrawls = 8\nbatch = 50\n") == Workers(crawls=8, batch=50)


@pytest.mark.parametrize(
    ("line", "complaint"), [("crawls = 0", "crawls"), ("batch = 1.5", "no whole number"), ("crawl = 2", "crawls")]
)
def test_what_cannot_be_is_refused_with_its_line(tmp_path: Path, line: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=rf"pressvakt\.toml:2.*{complaint}"):
        configured(tmp_path, f"[workers]\n{line}\n")
