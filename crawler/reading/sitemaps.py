"""Sitemaps (sitemaps.org): indexes and URL sets in XML, packed or not, plain text, and feeds that serve as sitemaps.

The libraries that read sitemaps either fetch by themselves, carry a copyleft licence, or hold a whole tree of
fifty thousand entries in memory with no limit; this is a streaming parse with the limits of the protocol.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from lxml import etree

from crawler.reading.entries import decode, saying
from crawler.reading.feeds import is_feed, read_feed
from crawler.reading.listings import MOST, Gathering, Listing, Problem, plain
from crawler.reading.xml_guard import PackedError, declares_entities, unpack

if TYPE_CHECKING:
    from crawler.reading.profiles import SiteProfile

#: Bytes of one sitemap when unpacked (sitemaps.org).
LARGEST = 50 * 1024 * 1024

#: How far an index may lead to further indexes.
DEEPEST = 3

_TAGS = ("{*}urlset", "{*}sitemapindex", "{*}url", "{*}sitemap")


def read_sitemap(body: bytes, content_type: str | None, profile: SiteProfile, url: str, *, depth: int = 0) -> Listing:
    """One file of a sitemap; `next` are the children of an index, on the site, none twice.

    `depth` is the number of indexes that led here: an index at `DEEPEST` is not followed.
    """
    try:
        body = unpack(body, LARGEST)
    except PackedError as error:
        return Listing(problem=Problem.MALFORMED, detail=f"{url}: {error}")
    if len(body) > LARGEST:
        return Listing(problem=Problem.LIMIT, detail=f"{url}: {len(body)} bytes; a sitemap has at most {LARGEST}")
    start = body[:1024].replace(b"\x00", b"").removeprefix(b"\xef\xbb\xbf").lstrip(b"\xff\xfe \t\r\n")
    if not start.startswith(b"<"):
        return _read_text(body, content_type, profile, url)
    if declares_entities(body):
        return Listing(problem=Problem.HOSTILE, detail=f"{url}: declares entities; refused")
    if is_feed(start):
        return read_feed(body, content_type, profile, url)
    return _read_xml(body, profile, url, depth)


def _read_xml(body: bytes, profile: SiteProfile, url: str, depth: int) -> Listing:
    gathering, children = Gathering(profile, url), dict[str, None]()
    detail = ""
    try:
        root = _walk(body, gathering, children, recover=False)
    except etree.XMLSyntaxError as error:
        # a bare ampersand ends a strict reading: what stands behind it is worth having, and the fault worth telling
        detail = f"{url}: {plain(str(error), 160)}"
        gathering, children = Gathering(profile, url), {}
        try:
            root = _walk(body, gathering, children, recover=True)
        except etree.XMLSyntaxError:
            root = None
    if root not in ("urlset", "sitemapindex"):
        said = saying(decode(body[:4096], None))
        return Listing(problem=Problem.NOT_A_LIST, detail=f"{url}: {said} where a sitemap was expected")
    children.pop(url, None)
    problem = Problem.MALFORMED if detail else None
    if gathering.full:
        problem, detail = Problem.LIMIT, f"{url}: more than {MOST} entries in one sitemap"
    elif gathering.all_foreign():
        problem, detail = Problem.NOT_A_LIST, f"{url}: all {gathering.links} addresses are on other hosts"
    elif children and depth >= DEEPEST:
        problem, detail = Problem.LIMIT, f"{url}: an index below {DEEPEST} indexes is not followed"
        children = {}
    return Listing(
        found=tuple(gathering.found.values()),
        next=tuple(children),
        entries=gathering.links,
        problem=problem,
        detail=detail,
    )


def _walk(body: bytes, gathering: Gathering, children: dict[str, None], *, recover: bool) -> str | None:
    """Streams a sitemap into the gathering; the name of its root element."""
    stream = etree.iterparse(
        io.BytesIO(body),
        events=("end",),
        tag=_TAGS,
        recover=recover,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    for _, element in stream:
        if gathering.full:
            break
        name = etree.QName(element).localname
        if name not in ("url", "sitemap"):
            continue
        loc, when = _text(element, "loc"), _text(element, "lastmod")
        if loc and name == "url":
            gathering.add(loc, listed_at=when)
        elif loc:
            address = gathering.child(loc)
            if address:
                children[address] = None
        element.clear()
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]
    return _root_name(body)


def _root_name(body: bytes) -> str | None:
    start = etree.iterparse(
        io.BytesIO(body), events=("start",), recover=True, resolve_entities=False, load_dtd=False, no_network=True
    )
    return next((etree.QName(element).localname for _, element in start), None)


def _text(element: etree._Element, name: str) -> str | None:
    """The text of a child in the element's own namespace: an image's `loc` is not the page's."""
    namespace = etree.QName(element).namespace
    child = element.find(f"{{{namespace}}}{name}" if namespace else name)
    return child.text.strip() if child is not None and child.text else None


def _read_text(body: bytes, content_type: str | None, profile: SiteProfile, url: str) -> Listing:
    """A plain text sitemap: one absolute address a line. Other lines are no addresses, and none at all no sitemap."""
    gathering = Gathering(profile, url)
    for line in decode(body, content_type).splitlines():
        if gathering.full:
            return Listing(
                found=tuple(gathering.found.values()),
                entries=gathering.links,
                problem=Problem.LIMIT,
                detail=f"{url}: more than {MOST} entries in one sitemap",
            )
        if line.strip().lower().startswith(("http://", "https://")):
            gathering.add(line.strip())
    if not gathering.links or gathering.all_foreign():
        said = saying(decode(body[:4096], content_type))
        return Listing(problem=Problem.NOT_A_LIST, detail=f"{url}: {said} where a sitemap was expected")
    return Listing(found=tuple(gathering.found.values()), entries=gathering.links)
