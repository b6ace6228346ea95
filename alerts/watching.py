"""The watch over the installation itself: mail that fails, a disk that fills, a site that falls silent.

Each is told to the operator once, and once more when it is over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from alerts.delivery import Report
from alerts.settings import AlertSettings
from alerts.subscription import Channel
from storage.archive import Archive
from storage.outbox_owed import note_trouble
from storage.outbox_watch import publications, waiting_since


class TroubleKind(StrEnum):
    """What may befall an installation."""

    MAIL_FAILING = "mail-failing"  #: no message has gone out for an hour, or none can as things are set
    DISK_FILLING = "disk-filling"  #: there is little room left where the archive is
    SILENT = "silent"  #: a site has had nothing new for longer than ever


#: How long mail may be away before the operator hears of it.
PATIENCE = dt.timedelta(hours=1)
#: Room that must be left, and the share of the disk; over again when there is half as much more.
ROOM, SHARE = 2 * 1024**3, 0.05
#: A site's silence means something after so many releases, over so long a time; and it must last that long.
RELEASES, KNOWN_FOR, LEAST = 20, dt.timedelta(days=28), dt.timedelta(days=2)


@dataclass(frozen=True, kw_only=True)
class Disk:
    """Room on the disk of the archive, in bytes."""

    free: int
    total: int


def look_after(
    archive: Archive,
    settings: AlertSettings,
    *,
    sites: Iterable[str],
    report: Report | None,
    disk: Disk | None,
    now: dt.datetime,
) -> int:
    """Note what has gone wrong, or is over; how much of that is new.

    Args:
        archive: The archive.
        settings: What sites are called.
        sites: Names of those under watch.
        report: What the last round of deliveries did; None where there was none.
        disk: The archive's disk; None where it is on another machine.
        now: Now.
    """
    new = 0 if report is None else _mail(archive, report, now)
    new += 0 if disk is None else _disk(archive, disk, now)
    for name in sites:
        site = archive.site(name)
        if site is not None and not site.baseline:
            new += _silence(archive, name, settings.title(name), publications(archive, site.id), now)
    return new


def is_silent(times: Sequence[dt.datetime], now: dt.datetime) -> dt.timedelta | None:
    """For how long a site has had nothing new, where that is longer than it ever was; else None."""
    if len(times) < RELEASES or times[-1] - times[0] < KNOWN_FOR:
        return None
    quiet = now - times[-1]
    longest = max(later - earlier for earlier, later in pairwise(times))
    return quiet if quiet >= LEAST and quiet > longest else None


def _mail(archive: Archive, report: Report, now: dt.datetime) -> int:
    if report.misconfigured is not None:
        return _note(archive, TroubleKind.MAIL_FAILING, "", report.misconfigured, over=False, now=now)
    since = waiting_since(archive, Channel.MAIL)
    if Channel.MAIL in report.away and since is not None and now - since >= PATIENCE:
        text = f"no mail has gone out since {since:%Y-%m-%d %H:%M} UTC: {report.away[Channel.MAIL]}"
        return _note(archive, TroubleKind.MAIL_FAILING, "", text, over=False, now=now)
    if report.sent_by[Channel.MAIL]:
        return _note(archive, TroubleKind.MAIL_FAILING, "", "mail goes out again", over=True, now=now)
    return 0


def _disk(archive: Archive, disk: Disk, now: dt.datetime) -> int:
    least = min(ROOM, int(disk.total * SHARE))
    room = f"{disk.free / 1024**3:.1f} GiB are left of {disk.total / 1024**3:.0f} where the archive is"
    if disk.free < least:
        return _note(archive, TroubleKind.DISK_FILLING, "", f"{room}; make room", over=False, now=now)
    if disk.free >= least * 1.5:
        return _note(archive, TroubleKind.DISK_FILLING, "", room, over=True, now=now)
    return 0


def _silence(archive: Archive, name: str, title: str, times: Sequence[dt.datetime], now: dt.datetime) -> int:
    quiet = is_silent(times, now)
    if quiet is not None:
        text = f"{title} has had nothing new for {quiet.days} days, longer than ever; are its lists still read?"
        return _note(archive, TroubleKind.SILENT, name, text, over=False, now=now)
    if times and now - times[-1] < LEAST:
        return _note(archive, TroubleKind.SILENT, name, f"{title} has something new again", over=True, now=now)
    return 0


def _note(archive: Archive, kind: TroubleKind, about: str, text: str, *, over: bool, now: dt.datetime) -> int:
    return int(note_trouble(archive, kind.value, about, text, over=over, at=now))
