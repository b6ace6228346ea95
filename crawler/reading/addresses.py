"""Addresses: which page a link means, whether it is on the site, and whether it is a release.

Two links are the same page when `identify` gives the same text for them. What differs between two visits or two
readers is dropped (fragments, campaign and session parameters); what a site may tell pages apart by is kept as it
writes it (case and final slash of the path, order of the query).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urljoin, urlsplit

if TYPE_CHECKING:
    from crawler.reading.profiles import SiteProfile

#: Longer addresses grow from traps, not from editors.
LONGEST = 2000

_DEFAULT_PORTS = {"http": 80, "https": 443}

#: An address that is in its final form already: most are, and a sitemap has fifty thousand.
_PLAIN = re.compile(
    r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::(?P<port>[1-9]\d{0,3}))?(?P<path>/[A-Za-z0-9_~./-]*)"
)

#: Control characters, line separators, and the backslash that clients read in two ways.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\\\\]")

_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?")

_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")  # RFC 3986, 2.3

#: What may stand unescaped, besides what is unreserved (RFC 3986, 3.3 and 3.4).
_IN_PATH = "/!$&'()*+,;=:@%"
_IN_QUERY = _IN_PATH + "?"

#: Query parameters that say who follows a link, never which page it leads to.
_TRACKING = frozenset(
    (
        "gclid",
        "gclsrc",
        "dclid",
        "gbraid",
        "wbraid",
        "fbclid",
        "msclkid",
        "yclid",
        "twclid",
        "ttclid",
        "li_fat_id",
        "igshid",
        "mc_cid",
        "mc_eid",
        "mkt_tok",
        "_ga",
        "_gl",
        "_hsenc",
        "_hsmi",
        "hsctatracking",
        "vero_id",
        "oly_anon_id",
        "oly_enc_id",
        "wt.mc_id",
        "wt_mc",
        "xtor",
        "rb_clickid",
        "s_cid",
    )
)
_TRACKING_PREFIXES = (
    "utm_",
    "mtm_",
    "pk_campaign",
    "pk_kwd",
    "pk_source",
    "pk_medium",
    "piwik_",
    "matomo_",
    "at_medium",
    "at_campaign",
)

#: Query parameters that hold a session. The short names may also mean a story: only a long token counts as a session.
_SESSIONS = frozenset(
    ("jsessionid", "phpsessid", "sessionid", "session_id", "cfid", "cftoken", "aspsessionid", "asp.net_sessionid")
)
_MAYBE_SESSIONS = frozenset(("sid", "session", "s_id"))
_TOKEN = re.compile(r"(?=.*\d)[0-9A-Za-z_-]{16,}")

#: Sessions in the path: Java's `;jsessionid=…`, ASP.NET's `/(S(…))/`.
_PATH_SESSION = re.compile(r";jsessionid=[^/?;]*|/\(S\([0-9a-z]{16,}\)\)(?=/|$)", re.IGNORECASE)


def identify(url: str, base: str) -> str | None:
    """The watched address that a link means, absolute and in one spelling; None where it is no web page's.

    `base` is the address of the page the link stands on. Refused: other schemes than http and https, user names,
    control characters, backslashes, hosts and ports that are none, and anything longer than `LONGEST`.
    """
    plain = _PLAIN.fullmatch(url)
    if plain and plain["port"] not in ("80", "443") and "/." not in plain["path"] and len(url) <= LONGEST:
        return url
    url = url.strip(" \t\r\n\f")
    if not url or _FORBIDDEN.search(url) or len(url) > 2 * LONGEST:
        return None
    try:
        found = _spell(urljoin(base, url))
    except ValueError:  # no IPv6 address, no port number, no character
        return None
    return found if found and len(found) <= LONGEST else None


def same_site(url: str, profile: SiteProfile) -> bool:
    """Whether an identified address is on the site: its host or an alias, with or without `www.`.

    The port must be that of `base_url`; an alias stands on the same port unless it names its own.
    """
    return _netloc(url) in origins(profile)


def origins(profile: SiteProfile) -> frozenset[str]:
    """The `host` or `host:port` spellings that are the site."""
    return _origins(profile.base_url, profile.aliases)


def at_home(url: str, profile: SiteProfile) -> str:
    """An identified address moved to the scheme and host of `base_url` where it is on the site by another name.

    One release that is listed as `http://gov.example/x` here and `https://www.gov.example/x` there is one page.
    """
    if not same_site(url, profile):
        return url
    return profile.base_url.rstrip("/") + "/" + url.split("/", 3)[3]


def wanted(url: str, profile: SiteProfile) -> bool:
    """Whether the path of an identified address is a release's, by the profile's `pages` and `skip`.

    The expressions are searched for in the path with its escapes undone, and in path and query together.
    """
    path, _, query = ("/" + url.split("/", 3)[3]).partition("?")
    texts = [unquote(path)]
    if query:
        texts.append(f"{texts[0]}?{unquote(query)}")
    if profile.skip and any(_matches(profile.skip, text) for text in texts):
        return False
    return not profile.pages or any(_matches(profile.pages, text) for text in texts)


def _spell(url: str) -> str | None:
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS or "@" in parts.netloc or not parts.hostname:
        return None
    host = _spell_host(parts.hostname)
    if host is None:
        return None
    port = "" if parts.port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    path = _PATH_SESSION.sub("", parts.path) or "/"
    if "/." in path:  # urljoin has dissolved the dots of relative links only
        path = urlsplit(urljoin("http://host/", "/" + path.lstrip("/"))).path
    query = "&".join(pair for pair in parts.query.split("&") if pair and not _says_who(pair))
    spelt = f"{parts.scheme}://{host}{port}{_escape(path, _IN_PATH)}"
    return f"{spelt}?{_escape(query, _IN_QUERY)}" if query else spelt


def _spell_host(host: str) -> str | None:
    host = host.rstrip(".").lower()
    if ":" in host:
        return f"[{host}]"
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    return host if _HOST.fullmatch(host) else None


def _escape(text: str, safe: str) -> str:
    """Percent-encoding in one spelling: capital hex digits, and no escapes that need not be (RFC 3986, 6.2.2)."""

    def tidy(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if character in _UNRESERVED else match[0].upper()

    return _ESCAPE.sub(tidy, quote(text, safe=safe + "~"))


def _says_who(pair: str) -> bool:
    name, _, value = pair.partition("=")
    name = unquote(name).lower()
    if name in _TRACKING or name in _SESSIONS or name.startswith(_TRACKING_PREFIXES):
        return True
    return name in _MAYBE_SESSIONS and _TOKEN.fullmatch(value) is not None


def _netloc(url: str) -> str:
    return url.split("/", 3)[2]


@lru_cache(maxsize=256)
def _origins(base_url: str, aliases: tuple[str, ...]) -> frozenset[str]:
    home = identify(base_url, base_url)
    if home is None:
        return frozenset()
    port = urlsplit(home).port
    out = {_netloc(home)}
    for alias in aliases:
        netloc = identify(alias if "//" in alias else f"http://{alias}", home)
        if netloc is None:
            continue
        own = urlsplit(netloc)
        out.add(f"{own.hostname}:{own.port or port}" if own.port or port else str(own.hostname))
    return frozenset(
        out | {name.removeprefix("www.") for name in out} | {f"www.{name.removeprefix('www.')}" for name in out}
    )


@lru_cache(maxsize=1024)
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in patterns)


def _matches(patterns: tuple[str, ...], text: str) -> bool:
    return any(pattern.search(text) for pattern in _compiled(patterns))
