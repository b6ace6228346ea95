"""The key under which an index of web archives holds an address (SURT): host turned round, all that is noise left out.

`https://www.Press.example/News/?b=2&a=1` is `example,press)/news?a=1&b=2`. As pywb, the Wayback Machine and
ReplayWeb.page make it of what they are asked for; only session numbers in addresses are left where they stand.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes, urlsplit

_WWW = re.compile(r"^www\d*\.")
_PORTS = {"http": 80, "https": 443}
#: Escapes within escapes within escapes: an address that was encoded more often is somebody's joke.
_DEEPEST = 8


def surt(url: str) -> str:
    """The key of an address, without blanks; the text itself where it is none."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return _escaped(url.encode("utf-8", "replace"))
    if not host:
        return _escaped(url.encode("utf-8", "replace"))
    name = _WWW.sub("", _ascii(_plain(host)).strip("."))
    if ":" not in name:  # not an IPv6 address
        name = ",".join(reversed(name.split(".")))
    place = "" if port is None or port == _PORTS.get(parts.scheme) else f":{port}"
    path = _escaped(_walked(_plain(parts.path)))
    if len(path) > 1:
        path = path.removesuffix("/")
    query = _ordered(_escaped(_plain(parts.query)))
    return f"{name}{place}){path}{f'?{query}' if query else ''}"


def _plain(text: str) -> bytes:
    """Text without any escapes, in lower case."""
    data = text.encode("utf-8", "replace")
    for _ in range(_DEEPEST):
        found = unquote_to_bytes(data)
        if found == data:
            break
        data = found
    return data.lower()


def _ascii(host: bytes) -> str:
    """A host as the network knows it: `räksmörgås.se` is `xn--rksmrgs-5wao1o.se`."""
    text = host.decode("utf-8", "replace")
    try:
        return text if text.isascii() else text.encode("idna").decode("ascii")
    except UnicodeError:
        return text


def _walked(path: bytes) -> bytes:
    """A path without steps back and doubled slashes."""
    out: list[bytes] = []
    for step in path.split(b"/"):
        if step == b".." and out:
            out = out[:-1]
        elif step not in (b"", b"."):
            out.append(step)
    last = b"/" if out and path.endswith(b"/") else b""
    return b"/" + b"/".join(out) + last


def _escaped(data: bytes) -> str:
    return "".join(f"%{byte:02x}" if byte <= 0x20 or byte >= 0x7F or byte in b"#%" else chr(byte) for byte in data)


def _ordered(query: str) -> str:
    return "&".join("=".join(pair) for pair in sorted(tuple(part.split("=", 1)) for part in query.split("&")))
