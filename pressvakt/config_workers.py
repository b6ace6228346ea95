"""The part of `pressvakt.toml` about workers: `[workers]`."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.reading.toml_faults import Node
from crawler.reading.toml_values import table, whole


@dataclass(frozen=True, kw_only=True)
class Workers:
    """How the workers of an installation share its crawls."""

    crawls: int = 4  #: that one worker runs at a time, each of another host
    batch: int = 500  #: pages that one job visits at most; what is left over makes another job


def workers(node: Node) -> Workers:
    """The table `[workers]`."""
    return Workers(**table({"crawls": whole(1, 64), "batch": whole(1, 100_000)})(node))
