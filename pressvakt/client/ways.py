"""The ways to an archive: over HTTP, or straight into the application that would answer there."""

from __future__ import annotations

import http.client
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from anyio.from_thread import start_blocking_portal

from pressvakt.client.errors import ClientError, NotFound, Refused, Unreachable

Query = Mapping[str, object]
_HEADERS = {"Accept": "application/json", "User-Agent": "pressvakt-client"}
_SLOW = 60.0


class Way(ABC):
    """How a question reaches an archive."""

    @abstractmethod
    def ask(self, method: str, path: str, query: Query, body: object | None = None) -> bytes:
        """The body of the answer.

        Raises:
            ClientError: it was no good one.
        """

    def close(self) -> None:  # noqa: B027 - most ways hold nothing
        """Let go of it."""


class Remote(Way):
    """An archive that `pressvakt web` or `pressvakt run` serves."""

    def __init__(self, address: str, token: str | None, timeout: float = _SLOW) -> None:
        """Nothing is asked yet."""
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ClientError(f"{address!r} is no address of a web; write https://press.your-site.org")
        if token is not None and parts.scheme == "http" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
            raise ClientError(f"{address} is not encrypted: everybody on the way could read the token; use https")
        self._address = address.rstrip("/")
        self._token = token
        self._timeout = timeout
        self._opener = build_opener(_NoRedirects)

    def ask(self, method: str, path: str, query: Query, body: object | None = None) -> bytes:
        """The body of the answer."""
        with self._open(method, path, query, body) as answer:
            try:
                return bytes(answer.read())
            except (OSError, http.client.HTTPException) as error:
                raise Unreachable(f"{self._address}: the answer was broken off ({error}); try again") from error

    def _open(self, method: str, path: str, query: Query, body: object | None) -> Any:
        url = f"{self._address}{path}" + (f"?{encoded(query)}" if query else "")
        request = Request(url, method=method, headers=_HEADERS)  # noqa: S310 - http(s), seen to above
        if self._token is not None:
            request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        try:
            return self._opener.open(request, timeout=self._timeout)
        except HTTPError as error:
            with error:
                raise refusal(error.code, error.read()) from None
        except (URLError, OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise Unreachable(f"{self._address} does not answer ({reason}); is the web running there?") from error


class _NoRedirects(HTTPRedirectHandler):
    """An API does not send us elsewhere, and whoever does is not to get the token."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """None: the redirect is the answer."""


class Application(Protocol):
    """An ASGI application."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


class Local(Way):
    """An archive on this machine: the application answers in this process, without a server."""

    def __init__(self, app: Application, close: Callable[[], None]) -> None:
        """`close` lets go of the archive."""
        self._app = app
        self._held = ExitStack()
        self._held.callback(close)
        # a loop in a thread of its own: whoever calls may be in one already, as in a notebook
        self._portal = self._held.enter_context(start_blocking_portal())

    def ask(self, method: str, path: str, query: Query, body: object | None = None) -> bytes:
        """The body of the answer."""
        status, answer = self._portal.call(_answered, self._app, method, path, query, body)
        if status >= 400:
            raise refusal(status, answer)
        return answer

    def close(self) -> None:
        """Let go of the archive."""
        self._held.close()


def refusal(status: int, body: bytes) -> ClientError:
    """What an answer that is none says."""
    try:
        detail = str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        detail = f"HTTP {status}"
    if status == 404:
        return NotFound(detail, status=status)
    kind = Unreachable if status >= 500 else Refused
    return kind(detail, status=status)


def encoded(query: Query) -> str:
    """A query as it stands in an address; what is None is left out."""
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        values: Sequence[object] = value if isinstance(value, list | tuple) else (value,)
        pairs += [(name, _written(one)) for one in values if one is not None]
    return urlencode(pairs)


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    moment = getattr(value, "isoformat", None)
    return str(moment()) if moment is not None else str(value)


async def _answered(app: Application, method: str, path: str, query: Query, body: object | None) -> tuple[int, bytes]:
    sent: list[dict[str, Any]] = []
    data = b"" if body is None else json.dumps(body).encode()
    headers = [(b"host", b"localhost"), (b"accept", b"application/json")]
    if body is not None:
        headers += [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": encoded(query).encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 0),
        "server": ("localhost", 80),
    }
    waiting = [{"type": "http.request", "body": data, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    status = next(message["status"] for message in sent if message["type"] == "http.response.start")
    return status, b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
