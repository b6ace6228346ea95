"""HTTP messages of stored answers: true of the body that stands below them, and nothing of the site's lost."""

from __future__ import annotations

import datetime as dt

from storage.exports.messages import request_head, response_head
from storage.records import Snapshot


def snapshot(*headers: tuple[str, str], status: int = 200) -> Snapshot:
    return Snapshot(
        id=1,
        page_id=1,
        url="https://press.example/a",
        status=status,
        headers=headers,
        redirects=(),
        captured_at=dt.datetime(2031, 3, 14, tzinfo=dt.UTC),
        digest="sha256:0",
    )


def test_headers_that_told_how_the_body_was_sent_are_kept_under_another_name() -> None:
    head = response_head(
        snapshot(("Content-Encoding", "br"), ("Transfer-Encoding", "chunked"), ("content-length", "7")), 300
    )

    assert head.decode().splitlines() == [
        "HTTP/1.1 200 OK",
        "X-Archive-Orig-Content-Encoding: br",
        "X-Archive-Orig-Transfer-Encoding: chunked",
        "X-Archive-Orig-content-length: 7",
        "Content-Length: 300",
        "",
    ]


def test_what_was_renamed_once_is_not_renamed_again() -> None:
    once = snapshot(("X-Archive-Orig-Content-Length", "7"), ("Content-Length", "300"))

    assert response_head(once, 300).decode().splitlines()[1:3] == [
        "X-Archive-Orig-Content-Length: 7",
        "Content-Length: 300",
    ]


def test_a_header_is_the_bytes_that_the_server_sent() -> None:
    sent = "räksmörgås".encode()

    head = response_head(snapshot(("X-Name", sent.decode("latin-1")), ("X-Other", "日本")), 0)

    assert b"X-Name: " + sent + b"\r\n" in head
    assert b"X-Other: " + "日本".encode() + b"\r\n" in head


def test_a_header_cannot_begin_another() -> None:
    head = response_head(snapshot(("X-Odd", "one\r\nSet-Cookie: two"), ("X Bad:", "x")), 0)

    assert head.count(b"\r\n") == 5
    assert b"X_Bad_: x" in head


def test_a_status_that_nobody_has_named_stands_alone() -> None:
    assert response_head(snapshot(status=299), 0).startswith(b"HTTP/1.1 299\r\n")


def test_of_a_request_method_path_and_host_are_known() -> None:
    assert request_head("https://me:secret@press.example:8443/a?b=1#c") == (
        b"GET /a?b=1 HTTP/1.1\r\nHost: press.example:8443\r\n\r\n"
    )
    assert request_head("https://press.example").startswith(b"GET / HTTP/1.1\r\n")
