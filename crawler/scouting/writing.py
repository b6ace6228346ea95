"""A survey as a profile file: TOML with comments, so that a person can go on from there."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import tomlkit
from tomlkit.items import Table

if TYPE_CHECKING:
    from crawler.reading.profiles import Discovery
    from crawler.scouting.survey import Survey

_NOT_NAME = re.compile(r"[^a-z0-9.-]+")


def site_name(survey: Survey) -> str:
    """The name that a site gets where nobody gives it one: its host without `www.`."""
    host = urlsplit(survey.base_url).netloc.lower().removeprefix("www.")
    return _NOT_NAME.sub("-", host).strip("-.") or "site"


def profile_text(survey: Survey, *, seen: dt.date) -> str:
    """The profile as a TOML file. Reading is left to the general rules until somebody writes better ones."""
    document = tomlkit.document()
    document.add(tomlkit.comment(f"{survey.title}: written by `pressvakt sites add` on {seen.isoformat()}."))
    document.add(
        tomlkit.comment(
            "docs/reference/profile.md describes every key; `pressvakt sites check URL` shows what is read."
        )
    )
    for line in survey.weak:
        document.add(tomlkit.comment(f"weak: {line}"))
    document.add(tomlkit.nl())
    document["title"] = survey.title
    document["base_url"] = survey.base_url
    document["language"] = survey.language
    document["time_zone"] = survey.time_zone.key
    if survey.pages:
        pages = tomlkit.array()
        for pattern in survey.pages:
            pages.append(tomlkit.string(pattern, literal=True))
        document["pages"] = pages
        document["pages"].comment("regular expressions for the paths of releases")
    lists = tomlkit.aot()
    for one in survey.lists:
        lists.append(_list(one.how, one.detail))
    document["discovery"] = lists
    return tomlkit.dumps(document)


def _list(how: Discovery, detail: str) -> Table:
    table = tomlkit.table()
    table.add(tomlkit.comment(detail))
    table["kind"] = how.kind
    table["url"] = how.url
    if how.kind == "json":
        for key in ("items_at", "link_at", "total_at"):
            if value := getattr(how, key):
                table[key] = value
    if how.kind == "html":
        table["items"] = how.items
        if how.next:
            table["next"] = how.next
    if "{" in how.url:
        table["page_size"] = how.page_size
        if how.first_page != 1:
            table["first_page"] = how.first_page
    return table
