"""More rebuilt press pages, each strange in a way of its own, for `press_templates.render`.

Whole redesigns: `tables`, `hashes`, `breaks`, `elements`, `doubled`, `bare`. Only a part moved, in the layout `a`:
`moved-contact`, `moved-dates`, `box-inside`, `lines-inside`.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from pressvakt.demo.noise import Noise, escape

if TYPE_CHECKING:
    from tests.press_templates import Person, Posted, Teasers


def tables(posted: Posted, menu: str, teasers: Teasers, noise: Noise) -> str:
    """Everything in tables without a name; no labels but one."""
    updated = f" | Senast ändrad {posted.updated}" if posted.updated else ""
    left = "".join(f'<tr><td><a href="{url}">{escape(title)}</a></td></tr>' for url, title in teasers)
    people = "".join(
        f"<tr><td>{escape(who.name)}</td></tr><tr><td>{escape(who.role)}</td></tr><tr><td>Telefon (växel) {who.phone}</td></tr>"
        f"<tr><td>e-post till {noise.mail(who.mail)}</td></tr>"
        for who in posted.contacts
    )
    files = "".join(f'<tr><td><a href="{url}">{escape(name)}</a></td></tr>' for url, name in posted.attachments)
    return (
        f'<table><tr><td colspan="3"><ul>{menu}</ul></td></tr></table><table><tr><td colspan="3">{_notices(posted)}</td></tr>'
        f"<tr><td><table>{left}</table></td><td><table><tr><td><font>{posted.published}{updated}</font></td></tr>"
        f"<tr><td><h1>{escape(posted.title)}</h1></td></tr><tr><td>{posted.body}</td></tr><tr><td><table>{files}</table></td></tr>"
        f"</table></td><td><table>{people}</table></td></tr></table>"
    )


def hashes(posted: Posted, menu: str, teasers: Teasers, noise: Noise) -> str:
    """Class names with the hash of a build; a contact with its lines in another order and under other labels."""

    def named(name: str) -> str:
        return f"{name}__{hashlib.sha256((name + posted.path).encode()).hexdigest()[:3]}X7"

    updated = f"<dt>Uppdaterad</dt><dd>{posted.updated}</dd>" if posted.updated else ""
    people = "".join(
        f"<ul><li>E-post: {noise.mail(who.mail)}</li><li>{escape(who.name)}, {escape(who.role)}</li><li>Tfn {who.phone}</li></ul>"
        for who in posted.contacts
    )
    people = (
        f'<section class="{named("Ask_box")}"><h2>Journalister når oss här</h2>{people}</section>' if people else ""
    )
    return (
        f'<ul class="{named("Nav_list")}">{menu}</ul><div class="{named("Page_root")}">{_notices(posted)}'
        f'<div class="{named("Release_main")}"><h1>{escape(posted.title)}</h1><dl><dt>Publicerad</dt><dd>{posted.published}</dd>'
        f'{updated}</dl><div class="{named("Release_text")}">{posted.body}</div>{_files(posted)}{people}</div>'
        f'<div class="{named("More_list")}">{_cards(teasers, noise)}</div></div>'
    )


def breaks(posted: Posted, menu: str, teasers: Teasers, noise: Noise) -> str:
    """The site's name as heading, line breaks for paragraphs, bullets typed by hand."""
    text = re.sub(r"</?[uo]l>", "", posted.body)
    text = re.sub(r"<li>(.*?)</li>", r"• \1<br><br>", text, flags=re.DOTALL)
    text = re.sub(r"<p>(.*?)</p>", r"\1<br><br>", text, flags=re.DOTALL)
    updated = f", uppdaterad {posted.updated}" if posted.updated else ""
    people = "".join(_person(who, noise) + "<br>" for who in posted.contacts)
    people = f'<div class="who"><span>Presskontakt</span><br>{people}</div>' if people else ""
    return (
        f'<div id="top"><h1>Exempelregeringen</h1><ul>{menu}</ul></div><div id="wrap">{_notices(posted)}<div class="item">'
        f'<h2>{escape(posted.title)}</h2><div class="by">Publicerad {posted.published}{updated}</div><div class="txt">{text}</div>'
        f'{_files(posted)}{people}</div><div class="side">{_cards(teasers, noise)}</div></div>'
    )


