"""Copies: the same release at other addresses or sites.

The index finds the releases that share the longest of its words, which few others do; of those few, the runs of words
that two texts have in common tell how much of the one is in the other. docs/decisions/0005 has the figures.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from changes.blocks import passages
from changes.copies import likeness, runs
from changes.sentences import words
from storage import rows
from storage.fulltext import any_of
from storage.tables import pages, sites, versions

if TYPE_CHECKING:
    from changes.release import Release
    from storage.records import Version
    from storage.search import Asked

#: Words that a release is sought by, pages that are looked at for it, versions of each, and rows read to find them.
WORDS, PAGES, PER_PAGE, ROWS = 24, 50, 3, 2_000
#: The share of the shorter text from which on two releases are copies.
LEAST = 0.2
#: A run that so many of those looked at say, and more than a quarter of them, is how offices sign, not what they say.
BOILERPLATE = 8


@dataclass(frozen=True, kw_only=True)
class Copy:
    """A release that says much of what another one says."""

    site: str
    url: str
    version: Version  #: the one most like it
    share: float  #: of the shorter text's runs of words, that the other has too


def find_copies(archive: Asked, version: Version, *, limit: int = 10) -> list[Copy]:
    """The pages of any site that say much of what a version says, in any of their versions; the most alike first."""
    wanted = _telling(version.release)
    if not wanted:
        return []
    candidates = _candidates(archive, version, wanted)
    known = {key: runs(one.release) for key, one in candidates.items()}
    by_page = _by_page(candidates, known)
    heard = Counter(run for said in by_page.values() for run in said)
    common = {run for run, count in heard.items() if count > max(BOILERPLATE, len(by_page) / 4)}
    own = runs(version.release) - common
    best: dict[int, tuple[float, Version]] = {}
    for key, one in candidates.items():
        share = likeness(own, known[key] - common)
        if share >= LEAST and share > best.get(one.page_id, (0.0, one))[0]:
            best[one.page_id] = share, one
    with archive._reading() as sql:  # noqa: SLF001 - same room
        found = sql.rows(
            select(pages.c.id, pages.c.url, sites.c.name)
            .join(sites, sites.c.id == pages.c.site_id)
            .where(pages.c.id.in_(list(best)))
        )
    copies = [
        Copy(site=row.name, url=row.url, version=best[row.id][1], share=round(best[row.id][0], 3)) for row in found
    ]
    return sorted(copies, key=lambda copy: (-copy.share, copy.url))[:limit]


def _telling(release: Release) -> list[str]:
    """The longest words of a release: few other releases say them."""
    said = dict.fromkeys(words("\n".join((release.title, *(block.text for block in passages(release))))))
    return sorted(said, key=lambda word: (-len(word), word))[:WORDS]


def _candidates(archive: Asked, version: Version, wanted: list[str]) -> dict[int, Version]:
    """Versions of other pages that share words, those first that share the most and the rarest."""
    taken: dict[int, list[int]] = {}
    for number, row in enumerate(archive.index_rows(any_of(wanted), ranked=True)):
        if number >= ROWS:
            break
        if row.page_id == version.page_id:
            continue
        if row.page_id not in taken and len(taken) == PAGES:
            break
        of_page = taken.setdefault(row.page_id, [])
        if len(of_page) < PER_PAGE:
            of_page.append(row.id)
    keys = [key for of_page in taken.values() for key in of_page]
    with archive._reading() as sql:  # noqa: SLF001 - same room
        return {row.id: rows.version(row) for row in sql.rows(versions.select().where(versions.c.id.in_(keys)))}


def _by_page(candidates: dict[int, Version], known: dict[int, frozenset[str]]) -> dict[int, set[str]]:
    out: dict[int, set[str]] = {}
    for key, one in candidates.items():
        out.setdefault(one.page_id, set()).update(known[key])
    return out
