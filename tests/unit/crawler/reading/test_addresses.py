from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.reading.addresses import LONGEST, at_home, identify, same_site, wanted
from crawler.reading.profiles import SiteProfile

BASE = "https://www.gov.example/news/list/"


def _site(base_url: str = "https://www.gov.example", **more: Any) -> SiteProfile:
    return SiteProfile(
        name="gov",
        title="Gov",
        base_url=base_url,
        language="sv",
        time_zone=ZoneInfo("Europe/Stockholm"),
        discovery=(),
        release=(),
        **more,
    )


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("/news/2026/a/", "https://www.gov.example/news/2026/a/"),
        ("../b?x=1#part", "https://www.gov.example/news/b?x=1"),
        ("HTTPS://WWW.Gov.Example:443/News/A", "https://www.gov.example/News/A"),
        ("http://gov.example:80", "http://gov.example/"),
        ("http://gov.example:8080/a", "http://gov.example:8080/a"),
        ("//gov.example./a", "https://gov.example/a"),
        ("/a?utm_source=x&id=7&fbclid=q&gclid=1", "https://www.gov.example/a?id=7"),
        ("/a?UTM_Medium=mail", "https://www.gov.example/a"),
        ("/a;jsessionid=0A1B2C?id=1", "https://www.gov.example/a?id=1"),
        ("/(S(lit3py55t21z5v55vlm25s55))/a", "https://www.gov.example/a"),
        ("/a?sid=4f2c9e8d7b6a5f4e3d2c1b0a99887766&n=2", "https://www.gov.example/a?n=2"),
        ("/story?sid=123", "https://www.gov.example/story?sid=123"),
        ("/a?b=2&a=1", "https://www.gov.example/a?b=2&a=1"),
        ("/p\u00e5/%c3%a5/%7Esven%2Fb", "https://www.gov.example/p%C3%A5/%C3%A5/~sven%2Fb"),
        ("/a b?q=x y&f[]=1", "https://www.gov.example/a%20b?q=x%20y&f%5B%5D=1"),
        ("http://x.example/a/../b/./c", "http://x.example/b/c"),
        ("https://r\u00e4ksm\u00f6rg\u00e5s.example/a", "https://xn--rksmrgs-5wao1o.example/a"),
        ("  /a \n", "https://www.gov.example/a"),
        ("https://[2001:DB8::1]:443/a", "https://[2001:db8::1]/a"),
    ],
)
def test_a_link_has_one_spelling(link: str, address: str) -> None:
    assert identify(link, BASE) == address


@pytest.mark.parametrize(
    "link",
    [
        "",
        "   ",
        "mailto:a@gov.example",
        "javascript:void(0)",
        "data:text/html,x",
        "ftp://gov.example/a",
        "file:///etc/passwd",
        "file:/etc/passwd",
        "FILE:x",
        "view-source:http://gov.example/",
        "tel:+46",
        "https://user@gov.example/",
        "https://user:pw@gov.example/",
        "https://host\\@gov.example/",
        "http:\\\\gov.example",
        "http://gov.example:99999/",
        "http://gov.example:port/",
        "http://[::1/",
        "http:///path",
        "http://-/",
        "/a\x00b",
        "/a\nb",
        "/a\u2028b",
        "/" + "a" * LONGEST,
        "/\ud800",
    ],
)
def test_what_is_no_web_address_is_none(link: str) -> None:
    assert identify(link, BASE) is None


@given(st.text(max_size=60))
def test_identifying_twice_is_identifying_once(link: str) -> None:
    address = identify(link, BASE)
    assert address is None or identify(address, "https://other.example/") == address


@given(st.text(alphabet="/.%:?#&=;@aå\\ 2fF[]", max_size=30))
def test_identifying_twice_is_identifying_once_for_odd_signs(link: str) -> None:
    address = identify(link, BASE)
    assert address is None or identify(address, "https://other.example/") == address


def test_a_site_is_its_host_and_its_aliases_with_or_without_www() -> None:
    site = _site(aliases=("gov.old.example",))
    for url in (
        "https://gov.example/a",
        "http://www.gov.example/a",
        "https://www.gov.old.example/",
        "http://gov.old.example/",
    ):
        assert same_site(url, site)
    for url in ("https://evil.example/", "https://gov.example.evil.example/", "https://gov.example:8443/"):
        assert not same_site(url, site)


def test_the_port_of_the_base_address_is_part_of_the_site() -> None:
    site = _site("http://127.0.0.1:8800", aliases=("gov.example",))
    assert same_site("http://127.0.0.1:8800/a", site)
    assert not same_site("http://127.0.0.1:8801/a", site)
    assert not same_site("http://127.0.0.1/a", site)
    assert not same_site("https://gov.example/a", site)


def test_one_release_under_two_names_of_the_site_is_one_page() -> None:
    site = _site()
    assert at_home("http://gov.example/a?b=1", site) == "https://www.gov.example/a?b=1"
    assert at_home("http://other.example/a", site) == "http://other.example/a"


def test_pages_and_skip_say_which_paths_are_releases() -> None:
    site = _site(pages=(r"^/press/\d{4}/", r"^/p\u00e5/"), skip=(r"/print/?$",))
    assert wanted("https://www.gov.example/press/2026/a/", site)
    assert wanted("https://www.gov.example/p%C3%A5/a", site)
    assert not wanted("https://www.gov.example/press/2026/a/print/", site)
    assert not wanted("https://www.gov.example/about/", site)
    assert wanted("https://www.gov.example/about/", _site())


def test_a_release_may_be_told_by_its_query() -> None:
    site = _site(pages=(r"^/news\?id=\d+$",))
    assert wanted("https://www.gov.example/news?id=7", site)
    assert not wanted("https://www.gov.example/news?list=7", site)
