"""Text and JSON as every database can hold them: no NUL, no half surrogates."""

from __future__ import annotations

import json
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(order="deterministic")


def clean(text: str) -> str:
    """The text with NUL and lone surrogates replaced by U+FFFD (PostgreSQL refuses them, SQLite cuts at NUL)."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def to_json(value: Any) -> str:
    """Any record, list or dict as JSON text: the same value gives the same text."""
    try:
        encoded = _encoder.encode(value).decode()
    except UnicodeEncodeError:
        encoded = ""
    if encoded and "\\u0000" not in encoded:
        return encoded
    # msgspec cannot name the offending text: the slow way, for text that no reader could have seen
    return json.dumps(_cleaned(_builtins(value)), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _builtins(value: Any) -> Any:
    return msgspec.to_builtins(value)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(key)): _cleaned(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_cleaned(item) for item in value]
    return value
