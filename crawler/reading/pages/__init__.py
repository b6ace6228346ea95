"""Page objects: where rules cannot read an answer as it comes, one of these turns it into a page that they can.

A page object is a function of an answer's bytes and content type that gives a tree, or None where there is nothing to
read. Everything else (screening, fingerprint, rules, what was learnt of layouts) works on that tree as on any other, so
a page object says what a reader would see, and leaves out what stirs by itself. A profile names it as
`page_object = "module:function"`, a module of this package.
"""

from __future__ import annotations

import importlib
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from crawler.reading.page import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.html import HtmlElement

    from crawler.reading.profiles import SiteProfile

    PageObject = Callable[[bytes, str | None], HtmlElement | None]


def page_tree(body: bytes, content_type: str | None, profile: SiteProfile) -> HtmlElement | None:
    """The tree that a site's rules read: the page itself, or what the profile's page object makes of the answer.

    None where there is no text.
    """
    if profile.page_object is None:
        return parse(body, content_type)
    return _load(profile.page_object)(body, content_type)


@lru_cache(maxsize=64)
def _load(name: str) -> PageObject:
    module, _, function = name.partition(":")
    return cast("PageObject", getattr(importlib.import_module(f"{__name__}.{module}"), function))
