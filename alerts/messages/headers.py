"""Headers that no title can break.

The standard library's header classes read encoded words out of text that is set, so that a title which spells one
(`=?utf-8?q?=0ABcc:…?=`) becomes a line of its own, and they fold long addresses into encoded words. What stands here
is encoded once, by us (RFC 2047), and written as it is (RFC 5322).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from email.policy import Policy
from email.utils import getaddresses
from typing import Self

from alerts.messages.text import clean

#: Letters in a line with encoded words, and in one encoded word (RFC 2047, 2).
_LINE, _WORD = 76, 75
_FRAME = len("=?utf-8?b??=")
_PLAIN = re.compile(r"[ -~]*")
_TOKEN = re.compile(r"[!-~]+(?: [!-~]+)*")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_LITERAL = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\\x00-\x1f\x7f]{1,64}@[^\s@<>()\[\],;:\"\\\x00-\x1f\x7f]{1,255}")


class AddressError(ValueError):
    """This is no address that mail can be written from or to."""


class Header(str):
    """A header's value as people read it, which knows how it is written on the wire.

    `email` keeps a value that has a name as it is, and asks it to fold itself.
    """

    __slots__ = ("lines", "name")
    name: str
    lines: tuple[str, ...]

    def __new__(cls, name: str, value: str, lines: tuple[str, ...]) -> Self:
        """`lines` are the value in ASCII, as long as they may be."""
        made = super().__new__(cls, value)
        made.name, made.lines = name, lines
        return made

    def fold(self, *, policy: Policy) -> str:
        """The whole header, with the line ends of the policy."""
        return f"{self.name}: " + f"{policy.linesep} ".join(self.lines) + policy.linesep


def spoken(name: str, text: str, *, limit: int = 200) -> Header:
    """A header that people read, such as Subject."""
    text = clean(text, limit)
    room = _LINE - len(name) - 2
    if _PLAIN.fullmatch(text) and "=?" not in text:
        return Header(name, text, tuple(_wrapped(text, room)))
    return Header(name, text, tuple(_encoded(text, room)))


def exact(name: str, value: str) -> Header:
    """A header for programs: visible ASCII and single blanks, written in one line.

    Raises:
        ValueError: the value has other characters; such a value is our fault, or bad configuration.
    """
    if not _TOKEN.fullmatch(value) or len(value) > 900:
        raise ValueError(f"{name}: {value[:80]!r} cannot stand in a header; write plain ASCII")
    return Header(name, value, (value,))


def mailbox(name: str, address: str) -> Header:
    """A header with one mailbox, `Name <local@domain>` or without the name; a foreign domain goes as Punycode.

    Raises:
        AddressError: there is no address in it.
    """
    shown, bare = split_address(address)
    if not shown:
        return Header(name, bare, (bare,))
    if _ATOMS.fullmatch(shown) and "=?" not in shown:
        return Header(name, f"{shown} <{bare}>", (f"{shown} <{bare}>",))
    words = _encoded(shown, _LINE - len(name) - 2)
    quoted = shown.replace("\\", "\\\\").replace('"', '\\"')
    return Header(name, f'"{quoted}" <{bare}>', (*words, f"<{bare}>"))


def split_address(address: str) -> tuple[str, str]:
    """Name and address of a mailbox.

    Raises:
        AddressError: there is none in it.
    """
    found = getaddresses([clean(address, 400)]) if not _CONTROL.search(address) else []
    name, bare = found[0] if len(found) == 1 else ("", "")
    local, _, domain = bare.rpartition("@")
    try:
        bare = f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        bare = ""
    if not _ADDRESS.fullmatch(bare) or not bare.isascii():
        raise AddressError(f"{address[:80]!r} is no e-mail address; write local@domain or Name <local@domain>")
    return clean(name, 100), bare


def message_id(key: str, sender: str) -> str:
    """The Message-ID of a delivery: the same for the same key. A key that is a Message-ID already is left as it is."""
    if re.fullmatch(r"<[!-;=?-~]+@[!-;=?-~]+>", key):
        return key
    domain = split_address(sender)[1].rpartition("@")[2]
    if not re.fullmatch(r"[A-Za-z0-9._+-]{1,120}", key) or key.startswith(".") or key.endswith(".") or ".." in key:
        key = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return f"<{key}@{domain}>"


def _wrapped(text: str, room: int) -> Iterator[str]:
    """A plain text in lines, cut at its blanks."""
    line = ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > room:
            yield line
            line, room = word, _LINE
        else:
            line = f"{line} {word}" if line else word
    yield line


def _encoded(text: str, room: int) -> Iterator[str]:
    """A text as encoded words of one line each, cut between characters."""
    most = min(_WORD, room) - _FRAME
    piece = b""
    for char in text:
        data = char.encode("utf-8", "replace")
        if piece and len(_base64(piece + data)) > most:
            yield _word(piece)
            piece, most = b"", _WORD - _FRAME
        piece += data
    yield _word(piece)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _word(data: bytes) -> str:
    """One encoded word, in the shorter of its two encodings: most Swedish stays readable."""
    legible = "".join(chr(byte) if byte in _LITERAL else "_" if byte == 0x20 else f"={byte:02X}" for byte in data)
    long = _base64(data)
    return f"=?utf-8?q?{legible}?=" if len(legible) <= len(long) else f"=?utf-8?b?{long}?="
