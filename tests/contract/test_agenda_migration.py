"""An archive of before the service opens, and its pages go on being due as they were."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import zstandard
from alembic import command
from alembic.config import Config

from storage import migrations
from storage.archive import Archive
from storage.dialects import open_database
from tests.contract.backends import Backend

NOON = dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def micro(at: dt.datetime) -> int:
    return (at - EPOCH) // dt.timedelta(microseconds=1)


def test_pages_get_their_dates_edits_and_next_visits(backend: Backend, open_archive: Callable[..., Archive]) -> None:
    url = backend.empty("old")
    database = open_database(url)
    database.greet()
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    with database.writing(foreign_keys=False) as sql:
        config.attributes["connection"] = sql.connection
        command.upgrade(config, "0006")
    database.close()

    says = zstandard.compress(json.dumps({"title": "x", "published": {"raw": "x", "day": "2026-09-20"}}).encode())
    with backend.raw("old") as raw:
        raw.execute("INSERT INTO sites (id, name, baseline) VALUES (1, 'press.example', ?)", False)
        raw.execute("INSERT INTO crawls (id, site_id, started_at, stats) VALUES (1, 1, ?, '{}')", micro(NOON))
        for key, state, version in ((1, "live", 1), (2, "missing", None), (3, "new", None)):
            raw.execute(
                "INSERT INTO pages (id, site_id, url, state, baseline, first_seen, last_visit, version, misses) "
                "VALUES (?, 1, ?, ?, ?, ?, ?, ?, 0)",
                key, f"https://press.example/{key}", state, False, micro(NOON - 2 * DAY),
                None if state == "new" else micro(NOON), version,
            )  # fmt: skip
        raw.execute("INSERT INTO payloads (digest, size, codec, data, crc) VALUES ('sha256:x', 0, 'zstd', ?, 0)", b"")
        raw.execute(
            "INSERT INTO snapshots (id, page_id, url, status, captured_at, digest, headers, redirects) "
            "VALUES (1, 1, 'https://press.example/1', 200, ?, 'sha256:x', '[]', '[]')", micro(NOON),
        )  # fmt: skip
        raw.execute(
            "INSERT INTO versions (page_id, number, snapshot_id, release, digest, rules, first_seen, last_seen, visits) "
            "VALUES (1, 1, 1, ?, 'd', 'r', ?, ?, 1)", says, micro(NOON), micro(NOON),
        )  # fmt: skip
        for number, (kind, crawl) in enumerate((("published", 1), ("edited", 1), ("edited", 1), ("edited", None))):
            raw.execute(
                "INSERT INTO changes (page_id, site_id, crawl_id, kind, detected_at, baseline, url, title, finding) "
                "VALUES (1, 1, ?, ?, ?, ?, 'https://press.example/1', 'x', '{\"kind\": \"edited\"}')",
                crawl, kind, micro(NOON) + number, False,
            )  # fmt: skip

    archive = open_archive("old")
    first, missing, new = archive.pages(1)
    assert first.dated == dt.datetime(2026, 9, 20, tzinfo=dt.UTC)
    assert (first.edits, first.last_edit) == (2, NOON + dt.timedelta(microseconds=2))
    assert first.next_due == NOON + dt.timedelta(hours=3)  # as the ladder has a page of two days
    assert (missing.dated, missing.edits, missing.next_due) == (None, 0, None)
    assert new.next_due is None
