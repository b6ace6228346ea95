"""Where a request came from: behind a proxy that we believe, what the proxy says; else what the connection says."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from functools import cache

from starlette.datastructures import Headers
from starlette.types import Scope

from web.settings import WebSettings, is_loopback

#: What a proxy adds. From anybody else it is a lie, or a sign of a proxy that nobody told us of.
FORWARDED = ("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded", "x-real-ip")
_PORTS = {"http": ":80", "https": ":443"}


def placed(scope: Scope, settings: WebSettings) -> Scope:
    """The scope with its scheme, client, host and prefix as they are outside."""
    scope = {**scope, "root_path": settings.prefix}
    path = scope["path"]
    if settings.prefix and not (path == settings.prefix or path.startswith(settings.prefix + "/")):
        scope["path"] = settings.prefix + path  # a proxy may take the prefix off, or leave it
    elif settings.prefix and path == settings.prefix:
        scope["path"] = f"{path}/"
    if not is_believed(scope, settings):
        return scope
    headers = Headers(scope=scope)
    if (scheme := _last(headers, "x-forwarded-proto")) in {"http", "https"}:
        scope["scheme"] = scheme
    if (host := _last(headers, "x-forwarded-host")) is not None:
        rest = [(key, value) for key, value in scope["headers"] if key != b"host"]
        scope["headers"] = [(b"host", host.encode("latin-1", "replace")), *rest]
    if (client := _client(headers, settings)) is not None:
        scope["client"] = (client, 0)
    return scope


def is_believed(scope: Scope, settings: WebSettings) -> bool:
    """Whether a request comes straight from a proxy of ours."""
    client = scope.get("client")
    return client is not None and _among(client[0], settings.proxies)


def is_unannounced(scope: Scope, settings: WebSettings) -> bool:
    """Whether a proxy shows us to others although we were told to serve this machine alone."""
    if settings.closed:
        return False
    headers = Headers(scope=scope)
    return any(name in headers for name in FORWARDED)


def is_misdirected(scope: Scope, settings: WebSettings) -> bool:
    """Whether a request asks for a host that we are not.

    A page of a foreign site whose name was made to mean this machine (DNS rebinding) asks so.
    """
    host = Headers(scope=scope).get("host", "")
    name = host_name(host)
    if not settings.closed:
        return not is_loopback(name)
    known = {wanted.lower() for wanted in settings.hosts}
    if settings.base_url is not None:
        known.add(host_name(settings.base_url.partition("://")[2].partition("/")[0]))
    if not known:
        return False
    return name not in known and not (settings.loopback and is_loopback(name))


def host_name(host: str) -> str:
    """The host of a Host header, without its port."""
    if host.startswith("["):
        return host.partition("]")[0].lower() + "]"
    return host.partition(":")[0].rstrip(".").lower()


def origins(scope: Scope, settings: WebSettings) -> set[str]:
    """Our own origins, as a browser writes them in `Origin`."""
    scheme = scope.get("scheme", "http")
    host = Headers(scope=scope).get("host", "").lower()
    found = {f"{scheme}://{host.removesuffix(_PORTS.get(scheme, ''))}"}
    if settings.base_url is not None:
        scheme, _, rest = settings.base_url.partition("://")
        found.add(f"{scheme}://{rest.partition('/')[0]}".lower())
    return found


def _client(headers: Headers, settings: WebSettings) -> str | None:
    """Who asked the outermost proxy that we believe: the last address that is none of our proxies."""
    hops = [hop.strip() for line in headers.getlist("x-forwarded-for") for hop in line.split(",") if hop.strip()]
    for hop in reversed(hops):
        name = hop.rpartition(":")[0].strip("[]") if hop.startswith("[") or hop.count(":") == 1 else hop
        if not _among(name, settings.proxies):
            return name
    return hops[0] if hops else None


def _last(headers: Headers, name: str) -> str | None:
    lines = headers.getlist(name)
    return lines[-1].rpartition(",")[2].strip() if lines else None


def _among(client: str, networks: Sequence[str]) -> bool:
    return bool(networks) and _is_in(client, tuple(networks))


@cache
def _networks(networks: tuple[str, ...]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(network, strict=False) for network in networks)


def _is_in(client: str, networks: tuple[str, ...]) -> bool:
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in _networks(networks))
