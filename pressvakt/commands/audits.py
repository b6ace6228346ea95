"""`pressvakt audits`: who altered what is kept, when and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from pressvakt.exporting.parquet import Column
from pressvakt.exporting.tables import target
from pressvakt.opening import reading
from pressvakt.options import Config, Force, ListFormat, Out, Since, Until, read_time
from pressvakt.present import Format, console, hanging, say, styled
from pressvakt.times import iso, when
from storage.archive import Archive
from storage.audits import Action, Audited, list_audits
from storage.imports import Import, list_imports

COLUMNS = ("id", "at", "who", "action", "url", "what", "reason", "detail", "ended_at")
#: Columns before the text of a line.
INDENT = 24
_STYLES = {Action.PURGE: "red", Action.REREAD: "cyan", Action.IMPORT: "green"}


def audits(
    action: Annotated[
        list[Action] | None,
        typer.Option(
            "--action", metavar="ACTION", help=f"Only this, may be repeated: {', '.join(Action)}.", show_default=False
        ),
    ] = None,
    since: Since = None,
    until: Until = None,
    output: ListFormat = Format.TABLE,
    out: Out = None,
    force: Force = False,
    config: Config = None,
) -> None:
    """What was purged, reread or imported: when, by whom and why.

    Oldest first. What is kept changes in no other way. Of a purge, the digests of what was there are all that is left.
    """
    now = dt.datetime.now(dt.UTC)
    start, end = read_time(since, "--since", now=now), read_time(until, "--until", now=now, end=True)
    to = target(output, out, force=force)
    with reading(config) as archive:
        found = [
            row
            for row in sorted(_rows(archive), key=lambda row: row["at"])
            if (not action or row["action"] in action)
            and (start is None or row["at"] >= start)
            and (end is None or row["at"] < end)
        ]
        if to.table:
            _table(found)
        else:
            to.write(COLUMNS, map(_object, found), types={"id": Column.TEXT})
    if to.table and not found:
        say("nothing was purged, reread or imported" + (" of that kind, or then" if action or start or end else ""))


def _rows(archive: Archive) -> Iterator[dict[str, Any]]:
    for one in list_audits(archive):
        page = None if one.audit.page_id is None else archive.page_by_id(one.audit.page_id)
        yield {
            "id": f"audit-{one.id}",
            "at": one.audit.at,
            "who": one.audit.who,
            "action": one.audit.action,
            "url": None if page is None else page.url,
            "what": _what(one),
            "reason": one.audit.reason,
            "detail": one.detail,
            "ended_at": one.audit.at,
        }
    for run in list_imports(archive):
        yield {
            "id": f"import-{run.id}",
            "at": run.at,
            "who": run.who,
            "action": Action.IMPORT,
            "url": None,
            "what": _counts(run),
            "reason": f"{run.kind} {run.source}",
            "detail": run.detail,
            "ended_at": run.ended_at,
        }


def _what(one: Audited) -> str:
    """What an audit did, in a few words."""
    detail = one.detail
    if one.audit.action is Action.PURGE:
        many = ", ".join(_many(detail, name) for name in ("versions", "payloads"))
        number = f" {detail['number']}" if "number" in detail else ""
        return f"{detail.get('what', 'something')}{number}: {many}"
    versions, changes = detail.get("versions") or {}, detail.get("changes") or {}
    parts = []
    if versions.get("before") != versions.get("after"):
        parts.append(f"{versions.get('before')} versions became {versions.get('after')}")
    if versions.get("corrected"):
        parts.append(f"{versions['corrected']} versions corrected")
    parts += [f"{len(changes[name])} changes {name}" for name in ("added", "corrected", "dropped") if changes.get(name)]
    return ", ".join(parts)


def _many(detail: dict[str, Any], name: str) -> str:
    """How many of something: `1 version`, `3 payloads`."""
    value = detail.get(name)
    count = len(value) if isinstance(value, list) else 0
    return f"{count} {name[:-1] if count == 1 else name}"


def _counts(run: Import) -> str:
    if run.ended_at is None:
        return "cut short"
    return ", ".join(f"{value} {name}" for name, value in run.detail.items() if isinstance(value, int) and value)


def _object(row: dict[str, Any]) -> dict[str, Any]:
    ended = row["ended_at"]
    times = {"at": iso(row["at"]), "ended_at": None if ended is None else iso(ended)}
    return {**row, **times, "action": str(row["action"])}


def _table(found: list[dict[str, Any]]) -> None:
    out = console()
    for row in found:
        head = styled(f"{when(row['at']):>22}  ", "dim") + styled(str(row["action"]), _STYLES[row["action"]])
        out.print(head + styled(f"  by {row['who']}", "dim"))
        for words, style in ((row["url"], "cyan"), (row["what"], ""), (row["reason"], "dim")):
            if words:
                for line in hanging(out, styled(words, style), indent=INDENT):
                    out.print(line)
