"""What a robots.txt says to us, by RFC 9309. Pure: how it is fetched stands in `crawler.middlewares.robots`."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from protego import Protego

TOKEN = "pressvakt"  # noqa: S105 - the product token of RFC 9309, 2.2.1
MOST_BYTES = 500 * 1024  # RFC 9309, 2.5
LONGEST_DELAY = 60.0


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a host lets us ask. `unreachable` says why all of it is off limits, `note` what a person should know."""

    parsed: Protego | None = None
    unreachable: str | None = None
    note: str | None = None

    def allow(self, url: str) -> bool:
        """Whether this address may be asked."""
        if self.unreachable is not None:
            return False
        return self.parsed is None or self.parsed.can_fetch(url, TOKEN)

    @property
    def delay(self) -> float | None:
        """Seconds between two requests that the site asks for (Crawl-delay), never more than a minute."""
        seconds = self.parsed.crawl_delay(TOKEN) if self.parsed else None
        if seconds is None or not math.isfinite(seconds) or seconds <= 0:
            return None
        return min(float(seconds), LONGEST_DELAY)


ALLOW_ALL = Rules()


def rules_of(status: int, body: bytes) -> Rules:
    """The rules that an answer for /robots.txt makes (RFC 9309, 2.3.1)."""
    if 200 <= status < 300:
        return _parse(body)
    if status == 429 or not 300 <= status < 500:
        return Rules(unreachable=f"HTTP {status}")
    return ALLOW_ALL  # "unavailable": a redirect that leads nowhere, 401, 403, 404 and their like


_AGENT = re.compile(r"^\s*user[\s-]?agent\s*:?\s*(?P<value>[^#\r\n]*)", re.IGNORECASE)
_RULE = re.compile(r"^\s*(?:user[\s-]?agent|dis?allow|allow|sitemap|crawl-delay)\s*:", re.IGNORECASE | re.MULTILINE)


def _parse(body: bytes) -> Rules:
    text = _text(body)
    if text.lstrip().startswith("<") and not _RULE.search(text):
        return Rules(note="robots.txt is a web page: read as no rules")
    lines = [_agent_line(line) for line in re.split(r"\r\n|\r|\n", text)]
    return Rules(parsed=Protego.parse("\n".join(lines)))


def _text(body: bytes) -> str:
    if len(body) > MOST_BYTES:
        # Half a line would be another rule: "Disallow: /" of "Disallow: /search".
        body = body[:MOST_BYTES]
        body = body[: max(body.rfind(b"\n"), body.rfind(b"\r")) + 1]
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace").lstrip("\ufeff")
    return body.decode("utf-8", "replace").lstrip("\ufeff")


def _agent_line(line: str) -> str:
    """Name our group exactly: Protego takes a group for "press" as meant for us too, and "pressvakt/1.0" as not."""
    found = _AGENT.match(line)
    if found is None:
        return line
    value = found["value"].strip()
    if value[:1] == "*" and (len(value) == 1 or value[1].isspace()):
        return "User-agent: *"
    token = re.match(r"[A-Za-z_-]*", value)
    return f"User-agent: {TOKEN if token and token[0].lower() == TOKEN else 'another'}"
