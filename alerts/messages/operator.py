"""Messages to the operator, and the question to a new subscriber: the same looks, no changes in them."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage

from alerts.messages.catalogue import Words
from alerts.messages.envelope import addressed, seal
from alerts.messages.headers import split_address
from alerts.messages.page import as_html
from alerts.messages.plain import as_text
from alerts.messages.story import Link
from alerts.messages.text import clean, linkable
from alerts.messages.view import Cluster, Footer, Section, View
from alerts.told import Confirmation, NoticeLetter, OperatorNotice

#: Letters of a site's name and of a line; notices in one message and details of each that are shown.
_NAME, _LINE, _NOTICES, _DETAILS = 80, 500, 30, 20


def compose_notice(letter: NoticeLetter) -> EmailMessage:
    """What happened to sites or to this installation, what it means, and what to do next.

    Raises:
        AddressError: `to` or `sender` is no address.
        ValueError: there is no notice in the letter, or `list_id` cannot stand in a header.
    """
    if not letter.notices:
        raise ValueError("a message to the operator needs a notice")
    words = Words(letter.language, letter.zone)
    first = letter.notices[0]
    alone = len(letter.notices) == 1
    titles = ", ".join(dict.fromkeys(_title(one, words) for one in letter.notices))
    several = words("operator.several", n=len(letter.notices))
    made = View(
        language=letter.language,
        subject=f"Pressvakt: {_title(first, words) if alone else f'{several}: {titles}'}",
        preview=clean(first.text, _LINE),
        eyebrow="Pressvakt",
        kind="notice",
        heading=_title(first, words) if alone else several,
        lines=tuple(_lines(first, words)) if alone else (),
        sections=() if alone else (Section(title=None, clusters=tuple(_clusters(letter, words))),),
        footer=Footer(why=words("operator.why"), links=_links((letter.manage_url, words("say.manage")))),
    )
    message = addressed(letter, made.subject, list_id=letter.list_id, thread=letter.thread)
    return _filled(message, made, words, letter)


def compose_confirmation(letter: Confirmation) -> EmailMessage:
    """The question whether somebody wants what was asked for in their name; nothing is sent before they say so.

    Raises:
        AddressError: `to` or `sender` is no address.
    """
    url = linkable(letter.confirm_url)
    words = Words(letter.language, letter.zone)
    wishes = [clean(wish, _LINE) for wish in letter.wishes]
    lines = [words("confirm.intro", to=split_address(letter.to)[1])]
    if wishes:
        lines += [words("confirm.wishes"), *(f"· {wish}" for wish in wishes)]
    if url is None:  # without pages of our own it is a command for whoever keeps the archive
        lines += [f"{words('confirm.button')}:", clean(letter.confirm_url, _LINE)]
    notes = [words("confirm.ignore")]
    if letter.expires_at is not None:
        notes.insert(0, words("confirm.until", when=words.when(letter.expires_at)))
    made = View(
        language=letter.language,
        subject=words("confirm.subject"),
        preview=lines[0],
        eyebrow="Pressvakt",
        kind="confirmation",
        heading=words("confirm.heading"),
        lines=tuple(lines),
        notes=tuple(notes),
        button=None if url is None else Link(text=words("confirm.button"), url=url),
        footer=Footer(why="", links=()),
    )
    return _filled(addressed(letter, made.subject), made, words, letter)


def _filled(message: EmailMessage, made: View, words: Words, letter: NoticeLetter | Confirmation) -> EmailMessage:
    message.set_content(as_text(made, words), cte="quoted-printable")
    message.add_alternative(as_html(made, words), subtype="html", cte="quoted-printable")
    seal(message, letter)
    return message


def _title(notice: OperatorNotice, words: Words) -> str:
    """What it is and where: `Blocked: regeringen.se`."""
    part = "over" if notice.recovered else "notice"
    what = words.maybe(f"{part}.{notice.kind}", clean(notice.kind, _NAME))
    return f"{what}: {clean(notice.site, _NAME)}" if notice.site else what


def _lines(notice: OperatorNotice, words: Words) -> Iterator[str]:
    """What exactly, what it means, when."""
    yield clean(notice.text, _LINE)
    yield from (clean(line, _LINE) for line in notice.details[:_DETAILS])
    if len(notice.details) > _DETAILS:
        yield f"… {words('say.more_changes', n=len(notice.details) - _DETAILS)}"
    if not notice.recovered and (meaning := words.maybe(f"meaning.{notice.kind}", "")):
        yield meaning
    yield words("operator.over_at" if notice.recovered else "operator.at", when=words.when(notice.at))


def _clusters(letter: NoticeLetter, words: Words) -> Iterator[Cluster]:
    for notice in letter.notices[:_NOTICES]:
        yield Cluster(kind="notice", heading=_title(notice, words), notes=tuple(_lines(notice, words)))
    if len(letter.notices) > _NOTICES:
        yield Cluster(
            kind="notice",
            heading=None,
            left=words("say.more_changes", n=len(letter.notices) - _NOTICES),
        )


def _links(*addresses: tuple[str | None, str]) -> tuple[Link, ...]:
    return tuple(Link(text=text, url=safe) for url, text in addresses if (safe := linkable(url)))
