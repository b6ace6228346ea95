"""Foreign text made fit for a message: cleaned, bounded, and addresses that may be linked."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urlsplit

from changes.release import normalise

#: Categories that no reader sees and that programs obey: controls, formats, surrogates, separators of lines.
_OBEYED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_MARKS = re.compile(r"(\w?[\u0300-\u036f]{4})[\u0300-\u036f]+")
_SAFE_IN_ADDRESS = "/:?#[]@!$&'()*+,;=%~-._"
_MAX_ADDRESS = 2000


def clean(text: str | None, limit: int | None = None) -> str:
    """A text in one line without anything invisible, cut between words to `limit` letters."""
    if not text:
        return ""
    if limit is not None and len(text) > 8 * limit + 400:  # do not wash what is cut off anyhow
        text = text[: 8 * limit + 400]
    text = normalise(washed(normalise(text)))
    return text if limit is None else shortened(text, limit)


def washed(text: str) -> str:
    """A piece of a text without anything invisible, its blanks as they were."""
    if not text.isprintable():
        text = "".join(char for char in text if unicodedata.category(char) not in _OBEYED)
    if not text.isascii():
        text = _MARKS.sub(r"\1", text)  # marks piled on a letter would run over the lines around it
    return text


def shortened(text: str, limit: int) -> str:
    """The start of a text, cut between words where that leaves most of it."""
    if len(text) <= limit:
        return text
    start = text[: limit - 1]
    words = start.rsplit(" ", 1)[0]
    return (words if len(words) >= limit // 2 else start).rstrip(" ,;:–-") + " …"


def linkable(url: str | None) -> str | None:
    """An address that a reader may click on: http or https, in ASCII; None for any other."""
    if not url or len(url) > _MAX_ADDRESS:
        return None
    url = normalise(url)
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        ascii_host = host if host.isascii() else host.encode("idna").decode("ascii")
    except ValueError:  # idna's errors are among them
        return None
    if parts.scheme.lower() not in ("http", "https") or not host or parts.username is not None:
        return None
    found = url if host.isascii() else url.replace(parts.netloc, parts.netloc.replace(host, ascii_host), 1)
    return quote(found, safe=_SAFE_IN_ADDRESS)
