"""The whole list of a message's changes as CSV, for a spreadsheet. Columns are named as in `pressvakt changes`."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re

from alerts.messages.story import sender_of
from alerts.messages.text import clean
from alerts.told import Told

#: Names are stable; new ones may be added at the end.
COLUMNS = (
    "id", "detected_at", "site", "kind", "title", "url", "sender", "silent", "fields", "labels", "period_from", "period_to",
    "government", "reason", "person", "role", "was", "status", "href", "before", "after", "wave", "diff", "wayback",
)  # fmt: skip
#: A spreadsheet takes a cell that starts so for a formula.
_FORMULA = re.compile(r"[=+\-@\t\r]")
_LONG = 2000


class Table:
    """A CSV file that grows line by line: UTF-8 with the mark that spreadsheets know it by."""

    def __init__(self) -> None:
        self._text = io.StringIO(newline="")
        self._writer = csv.writer(self._text)
        self._writer.writerow(COLUMNS)

    def add(self, told: Told) -> None:
        """One change, one line."""
        change, finding = told.change, told.change.finding
        first, last = finding.period or (None, None)
        values: dict[str, object] = {
            "id": change.id,
            "detected_at": change.detected_at.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "site": change.site,
            "kind": str(change.kind),
            "title": change.title,
            "url": told.release_url or change.url,
            "sender": sender_of(told.after or told.before, ""),
            "silent": finding.silent,
            "fields": "; ".join(finding.fields),
            "labels": "; ".join(finding.labels),
            "period_from": first,
            "period_to": last,
            "government": finding.government,
            "reason": finding.reason,
            "person": finding.person,
            "role": finding.role,
            "was": finding.was,
            "status": finding.status,
            "href": finding.href,
            "before": change.before,
            "after": change.after,
            "wave": change.wave,
            "diff": told.diff_url,
            "wayback": told.wayback_url,
        }
        self._writer.writerow([_cell(values[name]) for name in COLUMNS])

    def data(self) -> bytes:
        """The file."""
        return self._text.getvalue().encode("utf-8-sig")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = clean(str(value), _LONG)
    return f"'{text}" if _FORMULA.match(text) else text
