"""Three renderings of one release, as unlike each other as redesigns are: what `PressSite` puts its releases into.

`a` is built as regeringen.se is in 2026, so that its profile reads it. `b` and `c` are what no profile knows: in `b`
the text stands bare beside teasers, below classes that say how and not what; in `c` everything is wrapped, what is
known of the release comes as a list of terms, and the contact goes by another name.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

from pressvakt.demo.noise import Noise, escape
from pressvakt.demo.words import spoken
from tests.press_rebuilds import FRAMES, PARTS


@dataclass(frozen=True, kw_only=True)
class Person:
    """A press contact."""

    name: str
    role: str = "Pressekreterare"
    phone: str = "08-000 10 00"
    mail: str = "press@departement.example"


@dataclass(frozen=True, kw_only=True)
class Posted:
    """A release as the site's editors left it. `body` is HTML."""

    path: str
    title: str
    body: str = ""
    lead: str | None = None
    published: dt.date = dt.date(2026, 9, 1)
    updated: dt.date | None = None
    kind: str = "Pressmeddelande"
    senders: tuple[str, ...] = ("Exempeldepartementet",)
    contacts: tuple[Person, ...] = ()
    attachments: tuple[tuple[str, str], ...] = ()  #: address, words of the link
    identifier: str | None = None
    notices: tuple[str, ...] = ()  #: lines at the top, as HTML: archived, withdrawn
    ministers: tuple[str, ...] = ()  #: sentences below the heading for ministers who have left
    listed: bool = True  #: whether lists and the feed show it


Teasers = list[tuple[str, str]]  #: address and title of other releases


def render(template: str, posted: Posted, teasers: Teasers, noise: Noise) -> str:
    """The page of a release. `template` is `a`, `b`, `c` or one of those in `press_rebuilds`.

    Raises:
        KeyError: where there is no such template.
    """
    parts = PARTS.get(template, ())
    frame = {"a": _a, "b": _b, "c": _c, **FRAMES}["a" if parts else template]
    title = escape(posted.title)
    head = (
        f'<meta charset="utf-8"><title>{title} - Exempelregeringen</title><meta name="csrf" content="{noise.token}">'
        f'<meta property="og:title" content="{title}"><link rel="canonical" href="{posted.path}">'
        f'<link rel="stylesheet" href="/dist/main.{noise.token[:8]}.css">'
    )
    menu = "".join(f'<li><a href="/amnen/{number}/">Politikområde {number}</a></li>' for number in range(1, 41))
    tail = f"<script>window.page={json.dumps({'id': noise.token, 'load': noise.number(1, 999)})};</script>"
    body = frame(posted, menu, teasers, noise)
    for old, new in parts:
        body = body.replace(old, new)
    return noise.spread(
        f'<!DOCTYPE html><html lang="sv"><head>{head}</head><body>{body}{tail}<!-- {noise.token[6:]} --></body></html>'
    )


def missing(template: str) -> str:
    """The page for an address that has none."""
    tag = {"b": "article", "c": "section"}.get(template, "main")
    return (
        f'<!DOCTYPE html><html lang="sv"><head><meta charset="utf-8"><title>Sidan kan inte hittas</title></head><body>'
        f"<{tag}><h1>Sidan kan inte hittas</h1><p>Sidan du söker kan ha flyttats eller tagits bort.</p></{tag}></body></html>"
    )


