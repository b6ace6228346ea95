"""Press pages for measuring: as many as asked for, 45 to 200 KB each, the same ones every time.

A page is a release in the shape of regeringen.se's pages of 2026, inside menus and scripts of a realistic weight. Noise
is spliced in between fixed pieces, so that a page differs on each request at hardly any cost.
"""

from __future__ import annotations

import functools
import html
import json
import random
import zlib
from dataclasses import dataclass

#: Weights of the menus and scripts around a release, in bytes: most pages near 75 KB, a few near 200.
_WEIGHTS = (44_000, 48_000, 56_000, 62_000, 68_000, 72_000, 76_000, 82_000, 90_000, 105_000, 130_000, 160_000, 190_000)

_VOCABULARY = (
    "regeringen föreslår att kommunerna får medel till fler platser i förskolan och myndigheten ska redovisa uppdraget "
    "senast den första mars hamnar vägar skolor sjukhus lärare poliser bidrag stöd åtgärder utredning förslag lag riksdagen "
    "beslut budget miljoner kronor ökning minskning procent år tid arbete klimat energi vatten skog jordbruk fiske kultur "
    "bibliotek museum språk hälsa omsorg äldre barn unga familjer företag handel export avtal länder samarbete europeiska "
    "unionen säkerhet försvar beredskap krisstöd transporter järnväg flyg sjöfart bredband digitalisering forskning"
)
_WORDS = _VOCABULARY.split()
_MINISTRIES = (
    "Hamndepartementet",
    "Skoldepartementet",
    "Finansdepartementet",
    "Vårddepartementet",
    "Energidepartementet",
)
_MONTHS = (
    *("januari", "februari", "mars", "april", "maj", "juni"),
    *("juli", "augusti", "september", "oktober", "november", "december"),
)


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Fixed bytes of a page, and the same deflated (RFC 1951) so that the next block may follow at once."""

    raw: bytes
    packed: bytes

    @classmethod
    def of(cls, text: str) -> Piece:
        """The piece of a text."""
        raw = text.encode()
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        return cls(raw=raw, packed=packer.compress(raw) + packer.flush(zlib.Z_FULL_FLUSH))


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page. Between its pieces goes noise, in this order: token, token, address, teasers, token."""

    number: int
    path: str
    title: str
    published: str  #: as an ISO date
    pieces: tuple[Piece, ...]
    mail: str

    def html(self, noise: tuple[bytes, ...]) -> bytes:
        """The whole page with some noise."""
        parts = [self.pieces[0].raw]
        for between, piece in zip(noise, self.pieces[1:], strict=True):
            parts += [between, piece.raw]
        return b"".join(parts)


def page(number: int, edition: int = 0) -> Page:
    """Page `number`, the same every time. Another `edition` differs from it in one figure of its text."""
    dice = random.Random(number)
    year, month, day = dice.randint(2019, 2026), dice.randint(1, 12), dice.randint(1, 28)
    title = _sentence(dice, 4, 9).rstrip(".")
    path = f"/pressmeddelanden/{year}/{month:02d}/sida-{number}/"
    published = f"{year}-{month:02d}-{day:02d}"
    before, after = chrome(dice.choice(_WEIGHTS))
    head = (
        f'<!DOCTYPE html><html lang="sv"><head><meta charset="utf-8"><title>{title} - Regeringen</title>'
        f'<meta property="og:title" content="{title}"><link rel="canonical" href="{path}"><meta name="csrf" content="'
    )
    top = (
        f'<section class="gridModule-A"><div class="col-1"><section class="masthead"><div class="categories-text">'
        f'Pressmeddelande från <a href="/tx/1284">{dice.choice(_MINISTRIES)}</a></div><h1 id="h1id">\n  {title}\n</h1>'
        f'<div class="date-publ-updated"><p><span class="published">Publicerad <time datetime="{published} 08:30:00">'
        f"{day:02d} {_MONTHS[month - 1]} {year}</time></span></p></div></section>"
        f'<div class="cl"><div class="media__body"><p class="ingress has-wordExplanation">{_sentence(dice, 14, 30)}</p></div>'
        f'</div><div class="has-wordExplanation">{_text(dice, edition)}</div></div><div class="col-2">'
        '<div class="island press-contact"><h2 class="h-underlined">Presskontakt</h2><p><strong>Pressekreterare</strong><br>'
        f"Telefon (växel) 08-000 {dice.randint(10, 99)} {dice.randint(10, 99)}<br>e-post till "
    )
    related = (
        '</p></div></div><div class="contentfooter"><div class="rs_skip"><h2>Relaterat</h2><ul class="list--block">'
    )
    pieces = (
        Piece.of(head),
        before,
        Piece.of(f'"></div>{top}'),
        Piece.of(related),
        after,
        _end(),
    )
    mail = f"press{number % 8}@departement.example"
    return Page(number=number, path=path, title=title, published=published, pieces=pieces, mail=mail)


