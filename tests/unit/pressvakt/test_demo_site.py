"""The demo's site does what its story says, no more and no less."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import tomllib
from collections.abc import Iterator
from importlib import resources
from urllib.parse import urlsplit

import pytest

from changes.kinds import Kind
from pressvakt.demo import DemoSite, story
from tests.press_client import Got, get, select

BERTHS = "/en/press-releases/2026/09/new-berths-for-small-boats-in-havsvik/"
VISIT = "/en/press-releases/2026/09/the-prime-minister-visits-vindo/"
TIMETABLE = "/en/press-releases/2026/09/winter-timetable-for-the-state-ferries/"
LOOKS = {"old": "article.release", "new": "div.story"}


@pytest.fixture
def site() -> Iterator[DemoSite]:
    with DemoSite() as running:
        yield running


def test_every_kind_of_change_happens_during_the_week() -> None:
    news = {event.kind for day in story.days() if day for event in story.truth(day)}

    assert news == set(Kind)


def test_the_first_day_is_a_baseline_of_both_languages() -> None:
    found = story.truth(0)

    assert all(event.kind is Kind.PUBLISHED and event.baseline for event in found)
    assert {event.site for event in found} == {"demo", "demo-sv"}
    assert len(found) == 25


def test_the_pages_of_a_day_change_just_where_the_truth_says_so(site: DemoSite) -> None:
    site.phase = 1
    for day in story.days():
        if day == 0 or story.skin(day) != story.skin(day - 1):
            continue
        before, after = said_on(site, day - 1), said_on(site, day)
        changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
        told = {path for event in story.truth(day) for path in (event.path, event.was) if path}
        files = {event.path for event in story.truth(day) if event.kind is Kind.ATTACHMENT}

        assert changed == told - files, day


def test_two_requests_for_one_page_differ_in_bytes_and_not_in_what_a_reader_sees(site: DemoSite) -> None:
    for day, look in ((0, "old"), (4, "new")):
        site.day, site.phase = day, 1
        first, second = get(site.url + TIMETABLE), get(site.url + TIMETABLE)

        assert first.body != second.body
        assert said(first, look) == said(second, look)


def test_without_noise_a_page_is_the_same_byte_for_byte() -> None:
    with DemoSite(noise=False) as site:
        assert get(site.url + TIMETABLE).body == get(site.url + TIMETABLE).body


def test_the_second_visit_of_every_day_finds_every_page_well(site: DemoSite) -> None:
    site.phase = 1
    for day in story.days():
        site.day = day
        assert get(site.url + "/robots.txt").status == 200
        for page in story.online(day):
            answer = get(site.url + page.path)
            assert (answer.status, page.title in answer.text) == (200, True), page.path


@pytest.mark.parametrize(
    ("day", "looks_like"),
    [
        (1, lambda got: got.status == 503),
        (2, lambda got: got.status == 200 and re.search("Page not found|Sidan kan inte hittas", got.text)),
        (3, lambda got: got.status in (200, 403) and "you have been blocked" in got.text),
        (6, lambda got: got.status == 200 and broken(got)),
    ],
)
def test_the_first_visit_of_a_day_meets_that_days_trouble(site: DemoSite, day: int, looks_like: object) -> None:
    assert callable(looks_like)
    site.day = day
    struck = [page.path for page in story.online(day) if looks_like(get(site.url + page.path, accept_encoding="gzip"))]

    assert 3 <= len(struck) < len(story.online(day))


def test_a_content_network_hands_out_an_old_text_on_thursdays_first_visit(site: DemoSite) -> None:
    site.day = 3
    stale = get(site.url + BERTHS).text
    site.phase = 1

    assert "160 berths" in stale
    assert "100 berths" in get(site.url + BERTHS).text


def test_robots_txt_fails_on_saturdays_first_visit_only(site: DemoSite) -> None:
    site.day = 5
    assert get(site.url + "/robots.txt").status == 503

    site.phase = 1
    assert get(site.url + "/robots.txt").status == 200


def test_a_removed_page_is_gone_on_both_visits_until_it_is_back(site: DemoSite) -> None:
    answers = []
    for day in (0, 1, 2, 3):
        for phase in (0, 1):
            site.day, site.phase = day, phase
            answers.append(get(site.url + VISIT).status)

    assert answers[:6] == [200, 200, 404, 404, 404, 404]
    assert answers[-1] == 200


def test_a_moved_page_redirects_for_good(site: DemoSite) -> None:
    moved = next(event for event in story.truth(3) if event.kind is Kind.MOVED)
    site.day, site.phase = 3, 1
    assert moved.was is not None
    answer = get(site.url + moved.was)

    assert (answer.status, answer.headers["location"]) == (301, moved.path)
    assert get(site.url + moved.path).status == 200


def test_a_file_is_replaced_behind_a_link_whose_prefix_alone_changes(site: DemoSite) -> None:
    files = []
    for day in (1, 2):
        site.day, site.phase = day, 1
        (link,) = select(get(site.url + TIMETABLE).text, "section.files a")
        files.append((link.get("href").partition("/files/")[2], link.text_content(), get(site.url + link.get("href"))))
    (old_href, old_words, old), (new_href, new_words, new) = files

    assert (old_href, old_words) == (new_href, new_words)
    assert old.body.startswith(b"%PDF-")
    assert old.body != new.body
    assert get(f"{site.url}/files/{new_href}").body == new.body


def test_archived_releases_leave_lists_and_feed_and_keep_their_page(site: DemoSite) -> None:
    archived = {event.path for event in story.truth(5) if event.kind is Kind.ARCHIVED}
    site.day, site.phase = 5, 1
    feeds = get(site.url + "/en/feed.xml").text + get(site.url + "/pressmeddelanden/rss.xml").text
    swedish = gzip.decompress(get(site.url + "/sitemap-sv.xml.gz").body).decode()
    sitemap = get(site.url + "/sitemap-en.xml").text + swedish

    assert len(archived) > 12
    assert archived.isdisjoint(listed_in_json(site) | listed_in_html(site))
    assert not any(path in feeds for path in archived)
    assert all(path in sitemap for path in archived)


def test_paging_through_either_list_finds_every_listed_release(site: DemoSite) -> None:
    assert listed_in_json(site) == {page.path for page in story.listed(0, "en")}
    assert listed_in_html(site) == {page.path for page in story.listed(0, "sv")}


@pytest.mark.parametrize("name", ["demo", "demo-sv"])
def test_its_profile_fits_the_old_look_and_not_the_new(site: DemoSite, name: str) -> None:
    profile = tomllib.loads((resources.files("crawler") / "sites" / f"{name}.toml").read_text("utf-8"))
    (rules,) = profile["release"]
    for day, fits in ((0, True), (4, False)):
        site.day, site.phase = day, 1
        for page in (page for page in story.online(day) if page.release.site == name):
            assert any(re.search(pattern, page.path) for pattern in profile["pages"])
            regions = select(get(site.url + page.path).text, rules["region"])
            assert len(regions) == fits
            for region in regions:
                assert region.cssselect(rules["title"][0])[0].text_content() == page.title
                assert region.cssselect(rules["body"][0])[0].text_content().strip()
                assert len(region.cssselect(rules["contacts"][0])) == bool(page.release.contact)
                assert len(region.cssselect(rules["attachments"][0])) == bool(page.release.file)


def test_each_day_is_introduced_and_the_end_says_what_next() -> None:
    assert [story.words(day).partition(":")[0] for day in story.days()] == [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ]
    assert any("pressvakt init" in line for line in story.what_next())


def test_it_closes_at_once_though_a_client_keeps_its_connection_open() -> None:
    site = DemoSite()
    with site:
        address = urlsplit(site.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
        connection.request("GET", "/robots.txt")
        assert connection.getresponse().read()
    with pytest.raises((http.client.HTTPException, OSError)):
        get(site.url + "/robots.txt")
    connection.close()
    site.close()  # again: nothing happens


def said_on(site: DemoSite, day: int) -> dict[str, str]:
    """What a reader sees of each page on a day, by path; where a page is not there, its status."""
    site.day = day
    paths = {page.path for either in story.days() for page in story.online(either)}
    answers = {path: get(site.url + path) for path in paths}
    return {path: said(got, story.skin(day)) if got.status == 200 else str(got.status) for path, got in answers.items()}


def said(got: Got, look: str) -> str:
    """The words of a release's page, without what is noise in its region and without white space."""
    region = select(got.text, LOOKS[look])[0]
    for noise in region.cssselect("div.share, [data-cfemail]"):
        noise.drop_tree()
    return "".join(region.text_content().split())


def listed_in_json(site: DemoSite) -> set[str]:
    found: set[str] = set()
    total, page = 1, 1
    while len(found) < total:
        answer = json.loads(get(f"{site.url}/api/releases?lang=en&page={page}&size=5").text)
        total, page = answer["total"], page + 1
        found |= {row["address"] for row in answer["releases"]}
    return found


def listed_in_html(site: DemoSite) -> set[str]:
    found: set[str] = set()
    address: str | None = "/pressmeddelanden/"
    while address:
        page = get(site.url + address).text
        found |= {link.get("href") for link in select(page, "ul.list > li > a")}
        address = next((link.get("href") for link in select(page, "a[rel=next]")), None)
    return found


def broken(got: Got) -> bool:
    try:
        return not got.text
    except EOFError:
        return True
