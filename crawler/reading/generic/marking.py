"""Marks a page: which element holds its text, what in there is none, and what it says of its title and its days."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from lxml.html import builder

from changes.release import normalise
from crawler.reading.generic.days import find_days
from crawler.reading.generic.files import is_file
from crawler.reading.generic.furniture import LONGEST_NOTICE, owner_line, restless
from crawler.reading.generic.headline import find_headline
from crawler.reading.generic.kinds import kind_lines
from crawler.reading.generic.metadata import read_metadata
from crawler.reading.generic.people import contact_boxes, headings_over
from crawler.reading.generic.region import Found, find_text
from crawler.reading.generic.rules import FILE, HEAD, KIND, MARK, NOISE, PEOPLE, TEXT
from crawler.reading.generic.uncovering import uncover
from crawler.reading.links import in_a_sentence
from crawler.reading.page import select
from crawler.reading.sheets import INLINE
from crawler.reading.visible import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.html import HtmlElement

    from crawler.reading.profiles import SiteProfile

_OF_HEAD = frozenset(("title", "meta", "link", "base", "script", "style", "noscript", "template"))
#: Parameters of links that are made anew for each reader or each minute.
_NONCES = frozenset(
    ("nonce", "_wpnonce", "csrf", "csrftoken", "csrf_token", "_csrf", "token", "_token", "authenticity_token", "sid",
     "session", "sessionid", "session_id", "phpsessid", "jsessionid", "cfid", "cftoken", "ts", "timestamp", "_ts", "t",
     "rnd", "rand", "random", "cb", "cachebuster", "nocache", "_", "cacheid", "requestid", "request_id", "state", "returnto",
     "return_to", "ref", "referrer", "redirect_to", "destination", "form_build_id", "viewstate", "__cf_chl_tk")
)  # fmt: skip
_TOKEN = re.compile(
    r"(?:[0-9a-f]{8,}|\d{9,}|(?=.*\d)(?=.*[A-Za-z])[\w%.~-]{10,}|[0-9a-f-]{32,}|0\.\d{6,})", re.IGNORECASE
)


def mark_page(root: HtmlElement, body: bytes, content_type: str | None, profile: SiteProfile) -> HtmlElement:
    """The page's own tree, marked. What a site itself has put in place of the marks is taken away first.

    Args:
        root: The tree; it is changed.
        body: The bytes it was made of.
        content_type: As the server named it.
        profile: The site's profile: for its language, time zone and wording.
    """
    if MARK.encode() in body or HEAD.encode() in body or b"\x00" in body:  # in UTF-16 they would look otherwise
        _clear(root)
    _mend(root)
    uncover(root)
    said = read_metadata(root, body, content_type)
    headline = find_headline(root, said, site=profile.title)
    if said.language and not root.get("lang"):
        root.set("lang", said.language)
    title = headline.element if headline is not None else None
    found = find_text(root, title)
    if headline is None or found is None:
        return root
    found.holder.set(MARK, TEXT)
    without = frozenset(found.noise)
    printed = next((normalise(str(one.text_content())) for one in root.iter("title")), "")
    days = find_days(found, title, said, profile, page_title=printed)
    noise = [*found.noise, *days.lines, *_restless(found, without)]
    if title is not None and title is not found.holder and headline.whole:
        noise.append(title)
    for element in noise:
        element.set(MARK, NOISE)
    for line in kind_lines(found, frozenset(noise), title, profile):
        line.set(MARK, KIND)
    for box in contact_boxes(found, frozenset(noise), profile.wording):
        box.set(MARK, PEOPLE)
        for heading in headings_over(box):
            heading.set(MARK, NOISE)
    _mark_links(found.holder)
    _tell(root, "title", [headline.text])
    _tell(root, "published", [told.raw for told in days.published], [told.by for told in days.published])
    _tell(root, "updated", [days.updated] if days.updated else [])
    return root


def _clear(root: HtmlElement) -> None:
    for element in select(root, f"[{MARK}]"):
        del element.attrib[MARK]
    for element in select(root, f'meta[name^="{HEAD}"]'):
        element.drop_tree()


def _mend(root: HtmlElement) -> None:
    """Put into the body what the parser left in the head: of a page that leaves out both tags (HTML, 13.1.2.4), it takes
    newer elements for some of the head's.
    """
    head = root.find("head")
    first = next((one for one in head if one.tag not in _OF_HEAD), None) if head is not None else None
    if head is None or first is None:
        return
    body = root.find("body")
    if body is None:
        body = builder.BODY()
        root.append(body)
    strayed = [first, *first.itersiblings()]
    for number, element in enumerate(strayed):
        body.insert(number, element)


def _tell(root: HtmlElement, name: str, texts: Iterable[str], by: Iterable[str] = ()) -> None:
    """Put what was found out into the head, where rules find it."""
    head = root.find("head")
    if head is None:
        head = builder.HEAD()
        root.insert(0, head)
    ways = list(by)
    for number, text in enumerate(texts):
        meta = builder.META(name=HEAD + name, content=text)
        if ways:
            meta.set("by", ways[number])
        head.append(meta)


def _restless(found: Found, without: frozenset[HtmlElement]) -> Iterator[HtmlElement]:
    """Elements all of whose text moves by itself: counters, clocks, "3 hours ago"; and lines of copyright.

    A word in a sentence is never one: the element must have its line to itself.
    """
    for element in found.holder.iter("span", "time", "small", "div", "p", "li", "em", "i", "b", "strong", "dd"):
        if element in without or len(element) > 4 or not 0 < found.weights.letters(element) <= LONGEST_NOTICE:
            continue
        text = shown(element)
        if not text or not (owner_line(text) or restless(text, timed=element.tag == "time")):
            continue
        if element.tag not in INLINE or _alone(element):
            yield element


def _alone(element: HtmlElement) -> bool:
    """Whether no bare text stands beside an inline element, in a box that is no paragraph."""
    parent = element.getparent()
    if (
        parent is None
        or parent.tag in ("p", "li", "td", "th", "dd", "h1", "h2", "h3", "h4", "a")
        or parent.tag in INLINE
    ):
        return False
    said = [parent.text, *(child.tail for child in parent)]
    return not any(text.strip(" \t\r\n|·•,–-") for text in said if text)


def _mark_links(holder: HtmlElement) -> None:
    """Mark the files that a text offers, and take from the addresses of links what is made anew each time."""
    for link in holder.iter("a"):
        href = link.get("href")
        if not href:
            continue
        if "?" in href and (kept := without_nonces(href)) != href:
            link.set("href", kept)
        if is_file(link) and not in_a_sentence(link):
            link.set(MARK, f"{link.get(MARK) or ''} {FILE}".strip())


def without_nonces(href: str) -> str:
    """A link's address without parameters that are made anew for each reader: a known name with a token as its value."""
    try:
        parts = urlsplit(href)
    except ValueError:
        return href
    kept = [pair for pair in parts.query.split("&") if not _is_nonce(pair)]
    if len(kept) == parts.query.count("&") + 1:
        return href
    return urlunsplit(parts._replace(query="&".join(kept)))


def _is_nonce(pair: str) -> bool:
    name, _, value = pair.partition("=")
    return name.lower() in _NONCES and _TOKEN.fullmatch(value) is not None
