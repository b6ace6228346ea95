"""Filtered changes: by marks and spans the archive finds just those that looking at every change finds."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Iterator
from typing import Any

import pytest

from changes.compare import text_digest
from changes.kinds import Finding, Kind
from changes.release import Block, BlockKind, Release
from storage import marking, narrowing
from storage.audits import Action, Audit, audited
from storage.records import Change
from storage.rows import pack_release
from storage.tables import changes, versions
from tests.contract.desk import HOUR, NOON, Desk, keep

SITES = ("press.example", "other.example", "third.example")
SENDERS = ("Ministry of Finance", "FINANSDEPARTEMENTET", "Straße & Söhne", "Ministry of Health")
LABELS, FIELDS = ("figure", "date", "typo", "contact"), ("title", "body", "contacts")
KINDS = (Kind.EDITED, Kind.EDITED, Kind.PUBLISHED, Kind.ARCHIVED, Kind.REMOVED)


def _release(sender: str, words: str) -> Release:
    body = (Block(kind=BlockKind.PARAGRAPH, text=words, markdown=words),)
    return Release(title=f"News of {words}", body=body, senders=(sender,))


@pytest.fixture
def many(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Two hundred changes of three sites, some of them found long after they happened; spans and chunks are small."""
    monkeypatch.setattr(narrowing, "COMMON", 20)
    monkeypatch.setattr("storage.listing._FEW", 3)
    monkeypatch.setattr("storage.listing._MANY", 7)
    chance = random.Random(5)
    with desk.archive.writing() as unit:
        ids = [unit.add_site(name).id for name in SITES]
        pages = [unit.add_page(ids[n % 3], f"https://{SITES[n % 3]}/{n}", at=NOON, baseline=False) for n in range(20)]
        for number in range(200):
            page, at = chance.choice(pages), NOON + number * HOUR - chance.choice((0, 0, 0, 90)) * HOUR
            release = _release(chance.choice(SENDERS), f"ferry {number}")
            kept = keep(unit, page, f"{number}".encode(), at=at)
            version = unit.add_version(
                page.id, snapshot_id=kept.id, release=release, digest=text_digest(release), rules="r", at=at
            )
            finding = Finding(kind=chance.choice(KINDS))
            if finding.kind is Kind.EDITED:
                labels = tuple(chance.sample(LABELS, chance.randint(0, 2)))
                finding = Finding(kind=Kind.EDITED, labels=labels, fields=tuple(chance.sample(FIELDS, 1)))
            unit.add_change(
                page.id, finding, before=version.number - 1 or None, after=version.number, title=release.title,
                url=page.url, at=at, baseline=False,
            )  # fmt: skip
    return desk


QUESTIONS: dict[str, list[Any]] = {
    "site": [*SITES, "none.example"],
    "kinds": [[Kind.EDITED], [Kind.REMOVED, Kind.ARCHIVED], [Kind.OFFICEHOLDER]],
    "labels": [["figure"], ["typo", "date"], ["quote"]],
    "fields": [["body"], ["title", "contacts"]],
    "senders": [["finans"], ["STRASSE"], ["ministry of"], ["nobody"]],
    "since": [NOON + 50 * HOUR, NOON + 300 * HOUR],
    "until": [NOON + 120 * HOUR, NOON - 200 * HOUR],
    "match": ["ferry 17", "NEWS OF"],
}


def _asked() -> Iterator[dict[str, Any]]:
    yield {}
    for names in itertools.chain(itertools.combinations(QUESTIONS, 1), itertools.combinations(QUESTIONS, 2)):
        for values in itertools.product(*(QUESTIONS[name] for name in names)):
            yield dict(zip(names, values, strict=True))


def _said(desk: Desk, change: Change) -> list[Release]:
    (page,) = desk.archive.find_page(change.url)
    numbers = [number for number in (change.before, change.after) if number is not None]
    return [version.release for number in numbers if (version := desk.archive.version(page.id, number)) is not None]


def _fits(change: Change, said: list[Release], asked: dict[str, Any]) -> bool:
    needle = asked.get("match", "").casefold()
    return (
        asked.get("site", change.site) == change.site
        and (not asked.get("kinds") or change.kind in asked["kinds"])
        and (not asked.get("labels") or bool(set(asked["labels"]) & set(change.finding.labels)))
        and (not asked.get("fields") or bool(set(asked["fields"]) & set(change.finding.fields)))
        and asked.get("since", change.detected_at) <= change.detected_at
        and ("until" not in asked or change.detected_at < asked["until"])
        and (
            "senders" not in asked
            or any(one.casefold() in name.casefold() for one in asked["senders"] for r in said for name in r.senders)
        )
        and any(needle in f"{r.title}\n{r.body[0].text}".casefold() for r in said)
    )


def _held_against_all(desk: Desk, *, every: int = 1) -> None:
    everything = [(change, _said(desk, change)) for change in desk.archive.changes()]
    assert len(everything) == 200
    for asked in itertools.islice(_asked(), None, None, every):
        wanted = [change.id for change, said in everything if _fits(change, said, asked)]
        assert [change.id for change in desk.archive.changes(**asked)] == wanted, asked
        newest = [change.id for change in desk.archive.changes(**asked, newest_first=True, limit=5)]
        assert newest == wanted[::-1][:5], asked
        if wanted:
            after = desk.archive.changes(**asked, after_id=wanted[0], limit=2)
            assert [change.id for change in after] == wanted[1:3], asked


def test_every_filter_and_every_two_find_what_looking_at_all_finds(many: Desk) -> None:
    _held_against_all(many, every=3)


def test_what_nobody_has_marked_is_found_and_marked_it_is_found_too(many: Desk) -> None:
    with many.archive.writing() as unit:
        unit._sql.ask(marking.clear)
    assert many.archive.unindexed() == 200
    _held_against_all(many, every=17)
    with many.archive.writing() as unit:
        assert unit.index_more(1000) == 200
    assert many.archive.unindexed() == 0
    _held_against_all(many, every=11)


def test_a_change_that_is_corrected_is_found_by_what_it_says_now(many: Desk) -> None:
    first = next(iter(many.archive.changes(kinds=[Kind.PUBLISHED])))
    (page,) = many.archive.find_page(first.url)
    with many.archive.writing() as unit:
        audit = Audit(at=NOON, who="test", action=Action.REREAD, reason="", page_id=page.id)
        with audited(unit._sql, audit, {}):
            release = pack_release(_release("Ministry of Sound", "a boat"))
            numbered = (versions.c.page_id == page.id) & (versions.c.number == first.after)
            unit._sql.run(versions.update().where(numbered).values(release=release))
            values = {"kind": "edited", "finding": '{"kind":"edited","labels":["quote"],"fields":["lead"]}'}
            values["detected_at"] = NOON + dt.timedelta(days=900)  # type: ignore[assignment]
            unit._sql.run(changes.update().where(changes.c.id == first.id).values(**values))
    for asked in (
        {"labels": ["quote"]}, {"fields": ["lead"]}, {"senders": ["sound"]}, {"since": NOON + 800 * 24 * HOUR},
        {"labels": ["quote"], "senders": ["of sound"], "site": first.site, "kinds": [Kind.EDITED]},
    ):  # fmt: skip
        assert first.id in [change.id for change in many.archive.changes(**asked)], asked
    assert first.id not in [change.id for change in many.archive.changes(kinds=[Kind.PUBLISHED])]
