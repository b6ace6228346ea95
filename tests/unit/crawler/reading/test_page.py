"""A page's bytes become a tree in which no text is lost."""

from __future__ import annotations

import pytest

from crawler.reading.page import LONG_TAG, body_of, parse


def _text(markup: str) -> str:
    root = parse(markup.encode(), "text/html; charset=utf-8")
    assert root is not None
    return " ".join("".join(body_of(root).itertext()).split())


@pytest.mark.parametrize(
    "markup",
    [
        "<html><head></head></html><html><body><p>one</p> <p>two</p></body></html>",
        "<html><body><p>one</p></body></html> <p>two</p>",
        "<html><body><p>one</p></HTML > <div>two</div></body></html>",
        "<html><body><p>one</p></body> <p>two</p></html>",
        "<html><body><p>one</p></body> <body><p>two</p></body></html>",
        "<p>one</p></html> two",
        "<html><body><p>one</p></body></html><!-- the end --> <p>two</p>",
        "<html><body>" + "<div>" * 300 + "<p>one</p>" + "</div>" * 300 + "</body> <p>two</p></html>",
    ],
)
def test_text_behind_an_early_end_is_read(markup: str) -> None:
    assert _text(markup) == "one two"


def test_scripts_and_styles_are_no_text_and_what_follows_them_is() -> None:
    assert _text("<body><style>a{}</style>one <script>if (a < b) c()</script>two</body>") == "one two"


@pytest.mark.parametrize("before", ["", "<p>one</p>" * 9000, "x" * (LONG_TAG + 5), "<!-- " + "x" * LONG_TAG + " -->"])
def test_a_tag_of_many_bytes_loses_its_attributes_wherever_it_stands(before: str) -> None:
    root = parse(f'<body>{before}<div id="{"y" * LONG_TAG}"><b id="z">two</b></div></body>'.encode(), None)

    assert root is not None
    assert [element.get("id") for element in root.iter("div", "b")] == [None, "z"]


def test_a_long_text_without_tags_is_no_tag() -> None:
    long = "word " * LONG_TAG

    assert _text(f'<p>{long}</p><b id="a">two</b>') == f"{long}two"
