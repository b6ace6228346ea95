"""What a page holds that no reader sees, and what a reader sees that the page hides."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: Elements whose text is never shown.
UNSEEN = frozenset({"script", "style", "noscript", "template", "head", "svg", "math", "iframe", "object", "select"})

_NONE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)


def hides(element: HtmlElement) -> bool:
    """Whether an element says that it is not shown, nor anything in it."""
    if (hidden := element.get("hidden")) is not None and hidden.lower() != "until-found":
        return True
    if (aria := element.get("aria-hidden")) and aria.strip().lower() == "true":
        return True
    style = element.get("style")
    return style is not None and _NONE.search(style) is not None


def hidden_address(element: HtmlElement) -> str | None:
    """The e-mail address that a content network hides in this element (`data-cfemail`, or the link around it).

    The first byte is a key that differs on each request; the others are the address, combined with it.
    """
    if code := element.get("data-cfemail"):
        return decode_address(code)
    if element.tag == "a" and not len(element):
        _, mark, code = (element.get("href") or "").partition("/cdn-cgi/l/email-protection#")
        return decode_address(code) if mark else None
    return None


def decode_address(code: str) -> str | None:
    """The address in a hexadecimal code; None where it is none."""
    try:
        key, *rest = bytes.fromhex(code)
        return bytes(byte ^ key for byte in rest).decode("utf-8") or None
    except ValueError:
        return None
