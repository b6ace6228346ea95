"""What a page points at: feeds, the API of a content system, lists as JSON, further pages of its own list.

Pointers are only looked for here, and followed by `Scout`: whatever is named in a page may be wrong, or a trap.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from crawler.reading.addresses import identify
from crawler.reading.entries import decode
from crawler.reading.page import select

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.html import HtmlElement

#: Pointers of one kind that are followed, and bytes of a page that are searched for them.
MOST, LOOKED_AT = 4, 2_000_000

_FEED_TYPE = re.compile(r"application/(?:rss|atom|feed)\+(?:xml|json)", re.IGNORECASE)
_FEED_NAME = re.compile(r"(?:^|[/._=-])(?:rss|atom|feeds?)(?:[/._?=&-]|$)", re.IGNORECASE)
_JSON_NAME = re.compile(
    r"""["'(=]\s*(?P<url>(?:https?:)?/[^"'\s<>()\\]*?(?:\.json|/api/|json|/search|/query|ajax)[^"'\s<>()\\]*)["')]""",
    re.IGNORECASE,
)
_NO_LIST = re.compile(
    r"manifest|oembed|schema|config|analytics|consent|cookie|\.js(?:$|\?)|\.css|/wp-json/?$", re.IGNORECASE
)
_PAGE_KEYS = re.compile(
    r"^(?:page|paged|p|pg|sida|side|seite|pagina|pageno|pagenumber|page_number|currentpage)$", re.IGNORECASE
)
_OFFSET_KEYS = re.compile(r"^(?:offset|start|skip|from)$", re.IGNORECASE)
_SIZE_KEYS = re.compile(r"^(?:size|limit|rows|count|per_?page|page_?size|pick|take)$", re.IGNORECASE)
_PAGE_PATH = re.compile(r"/(?P<word>page|sida|side|seite|pagina)/(?P<number>\d{1,4})(?=/|$)", re.IGNORECASE)
_TOTAL = re.compile(r"^(?:total|count|hits|found|num_?found)|total$|count$", re.IGNORECASE)
_LINK_KEYS = ("url", "link", "href", "permalink", "web_url", "canonical", "path", "address", "uri", "slug_url")
_SCRIPTED = re.compile(
    rb"<div[^>]+id=[\"']?(?:root|app|__next|__nuxt|svelte)\b|<app-root|ng-app|data-reactroot", re.IGNORECASE
)
_WITHOUT = re.compile(rb"<noscript\b.{0,600}?javascript", re.IGNORECASE | re.DOTALL)


def feeds(root: HtmlElement, url: str) -> list[str]:
    """The feeds that a page names: those it declares, then those it links to."""
    declared = [link.get("href") for link in root.iter("link") if _FEED_TYPE.search(link.get("type") or "")]
    linked = [a.get("href") for a in root.iter("a") if a.get("href") and _FEED_NAME.search(a.get("href") or "")]
    return _told(url, [*declared, *linked])


def wordpress(root: HtmlElement, url: str) -> str | None:
    """The root of a page's WordPress API (the REST API Handbook's discovery), where it names one."""
    links = select(root, 'link[rel="https://api.w.org/"][href]')
    return next(iter(_told(url, [link.get("href") for link in links])), None)


def json_lists(body: bytes, content_type: str | None, url: str) -> list[str]:
    """Addresses in a page, its scripts included, that may give its list as JSON."""
    text = decode(body[:LOOKED_AT], content_type).replace("\\/", "/").replace("&amp;", "&")
    found = [match["url"] for match in _JSON_NAME.finditer(text) if not _NO_LIST.search(match["url"])]
    return _told(url, found)


def needs_browser(body: bytes) -> bool:
    """Whether a page draws itself in the browser: an empty frame for a script, or its own word for it."""
    return bool(_SCRIPTED.search(body) or _WITHOUT.search(body))


