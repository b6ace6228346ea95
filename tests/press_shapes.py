"""Ten shapes of press sites on loopback, of governments that do not exist: what `pressvakt sites add` meets out there."""

from __future__ import annotations

import datetime as dt
import gzip
import html
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

_SUBJECTS = (
    "Ministry widens the ring road at Ostby after three years of protest",
    "Minister of Health opens forty new beds at the hospital in Skarvik",
    "New rules for fishing in the northern archipelago from next spring",
    "Government proposes lower fees for school meals in small municipalities",
    "Agreement with the ferry company secures winter traffic to the islands",
    "Inquiry into flood protection along the Lower Ylva presents its report",
    "Grants of 48 million to libraries that stay open on Sundays",
    "Head of the Coast Guard appointed for a further six years",
    "State visit from the Republic of Maravia begins on Thursday",
    "Budget: more inspectors for the Food Safety Authority",
    "Consultation opens on noise limits near the new airport",
    "Prize for young engineers goes to a class in Hammarby Lock",
)
COUNT = 36  #: releases of each site


@dataclass(frozen=True)
class Answer:
    """One answer of a site."""

    body: bytes
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Shape:
    """A press site: where somebody would start, and what it answers by path and query."""

    start: str
    answer: Callable[[str, dict[str, str], str], Answer | None]
    robots: str = "User-agent: *\nDisallow: /admin\n"


@dataclass
class Served:
    """A shape under an address, and the paths that were asked."""

    url: str
    asked: list[str] = field(default_factory=list)


@contextmanager
def serving(shape: Shape) -> Iterator[Served]:
    """A shape on loopback, at a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            served.asked.append(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
            origin = f"http://127.0.0.1:{server.server_port}"
            if parts.path == "/robots.txt":
                answer: Answer | None = Answer(shape.robots.replace("ORIGIN", origin).encode(), "text/plain")
            else:
                answer = shape.answer(parts.path, query, origin)
            answer = answer or Answer(
                page("Not found", "<h1>Page not found</h1><p>There is no such page.</p>"), status=404
            )
            self.send_response(answer.status)
            for name, value in (
                ("Content-Type", answer.kind),
                ("Content-Length", str(len(answer.body))),
                *answer.headers,
            ):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Served(f"http://127.0.0.1:{server.server_port}{shape.start}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()


def title(number: int) -> str:
    return f"{_SUBJECTS[number % len(_SUBJECTS)]} ({number})"


def day(number: int) -> dt.date:
    return dt.date(2024, 5, 28) - dt.timedelta(days=3 * number)


def path(number: int) -> str:
    slug = "-".join(_SUBJECTS[number % len(_SUBJECTS)].lower().replace(":", "").split()[:6])
    return f"/news/{day(number):%Y/%m}/{slug}-{number}/"


def page(heading: str, main: str, *, head: str = "", script: str = "") -> bytes:
    """A page with the frame that all of a site's pages share."""
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(heading)} | Government of Ylvania</title>{head}</head>
<body><header><a href="/">Government of Ylvania</a><nav><ul class="menu"><li><a href="/about-the-government/">About the government of Ylvania</a></li>
<li><a href="/ministries/and-agencies/">All ministries and agencies</a></li><li><a href="/contact/for-the-press/">Contacts for the press offices</a></li></ul></nav></header>
<main>{main}</main><footer><p>Government Offices, 1 Castle Square, Ylva</p><ul><li><a href="/accessibility-statement-of-this-site/">Accessibility statement</a></li>
<li><a href="/cookies-and-how-we-use-them/">Cookies and how we use them</a></li><li><a href="/processing-of-personal-data/">Processing of personal data</a></li></ul></footer>{script}</body></html>""".encode()


def release(number: int) -> bytes:
    """A release as most sites write one."""
    when = day(number)
    text = html.escape(title(number))
    return page(
        title(number),
        f"""<article><p class="kind">Press release</p><h1>{text}</h1><p class="date">Published <time datetime="{when}">{when:%d %B %Y}</time></p>
