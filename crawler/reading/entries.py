"""Lists of entries in HTML, in JSON, and in HTML inside JSON."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from crawler.reading.listings import Gathering, Listing, Problem, plain
from crawler.reading.page import decode_body, parse, select
from crawler.reading.pages import listed
from crawler.reading.screening import page_text, speaks_of

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from crawler.reading.profiles import Discovery, SiteProfile

_TYPES = {
    dict: "an object",
    list: "a list",
    str: "a text",
    int: "a number",
    float: "a number",
    bool: "a flag",
    type(None): "null",
}

_MARKUP = re.compile(r"\s*<(?:!doctype|html|head|body|\?xml|!--|h[1-6]\b|p\b|div\b|center\b|title\b)", re.IGNORECASE)
_TITLE = re.compile(r"<(?:title|h1)[^>]*>(?P<text>[^<]*)", re.IGNORECASE)
_NOT_DIGITS = re.compile(r"[\s.,'’]")


class NotAListError(ValueError):
    """An answer of another shape than the profile declares."""


def read_html(body: bytes, content_type: str | None, how: Discovery, profile: SiteProfile, url: str) -> Listing:
    """One page of an HTML list; `next` is the link that the page itself calls the next one."""
    root = parse(body, content_type)
    if root is None:
        return Listing(problem=Problem.NOT_A_LIST, detail=f"{url}: no HTML could be read")
    spoken = speaks_of(page_text(root), profile, headings_only=True)
    if spoken:
        return Listing(problem=Problem.BLOCKED, detail=f"{url}: {spoken.reason}: {spoken.detail}")
    base = root.xpath("string(//base/@href)")
    gathering = Gathering(profile, url)
    if isinstance(base, str) and base.strip():
        gathering.base = _join(url, base)
    entries = _gather(root, how, gathering)
    following = () if "{page}" in how.url and not how.next else _next(root, how, gathering, url)
    if not gathering.found and not entries:
        return Listing(problem=Problem.EMPTY, detail=f"{url}: nothing matches {how.items!r}")
    return _done(gathering, entries, how, url, following=following)


def read_json(body: bytes, content_type: str | None, how: Discovery, profile: SiteProfile, url: str) -> Listing:
    """One page of a JSON list, whose entries stand in a list of objects or in a piece of HTML."""
    try:
        data = json.loads(decode(body, content_type))
    except (ValueError, RecursionError) as error:
        text = decode(body[:4096], content_type)
        if not text.strip() or _MARKUP.match(text):
            return _no_list(url, f"{saying(text)} where JSON was expected")
        return Listing(problem=Problem.MALFORMED, detail=f"{url}: no JSON: {plain(str(error))}")
    total = _number(_at(data, how.total_at)) if how.total_at else None
    if how.total_at and total is None:
        return _no_list(url, f"no number at {how.total_at!r}; {_keys(data)}")
    gathering = Gathering(profile, url)
    try:
        entries = _pieces(data, how, gathering, total) if how.html_at else _rows(data, how, gathering)
    except NotAListError as error:
        return _no_list(url, str(error))
    return _done(gathering, entries, how, url, total=total)


def _pieces(data: object, how: Discovery, gathering: Gathering, total: int | None) -> int:
    """Adds the entries of the HTML inside a JSON answer; their number."""
    piece = _at(data, how.html_at or "")
    if isinstance(piece, list):
        piece = "\n".join(part for part in piece if isinstance(part, str))
    if not isinstance(piece, str) and not (piece is None and total == 0):
        raise NotAListError(f"no text at {how.html_at!r}; {_keys(data)}")
    root = parse((piece or "").encode("utf-8", "replace"), "text/html; charset=utf-8")
    return _gather(root, how, gathering) if root is not None else 0


def _rows(data: object, how: Discovery, gathering: Gathering) -> int:
    """Adds the entries of a JSON list; their number."""
    rows = _at(data, how.items_at or "")
    if not isinstance(rows, list):
        raise NotAListError(f"no list at {how.items_at!r}; {_keys(data)}")
    linked = [_add_row(row, how, gathering) for row in rows]
    if rows and not any(linked):
        raise NotAListError(f"no entry has an address at {how.link_at!r}; the first has {_keys(rows[0])}")
    return len(rows)


def _no_list(url: str, what: str) -> Listing:
    return Listing(problem=Problem.NOT_A_LIST, detail=f"{url}: {what}")


def decode(body: bytes, content_type: str | None) -> str:
    """The text of an answer; empty where its bytes are no text."""
    return (decode_body(body, content_type) or "").removeprefix("\ufeff")


def saying(text: str) -> str:
    """What an unexpected page says of itself, for the operator."""
    if not text.strip():
        return "an empty answer"
    titles = [plain(match["text"]) for match in _TITLE.finditer(text)]
    named = next((title for title in titles if title), None)
    return f"a page that says {named!r}" if named else f"{plain(text, 60)!r}"


def _gather(root: HtmlElement, how: Discovery, gathering: Gathering) -> int:
    """Adds every entry's link; the number of entries. Where entries are bare links, only wanted ones are entries.

    An entry inside another that begins with the same link is that entry: counted twice, it would end the list early.
    """
    begun: set[HtmlElement] = set()
    bare = True
    for entry in select(root, how.items):
        if gathering.full:
            break
        if entry.tag == "a":
            link = entry
        else:
            bare = False
            links = [a for a in select(entry, how.link) if a.get("href")]
            if not links:
                continue
            link = links[0]
            if link in begun:
                continue
            begun.add(link)
        href = link.get("href")
        if href:
            when = entry.find(".//time")
            gathering.add(
                href,
                title="".join(link.itertext()),
                listed_at=None if when is None else when.get("datetime") or when.text,
            )
    return len(gathering.found) if bare else len(begun)


def _next(root: HtmlElement, how: Discovery, gathering: Gathering, url: str) -> tuple[str, ...]:
    if how.next:
        links = select(root, how.next)
    else:
        links = [*select(root, "a[rel~=next][href]"), *select(root, "link[rel~=next][href]")]
    for link in links:
        href = link.get("href") or next((a.get("href") for a in link.iter("a") if a.get("href")), None)
        address = gathering.address(href) if href else None
        if address and address != url:
            return (address,)
    return ()


def _add_row(row: object, how: Discovery, gathering: Gathering) -> bool:
    """Adds the address of one JSON entry; whether there was one."""
    link = _at(row, how.link_at) if how.link_at else row
    if not isinstance(link, str) or not link.strip():
        return False
    title = _at(row, "title")
    if not gathering.full:
        gathering.add(listed(link, gathering.profile), title=title if isinstance(title, str) else None)
    return True


def _done(
    gathering: Gathering,
    entries: int,
    how: Discovery,
    url: str,
    *,
    total: int | None = None,
    following: tuple[str, ...] = (),
) -> Listing:
    problem, detail = None, ""
    if gathering.full:
        problem, detail = Problem.LIMIT, f"{url}: more links than we read of one page"
    elif gathering.all_foreign():
        problem, detail = Problem.NOT_A_LIST, f"{url}: all {gathering.links} links lead to other hosts"
    elif not entries and total is None:
        problem, detail = Problem.EMPTY, f"{url}: no entry at {how.html_at or how.items_at or how.items!r}"
    return Listing(
        found=tuple(gathering.found.values()),
        next=following,
        total=total,
        entries=entries,
        problem=problem,
        detail=detail,
    )


def _at(data: object, path: str) -> object:
    """The value at a dotted path; None where a step of it is missing. The empty path is the whole."""
    for key in path.split(".") if path else ():
        if isinstance(data, dict):
            data = data.get(key)
        elif isinstance(data, list) and key.isdecimal() and int(key) < len(data):
            data = data[int(key)]
        else:
            return None
    return data


def _number(value: object) -> int | None:
    if isinstance(value, str):
        value = _NOT_DIGITS.sub("", value)
        return int(value) if value.isdecimal() and len(value) < 12 else None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10**12:
        return int(value)
    return None


def _keys(data: object) -> str:
    if isinstance(data, dict):
        return f"keys {plain(', '.join(map(str, data)) or 'none')}"
    return f"the answer is {_TYPES.get(type(data), 'something else')}"


def _join(url: str, base: str) -> str:
    try:
        return urljoin(url, base.strip())
    except ValueError:
        return url
