"""Bytes to a tree: decoded by what they are, and no text lost on the way."""

from __future__ import annotations

import pytest

from crawler.reading.page import decode_body, outermost, parse, select, split_source

TEXT = "<p>Räksmörgås på Åland – 5 €</p>"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(TEXT.encode(), "text/html; charset=utf-8"), (TEXT.encode(), "text/html; charset=iso-8859-1"),
     (TEXT.encode("cp1252"), "text/html; charset=ISO-8859-1"), (TEXT.encode("cp1252"), "text/html; charset=utf-8"),
     (TEXT.encode("cp1252"), None), (b"\xef\xbb\xbf" + TEXT.encode(), None), (TEXT.encode("utf-16"), "text/html; charset=utf-8"),
     (TEXT.encode("utf-16-le"), None), (b'<meta charset="latin1">' + TEXT.encode("cp1252"), None),
     (b'<?xml version="1.0" encoding="iso-8859-1"?>' + TEXT.encode(), None), (TEXT.encode("cp1252"), "text/html; charset=klingon")],
)  # fmt: skip
def test_the_same_text_is_read_from_every_encoding(body: bytes, content_type: str | None) -> None:
    root = parse(body, content_type)

    assert root is not None
    assert select(root, "p")[0].text_content() == "Räksmörgås på Åland – 5 €"


def test_another_charset_is_believed_where_it_is_declared() -> None:
    assert decode_body("Łódź".encode("iso-8859-2"), "text/html; charset=iso-8859-2") == "Łódź"


@pytest.mark.parametrize(
    "body", [b"", b"   ", b"%PDF-1.4\n1 0 obj", b"\x89PNG\r\n\x1a\n", bytes(range(256)) * 40, b"\x1f\x8b\x08\x00"]
)
def test_what_is_no_text_gives_no_tree(body: bytes) -> None:
    assert parse(body, "text/html") is None


@pytest.mark.parametrize("depth", [150, 300, 3_000, 20_000])
def test_no_text_is_lost_in_deep_nesting(depth: int) -> None:
    body = b"<html><body><h1>First</h1>" + b"<div>x" * depth + b"</div>" * depth + b"<p>last</p></body></html>"

    root = parse(body, None)

    assert root is not None
    text = root.text_content()
    assert (text.count("x"), text.startswith("First"), text.endswith("last")) == (depth, True, True)


def test_a_text_of_twelve_megabytes_is_read_whole() -> None:
    root = parse(b"<p>" + b"word " * 2_400_000 + b"</p><p>last</p>", None)

    assert root is not None
    assert len(root.text_content()) > 12_000_000


@pytest.mark.parametrize(
    "trap",
    [b"<p " + b" ".join(b"a%d=1" % number for number in range(200_000)) + b">x</p>", b"<div>" * 300 + b"<!--" * 20_000,
     b"<div>" * 300 + b"<a " * 20_000, b"<div>" * 300 + b"</a " * 20_000, b"<" * 50_000, b"<![CDATA[" * 20_000],
    ids=["attributes", "comments", "open tags", "end tags", "brackets", "cdata"],
)  # fmt: skip
def test_a_trap_for_parsers_costs_little(trap: bytes) -> None:
    parse(trap, None)  # the test is that it ends: each took minutes in one parser or another


def test_null_bytes_and_control_characters_hide_nothing() -> None:
    root = parse(b"<p>" + b"word " * 100 + b"\x00\x01last</p>", None)

    assert root is not None
    assert root.text_content().endswith("last")


@pytest.mark.parametrize(
    ("source", "parts"),
    [("h1", ("h1", None)), ("time@datetime", ("time", "datetime")), ("a[href*='@x']", ("a[href*='@x']", None)),
     ("meta[name=published]@content", ("meta[name=published]", "content"))],
)  # fmt: skip
def test_a_source_is_a_selector_and_perhaps_an_attribute(source: str, parts: tuple[str, str | None]) -> None:
    assert split_source(source) == parts


def test_of_nested_elements_the_outermost_count() -> None:
    root = parse(b"<div class=t><p>a</p><div class=t>b</div></div><div class=t>c</div>", None)

    assert root is not None
    assert [element.text_content() for element in outermost(select(root, ".t"))] == ["ab", "c"]
