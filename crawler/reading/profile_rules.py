"""What each key of a profile may hold: one reader a key, table by table.

The keys are the names of the fields in `profiles`; a test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from changes.presence import RemovalRule
from crawler.reading.profile_values import (
    alias,
    base_url,
    css,
    language,
    list_address,
    page_object,
    pattern,
    source,
    time_zone,
)
from crawler.reading.profiles import AttachmentRule, Discovery, Politeness, ReleaseRules, Wording
from crawler.reading.schedule_values import SCHEDULE, schedule
from crawler.reading.toml_faults import Fault, FaultsError, Node
from crawler.reading.toml_values import (
    Reader,
    date,
    duration,
    flag,
    many,
    one_of,
    rows,
    share,
    size,
    table,
    text,
    timedelta,
    whole,
)

_DAY = 86400.0
_GIB = 1024**3

_DISCOVERY_NEEDS = {"kind": '"html"', "url": '"/press-releases/?page={page}"'}
_RELEASE_NEEDS = {"name": '"2025"', "region": '"article"', "title": '"h1"'}

#: Where a key belongs that stands in the wrong table; filled below, when all tables are known.
_PLACES: dict[str, str] = {}


def _record(record: type, readers: Mapping[str, Reader], required: Mapping[str, str] | None = None) -> Reader:
    """A reader that makes a record of a table."""
    read = table(readers, required=required, elsewhere=_PLACES)
    return lambda node: record(**read(node))


def _release(node: Node) -> ReleaseRules:
    rules: ReleaseRules = _record(ReleaseRules, RELEASE, _RELEASE_NEEDS)(node)
    if not (rules.body or rules.lead or rules.attachments):
        raise node.refuse("looks for none of body, lead and attachments; a page could not fit these rules")
    return rules


def _releases(node: Node) -> tuple[ReleaseRules, ...]:
    rules: tuple[ReleaseRules, ...] = rows(_release)(node)
    names: set[str] = set()
    faults: list[Fault] = []
    for one, part in zip(rules, node.value, strict=True):
        if one.name in names:
            faults.append(part.value["name"].fault(f"{one.name!r} is the name of other rules above; give each its own"))
        names.add(one.name)
    if faults:
        raise FaultsError(faults)
    return rules


def _removal(node: Node) -> RemovalRule:
    values: dict[str, Any] = table(REMOVAL, elsewhere=_PLACES)(node)
    visits = values.get("visits", RemovalRule.visits)
    if values.get("gone_visits", 0) > visits and _together(node.value.get("visits"), node.value["gone_visits"]):
        raise node.value["gone_visits"].refuse(f"is more than visits, which is {visits}")
    # Whoever asks for fewer visits asks for no more of them where the site says that a page is gone.
    values["gone_visits"] = min(values.get("gone_visits", RemovalRule.gone_visits), visits)
    return RemovalRule(**values)


def _together(a: Node | None, b: Node) -> bool:
    """Whether two keys were written by one person: in one file, or the first is our own default."""
    return a is None or a.file == b.file


_words = many(text)
_css_list = many(css)
_sources = many(source)
_telling = re.IGNORECASE

DISCOVERY: Mapping[str, Reader] = {
    "kind": one_of("json", "html", "feed", "sitemap"),
    "url": list_address,
    "items": css,
    "link": css,
    "html_at": text,
    "items_at": text,
    "link_at": text,
    "total_at": text,
    "next": css,
    "page_size": whole(1, 10_000),
    "first_page": whole(0, 10_000),
    "max_pages": whole(1, 100_000),
    "required": flag,
}
RELEASE: Mapping[str, Reader] = {
    "name": text,
    "region": css,
    "title": many(source, least=1),
    "title_remove": _css_list,
    "noise": _css_list,
    "restless": _css_list,
    "identifier": _sources,
    "kind_line": _sources,
    "lead": _sources,
    "body": _css_list,
    "body_remove": _css_list,
    "body_ends": _words,
    "body_skips": _words,
    "published": _sources,
    "updated": _sources,
    "contacts": _css_list,
    "attachments": _css_list,
    "categories": _css_list,
    "valid_until": date,
    "learned": flag,
}
WORDING: Mapping[str, Reader] = {
    "published": _words,
    "updated": _words,
    "contact": _words,
    "attachments": _words,
    "kinds": _words,
    "archived": many(pattern("since", "until", "government", flags=_telling)),
    "withdrawn": many(pattern("since", "reason", flags=_telling)),
    "missing": many(pattern(flags=_telling)),
    "blocked": many(pattern(flags=_telling)),
}
CRAWL: Mapping[str, Reader] = {
    "delay": duration(0, 3600),
    "concurrency": whole(1, 64),
    "timeout": duration(0.1, 3600),
    "max_bytes": size(1024, _GIB),
    "max_redirects": whole(0, 20),
    "blocked_limit": whole(1, 1_000_000),
    "browser": flag,
    "browser_hosts": many(alias),
}
REMOVAL: Mapping[str, Reader] = {
    "visits": whole(1, 1000),
    "gone_visits": whole(1, 1000),
    "span": timedelta(0, 3650 * _DAY),
    "hold_share": share,
    "hold_min": whole(0, 1_000_000),
}
ATTACHMENTS: Mapping[str, Reader] = {
    "watch": flag,
    "keep": flag,
    "max_bytes": size(1024, 64 * _GIB),
    "max_files": whole(1, 10_000),
    "fold": many(pattern()),
}


SITE: Mapping[str, Reader] = {
    "title": text,
    "base_url": base_url,
    "language": language,
    "time_zone": time_zone,
    "discovery": rows(_record(Discovery, DISCOVERY, _DISCOVERY_NEEDS)),
    "release": _releases,
    "pages": many(pattern(empty=True)),
    "skip": many(pattern()),
    "noise": many(css),
    "aliases": many(alias),
    "wording": _record(Wording, WORDING),
    "crawl": _record(Politeness, CRAWL),
    "removal": _removal,
    "attachments": _record(AttachmentRule, ATTACHMENTS),
    "schedule": schedule(_PLACES),
    "page_object": page_object,
}
#: An example for each key that a profile must have.
REQUIRED = {
    "title": '"The Government"',
    "base_url": '"https://www.example.org"',
    "language": '"sv"',
    "time_zone": '"Europe/Stockholm"',
    "discovery": '… as [[discovery]] tables, or extends = "NAME"',
}

_PLACES.update(
    {
        key: place
        for place, readers in (
            ("[schedule]", SCHEDULE),
            ("[removal]", REMOVAL),
            ("[crawl]", CRAWL),
            ("[[release]]", RELEASE),
            ("[[discovery]]", DISCOVERY),
            ("[wording]", WORDING),
            ("the file, above its first table", SITE),
        )
        for key in readers
    }
)
