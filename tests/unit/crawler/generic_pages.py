"""One invented release, in the templates of several invented sites that nobody has described."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

TITLE = "Skerland builds 160 new berths in the northern harbour"
LEAD = "The Ministry of Harbours sets aside 48.5 million marks for piers, cranes and a breakwater at Norvik."
TEXT = (
    "The work begins on 12 May and will take three years. Some 340 people will be employed on the site at its height.",
    "“We have waited for this since 2019”, says the minister, Ada Lind. “The fleet has grown by 17 per cent.”",
    "Half of the money comes from the harbour fund, and the other half from the budget for the coming year.",
)


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a page says, and the noise that it says it in."""

    title: str = TITLE
    lead: str = LEAD
    text: tuple[str, ...] = TEXT
    published: str = "3 May 2031"
    turn: int = 0  #: another one gives other noise
    extra: str = ""  #: markup behind the text
    head: str = ""  #: markup in the head
    files: tuple[tuple[str, str], ...] = field(default=(("/files/plan.pdf", "The plan"),))

    @property
    def paragraphs(self) -> str:
        return "".join(f"<p>{one}</p>" for one in self.text)

    @property
    def downloads(self) -> str:
        return "".join(f'<li><a href="{href}">{name}</a></li>' for href, name in self.files)

    @property
    def teasers(self) -> str:
        names = ("Fishing quotas for the autumn are settled", "A new ferry between Norvik and Ost", "Lighthouses get lamps",
                 "The harbour fund reports its best year", "Pilots may retire at sixty")  # fmt: skip
        turned = [names[(self.turn + number) % len(names)] for number in range(3)]
        return "".join(
            f'<li><a href="/news/{number}-{self.turn}">{name}</a></li>' for number, name in enumerate(turned)
        )


def semantic(said: Said) -> bytes:
    """HTML 5 as it is meant, with all the noise of a site of today around it."""
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{said.title} | Government of Skerland</title>
<meta property="og:site_name" content="Government of Skerland"><meta name="csrf-token" content="tok{said.turn * 7919:x}">
{said.head}</head><body>
<div id="cookie-banner" role="dialog"><p>We use {40 + said.turn} cookies to make this site better for everybody who visits it.</p><button>Accept</button></div>
<header class="site-header"><a href="/">Government of Skerland</a><span class="today">Monday {said.turn + 1} June 2031</span></header>
<nav><ul><li><a href="/news">News</a></li><li><a href="/ministries">Ministries</a></li></ul></nav>
<main><article><h1>{said.title}</h1><p class="meta">Published <time datetime="2031-05-03">{said.published}</time></p>
<p class="views">{1200 + said.turn * 31} views</p><p class="lead">{said.lead}</p>{said.paragraphs}
<ul class="share-buttons"><li><a href="https://share.example/?u=1&t={said.turn}">Share {said.turn + 3}</a></li></ul>
<section><h2>Documents</h2><ul>{said.downloads}</ul></section></article>
<section class="more"><h2>Latest news</h2><ul>{said.teasers}</ul></section></main>{said.extra}
<footer><p>© {2031 + said.turn % 2} Government of Skerland. Switchboard 555 01 00, Harbour Street 4, Norvik.</p></footer>
</body></html>""".encode()


def divisions(said: Said) -> bytes:
    """Nothing but divisions with names."""
    return f"""<html><head><title>Government of Skerland - {said.title}</title>{said.head}</head><body>
<div id="top"><div class="logo"><a href="/">Government of Skerland</a></div><div id="main-menu"><ul><li><a href="/a">Aims</a>
</li><li><a href="/b">Budget</a></li></ul></div></div>
<div class="breadcrumbs"><a href="/">Start</a> / <a href="/press">Press</a></div>
<div id="content"><div class="heading"><h1>{said.title}</h1></div><div class="date">{said.published}</div>
<div class="intro">{said.lead}</div><div class="text">{said.paragraphs}</div><div class="files"><ul>{said.downloads}</ul></div></div>
<div id="sidebar"><h3>Most read</h3><ul>{said.teasers}</ul><p>It is {10 + said.turn}:31:07 in Norvik.</p></div>
{said.extra}<div id="footer">Copyright {2031 + said.turn % 2} Government of Skerland</div></body></html>""".encode()


def tables(said: Said) -> bytes:
    """A page laid out with tables, in a form around all of it, as servers of old write them."""
    return f"""<HTML><HEAD><TITLE>{said.title}</TITLE>{said.head}</HEAD><BODY><FORM method=post action="page.aspx?id=4">
<input type="hidden" name="__VIEWSTATE" value="dDw{said.turn * 104729}Pz4=">
<TABLE><TR><TD colspan=2><IMG src=logo.gif alt="Government of Skerland"></TD></TR>
<TR><TD width=180><A href="/a">Aims</A><BR><A href="/b">Budget</A><BR><A href="/c">Contact us here</A></TD>
<TD><H1>{said.title}</H1><P>{said.published}</P><P><B>{said.lead}</B></P>{said.paragraphs}<UL>{said.downloads}</UL>{said.extra}</TD></TR>
<TR><TD colspan=2><FONT size=1>You are visitor number</FONT> <FONT size=1>{90210 + said.turn}</FONT></TD></TR></TABLE></FORM></BODY></HTML>""".encode()


def dateline(said: Said) -> bytes:
    """A page that says its day only at the beginning of its text."""
    body = "".join(f"<p>{one}</p>" for one in said.text[1:])
    return f"""<html lang="en"><head><title>Press Release | Ministry of Harbours</title>{said.head}</head><body><div class="page">
<div class="nav"><a href="/">Ministry of Harbours</a> <a href="/press">Press</a></div>
<h1>{said.title}</h1><h2>{said.lead}</h2><p><strong>NORVIK, {said.published}</strong> – {said.text[0]}</p>{body}
<ul>{said.downloads}</ul>{said.extra}</div></body></html>""".encode()


def application(said: Said) -> bytes:
    """What a server-side script framework writes: names made by the build, all data for machines besides."""
    return f"""<!DOCTYPE html><html lang="en"><head><title>{said.title}</title><script type="application/ld+json">
{{"@context": "https://schema.org", "@graph": [{{"@type": "WebSite", "name": "Skerland"}}, {{"@type": "NewsArticle",
"headline": "{said.title}", "datePublished": "2031-05-03T08:15:00+02:00", "dateModified": "2031-06-{said.turn % 27 + 1:02d}T03:00:00Z"}}]}}
</script>{said.head}</head><body style="visibility:hidden"><div id="__next"><div class="css-{said.turn + 17:x}a9"><div class="Nav__abc"><a href="/">Skerland</a>
<a href="/news?nonce={said.turn:016x}">News</a></div><div class="css-1{said.turn}k"><h1 class="css-z{said.turn}">{said.title}</h1><div class="css-9"><p>{said.lead}</p>
{said.paragraphs}<div><ul>{said.downloads}</ul></div></div></div>{said.extra}</div></div></body></html>""".encode()


TEMPLATES: dict[str, Callable[[Said], bytes]] = {
    "semantic": semantic,
    "divisions": divisions,
    "tables": tables,
    "dateline": dateline,
    "application": application,
}
