"""What a profile reads from one page: for `pressvakt sites check`, as an object and as a table."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from changes.release import Release, Stamp, encode
from crawler.items import Fetch
from crawler.reading.extract import extract
from crawler.reading.page import parse
from crawler.reading.page_text import PageText, page_text
from crawler.reading.profiles import SiteProfile
from crawler.reading.screening import screen
from pressvakt.present import styled


@dataclass(frozen=True, kw_only=True)
class PageReading:
    """What came of reading one page: a release and the name of the rules that read it, or what is wrong, or both."""

    site: str
    url: str
    rules: str | None
    release: Release | None
    problem: str | None


def read_page(fetch: Fetch, profile: SiteProfile) -> PageReading:
    """Read one answer as a crawl would: first whether it is the publisher who speaks, then what is said."""
    content_type = fetch.header("content-type")
    root = parse(fetch.body, content_type) if fetch.body else None
    verdict = screen(fetch, page_text(root) if root is not None else PageText(), profile)
    reading = extract(fetch.body, profile, url=fetch.final_url, content_type=content_type)
    # rules that fit an error page prove nothing, but show what to change
    problem = reading.problem if verdict.ok else f"not a release, but {verdict.reason}: {verdict.detail}"
    return PageReading(
        site=profile.name,
        url=fetch.final_url,
        rules=reading.rules.name if reading.rules else None,
        release=reading.release,
        problem=problem,
    )


def reading_object(reading: PageReading) -> dict[str, Any]:
    """The reading as `--format json` writes it; `release` has the keys of `pressvakt show --format json`."""
    return {
        "site": reading.site,
        "url": reading.url,
        "rules": reading.rules,
        "problem": reading.problem,
        "release": json.loads(encode(reading.release)) if reading.release else None,
    }


def reading_table(reading: PageReading) -> Table | None:
    """Field by field what was read, and which fields the rules do not look for; None where nothing was read."""
    if reading.release is None:
        return None
    table = Table(title=styled(f"{reading.site}, rules {reading.rules}"), title_justify="left", show_lines=True)
    table.add_column("field", no_wrap=True)
    table.add_column("what the page says", overflow="fold")
    for name, value in _fields(reading.release):
        if value:
            table.add_row(styled(name), styled(value))
        elif name in reading.release.unread:
            table.add_row(styled(name), styled("not looked for by these rules", "dim"))
        else:
            table.add_row(styled(name), styled("not found", "dim"))
    return table


def _fields(release: Release) -> Iterator[tuple[str, str]]:
    yield "title", release.title
    yield "lead", release.lead or ""
    yield "body", release.markdown
    yield "published", _stamp(release.published)
    yield "updated", _stamp(release.updated)
    yield "kind", release.kind or ""
    yield "senders", "\n".join(release.senders)
    yield "identifier", release.identifier or ""
    yield "contacts", "\n".join(contact.text for contact in release.contacts)
    yield "attachments", "\n".join(_joined(file.name, file.size, file.url) for file in release.attachments)
    yield "categories", "\n".join(release.categories)
    yield "language", release.language or ""
    yield "canonical", release.canonical or ""
    yield "translations", "\n".join(f"{one.language}  {one.url}" for one in release.translations)
    yield "notices", "\n".join(_joined(notice.kind, _period(notice.period), notice.text) for notice in release.notices)


def _stamp(stamp: Stamp | None) -> str:
    if stamp is None:
        return ""
    read = stamp.at.isoformat() if stamp.at else stamp.day.isoformat() if stamp.day else "not understood"
    return f"{stamp.raw}  →  {read}"


def _period(period: tuple[dt.date | None, dt.date | None] | None) -> str | None:
    return "..".join(day.isoformat() if day else "" for day in period) if period else None


def _joined(*parts: str | None) -> str:
    return "  ".join(part for part in parts if part)
