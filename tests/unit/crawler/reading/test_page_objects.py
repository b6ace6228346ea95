"""Answers that are no pages, made into pages by a page object, and read by rules like any other."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from changes.compare import compare
from changes.kinds import Kind
from changes.release import NoticeKind, Release
from crawler.reading.extract import extract
from crawler.reading.fingerprint import fingerprint
from crawler.reading.page import select
from crawler.reading.pages import page_tree
from crawler.reading.profiles import ReleaseRules, SiteProfile

RULES = ReleaseRules(
    name="item",
    region="article",
    title=("h1",),
    lead=(".lead",),
    body=(".body",),
    published=("time.published@datetime",),
    updated=("time.updated@datetime",),
    attachments=(".attachments a",),
)
PROFILE = SiteProfile(
    name="api",
    title="Skerland",
    base_url="https://api.skerland.example",
    language="en",
    time_zone=ZoneInfo("Europe/London"),
    discovery=(),
    release=(RULES,),
    page_object="content_item:read",
)
URL = "https://api.skerland.example/api/content/news/harbour"


def item(body: str = "<p>The harbour gets 160 berths.</p><p>Work begins in May.</p>", **more: Any) -> bytes:
    """A content item of an invented country."""
    details = {"body": body, "political": True, "government": {"title": "2031 Lind government", "current": True}}
    details |= more.pop("details", {})
    said = {
        "title": "Harbour gets berths",
        "description": "A new harbour.",
        "document_type": "press_release",
        "locale": "en",
        "first_published_at": "2031-03-14T10:00:00.000+00:00",
        "public_updated_at": "2031-03-15T09:30:00.000+00:00",
        "details": details,
        "links": {"organisations": [{"title": "Harbour Office", "base_path": "/harbour"}]},
        **more,
    }
    return json.dumps(said).encode()


def read(body: bytes) -> Release:
    """What an item says."""
    release = extract(body, PROFILE, url=URL, content_type="application/json").release
    assert release is not None
    return release


def test_a_content_item_reads_as_a_release() -> None:
    release = read(item(details={"attachments": [{"title": "Plan", "url": "/plan.pdf"}]}))

    assert (release.title, release.lead) == ("Harbour gets berths", "A new harbour.")
    assert [block.text for block in release.body] == ["The harbour gets 160 berths.", "Work begins in May."]
    assert (release.published and release.published.day, release.updated and release.updated.day) == (
        dt.date(2031, 3, 14),
        dt.date(2031, 3, 15),
    )
    assert [file.url for file in release.attachments] == ["https://api.skerland.example/plan.pdf"]
    assert release.notices == ()


def test_one_digit_of_an_item_is_an_edit_and_what_the_page_object_leaves_out_is_none() -> None:
    before = read(item())

    assert [
        finding.kind
        for finding in compare(before, read(item("<p>The harbour gets 100 berths.</p><p>Work begins in May.</p>")))
    ] == [Kind.EDITED]
    assert compare(before, read(item(updated_at="2031-04-01T00:00:00Z", content_id="x"))) == ()


def test_a_withdrawal_and_a_former_government_become_notices() -> None:
    old = {"political": True, "government": {"title": "2031 Lind government", "current": False}}
    notices = read(item(withdrawn_notice={"withdrawn_at": "2031-08-22T10:29:02+01:00"}, details=old)).notices

    assert {notice.kind for notice in notices} == {NoticeKind.WITHDRAWN, NoticeKind.ARCHIVED}
    assert [notice.period for notice in notices if notice.kind is NoticeKind.WITHDRAWN] == [
        (dt.date(2031, 8, 22), None)
    ]


def test_why_an_item_was_withdrawn_is_read_however_long_it_is() -> None:
    def said(explanation: str) -> Release:
        notice = {"withdrawn_at": "2031-08-22T23:29:02Z", "explanation": f"<div><p>{explanation}</p></div>"}
        body = json.loads(item(withdrawn_notice=notice))
        rules = dataclasses.replace(RULES, body=(".explanation", ".body"))
        profile = dataclasses.replace(PROFILE, release=(rules,))
        release = extract(json.dumps(body).encode(), profile, url=URL).release
        assert release is not None
        return release

    short, long = said("The plan was dropped."), said("The plan was dropped. " * 30)

    (notice,) = short.notices
    assert (notice.reason, notice.period) == ("The plan was dropped", (dt.date(2031, 8, 23), None))
    assert len(short.body) == 2
    assert [notice.period for notice in long.notices] == [(dt.date(2031, 8, 23), None)]
    assert long.body[0].text.count("The plan was dropped.") == 30


def test_the_government_of_the_link_counts_and_an_item_of_no_politics_is_not_archived() -> None:
    def kinds(*, political: bool, current: bool) -> list[NoticeKind]:
        linked = [{"title": "2031 Lind government", "details": {"current": current}}]
        details = {"political": political, "government": {"title": "2031 Lind government", "current": not current}}
        return [notice.kind for notice in read(item(details=details, links={"government": linked})).notices]

    assert kinds(political=True, current=False) == [NoticeKind.ARCHIVED]
    assert kinds(political=True, current=True) == []
    assert kinds(political=False, current=False) == []


def test_one_moment_in_two_spellings_is_no_update() -> None:
    release = read(
        item(public_updated_at="2031-03-14T10:00:00Z", details={"first_public_at": "2031-03-14T10:00:00.000+00:00"})
    )

    assert release.updated is None


def test_markup_that_closes_more_than_it_opens_stays_inside_the_body() -> None:
    release = read(item("</div></article><p>Still here.</p>", details={"attachments": [{"url": "/a.pdf"}]}))

    assert [block.text for block in release.body] == ["Still here."]
    assert len(release.attachments) == 1


def test_the_fast_lane_sees_what_the_page_object_makes() -> None:
    def seen(body: bytes) -> str | None:
        root = page_tree(body, "application/json", PROFILE)
        assert root is not None
        return fingerprint(root, RULES, PROFILE)

    assert seen(item()) == seen(item(updated_at="2031-04-01T00:00:00Z"))
    assert seen(item()) != seen(item("<p>The harbour gets 100 berths.</p><p>Work begins in May.</p>"))


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"title": 4}', b"<html><h1>Error</h1></html>", b"\xff\xfe"]
)
def test_what_is_no_item_is_not_read(body: bytes) -> None:
    assert page_tree(body, "application/json", PROFILE) is None


def test_the_government_that_the_item_is_linked_to_decides_whether_it_is_history() -> None:
    linked = {"government": [{"title": "2027 Berg government", "details": {"current": False}}]}
    older = item(links=linked)  # the copy in its details says that the government is in office

    archived = [notice for notice in read(older).notices if notice.kind is NoticeKind.ARCHIVED]
    root = page_tree(older, None, PROFILE)

    assert [notice.government for notice in archived] == ["2027 Berg government"]
    assert root is not None
    assert [one.text for one in select(root, ".government.former")] == ["2027 Berg government"]


def test_an_item_that_is_not_political_is_no_history_but_its_government_is_known() -> None:
    linked = {"government": [{"title": "2027 Berg government", "details": {"current": False}}]}
    body = item(links=linked, details={"political": False})
    root = page_tree(body, None, PROFILE)

    assert read(body).notices == ()
    assert root is not None
    assert len(select(root, ".government.former")) == 1


def test_the_day_of_the_last_edit_is_what_the_site_prints() -> None:
    same = item(public_updated_at="2031-03-14T10:00:00.000+00:00")

    assert read(same).updated is None
