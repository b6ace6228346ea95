"""Moments as programs read them."""

from __future__ import annotations

import datetime as dt


def iso(at: dt.datetime) -> str:
    """A moment by RFC 3339, in UTC and to the second: `2024-05-03T12:30:00Z`."""
    return at.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
