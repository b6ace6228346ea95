"""The same release in other languages: noted where the page says so, and never a change."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from changes.canonical import text_digest
from changes.compare import compare
from changes.release import Release, Translation
from crawler.reading.extract import extract
from crawler.reading.profiles import ReleaseRules, SiteProfile

PROFILE = SiteProfile(
    name="press",
    title="Skerland",
    base_url="https://press.skerland.example",
    language="sv",
    time_zone=ZoneInfo("Europe/Stockholm"),
    discovery=(),
    release=(ReleaseRules(name="one", region="article", title=("h1",), body=("p",)),),
)


def read(head: str, foot: str = "") -> Release:
    page = f'<html lang="sv"><head>{head}</head><body><article><h1>Nya broar</h1><p>Tre broar byggs i norr.</p></article>{foot}</body></html>'
    release = extract(page.encode(), PROFILE, url="https://press.skerland.example/nyheter/broar/").release
    assert release is not None
    return release


def test_links_to_other_languages_are_noted_and_those_to_itself_a_feed_or_a_front_page_are_not() -> None:
    release = read(
        '<link rel="alternate" hreflang="en" href="https://www.government.skerland.example/news/bridges/">'
        '<link rel="alternate" hreflang="sv" href="/nyheter/broar/">'
        '<link rel="alternate" hreflang="x-default" href="/nyheter/broar/">'
        '<link rel="alternate" hreflang="de" type="application/rss+xml" href="/de/feed.xml">',
        '<a hreflang="fi" href="/fi/uutiset/sillat/">Suomeksi</a><a hreflang="fr" href="/">Français</a>',
    )

    assert release.translations == (
        Translation(language="en", url="https://www.government.skerland.example/news/bridges/"),
        Translation(language="fi", url="https://press.skerland.example/fi/uutiset/sillat/"),
    )


def test_a_translation_that_comes_later_is_no_change() -> None:
    before = read("")
    after = read('<link rel="alternate" hreflang="en" href="/en/news/bridges/">')

    assert compare(before, after) == ()
    assert text_digest(before) == text_digest(after)
    assert replace(after, translations=()) == before
