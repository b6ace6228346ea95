"""What the web is set to: where it listens, and whom it trusts."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

#: Names that mean this machine, beside its addresses.
_LOCAL = frozenset({"localhost", "localhost.localdomain"})


@dataclass(frozen=True, kw_only=True)
class WebSettings:
    """Where the web listens, what it is called outside, and which proxies are believed."""

    host: str = "127.0.0.1"  #: an address of this machine; any but loopback demands that people sign in
    port: int = 8484  #: 0 takes any that is free
    prefix: str = ""  #: the path below which a proxy shows us: "/press"; no slash at its end
    languages: tuple[str, ...] = ("en", "sv")  #: of the pages, the first where a reader prefers none
    base_url: str | None = None  #: our address outside, prefix and all; where absent, what the request says
    hosts: tuple[str, ...] = ()  #: names by which we may be asked; on loopback also its own, elsewhere any where empty
    proxies: tuple[str, ...] = ()  #: addresses and networks of proxies whose X-Forwarded-* are believed
    session_days: int = 14  #: after which a person signs in anew

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach us."""
        return is_loopback(self.host)

    @property
    def behind_proxy(self) -> bool:
        """Whether others reach us although we listen on loopback."""
        outside = self.base_url is not None and not is_loopback(urlsplit(self.base_url).hostname or "")
        return bool(self.proxies or self.prefix or self.hosts or outside)

    @property
    def closed(self) -> bool:
        """Whether people must sign in, whoever was added."""
        return not self.loopback or self.behind_proxy


def is_loopback(host: str) -> bool:
    """Whether an address or a name means this machine and is reached from nowhere else."""
    name = host.strip("[]").rstrip(".").lower()
    if name in _LOCAL:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
