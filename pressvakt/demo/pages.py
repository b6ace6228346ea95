"""The demo's release pages: what one edition says, put into the look of its day."""

from __future__ import annotations

from dataclasses import dataclass

from pressvakt.demo import looks, markup, story
from pressvakt.demo.noise import Noise, escape
from pressvakt.demo.words import Words, spoken, words_of


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A line that the site puts on a page about the page itself."""

    name: str  #: archived, withdrawn or left
    text: str
    heading: str | None = None


def release_page(edition: story.Edition, day: int, noise: Noise) -> str:
    """The HTML of a release on a day, in that day's look, with this request's noise."""
    release = edition.release
    words = words_of(release.language)
    senders = ", ".join(
        f'<a href="{words.home}?from={number}">{escape(name)}</a>' for number, name in enumerate(release.senders, 1)
    )
    parts = looks.Parts(
        words=words,
        path=edition.path,
        title=escape(edition.title),
        kind=f"{escape(release.kind)} {words.from_} {senders}",
        published=spoken(release.published.date(), release.language),
        published_at=release.published.isoformat(timespec="minutes"),
        updated=spoken(edition.updated, release.language) if edition.updated else None,
        updated_at=f"{edition.updated}T16:40" if edition.updated else None,
        lead=escape(release.lead) if release.lead else None,
        text=markup.html_of(edition.text),
        notices=tuple((piece.name, piece.heading, escape(piece.text)) for piece in _notices(edition, words)),
        file=_file(edition, noise),
        contact=_contact(edition, words, noise),
        latest=_latest(edition, day, noise),
    )
    look = looks.new if story.skin(day) == "new" else looks.old
    return noise.spread(looks.document(parts, look(parts, noise), story.skin(day), noise))


def _notices(edition: story.Edition, words: Words) -> list[Piece]:
    pieces, language = [], words.language
    if edition.period:
        since, until = (spoken(day, language) for day in edition.period)
        pieces.append(Piece(name="archived", text=words.archived.format(since, until)))
    if edition.withdrawn:
        when, why = edition.withdrawn
        pieces.append(Piece(name="withdrawn", text=words.withdrawn.format(spoken(when, language), why)))
    if edition.left and edition.period:
        since, until = (spoken(day, language) for day in edition.period)
        line = words.left_line.format(since, until, edition.release.minister)
        pieces.append(Piece(name="left", heading=words.left, text=line))
    return pieces


def _file(edition: story.Edition, noise: Noise) -> str | None:
    """The link to a file, below the prefix that this site, as some real ones, makes anew for each request."""
    if not (file := edition.release.file):
        return None
    return f'<a href="/{noise.token[:6]}{file.href}">{escape(file.name)} ({file.size})</a>'


def _contact(edition: story.Edition, words: Words, noise: Noise) -> str | None:
    if not (who := edition.release.contact):
        return None
    return f"<strong>{escape(who.name)}</strong><br>{escape(who.role)}<br>{words.phone} {who.phone}<br>{noise.mail(who.mail)}"


def _latest(edition: story.Edition, day: int, noise: Noise) -> str:
    """Teasers of other releases: others on each request, and with a time that runs."""
    words = words_of(edition.release.language)
    others = [other for other in story.listed(day, words.language) if other.release is not edition.release]
    return "".join(
        f'<li><a href="{other.path}">{escape(other.title)}</a>'
        f'<span class="ago">{words.ago.format(noise.number(2, 59))}</span></li>'
        for other in noise.sample(others, 4)
    )
