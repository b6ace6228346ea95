"""Where an answer came from that no crawl of ours brought: as an object for programs, in words for people."""

from __future__ import annotations

from typing import Any

from pressvakt.times import iso, when
from storage.imports import Import, Origin


def origin_object(found: tuple[Origin, Import] | None) -> dict[str, Any] | None:
    """The origin of one answer; None for what a crawl brought."""
    if found is None:
        return None
    origin, run = found
    return {
        "kind": str(run.kind),
        "source": origin.source,
        "place": origin.place,
        "record": origin.record,
        "imported_at": iso(run.at),
        "by": run.who,
        "import": run.id,
    }


def origin_words(found: tuple[Origin, Import] | None) -> str:
    """The origin in a few words; empty for what a crawl brought."""
    if found is None:
        return ""
    origin, run = found
    return f"from {origin.source}, imported {when(run.at)} by {run.who}"
