"""Screening: is this the publisher speaking, or an error, a firewall, a log-in, another language?

Both mistakes cost: a fault taken for a release is a false alarm, a release taken for a fault is a missed change. So
words alone never decide. A page is refused where its title or heading says as a whole what it is *and* hardly any
text stands below it, where a firewall has left its marks, or where the status says so. A release about a 404, a
closed website or cookies has a heading of its own, a date, and text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from changes.release import letters
from crawler.reading.addresses import wanted
from crawler.reading.error_words import MARKS, Reason, mostly, parts, plainly, slightly, supports, tells, titled
from crawler.reading.languages import primary, reads_as
from crawler.reading.page_text import PageText, page_text

if TYPE_CHECKING:
    from crawler.items import Fetch
    from crawler.reading.profiles import SiteProfile

__all__ = ["PageText", "Reason", "Verdict", "looks_same_as_home", "page_text", "screen", "speaks_of"]

#: Characters of text beneath a heading: an error page has fewer than `FEW`, one whose title agrees fewer than `SOME`.
#: A page with a date of publication is believed from `SCANT` on.
FEW, SOME, SCANT = 1200, 3000, 250

#: Reasons that come from somebody between us and the publisher.
_BETWEEN = frozenset({Reason.BLOCKED, Reason.CHALLENGE, Reason.RATE_LIMITED, Reason.NO_ANSWER})

#: Headers that firewalls set, and what each says with which value.
_HEADERS: tuple[tuple[str, str, Reason], ...] = (
    ("cf-mitigated", r"challenge", Reason.CHALLENGE),
    ("cf-mitigated", r"block|deny", Reason.BLOCKED),
    ("x-amzn-waf-action", r"challenge|captcha", Reason.CHALLENGE),
    ("x-amzn-waf-action", r"block", Reason.BLOCKED),
    ("rimon", r".*block.*", Reason.BLOCKED),
    ("x-dd-b", r"[1-9]\d*", Reason.CHALLENGE),
    ("x-sucuri-block", r".+", Reason.BLOCKED),
    ("x-squid-error", r"err_access_denied.*", Reason.BLOCKED),
)

_STATUSES: dict[int, Reason] = {
    HTTPStatus.NOT_FOUND: Reason.NOT_FOUND,
    HTTPStatus.GONE: Reason.GONE,
    HTTPStatus.UNAUTHORIZED: Reason.LOGIN,
    HTTPStatus.NETWORK_AUTHENTICATION_REQUIRED: Reason.LOGIN,
    HTTPStatus.NO_CONTENT: Reason.EMPTY,
    HTTPStatus.RESET_CONTENT: Reason.EMPTY,
}

_SERVERS_BETWEEN = ("akamaighost", "cloudfront", "awselb")

_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*){0,5}<(?:!doctype html|html|head|body|title|meta)", re.IGNORECASE | re.DOTALL
)
_BINARY = (
    b"%PDF-",
    b"\x89PNG",
    b"PK\x03\x04",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"\xd0\xcf\x11\xe0",
    b"RIFF",
    b"\x00\x00\x00\x18ftyp",
)

#: Where something begins in a page's bytes that its reader does not see.
_UNSEEN = re.compile(rb"<(?:!--|(?:script|style|noscript|template|svg|head)\b)", re.IGNORECASE)
_TAGS = re.compile(rb"<[^<>]*>|\s+")

_HOME = re.compile(
    r"/?(?:[a-z]{2}(?:-[a-z]{2})?)?/?(?:(?:index|default|start|startsida|home|hem|hjem|forside|etusivu)(?:\.\w{2,5})?)?/?",
    re.IGNORECASE,
)
_LAST = r"(?:[/.?]|$)"
_PLACES: tuple[tuple[re.Pattern[str], Reason], ...] = (
    (re.compile(r"/(?:\w*-)?(?:404|notfound|page-?not-?found|not-?found|errors?|errorpage|felsida|fel|sidan-(?:finns|hittades|kan|saknas)[\w-]*)(?:\.\w{2,5})?/?$", re.IGNORECASE), Reason.SOFT_404),
    (re.compile(rf"/(?:log-?[io]n|sign-?in|logga-?in|inloggning|auth|authorize|authenticate|sso|saml2?|oauth2?|adfs|idp|anmelden|connexion){_LAST}", re.IGNORECASE), Reason.LOGIN),
    (re.compile(rf"/(?:cookie-?(?:wall|consent)|consent|samtycke|privacy-?gate){_LAST}", re.IGNORECASE), Reason.CONSENT),
    (re.compile(rf"/(?:maintenance|underhall|driftstopp|vedlikehold|app_offline){_LAST}", re.IGNORECASE), Reason.MAINTENANCE),
)  # fmt: skip
_HOSTS: tuple[tuple[str, Reason], ...] = (
    ("consent.", Reason.CONSENT),
    ("login.", Reason.LOGIN),
    ("idp.", Reason.LOGIN),
    ("unblock.", Reason.CHALLENGE),
    ("captcha.", Reason.CHALLENGE),
    ("challenge.", Reason.CHALLENGE),
    ("validate.", Reason.CHALLENGE),
)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether an answer may be read as a release; if not, why, and in words for a person."""

    ok: bool
    reason: Reason | None = None
    detail: str = ""

    @property
    def publisher(self) -> bool:
        """Whether the site itself gave the answer, be it an error: nobody stood in between."""
        return self.reason not in _BETWEEN


