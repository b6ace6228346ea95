"""The list that a page shows: which of its links are entries, how to select them, and which addresses they share.

Entries of a list look alike: their links stand in elements of the same names and classes, say more than a word, and
lead to addresses of one form. What stands in menus, headers and footers looks alike, too, and is no list.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from changes.release import normalise
from crawler.reading.addresses import identify
from crawler.reading.page import select

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lxml.html import HtmlElement

#: So many entries make a list; a title has so many letters.
LEAST, TITLE = 3, 15
#: Links of one page that are looked at: beyond, it is no page for people.
MOST = 5_000

_FRAME = frozenset({"nav", "header", "footer", "aside"})
_FRAME_NAME = re.compile(
    r"(?:^|[-_ ])(?:nav|menu|breadcrumbs?|footer|sidebar|cookies?|social|share|lang|skip|pag(?:er|ination))(?:$|[-_ ])",
    re.IGNORECASE,
)
_NAME = re.compile(r"[A-Za-z_][\w-]*")
#: Class names that number or mark one entry among its like: no part of what they share.
_OWN = re.compile(r"\d{2,}|^(?:first|last|odd|even|active|current|is-|js-|post-\d|item-\d)", re.IGNORECASE)
_DATE = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b")
_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|zip|jpe?g|png|gif|svg|mp[34]|xml|rss|ics|css|js)$", re.IGNORECASE)
_UPWARDS = 5


@dataclass(frozen=True, kw_only=True)
class Group:
    """Links of one page that look alike: the likely entries of its list."""

    items: str  #: CSS that selects the links
    addresses: tuple[str, ...]  #: in the page's order, each once
    dated: bool  #: whether most of them stand beside a date
    score: float


def groups(root: HtmlElement, url: str, on_site: Callable[[str], bool]) -> list[Group]:
    """The groups of links on a page that may be its list, likeliest first.

    Args:
        root: The page.
        url: Its address.
        on_site: Whether an address is one that could be watched.
    """
    here = identify(url, url)
    shapes: dict[tuple[str, ...], dict[str, HtmlElement]] = defaultdict(dict)
    for link in _links(root):
        address = identify(urljoin(_base(root, url), link.get("href") or ""), url)
        if address is None or address == here or not on_site(address) or _FILE.search(urlsplit(address).path):
            continue
        if not urlsplit(address).path.strip("/") or len(_text(link)) < TITLE or _in_frame(link):
            continue
        shapes[_shape(link)].setdefault(address, link)
    found = (_group(root, url, entries) for entries in shapes.values() if len(entries) >= LEAST)
    return sorted((group for group in found if group), key=lambda group: -group.score)


def page_patterns(addresses: Iterable[str]) -> tuple[str, ...]:
    """Regular expressions for the paths of releases, as `SiteProfile.pages` takes them, from addresses of some.

    Empty where they have nothing in common: then every address of the lists counts.
    """
    paths = [_path(address) for address in addresses]
    by_depth: dict[int, list[list[str]]] = defaultdict(list)
    for path in paths:
        segments = path.strip("/").split("/")
        by_depth[len(segments)].append(segments)
    patterns = {}
    for rows in by_depth.values():
        if len(rows) * 10 >= len(paths) and (pattern := _pattern(rows)) is not None:
            patterns[pattern] = len(rows)
    if sum(patterns.values()) * 10 < len(paths) * 9:
        return ()
    return tuple(sorted(patterns, key=lambda one: (-patterns[one], one)))


def _links(root: HtmlElement) -> Iterable[HtmlElement]:
    for number, link in enumerate(root.iter("a")):
        if number >= MOST:
            return
        if link.get("href"):
            yield link


def _base(root: HtmlElement, url: str) -> str:
    base = root.find(".//base[@href]")
    return url if base is None else urljoin(url, base.get("href") or "")


def _text(link: HtmlElement) -> str:
    return normalise(str(link.text_content()))


def _in_frame(link: HtmlElement) -> bool:
    for element in link.iterancestors():
        if element.tag in _FRAME and not (element.tag == "header" and _inside(element, "article", "li")):
            return True
        if _FRAME_NAME.search(f"{element.get('class') or ''} {element.get('id') or ''}") and element.tag != "body":
            return True
    return False


def _inside(element: HtmlElement, *tags: str) -> bool:
    return any(above.tag in tags for above in element.iterancestors())


def _shape(link: HtmlElement) -> tuple[str, ...]:
    """The names and classes of a link and of the elements around it."""
    chain = [link, *link.iterancestors()][: _UPWARDS + 1]
    return tuple(_step(element) for element in chain)


def _step(element: HtmlElement) -> str:
    """An element as CSS: its name, and the classes that its like share."""
    names = [name for name in (element.get("class") or "").split() if _NAME.fullmatch(name) and not _OWN.search(name)]
    return str(element.tag) + "".join(f".{name}" for name in names[:3])


def _group(root: HtmlElement, url: str, entries: dict[str, HtmlElement]) -> Group | None:
    items = _selector(root, url, entries)
    if items is None:
        return None
    titles = [len(_text(link)) for link in entries.values()]
    dated = sum(_dated(link) for link in entries.values()) * 2 > len(entries)
    depth = median(len(_path(address).strip("/").split("/")) for address in entries)
    alike = len(entries) / max(1, len(page_patterns(entries)) or len(entries))
    score = min(len(entries), 30) * min(median(titles), 80) * (3 if dated else 1) * min(depth, 4) * (alike**0.25)
    return Group(items=items, addresses=tuple(entries), dated=dated, score=score)


def _selector(root: HtmlElement, url: str, entries: dict[str, HtmlElement]) -> str | None:
    """The shortest CSS that gives these links and hardly any other."""
    link = next(iter(entries.values()))
    chain = [_step(element) for element in (link, *link.iterancestors()) if element.tag not in ("html", "body")]
    wanted = set(entries)
    for count in range(1, min(len(chain), _UPWARDS + 1) + 1):
        steps = chain[:count][::-1]
        selector = " > ".join(steps) + ("[href]" if "[" not in steps[-1] else "")
        got = {identify(urljoin(url, found.get("href") or ""), url) for found in select(root, selector)}
        if wanted <= got and len(got - wanted) * 10 <= len(wanted):
            return selector
    return None


def _dated(link: HtmlElement) -> bool:
    """Whether a date stands beside a link, in the entry that it is the title of."""
    for element in (link, *link.iterancestors()):
        text = str(element.text_content())
        if len(text) > 1_500:
            return False
        if _DATE.search(text) or element.find(".//time") is not None:
            return True
    return False


def _path(address: str) -> str:
    parts = urlsplit(address)
    return unquote(parts.path) + (f"?{unquote(parts.query)}" if parts.query else "")


def _pattern(rows: Sequence[Sequence[str]]) -> str | None:
    """What paths of one depth share, segment by segment; None where nothing tells them from other pages."""
    if len(rows) < 2:
        return None
    steps, told = [], False
    last = len(rows[0]) - 1
    for place, column in enumerate(zip(*rows, strict=True)):
        step, telling = _segment(column, last=place == last)
        told = told or telling
        steps.append(step)
    return "^/" + "/".join(steps) + "/?$" if told else None


def _segment(column: Sequence[str], *, last: bool) -> tuple[str, bool]:
    values = Counter(column)
    if len(values) == 1 and not last and not next(iter(values)).isdecimal():
        return re.escape(column[0]), True
    if all(value.isdecimal() for value in values):
        lengths = {len(value) for value in values}
        return (rf"\d{{{lengths.pop()}}}" if len(lengths) == 1 else r"\d+"), True
    before = {value.partition("?")[0] for value in values}
    if last and len(before) == 1 and all("?" in value for value in values):
        keys = set.intersection(
            *({pair.partition("=")[0] for pair in value.partition("?")[2].split("&")} for value in values)
        )
        return re.escape(before.pop()) + (rf"\?(?:.*&)?{re.escape(min(keys))}=.+" if keys else r"\?.+"), True
    return "[^/]+", False