def _a(posted: Posted, menu: str, teasers: Teasers, noise: Noise) -> str:
    senders = ", ".join(f'<a href="/tx/{1284 + at}">{escape(name)}</a>' for at, name in enumerate(posted.senders))
    updated = (
        f' · <span class="updated">Uppdaterad <time datetime="{posted.updated} 09:15:00">{_day(posted.updated)}</time></span>'
        if posted.updated
        else ""
    )
    vignette = f'<span class="h1-vignette">Diarienummer: {posted.identifier}</span>' if posted.identifier else ""
    lead = (
        f'<div class="cl"><div class="media__body"><p class="ingress has-wordExplanation">{escape(posted.lead)}</p></div></div>'
        if posted.lead
        else ""
    )
    files = _each('<li><a href="{}">{}</a></li>', posted.attachments)
    files = f'<h2 class="h4">Ladda ner:</h2><ul class="list--icons">{files}</ul>' if files else ""
    contacts = "".join(
        f"<p><strong>{escape(who.name)}</strong><br>{escape(who.role)}<br>Telefon (växel) {who.phone}<br>"
        f"e-post till {noise.mail(who.mail)}</p>"
        for who in posted.contacts
    )
    contacts = (
        f'<div class="island press-contact"><h2 class="h-underlined">Presskontakt</h2>{contacts}</div>'
        if contacts
        else ""
    )
    banner = "".join(f'<div class="archive-banner"><p>{line}</p></div>' for line in posted.notices)
    note = _ministers(posted, '<div class="dismissed"><h2 class="h4">{}</h2>{}</div>')
    related = "".join(
        f'<li><div class="sortcompact"><a href="{url}">{escape(title)}</a>'
        f'<div class="block--timeLinks"><p>för {noise.number(2, 59)} minuter sedan</p></div></div></li>'
        for url, title in teasers
    )
    return (
        f'<div class="l-header"><div class="nav-wrapper"><ul class="nav">{menu}</ul></div></div>'
        f'<main id="content" class="l-main article"><div class="layout-gridContainer">{banner}{note}'
        f'<div id="readspeaker" class="rs_skip" data-token="{noise.token}"></div><section class="gridModule-A">'
        f'<div class="col-1"><section class="masthead"><div class="categories-text">{escape(posted.kind)} från {senders}</div>'
        f'<h1 id="h1id">\n  {escape(posted.title)}\n{vignette}</h1><div class="date-publ-updated"><p>'
        f'<span class="published">Publicerad <time datetime="{posted.published} 08:30:00">{_day(posted.published)}</time>'
        f'</span>{updated}</p></div></section>{lead}<div class="has-wordExplanation">{posted.body}</div>{files}</div>'
        f'<div class="col-2">{contacts}</div><div class="contentfooter">{note}<div class="rs_skip"><h2>Relaterat</h2>'
        f'<ul class="list--block">{related}</ul></div></div></section></div></main>'
        '<div class="l-footer"><p>Exempelregeringen. Telefon växel: 08-000 10 00</p></div>'
    )


def _b(posted: Posted, menu: str, teasers: Teasers, noise: Noise) -> str:
    updated = f" · Uppdaterad {_day(posted.updated)}" if posted.updated else ""
    lines = "".join(f'<p class="bg-yellow-100 p-4 mb-2">{line}</p>' for line in posted.notices)
    lines += _ministers(posted, '<div class="bg-yellow-100 p-4 mb-2"><h2 class="font-bold">{}</h2>{}</div>')
    identifier = f'<p class="text-xs">Diarienummer: {posted.identifier}</p>' if posted.identifier else ""
    lead = f'<p class="text-xl font-semibold mb-6">{escape(posted.lead)}</p>' if posted.lead else ""
    files = _each('<a class="block underline" href="{}">{}</a>', posted.attachments)
    files = f'<div class="mt-8 border-t"><h2 class="font-bold">Filer</h2>{files}</div>' if files else ""
    contacts = "".join(
        f'<div class="text-sm">{escape(who.name)}, {escape(who.role)}, {who.phone}, {noise.mail(who.mail)}</div>'
        for who in posted.contacts
    )
    contacts = (
        f'<div class="mt-8 border-t"><h2 class="font-bold">Frågor från medier</h2>{contacts}</div>' if contacts else ""
    )
    cards = "".join(
        f'<a class="block py-2" href="{url}"><span class="font-bold">{escape(title)}</span>'
        f'<span class="text-xs">{noise.number(2, 59)} min</span></a>'
        for url, title in teasers
    )
    return (
        f'<header class="flex w-full"><nav class="hidden lg:flex"><ul class="flex gap-4">{menu}</ul></nav></header>'
        f'<div class="mx-auto max-w-7xl grid grid-cols-3" data-build="{noise.token[:6]}"><article class="col-span-2 py-8">'
        f'{lines}<p class="uppercase text-xs">{escape(posted.kind)} från {escape(", ".join(posted.senders))}</p>'
        f'<h1 class="text-4xl mb-4">{escape(posted.title)}</h1>{identifier}'
        f'<p class="text-sm">Publicerad {_day(posted.published)}{updated}</p>'
        f'{lead}{posted.body}{files}{contacts}<div class="mt-8"><h2 class="font-bold">Läs också</h2>{cards}</div></article>'
        f'<div class="py-8 text-sm"><p>{noise.number(3, 99)} läser just nu</p></div></div>'
        '<footer class="w-full py-8"><p>Exempelregeringen, 100 00 Exempelstad</p></footer>'
    )


