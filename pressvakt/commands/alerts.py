"""`pressvakt alerts`: what is owed to readers and what became of it; tried again, tested, previewed, sent."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from alerts.letters import alert_letter, contents_of, told
from alerts.mailer import wire
from alerts.making import made
from alerts.matching import Matcher, places
from alerts.messages import AddressError, compose
from alerts.objects import delivery_object
from alerts.services import text_of
from alerts.subscription import About, Subscription, of
from alerts.subscription import AddressError as NoAddress
from pressvakt import options
from pressvakt.alerting import keep_file, run_alerts
from pressvakt.alerttest import send_test
from pressvakt.config import Config, load_config
from pressvakt.failure import Failure, Misuse
from pressvakt.present import Format, clean, console, hanging, say, styled, write_csv, write_jsonl
from pressvakt.times import when
from storage.alert_records import DeliveryState, Owed
from storage.archive import Archive
from storage.outbox import Outbox, owed_count
from storage.outbox_owed import open_troubles, past_changes
from storage.outbox_subscribers import subscriber, subscribers

COLUMNS = (
    "id", "key", "subscription", "address", "purpose", "state", "changes", "created_at", "due_at", "attempts",
    "leased_until", "ended_at", "code", "reason",
)  # fmt: skip
#: Deliveries of the table where nobody asked for more.
SCREEN = 100
_STYLES = {DeliveryState.WAITING: "yellow", DeliveryState.SENT: "green", DeliveryState.DROPPED: "dim"}
_OPEN = (DeliveryState.WAITING, DeliveryState.REFUSED, DeliveryState.FAILED)

#: `pressvakt alerts` and what stands below it.
app = typer.Typer(help="What is owed to readers, and what became of it.", rich_markup_mode=None, no_args_is_help=True)

MailDir = Annotated[
    Path | None,
    typer.Option("--mail-dir", metavar="FOLDER", help="Keep mails there as .eml files instead of sending them."),
]


class View(StrEnum):
    """How a preview is shown."""

    TEXT = "text"  #: as a plain-text reader shows it
    HTML = "html"
    EML = "eml"  #: the whole message


@app.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="Those that were sent or dropped, too.")] = False,
    subscription: Annotated[
        int | None, typer.Option("--subscription", metavar="ID", help="Of this one only.", show_default=False)
    ] = None,
    output: options.ListFormat = Format.TABLE,
    config: options.Config = None,
) -> None:
    """What waits, with its next time, and what was refused or given up, with the reason."""
    settings = load_config(config, crawling=False)
    with Archive.open(settings.database) as archive:
        states = () if everything else _OPEN
        limit = SCREEN if output is Format.TABLE else None
        found = Outbox(archive).deliveries(*states, subscription_id=subscription, limit=limit)
        addresses = {one.id: one.address for one in subscribers(archive)}
        rows = (delivery_object(one, many, addresses.get(one.subscription_id, "")) for one, many in found)
        if output is Format.JSONL:
            write_jsonl(rows)
        elif output is Format.CSV:
            write_csv(COLUMNS, rows)
        else:
            _print(archive, list(rows))


@app.command("retry")
def retry(
    ids: Annotated[list[int] | None, typer.Argument(metavar="ID…", help="Which; all where none is named.")] = None,
    config: options.Config = None,
) -> None:
    """Have alerts go out at the next sending that wait, were refused or were given up."""
    settings = load_config(config, crawling=False)
    with Archive.open(settings.database) as archive:
        count = Outbox(archive).retry(ids or None, now=_now())
    if ids and count < len(set(ids)):
        raise Failure(
            f"{len(set(ids)) - count} of these cannot be tried again: sent, dropped, in hand, or of a subscription "
            "that is not active ('pressvakt subscriptions')"
        )
    say(f"{count} alerts go out with 'pressvakt alerts send', or after the next crawl")


@app.command("send")
def send(mail_dir: MailDir = None, config: options.Config = None) -> None:
    """Send all that is due. A crawl does this at its end; between crawls let cron do it, for digests and retries."""
    settings = load_config(config, crawling=False)
    with Archive.open(settings.database) as archive:
        keep_file(archive, settings, now=_now())
        done = run_alerts(archive, settings, now=_now, mail_dir=mail_dir)
        waiting = Outbox(archive).counts()[DeliveryState.WAITING]
    say(done.summary or ("alerts: nothing is due" + (f", {waiting} wait for their time" if waiting else "")))
    if done.report.misconfigured:
        raise Misuse("; ".join(done.failed))
    if done.failed:
        raise Failure("; ".join(done.failed))


@app.command("test")
def send_a_test(
    address: Annotated[
        str | None,
        typer.Argument(metavar="ADDRESS", help="Where to; to those who get notices where none is named."),
    ] = None,
    config: options.Config = None,
) -> None:
    """Send a message that says it is a test, now and past the queue, and say what the other side answered."""
    settings = load_config(config, crawling=False)
    if address is not None:
        targets = [_subscription(settings, address)]
    else:
        targets = [one for one in settings.subscriptions if one.about is About.NOTICES]
    if not targets:
        raise Misuse("there is nobody to send a test to; name an address, or set operators below [alerts]")
    failed = []
    for one in targets:
        answer = send_test(one, settings, now=_now)
        if answer:
            failed.append(f"{one.address}: {answer}")
        else:
            say(f"{one.address}: taken over; look whether it arrives")
    if failed:
        raise Failure("; ".join(failed))


@app.command("preview")
def preview(
    which: Annotated[
        int | None, typer.Argument(metavar="ID", help="As this subscription would get it; else all, in English.")
    ] = None,
    since: Annotated[str, typer.Option("--since", metavar="TIME", help="Of what happened from then on.")] = "7d",
    view: Annotated[View, typer.Option("--format", help="text, html, or eml for the whole message.")] = View.TEXT,
    config: options.Config = None,
) -> None:
    """The message that past changes would have made. Nothing is sent, nothing is written down."""
    settings = load_config(config, crawling=False)
    now = _now()
    start = options.read_time(since, "--since", now=now) or now
    with Archive.open(settings.database) as archive:
        asked = _asked(archive, settings, which)
        matcher = Matcher([asked.wishes])
        for owed in past_changes(archive, since=start):
            matcher.add(owed)
        chosen = set(places(matcher.fitting()[asked.wishes]))

        def fitting() -> Iterator[Owed]:
            found = past_changes(archive, since=start)
            return (owed for number, owed in enumerate(found) if number in chosen)

        if not chosen:
            raise Failure(f"no change since {when(start)} fits; --since 30d looks further back")
        contents = contents_of(fitting(), settings.alerts)
        unsubscribe = settings.alerts.link("unsubscribe/preview")
        letter = alert_letter(asked, settings.alerts, contents, key="preview", at=now, unsubscribe_url=unsubscribe)
        message = compose(letter, contents.everything or (told(owed, settings.alerts) for owed in fitting()))
    if view is View.EML:
        sys.stdout.buffer.write(wire(message))
    elif view is View.HTML:
        part = message.get_body(("html",))
        sys.stdout.write("" if part is None else str(part.get_content()))
    else:
        sys.stdout.write(clean(f"Subject: {message['Subject']}\n\n{text_of(message)}\n"))


def _print(archive: Archive, rows: list[dict[str, Any]]) -> None:
    out = console()
    for row in rows:
        state = DeliveryState(row["state"])
        head = styled(f"{row['id']:>6}  ", "dim") + styled(str(state), _STYLES.get(state, "red"))
        head += styled(f"  {row['address']}", "bold") + styled(f"  {_what(row)}")
        out.print(head)
        for line in hanging(out, styled(_when(row), "dim"), indent=8):
            out.print(line)
    for trouble in open_troubles(archive):
        out.print(styled(f"{trouble.kind}", "red") + styled(f"  since {when(trouble.at)}: {trouble.text}"))
    counts = {str(state): count for state, count in Outbox(archive).counts().items() if count}
    if unmatched := owed_count(archive):
        counts["not looked at yet"] = unmatched
    say(", ".join(f"{count} {name}" for name, count in counts.items()) or "nobody is owed anything")


def _what(row: dict[str, Any]) -> str:
    if row["purpose"] == "confirm":
        return "the question whether it was them"
    word = "notice" if row["purpose"] == "notice" else "change"
    return f"{row['changes']} {word}{'s' * (row['changes'] != 1)}"


def _when(row: dict[str, Any]) -> str:
    def moment(text: str) -> str:
        return when(dt.datetime.fromisoformat(text))

    if row["ended_at"]:
        said = moment(row["ended_at"])
    elif row["leased_until"]:
        said = "being sent"
    else:
        said = f"due {moment(row['due_at'])}"
    tries = f"; tried {row['attempts']} time{'s' * (row['attempts'] > 1)}" if row["attempts"] else ""
    code = f"{row['code']} " if row["code"] else ""
    return said + tries + (f": {code}{row['reason']}" if row["reason"] else "")


def _asked(archive: Archive, settings: Config, which: int | None) -> Subscription:
    if which is None:
        return made({"to": "reader@preview.invalid"}, settings.alerts)
    reader = subscriber(archive, which)
    if reader is None:
        raise Misuse(f"there is no subscription {which}; 'pressvakt subscriptions' lists them")
    return of(reader)


def _subscription(settings: Config, address: str) -> Subscription:
    try:
        return made({"to": address, "about": About.NOTICES}, settings.alerts)
    except (NoAddress, AddressError) as error:
        raise Misuse(str(error)) from None


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
