"""The files that releases offer: changed when their bytes are."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

from changes.kinds import Finding, Kind
from crawler.items import Fetch
from crawler.reading.glance import payload_digest

if TYPE_CHECKING:
    from crawler.keeper import Keeper
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


def keep_file(keeper: Keeper, unit: Unit, fetch: Fetch, files: Sequence[File]) -> None:
    """Write what is known of a file now, and a change of each page whose file is another than before."""
    digest = payload_digest(fetch.body)
    for file in files:
        if file.digest is not None and file.digest != digest:
            page, version = keeper.archive.page_by_id(file.page_id), keeper.archive.latest(file.page_id)
            if page is not None:
                finding = Finding(kind=Kind.ATTACHMENT, href=file.url)
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
