"""Serving the web: in this thread until it is told to stop, or beside other work."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from storage.access import has_users
from storage.archive import Archive
from web.settings import WebSettings

#: Seconds that answers under way get when the web is told to stop.
GRACE = 5


class WebError(Exception):
    """The web cannot be served so; the message says what to do."""


def serve(app: ASGIApp, settings: WebSettings) -> None:
    """Serve until SIGTERM or SIGINT. Only in the main thread.

    Raises:
        WebError: the address cannot be had.
    """
    with listening(settings) as door:
        serve_at(app, door)


def serve_at(app: ASGIApp, door: socket.socket) -> None:
    """Serve at a socket until SIGTERM or SIGINT. Only in the main thread."""
    uvicorn.Server(_config(app)).run(sockets=[door])


@contextmanager
def serving(app: ASGIApp, settings: WebSettings) -> Iterator[str]:
    """Serve in a thread of its own while the block lasts; gives the address, `http://127.0.0.1:8484`, prefix and all.

    Raises:
        WebError: the address cannot be had, or the web did not start.
    """
    with listening(settings) as door:
        server = uvicorn.Server(_config(app))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, name="web", daemon=True)
        thread.start()
        while not server.started:
            if not thread.is_alive():
                raise WebError(f"the web did not start at {settings.host} port {settings.port}; see the log")
            time.sleep(0.01)
        try:
            yield address(door, settings)
        finally:
            server.should_exit = True
            thread.join(GRACE + 2)


def check(archive: Archive, settings: WebSettings) -> None:
    """See that nobody is let in who has not signed in, where others than this machine can reach us.

    Raises:
        WebError: others can, and there is nobody who could sign in.
    """
    if settings.closed and not has_users(archive):
        what = f"listens at {settings.host}" if not settings.loopback else "is shown to others by a proxy"
        raise WebError(
            f"the web {what}, and nobody could sign in: add somebody with `pressvakt users add NAME`, or serve this "
            'machine alone (host = "127.0.0.1" below [web], and no base_url, hosts, proxies or prefix)'
        )


@contextmanager
def listening(settings: WebSettings) -> Iterator[socket.socket]:
    """The socket at which the web is reached.

    Raises:
        WebError: the address cannot be had.
    """
    host = settings.host.strip("[]")
    try:
        family, _, _, _, place = socket.getaddrinfo(host, settings.port, type=socket.SOCK_STREAM)[0]
        door = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise WebError(f"no address {settings.host!r} on this machine ({error.strerror or error})") from error
    with door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(place)
            door.listen(256)
        except OSError as error:
            raise WebError(
                f"cannot listen at {settings.host} port {settings.port}: {error.strerror or error}; another program may "
                "be there: choose another port below [web]"
            ) from error
        yield door


def address(door: socket.socket, settings: WebSettings) -> str:
    """Where a browser of this machine finds us."""
    host, port = door.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}{settings.prefix}"


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # ours are in web.access.proxy: the list of whom we believe is one
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=GRACE,
    )
