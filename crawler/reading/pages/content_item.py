"""Content items of the GOV.UK Content API (`/api/content/PATH`, JSON) as pages that rules can read.

The item says more exactly than the page what a release is: days with their time zone, the notice of a withdrawal, the
government under which it was published ("history mode"). They are written out in the words that the site itself puts
on its pages, so that they are found as its notices. See the news_article schema of alphagov/publishing-api.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec
from lxml import etree
from lxml.html import builder, fragment_fromstring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement


#: In English whatever the machine's locale: these words are read again.
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip


def read(body: bytes, content_type: str | None) -> HtmlElement | None:
    """A content item as a page: an `article` with `.kind`, `.from`, `h1`, `.lead`, `time.published`, `time.updated`,
    `.notice`, `.body` and `.attachments`; None where the answer is no content item.
    """
    del content_type  # the bytes tell
    try:
        item = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if not isinstance(item, dict) or not isinstance(item.get("title"), str):
        return None
    details = _table(item, "details")
    article = builder.ARTICLE(
        builder.P(_text(item, "document_type").replace("_", " ").capitalize(), builder.CLASS("kind")),
        builder.P(*_organisations(item), builder.CLASS("from")),
        builder.H1(item["title"]),
        builder.P(_text(item, "description"), builder.CLASS("lead")),
        *(builder.P(line, builder.CLASS("notice")) for line in _notices(item, details)),
        *_times(item),
        _markup(_text(details, "body"), "body"),
        builder.DIV(*_attachments(details), builder.CLASS("attachments")),
    )
    page: HtmlElement = builder.HTML(
        builder.HEAD(builder.TITLE(item["title"]), builder.LINK(rel="canonical", href=_text(item, "base_path"))),
        builder.BODY(article),
        lang=_text(item, "locale") or "en",
    )
    return page


def _times(item: dict[str, Any]) -> Iterator[HtmlElement]:
    for name, key in (("published", "first_published_at"), ("updated", "public_updated_at")):
        if stamp := _text(item, key):
            yield builder.TIME(stamp, builder.CLASS(name), datetime=stamp)


def _notices(item: dict[str, Any], details: dict[str, Any]) -> Iterator[str]:
    this = f"This {_text(item, 'document_type').replace('_', ' ') or 'page'}"
    withdrawn = _table(item, "withdrawn_notice")
    if withdrawn:
        try:
            when = dt.datetime.fromisoformat(_text(withdrawn, "withdrawn_at"))
        except ValueError:
            yield f"{this} was withdrawn"
        else:
            yield f"{this} was withdrawn on {when.day} {_MONTHS[when.month - 1]} {when.year}"
    government = _table(details, "government")
    if details.get("political") is True and government.get("current") is False:
        yield f"{this} was published under the {_text(government, 'title')}"


def _organisations(item: dict[str, Any]) -> Iterator[HtmlElement]:
    for one in _tables(_table(item, "links"), "organisations"):
        yield builder.A(_text(one, "title"), href=_text(one, "base_path"))


def _attachments(details: dict[str, Any]) -> Iterator[HtmlElement]:
    for one in _tables(details, "attachments"):
        if url := _text(one, "url"):
            yield builder.A(_text(one, "title") or url, href=url)


def _markup(text: str, name: str) -> HtmlElement:
    """Markup in an element of its own: whatever tags it closes, it stays inside."""
    try:
        element = fragment_fromstring(text, create_parent="div")
    except etree.LxmlError:
        element = builder.DIV(text)
    element.set("class", name)
    return element


def _text(table: dict[str, Any], key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""


def _table(table: dict[str, Any], key: str) -> dict[str, Any]:
    value = table.get(key)
    return value if isinstance(value, dict) else {}


def _tables(table: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = table.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
