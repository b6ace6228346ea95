"""Where the demo's releases are found: lists for people, a JSON list, feeds, sitemaps, robots.txt."""

from __future__ import annotations

import datetime as dt
import email.utils
import gzip
import json
from zoneinfo import ZoneInfo

from pressvakt.demo import looks, story
from pressvakt.demo.loopback import Answer
from pressvakt.demo.noise import Noise, escape
from pressvakt.demo.words import spoken, words_of

#: The site's own clock.
ZONE = ZoneInfo("Europe/Stockholm")

_PER_PAGE = 8


def listing(day: int, language: str, page: int, noise: Noise) -> Answer:
    """The list that people read, eight to a page, newest first."""
    words, entries = words_of(language), story.listed(day, language)
    start = (page - 1) * _PER_PAGE
    rows = "".join(
        f'<li><a href="{entry.path}">{escape(entry.title)}</a><span>{spoken(entry.release.published.date(), language)}'
        f" · {escape(entry.release.kind)}</span></li>"
        for entry in entries[start : start + _PER_PAGE]
    )
    more = start + _PER_PAGE < len(entries)
    older = f'<p class="more"><a rel="next" href="{words.home}?page={page + 1}">{words.next}</a></p>' if more else ""
    body = f'<main class="wrap page"><div><h1>{words.releases}</h1><ul class="list">{rows}</ul>{older}</div></main>'
    return Answer.page(looks.frame(words, words.releases, body, story.skin(day), noise))


def json_list(day: int, language: str, page: int, size: int) -> Answer:
    """The same list as the site's own scripts get it."""
    entries = story.listed(day, language)
    shown = [
        {"title": entry.title, "address": entry.path, "published": entry.release.published.isoformat()}
        for entry in entries[(page - 1) * size : page * size]
    ]
    return Answer.text("application/json", json.dumps({"total": len(entries), "page": page, "releases": shown}))


def atom(day: int, language: str, base: str) -> Answer:
    """The newest releases as Atom (RFC 4287)."""
    words = words_of(language)
    entries = "".join(
        f"<entry><title>{escape(entry.title)}</title><id>tag:skerland.example,2026:{entry.release.key}</id>"
        f'<link href="{base}{entry.path}"/><updated>{_moment(entry).isoformat()}</updated></entry>'
        for entry in story.listed(day, language)
    )
    return Answer.text(
        "application/atom+xml",
        f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>{words.site}</title>'
        f"<id>tag:skerland.example,2026:feed</id><updated>{story.date(day)}T04:00:00Z</updated>{entries}</feed>",
    )


def rss(day: int, language: str, base: str) -> Answer:
    """The newest releases as RSS 2.0."""
    words = words_of(language)
    entries = "".join(
        f"<item><title>{escape(entry.title)}</title><link>{base}{entry.path}</link>"
        f'<guid isPermaLink="false">{entry.release.key}</guid>'
        f"<pubDate>{email.utils.format_datetime(_moment(entry))}</pubDate></item>"
        for entry in story.listed(day, language)
    )
    return Answer.text(
        "application/rss+xml",
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{words.site}</title>'
        f"<link>{base}{words.home}</link><description>{words.releases}</description>{entries}</channel></rss>",
    )


def sitemap_index(base: str) -> Answer:
    """The sitemap: one part for each language."""
    parts = "".join(f"<sitemap><loc>{base}/sitemap-{part}</loc></sitemap>" for part in ("en.xml", "sv.xml.gz"))
    return _sitemap(f"<sitemapindex {_SPACE}>{parts}</sitemapindex>")


def sitemap(day: int, language: str, base: str, *, zipped: bool = False) -> Answer:
    """Every page of one language, archived ones too."""
    pages = (entry for entry in story.online(day) if entry.release.language == language)
    answer = _sitemap(
        f"<urlset {_SPACE}>" + "".join(f"<url><loc>{base}{entry.path}</loc></url>" for entry in pages) + "</urlset>"
    )
    if not zipped:
        return answer
    return Answer(body=gzip.compress(answer.body, mtime=0), headers={"Content-Type": "application/gzip"})


def robots(base: str) -> Answer:
    """What crawlers are asked to leave alone."""
    return Answer.text("text/plain; charset=utf-8", f"User-agent: *\nDisallow: /search\nSitemap: {base}/sitemap.xml\n")


_SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def _sitemap(text: str) -> Answer:
    return Answer.text("application/xml", f'<?xml version="1.0" encoding="utf-8"?>{text}')


def _moment(entry: story.Edition) -> dt.datetime:
    return entry.release.published.replace(tzinfo=ZONE).astimezone(dt.UTC)
