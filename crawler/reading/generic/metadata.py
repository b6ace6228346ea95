"""What a page says about itself to machines: JSON-LD, Open Graph, Dublin Core and other `meta`, microdata.

It is read by hand: four small formats, of which only titles, days and the site's name are wanted.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from changes.release import normalise
from crawler.reading.page import decode_body, select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

#: JSON-LD beyond this many characters, or nested deeper, is not looked at.
LONGEST, DEEPEST = 500_000, 12
_JSON_LD = re.compile(
    r"<script\b[^>]{0,300}?application/ld\+json[^>]{0,300}>(.*?)</script\s*>", re.IGNORECASE | re.DOTALL
)
_ARTICLES = re.compile(
    r"(?:\w*Article|BlogPosting|PressRelease|Report|GovernmentService|Statement|NewsMediaOrganization)"
)
_TITLES = ("og:title", "twitter:title", "dc.title", "dcterms.title", "citation_title")
_DATES = (
    "article:published_time", "og:article:published_time", "og:published_time", "dcterms.issued", "dcterms.date.issued",
    "dc.date.issued", "dcterms.created", "dc.date.created", "dc.date", "dcterms.date", "datepublished", "date.published",
    "parsely-pub-date", "sailthru.date", "citation_publication_date", "publication_date", "publish-date", "pubdate",
    "publishdate", "published", "published_date", "publisheddate", "date-published", "article.published", "date", "release_date",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """What a page tells machines, the likeliest first."""

    titles: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    site: str | None = None
    language: str | None = None


def read_metadata(root: HtmlElement, body: bytes, content_type: str | None) -> Metadata:
    """What a page says about itself.

    Args:
        root: The page's tree, in which scripts have been dropped already.
        body: Its bytes: JSON-LD stands in scripts.
        content_type: As the server named it.
    """
    metas = _metas(root)
    things = sorted(_things(body, content_type), key=lambda thing: not _is_article(thing))
    articles = [thing for thing in things if _is_article(thing)]
    titles = [_text(thing.get("headline")) for thing in articles]
    dates = [_text(thing.get("datePublished")) for thing in things]
    dates += [metas.get(name, "") for name in _DATES]
    dates += list(_microdata(root))
    site = metas.get("og:site_name") or metas.get("application-name") or _site(things)
    language = metas.get("og:locale") or metas.get("content-language") or metas.get("dc.language")
    return Metadata(
        titles=tuple(filter(None, [*titles, *(metas.get(name, "") for name in _TITLES)])),
        published=tuple(dict.fromkeys(filter(None, dates))),
        site=site or None,
        language=language.replace("_", "-") if language else None,
    )


def _metas(root: HtmlElement) -> dict[str, str]:
    """The contents of `meta` elements by name or property, small letters; the first of a name counts."""
    found: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("http-equiv") or meta.get("itemprop")
        if name and (content := normalise(meta.get("content") or "")):
            found.setdefault(name.strip().lower(), content)
    return found


def _things(body: bytes, content_type: str | None) -> list[dict[str, Any]]:
    """The objects of a page's JSON-LD (schema.org), flat."""
    if b"ld+json" not in body:
        return []
    found: list[dict[str, Any]] = []
    for match in _JSON_LD.finditer(decode_body(body, content_type) or ""):
        if len(match[1]) > LONGEST:
            continue
        try:
            data = json.loads(match[1].strip(), strict=False)
        except (ValueError, RecursionError):
            continue
        found.extend(_flat(data, 0))
    return found


def _flat(data: object, depth: int) -> Iterator[dict[str, Any]]:
    """An object and those of its graph: not what it is part of, or made by, whose dates are others."""
    if depth > DEEPEST:
        return
    if isinstance(data, list):
        for one in data:
            yield from _flat(one, depth + 1)
    elif isinstance(data, dict):
        yield data
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _flat(data.get(key), depth + 1)


def _is_article(thing: dict[str, Any]) -> bool:
    kinds = thing.get("@type")
    names = kinds if isinstance(kinds, list) else [kinds]
    return any(isinstance(name, str) and _ARTICLES.fullmatch(name.rpartition("/")[2]) for name in names)


def _site(things: list[dict[str, Any]]) -> str:
    for thing in things:
        if thing.get("@type") == "WebSite" and (name := _text(thing.get("name"))):
            return name
    return ""


def _microdata(root: HtmlElement) -> Iterator[str]:
    for element in select(root, "[itemprop~=datePublished]"):
        if value := normalise(element.get("content") or element.get("datetime") or ""):
            yield value


def _text(value: object) -> str:
    return normalise(value) if isinstance(value, str) else ""
