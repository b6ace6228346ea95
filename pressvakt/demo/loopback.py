"""A small HTTP server on loopback whose every answer comes from one function.

Threads, HTTP/1.1 with keep-alive, any free port, and an end that does not wait for clients which keep their
connection open. Made for press sites that are played rather than run: nothing here is fit for the open network.
"""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from types import TracebackType

#: Bodies below this many bytes are sent as they are: compressing them gains nothing.
_WORTH_ZIPPING = 500


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request as it came in. Header names are in lower case."""

    method: str
    target: str  #: path and query as sent
    path: str  #: percent-decoded
    query: Mapping[str, str]
    headers: Mapping[str, str]

    @property
    def base(self) -> str:
        """Scheme and host by which the client knows this server."""
        return f"http://{self.headers.get('host', 'localhost')}"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer. `body` is sent gzipped to clients that accept it, unless `headers` name an encoding already."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None  #: announce the whole body, send this many bytes of it, and hang up

    @classmethod
    def page(cls, text: str, status: int = 200, **headers: str) -> Self:
        """An HTML page. Header names are given with underscores: `last_modified=`."""
        return cls._text("text/html; charset=utf-8", text, status, headers)

    @classmethod
    def text(cls, kind: str, text: str, status: int = 200, **headers: str) -> Self:
        """Text of another media type."""
        return cls._text(kind, text, status, headers)

    @classmethod
    def _text(cls, kind: str, text: str, status: int, headers: dict[str, str]) -> Self:
        more = {name.replace("_", "-").title(): value for name, value in headers.items()}
        return cls(status=status, body=text.encode(), headers={"Content-Type": kind, **more})


class Loopback:
    """Serves `answer(request)` on 127.0.0.1 for as long as the `with` block runs.

    `requests` is the log, oldest first; it may be read and cleared at any time.
    """

    def __init__(self, answer: Callable[[Request], Answer], *, port: int = 0) -> None:
        self.requests: list[Request] = []
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.play = self._play(answer)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="loopback", daemon=True
        )
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def _play(self, answer: Callable[[Request], Answer]) -> Callable[[Request], Answer]:
        def play(request: Request) -> Answer:
            self.requests.append(request)  # append is atomic
            return answer(request)

        return play

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop serving: open connections are cut, the port is free again. A second call does nothing."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._server.hang_up()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client that keeps its connection open must not keep us
    request_queue_size = 128
    play: Callable[[Request], Answer]

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up when they like; whatever else goes wrong reaches the client as a 500."""

    def server_bind(self) -> None:
        # without the look-up of our own name that HTTPServer makes: it can take seconds without a resolver
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def hang_up(self) -> None:
        with self._lock:
            still_open = list(self._open)
        for connection in still_open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one packet
    server: _Server

    def _serve(self) -> None:
        url = urlsplit(self.path)
        request = Request(
            method=self.command,
            target=self.path,
            path=unquote(url.path),
            query=dict(parse_qsl(url.query)),
            headers={name.lower(): value for name, value in self.headers.items()},
        )
        try:
            answer = self.server.play(request)
        except Exception as error:  # noqa: BLE001 - the client, a test or a crawl, is told what broke
            answer = Answer.text("text/plain; charset=utf-8", f"the site's script failed: {error!r}", 500)
        self._send(answer, zipped="gzip" in request.headers.get("accept-encoding", ""))

    do_GET = do_HEAD = do_POST = _serve  # noqa: N815 - named by http.server

    def _send(self, answer: Answer, *, zipped: bool) -> None:
        body, headers = answer.body, dict(answer.headers)
        encoded = any(name.lower() == "content-encoding" for name in headers)
        if (
            zipped
            and not encoded
            and len(body) > _WORTH_ZIPPING
            and headers.get("Content-Type", "").startswith("text/")
        ):
            body, headers["Content-Encoding"] = gzip.compress(body, 1, mtime=0), "gzip"
        bare = answer.status in (204, 304)  # these carry no body (RFC 9110, 15.3.5 and 15.4.5)
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        if not bare and not any(name.lower() == "content-length" for name in headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and not bare:
            self.wfile.write(body[: answer.cut])
        if answer.cut is not None:
            self.close_connection = True

    def version_string(self) -> str:
        return "skerries"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by http.server
        """Say nothing: the log is `Loopback.requests`."""