def elements(posted: Posted, menu: str, teasers: Teasers, noise: Noise) -> str:
    """Elements of the site's own making, dates without labels."""
    updated = f"<gov-date><time>{posted.updated}</time></gov-date>" if posted.updated else ""
    people = "".join(
        f"<gov-line>{escape(who.name)}</gov-line> <gov-line>{escape(who.role)}</gov-line> "
        f"<gov-line>Telefon (växel) {who.phone}</gov-line> <gov-line>e-post till {noise.mail(who.mail)}</gov-line>"
        for who in posted.contacts
    )
    people = f"<gov-card><gov-heading>Presskontakt</gov-heading>{people}</gov-card>" if people else ""
    return (
        f"<gov-menu>{menu}</gov-menu><gov-page>{_notices(posted)}<gov-article><h1>{escape(posted.title)}</h1>"
        f"<gov-date><time>{posted.published}</time></gov-date>{updated}<gov-body>{posted.body}</gov-body>{_files(posted)}{people}"
        f"</gov-article><gov-rail>{_cards(teasers, noise)}</gov-rail></gov-page>"
    )


def doubled(posted: Posted, menu: str, teasers: Teasers, noise: Noise) -> str:
    """All of the release twice, for wide screens and for narrow ones."""
    updated = f'<p class="day again">Uppdaterad {posted.updated}</p>' if posted.updated else ""
    people = "".join(f"<p>{_person(who, noise)}</p>" for who in posted.contacts)
    people = f'<div class="who"><h4>Presskontakt</h4>{people}</div>' if people else ""
    one = (
        f'<h1>{escape(posted.title)}</h1><p class="day">Publicerad {posted.published}</p>{updated}'
        f'<div class="text">{posted.body}</div>{_files(posted)}{people}'
    )
    return (
        f'<ul class="menu">{menu}</ul><div class="shell">{_notices(posted)}<div class="wide">{one}</div>'
        f'<div class="narrow">{one}</div><div class="latest">{_cards(teasers, noise)}</div></div>'
    )


def bare(posted: Posted, menu: str, teasers: Teasers, noise: Noise) -> str:
    """No element has a name."""
    updated = f" · <time>{posted.updated}</time>" if posted.updated else ""
    people = "".join(f"<p>{_person(who, noise)}</p>" for who in posted.contacts)
    people = f"<section><h2>Presskontakt</h2>{people}</section>" if people else ""
    return (
        f"<ul>{menu}</ul><main>{_notices(posted)}<div><div><h1>{escape(posted.title)}</h1><p><time>{posted.published}</time>{updated}"
        f"</p></div><div>{posted.body}</div>{_files(posted)}{people}</div><div>{_cards(teasers, noise)}</div></main>"
    )


FRAMES = {
    "tables": tables, "hashes": hashes, "breaks": breaks, "elements": elements, "doubled": doubled, "bare": bare,
}  # fmt: skip

#: What of a page in the layout `a` reads otherwise once a part of it has moved.
PARTS: dict[str, tuple[tuple[str, str], ...]] = {
    "moved-contact": (('class="island press-contact"', 'class="ask-us"'),),
    "moved-dates": (
        ('class="date-publ-updated"', 'class="days"'),
        ('class="published"', 'class="first"'),
        ('class="updated"', 'class="last"'),
    ),
    "box-inside": (
        ('<div class="has-wordExplanation">', '<div class="has-wordExplanation"><div class="kaka"><p>Vi använder kakor.</p></div>'),
    ),
    "lines-inside": (
        ('<div class="has-wordExplanation">', '<div class="has-wordExplanation"><p>Lyssna på sidan</p>'),
    ),
}  # fmt: skip


def _person(who: Person, noise: Noise) -> str:
    return (
        f"<strong>{escape(who.name)}</strong><br>{escape(who.role)}<br>Telefon (växel) {who.phone}<br>"
        f"e-post till {noise.mail(who.mail)}"
    )


def _files(posted: Posted) -> str:
    links = "".join(f'<p><a href="{url}">{escape(name)}</a></p>' for url, name in posted.attachments)
    return f'<div class="docs">{links}</div>' if links else ""


def _notices(posted: Posted) -> str:
    return "".join(f"<p>{line}</p>" for line in posted.notices)


def _cards(teasers: Teasers, noise: Noise) -> str:
    return "".join(
        f'<p><a href="{url}">{escape(title)}</a> för {noise.number(2, 59)} minuter sedan</p>' for url, title in teasers
    )
