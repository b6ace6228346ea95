"""What of a release counts when two are compared, in one canonical form, and its digest.

`text_digest` is the SHA-256 of a JSON array (UTF-8, no white space; text stands as it is):

    ["pressvakt text 1", title, text, links, published, updated, kind, senders, identifier, contacts, attachments,
     categories, archived, withdrawn, officeholders]

Texts are `letters` of the field; `text` is lead and body as one; kind, senders and categories are case-folded; lists
that have no order of their own are sorted without doubles. A link is [address, letters], in page order; an address is
what `address` gives. A stamp is "2024-05-03T07:15Z" where it has a time of day, "2024-05-03" where it has not, "?" and
its letters where it could not be read but has a year, else "?"; null where it is missing. An archived or withdrawn
notice is [since, until], either may be null, or null where there is none. What is `unread` counts as missing. Language
and canonical address do not count. The form is kept when the code changes: digests stand in archives.

The laws, for two releases that the same reader made:

1. Equal digests: `compare` finds nothing, either way.
2. Nothing found either way, and `shown` equal: equal digests.

`shown` names what makes `compare` lenient: a line that one of them does not show at all, or shows less exactly, is not
held against the other.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import IntEnum
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from changes.release import Block, Contact, Notice, NoticeKind, Release, Stamp, letters, normalise

#: First and last day, either of which may not be stated.
Period = tuple[dt.date | None, dt.date | None]

_BLANK: dict[str, Any] = {
    "title": "", "lead": None, "body": (), "published": None, "updated": None, "kind": None, "senders": (),
    "identifier": None, "contacts": (), "attachments": (), "categories": (), "language": None, "notices": (),
}  # fmt: skip
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_TOKENS = re.compile(r"[\w@.+-]*\w")
_LABELS = frozenset(
    ("telefon", "telefonnummer", "tel", "tfn", "tel.", "växel", "mobil", "mobiltelefon", "mobilnummer", "e-post", "epost",
     "e-postadress", "mejl", "mail", "e-mail", "email", "till", "to", "phone", "telephone", "switchboard", "mobile", "direkt",
     "namn", "name", "roll", "role", "title", "titel", "kontakt", "contact", "presskontakt")
)  # fmt: skip
_TRACKING = re.compile(r"(?:utm_\w+|fbclid|gclid|mc_[ce]id|_gl)(?:=|$)")
_PORTS = {"http": ":80", "https": ":443"}
_PIECES = re.compile(r"[^.!?:;|]+[.!?:;|]*\s*")


def text_digest(release: Release) -> str:
    """What a release says, as `sha256:…`: see the laws above."""
    release = read_parts(release)
    form = [
        "pressvakt text 1",
        letters(release.title),
        whole_text(release),
        links(release.body, own=release.canonical) if "links" not in release.unread else [],
        stamp_form(release.published),
        stamp_form(release.updated),
        word(release.kind),
        words(release.senders),
        letters(release.identifier or ""),
        sorted(set(contacts(release))),
        sorted((*key, size or "") for key, size in files(release).items()),
        words(release.categories),
        *(
            [
                _iso(period)
                for period in (period_of(release, NoticeKind.ARCHIVED), period_of(release, NoticeKind.WITHDRAWN))
            ]
        ),
        sorted({officeholder_key(notice) for notice in notices(release, NoticeKind.OFFICEHOLDER)}),
    ]
    data = json.dumps(form, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
    return "sha256:" + hashlib.sha256(data).hexdigest()


def shown(release: Release) -> tuple[object, ...]:
    """Which parts a release shows, and how exactly: the condition of the second law."""
    release = read_parts(release)
    periods = [period_of(release, kind) for kind in (NoticeKind.ARCHIVED, NoticeKind.WITHDRAWN)]
    return (
        release.unread,
        len(letters(release.lead or "")),
        clarity(release.published),
        clarity(release.updated),
        bool(word(release.kind)),
        bool(words(release.senders)),
        bool(letters(release.identifier or "")),
        tuple(contacts(release)),
        tuple(sorted((key, size is None) for key, size in files(release).items())),
        bool(words(release.categories)),
        tuple(period and tuple(day is None for day in period) for period in periods),
        tuple(sorted(map(officeholder_key, notices(release, NoticeKind.OFFICEHOLDER)))),
    )


def same_text(one: Release, other: Release) -> bool:
    """Whether title, lead and body of two releases have the same letters, however they are cut into blocks."""
    return letters(one.title) == letters(other.title) and whole_text(one) == whole_text(other)


def similarity(one: Release, other: Release) -> float:
    """How much of two releases' text is the same, from 0.0 to 1.0: the share of letters in sentences both have."""
    ours, theirs = _sentences(one), _sentences(other)
    total = sum(len(key) * count for key, count in (ours + theirs).items())
    if not total or same_text(one, other):
        return 1.0
    return 2 * sum(len(key) * count for key, count in (ours & theirs).items()) / total


def _sentences(release: Release) -> Counter[str]:
    texts = (release.title, release.lead or "", *(block.text for block in release.body))
    pieces = Counter(letters(piece) for text in texts for piece in _PIECES.findall(text))
    del pieces[""]
    return pieces


