"""Where a `PressSite`'s releases are found: the routes and shapes of regeringen.se's lists, feed and sitemap."""

from __future__ import annotations

import datetime as dt
import email.utils
import gzip
import json

from pressvakt.demo.loopback import Answer
from pressvakt.demo.noise import escape
from pressvakt.demo.words import spoken
from tests.press_templates import Posted

_XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_PER_PAGE = 20


def json_list(posts: list[Posted], page: int, size: int) -> Answer:
    """The list as the site's scripts get it: a piece of HTML inside JSON, at most 1,000 rows."""
    rows = _rows(posts, page, min(size, 1000))
    return Answer.text("application/json", json.dumps({"Message": rows, "TotalCount": len(posts)}))


def listing(posts: list[Posted], page: int) -> Answer:
    """The list that people read, 20 to a page."""
    next_page = (
        f'<a rel="next" href="/pressmeddelanden/?page={page + 1}">Nästa</a>' if page * _PER_PAGE < len(posts) else ""
    )
    return Answer.page(
        '<!DOCTYPE html><html lang="sv"><head><meta charset="utf-8"><title>Pressmeddelanden</title></head><body><main>'
        f"<h1>Pressmeddelanden</h1><p>Totalt {len(posts)} träffar.</p>{_rows(posts, page, _PER_PAGE)}"
        f"<nav>{next_page}</nav></main></body></html>"
    )


def feed(posts: list[Posted], base: str) -> Answer:
    """The last 100 releases as RSS 2.0."""
    items = "".join(
        f"<item><title>{escape(post.title)}</title><link>{base}{post.path}</link><pubDate>{_moment(post)}</pubDate></item>"
        for post in posts[:100]
    )
    text = f'<rss version="2.0"><channel><title>Pressmeddelanden</title><link>{base}/</link>{items}</channel></rss>'
    return Answer.text("application/rss+xml", f'<?xml version="1.0" encoding="utf-8"?>{text}')


def sitemap_index(base: str) -> Answer:
    """The sitemap: an index of one part."""
    return _xml(f"<sitemapindex {_XMLNS}><sitemap><loc>{base}/sitemap-0.xml.gz</loc></sitemap></sitemapindex>")


def sitemap(posts: list[Posted], base: str) -> Answer:
    """That part, gzipped: every page that is there."""
    pages = "".join(f"<url><loc>{base}{post.path}</loc></url>" for post in posts)
    whole = _xml(f"<urlset {_XMLNS}>{pages}</urlset>")
    return Answer(body=gzip.compress(whole.body, mtime=0), headers={"Content-Type": "application/gzip"})


def _rows(posts: list[Posted], page: int, size: int) -> str:
    shown = posts[(page - 1) * size : page * size]
    return f'<ul class="list--block">{"".join(_row(post) for post in shown)}</ul>'


def _row(post: Posted) -> str:
    updated = (
        f' · Uppdaterad <time datetime="{post.updated}">{spoken(post.updated, "sv")}</time>' if post.updated else ""
    )
    return (
        f'<li><div class="sortcompact"><a href="{post.path}">{escape(post.title)}</a><div class="block--timeLinks"><p>'
        f'Publicerad <time datetime="{post.published}">{spoken(post.published, "sv")}</time>{updated} · '
        f'<a href="/tx/1334">{escape(post.kind)}</a> från {escape(", ".join(post.senders))}</p></div></div></li>'
    )


def _moment(post: Posted) -> str:
    return email.utils.format_datetime(dt.datetime.combine(post.published, dt.time(8, 30), dt.UTC))


def _xml(text: str) -> Answer:
    return Answer.text("application/xml", f'<?xml version="1.0" encoding="utf-8"?>{text}')
