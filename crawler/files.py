"""The files that releases offer: changed when their bytes are, and read where they have a text."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

from changes.compare import compare
from changes.document import document_release
from changes.kinds import Finding, Kind
from crawler.items import Fetch
from crawler.reading.glance import payload_digest
from storage.editions import add_edition, latest_edition, see_edition

if TYPE_CHECKING:
    from crawler.keeper import Keeper
    from crawler.papers import Paper
    from crawler.reading.profiles import SiteProfile
    from storage.archive import Archive
    from storage.editions import Edition
    from storage.records import File
    from storage.unit import Unit

#: Attachments that are web pages themselves.
_HTML = (".html", ".htm")


def judge_file(fetch: Fetch, files: Sequence[File]) -> str:
    """What an answer for the address of an attachment means: "unchanged", "new", "changed" or "fault".

    What is no file (an error, a page in a file's place) changes nothing. `files` are those of all pages that offer it.
    """
    if fetch.status == HTTPStatus.NOT_MODIFIED and fetch.fault is None:
        return "unchanged"
    known = {file.digest for file in files if file.digest}
    page_instead = known and "html" in (fetch.header("content-type") or "") and not fetch.url.endswith(_HTML)
    if fetch.fault is not None or fetch.status != HTTPStatus.OK or not fetch.body or page_instead:
        return "fault"
    return "changed" if known - {payload_digest(fetch.body)} else "unchanged" if known else "new"


def is_kept(archive: Archive, fetch: Fetch, files: Sequence[File]) -> bool:
    """Whether these very bytes are the last edition of the file, for all pages that offer it."""
    digest = payload_digest(fetch.body)
    editions = (latest_edition(archive, file.page_id, file.url) for file in files)
    return all(edition is not None and edition.digest == digest for edition in editions)


def keep_file(keeper: Keeper, unit: Unit, fetch: Fetch, files: Sequence[File], paper: Paper) -> None:
    """Write what a file is now: an edition for each page that offers it, and a change where it was another before.

    `paper` is what the file says.
    """
    digest = payload_digest(fetch.body)
    for file in files:
        before = latest_edition(unit, file.page_id, file.url)
        add_edition(
            unit,
            file.page_id,
            file.url,
            digest=digest,
            body=fetch.body,
            keep=keeper.profile.attachments.keep,
            media_type=(fetch.header("content-type") or "").partition(";")[0].strip().lower(),
            at=fetch.fetched_at,
            paragraphs=paper.paragraphs,
            problem=paper.problem,
        )
        if file.digest is not None and file.digest != digest:
            page, version = keeper.archive.page_by_id(file.page_id), keeper.archive.latest(file.page_id)
            if page is not None:
                said = _labels(before, paper, keeper.profile)
                finding = Finding(kind=Kind.ATTACHMENT, href=file.url, labels=said)
                keeper.note(unit, page, finding, version, version, at=fetch.fetched_at)
        unit.put_file(
            file.page_id,
            file.url,
            etag=fetch.header("etag"),
            last_modified=fetch.header("last-modified"),
            digest=digest,
            size=len(fetch.body),
            checked_at=fetch.fetched_at,
        )


def see_file(unit: Unit, fetch: Fetch, files: Sequence[File]) -> None:
    """Note that a file was found as it was."""
    for file in files:
        see_edition(unit, file.page_id, file.url, at=fetch.fetched_at)


def _labels(before: Edition | None, paper: Paper, profile: SiteProfile) -> tuple[str, ...]:
    """What kind of words differ between two editions; nothing where one of them has no text."""
    if before is None or before.paragraphs is None or paper.problem is not None:
        return ()
    was, now = (document_release("", text, profile.language) for text in (before.paragraphs, paper.paragraphs))
    found = next((finding for finding in compare(was, now) if finding.kind is Kind.EDITED), None)
    return found.labels if found is not None else ()
