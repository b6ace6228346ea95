"""Alerts as the commands run them: what is owed is taken up, and goes out by the ways that are configured."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from alerts.carriers import Carrier, FolderCarrier, MailCarrier
from alerts.delivery import Report, deliver
from alerts.mailer import Mailer
from alerts.services import AppriseCarrier, NoApprise
from alerts.subscription import Channel, decode, encode
from alerts.taking import take_up
from alerts.watching import Disk, look_after
from alerts.webhook import WebhookCarrier
from crawler.guard import Guard
from pressvakt.config import Config
from pressvakt.objects import change_object
from pressvakt.present import say
from storage.alert_records import DeliveryState, Subscriber
from storage.archive import Archive
from storage.outbox_subscribers import keep_file_subscribers, subscribers

Clock = Callable[[], dt.datetime]


@dataclass(kw_only=True)
class Round:
    """What one round of alerts did, for a person."""

    report: Report = field(default_factory=Report)
    messages: int = 0  #: owed now that were not before
    missing: dict[Channel, str] = field(default_factory=dict)  #: ways that are asked for and not there, and why

    @property
    def failed(self) -> list[str]:
        """What a person should look at, a line each."""
        lines = [f"{channel} alerts wait: {why}" for channel, why in self.missing.items()]
        if self.report.misconfigured:
            lines.append(f"no mail can be sent: {self.report.misconfigured}")
        lines += [f"{channel} alerts wait, and are tried again: {why}" for channel, why in self.report.away.items()]
        if count := self.report.counts[DeliveryState.REFUSED] + self.report.counts[DeliveryState.FAILED]:
            lines.append(f"{count} alerts were refused for good; 'pressvakt alerts list' names them")
        return lines

    @property
    def summary(self) -> str:
        """What went out, in one line; empty where nothing did."""
        parts = []
        if self.report.sent:
            parts.append(f"{self.report.sent} sent")
        if self.report.put_off:
            parts.append(f"{self.report.put_off} to be tried again")
        return f"alerts: {', '.join(parts)}" if parts else ""


def run_alerts(archive: Archive, settings: Config, *, now: Clock, mail_dir: Path | None = None) -> Round:
    """Take up what is owed, send what is due, and watch over the installation.

    Raises:
        storage.errors.ArchiveError: the archive could not be written; nothing is lost.
    """
    done = Round()
    ways = _carriers(archive, settings, done, now=now, mail_dir=mail_dir)
    done.messages = take_up(archive, now=now()).messages
    done.report = deliver(archive, ways, settings.alerts, now=now)
    news = look_after(
        archive, settings.alerts, sites=settings.sites, report=done.report, disk=_disk(settings.database), now=now()
    )
    if news:
        done.messages += take_up(archive, now=now()).messages
        reachable = [way for way in ways if not (way.channel in done.report.away or _broken(way, done.report))]
        second = deliver(archive, reachable, settings.alerts, now=now)
        done.report.counts += second.counts
        done.report.put_off += second.put_off
        done.report.away |= second.away
    return done


def after_crawl(archive: Archive, settings: Config, *, now: Clock, mail_dir: Path | None, quiet: bool) -> None:
    """Run alerts at the end of a crawl. Whatever is wrong with them is said, and fails no crawl."""
    try:
        done = run_alerts(archive, settings, now=now, mail_dir=mail_dir)
    except Exception as error:  # noqa: BLE001 - what was found is kept, and what is owed stays owed
        say(f"alerts: {error}; what is owed goes out later, 'pressvakt alerts send' tries now")
        return
    if done.summary and not quiet:
        say(done.summary)
    for line in done.failed:
        say(f"alerts: {line}")


def keep_file(archive: Archive, settings: Config, *, now: dt.datetime) -> list[Subscriber]:
    """Have the archive know the subscriptions of the configuration file, from now on.

    Returns:
        Those that their readers have ended, or whose addresses refuse.
    """
    wanted = [(str(one.channel), one.address, encode(one)) for one in settings.subscriptions]
    return keep_file_subscribers(archive, wanted, at=now, spelt=lambda terms: encode(decode(terms)))


def _carriers(archive: Archive, settings: Config, done: Round, *, now: Clock, mail_dir: Path | None) -> list[Carrier]:
    """The ways out that somebody has asked for."""
    asked = {one.channel for one in subscribers(archive) if one.ended_at is None}
    found: list[Carrier] = []
    if mail_dir is not None:
        found.append(FolderCarrier(mail_dir))
    elif settings.mail is not None:
        found.append(MailCarrier(Mailer(settings.mail)))
    elif Channel.MAIL in asked:
        done.missing[Channel.MAIL] = "there is no [mail] in pressvakt.toml; --mail-dir FOLDER keeps them as files"
    guard = Guard.of(allow_private=settings.allow_private)
    if Channel.WEBHOOK in asked:
        found.append(WebhookCarrier(change_object, dial=guard.check_dial, now=now))
    if Channel.APPRISE in asked:
        try:
            found.append(AppriseCarrier())
        except NoApprise as error:
            done.missing[Channel.APPRISE] = str(error)
    return found


def _broken(way: Carrier, report: Report) -> bool:
    return way.channel is Channel.MAIL and report.misconfigured is not None


def _disk(database: str) -> Disk | None:
    """The disk that an SQLite file is on."""
    parts = urlsplit(database)
    if not parts.scheme.startswith("sqlite"):
        return None
    folder = Path("/" + unquote(parts.path).lstrip("/")).parent
    with contextlib.suppress(OSError):
        usage = shutil.disk_usage(folder)
        return Disk(free=usage.free, total=usage.total)
    return None
