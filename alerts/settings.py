"""What alerts are set to, apart from the mail server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from types import MappingProxyType

from alerts.told import Language


@dataclass(frozen=True, kw_only=True)
class AlertSettings:
    """Who sends, and what the links in messages lead to."""

    sender: str = "Pressvakt <pressvakt@localhost.localdomain>"  #: From
    base_url: str | None = None  #: where this installation's pages are; no links to them without it
    language: Language = "en"  #: for subscriptions that do not say
    zone: str = "Europe/Stockholm"
    titles: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  #: of sites, by name

    @property
    def list_id(self) -> str:
        """What all our messages are of (RFC 2919), without the angle brackets."""
        return f"pressvakt.{parseaddr(self.sender)[1].rpartition('@')[2] or 'localhost.localdomain'}"

    def title(self, site: str) -> str:
        """What a site is called to readers."""
        return self.titles.get(site, site)

    def link(self, path: str) -> str | None:
        """A page of this installation; None where nobody knows where it is."""
        return None if self.base_url is None else f"{self.base_url.rstrip('/')}/{path}"
