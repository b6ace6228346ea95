"""Addresses of mementos: how an address of a page stands inside one of ours, and how it is read out again."""

from __future__ import annotations

import datetime as dt
import re
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.types import Scope

from web.state import outside

_DIGITS = re.compile(r"\d{14}", re.ASCII)
#: What may stand in an address as it is (RFC 3986, 2.2 and 2.3), and what is escaped already.
_SAFE = ";/?:@&=+$,-_.!~*'()[]%#"
#: Letters that are not ASCII, escaped (RFC 3987, 3.2).
_FOREIGN = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")
_LONGEST = 4000
_ESCAPED_START = re.compile(r"https?%3a(?:/|%2f)", re.IGNORECASE)
_START = re.compile(r"(https?):/{1,2}(?!/)", re.IGNORECASE)


def memento_url(request: Request, at: dt.datetime, url: str, *, mark: str = "") -> str:
    """Where the snapshot of a page that was taken at a moment is (URI-M)."""
    return outside(request, f"memento/{digits(at)}{mark}/{written(url)}")


def timegate_url(request: Request, url: str) -> str:
    """Where one asks for a page as it was at a time (URI-G)."""
    return outside(request, f"timegate/{written(url)}")


def timemap_url(request: Request, url: str, form: str = "link") -> str:
    """Where all mementos of a page are listed (URI-T)."""
    return outside(request, f"timemap/{form}/{written(url)}")


def written(url: str) -> str:
    """An address of a page as it stands in a header or in an address of ours: ASCII, nothing in it that ends it."""
    return quote(url, safe=_SAFE).replace("#", "%23")


def asked(scope: Scope, start: str) -> list[str]:
    """The address that stands behind `start` in a request's own, in the spellings in which we may have kept it.

    It is taken from the bytes of the request line: what is escaped in it stays so. A proxy may have made one slash of two.
    """
    raw = scope.get("raw_path") or scope["path"].encode()
    path = raw.decode("latin-1").partition("?")[0]
    place = path.find(start)
    found = path[place + len(start) :] if place >= 0 else ""
    if query := scope.get("query_string", b"").decode("latin-1"):
        found += f"?{query}"
    if _ESCAPED_START.match(found):
        found = unquote(found)
    found = _START.sub(lambda match: f"{match[1].lower()}://", found, count=1)
    plain = unquote(found)
    spelt = (found, _FOREIGN.sub(lambda match: unquote(match[0]), found), plain, written(plain))
    return list(dict.fromkeys(one for one in spelt if one.isprintable() and len(one) < _LONGEST))


def digits(at: dt.datetime) -> str:
    """`20240503143000`, UTC."""
    return f"{at.astimezone(dt.UTC):%Y%m%d%H%M%S}"


def moment_of(text: str) -> dt.datetime | None:
    """The moment that fourteen digits mean; None where they mean none."""
    if not _DIGITS.fullmatch(text):
        return None
    try:
        return dt.datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)
    except ValueError:
        return None
