"""Importing is crawling after the fact: the same answers, in whatever order and portions, give the same history."""

from __future__ import annotations

import atexit
import datetime as dt
import random
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crawler.archivist import Archivist
from crawler.items import Fetch
from crawler.reread import reread
from storage.archive import Archive
from storage.audits import Action, Audit
from storage.inspection import verify
from storage.records import Snapshot
from tests.past import HOUR, NOW, OFFICE, PROFILE, START, Kept, bring, page, warc_of
from tests.tables import contents

AUDIT = Audit(at=NOW, who="keeper", action=Action.REREAD, reason="a test")
#: What a page says at one look. Figures alone differ: each is news, and none is half a page.
LOOKS = st.lists(st.sampled_from(["160", "100", "120", "1,600", "sixty"]), min_size=1, max_size=6)
#: Without shrinking: an example is two archives on disk, and its seeds say enough.
_SETTINGS = settings(
    deadline=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


@cache
def _empty() -> Path:
    """An archive with nothing in it: making one takes longer than all else that a test does."""
    path = Path(tempfile.mkdtemp(prefix="pressvakt-empty-")) / "empty.db"
    Archive.open(f"sqlite:///{path}").close()
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    return path


def fresh(path: Path) -> Archive:
    shutil.copy(_empty(), path)
    return Archive.open(f"sqlite:///{path}")


def kept(words: Sequence[str], name: str = "bridge") -> list[Kept]:
    url = f"{OFFICE}/news/{name}"
    return [
        Kept(url=url, at=START + number * HOUR, body=page(word, title=f"The decision on the {name}", nonce=str(number)))
        for number, word in enumerate(words)
    ]


def crawl(archive: Archive, some: Sequence[Kept]) -> None:
    """One crawl an answer, each after the one before."""
    for one in some:
        with archive.writing() as unit:
            site = unit.add_site(PROFILE.name)
            number = unit.start_crawl(site.id, one.at)
        archivist = Archivist(archive, PROFILE, site, number)
        archivist.record(
            Fetch(url=one.url, final_url=one.url, fetched_at=one.at, status=200, headers=one.headers, body=one.body)
        )
        archivist.flush()
        with archive.writing() as unit:
            unit.end_crawl(number, at=one.at, reason="finished", stats={})
            unit.end_baseline(site.id)


def versions(archive: Archive) -> list[tuple[object, ...]]:
    site = archive.site(PROFILE.name)
    assert site is not None
    return [
        (page.url, one.number, one.digest, one.first_seen, one.last_seen, one.visits, one.rules)
        for page in sorted(archive.pages(site.id), key=lambda page: page.url)
        for one in archive.versions(page.id)
    ]


def changes(archive: Archive) -> list[tuple[object, ...]]:
    found = [
        (one.url, one.detected_at, one.kind, one.before, one.after, one.title, one.finding) for one in archive.changes()
    ]
    return sorted(found, key=repr)


def test_of_one_series_crawled_and_imported_nothing_differs_but_the_way(tmp_path: Path) -> None:
    some = kept(["160", "160", "100", "100", "120"])
    with fresh(tmp_path / "a.db") as crawled, fresh(tmp_path / "b.db") as got:
        crawl(crawled, some)
        bring(got, warc_of(some, tmp_path / "past.warc.gz"))

        assert versions(got) == versions(crawled)
        assert changes(got) == changes(crawled)
        assert len(changes(got)) == 3


@_SETTINGS
@given(LOOKS, LOOKS, st.integers(0, 2**32))
def test_series_in_any_order_and_portions_give_what_crawls_in_order_gave(
    one: list[str], other: list[str], seed: int
) -> None:
    some = [*kept(one), *kept(other, "ferry")]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            fresh(folder / "crawled.db") as crawled,
            fresh(folder / "imported.db") as imported,
        ):
            crawl(crawled, sorted(some, key=lambda kept: kept.at))
            chance = random.Random(seed)
            chance.shuffle(some)
            while some:
                many = chance.randint(1, len(some))
                bring(imported, warc_of(some[:many], folder / "past.warc.gz"))
                some = some[many:]

            assert versions(imported) == versions(crawled)
            assert changes(imported) == changes(crawled)
            assert list(verify(imported)) == []


@_SETTINGS
@given(LOOKS, st.lists(st.booleans(), min_size=8, max_size=8))
def test_what_is_imported_between_crawls_is_as_if_it_had_been_crawled(words: list[str], live: list[bool]) -> None:
    some = kept(words)
    mine = [one for one, crawled in zip(some, live, strict=False) if crawled]
    theirs = [one for one, crawled in zip(some, live, strict=False) if not crawled]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            fresh(folder / "crawled.db") as whole,
            fresh(folder / "mixed.db") as mixed,
        ):
            crawl(whole, some)
            crawl(mixed, mine)
            if theirs:
                bring(mixed, warc_of(theirs, folder / "past.warc.gz"))

            said = {one[2] for one in versions(whole)}
            assert {one[2] for one in versions(mixed)} <= said
            assert list(verify(mixed)) == []
            times = [moment for one in versions(mixed) for moment in (one[3], one[4])]
            assert times == sorted(times)  # type: ignore[type-var]


@_SETTINGS
@given(LOOKS)
def test_a_second_import_and_a_reread_by_the_same_rules_leave_every_row_alone(words: list[str]) -> None:
    some = kept(words)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with fresh(folder / "press.db") as archive:
            file = warc_of(some, folder / "past.warc.gz")
            bring(archive, file)
            before = contents(folder / "press.db")

            bring(archive, file)
            done = list(reread(archive, f"sqlite:///{folder / 'press.db'}", PROFILE, AUDIT))

            assert [one.correction for one in done] == [None]
            assert contents(folder / "press.db") == before


def test_of_two_answers_of_one_moment_it_does_not_matter_which_came_first(tmp_path: Path) -> None:
    both = [replace(one, at=START) for one in kept(["160", "100"])] + [replace(kept(["120"])[0], at=START + HOUR)]
    found = []
    for number, order in enumerate((both, both[::-1])):
        with Archive.open(f"sqlite:///{tmp_path / f'{number}.db'}") as archive:
            for one in order:
                bring(archive, warc_of([one], tmp_path / "past.warc.gz"))
            found.append((versions(archive), changes(archive)))
    assert found[0] == found[1]


def snapshots(archive: Archive) -> list[Snapshot]:
    site = archive.site(PROFILE.name)
    assert site is not None
    return [one for page in archive.pages(site.id) for one in archive.snapshots(page.id)]


def test_half_a_second_is_kept(tmp_path: Path) -> None:
    some = [replace(one, at=one.at + dt.timedelta(microseconds=500_001)) for one in kept(["160"])]
    with fresh(tmp_path / "press.db") as archive:
        bring(archive, warc_of(some, tmp_path / "past.warc.gz"))
        assert [one.captured_at for one in snapshots(archive)] == [some[0].at]
