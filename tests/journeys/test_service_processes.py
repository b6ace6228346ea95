"""The supervised crawl process: a page that holds it takes nothing else with it, and a crawl outlives it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.orders import Order
from crawler.reading.profiles import SiteProfile
from scheduler.supervisor import Supervisor
from storage.archive import Archive
from tests.journeys.watch import profile_of
from tests.press_site import Answer, PressSite, Request

PATHS = [f"/pressmeddelanden/2026/09/beslut-{number}/" for number in range(6)]
TRAP = "/pressmeddelanden/2026/09/falla/"


def text(number: int) -> str:
    rest = " ".join(f"Punkt {point} i beslut {number} gäller skolor och vägar i landet." for point in range(1, 9))
    return f"<p>Regeringen har beslutat om {100 + number} miljoner kronor.</p><p>{rest}</p>"


@pytest.fixture
def site() -> Iterator[PressSite]:
    with PressSite() as site:
        for number, path in enumerate(PATHS):
            site.add(path, title=f"Beslut {number} om orter", body=text(number))
        yield site


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(f"sqlite:///{tmp_path / 'press.db'}") as archive:
        yield archive


@pytest.fixture
def supervised() -> Iterator[Callable[..., Supervisor]]:
    """Makes supervisors, and ends them with the test."""
    made: list[Supervisor] = []

    def make(*, limit: float = 5, recycle: int = 300) -> Supervisor:
        made.append(Supervisor(limit=limit, recycle=recycle))
        return made[-1]

    yield make
    for supervisor in made:
        supervisor.stop(0)
        assert processes_of(os.getpid()) == []


def order(archive: Archive, profile: SiteProfile, tmp_path: Path, key: str = "1") -> Order:
    del archive
    return Order(
        key=key,
        profile=profile,
        database=f"sqlite:///{tmp_path / 'press.db'}",
        user_agent="Pressvakt/test (+test@pressvakt.example)",
        allow_private=("127.0.0.1",),
    )


def runaway(site: PressSite, **fields: object) -> SiteProfile:
    """A profile with an expression in it that never ends on a title of many a."""
    profile = profile_of(site, **fields)
    return replace(profile, wording=replace(profile.wording, missing=("(a+)+$",)))


def processes_of(parent: int) -> list[int]:
    """The crawl processes of this one."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
            above = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if b"crawler.child" in words and above == parent:
            found.append(int(folder.name))
    return found


def states(archive: Archive) -> dict[str, int | None]:
    site = archive.sites()[0]
    return {page.url.partition("/press")[2]: page.version for page in archive.pages(site.id)}


def test_a_page_that_holds_its_reader_for_ever_is_unreadable_all_others_are_read_and_the_operator_is_told_once(
    site: PressSite, archive: Archive, supervised: Callable[..., Supervisor], tmp_path: Path
) -> None:
    site.add(TRAP, title="a" * 60 + "!", body=text(9))
    supervisor = supervised()
    for key in ("1", "2"):
        stats = supervisor.start(order(archive, runaway(site), tmp_path, key)).result(120)
        assert stats["page/fault/unreadable"] == 1
    found = states(archive)
    assert [path for path, version in found.items() if version is None] == [TRAP.partition("/press")[2]]
    assert len(found) == len(PATHS) + 1
    assert [str(notice.kind) for notice in archive.notices()] == ["unreadable"]
    assert supervisor.killed == 2

    site.edit(TRAP, title="Beslut om hamnar")
    stats = supervisor.start(order(archive, runaway(site), tmp_path, "3")).result(120)
    assert stats["page/published"] == 1
    assert [str(notice.kind) for notice in archive.notices()] == ["unreadable", "recovered"]


def test_a_page_nested_a_hundred_thousand_times_keeps_no_other_from_being_read(
    site: PressSite, archive: Archive, supervised: Callable[..., Supervisor], tmp_path: Path
) -> None:
    deep = "<html><body><main>" + "<div>" * 100_000 + "<h1>Djup</h1>" + "</div>" * 100_000 + "</main></body></html>"
    site.add(TRAP, title="Djup", body=text(9))
    site.answer(TRAP, lambda _: Answer(status=200, headers={"Content-Type": "text/html"}, body=deep.encode()))
    stats = supervised(limit=20).start(order(archive, profile_of(site), tmp_path)).result(120)
    assert stats["page/published"] == len(PATHS)
    assert stats["planned"] == len(PATHS) + 1


def test_a_crawl_is_taken_up_again_by_the_next_process_when_one_is_killed(
    site: PressSite, archive: Archive, supervised: Callable[..., Supervisor], tmp_path: Path
) -> None:
    def kill(request: Request) -> None:
        del request
        for process in processes_of(os.getpid()):
            os.kill(process, signal.SIGKILL)

    site.answer(PATHS[3], kill, times=1)
    stats = supervised().start(order(archive, profile_of(site), tmp_path)).result(120)
    assert stats["page/published"] + stats.get("page/unchanged", 0) >= 1
    assert set(states(archive).values()) == {1}
    assert [crawl.reason for crawl in archive.crawls()] == ["finished", "killed"]
    assert list(archive.notices()) == []


def test_sites_of_one_host_are_crawled_one_after_the_other(
    site: PressSite, archive: Archive, supervised: Callable[..., Supervisor], tmp_path: Path
) -> None:
    del archive
    supervisor = supervised()
    with Archive.open(f"sqlite:///{tmp_path / 'press.db'}") as archive:
        ends = [
            supervisor.start(order(archive, replace(profile_of(site), name=name), tmp_path, name))
            for name in ("one", "two")
        ]
        assert [end.result(120)["page/published"] for end in ends] == [len(PATHS)] * 2
        second, first = archive.crawls()
        assert first.ended_at is not None
        assert second.started_at >= first.ended_at


def test_a_process_is_replaced_after_as_many_crawls_as_it_was_given(
    site: PressSite, archive: Archive, supervised: Callable[..., Supervisor], tmp_path: Path
) -> None:
    supervisor = supervised(recycle=2)
    seen = set()
    for number in range(4):
        supervisor.start(order(archive, profile_of(site), tmp_path, str(number))).result(120)
        seen |= set(processes_of(os.getpid()))
    assert 2 <= len(seen) <= 3
