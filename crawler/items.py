"""What the spider hands on: answers of a server, not kept yet."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """Why an address gave no answer that could be read. A fault is never a change of a release."""

    UNREACHABLE = "unreachable"  #: no connection, no DNS answer, time-out, TLS refused
    TRUNCATED = "truncated"  #: the body was cut short or its encoding is broken
    TOO_LARGE = "too-large"
    DISALLOWED = "disallowed"  #: robots.txt forbids the address, or cannot be had (RFC 9309, 2.3.1.4)
    REFUSED = "refused"  #: a private address, a foreign scheme or port: the guard said no
    REDIRECT_LOOP = "redirect-loop"  #: too many hops, or a hop back
    OFFSITE = "offsite"  #: redirected to another host
    UNREADABLE = "unreadable"  #: it held its reader for ever, or killed it
    SKIPPED = "skipped"  #: not asked: the site was blocking us, or the crawl was stopped
    DROPPED = "dropped"  #: Scrapy lost the request; never expected, always counted


@dataclass(frozen=True, kw_only=True)
class Hop:
    """One redirect on the way to an answer."""

    url: str
    status: int


@dataclass(frozen=True, kw_only=True)
class Fetch:
    """One answer for one planned address.

    `body` is the content with its transfer and content encodings undone, and checked to be whole. `status` is None,
    and `fault` says why, where no answer could be had.
    """

    url: str  #: the planned address
    final_url: str  #: where the answer came from, after redirects
    fetched_at: dt.datetime
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    redirects: tuple[Hop, ...] = ()
    fault: Fault | None = None
    detail: str = ""  #: for a person: what exactly went wrong

    def header(self, name: str) -> str | None:
        """The first header of that name, whatever its case; None where there is none."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def permanent(self) -> bool:
        """Whether every redirect on the way was a permanent one (RFC 9110: 301 or 308)."""
        return bool(self.redirects) and all(hop.status in (301, 308) for hop in self.redirects)


@dataclass(frozen=True, kw_only=True)
class FileFetch:
    """One answer for the address of an attachment."""

    fetch: Fetch
