"""What error pages have in common: their text without what is made anew for each answer.

An error page may print the number of the request, the moment, the address that was asked for. A release has none of
these in its text, or says more than that: its figures, days and hours all stay.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

_TOKEN = re.compile(r"[0-9A-Za-z_]+(?:[.-][0-9A-Za-z_]+)*")
_PARTS = re.compile(r"[.-]")
#: A moment to the second, or in the notation of machines.
_MOMENT = re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?|\b\d{1,2}:\d\d:\d\d\b")
#: Signs of a number that nobody reads: with letters among its digits, in three parts or more, of digits alone.
_MIXED, _IN_PARTS, _DIGITS = 8, 12, 6


def in_common(text: str, url: str) -> str:
    """The text of an answer without what was made for this answer alone; `url` is the address that gave it."""
    parts = urlsplit(url)
    for own in (url, unquote(url), parts.path, unquote(parts.path)):
        if len(own) > 3:
            text = text.replace(own, "…")
    return _TOKEN.sub(_shown, _MOMENT.sub("…", text))


def _shown(found: re.Match[str]) -> str:
    """A token, or what stands for it where it is the number of a request, a machine or a session."""
    token = found[0]
    if not any(letter.isdigit() for letter in token):
        return token
    parts = _PARTS.split(token)
    if token.replace(".", "").isdigit() and len(parts) == 4:
        return "…"
    longest = max(map(len, parts))
    if not any(letter.isalpha() for letter in token):
        return "…" if longest >= _DIGITS else token
    of_many = len(parts) >= 3 and len(token) >= _IN_PARTS
    mixed = any(len(part) >= _MIXED and part.isalnum() and not part.isalpha() for part in parts)
    return "…" if of_many or mixed else token
