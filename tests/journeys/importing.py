"""An installation that watches an invented press office, and the command line over it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pressvakt.cli import main
from storage.archive import Archive
from storage.records import Change, Page, Version
from tests.past import OFFICE

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """\
contact = "test@pressvakt.example"
[storage]
database = "sqlite:///press.db?timeout=5"
[network]
allow_private = ["127.0.0.1"]
"""
PROFILE = """\
title = "The Press Office of Alvik"
base_url = "{url}"
language = "en"
time_zone = "Europe/Stockholm"
pages = ['^/news/[^/]+$']
[[discovery]]
kind = "html"
url = "/news/"
[[release]]
name = "plain"
region = "main"
title = ["h1"]
body = ["div.text"]
published = ["p.date"]
attachments = ["ul.files a"]
[crawl]
delay = "0s"
"""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What one command line did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it wrote, read as JSON."""
        return json.loads(self.out)


class Desk:
    """A folder with a configuration, and commands run in it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], *, url: str = OFFICE) -> None:
        self.folder = folder
        self.database = folder / "press.db"
        self._capsys = capsys
        (folder / "sites").mkdir()
        (folder / "pressvakt.toml").write_text(CONFIG)
        (folder / "sites" / "office.toml").write_text(PROFILE.format(url=url))

    def run(self, *arguments: str | Path) -> Said:
        """`pressvakt ARGUMENTS`, in this process."""
        self._capsys.readouterr()
        code = main([*map(str, arguments), "--config", str(self.folder / "pressvakt.toml")])
        found = self._capsys.readouterr()
        return Said(code=code, out=found.out, err=found.err)

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """The same in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "pressvakt", *map(str, arguments)],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def archive(self) -> Archive:
        """The archive, to look at."""
        return Archive.open(f"sqlite:///{self.database}")

    def page(self, url: str = f"{OFFICE}/news/bridge") -> Page:
        """A watched page."""
        with self.archive() as archive:
            (page,) = archive.find_page(url)
            return page

    def versions(self, url: str = f"{OFFICE}/news/bridge") -> list[Version]:
        """The versions of a page."""
        with self.archive() as archive:
            return archive.versions(self.page(url).id)

    def changes(self) -> list[Change]:
        """All changes."""
        with self.archive() as archive:
            return list(archive.changes())