def rows(data: object) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The lists of objects in a JSON answer, by their dotted path, the longest first."""
    found: list[tuple[str, list[dict[str, Any]]]] = []
    _collect(data, "", 0, found)
    yield from sorted(found, key=lambda one: -len(one[1]))


def link_key(entries: list[dict[str, Any]], on_site: Callable[[str], bool]) -> str | None:
    """The key of JSON entries that holds the address of each; None where none does."""
    keys: dict[str, int] = {}
    for entry in entries[:50]:
        for key, value in _leaves(entry):
            if isinstance(value, str) and value.startswith(("/", "http")) and on_site(value):
                keys[key] = keys.get(key, 0) + 1
    least = 0.8 * min(len(entries), 50)
    fitting = [key for key, count in keys.items() if count >= least]
    return min(fitting, key=_rank, default=None)


def total_key(data: object) -> str | None:
    """The key of the number of entries that a JSON list says it has."""
    if not isinstance(data, dict):
        return None
    numbers = [key for key, value in _leaves(data) if isinstance(value, int) and not isinstance(value, bool)]
    return next((key for key in numbers if _TOTAL.search(key.rpartition(".")[2])), None)


def paged(url: str, others: list[str]) -> tuple[str, int, int] | None:
    """How a list is paged, from the addresses of its pages: a template, the first page's number, the page size.

    Args:
        url: The list's address.
        others: Addresses that its page links to.
    """
    for other in (url, *others):
        parts = urlsplit(other)
        if parts.path.rstrip("/") == urlsplit(url).path.rstrip("/"):
            if (found := _by_query(other)) is not None:
                return found
        elif (match := _PAGE_PATH.search(parts.path)) and parts.path[: match.start()] == urlsplit(url).path.rstrip("/"):
            path = parts.path[: match.start("number")] + "{page}" + parts.path[match.end("number") :]
            return urlunsplit(parts._replace(path=path)), 1, 0
    return None


def loads(body: bytes, content_type: str | None) -> object | None:
    """A JSON answer; None where it is none."""
    try:
        return json.loads(decode(body, content_type))  # type: ignore[no-any-return]
    except (ValueError, RecursionError):
        return None


def _by_query(url: str) -> tuple[str, int, int] | None:
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    size = next((int(value) for key, value in pairs if _SIZE_KEYS.match(key) and value.isdecimal()), 0)
    for key, value in pairs:
        if not value.isdecimal():
            continue
        if _PAGE_KEYS.match(key):
            return _with(url, key, value, "{page}"), 0 if value == "0" else 1, size
        if _OFFSET_KEYS.match(key):
            return _with(url, key, value, "{offset}"), 1, size or int(value)
    return None


def _with(url: str, key: str, value: str, placeholder: str) -> str:
    return re.sub(rf"(?<=[?&]){re.escape(key)}={value}(?=&|$)", f"{key}={placeholder}", url, count=1)


def _told(url: str, links: list[str | None]) -> list[str]:
    found = [identify(link, url) for link in links if link]
    return list(dict.fromkeys(one for one in found if one))[:MOST]


def _collect(data: object, path: str, depth: int, found: list[tuple[str, list[dict[str, Any]]]]) -> None:
    if depth > 4:
        return
    if isinstance(data, list):
        entries = [entry for entry in data if isinstance(entry, dict)]
        if len(entries) >= 3:
            found.append((path, entries))
    elif isinstance(data, dict):
        for key, value in data.items():
            if isinstance(key, str) and "." not in key:
                _collect(value, f"{path}.{key}" if path else key, depth + 1, found)


def _leaves(data: dict[str, Any], path: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        if "." in key:
            continue
        here = f"{path}.{key}" if path else key
        if isinstance(value, dict) and depth < 2:
            yield from _leaves(value, here, depth + 1)
        else:
            yield here, value


def _rank(key: str) -> tuple[int, int, str]:
    last = key.rpartition(".")[2].lower()
    return (_LINK_KEYS.index(last) if last in _LINK_KEYS else len(_LINK_KEYS), key.count("."), key)
