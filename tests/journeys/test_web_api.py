"""The API as programs use it: its objects, its lists, its filters, its refusals, and its promise."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from changes.kinds import Kind
from pressvakt.cli import main
from storage.access import Role
from storage.archive import Archive
from tests.web_house import HOSTILE, NOON, OFFICE, SITE, Browser, House, Teller, house
from web.api import shapes

ROOT = "/api/v1"


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A web that serves this machine alone; nothing is written into it here."""
    with house(tmp_path_factory.mktemp("house")) as found:
        yield found


@pytest.fixture
def browser(ours: House) -> Browser:
    return ours.browser()


def walked(browser: Browser, path: str, key: str) -> list[dict[str, Any]]:
    """A list, walked to its end."""
    found: list[dict[str, Any]] = []
    after, sign = None, "&" if "?" in path else "?"
    while True:
        value = browser.get(f"{ROOT}{path}" + (f"{sign}next={after}" if after else "")).json
        found += value[key]
        after = value["next"]
        if after is None:
            return found


def test_changes_are_the_objects_that_the_command_line_writes(
    ours: House, browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sites").mkdir()
    (tmp_path / "pressvakt.toml").write_text(f'[storage]\ndatabase = "sqlite:///{ours.path}"\n')
    assert main(["changes", "--format", "jsonl", "--config", str(tmp_path / "pressvakt.toml")]) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert walked(browser, "/changes?order=oldest&limit=7", "changes") == said
    assert [json.loads(line) for line in browser.get(f"{ROOT}/changes.jsonl").body.splitlines()] == said
    asked = browser.get(f"{ROOT}/changes?order=oldest", Accept="application/x-ndjson")
    assert asked.header("content-type") == "application/x-ndjson"
    assert [json.loads(line) for line in asked.body.splitlines()] == said


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_a_list_is_walked_without_gap_or_repeat(browser: Browser, order: str) -> None:
    ids = [one["id"] for one in walked(browser, f"/changes?order={order}&limit=3", "changes")]
    assert ids == sorted(ids, reverse=order == "newest")
    assert len(ids) == len(set(ids)) == 20


def test_what_comes_in_meanwhile_neither_repeats_nor_hides_anything(tmp_path: Path) -> None:
    with house(tmp_path) as found:
        browser = found.browser()
        first = browser.get(f"{ROOT}/changes?limit=5").json
        with found.archive.writing() as unit:
            site = unit.site(SITE.name)
            assert site is not None
            teller = Teller(unit, site.id, unit.start_crawl(site.id, NOON), NOON)
            page = teller.page("/news/late")
            latest = unit.latest(1)
            assert latest is not None
            from changes.kinds import Finding

            teller.say(page, latest.release, Finding(kind=Kind.PUBLISHED))
        second = browser.get(f"{ROOT}/changes?limit=5&next={first['next']}").json
        ids = [one["id"] for one in (*first["changes"], *second["changes"])]
        assert ids == list(range(20, 10, -1))


@pytest.mark.parametrize(
    ("filters", "kinds"),
    [
        ("kind=removed", {"removed"}),
        ("kind=removed&kind=moved", {"removed", "moved"}),
        ("silent=true", {"edited"}),
        ("label=figure", {"edited"}),
        ("field=body&field=title", {"edited"}),
        ("since=2031-03-16", {"removed", "archived", "moved"}),
        ("until=2031-03-14", {"published"}),
        ("since=2031-03-15T12:00:00Z&until=2031-03-15T12:00:01%2B00:00", {"edited", "published"}),
        ("wave=archived-20310316", {"archived"}),
        ("baseline=true", {"published"}),
        ("match=outer%20ISLES", {"published"}),
        ("sender=harbour&kind=removed", {"removed"}),
        (f"url={OFFICE}/news/quay-7/&kind=moved", {"moved"}),
        ("site=harbour&kind=archived", {"archived"}),
    ],
)
def test_a_filter_lets_through_what_fits(browser: Browser, filters: str, kinds: set[str]) -> None:
    assert {one["kind"] for one in walked(browser, f"/changes?{filters}", "changes")} == kinds


def test_silent_edits_are_told_from_those_that_the_page_tells_of(browser: Browser) -> None:
    assert {one["silent"] for one in walked(browser, "/changes?silent=true", "changes")} == {True}
    assert {one["silent"] for one in walked(browser, "/changes?silent=false", "changes")} == {False}


@pytest.mark.parametrize(
    "question",
    [
        "/changes?sight=harbour",
        "/changes?kind=vanished",
        "/changes?limit=0",
        "/changes?limit=501",
        "/changes?since=yesterday",
        "/changes?since=2031-02-30",
        "/changes?field=headline",
        "/changes/0",
        "/changes/99999999999999999999",
        "/releases?state=lost",
        "/releases/one",
        "/releases/1/diff?before=0",
        "/search",
        "/search?q=",
        "/sites?site=harbour",
    ],
)
def test_what_makes_no_sense_is_refused_and_its_place_named(browser: Browser, question: str) -> None:
    answer = browser.get(f"{ROOT}{question}")
    assert answer.status == 422
    assert answer.header("content-type") == "application/problem+json"
    assert answer.json["status"] == 422
    assert all(one["where"] and one["message"] for one in answer.json["errors"])


@pytest.mark.parametrize(
    "question",
    [
        "/sites/nowhere",
        "/changes?site=nowhere",
        "/changes/999",
        "/releases/999",
        "/releases/999/versions",
        "/releases/1/versions/9",
        "/releases/1/diff?before=7",
        "/releases/5/diff",
        "/crawls/999",
        "/notices/999",
        "/subscriptions/999",
        "/nothing",
    ],
)
def test_what_is_not_there_is_told_in_one_shape(browser: Browser, question: str) -> None:
    answer = browser.get(f"{ROOT}{question}")
    assert answer.status == 404
    assert answer.header("content-type") == "application/problem+json"
    assert set(answer.json) == {"type", "title", "status", "detail"}


@pytest.mark.parametrize("wrong", ["x", "WyJ4IiwxXQ", "WzEsMl0", "%00", "bnVsbA", "%C3%A9"])
def test_a_place_that_we_never_gave_is_refused(browser: Browser, wrong: str) -> None:
    assert browser.get(f"{ROOT}/changes?next={wrong}").status in {400, 422}


def test_a_place_in_one_list_is_none_in_another(browser: Browser) -> None:
    after = browser.get(f"{ROOT}/changes?limit=2").json["next"]
    assert browser.get(f"{ROOT}/changes?limit=9&next={after}").status == 200
    assert browser.get(f"{ROOT}/changes?kind=edited&next={after}").status == 400
    assert browser.get(f"{ROOT}/releases?next={after}").status == 400


def test_what_the_asker_has_already_is_not_sent_again(browser: Browser) -> None:
    first = browser.get(f"{ROOT}/changes?limit=2")
    tag = first.header("etag")
    again = browser.get(f"{ROOT}/changes?limit=2", If_None_Match=f'"other", W/{tag}')
    assert (again.status, again.body, again.header("etag")) == (304, b"", tag)
    assert browser.get(f"{ROOT}/changes?limit=3", If_None_Match=str(tag)).status == 200


def test_the_head_of_an_answer_is_had_without_its_body(browser: Browser) -> None:
    for path in ("/changes", "/changes.jsonl", "/sites", "/releases/1"):
        whole, head = browser.get(ROOT + path), browser.ask("HEAD", ROOT + path)
        assert (head.status, head.body) == (200, b"")
        assert head.header("content-type") == whole.header("content-type")
        assert head.header("content-length") == whole.header("content-length")


def test_a_release_is_found_by_its_address_present_or_former(browser: Browser) -> None:
    for url in (f"{OFFICE}/archive/quay-7", f"{OFFICE}/news/quay-7", "HARBOUR.example/news/quay-7/"):
        found = browser.get(f"{ROOT}/releases?url={url}").json["releases"]
        assert [one["url"] for one in found] == [f"{OFFICE}/archive/quay-7"]
    assert browser.get(f"{ROOT}/releases?url={OFFICE}/nothing").json == {"releases": [], "next": None}


def test_releases_are_listed_by_how_they_fare(browser: Browser) -> None:
    assert len(walked(browser, "/releases?limit=5", "releases")) == 13
    gone = walked(browser, "/releases?state=gone&site=harbour", "releases")
    assert [(one["url"], one["status"]) for one in gone] == [(f"{OFFICE}/news/quay-5", 410)]
    lines = [json.loads(line) for line in browser.get(f"{ROOT}/releases.jsonl").body.splitlines()]
    assert lines == walked(browser, "/releases?limit=5", "releases")


def test_a_version_has_all_that_the_release_said(browser: Browser) -> None:
    found = browser.get(f"{ROOT}/releases/1/versions/2").json
    assert found["release"]["body"][0]["text"] == "The council gives 05 million crowns to quay 0."
    assert found["markdown"].startswith("The council gives 05 million crowns")
    assert found["snapshot"]["memento"].endswith(f"/memento/20310315120000/{OFFICE}/news/quay-0")


def test_the_version_that_held_at_a_time_is_found(browser: Browser) -> None:
    def held(at: str) -> list[int]:
        return [one["version"] for one in browser.get(f"{ROOT}/releases/1/versions?at={at}").json["versions"]]

    assert held("2031-03-15T11:59:59Z") == [1]
    assert held("2031-03-15") == [2]
    assert held("2031-03-15T14:00:00%2B02:00") == [2]
    assert held("2020-01-01") == []


def test_a_difference_marks_the_words(browser: Browser) -> None:
    found = browser.get(f"{ROOT}/releases/2/diff").json
    assert (found["before"]["version"], found["after"]["version"], found["kinds"]) == (1, 2, ["edited"])
    words = found["blocks"][1]["words"]
    assert [span for span in words if span["op"] != "equal"] == [
        {"op": "delete", "text": "10"},
        {"op": "insert", "text": "15"},
    ]
    back = browser.get(f"{ROOT}/releases/2/diff?before=2&after=1").json
    assert [span["text"] for span in back["blocks"][1]["words"] if span["op"] == "insert"] == ["10"]


def test_words_are_found_where_they_stand_came_or_went(browser: Browser) -> None:
    def found(query: str) -> list[str]:
        return [one["url"] for one in walked(browser, f"/search?{query}", "finds")]

    assert found("q=isles") == [f"{OFFICE}/news/ferry"]
    assert len(found("q=council&limit=5")) == 12
    assert found("q=15%20million&in=added") == [f"{OFFICE}/news/quay-1"]
    assert found("q=10%20million&in=removed") == [f"{OFFICE}/news/quay-1"]
    marked = browser.get(f"{ROOT}/search?q=15&in=added").json["finds"][0]
    assert "{+15+}" in marked["found"][0]


@pytest.mark.parametrize("query", ["q=%22%22", "q=NOT", "q=%20", "q=ferry&in=added&kind=edited"])
def test_a_search_for_nothing_is_refused(browser: Browser, query: str) -> None:
    assert browser.get(f"{ROOT}/search?{query}").status == 400


def test_crawls_and_notices_are_told(browser: Browser) -> None:
    assert [one["id"] for one in walked(browser, "/crawls?limit=2", "crawls")] == [3, 2, 1]
    assert browser.get(f"{ROOT}/crawls/1").json["stats"] == {"planned": 12}
    assert browser.get(f"{ROOT}/notices/1").json == browser.get(f"{ROOT}/notices?kind=unreachable").json["notices"][0]


def test_each_line_is_one_line_to_every_program(browser: Browser) -> None:
    text = browser.get(f"{ROOT}/changes.jsonl").text
    assert any(ending in title for title in HOSTILE for ending in ("\u2028", "\x85"))
    assert len(text.splitlines()) == text.count("\n") == 20


def test_what_is_given_is_what_is_declared(browser: Browser) -> None:
    """Each answer fits its shape, and each key of each shape is declared, so that nothing is given by accident."""
    for path, shape in {
        "/sites": shapes.Sites,
        "/sites/harbour": shapes.SiteDetail,
        "/releases": shapes.Releases,
        "/releases/1": shapes.Release,
        "/releases/1/versions": shapes.Versions,
        "/releases/1/versions/1": shapes.VersionDetail,
        "/releases/1/snapshots": shapes.Snapshots,
        "/releases/1/diff": shapes.Difference,
        "/changes": shapes.Changes,
        "/changes/1": shapes.Change,
        "/search?q=council": shapes.Finds,
        "/search?q=15&in=added": shapes.Finds,
        "/crawls": shapes.Crawls,
        "/notices": shapes.Notices,
    }.items():
        body = browser.get(ROOT + path).body
        read: Any = msgspec.json.decode(body, type=shape)
        assert _keys(msgspec.json.decode(body)) <= _keys(msgspec.to_builtins(read)), path


def _keys(value: Any, at: str = "") -> set[str]:
    if isinstance(value, dict):
        return {f"{at}.{key}" for key in value} | {one for key in value for one in _keys(value[key], f"{at}.{key}")}
    return {one for entry in value for one in _keys(entry, at)} if isinstance(value, list) else set()


def test_the_description_names_each_route_and_what_it_may_refuse(browser: Browser) -> None:
    found = browser.get(f"{ROOT}/openapi.json").json
    assert found["openapi"].startswith("3.1")
    assert len(found["paths"]) >= 20
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            assert operation["description"], (path, method)
            assert {"401", "422"} <= set(operation["responses"])


def test_every_route_stands_in_the_reference(browser: Browser) -> None:
    text = (Path(__file__).parents[2] / "docs" / "reference" / "api.md").read_text()
    for path in browser.get(f"{ROOT}/openapi.json").json["paths"]:
        assert f"`{path}`" in text or path in text, path


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[tuple[Archive, Browser]]:
    with house(tmp_path) as found:
        yield found.archive, found.program(found.token("berit", Role.OPERATOR))


def test_a_subscription_is_made_read_and_ended(operator: tuple[Archive, Browser]) -> None:
    _, program = operator
    asked = {
        "address": "reader@post.example",
        "kinds": ["edited"],
        "words": ["ferry"],
        "rhythm": "daily",
        "at": "06:30",
        "ask": False,
    }
    made = program.send("POST", f"{ROOT}/subscriptions", asked)
    assert (made.status, made.json["state"], made.json["at"]) == (201, "active", "06:30")
    place = str(made.header("location"))
    assert program.get(place).json == made.json
    assert program.send("POST", f"{place}/end").json["state"] == "removed"
    assert program.send("POST", f"{place}/end").status == 200
    assert program.send("POST", f"{place}/confirm").status == 409


def test_a_stranger_s_address_is_asked_and_not_flooded(operator: tuple[Archive, Browser]) -> None:
    _, program = operator
    for number in range(3):
        made = program.send("POST", f"{ROOT}/subscriptions", {"address": "x@post.example", "words": [f"word{number}"]})
        assert (made.status, made.json["state"]) == (201, "unconfirmed")
    assert program.send("POST", f"{ROOT}/subscriptions", {"address": "x@post.example"}).status == 409


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({}, 422),
        ({"address": "nobody"}, 422),
        ({"address": "a@b.example", "colour": "red"}, 422),
        ({"address": "a@b.example", "kinds": ["vanished"]}, 422),
        ({"address": "a@b.example", "at": "25:00"}, 422),
        ({"address": "a@b.example", "sites": ["nowhere"]}, 400),
        ({"address": "a@b.example", "words": ["NOT"]}, 400),
        ({"address": "a@b.example", "time_zone": "Mars/Phobos"}, 400),
        ({"address": "a@b.example", "quiet": "07:00-07:00"}, 400),
        ({"address": "https://hook.example/x", "ask": True}, 400),
        ({"address": "file:///etc/passwd", "ask": False}, 400),
    ],
)
def test_a_subscription_that_makes_no_sense_is_refused(
    operator: tuple[Archive, Browser], wrong: dict[str, Any], status: int
) -> None:
    _, program = operator
    answer = program.send("POST", f"{ROOT}/subscriptions", wrong)
    assert (answer.status, answer.header("content-type")) == (status, "application/problem+json")
    assert program.get(f"{ROOT}/subscriptions").json["subscriptions"] == []


def test_a_secret_of_a_subscription_is_never_given_out(operator: tuple[Archive, Browser]) -> None:
    archive, program = operator
    from storage.outbox_subscribers import subscribers

    program.send("POST", f"{ROOT}/subscriptions", {"address": "reader@post.example", "ask": False})
    secret = subscribers(archive)[0].secret
    assert secret not in program.get(f"{ROOT}/subscriptions").text
    assert secret not in program.get("/alerts").text
