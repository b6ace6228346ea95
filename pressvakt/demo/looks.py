"""The two looks of the demo site: `old`, which its profiles know, and `new`, which they do not."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources

from pressvakt.demo.noise import Noise
from pressvakt.demo.words import Words

#: The arms of Skerland: a lighthouse on a rock.
_ARMS = (
    '<svg class="arms" viewBox="0 0 40 48" aria-hidden="true"><path d="M2 2h36v24q0 14-18 20Q2 40 2 26z"/>'
    '<path class="light" d="M17 12h6l3 22H14zM16 8h8v4h-8zM4 10l10 2-10 3zM36 10l-10 2 10 3z"/></svg>'
)


#: What content networks send along to show the addresses that they hid.
_SHOW_ADDRESSES = (
    'document.querySelectorAll("[data-cfemail]").forEach(e=>{const b=e.dataset.cfemail.match(/../g).map(x=>parseInt(x,16));'
    "const a=String.fromCharCode(...b.slice(1).map(x=>x^b[0]));e.textContent=a;e.parentNode.href='mailto:'+a})"
)


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What goes into a release's page: pieces of HTML, escaped."""

    words: Words
    path: str
    title: str
    kind: str
    published: str
    published_at: str
    updated: str | None
    updated_at: str | None
    lead: str | None
    text: str
    notices: tuple[tuple[str, str | None, str], ...]  #: name, heading, text
    file: str | None
    contact: str | None
    latest: str


def document(parts: Parts, body: str, skin: str, noise: Noise) -> str:
    """A whole page with the head that a release has."""
    head = f'<link rel="canonical" href="{parts.path}"><meta property="og:title" content="{parts.title}">'
    return frame(parts.words, parts.title, body, skin, noise, head=head)


def frame(words: Words, title: str, body: str, skin: str, noise: Noise, *, head: str = "") -> str:
    """A whole page around a body: head, menus, foot, and what scripts leave in a page."""
    band = f'<a class="brand" href="{words.home}">{_ARMS}<span>{words.site}</span></a>'
    menu = f'<a href="{words.home}">{words.releases}</a><a href="{words.other[1]}">{words.other[0]}</a>'
    return (
        f'<!DOCTYPE html>\n<html lang="{words.language}"><head><meta charset="utf-8"><title>{title} – {words.site}</title>'
        f'<meta name="viewport" content="width=device-width"><meta name="csrf-token" content="{noise.token}">'
        f'<meta name="build" content="{noise.token[:8]}">{head}<style>{_css(skin)}</style>'
        f'<script nonce="{noise.token[4:12]}">window.skerland={{"session":"{noise.token[2:20]}"}}</script></head>'
        f'<body class="{skin}"><header class="top"><div class="wrap">{band}<nav>{menu}</nav></div></header>{body}'
        f'<footer class="foot"><div class="wrap"><p>{words.invented}</p></div></footer>'
        f"<script>{_SHOW_ADDRESSES}</script>"
        f"<!-- served by node {noise.number(1, 9)} in {noise.number(11, 480)} ms --></body></html>\n"
    )


def old(parts: Parts, noise: Noise) -> str:
    """The page as it was until Thursday: one class for each thing, dates in elements of their own."""
    w = parts.words
    updated = _filled(
        ' · <span class="updated">{} <time datetime="{}">{}</time></span>', w.updated, parts.updated_at, parts.updated
    )
    notices = "".join(
        f'<div class="notice notice--{name}">{_filled("<h2>{}</h2>", heading)}<p>{text}</p></div>'
        for name, heading, text in parts.notices
    )
    files = _filled('<section class="files"><h2>{}</h2><ul><li>{}</li></ul></section>', w.files, parts.file)
    contact = _filled(
        '<section class="contact"><h2>{}</h2><p class="person">{}</p></section>', w.contact, parts.contact
    )
    return (
        f'<main class="wrap page"><article class="release">{notices}<p class="kind">{parts.kind}</p>'
        f"<h1>{parts.title}</h1>"
        f'<p class="dates"><span class="published">{w.published} <time datetime="{parts.published_at}">{parts.published}'
        f"</time></span>{updated}</p>"
        f'{_filled("<p class={}>{}</p>", "lead", parts.lead)}<div class="text">{parts.text}</div>{files}{contact}'
        f'<div class="share"><span>{w.readers.format(noise.number(12, 380))}</span> · <a href="#share">{w.share}</a></div>'
        f'</article><aside class="latest"><h2>{w.latest}</h2><ul>{parts.latest}</ul></aside></main>'
    )


def new(parts: Parts, noise: Noise) -> str:
    """The page after Friday's redesign: teasers first, dates in one sentence, the text bare among the rest."""
    w = parts.words
    updated = _filled(", {} {}", w.updated.lower(), parts.updated)
    flags = "".join(
        f'<div class="flag flag-{name}">{_filled("<h3>{}</h3>", heading)}<p>{text}</p></div>'
        for name, heading, text in parts.notices
    )
    files = _filled('<div class="card"><h3>{}</h3>{}</div>', w.files, parts.file)
    contact = _filled('<div class="card"><h3>{}</h3><p>{}</p></div>', w.contact_new, parts.contact)
    return (
        f'<div class="hero"><div class="wrap"><p class="tag">{parts.kind}</p><h1>{parts.title}</h1>'
        f'<p class="when">{w.published} {parts.published}{updated}</p></div></div>'
        f'<div class="wrap grid"><nav class="rail"><h3>{w.latest}</h3><ul>{parts.latest}</ul>'
        f"<p>{w.readers.format(noise.number(12, 380))}</p></nav>"
        f'<div class="story">{flags}{_filled("<p class={}>{}</p>", "opening", parts.lead)}\n{parts.text}\n'
        f'<div class="cards">{files}{contact}</div></div></div>'
    )


def _filled(pattern: str, *values: str | None) -> str:
    """The pattern with its values; nothing where one is missing."""
    return "" if None in values else pattern.format(*values)


@functools.cache
def _css(skin: str) -> str:
    return resources.files(__package__).joinpath(f"{skin}.css").read_text("utf-8")
