"""What the pages remember between requests: counts that take long. Nothing that cannot be lost."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from starlette.requests import Request

from web.state import alerts_of, archive_of
from web.views.health import Census
from web.views.pictures import Memory

_lock = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What one web remembers of its archive."""

    memory: Memory
    census: Census


def kept_of(request: Request) -> Kept:
    """What is remembered; it lives as long as the application."""
    state = request.app.state
    with _lock:
        found: Kept | None = getattr(state, "kept", None)
        if found is None:
            archive = archive_of(request)
            found = Kept(memory=Memory(archive, ZoneInfo(alerts_of(request).zone)), census=Census(archive))
            state.kept = found
        return found
