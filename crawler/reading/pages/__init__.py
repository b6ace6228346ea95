"""Page objects: where rules cannot read an answer as it comes, one of these turns it into a page that they can.

A page object is a function of an answer's bytes and content type that gives a tree, or None where there is nothing to
read. Everything else (screening, fingerprint, rules, what was learnt of layouts) works on that tree as on any other, so
a page object says what a reader would see, and leaves out what stirs by itself. A profile names it as
`page_object = "module:function"`, a module of this package.

Where a page is watched at the address that people know and its content stands at another, the module says so, too:
`ask(url)` is where the content of a watched address is asked for, `watched(url)` is the way back, `listed(value)` the
address that an entry of a list means, and `leads_to(body)` the address that an answer sends on to in its own words.
Each may be missing.
"""

from __future__ import annotations

import importlib
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from crawler.reading.generic.marking import mark_page
from crawler.reading.generic.rules import is_generic
from crawler.reading.page import parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from lxml.html import HtmlElement

    from crawler.reading.profiles import SiteProfile

    PageObject = Callable[[bytes, str | None], HtmlElement | None]


def page_tree(body: bytes, content_type: str | None, profile: SiteProfile) -> HtmlElement | None:
    """The tree that a site's rules read: the page itself, or what the profile's page object makes of the answer; marked
    for the generic rules, where the profile has no others.

    None where there is no text.
    """
    read = _load(profile.page_object) if profile.page_object else parse
    root = read(body, content_type)
    if root is not None and any(map(is_generic, profile.release)):
        return mark_page(root, body, content_type, profile)
    return root


def asked(url: str, profile: SiteProfile) -> str:
    """Where the content of a watched address is asked for: there, unless the page object knows better."""
    return _said("ask", url, profile) or url


def watched(url: str, profile: SiteProfile) -> str:
    """The watched address whose content stands at an address."""
    return _said("watched", url, profile) or url


def listed(value: str, profile: SiteProfile) -> str:
    """The address that an entry of a list means."""
    return _said("listed", value, profile) or value


def leads_to(body: bytes, profile: SiteProfile) -> str | None:
    """The address that an answer sends on to in its own words; None where it does not."""
    return _said("leads_to", body, profile)


def _said(function: str, about: str | bytes, profile: SiteProfile) -> str | None:
    if profile.page_object is None:
        return None
    known = getattr(_module(profile.page_object), function, None)
    return None if known is None else cast("str | None", known(about))


@lru_cache(maxsize=64)
def _load(name: str) -> PageObject:
    return cast("PageObject", getattr(_module(name), name.partition(":")[2]))


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{name.partition(':')[0]}")
