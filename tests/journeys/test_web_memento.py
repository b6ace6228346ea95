"""Memento, rule by rule (RFC 7089), and what a stored page may do in a browser: nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from storage.archive import Archive
from tests.web_house import DAY, HOUR, NOON, OFFICE, Answer, Browser, House, house

URL = f"{OFFICE}/news/quay-1"
FIRST, SECOND = "Fri, 14 Mar 2031 12:00:00 GMT", "Sat, 15 Mar 2031 12:00:00 GMT"
TRICKY = f"{OFFICE}/news/å%20b%2Fc?id=1&x=a%26b"
BYTES = b'\xef\xbb\xbf<html><meta charset="latin-1"><title>\xe5</title>\x00\r\n'


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("house")) as found:
        keep(found.archive, TRICKY, BYTES)
        keep(found.archive, f"{OFFICE}/files/one.svg", b"<svg onload='alert(1)'/>", media="image/svg+xml")
        keep(found.archive, f"{OFFICE}/files/odd", b"odd", media="text/html\x85; charset=utf-8")
        keep(found.archive, f"{OFFICE}/files/bare", b"bare", media=None)
        keep(found.archive, f"{OFFICE}/news/lost", b"not here", status=404)
        yield found


def keep(archive: Archive, url: str, body: bytes, *, media: str | None = "text/html", status: int = 200) -> None:
    with archive.writing() as unit:
        site = unit.site("harbour")
        assert site is not None
        page = unit.add_page(site.id, url, at=NOON, baseline=False)
        headers = (("Content-Type", media),) if media else ()
        unit.keep_snapshot(
            page.id, url=url, status=status, headers=headers, redirects=(), captured_at=NOON + HOUR / 7, body=body
        )


@pytest.fixture
def browser(ours: House) -> Browser:
    return ours.browser()


def links(answer: Answer) -> dict[str, list[tuple[str, dict[str, str]]]]:
    """What a Link header, or a TimeMap, says: by each word of each `rel`, the addresses and their attributes."""
    text = answer.header("link") or answer.text
    found: dict[str, list[tuple[str, dict[str, str]]]] = {}
    for target, rest in re.findall(r'<([^>]*)>((?:\s*;\s*\w+="[^"]*")*)', text):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        for rel in attributes.pop("rel").split():
            found.setdefault(rel, []).append((target, attributes))
    return found


@pytest.mark.parametrize(
    ("wanted", "moment"),
    [
        (FIRST, "20310314120000"),
        ("Sat, 15 Mar 2031 11:59:59 GMT", "20310314120000"),
        (SECOND, "20310315120000"),
        ("Mon, 01 Jan 2001 00:00:00 GMT", "20310314120000"),  # 4.5.2: before the first, the first
        ("Thu, 01 Jan 2099 00:00:00 GMT", "20310315120000"),  # after the last, the last
        (None, "20310315120000"),  # 4.5.? without a wish, the most recent
    ],
)
def test_a_timegate_leads_to_the_memento_of_a_time(browser: Browser, wanted: str | None, moment: str) -> None:
    answer = browser.get(f"/timegate/{URL}", **({"Accept-Datetime": wanted} if wanted else {}))
    assert answer.status == 302
    assert answer.header("location") == f"{browser.address}/memento/{moment}/{URL}"
    assert "accept-datetime" in (answer.header("vary") or "").lower()  # 2.1.2
    assert answer.header("memento-datetime") is None  # 4.2.1: the redirect is no memento
    found = links(answer)
    assert [target for target, _ in found["original"]] == [URL]
    assert found["timemap"][0][1]["type"] == "application/link-format"


@pytest.mark.parametrize(
    "wrong", ["yesterday", "2031-03-14T12:00:00Z", "Fri, 14 Mar 2031 12:00:00 CET", "Fri, 31 Feb 2031 12:00:00 GMT", ""]
)
def test_a_wish_that_is_no_date_of_http_is_refused(browser: Browser, wrong: str) -> None:
    answer = browser.get(f"/timegate/{URL}", **{"Accept-Datetime": wrong})
    assert answer.status == 400
    assert "accept-datetime" in (answer.header("vary") or "").lower()


def test_a_page_that_nobody_kept_has_no_timegate(browser: Browser) -> None:
    for path in ("timegate", "timemap/link", "timemap/json", "memento/20310314120000"):
        answer = browser.get(f"/{path}/{OFFICE}/never")
        assert (answer.status, answer.header("memento-datetime")) == (404, None)


def test_a_timegate_only_reads(browser: Browser) -> None:
    assert browser.ask("HEAD", f"/timegate/{URL}").status == 302
    answer = browser.ask("PUT", f"/timegate/{URL}", headers={"Origin": browser.address})
    assert answer.status in {403, 405}


def test_a_memento_says_when_it_was_and_where_the_others_are(browser: Browser) -> None:
    answer = browser.get(f"/memento/20310314120000/{URL}")
    assert answer.status == 200
    assert answer.header("memento-datetime") == FIRST  # 2.1.1
    found = links(answer)
    assert [target for target, _ in found["original"]] == [URL]  # 2.2.1: one, and required
    assert [target for target, _ in found["timegate"]] == [f"{browser.address}/timegate/{URL}"]
    assert [target for target, _ in found["timemap"]] == [f"{browser.address}/timemap/link/{URL}"]
    assert {attributes["datetime"] for _, attributes in found["memento"]} == {FIRST, SECOND}
    assert (found["first"][0][1]["datetime"], found["last"][0][1]["datetime"]) == (FIRST, SECOND)
    assert found["next"][0][1]["datetime"] == SECOND
    assert "prev" not in found
    assert "accept-datetime" not in (answer.header("vary") or "").lower()  # nothing is negotiated here


def test_a_memento_of_a_time_between_leads_to_the_one_that_held(browser: Browser) -> None:
    answer = browser.get(f"/memento/20310314235959/{URL}")
    assert (answer.status, answer.header("location")) == (302, f"{browser.address}/memento/20310314120000/{URL}")


@pytest.mark.parametrize("wrong", ["2031", "20311399000000", "abcdefghijklmn", "٢٠٣١٠٣١٤١٢٠٠٠٠"])
def test_an_address_without_a_moment_is_none(browser: Browser, wrong: str) -> None:
    from urllib.parse import quote

    assert browser.get(f"/memento/{quote(wrong)}/{URL}").status == 404


def test_a_timemap_lists_all(browser: Browser) -> None:
    answer = browser.get(f"/timemap/link/{URL}")
    assert answer.header("content-type") == "application/link-format"  # 5
    found = links(answer)
    assert [target for target, _ in found["original"]] == [URL]
    own, attributes = found["self"][0]
    assert own == f"{browser.address}/timemap/link/{URL}"
    assert attributes == {"type": "application/link-format", "from": FIRST, "until": SECOND}
    moments = [parsedate_to_datetime(attributes["datetime"]) for _, attributes in found["memento"]]
    assert moments == sorted(moments) == [NOON, NOON + DAY]
    for target, attributes in found["memento"]:
        shown = browser.get(target.removeprefix(browser.address))
        assert shown.header("memento-datetime") == attributes["datetime"]


def test_a_timemap_is_had_as_json_too(browser: Browser) -> None:
    found = browser.get(f"/timemap/json/{URL}").json
    assert found["original_uri"] == URL
    assert [one["datetime"] for one in found["mementos"]["list"]] == ["2031-03-14T12:00:00Z", "2031-03-15T12:00:00Z"]


def test_a_page_that_moved_is_found_at_both_addresses(browser: Browser) -> None:
    for url in (f"{OFFICE}/news/quay-7", f"{OFFICE}/archive/quay-7"):
        assert links(browser.get(f"/timemap/link/{url}"))["original"][0][0] == f"{OFFICE}/archive/quay-7"


@pytest.mark.parametrize(
    "spelling",
    [
        "https://harbour.example/news/%C3%A5%20b%2Fc?id=1&x=a%26b",
        "https:/harbour.example/news/%C3%A5%20b%2Fc?id=1&x=a%26b",  # a proxy made one slash of two
        "https%3A%2F%2Fharbour.example%2Fnews%2F%C3%A5%2520b%252Fc%3Fid%3D1%26x%3Da%2526b",
    ],
)
def test_an_address_with_all_sorts_of_signs_is_found(browser: Browser, spelling: str) -> None:
    answer = browser.get(f"/timegate/{spelling}")
    assert answer.status == 302
    place = str(answer.header("location"))
    assert place.isascii()
    assert browser.get(place.removeprefix(browser.address)).body == BYTES


def test_a_stored_page_is_given_as_it_was(browser: Browser) -> None:
    answer = browser.get(f"/memento/20310314120834/{OFFICE}/news/%C3%A5%20b%2Fc?id=1&x=a%26b")
    assert (answer.status, answer.body) == (200, BYTES)
    assert answer.header("content-type") == "text/html"


def test_the_bytes_as_they_were_kept_are_a_file(ours: House, browser: Browser) -> None:
    page = b'<link rel="preconnect" href="https://tracker.example"><p>text</p>'
    keep(ours.archive, f"{OFFICE}/news/linked", page)
    shown = browser.get(f"/memento/20310314120834/{OFFICE}/news/linked")
    kept = browser.get(f"/memento/20310314120834id_/{OFFICE}/news/linked")
    assert shown.body == page.replace(b"<link", b"<meta")
    assert kept.body == page
    assert kept.header("content-type") == "application/octet-stream"
    assert str(kept.header("content-disposition")).startswith("attachment")
    nearest = browser.get(f"/memento/20400101000000id_/{OFFICE}/news/linked")
    assert str(nearest.header("location")).endswith(f"/memento/20310314120834id_/{OFFICE}/news/linked")


def test_a_stored_page_runs_nothing_loads_nothing_and_is_nobody_s(browser: Browser) -> None:
    answer = browser.get(f"/memento/20310314120000/{URL}")
    policy = {part.split()[0]: part.split()[1:] for part in str(answer.header("content-security-policy")).split(";")}
    assert policy["sandbox"] == []  # no scripts, no forms, no windows, no origin
    assert policy["default-src"] == ["'none'"]
    assert not policy.keys() & {
        "script-src",
        "img-src",
        "connect-src",
        "frame-src",
        "font-src",
        "media-src",
        "object-src",
    }
    assert policy["form-action"] == policy["base-uri"] == ["'none'"]
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("set-cookie") is None
    assert "theirs" not in str(answer.headers)


@pytest.mark.parametrize(("path", "moment"), [("one.svg", "20310314120834"), ("odd", "20310314120834")])
def test_what_is_no_page_is_a_file(browser: Browser, path: str, moment: str) -> None:
    answer = browser.get(f"/memento/{moment}/{OFFICE}/files/{path}")
    assert answer.header("content-type") == "application/octet-stream"
    assert str(answer.header("content-disposition")).startswith("attachment")
    assert "sandbox" in str(answer.header("content-security-policy"))


def test_a_page_that_did_not_say_what_it_is_is_taken_for_html(browser: Browser) -> None:
    assert browser.get(f"/memento/20310314120834/{OFFICE}/files/bare").header("content-type") == "text/html"


def test_a_memento_of_an_error_is_an_error(browser: Browser) -> None:
    answer = browser.get(f"/memento/20310314120834/{OFFICE}/news/lost")
    assert (answer.status, answer.header("memento-datetime")) == (404, "Fri, 14 Mar 2031 12:08:34 GMT")


def test_no_address_breaks_out_of_a_header(tmp_path: Path) -> None:
    evil = f'{OFFICE}/a>; rel="memento", <https://evil.example'
    with house(tmp_path) as found:
        keep(found.archive, evil, b"x")
        answer = found.browser().get(
            "/timegate/https://harbour.example/a%3E;%20rel=%22memento%22,%20%3Chttps://evil.example"
        )
        assert answer.status == 302
        assert ">" not in str(answer.header("location"))
        assert not any(target.startswith("https://evil") for some in links(answer).values() for target, _ in some)
