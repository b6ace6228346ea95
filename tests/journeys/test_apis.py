"""Pages that are watched where people read them, and read from an interface behind them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from changes.kinds import Kind
from changes.presence import RemovalRule
from changes.release import NoticeKind
from crawler.process import Job, crawls
from crawler.reading.profile_files import load_profile
from crawler.reading.profiles import Discovery, Politeness, SiteProfile
from storage.archive import Archive
from storage.records import Change, Page, PageState
from tests.servers import ScriptedSite, answer, scripted_site

START = dt.datetime(2031, 5, 1, 6, 0, tzinfo=dt.UTC)


class Office:
    """A press office behind an interface, and an archive that watches it."""

    def __init__(self, site: ScriptedSite, name: str, discovery: Discovery, folder: Path) -> None:
        shipped = load_profile(name, folders=())
        self.site = site
        self.profile: SiteProfile = replace(
            shipped,
            base_url=site.url,
            aliases=(),
            discovery=(discovery,),
            crawl=Politeness(delay=0, timeout=5),
            removal=RemovalRule(visits=2, gone_visits=2, span=dt.timedelta(0)),
        )
        self.archive = Archive.open(f"sqlite:///{folder / 'office.db'}")
        self.now = START
        self._seen = 0

    def says(self, path: str, what: Any, status: str = "200 OK") -> None:
        self.site.pages[path] = answer(json.dumps(what).encode(), status, "Content-Type: application/json")

    def page(self, path: str) -> Page:
        site = self.archive.site(self.profile.name)
        assert site is not None
        page = self.archive.page(site.id, self.site.url + path)
        assert page is not None
        return page

    def crawl(self) -> list[Change]:
        now = self.now
        job = Job(
            profile=self.profile, archive=self.archive, user_agent="Pressvakt/test (+test@pressvakt.example)",
            allow_private=("127.0.0.1",), now=lambda: now,
        )  # fmt: skip
        crawls().run(job)
        self.now += dt.timedelta(hours=12)
        found = list(self.archive.changes(after_id=self._seen))
        self._seen = max([self._seen, *(change.id for change in found)])
        return found


@pytest.fixture
def govuk(tmp_path: Path) -> Iterator[Office]:
    with scripted_site() as site:
        how = Discovery(kind="json", url="/api/search.json", items_at="results", link_at="link")
        office = Office(site, "gov.uk", how, tmp_path)
        yield office
        office.archive.close()


def item(text: str = "The harbour gets 160 berths.", **more: Any) -> dict[str, Any]:
    return {
        "title": "Harbour gets berths",
        "content_id": "5f0c0f0e-7631-11e4-a3cb-005056011aef",
        "document_type": "press_release",
        "schema_name": "news_article",
        "locale": "en",
        "description": "A new harbour for the north.",
        "first_published_at": "2031-03-14T10:00:00Z",
        "public_updated_at": "2031-03-14T10:00:00Z",
        "details": {
            "body": f"<p>{text}</p><p>Work begins in May, when the ice has gone.</p>",
            **more.pop("details", {}),
        },
        "links": {},
        **more,
    }


def test_a_page_is_watched_where_people_read_it_and_read_from_the_item_behind_it(govuk: Office) -> None:
    govuk.says("/api/search.json", {"results": [{"link": "/government/news/harbour"}]})
    govuk.says("/api/content/government/news/harbour", item())
    (first,) = govuk.crawl()
    govuk.says("/api/content/government/news/harbour", item("The harbour gets 100 berths."))

    (edit,) = govuk.crawl()

    assert (first.url, first.baseline) == (f"{govuk.site.url}/government/news/harbour", True)
    assert (edit.finding.kind, edit.url) == (Kind.EDITED, first.url)
    assert "figure" in edit.finding.labels
    assert not any(path.startswith("/government/") for path in govuk.site.paths())


def test_an_item_that_sends_on_is_a_move_and_its_history_follows(govuk: Office) -> None:
    govuk.says("/api/search.json", {"results": [{"link": "/government/news/harbour"}]})
    govuk.says("/api/content/government/news/harbour", item())
    govuk.crawl()
    sent = {
        "document_type": "redirect",
        "redirects": [
            {"path": "/government/news/harbour", "type": "exact", "destination": "/government/news/new-harbour"}
        ],
    }
    govuk.says("/api/content/government/news/harbour", sent)
    govuk.says("/api/content/government/news/new-harbour", item())
    govuk.says("/api/search.json", {"results": [{"link": "/government/news/new-harbour"}]})

    (move,) = govuk.crawl()

    assert move.finding.kind is Kind.MOVED
    assert move.url == f"{govuk.site.url}/government/news/new-harbour"
    assert move.finding.was == f"{govuk.site.url}/government/news/harbour"
    assert govuk.crawl() == []


def test_an_item_that_is_gone_is_removed_and_one_withdrawn_says_so(govuk: Office) -> None:
    govuk.says(
        "/api/search.json", {"results": [{"link": "/government/news/harbour"}, {"link": "/government/news/bridge"}]}
    )
    govuk.says("/api/content/government/news/harbour", item())
    govuk.says(
        "/api/content/government/news/bridge",
        item("The bridge opens in June.", title="Bridge opens", content_id="other"),
    )
    govuk.crawl()
    govuk.says("/api/content/government/news/harbour", {"document_type": "gone"}, "410 Gone")
    govuk.says(
        "/api/content/government/news/bridge",
        item(
            "The bridge opens in June.",
            title="Bridge opens",
            content_id="other",
            withdrawn_notice={"explanation": "Out of date", "withdrawn_at": "2031-05-01T08:00:00+01:00"},
        ),
    )

    found = {change.finding.kind: change for _ in range(3) for change in govuk.crawl()}

    assert set(found) == {Kind.WITHDRAWN, Kind.REMOVED}
    assert govuk.page("/government/news/harbour").state is PageState.GONE


def test_a_document_of_the_press_corner_is_read_from_its_reference(tmp_path: Path) -> None:
    with scripted_site() as site:
        how = Discovery(kind="json", url="/list", items_at="docuLanguageListResources", link_at="refCode")
        office = Office(site, "ec.europa.eu", how, tmp_path)
        behind = "/commission/presscorner/api/documents?reference=IP/31/364&language=en"
        office.says("/list", {"docuLanguageListResources": [{"refCode": "IP/31/364"}]})

        def says(text: str) -> None:
            resource = {
                "title": "Cleaner ports",
                "subtitle": "Rules for ferries",
                "htmlContent": text,
                "language": "EN",
            }
            office.says(behind, {"refCode": "IP/31/364", "eventDate": "2031-03-14", "docuLanguageResource": resource})

        says("<p>The Commission proposes 160 measures for ports and ferries.</p><p>They apply from 2033.</p>")
        (first,) = office.crawl()
        says(
            "<p>The Commission proposes 100 measures for ports and ferries.</p><p>They apply from 2033.</p><p><em>*Updated on 15/03/2031 at 10:30</em></p>"
        )
        (edit,) = office.crawl()

        assert first.url == f"{site.url}/commission/presscorner/detail/en/ip_31_364"
        assert (edit.finding.kind, edit.finding.silent) == (Kind.EDITED, False)
        assert {"body", "updated"} == set(edit.finding.fields)
        office.archive.close()


def test_notes_of_changes_are_text_and_the_id_stays(govuk: Office) -> None:
    govuk.says("/api/search.json", {"results": [{"link": "/government/news/harbour"}]})
    notes = [
        {"public_timestamp": "2031-03-14T10:00:00Z", "note": "First published."},
        {"public_timestamp": "2031-03-20T10:00:00Z", "note": "Added the costs."},
    ]
    govuk.says("/api/content/government/news/harbour", item(details={"change_history": notes}))
    govuk.crawl()
    version = govuk.archive.latest(govuk.page("/government/news/harbour").id)
    assert version is not None

    said = [block.text for block in version.release.body]

    assert "2031-03-20: Added the costs." in said
    assert not any("First published" in text for text in said)
    assert version.release.identifier == "5f0c0f0e-7631-11e4-a3cb-005056011aef"
    assert not [notice for notice in version.release.notices if notice.kind is NoticeKind.ARCHIVED]
