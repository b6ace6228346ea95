"""Servers on loopback that answer byte for byte what a test wrote, however wrong that is."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

#: What stands behind a path: bytes to send before the connection is closed, or a function that does as it likes.
Script = bytes | Callable[[socket.socket], None]

OPEN_ROBOTS = b"User-agent: *\nDisallow:\n"


def answer(body: bytes = b"", status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    """A whole HTTP answer with a Content-Length, right or (`length`) wrong."""
    head = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body) if length is None else length}"]
    if not any(header.lower().startswith("content-type") for header in headers):
        head.append("Content-Type: text/html; charset=utf-8")
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def bare(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """An answer with these headers and no more: without a length, the connection ends it."""
    return "\r\n".join([f"HTTP/1.1 {status}", *headers]).encode() + b"\r\n\r\n" + body


def chunks(*parts: bytes, last: bool = True) -> bytes:
    """A body in chunks, with its last chunk or without."""
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + (b"0\r\n\r\n" if last else b"")


def reset_after(data: bytes) -> Callable[[socket.socket], None]:
    """Send this, then break the connection off with a reset."""

    def act(connection: socket.socket) -> None:
        connection.sendall(data)
        time.sleep(0.05)  # so that it arrives before the reset overtakes it
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    return act


def drip(data: bytes, seconds: float) -> Callable[[socket.socket], None]:
    """Send one byte at a time, with a pause after each."""

    def act(connection: socket.socket) -> None:
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(seconds)

    return act


def in_turn(*scripts: Script) -> Callable[[socket.socket], None]:
    """One script a visit; the last one for all visits after."""
    left = list(scripts)

    def act(connection: socket.socket) -> None:
        script = left.pop(0) if len(left) > 1 else left[0]
        connection.sendall(script) if isinstance(script, bytes) else script(connection)

    return act


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    at: float


@dataclass(kw_only=True)
class ScriptedSite:
    """A site on loopback: `pages` says what stands behind each path, `visits` who came."""

    port: int
    scheme: str = "http"
    host: str = "127.0.0.1"
    pages: dict[str, Script] = field(default_factory=lambda: {"/robots.txt": answer(OPEN_ROBOTS)})
    visits: list[Visit] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    def paths(self) -> list[str]:
        return [visit.path for visit in self.visits]


@contextlib.contextmanager
def scripted_site(*, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[ScriptedSite]:
    """Serve a `ScriptedSite` while the test runs, one connection for each answer."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            site.connections += 1
            connection: socket.socket = self.request
            if tls is not None:
                connection = tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
            with contextlib.suppress(OSError), connection:
                head = _head(connection)
                if not head:
                    return
                lines = head.decode("latin-1").split("\r\n")
                pairs = (line.partition(":") for line in lines[1:] if line)
                headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
                path = lines[0].split(" ")[1]
                site.visits.append(Visit(path=path, headers=headers, at=time.monotonic()))
                script = site.pages.get(path, answer(b"<html>no such page</html>", "404 Not Found"))
                connection.sendall(script) if isinstance(script, bytes) else script(connection)
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_WR)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True
        request_queue_size = 128

    with Server((host, 0), Handler) as server:
        site = ScriptedSite(port=server.server_address[1], scheme="https" if tls else "http")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()


def _head(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return b""
        data += more
    return data.partition(b"\r\n\r\n")[0]
