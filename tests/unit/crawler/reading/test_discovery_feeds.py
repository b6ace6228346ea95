"""Feeds and sitemaps."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from crawler.reading.discovery import Listing, Problem, read_list
from crawler.reading.profiles import Discovery, SiteProfile
from crawler.reading.walk import Walk

if TYPE_CHECKING:
    from pathlib import Path

HOME = "https://www.gov.example"
SITE = SiteProfile(
    name="gov",
    title="Gov",
    base_url=HOME,
    language="sv",
    time_zone=ZoneInfo("Europe/Stockholm"),
    discovery=(),
    release=(),
)
FEED = Discovery(kind="feed", url="/rss")
MAP = Discovery(kind="sitemap", url="/sitemap.xml")
XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'

LAUGHS = '<?xml version="1.0"?><!-- x --><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'


def _feed(body: str | bytes) -> Listing:
    return read_list(body.encode() if isinstance(body, str) else body, "application/rss+xml", FEED, SITE, f"{HOME}/rss")


def _map(body: str | bytes, depth: int = 0) -> Listing:
    data = body.encode() if isinstance(body, str) else body
    return read_list(data, None, MAP, SITE, f"{HOME}/sitemap.xml", depth=depth)


def _urls(listing: Listing) -> list[str]:
    return [found.url.removeprefix(HOME) for found in listing.found]


def _rss(*links: str) -> str:
    items = "".join(
        f"<item><title>T \u00e5</title><link>{link}</link><pubDate>Mon, 02 Mar 2026 08:00:00 +0100</pubDate></item>"
        for link in links
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Press</title>{items}</channel></rss>'
    )


def _set(*links: str) -> str:
    locs = "".join(f"<url><loc>{link}</loc><lastmod>2026-03-01</lastmod></url>" for link in links)
    return f'<?xml version="1.0"?><urlset {XMLNS}>{locs}</urlset>'


def _index(*links: str) -> str:
    return (
        f"<sitemapindex {XMLNS}>"
        + "".join(f"<sitemap><loc>{link}</loc></sitemap>" for link in links)
        + "</sitemapindex>"
    )


def test_rss_gives_links_titles_and_the_dates_it_prints() -> None:
    listing = _feed(_rss("/a", f"{HOME}/b?utm_source=rss"))
    assert _urls(listing) == ["/a", "/b"]
    assert (listing.found[0].title, listing.found[0].listed_at) == ("T \u00e5", "Mon, 02 Mar 2026 08:00:00 +0100")
    assert (listing.problem, listing.next, listing.entries) == (None, (), 2)


def test_atom_gives_the_alternate_link() -> None:
    body = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><entry><title>A</title><link rel="self" href="{HOME}/a.atom"/><link rel="alternate" href="{HOME}/a"/><updated>2026-03-01T00:00:00Z</updated></entry></feed>'
    assert _urls(_feed(body)) == ["/a"]


def test_json_feed_is_a_feed() -> None:
    body = '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "url": "/a", "title": "A"}, {"id": "2"}]}'
    assert _urls(_feed(body)) == ["/a"]


def test_a_feed_that_breaks_off_keeps_what_it_had_and_says_so() -> None:
    listing = _feed(_rss("/a", "/b")[:-40])
    assert _urls(listing)[0] == "/a"
    assert listing.problem is Problem.MALFORMED


def test_a_feed_without_entries_is_an_empty_feed() -> None:
    assert _feed(_rss()) == Listing()


@pytest.mark.parametrize(
    "body",
    [
        "<html><head><title>Attention Required!</title></head><body>blocked</body></html>",
        "",
        "{}",
        '{"items": []}',
        "plain words",
        "<urlset/>",
    ],
)
def test_anything_else_in_the_place_of_a_feed_is_a_problem(body: str) -> None:
    assert _feed(body).problem is Problem.NOT_A_LIST


def test_a_feed_whose_text_is_a_path_opens_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "feed.xml"
    secret.write_text(_rss("/secret"), "utf-8")
    for body in (str(secret), f"file://{secret}", secret.as_uri()):
        assert _feed(body).found == ()


def test_entities_are_refused_in_feeds_and_sitemaps() -> None:
    for body in (LAUGHS + _rss("/&b;")[38:], '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss/>'):
        assert _feed(body).problem is Problem.HOSTILE
        assert _map(body).problem is Problem.HOSTILE
        assert _map(body.encode("utf-16")).problem is Problem.HOSTILE


def test_a_document_type_of_old_without_declarations_is_allowed() -> None:
    doctype = '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://127.0.0.1:9/rss.dtd">'
    assert _urls(_feed(doctype + _rss("/a")[38:])) == ["/a"]


def test_a_run_of_comments_is_no_trap() -> None:
    assert _feed("<?a?><!-- -->" * 20_000 + "<x>").problem is not None


def test_a_url_set_gives_its_pages_and_not_its_images() -> None:
    body = f'<urlset {XMLNS} xmlns:image="http://i"><url><image:image><image:loc>{HOME}/i.jpg</image:loc></image:image><loc> {HOME}/a </loc></url></urlset>'
    listing = _map(body)
    assert _urls(listing) == ["/a"]
    assert _map(_set("/b")).found[0].listed_at == "2026-03-01"


def test_a_sitemap_may_be_packed_once_twice_or_not_at_all() -> None:
    plain = _set(f"{HOME}/a").encode()
    for body in (plain, gzip.compress(plain), gzip.compress(gzip.compress(plain)), plain.decode().encode("utf-16")):
        listing = _map(body)
        assert (_urls(listing), listing.problem) == (["/a"], None)


def test_an_index_is_followed_to_its_children_and_no_loop_is() -> None:
    answers = {
        "/sitemap.xml": _index(
            f"{HOME}/1.xml.gz", f"{HOME}/2.xml", f"{HOME}/sitemap.xml", "https://evil.example/3.xml"
        ),
        "/1.xml.gz": gzip.compress(_set(f"{HOME}/a").encode()).decode("latin-1"),
        "/2.xml": _index(f"{HOME}/1.xml.gz", f"{HOME}/sitemap.xml"),
    }
    walk, asked = Walk(MAP, SITE), []
    while url := walk.ask():
        asked.append(url.removeprefix(HOME))
        walk.take(url, answers[asked[-1]].encode("latin-1"), None)
    assert asked == list(answers)
    assert _urls(walk.listing) == ["/a"]
    assert walk.listing.problem is None


def test_an_index_too_deep_is_not_followed() -> None:
    assert _map(_index("/1.xml"), depth=2).next == (f"{HOME}/1.xml",)
    listing = _map(_index("/1.xml"), depth=3)
    assert (listing.next, listing.problem) == ((), Problem.LIMIT)


def test_a_child_that_cannot_be_had_is_told() -> None:
    walk = Walk(MAP, SITE)
    walk.take(str(walk.ask()), _index("/1.xml").encode(), None)
    walk.lost(str(walk.ask()), "status 404", status=404)
    assert walk.listing.problem is Problem.UNREACHABLE


def test_addresses_on_other_hosts_are_dropped() -> None:
    listing = _map(_set("https://evil.example/a", f"{HOME}/b", "file:///etc/passwd"))
    assert _urls(listing) == ["/b"]
    assert _map(_set("https://evil.example/a")).problem is Problem.NOT_A_LIST


def test_more_than_fifty_thousand_addresses_are_too_many() -> None:
    links = [f"{HOME}/{n}" for n in range(50_001)]
    most, beyond = _map(_set(*links[1:])), _map(_set(*links))
    assert (len(most.found), most.problem) == (50_000, None)
    assert (len(beyond.found), beyond.problem) == (50_000, Problem.LIMIT)


def test_a_bomb_is_not_unpacked() -> None:
    listing = _map(gzip.compress(b" " * (60 * 1024 * 1024), 9))
    assert listing.problem is Problem.MALFORMED


def test_a_packed_sitemap_that_is_cut_short_is_a_problem() -> None:
    packed = gzip.compress(_set(*(f"{HOME}/{n * 7919}" for n in range(500))).encode())
    assert _map(packed[:-9]).problem is Problem.MALFORMED
    assert _map(packed[:200]).problem is Problem.MALFORMED


def test_a_sitemap_that_breaks_off_or_forgets_to_escape_keeps_its_addresses_and_says_so() -> None:
    cut = _map(_set("/a", "/b")[:-30])
    assert "/a" in _urls(cut)
    assert cut.problem is Problem.MALFORMED
    bare = _map(_set("/a?x=1&y=2", "/b"))
    assert "/b" in _urls(bare)
    assert bare.problem is Problem.MALFORMED


def test_plain_text_and_feeds_serve_as_sitemaps() -> None:
    assert _urls(_map(f"# words\n{HOME}/a\n\n{HOME}/b\r\n")) == ["/a", "/b"]
    assert _urls(_map(_rss("/a"))) == ["/a"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "words",
        "<html><h1>Something went wrong</h1></html>",
        "<sitemaps/>",
        "<h1>The service is unavailable.</h1>",
        "https://evil.example/a",
    ],
)
def test_anything_else_in_the_place_of_a_sitemap_is_a_problem(body: str) -> None:
    assert _map(body).problem is Problem.NOT_A_LIST


def test_real_feeds_are_read_whole(shared: Path) -> None:
    counts = {
        "gov_scot_news_2017-06-27.rss": "news.gov.scot",
        "state_dept_2021.rss": "www.state.gov",
        "whitehouse_2021.rss": "www.whitehouse.gov",
    }
    for name, host in counts.items():
        body = (shared / "data/robots_feeds_sitemaps/feeds" / name).read_bytes()
        site = SiteProfile(
            name="x",
            title="X",
            base_url=f"https://{host}",
            language="en",
            time_zone=SITE.time_zone,
            discovery=(),
            release=(),
        )
        listing = read_list(body, "text/xml", FEED, site, f"https://{host}/feed/")
        assert listing.problem is None, name
        assert len(listing.found) == body.count(b"<item>"), name


def test_real_sitemaps_are_read_whole(shared: Path) -> None:
    site = SiteProfile(
        name="x",
        title="X",
        base_url="http://example.org",
        aliases=("example.com", "sitemaps.org"),
        language="en",
        time_zone=SITE.time_zone,
        discovery=(),
        release=(),
    )
    for file in sorted((shared / "data/robots_feeds_sitemaps/sitemaps").iterdir()):
        listing = read_list(file.read_bytes(), None, MAP, site, "http://example.org/sitemap")
        assert listing.problem is None, file.name
        assert listing.found or listing.next, file.name