<p class="lead">The government has today decided on {number + 3} measures that concern {text.lower()}.</p>
<p>The decision takes effect on {when + dt.timedelta(days=40):%d %B %Y} and costs {number * 7 + 12} million crowns in its first year, which the budget has room for.</p>
<p>"This is what people have waited for, and we are glad that it can begin before the summer," says the minister in charge of the matter.</p>
<h2>Background</h2><p>In {when.year - 3} an inquiry proposed the measures. Sixty authorities and associations answered, and most of them agreed with its reasons.</p></article>""",
        head=f'<meta property="article:published_time" content="{when}T09:00:00+02:00">',
    )


def _release_at(path_: str) -> Answer | None:
    return next((Answer(release(number)) for number in range(COUNT) if path(number) == path_), None)


def _listing(numbers: range, after: str = "") -> str:
    entries = "".join(
        f'<li class="news-item"><span class="when">{day(number):%d %B %Y}</span> <h3><a href="{path(number)}">{html.escape(title(number))}</a></h3></li>'
        for number in numbers
    )
    return f'<h1>Press releases</h1><ul class="news-list">{entries}</ul>{after}'


def _rss(origin: str, numbers: range) -> bytes:
    items = "".join(
        f"<item><title>{html.escape(title(n))}</title><link>{origin}{path(n)}</link><pubDate>{day(n):%a, %d %b %Y} 09:00:00 +0200</pubDate></item>"
        for n in numbers
    )
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>News</title><link>{origin}</link>{items}</channel></rss>'.encode()


def _sitemap(origin: str) -> bytes:
    paths = ["/", "/about-the-government/", "/contact/for-the-press/", *map(path, range(COUNT))]
    return (
        '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        + "".join(f"<url><loc>{origin}{p}</loc></url>" for p in paths)
        + "</urlset>"
    ).encode()


def _feed_only(where: str, query: dict[str, str], origin: str) -> Answer | None:
    if where == "/press/":
        link = '<link rel="alternate" type="application/rss+xml" href="/press/rss.xml">'
        return Answer(page("Press", "<h1>Press</h1><p>Follow the press office through its feed.</p>", head=link))
    if where == "/press/rss.xml":
        return Answer(_rss(origin, range(10)), "application/rss+xml")
    return _release_at(where)


def _sitemap_only(where: str, query: dict[str, str], origin: str) -> Answer | None:
    if where == "/":
        return Answer(
            page("Welcome", "<h1>Welcome</h1><p>The Government of Ylvania informs about its work on these pages.</p>")
        )
    if where == "/maps/pages.xml":
        return Answer(_sitemap(origin), "application/xml")
    return _release_at(where)


def _html_paging(where: str, query: dict[str, str], origin: str) -> Answer | None:
    if where == "/news/":
        number = int(query.get("page", "1"))
        pages = "".join(f'<a class="pager" href="/news/?page={other}">{other}</a> ' for other in range(1, 4))
        return Answer(
            page(
                "News", _listing(range((number - 1) * 12, min(number * 12, COUNT)), f'<div class="pager">{pages}</div>')
            )
        )
    return _release_at(where)


def _json_list(where: str, query: dict[str, str], origin: str) -> Answer | None:
    if where == "/newsroom/":
        script = '<script>var list = {"endpoint": "/api/news/search?page=1&size=10", "element": "#list"};</script>'
        return Answer(page("Newsroom", '<h1>Newsroom</h1><div id="list"></div>', script=script))
    if where == "/api/news/search":
        number, size = int(query.get("page", "1")), int(query.get("size", "10"))
        rows = [
            {"id": n, "title": title(n), "url": path(n), "date": str(day(n))}
            for n in range((number - 1) * size, min(number * size, COUNT))
        ]
        return Answer(json.dumps({"result": {"total": COUNT, "items": rows}}).encode(), "application/json")
    return _release_at(where)


def _wordpress(where: str, query: dict[str, str], origin: str) -> Answer | None:
    if where == "/briefings/":
        head = f'<link rel="https://api.w.org/" href="{origin}/wp-json/"><link rel="alternate" type="application/rss+xml" href="{origin}/feed/">'
        return Answer(page("Briefings", _listing(range(6)), head=head))
    if where == "/feed/":
        return Answer(_rss(origin, range(10)), "application/rss+xml")
    if where == "/wp-json/wp/v2/posts":
        number, size = int(query.get("page", "1")), int(query.get("per_page", "10"))
        rows = [
            {"link": origin + path(n), "date": f"{day(n)}T09:00:00", "title": {"rendered": title(n)}}
            for n in range((number - 1) * size, min(number * size, COUNT))
        ]
        if not rows:
            return Answer(b'{"code":"rest_post_invalid_page_number"}', "application/json", 400)
        return Answer(json.dumps(rows).encode(), "application/json")
    return _release_at(where)


def _api(where: str, query: dict[str, str], origin: str) -> Answer | None:
    if where == "/v1/documents":
        offset, count = int(query.get("offset", "0")), int(query.get("rows", "12"))
        rows = [
            {"type": "news", "canonical": origin + path(n), "title": title(n)}
            for n in range(offset, min(offset + count, COUNT))
        ]
        return Answer(json.dumps({"total": COUNT, "documents": rows}).encode(), "application/json")
    return _release_at(where)


def _no_list(where: str, query: dict[str, str], origin: str) -> Answer | None:
    if where == "/press/":
        return Answer(
            page(
                "Press",
                "<h1>The press office</h1><p>Call +99 123 456 on weekdays between nine and four. The press office answers questions from journalists about the work of the government.</p>",
            )
        )
    return None


def _browser(where: str, query: dict[str, str], origin: str) -> Answer | None:
    if where == "/press/":
        return Answer(
            b'<!doctype html><html lang="en"><head><title>Press</title></head><body><noscript>You need to enable JavaScript to run this app.</noscript><div id="root"></div><script src="/static/main.8f3a.js"></script></body></html>'
        )
    return None


def _blocking(where: str, query: dict[str, str], origin: str) -> Answer | None:
    body = b"<html><head><title>Attention Required! | Cloudflare</title></head><body><h1>Sorry, you have been blocked</h1><p>You are unable to access ylvania.example</p></body></html>"
    return Answer(body, status=403, headers=(("Server", "cloudflare"),))


def _hostile(where: str, query: dict[str, str], origin: str) -> Answer | None:
    if where == "/news/":
        links = "".join(
            f'<li class="x{n}"><a href="/trap/{n}/{"a/" * (n % 7)}">Click here to read all about number {n}</a></li>'
            for n in range(20_000)
        )
        head = '<link rel="alternate" type="application/rss+xml" href="/bomb.xml"><link rel="alternate" type="application/atom+xml" href="http://169.254.169.254/latest/meta-data/">'
        deep = "<div>" * 3_000 + "</div>" * 3_000
        return Answer(page("<script>alert(1)</script>", f"{deep}<ul>{links}</ul>", head=head))
    if where == "/bomb.xml":
        return Answer(
            gzip.compress(b"<rss>" + b"A" * 60_000_000), "application/rss+xml", headers=(("Content-Encoding", "gzip"),)
        )
    if where == "/sitemap.xml":
        return Answer(
            b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><urlset>&b;</urlset>',
            "application/xml",
        )
    if where.startswith("/trap/"):
        return Answer(b"", status=302, headers=(("Location", where + "a/"),))
    return None


SHAPES: dict[str, Shape] = {
    "feed only": Shape("/press/", _feed_only),
    "sitemap only": Shape("/", _sitemap_only, robots="User-agent: *\nDisallow:\nSitemap: ORIGIN/maps/pages.xml\n"),
    "html list with paging": Shape("/news/", _html_paging),
    "json list": Shape("/newsroom/", _json_list),
    "wordpress": Shape("/briefings/", _wordpress),
    "api": Shape("/v1/documents?rows=12&offset=0", _api),
    "no list": Shape("/press/", _no_list),
    "needs a browser": Shape("/press/", _browser),
    "blocks": Shape("/press/", _blocking),
    "hostile": Shape("/news/", _hostile),
}
