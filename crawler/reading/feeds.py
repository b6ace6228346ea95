"""Feeds: RSS and Atom through feedparser, JSON Feed through the standard library."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

import feedparser

from crawler.reading.entries import decode, saying
from crawler.reading.listings import MOST, Gathering, Listing, Problem, plain
from crawler.reading.xml_guard import PackedError, declares_entities, unpack

if TYPE_CHECKING:
    from crawler.reading.profiles import SiteProfile

#: Bytes of one feed. Feeds hold the newest of a site, not all of it, and feedparser is slow.
LARGEST = 10 * 1024 * 1024

_ROOT = re.compile(
    rb"(?>\s+|<\?(?>.*?\?>)|<!--(?>.*?-->)|<!DOCTYPE[^>\[]*>)*+<(?:\w+:)?(?:rss|feed|RDF)\b", re.DOTALL | re.IGNORECASE
)

#: What feedparser calls a fault and is none of the list's: a wrong charset or media type in the header.
_HARMLESS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)


def is_feed(start: bytes) -> bool:
    """Whether the first bytes of a document are those of an RSS or Atom feed."""
    return _ROOT.match(start) is not None


def read_feed(body: bytes, content_type: str | None, profile: SiteProfile, url: str) -> Listing:
    """The entries of a feed. A feed that breaks off gives what it had, with a problem."""
    try:
        body = unpack(body, LARGEST)
    except PackedError as error:
        return Listing(problem=Problem.MALFORMED, detail=f"{url}: {error}")
    if len(body) > LARGEST:
        return Listing(problem=Problem.LIMIT, detail=f"{url}: {len(body)} bytes; a feed has at most {LARGEST}")
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _read_json_feed(body, profile, url)
    if declares_entities(body):
        return Listing(problem=Problem.HOSTILE, detail=f"{url}: declares entities; refused")
    # a file object, always: given bytes or text, feedparser takes a path or an address in them for its source
    parsed = feedparser.parse(
        io.BytesIO(body),
        response_headers={"content-type": content_type or "application/xml"},
        resolve_relative_uris=False,
        sanitize_html=False,
    )
    if not parsed.get("version") and not parsed.entries:
        said = saying(decode(body[:4096], content_type))
        return Listing(problem=Problem.NOT_A_LIST, detail=f"{url}: {said} where a feed was expected")
    gathering = Gathering(profile, url)
    unlinked = 0
    for entry in parsed.entries:
        link = _link(entry)
        if link is None:
            unlinked += 1
        elif not gathering.full:
            gathering.add(link, title=entry.get("title"), listed_at=entry.get("published") or entry.get("updated"))
    fault = parsed.get("bozo_exception") if parsed.bozo else None
    broken = None if fault is None or isinstance(fault, _HARMLESS) else fault
    return _listing(gathering, len(parsed.entries), unlinked, url, broken)


def _listing(gathering: Gathering, entries: int, unlinked: int, url: str, broken: BaseException | None) -> Listing:
    problem, detail = None, ""
    if broken is not None:
        problem, detail = Problem.MALFORMED, f"{url}: {plain(str(broken), 160)}"
    elif gathering.full:
        problem, detail = Problem.LIMIT, f"{url}: more than {MOST} entries in one feed"
    elif entries and unlinked == entries:
        problem, detail = Problem.NOT_A_LIST, f"{url}: none of the {entries} entries has a link"
    elif gathering.all_foreign():
        problem, detail = Problem.NOT_A_LIST, f"{url}: all {gathering.links} links lead to other hosts"
    return Listing(found=tuple(gathering.found.values()), entries=entries, problem=problem, detail=detail)


def _link(entry: Any) -> str | None:
    """Where an entry leads: past a feed service's counter if it names the original, else its link, else its id."""
    for key in ("feedburner_origlink", "link", "id"):
        link = entry.get(key)
        if isinstance(link, str) and link.strip() and (key != "id" or link.startswith(("http://", "https://"))):
            return link
    return None


def _read_json_feed(body: bytes, profile: SiteProfile, url: str) -> Listing:
    try:
        data = json.loads(decode(body, None))
    except (ValueError, RecursionError) as error:
        return Listing(problem=Problem.MALFORMED, detail=f"{url}: no JSON: {plain(str(error))}")
    items = data.get("items") if isinstance(data, dict) else None
    if not isinstance(items, list) or "jsonfeed.org/version" not in str(data.get("version")):
        return Listing(problem=Problem.NOT_A_LIST, detail=f"{url}: JSON, but no JSON Feed")
    gathering = Gathering(profile, url)
    unlinked = 0
    for item in items:
        link = item.get("url") if isinstance(item, dict) else None
        if not isinstance(link, str):
            unlinked += 1
        elif not gathering.full:
            title, when = item.get("title"), item.get("date_published")
            gathering.add(
                link, title=title if isinstance(title, str) else None, listed_at=when if isinstance(when, str) else None
            )
    return _listing(gathering, len(items), unlinked, url, None)
