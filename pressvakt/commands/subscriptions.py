"""`pressvakt subscriptions`: who is told of what; confirmed, ended."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from alerts.objects import subscription_object
from alerts.subscription import of
from alerts.tokens import TokenError, Use, confirm, holder
from alerts.wishes import in_words
from pressvakt import options
from pressvakt.alerting import keep_file
from pressvakt.config import Config, load_config
from pressvakt.failure import Failure
from pressvakt.present import Format, console, hanging, say, styled, write_csv, write_jsonl
from pressvakt.times import when
from storage.alert_records import Subscriber, SubscriberState
from storage.archive import Archive
from storage.outbox_subscribers import confirm_subscriber, end_subscriber, subscriber, subscribers

COLUMNS = (
    "id", "address", "channel", "origin", "state", "about", "sites", "kinds", "labels", "fields", "senders", "words",
    "where", "silent", "rhythm", "at", "day", "quiet", "language", "time_zone", "created_at", "confirmed_at",
    "ended_at", "refusals",
)  # fmt: skip
_STYLES = {SubscriberState.ACTIVE: "green", SubscriberState.SUPPRESSED: "red", SubscriberState.UNCONFIRMED: "yellow"}

#: `pressvakt subscriptions` and what stands below it.
app = typer.Typer(help="Who is told of what.", rich_markup_mode=None, invoke_without_command=True)

Which = Annotated[
    str,
    typer.Argument(metavar="ID|TOKEN|ADDRESS", help="Which: its number, a token, or an address.", show_default=False),
]


@app.callback()
def subscriptions(
    context: typer.Context,
    ended: Annotated[bool, typer.Option("--ended", help="Those that have ended, too.")] = False,
    output: options.ListFormat = Format.TABLE,
    config: options.Config = None,
) -> None:
    """Who is told of what: by command, by the configuration file, and by readers themselves."""
    if context.invoked_subcommand is not None:
        return
    settings = load_config(config, crawling=False)
    with Archive.open(settings.database) as archive:
        keep_file(archive, settings, now=_now())
        found = [one for one in subscribers(archive) if ended or one.ended_at is None]
    if output is Format.JSONL:
        write_jsonl(map(subscription_object, found))
    elif output is Format.CSV:
        write_csv(COLUMNS, map(subscription_object, found))
    elif found:
        _print(found, settings)
    else:
        say("nobody is told of anything; 'pressvakt subscribe ADDRESS' begins")


@app.command("confirm")
def confirm_(context: typer.Context, which: Which, config: options.Config = None) -> None:
    """Begin to tell somebody: by the token of a mail that asked, or by number. So is one that refused begun anew."""
    with _archive(context, config) as archive:
        try:
            if which.isdigit():
                reader = subscriber(archive, int(which))
                if reader is None or not confirm_subscriber(archive, reader.id, at=_now()):
                    raise Failure(f"there is no subscription {which} that could begin; 'pressvakt subscriptions'")
            else:
                reader = confirm(archive, which, now=_now())
        except TokenError as error:
            raise Failure(str(error)) from None
    say(f"subscription {reader.id}: {reader.address} is told from now on")


@app.command("remove")
def remove(context: typer.Context, which: Which, config: options.Config = None) -> None:
    """Tell somebody no more; what was on its way is dropped. An address ends all that it gets."""
    with _archive(context, config) as archive:
        readers = _meant(archive, which)
        for reader in readers:
            end_subscriber(archive, reader.id, by_reader=_is_token(which), at=_now())
            say(f"subscription {reader.id}: {reader.address} is told no more")
            if reader.origin == "file" and not _is_token(which):
                say("it stands in pressvakt.toml: take it out there, or it begins again")


def _meant(archive: Archive, which: str) -> list[Subscriber]:
    """The subscriptions that a number, a token or an address means.

    Raises:
        Failure: it means none.
    """
    found: list[Subscriber] = []
    if which.isdigit():
        found = [one for one in (subscriber(archive, int(which)),) if one is not None]
    elif not _is_token(which):
        found = [one for one in subscribers(archive) if one.address.casefold() == which.casefold()]
    else:
        try:
            found = [holder(archive, which, Use.UNSUBSCRIBE)]
        except TokenError as error:
            raise Failure(str(error)) from None
    living = [one for one in found if one.ended_at is None]
    if not living:
        raise Failure(f"nobody is told of anything by {which!r}; 'pressvakt subscriptions' lists who is")
    return living


def _is_token(which: str) -> bool:
    return not (which.isdigit() or "@" in which or "://" in which)


def _print(found: list[Subscriber], settings: Config) -> None:
    out = console()
    for reader in found:
        head = styled(f"{reader.id:>4}  ", "dim") + styled(reader.address, "bold")
        head += styled(f"  {reader.state}", _STYLES.get(reader.state, "dim"))
        if reader.state is SubscriberState.SUPPRESSED:
            head += styled(f" after {reader.refusals} refusals; 'subscriptions confirm {reader.id}' begins anew", "dim")
        out.print(head)
        since = f"by {reader.origin}, since {when(reader.confirmed_at or reader.created_at)}"
        for line in (*in_words(of(reader), settings.alerts), since):
            for part in hanging(out, styled(line, "dim" if line == since else ""), indent=6):
                out.print(part)


def _archive(context: typer.Context, config: Path | None) -> Archive:
    above = context.parent.params.get("config") if context.parent else None
    return Archive.open(load_config(config or above, crawling=False).database)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
