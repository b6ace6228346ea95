"""A plain HTTP client for tests of our own press sites: one answer as it came, redirects not followed; and what is on a page."""

from __future__ import annotations

import gzip
import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import lxml.html


@dataclass(frozen=True, kw_only=True)
class Got:
    """An answer. Header names are in lower case; `body` is as it was sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text, its gzip undone."""
        whole = gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body
        return whole.decode("utf-8")


def get(url: str, *, method: str = "GET", **headers: str) -> Got:
    """Ask once. Header names are given with underscores: `if_none_match=`."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method, target, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        names = {name.lower(): value for name, value in answer.getheaders()}
        return Got(status=answer.status, headers=names, body=answer.read())
    finally:
        connection.close()


def select(markup: str, css: str) -> list[Any]:
    """The elements (lxml's HtmlElement) of a page or a piece of one that match a CSS selector."""
    return list(lxml.html.fromstring(markup).cssselect(css))
