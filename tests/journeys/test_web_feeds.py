"""Feeds: read by a parser, valid by their rules, and the same after a restart."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import feedparser
import pytest
from lxml import etree

from storage.access import Role
from tests.web_house import DAY, HOSTILE, NOON, OFFICE, House, house
from web.settings import WebSettings

ATOM = "{http://www.w3.org/2005/Atom}"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
#: JSON Feed 1.1, as far as we write it.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["version", "title", "items"],
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": {"type": "string"},
        "home_page_url": {"type": "string", "format": "uri"},
        "feed_url": {"type": "string", "format": "uri"},
        "language": {"type": "string"},
        "authors": {"type": "array", "items": {"type": "object", "required": ["name"]}},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "content_text"],
                "properties": {
                    "id": {"type": "string"},
                    "url": {"type": "string", "format": "uri"},
                    "external_url": {"type": "string", "format": "uri"},
                    "title": {"type": "string"},
                    "content_text": {"type": "string", "minLength": 1},
                    "date_published": {"type": "string", "format": "date-time"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("house")) as found:
        yield found


def parsed(body: bytes) -> Any:
    found = feedparser.parse(body, response_headers={"content-type": "application/atom+xml; charset=utf-8"})
    assert not found.bozo, found.get("bozo_exception")
    return found


def test_a_feed_reader_reads_what_changed(ours: House) -> None:
    answer = ours.browser().get("/feeds/changes.atom")
    assert answer.header("content-type") == "application/atom+xml; charset=utf-8"
    found = parsed(answer.body)
    assert len(found.entries) == 8  # what the first crawl found is news to nobody
    assert found.entries[0].title == "Moved: The quay is mended, part 7"
    edited = next(entry for entry in found.entries if entry.title == "Changed: The quay is mended, part 1")
    assert re.findall(r"<(?:del|ins)>.*?</", edited.content[0].value) == ["<del>10</", "<ins>15</"]
    assert edited.link.endswith("/changes/14")
    assert {tag.term for tag in edited.tags} == {"edited", "figure"}


def test_atom_is_what_its_rules_ask_for(ours: House) -> None:
    """RFC 4287, 4.1.1 and 4.1.2: what a feed and an entry must have, and may have once only."""
    feed = etree.fromstring(ours.browser().get("/feeds/changes.atom").body)
    assert feed.tag == f"{ATOM}feed"
    for element in (feed, *feed.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(ATOM + name)) == 1
        assert RFC3339.fullmatch(str(element.findtext(f"{ATOM}updated")))
        assert str(element.findtext(f"{ATOM}id")).startswith("urn:uuid:")
        alternates = [link.get("type") for link in element.findall(f"{ATOM}link") if link.get("rel") == "alternate"]
        assert len(alternates) == len(set(alternates)) == 1
    assert feed.find(f"{ATOM}author/{ATOM}name") is not None
    assert len([link for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"]) == 1
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]
    assert len(ids) == len(set(ids))


def test_json_feed_fits_its_schema(ours: House) -> None:
    import jsonschema_rs

    answer = ours.browser().get("/feeds/changes.json")
    assert answer.header("content-type") == "application/feed+json"
    jsonschema_rs.validator_for(SCHEMA, validate_formats=True).validate(answer.json)
    assert len(answer.json["items"]) == 8
    assert len(answer.text.splitlines()) == 1


def test_both_feeds_name_the_same_things_alike(ours: House) -> None:
    atom = parsed(ours.browser().get("/feeds/changes.atom").body)
    items = ours.browser().get("/feeds/changes.json").json["items"]
    assert [(entry.id, entry.title) for entry in atom.entries] == [(item["id"], item["title"]) for item in items]


def test_names_stay_the_same_after_a_restart_and_under_another_address(tmp_path: Path) -> None:
    def names(settings: WebSettings) -> list[str]:
        with house(tmp_path, settings=settings, now=lambda: NOON + 9 * DAY) as found:
            browser = found.program(found.token("anna", Role.READER)) if settings.closed else found.browser()
            feed = browser.get("/feeds/changes.json?kind=edited").json
            return [item["id"] for item in feed["items"]]

    first = names(WebSettings(port=0))
    assert first == names(WebSettings(port=0))
    assert first == names(WebSettings(port=0, base_url="https://press.example"))


@pytest.mark.parametrize(
    ("query", "count"),
    [("kind=edited", 4), ("kind=edited&silent=true", 2), ("site=harbour&since=2031-03-16", 3), ("baseline=true", 12), ("limit=2", 2),
     ("label=figure&field=body", 4), ("match=isles", 1), ("silent=1", 2)],
)  # fmt: skip
def test_any_filter_makes_a_feed(ours: House, query: str, count: int) -> None:
    assert len(parsed(ours.browser().get(f"/feeds/changes.atom?{query}").body).entries) == count
    assert len(ours.browser().get(f"/feeds/changes.json?{query}").json["items"]) == count


def test_two_filters_are_two_feeds(ours: House) -> None:
    ids = {
        parsed(ours.browser().get(f"/feeds/changes.atom?{query}").body).feed.id
        for query in ("", "kind=edited", "silent=1")
    }
    assert len(ids) == 3


def test_what_a_page_said_is_text_and_nothing_else(ours: House) -> None:
    answer = ours.browser().get("/feeds/changes.atom?baseline=true&limit=50")
    feed = etree.fromstring(answer.body)
    titles = [str(title.text) for title in feed.iter(f"{ATOM}title")]
    assert any("<script>" in title for title in titles)  # as text: the writer escaped it
    allowed = {"div", "p", "ins", "del", "blockquote"}
    for content in feed.iter(f"{ATOM}content"):
        for element in content.iterdescendants():
            assert etree.QName(element).localname in allowed
            assert not element.attrib
    assert all("\u202e" not in title and "\x85" not in title for title in titles)
    assert HOSTILE[0] in json.dumps(ours.browser().get("/feeds/changes.json?baseline=true").json)


def test_a_feed_reader_that_has_it_already_gets_nothing_twice(ours: House) -> None:
    browser = ours.browser()
    first = browser.get("/feeds/changes.atom")
    assert browser.get("/feeds/changes.atom", If_None_Match=str(first.header("etag"))).status == 304
    assert first.header("last-modified") == "Sun, 16 Mar 2031 12:00:00 GMT"
    assert browser.get("/feeds/changes.atom", If_Modified_Since=str(first.header("last-modified"))).status == 304
    assert browser.get("/feeds/changes.atom", If_Modified_Since="Sat, 15 Mar 2031 12:00:00 GMT").status == 200
    assert browser.get("/feeds/changes.atom", If_Modified_Since="long ago").status == 200


def test_a_feed_is_told_in_swedish_too(ours: House) -> None:
    found = parsed(ours.browser().get("/feeds/changes.atom?lang=sv&kind=edited").body)
    assert found.feed.language == "sv"
    assert found.feed.title.startswith("Ändringar")


def test_links_lead_only_to_the_web(tmp_path: Path) -> None:
    with house(tmp_path) as found:
        with found.archive.writing() as unit:
            site = unit.site("harbour")
            assert site is not None
            page = unit.page(site.id, f"{OFFICE}/news/ferry")
            assert page is not None
            unit.move_page(page.id, "javascript:alert(1)", at=NOON + 3 * DAY)
            latest = unit.latest(page.id)
            assert latest is not None
            from changes.kinds import Finding, Kind

            unit.add_change(
                page.id, Finding(kind=Kind.RESTORED), before=1, after=1, title="x", url="javascript:alert(1)",
                at=NOON + 3 * DAY, baseline=False,
            )  # fmt: skip
        feed = etree.fromstring(found.browser().get("/feeds/changes.atom").body)
        assert all(str(link.get("href")).startswith("http") for link in feed.iter(f"{ATOM}link"))
        assert all("external_url" not in item or item["external_url"].startswith("http")
                   for item in found.browser().get("/feeds/changes.json").json["items"])  # fmt: skip
