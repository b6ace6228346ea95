"""Pages that change their address without a word: no redirect, a 404 where they stood, the same text elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.reread import reread
from storage.audits import Action, Audit
from tests.journeys.watch import START, Watch
from tests.press_site import PressSite
from tests.tables import contents

OLD, NEW = "/pressmeddelanden/2026/09/fler-platser/", "/pressmeddelanden/2026/09/fler-platser-i-norrvik/"
OTHER = "/pressmeddelanden/2026/09/nya-vagar/"
AUDIT = Audit(at=START, who="keeper", action=Action.REREAD, reason="the profile was corrected")
TEXT = (
    "Regeringen ger i dag Kriminalvården i uppdrag att bygga 160 nya platser vid anstalten i Norrvik.\n\n"
    "Arbetet ska vara klart senast den 1 december 2027. Uppdraget redovisas till departementet.\n\n"
    "Kostnaden beräknas till 12 miljoner kronor och ryms inom beslutade ramar för myndigheten."
)


@pytest.fixture
def site() -> Iterator[PressSite]:
    with PressSite() as site:
        site.add(OLD, title="Fler platser i Norrvik", body=TEXT)
        site.add(OTHER, title="Nya vägar i norr", body=TEXT.replace("platser", "vägar").replace("anstalten", "kusten"))
        for number in range(8):
            body = f"{TEXT}\n\nDetta är beslut nummer {number} i raden av beslut om {number + 3} orter i landet."
            site.add(f"/pressmeddelanden/2026/07/beslut-{number}/", title=f"Beslut {number} om orter", body=body)
        yield site


@pytest.fixture
def watch(site: PressSite, tmp_path: Path) -> Iterator[Watch]:
    with Watch(site, tmp_path) as watch:
        watch.crawl()
        watch.news()
        yield watch


def rename(site: PressSite, *, title: str = "Fler platser i Norrvik", text: str = TEXT) -> None:
    site.remove(OLD)
    site.add(NEW, title=title, body=text)


def test_a_renamed_slug_is_a_move_and_the_history_goes_on(site: PressSite, watch: Watch) -> None:
    before = watch.page(OLD)
    rename(site)

    assert watch.look() == [("moved", NEW)]
    assert watch.page(NEW).id == before.id
    assert [watch.look() for _ in range(3)] == [[], [], []]


def test_what_was_edited_on_the_way_is_an_edit(site: PressSite, watch: Watch) -> None:
    rename(site, title="Färre platser i Norrvik", text=TEXT.replace("160", "100"))

    assert watch.look() == [("moved", NEW), ("edited", NEW)]


def test_another_release_is_news_and_the_missing_one_is_removed(site: PressSite, watch: Watch) -> None:
    site.remove(OLD)
    site.add(NEW, title="Havets dag", body="Havsministern bjuder in till havets dag i Sillvik.\n\n" * 4)

    found = [change for _ in range(3) for change in watch.look()]

    assert sorted(found) == [("published", NEW), ("removed", OLD)]


def test_a_copy_beside_the_first_is_published_and_nothing_moves(site: PressSite, watch: Watch) -> None:
    site.add(NEW, title="Fler platser i Norrvik", body=TEXT)

    found = [change for _ in range(4) for change in watch.look()]

    assert found == [("published", NEW)]


def test_a_page_that_was_not_due_is_looked_at_before_its_twin_counts_as_new(site: PressSite, watch: Watch) -> None:
    rename(site)
    old = watch.page(OLD)

    watch.crawl(due=lambda page: page.id != old.id)
    first = watch.seen()

    assert first == []
    assert watch.look() == [("moved", NEW)]


def test_rereading_leaves_a_move_as_it_is(site: PressSite, watch: Watch) -> None:
    rename(site, title="Färre platser i Norrvik", text=TEXT.replace("160", "100"))
    watch.crawl()
    file = Path(watch.archive._database.where)
    before = contents(file)

    done = list(reread(watch.archive, f"sqlite:///{file}", watch.profile, AUDIT, processes=1))

    assert [one.url for one in done if one.correction is not None or one.left or one.damaged] == []
    assert contents(file) == before
