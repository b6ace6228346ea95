"""What the service tells its operator while it runs: lines for a person, or JSON objects for a program.

Everything goes to standard error, that of the crawl process too. A site's words are untrusted: nothing in them steers a
terminal or ends a line.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys
from enum import StrEnum
from typing import Any

from pressvakt.present import clean

#: What a record has of its own, whatever is said: everything else was given with it.
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class LogFormat(StrEnum):
    """How the service's log is written."""

    TEXT = "text"  #: a line for each thing that happened
    JSON = "json"  #: an object for each


class Lines(logging.Formatter):
    """`2026-11-22 10:00:00 WARNING press: …`, times in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; a traceback hangs under it."""
        words = " ".join(clean(record.getMessage()).split("\n"))
        line = f"{_time(record):%Y-%m-%d %H:%M:%S} {record.levelname} {words}"
        if record.exc_info:
            line += "\n" + clean(self.formatException(record.exc_info))
        return line


class Objects(logging.Formatter):
    """One JSON object a line: `time`, `level`, `logger`, `message`, and whatever was given with it."""

    def format(self, record: logging.LogRecord) -> str:
        """The object."""
        told: dict[str, Any] = {
            "time": _time(record).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        told |= {name: value for name, value in vars(record).items() if name not in _OWN}
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=True, default=str)


def set_up(form: LogFormat, *, quiet: bool = False) -> None:
    """Have everything that is logged in this process go to standard error so; `quiet` leaves out what is as it should be."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Objects() if form is LogFormat.JSON else Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    ours = logging.WARNING if quiet else logging.INFO
    for room in ("alerts", "crawler", "pressvakt", "scheduler", "storage", "web"):
        logging.getLogger(room).setLevel(ours)
    # Scrapy tells of every time-out as an error; what became of an address stands in the crawl's counts
    logging.getLogger("scrapy").setLevel(logging.CRITICAL)
    logging.captureWarnings(capture=True)


def _time(record: logging.LogRecord) -> dt.datetime:
    return dt.datetime.fromtimestamp(record.created, dt.UTC)
