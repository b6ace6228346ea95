"""What is written of each table when an archive is filled in bulk, and how PostgreSQL has the words of a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

#: What is written of each table.
COLUMNS = {
    "crawls": "id site_id started_at ended_at reason stats",
    "pages": "id site_id url state baseline first_seen misses",
    "payloads": "digest size codec data base_digest crc",
    "snapshots": "id page_id crawl_id url status captured_at digest headers redirects",
    "versions": "id page_id number snapshot_id first_seen last_seen visits digest rules release",
    "sayings": "id version_id",
    "changes": 'id site_id page_id crawl_id kind detected_at baseline "before" "after" url title finding',
    "rewordings": "id change_id lost gained",
    "marks": "mark change_id",
    "senders": "digest site_id mark name",
    "said": "",
    "reworded": "",
}
VISITED = ["state", "last_visit", "last_seen", "last_full", "version", "digest", "status"]
WORDS = {
    "said": 'id length whole words title "text"',
    "reworded": "id length whole lost_words gained_words lost gained gone come",
}


def said_row(row: int, title: str, text: str, _: int) -> tuple[Any, ...]:
    found = f"{title} {text}".split()
    return row, len(found), True, _vector(found), _spaced(title), _spaced(text)


def reworded_row(row: int, lost: str, gained: str, gone: str, come: str, _: int) -> tuple[Any, ...]:
    length = sum(len(text.split()) for text in (lost, gained, gone, come))
    vectors = _vector(lost.split()), _vector(gained.split())
    return row, length, True, *vectors, *map(_spaced, (lost, gained, gone, come))


def _vector(words: Sequence[str]) -> str:
    return " ".join(f"'{word}'" for word in dict.fromkeys(words))


def _spaced(words: str) -> str:
    return "".join(f" {word} " for word in words.split())
