"""The demo's world: an invented country, its press releases and the people they name, read from TOML beside this file."""

from __future__ import annotations

import datetime as dt
import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

#: The Monday on which the week begins: day 0.
START = dt.date(2026, 9, 14)

Language = Literal["en", "sv"]


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Someone the press may ring."""

    name: str
    role: str
    phone: str
    mail: str


@dataclass(frozen=True, kw_only=True)
class File:
    """A file that a release offers. `href` is where it stands; pages link to it below a prefix that rotates."""

    href: str
    name: str
    size: str
    lines: tuple[str, ...]
    replaced: tuple[str, ...] = ()  #: what it says once it has been replaced


@dataclass(frozen=True, kw_only=True)
class Release:
    """A release as it was published. `text` is in the demo's small markup (see `markup`)."""

    key: str
    language: Language
    path: str
    published: dt.datetime  #: on the site's own clock, no zone
    kind: str
    senders: tuple[str, ...]
    title: str
    text: str
    lead: str | None = None
    contact: Contact | None = None
    file: File | None = None
    minister: str | None = None  #: "she was Minister for Harbours"; the page notes it once she has left
    political: bool = False  #: archived when the Government falls
    period: tuple[dt.date, dt.date] | None = None  #: the government of a page that is archived from the first

    @property
    def site(self) -> str:
        """The name of the profile that watches this release."""
        return "demo" if self.language == "en" else "demo-sv"

    @property
    def day(self) -> int:
        """The day on which it appears; 0 where it was there before the week began."""
        return max(0, (self.published.date() - START).days)


@functools.cache
def releases() -> tuple[Release, ...]:
    """Every release of the world, newest first."""
    people = load("people.toml")
    found = [_release(row, "en", people) for row in load("world_en.toml")["release"]]
    found += [_release(row, "sv", people) for row in load("world_sv.toml")["release"]]
    return tuple(sorted(found, key=lambda release: (release.published, release.path), reverse=True))


@functools.cache
def last_government() -> tuple[dt.date, dt.date]:
    """First and last day of the government that falls during the week."""
    era = load("people.toml")["era"]["strandljus"]
    return era["since"], era["until"]


def load(name: str) -> dict[str, Any]:
    """One of the TOML files beside this module."""
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text("utf-8"))


def _release(row: Mapping[str, Any], language: Language, people: Mapping[str, Any]) -> Release:
    more = dict(row)
    file, contact, minister, era = (more.pop(key, None) for key in ("file", "contact", "minister", "era"))
    who = people["contact"][contact] if contact else None
    return Release(
        **{**more, "senders": tuple(row["senders"])},
        language=language,
        contact=Contact(name=who["name"], role=who[language], phone=who["phone"], mail=who["mail"]) if who else None,
        file=_file(file) if file else None,
        minister=people["minister"][minister][language] if minister else None,
        period=(people["era"][era]["since"], people["era"][era]["until"]) if era else None,
    )


def _file(row: Mapping[str, Any]) -> File:
    return File(
        href=f"/files/{row['slug']}",
        name=row["name"],
        size=row["size"],
        lines=tuple(row["lines"]),
        replaced=tuple(row.get("replaced", ())),
    )
