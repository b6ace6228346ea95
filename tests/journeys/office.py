"""An installation in a folder, and its command run as people run it: `python -m pressvakt crawl` in a child process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from storage.archive import Archive
from tests.press_site import PressSite

ROOT = Path(__file__).resolve().parents[2]
CRAWL = (sys.executable, "-m", "pressvakt", "crawl", "--all", "--quiet")

_CONFIG = """\
contact = "test@pressvakt.example"
[storage]
database = "sqlite:///press.db?timeout=0.5"
[network]
allow_private = ["127.0.0.1"]
"""
_PROFILE = """\
extends = "regeringen.se"
base_url = "{url}"
[crawl]
delay = "0s"
concurrency = 4
[removal]
visits = 2
gone_visits = 2
span = "0s"
"""


class Office:
    """A folder with a configuration that watches a `PressSite`."""

    def __init__(self, folder: Path, site: PressSite) -> None:
        self.folder = folder
        self.site = site
        self.database = folder / "press.db"
        (folder / "sites").mkdir()
        (folder / "pressvakt.toml").write_text(_CONFIG)
        self.watch("press")
        self._seen = 0

    def watch(self, name: str, *, host: str = "127.0.0.1") -> None:
        """Watch the site under a name, besides those that it has."""
        url = self.site.url.replace("127.0.0.1", host)
        profile = _PROFILE.format(url=url)
        if url != self.site.url:  # nor has it the names of the real one, which would be hosts of both
            profile = profile.replace("[crawl]", "aliases = []\n[crawl]")
        (self.folder / "sites" / f"{name}.toml").write_text(profile)

    def start(self, *, before: Sequence[str] = ()) -> subprocess.Popen[str]:
        """Begin a crawl. `before` is put in front of the command: a shell that sets limits, say."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.Popen(
            [*before, *CRAWL],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def crawl(self, *, before: Sequence[str] = ()) -> tuple[int, list[str]]:
        """Crawl; the exit code, and the lines on standard error."""
        return ended(self.start(before=before))

    def archive(self) -> Archive:
        """The archive, opened."""
        return Archive.open(f"sqlite:///{self.database}")

    def news(self) -> list[tuple[str, str]]:
        """The kind and path of each change since this was last asked, sorted; nothing may be wrong with the archive."""
        with self.archive() as archive:
            assert archive.check() == []
            found = list(archive.changes(after_id=self._seen))
        self._seen = max([self._seen, *(change.id for change in found)])
        return sorted((str(change.kind), change.url.removeprefix(self.site.url)) for change in found)


def ended(child: subprocess.Popen[str]) -> tuple[int, list[str]]:
    """A child's exit code and the lines on its standard error, once it has ended."""
    words = child.communicate(timeout=60)[1]
    return child.returncode, words.splitlines()
