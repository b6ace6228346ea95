"""A stored page made inert where its sandbox is not enough.

A sandbox with `default-src 'none'` runs and loads nothing. But browsers open connections for `<link rel="preconnect">`
and for the address of a frame before they ask the policy, which tells a stranger who is reading. Under that policy
neither can do anything else: a link becomes a meta element, which may stand where a link may (a refresh in it is the
sandbox's to refuse), and a frame is given an empty page before its own (of two attributes the first counts). Nothing of
what a reader sees changes. Whoever wants the bytes as they were kept asks for the identity (`…id_/`).
"""

from __future__ import annotations

import re
from collections.abc import Callable

_NAMES = {"link": "<meta", "iframe": '<iframe srcdoc=""', "frame": '<frame src="about:blank"'}
#: What may follow the name of an element (HTML, 13.2.5.8).
_ENDS = "\t\n\f\r />"


def inert(body: bytes) -> bytes:
    """The page with no link in it, and nothing in its frames, whatever its encoding."""
    for pattern, named in _PATTERNS if b"\0" in body else _PATTERNS[:1]:
        body = pattern.sub(named, body)
    return body


def _pattern(encoding: str) -> tuple[re.Pattern[bytes], Callable[[re.Match[bytes]], bytes]]:
    def letter(one: str) -> bytes:
        return b"(?:" + b"|".join(re.escape(case.encode(encoding)) for case in dict.fromkeys((one, one.upper()))) + b")"

    names = b"|".join(b"".join(map(letter, name)) for name in _NAMES)
    ends = b"|".join(re.escape(one.encode(encoding)) for one in _ENDS)
    pattern = re.compile(re.escape("<".encode(encoding)) + b"(" + names + b")(?=" + ends + b")", re.DOTALL)
    width = len("<".encode(encoding))

    def named(match: re.Match[bytes]) -> bytes:
        if match.start() % width:  # halves of two letters
            return match[0]
        return _NAMES[match[1].decode(encoding).lower()].encode(encoding)

    return pattern, named


_PATTERNS = tuple(map(_pattern, ("ascii", "utf-16-le", "utf-16-be")))
