"""Is everything documented? A command, key, kind or variable without its heading in docs/reference fails here."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from changes.compare import FIELDS
from changes.kinds import Kind, SiteNotice
from changes.labels import Label
from changes.presence import RemovalRule
from crawler.reading.profiles import AttachmentRule, Discovery, Politeness, ReleaseRules, Schedule, SiteProfile, Wording
from pressvakt.objects import CHANGE_COLUMNS
from pressvakt.reference import command_line, helps

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
ROOMS = ("alerts", "changes", "crawler", "pressvakt", "scheduler", "storage", "web")
#: Keys of the records that no profile's author writes.
NOT_IN_FILES: set[str] = set()


def headings(page: str) -> list[str]:
    """The headings of a page of the reference, without their marks."""
    found = re.findall(r"^#{1,6} +(.+?)\s*$", (DOCS / "reference" / page).read_text("utf-8"), re.MULTILINE)
    return [heading.replace("`", "") for heading in found]


def all_headings() -> set[str]:
    return {heading for page in (DOCS / "reference").glob("*.md") for heading in headings(page.name)}


@pytest.mark.parametrize("path", [path for path, _ in helps()])
def test_every_command_has_its_heading(path: str) -> None:
    assert path in headings("cli.md")


def test_the_reference_of_the_command_line_is_what_help_says() -> None:
    assert command_line().strip() in (DOCS / "reference" / "cli.md").read_text("utf-8")


@pytest.mark.parametrize("kind", [*Kind, *SiteNotice])
def test_every_kind_of_change_and_notice_has_its_heading(kind: str) -> None:
    assert kind in headings("kinds.md")


@pytest.mark.parametrize("word", sorted({*CHANGE_COLUMNS, *FIELDS, *Label}))
def test_every_key_field_and_label_of_a_change_is_told_among_the_kinds(word: str) -> None:
    assert f"`{word}`" in (DOCS / "reference" / "kinds.md").read_text("utf-8")


def test_every_variable_of_the_environment_has_its_heading() -> None:
    # in the crawler, names that start so are settings of Scrapy
    rooms = [ROOT / room for room in ROOMS if room != "crawler"]
    code = "".join(file.read_text("utf-8") for room in rooms for file in room.rglob("*.py"))
    read = set(re.findall(r"\"(PRESSVAKT_[A-Z_]+)\"", code))

    assert read - all_headings() == set()
    assert {"PRESSVAKT_CONFIG", "PRESSVAKT_DATABASE"} <= read


@pytest.mark.parametrize(
    "record", [SiteProfile, Discovery, ReleaseRules, Wording, Politeness, RemovalRule, AttachmentRule, Schedule]
)
def test_every_key_of_a_profile_has_its_heading(record: type) -> None:
    keys = {field.name for field in fields(record)} - NOT_IN_FILES

    assert {
        key for key in keys if not any(key in re.split(r"[\s.,]+", heading) for heading in headings("profile.md"))
    } == set()


def targets(page: Path) -> list[str]:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    return [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"[a-z]+:", target)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_within_the_docs_leads_somewhere(page: Path) -> None:
    dead = []
    for target in targets(page):
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            dead.append(target)

    assert dead == []


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    found = re.findall(r"^#{1,6} +(.+?)\s*$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_every_page_of_the_docs_is_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        waiting += [(page.parent / target.partition("#")[0]).resolve() for target in targets(page) if target[0] != "#"]

    assert {page for page in DOCS.rglob("*.md") if page not in reached} == set()


def test_the_readme_is_a_page_not_a_wall() -> None:
    assert 105 <= len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150


def test_the_changelog_has_its_unreleased_part_on_top() -> None:
    first = re.search(r"^## .+$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)

    assert first is not None
    assert first[0] == "## Unreleased"
