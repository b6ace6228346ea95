"""Lists in JSON and HTML, and how they are followed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crawler.reading.discovery import Listing, Problem, first_url, gap_risk, read_list
from crawler.reading.profiles import Discovery, SiteProfile
from crawler.reading.walk import Walk

HOME = "https://www.gov.example"


def _site(**more: Any) -> SiteProfile:
    return SiteProfile(
        name="gov",
        title="Gov",
        base_url=HOME,
        language="sv",
        time_zone=ZoneInfo("Europe/Stockholm"),
        discovery=(),
        release=(),
        **more,
    )


SITE = _site(pages=(r"^/press/",))
JSON = Discovery(
    kind="json", url="/filter?page={page}&size={size}", html_at="Message", total_at="Total", items="li", page_size=2
)
HTML = Discovery(kind="html", url="/press/", items="ul.list > li")


def _items(*names: str) -> str:
    return "".join(
        f'<li><a href="/press/{name}/">Nyhet \u00e5{name}</a> <time datetime="2026-03-01">1 mars</time> <a href="/tx/1">Kultur</a></li>'
        for name in names
    )


def _json(total: int, *names: str) -> bytes:
    return json.dumps({"Message": f"<ul>{_items(*names)}</ul>", "Total": total}).encode()


def _html(*names: str, more: str = "") -> bytes:
    return f'<html><body><nav><a href="/press/x">X</a></nav><ul class="list">{_items(*names)}</ul>{more}</body></html>'.encode()


def _urls(listing: Listing) -> list[str]:
    return [found.url.removeprefix(HOME) for found in listing.found]


def _page(body: bytes, number: int = 1, how: Discovery = JSON, site: SiteProfile = SITE) -> Listing:
    url = first_url(how, site).replace("page=1", f"page={number}")
    return read_list(body, "application/json", how, site, url)


def _follow(how: Discovery, answers: dict[str, bytes], site: SiteProfile = SITE) -> tuple[Listing, list[str]]:
    """Walks a list whose answers are given by path; the listing, and the paths in the order they were asked."""
    walk, asked = Walk(how, site), []
    while url := walk.ask():
        path = url.removeprefix(HOME)
        asked.append(path)
        if path in answers:
            walk.take(url, answers[path], None)
        else:
            walk.lost(url, "status 404", status=404)
    return walk.listing, asked


def test_html_inside_json_gives_the_first_link_of_each_entry() -> None:
    listing = _page(_json(2, "a", "b"))
    assert _urls(listing) == ["/press/a/", "/press/b/"]
    assert listing.found[0].title == "Nyhet \u00e5a"
    assert listing.found[0].listed_at == "2026-03-01"
    assert (listing.total, listing.next, listing.problem) == (2, (), None)


def test_a_list_that_knows_its_total_is_never_asked_for_one_page_too_many() -> None:
    answers = {"/filter?page=1&size=2": _json(4, "a", "b"), "/filter?page=2&size=2": _json(4, "c", "d")}
    listing, asked = _follow(JSON, answers)
    assert asked == list(answers)
    assert _urls(listing) == ["/press/a/", "/press/b/", "/press/c/", "/press/d/"]
    assert listing.problem is None


def test_one_entry_over_the_page_size_makes_another_page() -> None:
    answers = {"/filter?page=1&size=2": _json(3, "a", "b"), "/filter?page=2&size=2": _json(3, "c")}
    assert _follow(JSON, answers)[1] == list(answers)


def test_a_site_that_gives_smaller_pages_than_asked_is_followed_to_its_end() -> None:
    answers = {f"/filter?page={n}&size=2": _json(3, name) for n, name in enumerate("abc", 1)}
    listing, asked = _follow(JSON, answers)
    assert asked == list(answers)
    assert (len(listing.found), listing.problem) == (3, None)


def test_an_entry_that_two_selectors_find_once_outside_and_once_inside_counts_once() -> None:
    both = replace(JSON, items=".card, ul > li")
    cards = "".join(f'<li><div class="card"><a href="/press/{name}/">{name}</a></div></li>' for name in ("one", "two"))
    listing = _page(json.dumps({"Message": f"<ul>{cards}</ul>", "Total": 4}).encode(), how=both)

    assert (listing.entries, len(listing.found), len(listing.next)) == (2, 2, 1)


def test_an_empty_page_while_the_total_says_more_is_a_gap() -> None:
    answers = {"/filter?page=1&size=2": _json(9, "a", "b"), "/filter?page=2&size=2": _json(9)}
    listing, asked = _follow(JSON, answers)
    assert listing.problem is Problem.GAP
    assert "9" in listing.detail
    assert len(asked) == 2
    assert _urls(listing) == ["/press/a/", "/press/b/"]


def test_a_first_page_without_entries_while_the_total_says_more_is_a_gap() -> None:
    assert _page(_json(9)).problem is Problem.GAP


def test_an_entry_that_moves_to_the_next_page_meanwhile_counts_once() -> None:
    answers = {"/filter?page=1&size=2": _json(3, "a", "b"), "/filter?page=2&size=2": _json(4, "b", "c")}
    listing, _ = _follow(JSON, answers)
    assert _urls(listing) == ["/press/a/", "/press/b/", "/press/c/"]


def test_a_list_that_says_itself_that_it_is_empty_is_no_problem() -> None:
    assert _page(_json(0)) == Listing(total=0)
    assert _page(b'{"Message": null, "Total": 0}').problem is None


@pytest.mark.parametrize(
    "body",
    [
        b"<html><head><title>Attention Required!</title></head><body><h1>Sorry, you have been blocked</h1></body></html>",
        b"<h1>The service is unavailable.</h1>",
        b"",
        b"\n \n",
        b'{"Error": "internal"}',
        b'{"Message": 7, "Total": 3}',
        b'{"Message": "<p></p>", "Total": "many"}',
        b"[]",
        b'"text"',
    ],
)
def test_anything_else_in_the_place_of_json_is_a_problem_and_never_an_empty_list(body: bytes) -> None:
    listing = _page(body)
    assert listing.problem is Problem.NOT_A_LIST
    assert listing.next == ()


@pytest.mark.parametrize("body", [b'{"Message": "<li>', b"[" * 100_000, b'{"Total": ' + b"9" * 10_000 + b"}"])
def test_broken_json_is_a_problem(body: bytes) -> None:
    assert _page(body).problem in (Problem.MALFORMED, Problem.NOT_A_LIST)


def test_an_unexpected_page_is_named_by_what_it_says() -> None:
    assert "blocked" in _page(b"<html><title></title><h1>You have been blocked</h1></html>").detail


def test_json_entries_name_their_address_under_a_dotted_key() -> None:
    how = Discovery(kind="json", url="/api", items_at="feed.entry", link_at="link.href", total_at="feed.count")
    body = {"feed": {"count": "2", "entry": [{"title": "A", "link": {"href": "/press/a"}}, {"link": {"href": "b"}}]}}
    listing = read_list(json.dumps(body).encode(), None, how, SITE, f"{HOME}/press/")
    assert _urls(listing) == ["/press/a", "/press/b"]
    assert listing.found[0].title == "A"
    assert listing.problem is None


def test_json_without_pages_must_hold_what_it_says() -> None:
    how = Discovery(kind="json", url="/api", items_at="items", link_at="url", total_at="n")
    body = b'{"n": 5, "items": [{"url": "/press/a"}]}'
    assert read_list(body, None, how, SITE, f"{HOME}/api").problem is Problem.GAP


def test_json_entries_without_any_address_are_a_problem() -> None:
    how = Discovery(kind="json", url="/api", items_at="items", link_at="href")
    listing = read_list(b'{"items": [{"url": "/press/a"}]}', None, how, SITE, f"{HOME}/api")
    assert listing.problem is Problem.NOT_A_LIST
    assert "url" in listing.detail


def test_an_offset_counts_in_entries() -> None:
    how = Discovery(kind="json", url="/api?start={offset}&n={size}", items_at="i", total_at="n", page_size=2)
    answers = {
        "/api?start=0&n=2": b'{"n":3,"i":["/press/a","/press/b"]}',
        "/api?start=2&n=2": b'{"n":3,"i":["/press/c"]}',
    }
    listing, asked = _follow(how, answers)
    assert asked == list(answers)
    assert len(listing.found) == 3


def test_an_html_list_is_followed_by_the_link_it_calls_next() -> None:
    answers = {
        "/press/": _html("a", more='<a rel="next" href="?page=2">N\u00e4sta</a>'),
        "/press/?page=2": _html("b", more='<a rel="prev" href="?page=1">F\u00f6rra</a>'),
    }
    listing, asked = _follow(HTML, answers)
    assert asked == list(answers)
    assert _urls(listing) == ["/press/a/", "/press/b/"]


def test_the_profile_may_say_which_link_is_the_next() -> None:
    how = Discovery(kind="html", url="/press/", items="ul.list > li", next="li.forward")
    listing = read_list(
        _html("a", more='<li class="forward"><a href="/press/?p=2">\u2192</a></li>'), None, how, SITE, f"{HOME}/press/"
    )
    assert listing.next == (f"{HOME}/press/?p=2",)


def test_a_next_link_that_leads_in_a_circle_ends() -> None:
    answers = {
        "/press/": _html("a", more='<a rel="next" href="/press/?page=2">2</a>'),
        "/press/?page=2": _html("b", more='<a rel="next" href="/press/">1</a>'),
    }
    assert _follow(HTML, answers)[1] == list(answers)


def test_a_page_parameter_that_the_site_ignores_ends_the_counting() -> None:
    how = Discovery(kind="html", url="/press/?p={page}", items="ul.list > li")
    answers = {f"/press/?p={n}": _html("a", "b") for n in range(1, 9)}
    listing, asked = _follow(how, answers)
    assert asked == ["/press/?p=1", "/press/?p=2"]
    assert listing.problem is None


def test_an_empty_page_ends_the_counting() -> None:
    how = Discovery(kind="html", url="/press/?p={page}", items="ul.list > li", first_page=0)
    answers = {"/press/?p=0": _html("a"), "/press/?p=1": _html("b"), "/press/?p=2": _html()}
    listing, asked = _follow(how, answers)
    assert asked == list(answers)
    assert (len(listing.found), listing.problem) == (2, None)


def test_a_404_past_the_end_ends_the_counting_and_one_at_the_beginning_does_not() -> None:
    how = Discovery(kind="html", url="/press/?p={page}", items="ul.list > li")
    assert _follow(how, {"/press/?p=1": _html("a")})[0].problem is None
    assert _follow(how, {})[0].problem is Problem.UNREACHABLE


def test_a_list_that_never_ends_is_left_at_its_limit() -> None:
    how = Discovery(kind="html", url="/press/?p={page}", items="ul.list > li", max_pages=3)
    answers = {f"/press/?p={n}": _html(str(n)) for n in range(1, 99)}
    listing, asked = _follow(how, answers)
    assert len(asked) == 3
    assert listing.problem is Problem.LIMIT
    assert len(listing.found) == 3


def test_an_html_list_in_which_nothing_matches_is_a_problem() -> None:
    listing = read_list(b"<html><body><h1>Press</h1></body></html>", None, HTML, SITE, f"{HOME}/press/")
    assert listing.problem is Problem.EMPTY


@pytest.mark.parametrize(
    "heading",
    ["Sorry, you have been blocked", "Sidan kan inte hittas", "N\u00e5got gick fel", "Underh\u00e5ll p\u00e5g\u00e5r"],
)
def test_an_error_page_in_the_place_of_an_html_list_is_a_problem(heading: str) -> None:
    how = Discovery(kind="html", url="/press/")
    body = f'<title>Gov</title><nav><a href="/press/om">Om</a></nav><h1>{heading}</h1>'.encode()
    listing = read_list(body, None, how, SITE, f"{HOME}/press/")
    assert (listing.problem, listing.found) == (Problem.BLOCKED, ())


def test_links_that_are_no_releases_and_other_hosts_are_left_out() -> None:
    body = b'<ul class="list"><li><a href="/about">A</a></li><li><a href="https://evil.example/press/x">B</a></li><li><a href="press/c#top">C</a></li></ul>'
    listing = read_list(body, None, HTML, SITE, f"{HOME}/")
    assert _urls(listing) == ["/press/c"]
    assert listing.entries == 3


def test_a_base_element_cannot_lead_off_the_site() -> None:
    body = b'<base href="//evil.example/"><ul class="list"><li><a href="press/a">A</a></li></ul>'
    listing = read_list(body, None, HTML, SITE, f"{HOME}/press/")
    assert listing.found == ()
    assert listing.problem is Problem.NOT_A_LIST


def test_one_release_by_two_names_of_the_site_is_found_once() -> None:
    body = b'<ul class="list"><li><a href="http://gov.example/press/a">A</a></li><li><a href="/press/a?utm_source=x">B</a></li></ul>'
    assert _urls(read_list(body, None, HTML, SITE, f"{HOME}/press/")) == ["/press/a"]


def test_a_latin_list_keeps_its_letters() -> None:
    listing = read_list(
        _html("a").decode().encode("cp1252"), "text/html; charset=iso-8859-1", HTML, SITE, f"{HOME}/press/"
    )
    assert listing.found[0].title == "Nyhet \u00e5a"


def test_a_gap_is_risked_only_where_nothing_of_the_list_is_known() -> None:
    listing = _page(_json(2, "a", "b"))
    assert gap_risk(listing, lambda _: False)
    assert not gap_risk(listing, lambda url: url.endswith("/b/"))
    assert not gap_risk(Listing(), lambda _: False)
