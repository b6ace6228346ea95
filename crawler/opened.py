"""An answer, opened: what the reading and the writing of a page share."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crawler.reading.page import parse

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from crawler.items import Fetch


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A fetched page, parsed."""

    fetch: Fetch
    digest: str
    root: HtmlElement = field(repr=False)

    @property
    def hrefs(self) -> list[str]:
        """The addresses of all links on the page."""
        return [link.get("href") or "" for link in self.root.iter("a")]


def open_page(fetch: Fetch, *, digest: str | None = None) -> Opened | None:
    """The page in an answer; None where there is no text to parse."""
    root = parse(fetch.body, fetch.header("content-type"))
    if root is None:
        return None
    return Opened(fetch=fetch, digest=digest or payload_digest(fetch.body), root=root)


def payload_digest(body: bytes) -> str:
    """The name of a payload: `sha256:…`."""
    return "sha256:" + hashlib.sha256(body).hexdigest()
