"""A polite client for one archive server: one request at a time, through the guard, whole answers or none.

It asks the server's own interfaces (CDX and Memento, RFC 7089), which are made for programs; robots.txt of an archive
is about its pages. No request is made sooner than `delay` after the last, and `Retry-After` is honoured (RFC 9110).
"""

from __future__ import annotations

import datetime as dt
import http.client
import re
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from crawler.bodies import ACCEPT_ENCODING, TooLarge, Truncated, unpacked, whole
from crawler.guard import Guard, Refused, check_url

#: The pause that a server which is asked too much gets where it names none: the Internet Archive blocks for less.
PAUSE = 60.0
LONGEST_PAUSE = 15 * 60.0
TRIES = 6
TIMEOUT = 60.0
_BUSY = frozenset({429, 503})
_PASSING = frozenset({500, 502, 504, 520, 522, 524})


class Unanswered(Exception):  # noqa: N818 - named for what happened
    """The server gave no whole answer, however often it was asked. The message says what it did."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One whole answer. The body of status 200 has its encodings undone, and its end seen."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of that name, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Client:
    """Asks one server. Not for several threads."""

    def __init__(
        self,
        server: str,
        *,
        user_agent: str,
        allow_private: tuple[str, ...] = (),
        delay: float = 1.0,
        max_bytes: int,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Open no connection yet.

        Args:
            server: Its address, `https://HOST[:PORT][/PATH]`; nothing else is ever dialled.
            user_agent: Who we are, with a contact.
            allow_private: What may be dialled besides public addresses.
            delay: Seconds between two requests.
            max_bytes: The longest body.
            sleep: Waits so many seconds.
            clock: Seconds, ever growing.
            say: Tells a person why there is a pause.

        Raises:
            Refused: it is no address that may be asked.
        """
        check_url(server)
        parts = urlsplit(server)
        self._scheme, self._host = parts.scheme, parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._guard = Guard.of(allow_private=allow_private, ports=[self._port])
        self._agent, self._delay, self._most = user_agent, delay, max_bytes
        self._sleep, self._clock, self._say = sleep, clock, say
        self._connection: http.client.HTTPConnection | None = None
        self._next = 0.0

    def get(self, url: str, *, max_bytes: int | None = None) -> Reply:
        """One answer; redirects are not followed.

        Raises:
            Refused: the address is another server's, or leads to one that may not be dialled.
            Unanswered: no whole answer was to be had.
        """
        check_url(url)
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if (parts.scheme, parts.hostname, port) != (self._scheme, self._host, self._port):
            raise Refused(f"{url} is not on the server that is asked ({self._host}:{self._port})")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        reason, rested = "", True
        for attempt in range(TRIES):
            if not rested:
                self._pause(2.0**attempt, reason)
            rested = False
            try:
                reply = self._ask(url, target, max_bytes or self._most)
            except (OSError, http.client.HTTPException, Truncated) as error:
                self.close()
                reason = f"{type(error).__name__}: {error}" if not isinstance(error, Truncated) else str(error)
                continue
            except TooLarge as error:
                self.close()
                raise Unanswered(str(error)) from None
            if reply.status in _BUSY and not _is_memento(reply):
                reason = f"status {reply.status}"
                self._pause(_retry_after(reply) or PAUSE, "the server asks for patience")
                rested = True
            elif reply.status in _PASSING and not _is_memento(reply):
                reason = f"status {reply.status}"
            else:
                return reply
        raise Unanswered(f"no whole answer after {TRIES} tries ({' '.join(reason.split())[:200]})")

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, url: str, target: str, most: int) -> Reply:
        if (wait := self._next - self._clock()) > 0:
            self._sleep(wait)
        if self._connection is None:
            self._connection = self._connect()
        connection = self._connection
        try:
            connection.request(
                "GET", target, headers={"User-Agent": self._agent, "Accept-Encoding": ACCEPT_ENCODING, "Accept": "*/*"}
            )
            answer = connection.getresponse()
            raw = _read(answer, most)
        finally:
            self._next = self._clock() + self._delay
        headers = tuple(answer.getheaders())
        codings = ",".join(value for name, value in headers if name.lower() == "content-encoding" and value)
        if answer.will_close:
            self.close()
        if answer.status != http.client.OK:
            return Reply(
                url=url, status=answer.status, headers=headers, body=unpacked(raw, codings=codings, max_bytes=most)
            )
        # http.client raises where a length or a last chunk is missed; without either only the content can tell
        framed = answer.getheader("Content-Length") is not None or answer.chunked
        kind = answer.getheader("Content-Type") or ""
        body = whole(raw, codings=codings, content_type=kind, framed=framed, max_bytes=most)
        return Reply(url=url, status=answer.status, headers=headers, body=body)

    def _connect(self) -> http.client.HTTPConnection:
        kind = _Tls if self._scheme == "https" else _Plain
        return kind(self._host, self._port, guard=self._guard)

    def _pause(self, seconds: float, reason: str) -> None:
        seconds = min(seconds, LONGEST_PAUSE)
        if seconds >= 5:
            self._say(f"{self._host}: {reason}; going on in {seconds:.0f} s")
        self._sleep(seconds)


class _Plain(http.client.HTTPConnection):
    """A connection that shows the guard each address before it is dialled."""

    def __init__(self, host: str, port: int, *, guard: Guard, **options: Any) -> None:
        super().__init__(host, port, timeout=TIMEOUT, **options)
        self._guard = guard

    def connect(self) -> None:
        self.sock = _dial(self._guard, self.host, self.port)


class _Tls(http.client.HTTPSConnection):
    """The same over TLS, the server's certificate checked."""

    def __init__(self, host: str, port: int, *, guard: Guard) -> None:
        self._context_of_ours = ssl.create_default_context()
        super().__init__(host, port, timeout=TIMEOUT, context=self._context_of_ours)
        self._guard = guard

    def connect(self) -> None:
        plain = _dial(self._guard, self.host, self.port)
        try:
            self.sock = self._context_of_ours.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


def _dial(guard: Guard, host: str, port: int) -> socket.socket:
    """A connection to the first address of a host that answers. What is dialled is what the guard saw."""
    last: OSError | None = None
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        guard.check_dial(str(address[0]), port)
        found = socket.socket(family, kind, protocol)
        try:
            found.settimeout(TIMEOUT)
            found.connect(address)
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            found.close()
            last = error
            continue
        return found
    raise last or OSError(f"{host} has no address")


def _read(answer: http.client.HTTPResponse, most: int) -> bytes:
    """The body as it was sent. Compressed it is never much longer than `most`."""
    parts: list[bytes] = []
    size = 0
    while part := answer.read(64 * 1024):
        parts.append(part)
        size += len(part)
        if size > most:
            raise TooLarge(f"the body is larger than {most} bytes")
    if answer.length:
        raise Truncated(f"the body is cut short: {answer.length} bytes are missing")
    return b"".join(parts)


def _is_memento(reply: Reply) -> bool:
    """Whether a status is that of an answer in the archive, and not the archive's own."""
    return reply.header("Memento-Datetime") is not None


def _retry_after(reply: Reply) -> float | None:
    """The seconds that `Retry-After` asks for, as a number or a date (RFC 9110, 10.2.3)."""
    value = (reply.header("Retry-After") or "").strip()
    if re.fullmatch(r"\d{1,6}", value):
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    now = parsedate_to_datetime(reply.header("Date") or "") if reply.header("Date") else dt.datetime.now(dt.UTC)
    return max(0.0, (at - now).total_seconds())
