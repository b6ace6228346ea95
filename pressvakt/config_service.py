"""The part of `pressvakt.toml` about the service: `[service]`."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from crawler.reading.toml_faults import Node
from crawler.reading.toml_values import duration, one_of, said, table, text, whole


class Place(StrEnum):
    """Where crawls are run."""

    HERE = "here"  #: by this machine
    WORKERS = "workers"  #: by `pressvakt worker`, on any number of them


@dataclass(frozen=True, kw_only=True)
class ServiceSettings:
    """How `pressvakt run` works."""

    crawls: int = 4  #: at a time, each of another host
    crawl: Place = Place.HERE
    page_limit: float = 60.0  #: seconds that reading one page may take
    recycle: int = 300  #: crawls after which the crawl process is started anew
    metrics: tuple[str, int] | None = None  #: address and port at which they are read; None: nowhere


def service(node: Node) -> ServiceSettings:
    """The table `[service]`."""
    values = table(
        {
            "crawls": whole(1, 64),
            "crawl": lambda part: Place(one_of(*Place)(part)),
            "page_limit": duration(1, 3600),
            "recycle": whole(1, 100_000),
            "metrics": _door,
        }
    )(node)
    return ServiceSettings(**values)


def _door(node: Node) -> tuple[str, int]:
    door = _door_of(text(node).strip())
    if door is None:
        raise node.refuse(f'{said(node)} is no address with a port; write "127.0.0.1:9464"')
    return door


def _door_of(given: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(f"//{given}")
        host, port = parts.hostname or "", parts.port
        ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        return None
    return None if port is None or parts.path else (host, port)