OK = Verdict(ok=True)


def screen(fetch: Fetch, text: PageText, profile: SiteProfile, *, expected: str | None = None) -> Verdict:
    """Judges one answer.

    `text` is `page_text` of its body (an empty `PageText` where there is none). `expected` is the language that the
    page was in before; without it, the profile's.
    """
    if fetch.status is None:
        return _no(Reason.NO_ANSWER, fetch.detail or str(fetch.fault or "nothing was received"))
    verdict = _between(fetch, text, profile)
    if verdict is not None:
        return verdict
    if fetch.status not in (HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION):
        return _by_status(fetch, text, profile)
    return (
        _by_kind(fetch, profile)
        or _by_place(fetch, text, profile)
        or _by_refresh(fetch, text)
        or speaks_of(text, profile)
        or _by_form(text)
        or _by_emptiness(fetch, text)
        or _by_language(fetch, text, expected or profile.language)
        or OK
    )


def speaks_of(text: PageText, profile: SiteProfile, *, headings_only: bool = False) -> Verdict | None:
    """What a page says that it is, by its own words; None for a release or anything else.

    With `headings_only` no sentence of the text is asked: a list is all links, and its little text proves nothing.
    """
    size = len(text.text)
    said = plainly(text.heading) or _profiled(text.heading, profile)
    title = titled(text.title, text.heading) or _profiled(text.title, profile)
    if said and size < _most(said, text, sure=title is not None):
        return _no(_nearer(said, text.text), f"says {text.heading!r}")
    if title and size < _most(title, text, sure=False) // (2 if text.heading else 1):
        return _no(_nearer(title, text.text), f"is titled {text.title!r}")
    if headings_only or text.dated:
        return None
    for heading in (text.heading,) if text.heading else parts(text.title):
        slight = slightly(heading)
        if slight and ((size < FEW // 2 and supports(text.text, slight)) or size + text.links < len(heading) + 20):
            return _no(slight, f"says {heading!r}")
    alone = mostly(text.text) if size < FEW // 2 else None
    return _no(alone[0], f"says {alone[1]!r}") if alone else None


def _most(reason: Reason, text: PageText, *, sure: bool) -> int:
    """Below how much text a heading is believed that says it is no release's."""
    if text.dated or (reason is Reason.LOGIN and not text.has_password_field):
        return SCANT
    return SOME if sure else FEW


def looks_same_as_home(text: PageText, home: PageText) -> bool:
    """Whether a page says what the site's front page says: some sites answer so for what they do not have."""
    if letters(text.title) != letters(home.title) or letters(text.heading) != letters(home.heading):
        return False
    lines, front = set(text.text.split("\n")), set(home.text.split("\n"))
    return len(lines & front) >= 0.8 * max(len(lines), len(front))


def _between(fetch: Fetch, text: PageText, profile: SiteProfile) -> Verdict | None:
    """A firewall's, a load balancer's or a content network's own answer."""
    status = fetch.status or 0
    for name, pattern, reason in _HEADERS:
        value = fetch.header(name)
        if value and re.fullmatch(pattern, value.strip(), re.IGNORECASE):
            return _no(reason, f"header {name}: {value}")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _no(Reason.RATE_LIMITED, f"status {status}")
    return _by_mark(fetch, text) or _by_host(fetch, text) or _by_server(fetch, text, profile)


def _by_mark(fetch: Fetch, text: PageText) -> Verdict | None:
    if len(text.text) < FEW and not text.dated:
        mark = next((mark for mark in MARKS if mark in fetch.body[:200_000]), None)
        if mark:
            return _no(MARKS[mark], f"holds {mark.decode('ascii')!r}")
    return None


def _by_host(fetch: Fetch, text: PageText) -> Verdict | None:
    host = urlsplit(fetch.final_url).hostname or ""
    if host != urlsplit(fetch.url).hostname:
        for start, reason in _HOSTS:
            if host.startswith(start) and len(text.text) < SOME:
                return _no(reason, f"redirected to {fetch.final_url}")
    return None


def _by_server(fetch: Fetch, text: PageText, profile: SiteProfile) -> Verdict | None:
    status, server = fetch.status or 0, (fetch.header("server") or "").lower()
    # a load balancer names itself only in what it says of its own accord
    if server.startswith("awselb") and status == HTTPStatus.OK and len(fetch.body) < 2048:
        return _no(Reason.BLOCKED, f"server {server} answered in the site's place")
    if status < HTTPStatus.BAD_REQUEST:
        return None
    said = speaks_of(text, profile)
    if said is not None and said.reason in _BETWEEN:
        return said
    if status in (HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_ACCEPTABLE):
        by = next((f" by {name}" for name in _SERVERS_BETWEEN if server.startswith(name)), "")
        if by or status == HTTPStatus.FORBIDDEN:
            return _no(Reason.BLOCKED, f"status {status}{by}")
    return None


def _by_status(fetch: Fetch, text: PageText, profile: SiteProfile) -> Verdict:
    status = fetch.status or 0
    said = speaks_of(text, profile)
    detail = f"status {status}" + (f", {said.detail}" if said else "")
    # a maintenance page is put up with whatever status comes to hand
    if said is not None and said.reason is Reason.MAINTENANCE and status >= HTTPStatus.BAD_REQUEST:
        return _no(Reason.MAINTENANCE, detail)
    if status in _STATUSES:
        return _no(_STATUSES[status], detail)
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _no(Reason.CLIENT_ERROR, detail)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _no(Reason.SERVER_ERROR, detail)
    return _no(Reason.SERVER_ERROR, f"{detail} is not a page's")  # 202, 206, a redirect that nobody followed


def _by_kind(fetch: Fetch, profile: SiteProfile) -> Verdict | None:
    if not fetch.body.strip():
        return _no(Reason.EMPTY, "no content")
    if fetch.body.startswith(_BINARY):
        return _no(Reason.NOT_HTML, f"begins with {fetch.body[:4]!r}")
    kind = (fetch.header("content-type") or "").split(";")[0].strip().lower()
    if not kind or "html" in kind or profile.page_object or _HTML.match(fetch.body[:4096]):
        return None
    return _no(Reason.NOT_HTML, f"is {kind}")


def _by_place(fetch: Fetch, text: PageText, profile: SiteProfile) -> Verdict | None:
    """Where a redirect has led: the front page, an error page, a log-in, a page above the one that was asked for."""
    return _place(fetch.url, fetch.final_url, text, profile)


def _place(asked: str, final: str, text: PageText, profile: SiteProfile) -> Verdict | None:
    there, here = urlsplit(final).path or "/", urlsplit(asked).path or "/"
    if there.rstrip("/").lower() == here.rstrip("/").lower():
        return None
    if _HOME.fullmatch(there) and not _HOME.fullmatch(here):
        return _no(Reason.REDIRECTED_HOME, f"redirected to {final}")
    for pattern, reason in _PLACES:
        if pattern.search(there) and not pattern.search(here) and (len(text.text) < FEW or text.has_password_field):
            return _no(reason, f"redirected to {final}")
    above = here.lower().startswith(there.rstrip("/").lower() + "/")
    if above and profile.pages and not wanted(final if final.count("/") > 2 else final + "/", profile):
        return _no(Reason.REDIRECTED_HOME, f"redirected to {final}, above the page")
    return None


def _by_refresh(fetch: Fetch, text: PageText) -> Verdict | None:
    """A page that only sends its reader on. Reloading itself is what challenges do."""
    if not text.refresh_to or len(text.text) >= SCANT or text.dated:
        return None
    target = urljoin(fetch.final_url, text.refresh_to)
    if urlsplit(target)[:3] == urlsplit(fetch.final_url)[:3]:
        return _no(Reason.CHALLENGE, "only reloads itself") if not text.heading else None
    if _HOME.fullmatch(urlsplit(target).path):
        return _no(Reason.REDIRECTED_HOME, f"sends its reader to {target}")
    for pattern, reason in _PLACES:
        if pattern.search(urlsplit(target).path):
            return _no(reason, f"sends its reader to {target}")
    return _no(Reason.EMPTY, f"only sends its reader to {target}")


def _by_form(text: PageText) -> Verdict | None:
    if not text.has_password_field or text.dated:
        return None
    if len(text.text) < SCANT or (
        len(text.text) < FEW and Reason.LOGIN in (slightly(text.heading), slightly(text.title))
    ):
        return _no(Reason.LOGIN, "asks for a password and says nothing else")
    return None


def _by_emptiness(fetch: Fetch, text: PageText) -> Verdict | None:
    """No text at all. A tree without text proves nothing while the bytes have some: parsers give up silently."""
    if text.text or text.heading or text.links > SCANT:
        return None
    if len(_TAGS.sub(b"", _shown(fetch.body))) > SCANT:
        return None
    return _no(Reason.EMPTY, "no visible text")


def _shown(body: bytes) -> bytes:
    """A page's bytes without scripts and the like. One look ahead a part: linear, whatever the page."""
    lower, at, out = body.lower(), 0, bytearray()
    while match := _UNSEEN.search(lower, at):
        out += body[at : match.start()]
        opened = match[0]
        end = b"-->" if opened == b"<!--" else b"</" + opened[1:]
        closed = lower.find(end, match.end())
        if closed < 0:
            return bytes(out)
        at = closed + len(end)
    return bytes(out + body[at:])


def _by_language(fetch: Fetch, text: PageText, expected: str) -> Verdict | None:
    """Another language counts where the page declares it and its text reads so."""
    wanted_language = primary(expected)
    declared = primary(text.language) or primary(fetch.header("content-language"))
    if not declared or declared == wanted_language:
        return None
    reads = reads_as(f"{text.heading} {text.text}")
    if reads is None or reads == wanted_language:
        return None
    return _no(Reason.WRONG_LANGUAGE, f"declares {declared!r} and reads as {reads!r}, not {wanted_language!r}")


def _profiled(heading: str, profile: SiteProfile) -> Reason | None:
    """What the site's own wording says of a title or heading."""
    for patterns, reason in ((profile.wording.missing, Reason.SOFT_404), (profile.wording.blocked, Reason.BLOCKED)):
        if heading and any(re.search(pattern, heading, re.IGNORECASE) for pattern in patterns):
            return reason
    return None


def _nearer(reason: Reason, text: str) -> Reason:
    """Where "something went wrong" stands above "the page was not found", the page was not found."""
    return Reason.SOFT_404 if reason is Reason.SERVER_ERROR and tells(text, Reason.SOFT_404) else reason


def _no(reason: Reason, detail: str) -> Verdict:
    return Verdict(ok=False, reason=reason, detail=detail[:300])