def _c(posted: Posted, menu: str, teasers: Teasers, noise: Noise) -> str:
    terms = [
        ("Typ", escape(posted.kind)),
        ("Avsändare", escape(", ".join(posted.senders))),
        ("Publicerad", f'<time datetime="{posted.published}">{posted.published}</time>'),
    ]
    terms += [("Uppdaterad", f'<time datetime="{posted.updated}">{posted.updated}</time>')] if posted.updated else []
    terms += [("Diarienummer", posted.identifier)] if posted.identifier else []
    facts = "".join(f"<div><dt>{term}</dt><dd>{value}</dd></div>" for term, value in terms)
    alerts = "".join(f'<div role="note"><div>{line}</div></div>' for line in posted.notices)
    alerts += _ministers(posted, '<div role="note"><h3>{}</h3>{}</div>')
    lead = f'<div class="rel-intro"><div><p>{escape(posted.lead)}</p></div></div>' if posted.lead else ""
    files = _each('<figure><figcaption><a href="{}">{}</a></figcaption></figure>', posted.attachments)
    files = f"<section><header><h3>Dokument</h3></header>{files}</section>" if files else ""
    contacts = "".join(
        f"<address><b>{escape(who.name)}</b><span>{escape(who.role)}</span><span>Tfn {who.phone}</span>"
        f"{noise.mail(who.mail)}</address>"
        for who in posted.contacts
    )
    contacts = f"<section><header><h3>Kontakt för journalister</h3></header>{contacts}</section>" if contacts else ""
    rail = "".join(f'<li><h4><a href="{url}">{escape(title)}</a></h4></li>' for url, title in teasers)
    return (
        f'<div id="app-{noise.token[:5]}"><div class="topbar"><ol>{menu}</ol></div>'
        f'<div class="hero"><hgroup><h1>{escape(posted.title)}</h1></hgroup></div>'
        f'<div class="rail"><h3>Mer från oss</h3><ul>{rail}</ul></div>{alerts}<dl class="facts">{facts}</dl>'
        f'<div class="rel"><div class="rel-in">{lead}<div class="rel-text"><div>{posted.body}</div></div></div>'
        f"{files}{contacts}</div>"
        f'<div class="base"><p>Exempelregeringen</p><p>Sidan visades {noise.number(100, 999)} gånger</p></div></div>'
    )


def _ministers(posted: Posted, pattern: str) -> str:
    if not posted.ministers:
        return ""
    sentences = "".join(f"<p>{escape(sentence)}</p>" for sentence in posted.ministers)
    return pattern.format("Statsråd på denna sida som har entledigats", sentences)


def _each(pattern: str, rows: tuple[tuple[str, str], ...]) -> str:
    return "".join(pattern.format(first, escape(second)) for first, second in rows)


def _day(day: dt.date) -> str:
    return spoken(day, "sv")
