"""`pressvakt status`: how the service and each site stand, on one screen."""

from __future__ import annotations

import datetime as dt
import sys
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.table import Table

from pressvakt.config import load_config
from pressvakt.options import Config
from pressvakt.present import as_json, console, styled
from pressvakt.times import iso
from storage.alert_records import DeliveryState
from storage.archive import Archive
from storage.duties import SERVICE, holder_of
from storage.outbox import Outbox, owed_count
from storage.outbox_owed import open_troubles
from storage.standing import Standing, State, standings

_STYLES = {
    State.RUNNING: "green",
    State.WAITING: "cyan",
    State.PAUSED: "dim",
    State.RESTING: "yellow",
    State.LATE: "red",
    State.DUE: "cyan",
}
#: What stands first on the screen: what a person may have to do something about.
_ORDER = (State.LATE, State.RESTING, State.RUNNING, State.WAITING, State.DUE, State.NEW, State.IDLE, State.PAUSED)


class View(StrEnum):
    """How the status is shown."""

    TABLE = "table"  #: for people
    JSON = "json"  #: one object


def status(
    output: Annotated[View, typer.Option("--format", help="table for people, json for programs.")] = View.TABLE,
    config: Config = None,
) -> None:
    """What is due, running, late, blocked, paused and owed, and whether the service is alive."""
    settings = load_config(config, crawling=False)
    now = dt.datetime.now(dt.UTC)
    with Archive.open(settings.database, payloads=settings.payloads) as archive:
        sites = standings(archive, list(settings.sites), now=now, clock=now)
        told = {
            "at": iso(now),
            "service": _service(archive, now),
            "alerts": _alerts(archive, now),
            "troubles": [
                {"kind": one.kind, "about": one.about, "text": one.text, "since": iso(one.at)}
                for one in open_troubles(archive)
            ],
            "sites": [_object(one) for one in sites],
        }
    if output is View.JSON:
        sys.stdout.write(as_json(told, indent=2) + "\n")
    else:
        _show(told, sites, now)


def _service(archive: Archive, now: dt.datetime) -> dict[str, Any] | None:
    holder = holder_of(archive, SERVICE, now=now)
    if holder is None:
        return None
    return {"machine": holder[0], "process": holder[1], "since": iso(holder[2])}


def _alerts(archive: Archive, now: dt.datetime) -> dict[str, int]:
    outbox = Outbox(archive)
    counts = outbox.counts()
    return {
        "owed": owed_count(archive),
        "waiting": counts.get(DeliveryState.WAITING, 0),
        "due": outbox.due(now=now),
        "refused": counts.get(DeliveryState.REFUSED, 0),
        "failed": counts.get(DeliveryState.FAILED, 0),
    }


def _object(one: Standing) -> dict[str, Any]:
    entry, last = one.entry, one.last

    def at(moment: dt.datetime | None) -> str | None:
        return None if moment is None else iso(moment)

    return {
        "site": one.site,
        "state": str(one.state),
        "next_due": at(entry.next_due if entry else None),
        "rests_until": at(entry.rests_until if entry and one.state is State.RESTING else None),
        "paused_at": at(entry.paused_at if entry else None),
        "pause_reason": entry.pause_reason if entry else None,
        "running_since": at(one.running_since),
        "running_at": one.running_at or None,
        "pages": one.pages,
        "pages_due": one.pages_due,
        "last_crawl": None
        if last is None
        else {
            "id": last.id,
            "started_at": iso(last.started_at),
            "ended_at": at(last.ended_at),
            "reason": last.reason,
            "stats": last.stats,
            "faults": one.faults,
        },
        "open_notices": [{"kind": str(notice.kind), "at": iso(notice.at), "text": notice.text} for notice in one.open],
    }


def _show(told: dict[str, Any], sites: list[Standing], now: dt.datetime) -> None:
    out = console()
    service = told["service"]
    if service is None:
        out.print(styled("the service is not running", "red") + styled("; start it with 'pressvakt run'"))
    else:
        words = f"the service runs on {service['machine']}, process {service['process']}, since {service['since']}"
        out.print(styled(words, "green"))
    alerts = told["alerts"]
    parts = [f"{count} {name}" for name, count in alerts.items() if count]
    out.print(styled(f"alerts: {', '.join(parts) or 'nothing is owed'}"))
    for trouble in told["troubles"]:
        out.print(styled(f"{trouble['kind']}: ", "red") + styled(trouble["text"]))
    if not sites:
        out.print(styled("no sites are watched"))
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("site", "state", "when"):
        table.add_column(heading, no_wrap=True)
    table.add_column("pages", justify="right")
    table.add_column("due", justify="right")
    table.add_column("last crawl", no_wrap=True)
    table.add_column("faults, notices", overflow="fold")
    for one in sorted(sites, key=lambda one: (_ORDER.index(one.state), one.site)):
        table.add_row(
            styled(one.site, "bold"),
            styled(one.state, _STYLES.get(one.state, "")),
            styled(_when(one, now)),
            styled(str(one.pages)),
            styled(str(one.pages_due)),
            styled(_last(one, now)),
            styled(_amiss(one)),
        )
    out.print(table)


def _when(one: Standing, now: dt.datetime) -> str:
    entry = one.entry
    if one.running_since is not None:
        return f"for {_span(now - one.running_since)}"
    if entry is None or entry.next_due is None:
        return ""
    if one.state is State.PAUSED and entry.paused_at is not None:
        return f"for {_span(now - entry.paused_at)}"
    if one.state is State.WAITING and entry.taken_at is not None:
        return f"for {_span(now - entry.taken_at)}"
    if one.state is State.RESTING and entry.rests_until is not None:
        return f"for {_span(entry.rests_until - now)} more"
    if entry.next_due <= now:
        return f"for {_span(now - entry.next_due)}"
    return f"in {_span(entry.next_due - now)}"


def _last(one: Standing, now: dt.datetime) -> str:
    if one.last is None:
        return "never"
    words = f"{_span(now - one.last.started_at)} ago"
    return words if one.last.reason == "finished" else f"{words}, {one.last.reason}"


def _amiss(one: Standing) -> str:
    parts = [f"{count} {fault}" for fault, count in one.faults.items()]
    parts += [str(notice.kind) for notice in one.open]
    if one.entry is not None and one.entry.pause_reason:
        parts.append(one.entry.pause_reason)
    return ", ".join(parts)


def _span(span: dt.timedelta) -> str:
    """`40 s`, `12 min`, `3 h`, `9 days`."""
    seconds = max(0, int(span.total_seconds()))
    for size, unit in ((86400 * 2, "days"), (3600 * 2, "h"), (60 * 2, "min")):
        if seconds >= size:
            return f"{seconds // (size // 2)} {unit}"
    return f"{seconds} s"
