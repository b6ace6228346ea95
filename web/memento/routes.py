"""The routes of Memento (RFC 7089): TimeGate, TimeMap, and the mementos themselves.

A stored page is untrusted for ever. It is given out as it was, but in an origin of its own, where it runs and loads
nothing; what a browser could not show so is given out as a file, and so are the bytes as they were kept (`id_`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from storage.archive import Archive
from storage.errors import ArchiveError
from storage.records import Snapshot
from web.access.headers import SANDBOX
from web.api.answers import answer, marked
from web.errors import Refusal
from web.memento.addresses import asked, memento_url, moment_of, timegate_url, timemap_url, written
from web.memento.finding import (
    LINK_FORMAT,
    VARY,
    Mementos,
    accepted,
    http_date,
    links,
    memento_link,
    mementos,
)
from web.memento.inert import inert
from web.state import archive_of

router = APIRouter(include_in_schema=False)
#: What a browser shows in a sandbox without trouble; all else is a file to it.
_XHTML = "application/xhtml+xml"
_SHOWN = frozenset({"text/html", _XHTML, "text/plain"})
#: After a moment: the bytes as they were kept, as a file. The Wayback Machine has it so.
_IDENTITY = "id_"


@router.get("/timegate/{url:path}")
def timegate(request: Request, url: str) -> Response:
    """The way to a page as it was at `Accept-Datetime`, or as it was last."""
    del url  # taken from the bytes of the request line
    wanted = request.headers.get("accept-datetime")
    at = None if wanted is None else accepted(wanted)
    found = mementos(archive_of(request), asked(request.scope, "/timegate/"))
    chosen = found.snapshots[-1] if at is None else found.nearest(at)
    to = memento_url(request, chosen.captured_at, found.page.url)
    headers = {"vary": VARY, "link": links(request, found, None), "cache-control": "private, no-cache"}
    return RedirectResponse(to, status_code=302, headers=headers)


@router.get("/timemap/{form}/{url:path}")
def timemap(request: Request, form: Literal["link", "json"], url: str) -> Response:
    """All mementos of a page, as links (RFC 6690) or as JSON."""
    del url
    found = mementos(archive_of(request), asked(request.scope, f"/timemap/{form}/"))
    if form == "json":
        return answer(request, _as_json(request, found))
    body = _as_links(request, found).encode("ascii", "replace")
    return marked(request, Response(body, media_type=LINK_FORMAT), body)


@router.get("/memento/{moment}/{url:path}")
def memento(request: Request, moment: Annotated[str, Path(max_length=20)], url: str) -> Response:
    """A page as it was, in a sandbox."""
    del url
    digits = moment.removesuffix(_IDENTITY)
    at = moment_of(digits)
    if at is None:
        raise Refusal(404, "A memento's address has fourteen digits for its moment: /memento/20240503143000/https://…")
    archive = archive_of(request)
    found = mementos(archive, asked(request.scope, f"/memento/{moment}/"))
    chosen = found.nearest(at)
    if chosen.captured_at.replace(microsecond=0) != at:
        to = memento_url(request, chosen.captured_at, found.page.url, mark=moment[len(digits) :])
        return RedirectResponse(to, status_code=302, headers={"link": links(request, found, None)})
    return _shown(request, archive, found, chosen, as_kept=moment != digits)


def _shown(request: Request, archive: Archive, found: Mementos, chosen: Snapshot, *, as_kept: bool) -> Response:
    try:
        body = archive.payload(chosen.digest)
    except ArchiveError:
        raise Refusal(404, "The bytes of this snapshot are not there any more.") from None
    media = _media(chosen)
    kind = media.partition(";")[0].strip().lower()
    headers = {
        "memento-datetime": http_date(chosen.captured_at),
        "link": links(request, found, chosen),
        "content-security-policy": SANDBOX,
        "x-frame-options": "SAMEORIGIN",
        "referrer-policy": "no-referrer",
        "cache-control": "private, max-age=3600",
    }
    if as_kept or kind not in _SHOWN:
        media, headers["content-disposition"] = "application/octet-stream", 'attachment; filename="memento"'
    else:
        body = inert(body)
        media = (
            media if kind != _XHTML else "text/html" + media[len(_XHTML) :]
        )  # names with prefixes are no links there
    status = chosen.status if chosen.status == 200 or 400 <= chosen.status < 600 else 200
    answer = Response(body, status_code=status, headers=headers)
    answer.headers["content-type"] = media
    return marked(request, answer, body) if status == 200 else answer


def _media(chosen: Snapshot) -> str:
    """The Content-Type of the captured answer, where it is one; HTML where it said nothing."""
    given = next((value for name, value in chosen.headers if name.lower() == "content-type"), "text/html")
    if not given.isascii() or not given.isprintable() or len(given) > 200 or "/" not in given:
        return "application/octet-stream"
    return given


def _as_links(request: Request, found: Mementos) -> str:
    url = found.page.url
    first, last = found.snapshots[0], found.snapshots[-1]
    span = f'from="{http_date(first.captured_at)}"; until="{http_date(last.captured_at)}"'
    lines = [
        f'<{written(url)}>; rel="original"',
        f'<{timemap_url(request, url)}>; rel="self"; type="{LINK_FORMAT}"; {span}',
        f'<{timegate_url(request, url)}>; rel="timegate"',
    ]
    ends = {0: ["first"]}
    ends.setdefault(len(found.snapshots) - 1, []).append("last")
    lines += [memento_link(request, found, place, ends.get(place, [])) for place in range(len(found.snapshots))]
    return ",\n".join(lines) + "\n"


def _as_json(request: Request, found: Mementos) -> dict[str, object]:
    url = found.page.url
    entries = [
        {
            "datetime": one.captured_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "uri": memento_url(request, one.captured_at, url),
            "status": one.status,
            "digest": one.digest,
        }
        for one in found.snapshots
    ]
    return {
        "original_uri": url,
        "self": timemap_url(request, url, "json"),
        "timegate_uri": timegate_url(request, url),
        "timemap_uri": {"link_format": timemap_url(request, url), "json_format": timemap_url(request, url, "json")},
        "mementos": {"first": entries[0], "last": entries[-1], "list": entries},
    }
