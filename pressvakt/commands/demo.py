"""`pressvakt demo`: a press site of its own, and a week in which everything happens to it."""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from alerts.carriers import MailCarrier
from alerts.delivery import deliver
from alerts.mailer import Mailer
from alerts.settings import AlertSettings
from alerts.subscription import Channel, Subscription, Wishes, encode
from alerts.taking import take_up
from changes.kinds import Kind
from changes.labels import Label
from crawler.reading.profile_files import load_profile
from pressvakt.changetable import print_changes
from pressvakt.crawling import crawl_site, summary
from pressvakt.demo import DemoSite, story
from pressvakt.demo.mailbox import Mailbox, lines
from pressvakt.present import console, say, styled
from storage.alert_records import Origin
from storage.archive import Archive
from storage.outbox_subscribers import add_subscriber

SITES = ("demo-sv", "demo")
#: Who asks to be told at once of figures that were edited.
READER = "editor@herald.example"
#: The hours of a day at which the demo's site is visited.
HOURS = (6, 18)


def demo(
    folder: Annotated[
        Path | None,
        typer.Option("--keep", metavar="FOLDER", help="Keep the archive there to look around in.", show_default=False),
    ] = None,
    mail_dir: Annotated[
        Path | None,
        typer.Option(
            "--mail-dir", metavar="DIR", help="Keep the mails that arrive there, as .eml files.", show_default=False
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No words about each crawl.")] = False,
) -> None:
    """A simulated week on a press site of its own, on this machine alone: every kind of change, among faults and noise."""
    with tempfile.TemporaryDirectory(prefix="pressvakt-demo-") as scratch:
        place = folder or Path(scratch)
        place.mkdir(parents=True, exist_ok=True)
        file = place / "pressvakt-demo.db"
        for old in place.glob(f"{file.name}*"):
            old.unlink()
        if mail_dir is not None:
            mail_dir.mkdir(parents=True, exist_ok=True)
        with Mailbox(mail_dir) as mailbox:
            _week(file, mailbox, quiet=quiet)
        if folder is not None:
            (place / "pressvakt.toml").write_text(_CONFIG, "utf-8")
            _profiles(place)
    out = console()
    _show_mail(mailbox)
    out.print()
    out.print(styled("What next", "bold"))
    for line in story.what_next():
        out.print(styled(f"  {line}"))


def _week(file: Path, mailbox: Mailbox, *, quiet: bool) -> None:
    out = console()
    carrier = MailCarrier(Mailer(mailbox.settings))
    with DemoSite() as site, Archive.open(f"sqlite:///{file}") as archive:
        profiles = [replace(load_profile(name, folders=()), base_url=site.url) for name in SITES]
        settings = AlertSettings(
            sender="Pressvakt <watch@skerries.example>", titles={profile.name: profile.title for profile in profiles}
        )
        _subscribe(archive)
        seen = 0
        for day in story.days():
            out.print()
            out.print(styled(story.words(day), "bold"))
            site.day = day
            for phase, hour in enumerate(HOURS):
                site.phase = phase
                clock = _Clock(dt.datetime.combine(story.date(day), dt.time(hour), dt.UTC))
                for profile in profiles:
                    stats = crawl_site(
                        profile,
                        archive,
                        contact="demo@pressvakt.example",
                        allow_private=("127.0.0.1",),
                        due=lambda _: True,
                        now=clock,
                        quiet=quiet,
                    )
                    if not quiet:
                        say(f"  {clock():%H:%M} {summary(profile.name, stats)}")
                    take_up(archive, now=clock())
                    deliver(archive, [carrier], settings, now=clock)
            found = list(archive.changes(after_id=seen))
            seen = max([seen, *(change.id for change in found)])
            if not print_changes(archive, found):
                out.print(styled("  nothing changed", "dim"))


def _subscribe(archive: Archive) -> None:
    wishes = Wishes(kinds=(Kind.EDITED,), labels=(Label.FIGURE.value,))
    asked = Subscription(address=READER, channel=Channel.MAIL, wishes=wishes, zone="Europe/Stockholm")
    add_subscriber(
        archive,
        origin=Origin.COMMAND,
        channel=asked.channel,
        address=asked.address,
        terms=encode(asked),
        at=dt.datetime.combine(story.date(0), dt.time(), dt.UTC),
        confirmed=True,
    )


def _show_mail(mailbox: Mailbox) -> None:
    """One of the mails that arrived, as it arrived."""
    if not mailbox.messages:
        return
    out = console()
    out.print()
    count = len(mailbox.messages)
    words = f"{count} message{'s' * (count > 1)} for {READER} arrived at the demo's own mail server. The first:"
    out.print(styled(words, "bold"))
    for line in lines(mailbox.messages[0]):
        out.print(styled(f"  {line}"))


class _Clock:
    """A clock that starts at an hour of the demo's week and runs on from there."""

    def __init__(self, start: dt.datetime) -> None:
        self._start = start
        self._since = time.monotonic()

    def __call__(self) -> dt.datetime:
        return self._start + dt.timedelta(seconds=time.monotonic() - self._since)


_CONFIG = """\
contact = "demo@pressvakt.example"

[storage]
database = "sqlite:///pressvakt-demo.db"

[network]
allow_private = ["127.0.0.1"]             # where the demo's site stood
"""


def _profiles(place: Path) -> None:
    """The demo's sites beside its archive, so that every reading command works there."""
    folder = place / "sites"
    folder.mkdir(exist_ok=True)
    for name in SITES:
        (folder / f"{name}.toml").write_text(f'extends = "{name}"\n', "utf-8")
