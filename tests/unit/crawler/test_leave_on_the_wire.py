"""The last look before a request is written: without leave nothing goes to the wire."""

from __future__ import annotations

import socket

import pytest
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web._newclient import Request
from twisted.web.http_headers import Headers

from crawler.guard import Guard
from crawler.network import _BoundedProtocol, _GuardedReactor, _Stale


class Wire(StringTransport):
    aborted = False

    def abortConnection(self) -> None:  # noqa: N802 - Twisted's name
        self.aborted = True


def asked(*, leave: bool) -> tuple[Wire, list[Failure]]:
    wire, failed = Wire(), list[Failure]()  # type: ignore[no-untyped-call]
    protocol = _BoundedProtocol(lambda: leave, lambda _: None)
    protocol.makeConnection(wire)  # type: ignore[no-untyped-call]
    request = Request(b"GET", b"/", Headers({b"host": [b"gov.example"]}), None)  # type: ignore[no-untyped-call]
    protocol.request(request).addErrback(failed.append)
    return wire, failed


def test_a_request_without_leave_writes_nothing_and_ends_its_connection() -> None:
    wire, failed = asked(leave=False)

    assert wire.value() == b""  # type: ignore[no-untyped-call]
    assert wire.aborted
    assert [failure.type for failure in failed] == [_Stale]


def test_a_request_with_leave_is_written() -> None:
    wire, failed = asked(leave=True)

    assert wire.value().startswith(b"GET / HTTP/1.1\r\n")  # type: ignore[no-untyped-call]
    assert not failed


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="this system has no such limit")
def test_what_a_dead_network_swallowed_is_not_delivered_late() -> None:
    """The system gives up on bytes that nobody acknowledges when we do (TCP_USER_TIMEOUT)."""
    with socket.socket() as made:

        class Reactor:
            callLater = seconds = getDelayedCalls = None  # noqa: N815 - Twisted's names

            def connectTCP(self, *_: object, **__: object) -> object:  # noqa: N802
                return type("Connector", (), {"transport": type("Transport", (), {"socket": made})})

        reactor = _GuardedReactor(Reactor(), Guard.of(allow_private=["127.0.0.1"], ports=[80]), patience=1.5)
        reactor.connectTCP("127.0.0.1", 80, None)
        assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 1500
