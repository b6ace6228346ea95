"""Addresses as indexes of web archives hold them: the keys that pywb and the Wayback Machine make of the same."""

from __future__ import annotations

import pytest

from storage.exports.surt import surt


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.Press.example/News/?b=2&a=1", "example,press)/news?a=1&b=2"),
        ("https://press.example:443/news/", "example,press)/news"),
        ("http://press.example:8080", "example,press:8080)/"),
        ("http://keeper:secret@press.example./", "example,press)/"),
        ("http://127.0.0.1:8080/a", "1,0,0,127:8080)/a"),
        ("http://[::1]:80/a", "::1)/a"),
        ("https://press.example//a/./b/../%41%2Fc?", "example,press)/a/a/c"),
        ("https://press.example/å ä?q=%C3%B6#part", "example,press)/%c3%a5%20%c3%a4?q=%c3%b6"),
        ("https://räksmörgås.example/", "example,xn--rksmrgs-5wao1o)/"),
        ("https://press.example/?b=1&b=0&a&c=", "example,press)/?a&b=0&b=1&c="),
        ("https://press.example/%2525", "example,press)/%25"),
    ],
)
def test_what_tells_no_pages_apart_is_left_out_of_the_key(url: str, key: str) -> None:
    assert surt(url) == key


@pytest.mark.parametrize("text", ["", "no address at all", "http://[", "urn:uuid:7"])
def test_what_is_no_address_has_a_key_without_blanks(text: str) -> None:
    assert " " not in surt(text)