@functools.cache
def chrome(weight: int) -> tuple[Piece, Piece]:
    """Menus and scripts before and after a release, together about `weight` bytes; shared by many pages."""
    links = "".join(
        f'<li class="nav__item"><a class="nav__link" href="/omrade/{number}/">{_WORDS[number % len(_WORDS)].title()} '
        f"{number}</a></li>"
        for number in range(weight // 170)
    )
    values = {f"setting{number}": f"value {number} of the page" for number in range(weight // 76)}
    script = f"<script>window.site={json.dumps(values)};</script>"
    before = (
        f'"></head><body><div class="l-header"><div class="nav-wrapper"><ul class="nav">{links}</ul></div></div>'
        '<main id="content" class="l-main article"><div class="layout-gridContainer">'
        '<div id="readspeaker" class="rs_skip" data-token="'
    )
    after = (
        '</ul></div></div></section></div></main><div class="l-footer"><p>Telefon växel: 08-000 10 00</p></div>'
        f"{script}<!-- "
    )
    return Piece.of(before), Piece.of(after)


def teasers(dice: random.Random) -> bytes:
    """A list of other releases as it stands at the foot of a page: others each time, minutes that run."""
    return "".join(
        f'<li><div class="sortcompact"><a href="/pressmeddelanden/2026/09/sida-{dice.randint(0, 999)}/">'
        f'{_sentence(dice, 4, 8)}</a><div class="block--timeLinks"><p>för {dice.randint(1, 59)} minuter sedan</p></div></div></li>'
        for _ in range(5)
    ).encode()


def hidden_mail(address: str, key: int) -> bytes:
    """An address as a content network hides it, with a key (1 to 255) of this request."""
    code = bytes([key, *(byte ^ key for byte in address.encode())]).hex()
    return (
        f'<a href="/cdn-cgi/l/email-protection#{code}"><span class="__cf_email__" data-cfemail="{code}">'
        "[email&#160;protected]</span></a>"
    ).encode()


@functools.cache
def _end() -> Piece:
    return Piece.of(" --></body></html>\n")


def _text(dice: random.Random, edition: int) -> str:
    parts = [f"<p>{_paragraph(dice)}</p>" for _ in range(dice.randint(2, 9))]
    parts.insert(1, f"<p>Det blir {dice.randint(100, 999) + edition} platser från den 1 mars 2027.</p>")
    if dice.random() < 0.3:
        items = "".join(f"<li>{_sentence(dice, 4, 12)}</li>" for _ in range(dice.randint(3, 6)))
        parts.append(f"<h2>{_sentence(dice, 2, 4)}</h2><ul>{items}</ul>")
    if dice.random() < 0.15:
        rows = "".join(
            f"<tr><td>{dice.choice(_WORDS)}</td><td>{dice.randint(1, 900)}</td><td>{dice.randint(1, 900)}</td></tr>"
            for _ in range(dice.randint(3, 12))
        )
        parts.append(f"<table><tr><th>Område</th><th>2026</th><th>2027</th></tr>{rows}</table>")
    return "".join(parts)


def _paragraph(dice: random.Random) -> str:
    return " ".join(_sentence(dice, 8, 20) for _ in range(dice.randint(1, 4)))


def _sentence(dice: random.Random, low: int, high: int) -> str:
    words = dice.choices(_WORDS, k=dice.randint(low, high))
    return html.escape(" ".join(words).capitalize() + ".")
