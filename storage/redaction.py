"""Purging a text from everything that is kept, however it is written there.

A version that says it keeps all else it says; an answer in which it stands is taken away whole, since half an answer
would be evidence of nothing. Whatever else names it, be it in a table that came later, is redacted.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import msgspec
from sqlalchemy import func, select

from changes.release import Release, letters, normalise
from storage import rows
from storage.audits import Audit, audited
from storage.editions import erase_editions, saying
from storage.erasing import dissolve, drop_payloads, volumes
from storage.errors import ArchiveError
from storage.file_tables import editions
from storage.payloads import VOLUME
from storage.purging import EMPTY, MARK, Purged, bury, erase_snapshots, purging
from storage.reading import stream, url_digest
from storage.series import opened, payload_row
from storage.tables import Words, metadata, pages, payloads, snapshots, versions
from storage.text import to_json

if TYPE_CHECKING:
    from sqlalchemy import Column, Table

    from storage.archive import Archive
    from storage.database import Sql

Watch = Callable[[int, int], None]

#: A shorter text stands in too many others.
SHORTEST = 4
_TAGS = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
#: Columns whose words are ours, and digests: nothing of a site stands there.
_OURS = frozenset({
    "state", "kind", "about", "reason", "fault", "codec", "digest", "base_digest", "fingerprint", "suspect", "rules",
    "url_digest", "token", "host", "born", "action", "who",
})  # fmt: skip
_NAMES = frozenset({("sites", "name"), ("waves", "name")})
#: The tables that are treated by themselves, or that guard themselves.
_APART = frozenset({"versions", "payloads", "audits"})


@dataclass(frozen=True, kw_only=True)
class Found:
    """Where a text stands in the archive."""

    text: str
    versions: tuple[tuple[str, int], ...] = ()  #: address and number
    payloads: tuple[str, ...] = ()
    snapshots: int = 0
    others: int = 0
    files: tuple[int, ...] = ()  #: ids of editions of files
    keys: tuple[int, ...] = field(default=(), repr=False)  #: of those versions

    @property
    def nowhere(self) -> bool:
        """Whether it stands nowhere at all."""
        return not (self.versions or self.payloads or self.others or self.files)


def find_text(archive: Archive, text: str, *, watch: Watch = lambda *_: None) -> Found:
    """Where a text stands: whatever its case and white space, as characters or entities, with markup between its words.

    Raises:
        ArchiveError: the text is too short to mean something, or stands in the address of a page.
    """
    pattern = _pattern(text)
    reading = archive._reading  # noqa: SLF001 - same room
    with reading() as sql:
        total = sum(
            row[0]
            for table in (payloads, versions)
            if (row := sql.first(select(func.count()).select_from(table))) is not None
        )
        named = [row.url for row in sql.rows(select(pages.c.url).order_by(pages.c.id)) if _says(pattern, row.url)]
    if named:
        raise ArchiveError(f"{named[0]} has it in its address: purge that page (`--page`), then the text once more")
    done = 0
    said: list[tuple[int, str, int]] = []
    query = select(versions.c.id, versions.c.number, versions.c.release, pages.c.url)
    for row in stream(reading, query.join(pages, pages.c.id == versions.c.page_id), versions.c.id):
        done += 1
        watch(done, total)
        if _says(pattern, rows.release_json(row.release, f"version {row.number} of {row.url}")):
            said.append((row.id, row.url, row.number))
    bodies: list[str] = []
    # what stands in a volume stands in payloads, too, or goes with the text
    answers = select(payloads.c.id, payloads.c.digest).where(payloads.c.codec != VOLUME)
    for row in stream(reading, answers, payloads.c.id):
        done += 1
        watch(done, total)
        with reading() as sql:
            body = _body(sql, row.digest)
        if body is not None and any(_says(pattern, view) for view in _views(body)):
            bodies.append(row.digest)
    with reading() as sql:
        others = sum(1 for table in metadata.sorted_tables for _ in _redactions(sql, table, pattern))
        affected = len(_affected(sql, bodies, [key for key, _, _ in said]))
    return Found(
        text=text,
        versions=tuple((url, number) for _, url, number in said),
        payloads=tuple(bodies),
        snapshots=affected,
        others=others,
        files=tuple(saying(reading, lambda text: _says(pattern, text))),
        keys=tuple(key for key, _, _ in said),
    )


def purge_text(archive: Archive, found: Found, audit: Audit) -> Purged:
    """Take a text away from everywhere it was found; the bytes are gone from the file when this returns.

    Raises:
        ArchiveError: the reason itself says the text, and would keep it.
        storage.errors.Locked: another process reads the file; the text is gone, `purging.finish` sweeps later.
    """
    pattern = _pattern(found.text)
    if _says(pattern, audit.reason) or _says(pattern, audit.who):
        raise ArchiveError("the reason says the very text that is to go, and is kept; put it in other words")
    with archive.writing() as unit:
        sql = unit._sql  # noqa: SLF001 - same room
        detail: dict[str, Any] = {
            "what": "text",
            "text": url_digest(found.text),
            "payloads": list(found.payloads),
            "versions": [],
        }
        with audited(sql, purging(audit), detail):
            sql.database.begin_sweep(sql)
            taken = _affected(sql, found.payloads, found.keys)
            gone = erase_snapshots(sql, taken)
            gone += drop_payloads(sql, erase_editions(sql, _files_with(sql, found), MARK))
            for volume, content in volumes(sql):
                if content is not None and any(_says(pattern, view) for view in _views(content)):
                    dissolve(sql, volume)
            for key in found.keys:
                row = sql.first(versions.select().where(versions.c.id == key))
                if row is not None:
                    detail["versions"].append(row.digest)
                    bury(sql, key, redact(rows.unpack_release(row.release, f"version {row.number}"), found.text))
            others = 0
            for table in metadata.sorted_tables:
                for key_column, key, values in list(_redactions(sql, table, pattern)):
                    sql.run(table.update().where(key_column == key).values(**values))
                    others += 1
    archive._database.sweep()  # noqa: SLF001 - same room
    return Purged(versions=len(found.keys), snapshots=len(taken), payloads=len(gone), others=others)


def _files_with(sql: Sql, found: Found) -> list[int]:
    """The editions in whose text or bytes it stands."""
    bodies = sql.rows(select(editions.c.id).where(editions.c.payload.in_(found.payloads)))
    return sorted({*found.files, *(row.id for row in bodies)})


def redact(release: Release, text: str) -> Release:
    """The release with the text taken out wherever a reader could see or follow it."""
    pattern = _pattern(text)
    plain = msgspec.to_builtins(release)
    for block in plain["body"]:
        if not (_says(pattern, block["text"]) or _says(pattern, block["markdown"])):
            continue
        cleaned = pattern.sub(MARK, block["text"])
        marked = pattern.sub(MARK, block["markdown"])
        # emphasis or a link in its midst: then the block is kept as plain text
        bare = re.sub(r"\]\([^)]*\)|[*_\[\]\\`]", "", block["markdown"])
        block["markdown"] = cleaned if _says(pattern, bare) and marked == block["markdown"] else marked
        block["text"] = cleaned
    return msgspec.convert(_walk(plain, pattern), Release)


def _walk(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(MARK, value)
    if isinstance(value, dict):
        return {key: _walk(item, pattern) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_walk(item, pattern) for item in value]
    return value


def _pattern(text: str) -> re.Pattern[str]:
    words = normalise(text).split()
    if len(letters(text)) < SHORTEST:
        raise ArchiveError(f"{text!r} is too short: it stands in too many other words; purge the versions or the page")
    return re.compile(r"\s*".join(re.escape(word) for word in words), re.IGNORECASE)


def _says(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.search(text) is not None or pattern.search(normalise(text)) is not None


def _views(body: bytes) -> Iterator[str]:
    """The ways in which an answer may be read, as far as somebody who looks for a text would read it."""
    texts = dict.fromkeys(body.decode(encoding, "ignore") for encoding in ("utf-8", "cp1252"))
    if b"\0" in body:
        texts |= dict.fromkeys(body.decode(encoding, "ignore") for encoding in ("utf-16-le", "utf-16-be"))
    for text in texts:
        plain = html.unescape(text)
        yield text
        yield plain
        yield html.unescape(_TAGS.sub("", text))
        yield html.unescape(_TAGS.sub(" ", text))
        yield unquote(plain)
        if "\\u" in text:  # JSON inside the page
            yield re.sub(r"\\u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), text)


def _body(sql: Sql, digest: str) -> bytes | None:
    row = payload_row(sql, digest)
    return None if row is None or digest == EMPTY else opened(sql, row)


def _affected(sql: Sql, digests: Sequence[str], keys: Sequence[int]) -> list[tuple[int, str, str]]:
    """The snapshots in which it stands, or from which a version was read that says it."""
    query = select(snapshots.c.id, snapshots.c.digest, pages.c.url).join(pages, pages.c.id == snapshots.c.page_id)
    found: dict[int, tuple[int, str, str]] = {}
    for digest in digests:
        for row in sql.rows(query.where(snapshots.c.digest == digest)):
            found[row.id] = (row.id, row.digest, row.url)
    for key in keys:
        same = (
            select(snapshots.c.digest)
            .join(versions, versions.c.snapshot_id == snapshots.c.id)
            .where(versions.c.id == key)
        )
        for row in sql.rows(query.where(snapshots.c.digest.in_(same), snapshots.c.digest != EMPTY)):
            found[row.id] = (row.id, row.digest, row.url)
    return list(found.values())


def _redactions(sql: Sql, table: Table, pattern: re.Pattern[str]) -> Iterator[tuple[Column[Any], Any, dict[str, str]]]:
    """The rows of a table in which it stands, with what is to stand there."""
    columns = [
        column
        for column in table.columns
        if isinstance(column.type, Words) and column.name not in _OURS and (table.name, column.name) not in _NAMES
    ]
    if table.name in _APART or not columns:
        return
    key = next(iter(table.primary_key.columns))
    for row in sql.rows(select(key, *columns).order_by(key)):
        values: dict[str, str | None] = dict(zip((column.name for column in columns), row[1:], strict=True))
        changed = {name: _redacted(value, pattern) for name, value in values.items() if value and _says(pattern, value)}
        if changed:
            yield key, row[0], changed


def _redacted(value: str, pattern: re.Pattern[str]) -> str:
    """A column's text without it; JSON stays JSON."""
    if value[0] in "[{":
        try:
            return to_json(_walk(json.loads(value), pattern))
        except ValueError:
            pass
    return pattern.sub(MARK, normalise(value))
