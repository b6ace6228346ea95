"""The part of `pressvakt.toml` about the web: `[web]`."""

from __future__ import annotations

import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

from crawler.reading.toml_faults import Node
from crawler.reading.toml_values import many, one_of, said, table, text, whole
from web.settings import WebSettings

_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
_HOST = re.compile(r"[A-Za-z0-9.:_-]+|\[[0-9A-Fa-f:]+\]")
LANGUAGES = ("en", "sv")


def web(node: Node) -> dict[str, Any]:
    """Where the web listens and whom it trusts: the values of the keys that are there."""
    return dict(
        table(
            {
                "host": _host,
                "port": whole(0, 65535),
                "prefix": _prefix,
                "languages": many(one_of(*LANGUAGES), least=1),
                "base_url": _base,
                "hosts": many(_name),
                "proxies": many(_network),
                "session_days": whole(1, 365),
            },
            elsewhere={"password": "the archive: `pressvakt users add NAME` asks for it"},
        )(node)
    )


def settings_of(values: dict[str, Any], *, base_url: str | None) -> WebSettings:
    """What the web is set to; without an address of its own it is where links in mails lead."""
    found = WebSettings(**{"base_url": base_url, **values})
    if "prefix" in values or found.base_url is None:
        return found
    return WebSettings(**{**values, "base_url": found.base_url, "prefix": urlsplit(found.base_url).path.rstrip("/")})


def _host(node: Node) -> str:
    given = text(node).strip()
    if not _HOST.fullmatch(given):
        raise node.refuse(f'{said(node)} is no address to listen at; write "127.0.0.1", or "0.0.0.0" for all')
    return given


def _prefix(node: Node) -> str:
    if not isinstance(node.value, str) or not _PREFIX.fullmatch(node.value.rstrip("/")):
        raise node.refuse(f'{said(node)} is no path; write "/press", as the proxy shows us')
    return node.value.rstrip("/")


def _base(node: Node) -> str:
    given = text(node).rstrip("/")
    parts = urlsplit(given)
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or "@" in parts.netloc
        or parts.query
        or parts.fragment
    ):
        raise node.refuse(f'{said(node)} is no address of ours; write "https://press.your-site.org"')
    return given


def _name(node: Node) -> str:
    given = text(node).strip().lower()
    if not _HOST.fullmatch(given) or "://" in given:
        raise node.refuse(f'{said(node)} is no name of a host; write "press.your-site.org"')
    return given


def _network(node: Node) -> str:
    given = text(node).strip()
    try:
        network = ipaddress.ip_network(given, strict=False)
    except ValueError:
        raise node.refuse(f'{said(node)} is no address of a proxy; write "127.0.0.1" or "10.0.0.0/8"') from None
    if network.prefixlen == 0:
        raise node.refuse(f"{said(node)} is everybody, who could then pretend to be anybody; name the proxy's address")
    return given
