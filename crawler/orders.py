"""What a crawl process is told, and what it tells: plain values that travel between two processes.

Orders go to it pickled, from the process that started it. What comes back is MessagePack, and no more than the structures
below: a process that reads the pages of strangers is not trusted with more.
"""

from __future__ import annotations

import datetime as dt
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from crawler.aside import LIMIT
from crawler.reading.profiles import SiteProfile
from storage.records import Page

_LENGTH = struct.Struct("!I")


@dataclass(frozen=True, kw_only=True)
class Order:
    """One crawl of one site, as `crawler.process.Job` has it; the archive by its address."""

    key: str  #: by which its end is told
    profile: SiteProfile
    database: str
    payloads: str | None = None
    user_agent: str
    allow_private: tuple[str, ...] = ()
    due: Callable[[Page], bool] | None = None
    plan: Callable[[Page, dt.datetime], dt.datetime | None] | None = None
    lists: bool = True
    limit: int | None = None
    fence: str | None = None
    now: Callable[[], dt.datetime] | None = None
    page_limit: float = LIMIT
    settings: Mapping[str, Any] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)  #: addresses that held a reader for ever, and how
    suspects: tuple[str, ...] = ()  #: what was being read when a process ended
    alone: bool = False  #: in a process of its own: whatever holds it is then known
    deaths: int = 0  #: processes that ended before this did


@dataclass(frozen=True, kw_only=True)
class Stop:
    """End all crawls in order, as soon as the answers in flight are home."""


class Ready(msgspec.Struct, tag=True, frozen=True):
    """The process has come so far as to take orders."""


class Alive(msgspec.Struct, tag=True, frozen=True):
    """The process is there."""


class Reading(msgspec.Struct, tag=True, frozen=True):
    """A crawl reads a page; `what` is None when it has read it."""

    key: str
    what: str | None


class Counted(msgspec.Struct, tag=True, frozen=True):
    """How far a crawl is."""

    key: str
    planned: int
    ended: int


class Ended(msgspec.Struct, tag=True, frozen=True):
    """A crawl has ended: with its counts, or with what failed."""

    key: str
    stats: dict[str, int] | None
    error: str = ""
    kind: str = ""  #: the class of the error


Word = Ready | Alive | Reading | Counted | Ended

_decoder: msgspec.msgpack.Decoder[Word] = msgspec.msgpack.Decoder(Word)


def encode(word: Word) -> bytes:
    """What a process tells, as bytes."""
    return msgspec.msgpack.encode(word)


def decode(frame: bytes) -> Word:
    """What a process told.

    Raises:
        msgspec.MsgspecError: it is none of the words above.
    """
    return _decoder.decode(frame)


def send_frame(end: socket.socket, data: bytes) -> None:
    """Send one frame whole."""
    end.sendall(_LENGTH.pack(len(data)) + data)


def receive_frame(end: socket.socket) -> bytes | None:
    """The next frame; None where the other side is gone."""
    head = _exactly(end, _LENGTH.size)
    return None if head is None else _exactly(end, _LENGTH.unpack(head)[0])


def _exactly(end: socket.socket, size: int) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        try:
            part = end.recv(min(size - len(data), 1 << 20))
        except ConnectionError:
            return None
        if not part:
            return None
        data += part
    return bytes(data)
