"""The European Commission's press corner: pages that a script draws, read from the documents behind them.

People know `/commission/presscorner/detail/en/ip_26_364`; the page there has no text. What it shows comes from
`/commission/presscorner/api/documents?reference=IP/26/364&language=en`. Each language of a reference is a text of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from lxml import etree
from lxml.html import builder, fragment_fromstring

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_ROOT = "/commission/presscorner"
_DETAIL = re.compile(
    r"(?P<root>https?://[^/]+/commission/presscorner)/detail/(?P<language>[a-z]{2})/(?P<name>[a-z0-9]+(?:_[a-z0-9]+)+)/?$",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"[A-Z]+(?:/[A-Za-z0-9]+)+")
#: The Commission's own word for an edit, at the head or the foot of the text.
_UPDATED = re.compile(r"^\W*updated\s+on\s+(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>\d{4})", re.IGNORECASE)


def ask(url: str) -> str | None:
    """The document behind a page: `…/detail/en/ip_26_364` is reference IP/26/364 in English."""
    match = _DETAIL.match(url)
    if match is None:
        return None
    reference = match["name"].upper().replace("_", "/")
    return f"{match['root']}/api/documents?reference={reference}&language={match['language'].lower()}"


def watched(url: str) -> str | None:
    """The page that shows a document."""
    parts = urlsplit(url)
    if parts.path != f"{_ROOT}/api/documents":
        return None
    query = parse_qs(parts.query)
    reference, language = query.get("reference", [""])[0], query.get("language", ["en"])[0]
    name = reference.lower().replace("/", "_")
    return f"{parts.scheme}://{parts.netloc}{_ROOT}/detail/{language}/{name}" if name else None


def listed(value: str) -> str | None:
    """The page of a reference, as the list of the newest names it: `IP/26/364`."""
    return f"{_ROOT}/detail/en/{value.lower().replace('/', '_')}" if _REFERENCE.fullmatch(value) else None


def read(body: bytes, content_type: str | None) -> HtmlElement | None:
    """A document as a page: an `article` with `.kind`, `.reference`, `h1`, `.lead`, `time.published`, `time.updated`
    and `.body`; None where the answer is no document.
    """
    del content_type  # the bytes tell
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    document = answer.get("docuLanguageResource") if isinstance(answer, dict) else None
    if not isinstance(document, dict) or not isinstance(document.get("title"), str):
        return None
    text = _markup(_text(document, "htmlContent"))
    kind = answer.get("docuType") or document.get("docuType")
    page: HtmlElement = builder.HTML(
        builder.HEAD(builder.TITLE(document["title"])),
        builder.BODY(
            builder.ARTICLE(
                builder.P(_text(kind, "description") if isinstance(kind, dict) else "", builder.CLASS("kind")),
                builder.P(_text(answer, "refCode") or _text(document, "refCode"), builder.CLASS("reference")),
                builder.H1(document["title"]),
                builder.P(_text(document, "subtitle"), builder.CLASS("lead")),
                _time((_text(answer, "eventDate") or _text(document, "eventDate"))[:10], "published"),
                _time(_updated(text), "updated"),
                text,
            )
        ),
        lang=_text(document, "language").lower() or "en",
    )
    return page


def _time(stamp: str, name: str) -> HtmlElement:
    element: HtmlElement = builder.TIME(stamp, builder.CLASS(name))
    if stamp:
        element.set("datetime", stamp)
    return element


def _updated(text: HtmlElement) -> str:
    """The day of the last edit, where the text itself tells; its line is a date then, and no longer text."""
    for paragraph in text.iter("p", "div", "em", "strong"):
        if (match := _UPDATED.match(" ".join(str(paragraph.text_content()).split()))) is None:
            continue
        if len(str(paragraph.text_content())) < 60 and paragraph is not text:
            paragraph.drop_tree()
        return f"{match['year']}-{int(match['month']):02}-{int(match['day']):02}"
    return ""


def _markup(text: str) -> HtmlElement:
    """Markup in an element of its own: whatever tags it closes, it stays inside."""
    try:
        element = fragment_fromstring(text, create_parent="div")
    except etree.LxmlError:
        element = builder.DIV(text)
    element.set("class", "body")
    return element


def _text(table: dict[str, Any], key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""
