"""Real edits of real press releases, and pairs that a converter's update made look different.

What is true of a pair is worked out here from its Markdown by rules of their own, not by the code under test. The
floors may only rise.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from changes.compare import compare, text_digest
from changes.kinds import Finding, Kind
from changes.markdown import read_release
from changes.release import Release, letters

PRESS, OTHER, NOISE = "pairs_press_dev", "pairs_other_dev", "nochange_dev"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two looks at one page."""

    path: str
    label: str
    before: Release
    after: Release
    fields: frozenset[str]  #: of the text, those that truly differ

    @property
    def findings(self) -> tuple[Finding, ...]:
        return compare(self.before, self.after)


def pairs(shared: Path, name: str, *labels: str) -> Iterator[Pair]:
    with gzip.open(shared / "data" / "regeringen_versions" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if labels and row["label"] not in labels:
                continue
            old, new = plain(row["text_before"]), plain(row["text_after"])
            yield Pair(
                path=row["path"],
                label=row["label"],
                before=read_release(row["text_before"], base_url=row["url"]),
                after=read_release(row["text_after"], base_url=row["url"]),
                fields=frozenset(
                    name for name, one, two in zip(("title", "body"), old, new, strict=True) if one != two
                ),
            )


def plain(markdown: str) -> tuple[str, str]:
    """The letters of the title and of all the rest, by a few blunt replacements."""
    text = re.sub(r"(?m)^\s*\|[\s|:-]*\|\s*$", "", markdown)
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", text)
    text = re.sub(r"\]\((?:[^()\s]|\([^()]*\))*(?:\s+\"[^\"]*\")?\)", "]", text)
    text = re.sub(r"[\[\]]", "", text)
    text = re.sub(r"(?m)^\s*[*+]\s|^\s*\d+\\?\.\s|^\s*-{3,}\s*$", "", text)
    text = re.sub(r"\\(?=[^\w\s])", "", text)
    title, _, body = re.sub(r"[*_|`]", "", text).partition("\n")
    return letters(title.lstrip("# ")), letters(re.sub(r"(?m)^#+\s", "", body))


def test_another_converter_is_no_change(shared: Path) -> None:
    noise = list(pairs(shared, NOISE))
    assert len(noise) == 197
    assert [pair.path for pair in noise if pair.findings] == []
    assert [pair.path for pair in noise if text_digest(pair.before) != text_digest(pair.after)] == []


@pytest.mark.parametrize(("name", "floor"), [(PRESS, 49), (OTHER, 438)])
def test_every_edit_is_found_and_named_where_it_is(shared: Path, name: str, floor: int) -> None:
    edits = [pair for pair in pairs(shared, name, "text_change") if pair.fields]
    wrong = [pair.path for pair in edits if text_fields(pair) != pair.fields]
    assert wrong == []
    assert len(edits) >= floor
    for pair in edits:
        (found,) = pair.findings
        assert found.kind is Kind.EDITED
        assert found.silent
        assert found.labels, pair.path


def test_a_link_that_leads_elsewhere_is_named_as_such(shared: Path) -> None:
    moved = list(pairs(shared, PRESS, "link_target_only"))
    assert [[found.fields for found in pair.findings] for pair in moved] == [[("links",)]] * 3


@pytest.mark.parametrize(("name", "floor"), [(PRESS, 12), (OTHER, 7)])
def test_markup_is_no_change(shared: Path, name: str, floor: int) -> None:
    # a hyphen that became a dash of speech was labelled as markup there; a reader sees it, so it counts as an edit
    markup = [pair for pair in pairs(shared, name, "markup_only", "table_markup_only") if not pair.fields]
    assert len(markup) >= floor
    assert [pair.path for pair in markup if pair.findings] == []


def test_a_dash_that_came_is_an_edit_of_punctuation(shared: Path) -> None:
    dashes = [pair for pair in pairs(shared, PRESS, "markup_only") if pair.fields]
    assert len(dashes) == 5
    assert {pair.findings[0].labels for pair in dashes} == {("punctuation",)}


@pytest.mark.parametrize(
    ("part", "label"),
    [
        ("satsningar-for-att-halla-uppe-trycket-i-utbyggnaden", "figure"),
        ("trafikverket-har-redovisat", "date"),
        ("sjukvardsministern-haller-presstraff-om-omstallningen", "cancelled"),
        ("presstraff-om-insatser-for-okad-vardkapacitet", "reminder"),
        ("i-augusti-hojs-den-hogsta-ersattningen", "name"),
        ("jef-bidrar", "contact"),
        ("nytt-paket-for-ett-starkare-civilt-forsvar", "added"),
    ],
)
def test_known_edits_get_their_labels(shared: Path, part: str, label: str) -> None:
    known = [pair for pair in pairs(shared, PRESS, "text_change") if part in pair.path]
    assert known
    assert any(label in pair.findings[0].labels for pair in known)


def text_fields(pair: Pair) -> set[str]:
    return {field for found in pair.findings for field in found.fields if field in ("title", "body")}
