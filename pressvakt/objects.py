"""The JSON of the command line; it is written in `storage.objects`."""

from __future__ import annotations

from storage.objects import (
    CHANGE_COLUMNS,
    COMMON,
    KEYS,
    NOTICE_COLUMNS,
    SPECIAL,
    VERSION_COLUMNS,
    change_object,
    notice_object,
    release_object,
    version_object,
)

__all__ = [
    "CHANGE_COLUMNS",
    "COMMON",
    "KEYS",
    "NOTICE_COLUMNS",
    "SPECIAL",
    "VERSION_COLUMNS",
    "change_object",
    "notice_object",
    "release_object",
    "version_object",
]
