"""A purged page is left alone by every crawl that follows, until somebody lets it in again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.audits import Action, Audit
from storage.purging import purge_page, unblock
from tests.journeys.test_watching import PLACES, ROADS, TEXT
from tests.journeys.watch import START, Watch
from tests.press_site import PressSite

WHY = Audit(at=START, who="keeper", action=Action.PURGE, reason="asked by the person named")


@pytest.fixture
def site() -> Iterator[PressSite]:
    with PressSite() as site:
        site.add(PLACES, title="Fler platser i Norrvik", body=TEXT)
        site.add(ROADS, title="Nya vägar i norr", body=TEXT.replace("platser", "vägar"))
        yield site


def test_a_purged_page_is_not_fetched_again_unless_asked(site: PressSite, tmp_path: Path) -> None:
    with Watch(site, tmp_path) as watch:
        watch.crawl()
        url = watch.page(PLACES).url
        purge_page(watch.archive, watch.page(PLACES), WHY)
        hits = len(site.hits(PLACES))
        watch.news()
        site.edit(PLACES, title="Ännu fler platser")

        assert [watch.look(), watch.look()] == [[], []]
        assert len(site.hits(PLACES)) == hits
        assert watch.archive.find_page(url) == []

        assert unblock(watch.archive, url)
        watch.crawl()

        assert len(site.hits(PLACES)) == hits + 1
        assert watch.page(PLACES).version == 1
