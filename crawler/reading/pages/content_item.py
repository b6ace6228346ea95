"""Content items of the GOV.UK Content API (`/api/content/PATH`, JSON) as pages that rules can read.

The item says more exactly than the page what a release is: days with their time zone, the notice of a withdrawal, the
government under which it was published ("history mode"). They are written out in the words that the site itself puts
on its pages, so that they are found as its notices. See the news_article schema of alphagov/publishing-api.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from lxml import etree
from lxml.html import builder, fragment_fromstring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement


#: In English whatever the machine's locale: these words are read again.
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip


_API = "/api/content"
_ZONE = ZoneInfo("Europe/London")
#: A longer explanation is no part of a notice; it is read as text.
_LONGEST_REASON = 280


def ask(url: str) -> str | None:
    """The item behind a page of GOV.UK: the same path below `/api/content`."""
    parts = urlsplit(url)
    if parts.path.startswith(f"{_API}/"):
        return None
    return f"{parts.scheme}://{parts.netloc}{_API}{parts.path}"


def watched(url: str) -> str | None:
    """The page that shows an item."""
    parts = urlsplit(url)
    return (
        f"{parts.scheme}://{parts.netloc}{parts.path.removeprefix(_API)}" if parts.path.startswith(f"{_API}/") else None
    )


def leads_to(body: bytes) -> str | None:
    """Where a page has moved: an item of type `redirect` says so in its own words."""
    if b'"redirect"' not in body:
        return None
    try:
        item = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if not isinstance(item, dict) or item.get("document_type", item.get("schema_name")) != "redirect":
        return None
    return next((to for one in _tables(item, "redirects") if (to := _text(one, "destination"))), None)


def read(body: bytes, content_type: str | None) -> HtmlElement | None:
    """A content item as a page: an `article` with `.byline` (`.kind` and `.from a`), `.content-id`, `h1`, `.lead`,
    `time.published`, `time.updated`, `.government` (`.former` where it is out of office), `.notice`, `.explanation`,
    `.body`, `.history` and `.attachments`; None where the answer is no content item.
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
        _byline(item),
        builder.P(_text(item, "content_id"), builder.CLASS("content-id")),
        builder.H1(item["title"]),
        builder.P(_text(item, "description"), builder.CLASS("lead")),
        *_notices(item, details),
        *_times(item, details),
        *_government_line(item, details),
        _markup(_text(details, "body"), "body"),
        _history(details),
        builder.DIV(*_attachments(details), builder.CLASS("attachments")),
    )
    page: HtmlElement = builder.HTML(
        builder.HEAD(builder.TITLE(item["title"]), builder.LINK(rel="canonical", href=_text(item, "base_path"))),
        builder.BODY(article),
        lang=_text(item, "locale") or "en",
    )
    return page


def _byline(item: dict[str, Any]) -> HtmlElement:
    """What an item is and who publishes it: "Press release from Home Office"."""
    kind = builder.SPAN(_text(item, "document_type").replace("_", " ").capitalize(), builder.CLASS("kind"))
    senders = list(_organisations(item))
    for link in senders[:-1]:
        link.tail = ", "
    words = (" from ", builder.SPAN(*senders, builder.CLASS("from"))) if senders else ()
    line: HtmlElement = builder.P(kind, *words, builder.CLASS("byline"))
    return line


def _times(item: dict[str, Any], details: dict[str, Any]) -> Iterator[HtmlElement]:
    """The days that the site prints; the second only where it is another moment than the first, as on its pages."""
    first = _text(details, "first_public_at") or _text(item, "first_published_at")
    if first:
        yield builder.TIME(first, builder.CLASS("published"), datetime=first)
    last = _text(item, "public_updated_at")
    if last and _moment(last) not in (_moment(first), _moment(_text(item, "first_published_at"))):
        yield builder.TIME(last, builder.CLASS("updated"), datetime=last)


def _history(details: dict[str, Any]) -> HtmlElement:
    """The notes that come with edits, as the page's own list of updates; the first only says that it was published."""
    notes = sorted(_tables(details, "change_history"), key=lambda one: str(_moment(_text(one, "public_timestamp"))))[1:]
    items = [
        builder.LI(f"{_day(_text(one, 'public_timestamp'))}: {_text(one, 'note')}")
        for one in reversed(notes)
        if _text(one, "note")
    ]
    section: HtmlElement = builder.DIV(builder.CLASS("history"))
    if items:
        section.extend((builder.H2("Updates to this page"), builder.UL(*items)))
    return section


def _notices(item: dict[str, Any], details: dict[str, Any]) -> Iterator[HtmlElement]:
    """The site's own lines about the page, which it words by the item's schema: "This news article was withdrawn"."""
    this = f"This {(_text(item, 'schema_name') or _text(item, 'document_type')).replace('_', ' ') or 'page'}"
    withdrawn = _table(item, "withdrawn_notice")
    if withdrawn:
        when = _moment(_text(withdrawn, "withdrawn_at"))
        on = f" on {when.day} {_MONTHS[when.month - 1]} {when.year}" if isinstance(when, dt.datetime) else ""
        explanation = _markup(_text(withdrawn, "explanation"), "explanation")
        why = " ".join(str(explanation.text_content()).split())
        short = 0 < len(why) <= _LONGEST_REASON
        yield builder.P(f"{this} was withdrawn{on}{f'. {why}' if short else ''}", builder.CLASS("notice"))
        if why and not short:
            yield explanation
    government, current = _government(item, details)
    if details.get("political") is True and current is False:
        yield builder.P(
            f"{this} was published under the {government or 'previous government'}", builder.CLASS("notice")
        )


def _government(item: dict[str, Any], details: dict[str, Any]) -> tuple[str, bool | None]:
    """The government under which an item was published, and whether it is in office still; None where that is not said.

    The site's own pages go by the link, and so do we: the copy in `details` may be older (alphagov/frontend,
    `concerns/political.rb`).
    """
    for one in _tables(_table(item, "links"), "government"):
        current = _table(one, "details").get("current")
        return _text(one, "title"), current if isinstance(current, bool) else None
    known = _table(details, "government")
    current = known.get("current")
    return _text(known, "title"), current if isinstance(current, bool) else None


def _government_line(item: dict[str, Any], details: dict[str, Any]) -> Iterator[HtmlElement]:
    """Under which government an item was published, whether the site marks it as historical or not."""
    government, current = _government(item, details)
    if government:
        office = {True: "current", False: "former", None: "unknown"}[current]
        yield builder.P(government, builder.CLASS(f"government {office}"))


def _moment(stamp: str) -> dt.datetime | str:
    """A time of the API in the zone of its readers; as it stands where it is none."""
    try:
        when = dt.datetime.fromisoformat(stamp)
    except ValueError:
        return stamp
    return when.astimezone(_ZONE) if when.tzinfo else when.replace(tzinfo=_ZONE)


def _day(stamp: str) -> str:
    when = _moment(stamp)
    return when.date().isoformat() if isinstance(when, dt.datetime) else stamp


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