def read_parts(release: Release) -> Release:
    """The release without what its rules did not look for."""
    blank = {name: _BLANK[name] for name in release.unread if name in _BLANK}
    return replace(release, **blank) if blank else release


def body_text(release: Release) -> str:
    """The letters of the body."""
    return letters("".join(block.text for block in release.body))


def whole_text(release: Release) -> str:
    """The letters of lead and body: where the one ends and the other begins is layout."""
    return letters(release.lead or "") + body_text(release)


def word(text: str | None) -> str:
    """A word of the site's own, whatever its case."""
    return letters(text or "").casefold()


def words(texts: Iterable[str]) -> list[str]:
    """Several such words, in no order."""
    return sorted({word(text) for text in texts} - {""})


def contacts(release: Release) -> list[str]:
    """The letters of each contact, no contact twice."""
    return list(dict.fromkeys(key for contact in release.contacts if (key := letters(contact.text))))


def contact_words(release: Release) -> list[tuple[str, ...]]:
    """The words of each contact in no order, without those that only label a number or an address."""
    return sorted({tuple(sorted(found)) for contact in release.contacts if (found := _contact_words(contact))})


def _contact_words(contact: Contact) -> list[str]:
    return [word for word in _TOKENS.findall(normalise(contact.text).casefold()) if word not in _LABELS]


def files(release: Release) -> dict[tuple[str, str], str | None]:
    """The size, where it is printed, of each attachment by its address and name."""
    out: dict[tuple[str, str], str | None] = {}
    for file in release.attachments:
        out.setdefault((address(file.url), letters(file.name)), word(file.size) or None)
    return out


def links(blocks: Sequence[Block], *, own: str | None = None) -> list[tuple[str, str]]:
    """Addresses and the letters they stand on, in page order; a link cut in two is one."""
    out: list[tuple[str, str]] = []
    for block in blocks:
        for link in block.links:
            to, text = address(link.url, own=own), letters(link.text)
            if "/cdn-cgi/l/email-protection" in to:  # a hidden address, with a key that rotates
                to = "mailto:"
            if out and out[-1][0] == to:
                text = out.pop()[1] + text
            out.append((to, text))
    return out


def address(url: str, *, own: str | None = None) -> str:
    """One spelling for the spellings of an address: scheme, `www.`, case of the host, port, slash, percent-encoding.

    What campaigns hang on (`utm_…`) goes; `own` is the page's own address, so that a place on it stays the same place
    when the page moves.
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return letters(url)
    if parts.scheme.lower() not in _PORTS:
        return url.strip()
    host = parts.netloc.lower().removesuffix(_PORTS[parts.scheme.lower()]).removeprefix("www.")
    path = quote(unquote(parts.path), safe="/:@!$&'()*+,;=~").rstrip("/")
    query = "&".join(part for part in parts.query.split("&") if part and not _TRACKING.match(part))
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    bare = f"//{host}{path}" + (f"?{query}" if query else "")
    if fragment and own and bare == address(own.partition("#")[0]):
        return fragment
    return bare + fragment


class Clarity(IntEnum):
    """How much of a printed date is understood."""

    MISSING = 0
    VAGUE = 1  #: not understood, and without a year: "three days ago" moves by itself
    RAW = 2  #: not understood, but a date
    DAY = 3
    MOMENT = 4


def clarity(stamp: Stamp | None) -> Clarity:
    """How much of a stamp is understood."""
    if stamp is None:
        return Clarity.MISSING
    if stamp.at is not None:
        return Clarity.MOMENT
    if stamp.day is not None:
        return Clarity.DAY
    return Clarity.RAW if _YEAR.search(stamp.raw) else Clarity.VAGUE


def stamp_day(stamp: Stamp) -> dt.date | None:
    """The calendar day of a stamp, where it is known."""
    return stamp.day or (stamp.at.date() if stamp.at else None)


def stamp_form(stamp: Stamp | None) -> str | None:
    """The canonical form of a stamp: by the minute where it has a time of day."""
    if stamp is None:
        return None
    if stamp.at is not None:
        return stamp.at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%MZ")
    if stamp.day is not None:
        return stamp.day.isoformat()
    return "?" + (letters(stamp.raw) if clarity(stamp) is Clarity.RAW else "")


def notices(release: Release, kind: NoticeKind) -> list[Notice]:
    """The notices of one kind, as printed."""
    return [notice for notice in release.notices if notice.kind is kind]


def period_of(release: Release, kind: NoticeKind) -> Period | None:
    """What the notices of one kind say of their period, taken together; None where there is no such notice."""
    found = notices(release, kind)
    if not found:
        return None
    periods = [notice.period for notice in found if notice.period]
    since = next((period[0] for period in periods if period[0]), None)
    return since, next((period[1] for period in periods if period[1]), None)


def officeholder_key(notice: Notice) -> str:
    """By what two notes about a minister are the same: who, what and when where that was read, else the letters."""
    if notice.period and (notice.role or notice.person):
        return json.dumps([letters(notice.person or ""), word(notice.role), _iso(notice.period)], ensure_ascii=False)
    return letters(notice.text)


def _iso(period: Period | None) -> list[str | None] | None:
    return [day.isoformat() if day else None for day in period] if period else None
