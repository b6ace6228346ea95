"""One memento (RFC 7089): what an archive server answers for an address at a time, raw, and whether it can be believed."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urljoin

from crawler.bodies import looks_ended
from crawler.importing.client import Client, Reply
from crawler.importing.times import as_digits
from crawler.reading.addresses import identify

#: Kept headers come back under this name (the Internet Archive, pywb).
_KEPT = "x-archive-orig-"
#: What a server puts into pages when it does not give them raw.
_REWRITTEN = (
    b"BEGIN WAYBACK TOOLBAR INSERT",
    b"/_static/js/bundle-playback.js",
    b"/static/wombat.js",
    b"/static/wb.css",
    b"WB_wombat_Init",
    b"<!-- WB Insert -->",
)
_HOPS = 3
_STAMP = re.compile(r"/(\d{14})(?:[a-z]{2}_)?/(.+)\Z", re.DOTALL)


class NoMemento(Exception):  # noqa: N818 - named for what happened
    """The server has not given this capture. The message says what it gave."""


@dataclass(frozen=True, kw_only=True)
class Memento:
    """One kept answer: its status and headers are those of the original."""

    address: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def fetch(client: Client, base: str, timestamp: str, url: str) -> Memento:
    """The capture of an address at a time, in fourteen digits, as it was sent.

    Raises:
        NoMemento: the server gave something else: another capture, an error of its own, a page that it rewrote.
        client.Unanswered, guard.Refused: as `Client.get` has them.
    """
    address = f"{base}/{timestamp}id_/{url}"
    reply = client.get(_escaped(address))
    for _ in range(_HOPS):
        target = urljoin(reply.url, reply.header("Location") or "") if 300 <= reply.status < 400 else ""
        if not target or reply.header("Memento-Datetime") is not None:
            break
        if not _same(target, timestamp, url):
            raise NoMemento("the server offers another capture in its place")
        reply = client.get(_escaped(target))
    return _read(reply, address, timestamp)


def _read(reply: Reply, address: str, timestamp: str) -> Memento:
    date = reply.header("Memento-Datetime")
    if date is None:
        raise NoMemento(_why(reply))
    try:
        at = parsedate_to_datetime(date).astimezone(dt.UTC)
    except ValueError:
        raise NoMemento(f"its Memento-Datetime is no date: {date[:60]!r}") from None
    if as_digits(at) != timestamp:
        raise NoMemento(f"the server gave the capture of {as_digits(at)} in its place")
    headers = _original_headers(reply)
    if reply.status == HTTPStatus.OK:
        if any(mark in reply.body for mark in _REWRITTEN):
            raise NoMemento("the server rewrites its pages, and gave none as it was sent")
        _check_whole(reply.body, headers)
    return Memento(address=address, status=reply.status, headers=headers, body=reply.body)


def _check_whole(body: bytes, headers: tuple[tuple[str, str], ...]) -> None:
    """See that the server kept all of it: what it sends is whole, what it has may not be."""
    named = {name.lower(): value for name, value in headers}
    length = named.get("content-length", "").strip()
    plain = not named.get("content-encoding") and "chunked" not in named.get("transfer-encoding", "").lower()
    if plain and length.isdigit() and len(body) < int(length) and not looks_ended(body):
        raise NoMemento(f"what the server kept is cut short: {len(body)} of {length} bytes are there")


def _original_headers(reply: Reply) -> tuple[tuple[str, str], ...]:
    kept = [(name[len(_KEPT) :], value) for name, value in reply.headers if name.lower().startswith(_KEPT)]
    if not any(name.lower() == "content-type" for name, _ in kept) and (kind := reply.header("Content-Type")):
        kept.insert(0, ("Content-Type", kind))
    return tuple(kept)


def _why(reply: Reply) -> str:
    """What an answer that is no memento says, for a person."""
    error = reply.header("X-Archive-Wayback-Runtime-Error") or ""
    text = reply.body[:20_000].decode("utf-8", "replace")
    if "AdministrativeAccessControl" in error or "URL has been excluded" in text:
        return "the server has excluded this address"
    if "RobotAccessControl" in error or "robots.txt" in text:
        return "the server keeps this address back because of robots.txt"
    if error:
        return f"the server could not play it back ({error[:120]})"
    if reply.status == HTTPStatus.NOT_FOUND:
        return "the server does not have it"
    return f"no memento came back, but status {reply.status}"


def _same(target: str, timestamp: str, url: str) -> bool:
    """Whether a redirect of the server's own leads to the same capture under another spelling."""
    found = _STAMP.search(target)
    if found is None or found[1] != timestamp:
        return False
    return _plain(found[2]) == _plain(url)


def _plain(url: str) -> str:
    spelt = identify(url if "://" in url else f"http://{url}", "http://x.invalid/") or url
    return re.sub(r"^https?://(www\.)?", "", spelt).rstrip("/").lower()


def _escaped(address: str) -> str:
    """An address as it may stand in a request: blanks and other letters than ASCII escaped, all else left alone."""
    return "".join(
        letter if "!" <= letter <= "~" else "".join(f"%{byte:02X}" for byte in letter.encode("utf-8", "replace"))
        for letter in address.partition("#")[0]
    )
