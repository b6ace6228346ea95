"""`pressvakt subscribe`: tell somebody of changes."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from alerts.asking import QUESTIONS
from alerts.asking import ask as ask_first
from alerts.making import DAYS, LANGUAGES, RHYTHMS, known_zone, made, read_clock, read_quiet
from alerts.services import NoApprise, known
from alerts.subscription import About, Channel, Subscription, Where, encode
from alerts.webhook import secret_of
from alerts.wishes import in_words
from changes.compare import FIELDS
from pressvakt.config import Config as Settings
from pressvakt.config import load_config
from pressvakt.failure import Failure, Misuse
from pressvakt.options import Config, Fields, Kinds, Labels, Senders
from pressvakt.present import console, say, styled
from storage.alert_records import Origin, Subscriber
from storage.archive import Archive
from storage.outbox_subscribers import add_subscriber


def subscribe(
    address: Annotated[
        str,
        typer.Argument(
            metavar="ADDRESS",
            help="An e-mail address, an https address that takes a POST, or one of Apprise's, like ntfy://topic.",
            show_default=False,
        ),
    ],
    site: Annotated[
        list[str] | None,
        typer.Option("--site", metavar="NAME", help="Of this site only, may be repeated.", show_default=False),
    ] = None,
    kind: Kinds = None,
    label: Labels = None,
    field: Fields = None,
    sender: Senders = None,
    words: Annotated[
        list[str] | None,
        typer.Option(
            "--words",
            metavar="WORDS",
            help="That say this, may be repeated; as pressvakt search reads it.",
            show_default=False,
        ),
    ] = None,
    where: Annotated[
        Where, typer.Option("--in", help="Where the words must stand: anywhere, in what was added, or removed.")
    ] = Where.ANYWHERE,
    silent: Annotated[
        bool, typer.Option("--silent", help="Only edits that the page's own date does not tell of.")
    ] = False,
    notices: Annotated[
        bool, typer.Option("--notices", help="What happens to sites and to this installation, not to releases.")
    ] = False,
    rhythm: Annotated[
        str, typer.Option("--rhythm", metavar="RHYTHM", help=f"How often: {', '.join(RHYTHMS)}.")
    ] = "now",
    at: Annotated[
        str, typer.Option("--at", metavar="TIME", help="Daily, weekly: at what time of the reader's day.")
    ] = "07:00",
    day: Annotated[
        str, typer.Option("--day", metavar="DAY", help=f"Weekly: on which day, {DAYS[0]} to {DAYS[-1]}.")
    ] = DAYS[0],
    quiet: Annotated[
        str | None,
        typer.Option(
            "--quiet-hours",
            metavar="FROM-TO",
            help="Now, hourly: nothing comes between these, as 22:00-07:00; it waits.",
            show_default=False,
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            "--language", metavar="LANGUAGE", help=f"Of the messages: {', '.join(LANGUAGES)}.", show_default=False
        ),
    ] = None,
    time_zone: Annotated[
        str | None,
        typer.Option("--time-zone", metavar="ZONE", help="The reader's, as Europe/Stockholm.", show_default=False),
    ] = None,
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask the reader by mail first; nothing else comes before the answer.")
    ] = False,
    config: Config = None,
) -> None:
    """Tell somebody of changes: of all, or of those that fit everything that is given.

    What is found from now on is told; `pressvakt crawl` sends it, and `pressvakt alerts send`.
    Without --ask you vouch for it that the reader wants this.
    """
    settings = load_config(config, crawling=False)
    values = {
        "to": address.strip(),
        "about": About.NOTICES if notices else About.CHANGES,
        "sites": site,
        "kinds": kind,
        "labels": label,
        "fields": field,
        "senders": sender,
        "words": words,
        "where": where,
        "silent": silent,
        "rhythm": rhythm,
        "language": language,
        "time_zone": time_zone,
    }
    asked = _made(settings, {**values, **_times(at, day, quiet)})
    if ask and asked.channel is not Channel.MAIL:
        raise Misuse("--ask is for e-mail addresses: nothing else can answer")
    with Archive.open(settings.database) as archive:
        now = dt.datetime.now(dt.UTC)
        reader = ask_first(archive, asked, now=now) if ask else _vouched(archive, asked, now)
        if reader is None:
            raise Failure(f"{asked.address} was asked {QUESTIONS} times today and has not answered; try again tomorrow")
        out = console()
        out.print(styled(f"subscription {reader.id}: {asked.address}", "bold"))
        for line in in_words(asked, settings.alerts):
            out.print(styled(f"  {line}"))
        if asked.channel is Channel.WEBHOOK:
            out.print(styled(f"  signed with {secret_of(reader)}"))
    if ask:
        say("'pressvakt alerts send' asks the reader; the answer is good for a week")
    if asked.channel is Channel.MAIL and settings.mail is None:
        say("no mail can be sent yet: pressvakt.toml has no [mail]; docs/howto/get-alerts.md shows one")


def _vouched(archive: Archive, asked: Subscription, now: dt.datetime) -> Subscriber:
    return add_subscriber(
        archive,
        origin=Origin.COMMAND,
        channel=asked.channel,
        address=asked.address,
        terms=encode(asked),
        at=now,
        confirmed=True,
    )


def _times(at: str, day: str, quiet: str | None) -> dict[str, object]:
    if day.lower() not in DAYS:
        raise Misuse(f"--day: {day!r} is no day; known: {', '.join(DAYS)}")
    try:
        return {
            "at": read_clock(at),
            "day": day.lower(),
            "quiet": None if quiet is None else read_quiet(quiet),
        }
    except ValueError as error:
        raise Misuse(str(error)) from None


def _made(settings: Settings, values: dict[str, object]) -> Subscription:
    """The subscription that the options ask for.

    Raises:
        Misuse: they make no sense.
    """
    choices = {"rhythm": RHYTHMS, "language": LANGUAGES}
    for name, known_values in choices.items():
        if values[name] is not None and values[name] not in known_values:
            raise Misuse(f"--{name}: no {name} {values[name]!r}; known: {', '.join(known_values)}")
    if values["time_zone"] is not None and known_zone(str(values["time_zone"])) is None:
        raise Misuse(f"--time-zone: {values['time_zone']!r} is no time zone; write Europe/Stockholm")
    try:
        asked = made(values, settings.alerts)
        if asked.channel is Channel.APPRISE and not known(asked.address):
            raise Misuse(f"Apprise does not know {asked.address!r}; its documentation lists the addresses")
    except (ValueError, NoApprise) as error:
        raise Misuse(str(error)) from None
    if unknown := [name for name in asked.wishes.fields if name not in FIELDS]:
        raise Misuse(f"--field: no field {unknown[0]!r}; known: {', '.join(FIELDS)}")
    if unknown := [name for name in asked.wishes.sites if name not in settings.sites]:
        raise Misuse(f"no site {unknown[0]!r}; known: {', '.join(settings.sites) or 'none'}")
    return asked
