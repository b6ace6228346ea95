"""Crawls a few addresses with the real settings in a process of their own, as the service's crawl process does."""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from crawler.items import Fault, Fetch, Hop
from crawler.reading.profiles import Politeness, SiteProfile

ROOT = Path(__file__).resolve().parents[1]
AGENT = "pressvakt/test (+mailto:press@example.org)"
MARK = "@@"


@dataclass(frozen=True, kw_only=True)
class Crawled:
    """What a crawl brought home: one fetch an address, in the order of their ends."""

    fetches: tuple[Fetch, ...]
    stats: dict[str, Any]
    left_alone: tuple[str, ...]
    log: str
    running: dict[str, Any]  #: what the running crawler was made of

    def of(self, url: str) -> Fetch:
        found = [fetch for fetch in self.fetches if fetch.url == url]
        assert len(found) == 1, f"{len(found)} outcomes for {url}"
        return found[0]


def site_profile(base_url: str, *, language: str = "sv", **politeness: Any) -> SiteProfile:
    """A profile of a site on loopback, asked without a delay unless the test says so."""
    return SiteProfile(
        name="site",
        title="A site",
        base_url=base_url,
        language=language,
        time_zone=ZoneInfo("Europe/Stockholm"),
        discovery=(),
        release=(),
        crawl=Politeness(**{"delay": 0.0, "concurrency": 8, "timeout": 5.0, **politeness}),
    )


def crawl(
    urls: Sequence[str],
    *,
    base_url: str,
    allow_private: Sequence[str] = ("127.0.0.1",),
    hosts: Mapping[str, Sequence[str]] | None = None,
    settings: Mapping[str, Any] | None = None,
    language: str = "sv",
    environment: Mapping[str, str] | None = None,
    **politeness: Any,
) -> Crawled:
    """Ask each address once and follow its redirects. `hosts` stands in for DNS: the addresses of a name, in turn."""
    order = {
        "urls": list(urls),
        "base_url": base_url,
        "allow_private": list(allow_private),
        "hosts": {name: list(addresses) for name, addresses in (hosts or {}).items()},
        "settings": {"PRESSVAKT_AGAIN_AFTER": 0.05, **(settings or {})},
        "language": language,
        "politeness": politeness,
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.crawl_process"],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        check=False,
    )
    lines = [line.removeprefix(MARK) for line in done.stdout.splitlines() if line.startswith(MARK)]
    assert done.returncode == 0, done.stderr
    assert lines, done.stderr
    said = json.loads(lines[-1])
    fetches = tuple(_fetch(record) for record in said["fetches"])
    return Crawled(
        fetches=fetches,
        stats=said["stats"],
        left_alone=tuple(said["left_alone"]),
        log=done.stderr,
        running=said["running"],
    )


def _fetch(record: dict[str, Any]) -> Fetch:
    return Fetch(
        url=record["url"],
        final_url=record["final_url"],
        fetched_at=dt.datetime.fromisoformat(record["fetched_at"]),
        status=record["status"],
        headers=tuple((name, value) for name, value in record["headers"]),
        body=base64.b64decode(record["body"]),
        redirects=tuple(Hop(**hop) for hop in record["redirects"]),
        fault=Fault(record["fault"]) if record["fault"] else None,
        detail=record["detail"],
    )
