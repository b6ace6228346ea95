"""The guard: which addresses may be dialled. One gate, at the connect, where no name can lie any more.

Pure: what is asked here is an IP address about to be dialled, never a host name, so that neither an odd spelling of
127.0.0.1 nor a name server that changes its mind gets around it. `crawler.network` asks it before each connect.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self
from urllib.parse import urlsplit

from crawler.faults import FetchError
from crawler.items import Fault

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: The IANA special-purpose registry (RFC 6890 and later), written out: Python's `is_global` has changed its mind
#: between releases, and lets multicast and 6to4 relays through.
_NOT_PUBLIC_4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, cloud metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_PUBLIC_6 = ipaddress.IPv6Network("2000::/3")  # all that is given out; the rest is local, reserved or embeds IPv4
_NOT_PUBLIC_6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # Teredo, ORCHID and other protocol assignments
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address in disguise, and out of use
        "3fff::/20",  # documentation
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Refused(FetchError):  # noqa: N818 - named for what happened
    """The guard said no. `address` is the IP address where it was the address, else None."""

    fault: ClassVar[Fault] = Fault.REFUSED

    def __init__(self, message: str, *, address: str | None = None) -> None:
        super().__init__(message)
        self.address = address


@dataclass(frozen=True, kw_only=True)
class Guard:
    """What may be dialled: public addresses, those allowed by name, and a few ports."""

    allowed: tuple[Network, ...] = ()
    ports: frozenset[int] = frozenset({80, 443})

    @classmethod
    def of(cls, *, allow_private: Sequence[str] = (), ports: Iterable[int] = ()) -> Self:
        """A guard that lets these networks and ports through besides the public web.

        Raises:
            ValueError: where an entry is neither an IP address nor a network.
        """
        return cls(allowed=tuple(_network(text) for text in allow_private), ports=cls.ports | frozenset(ports))

    def allows(self, address: Address) -> bool:
        """Whether this address may be dialled: it is public, or the configuration names it."""
        inner = _embedded(address) or address
        return _is_public(inner) or any(inner in network or address in network for network in self.allowed)

    def check_dial(self, host: str, port: int) -> None:
        """Let a connect to this address and port go ahead, or not. The address is looked at first.

        Raises:
            Refused: where it must not.
        """
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            # Whoever dials by name looks the name up later, out of our sight.
            raise Refused(f"refused to dial {host!r}: not an IP address", address=host) from None
        if not self.allows(address):
            message = f"{host} is not a public address; allow_private under [network] can let it through"
            raise Refused(message, address=host)
        if port not in self.ports:
            known = ", ".join(str(known) for known in sorted(self.ports))
            raise Refused(f"port {port} is none that this site is asked on ({known})")


def check_url(url: str) -> None:
    """Let an address be asked that is plain http or https, without a user name in it.

    Raises:
        Refused: where it is not.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise Refused(f"not an address that can be asked: {error}") from None
    if parts.scheme not in ("http", "https"):
        raise Refused(f"scheme {parts.scheme!r} is not asked, only http and https")
    if "@" in parts.netloc:
        raise Refused("an address with a user name in it is not asked")
    if not host:
        raise Refused("an address without a host")


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise ValueError(
            f"allow_private: {text!r} is neither an IP address nor a network; write 127.0.0.1 or 10.0.0.0/8"
        ) from None


def _embedded(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to: mapped (::ffff:1.2.3.4) or behind the well-known NAT64 prefix."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    return address in _PUBLIC_6 and not any(address in network for network in _NOT_PUBLIC_6)
