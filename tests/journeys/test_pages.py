"""The pages over HTTP: what they hold, what they leave out, and that looking at them changes nothing."""

from __future__ import annotations

import hashlib
import http.client
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from lxml import html

from changes.kinds import Finding, Kind
from changes.release import Release
from pressvakt.webparts import extras
from storage.archive import Archive
from storage.records import Page
from storage.timeline import answers
from tests.web_hostile import PAYLOADS
from tests.web_office import DAY, NOW, Office, Say, block, furnish, plain
from web.app import create_app
from web.server import serving
from web.settings import WebSettings

LARGEST = 100_000
_ABLE = re.compile(r"\b(?:javascript|data|vbscript):", re.IGNORECASE)


@dataclass(kw_only=True)
class Reader:
    """Somebody who reads the web without a browser."""

    url: str
    archive: Archive
    pages: dict[str, Page]

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Status and text of a page."""
        status, body, _ = self._ask(path, headers)
        return status, body.decode()

    def fetch(self, path: str) -> tuple[int, bytes]:
        """Status and bytes of a file."""
        return self._ask(path, {})[:2]

    def location(self, path: str) -> str:
        """Where an address leads on to."""
        return self._ask(path, {})[2]

    def _ask(self, path: str, headers: Mapping[str, str]) -> tuple[int, bytes, str]:
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=30)
        try:
            named = {name.replace("_", "-"): one for name, one in headers.items()}
            connection.request("GET", parts.path + path, headers=named)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.getheader("location", "")
        finally:
            connection.close()


def opened(
    folder: Path, *, say: Say = plain, link: str = "https://press.alvik.example/plan", prefix: str = ""
) -> Iterator[Reader]:
    settings = WebSettings(port=0, prefix=prefix)
    with Archive.open(f"sqlite:///{folder / 'office.db'}", now=lambda: NOW) as archive:
        pages = furnish(archive, say, link=link)
        with serving(
            create_app(archive, settings, {}, now=lambda: NOW, trusted=True, extras=extras()), settings
        ) as url:
            yield Reader(url=url, archive=archive, pages=pages)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A reader of the office's pages."""
    yield from opened(tmp_path_factory.mktemp("pages"))


def parsed(text: str) -> Any:
    """A page as a tree; its stubs know too little to be of use."""
    return html.fromstring(text)


def every(reader: Reader) -> list[str]:
    """An address of each sort."""
    bridge = reader.pages["bridge"].id
    return [
        "/", "/?kind=edited&label=figure", "/?silent=1", "/?match=bridge&sender=council", "/?baseline=1",
        "/?since=2031-03-04&until=2031-03-10", "/search", "/search?q=bridge", "/search?q=million&in=added",
        "/search?q=bridge&order=best", "/search?q=NOT", "/sites", "/sites/alvik", "/sites/norrvik", "/alerts", "/status",
        f"/release/{bridge}", f"/release/{bridge}?version=2", f"/release/{bridge}?from=1&to=4",
        f"/release/{bridge}?from=1&to=4&view=side", f"/release/{bridge}/answers", f"/release/{bridge}/copies",
        f"/release/{bridge}/as-it-was/{answers(reader.archive, bridge)[0].id}", f"/release/{reader.pages['gone'].id}",
    ]  # fmt: skip


def test_every_page_is_there_whole_and_small(reader: Reader) -> None:
    for path in every(reader):
        status, text = reader.get(path)

        assert status == 200, path
        assert len(text.encode()) < LARGEST, path
        page = parsed(text)
        assert len(page.xpath("//h1")) == 1, path
        assert len(page.xpath("//main")) == 1, path
        assert page.xpath("//html/@lang") == ["en"], path
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids)), path
        assert not page.xpath("//@style | //style | //script[not(@src)]"), path


def test_reading_changes_nothing(reader: Reader) -> None:
    def state() -> str:
        with reader.archive._reading() as sql:
            rows = sql.connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
            ).all()
            digest = hashlib.sha256()
            for (name,) in rows:
                for row in sql.connection.exec_driver_sql(f'SELECT * FROM "{name}"'):
                    digest.update(repr(tuple(row)).encode())
            return digest.hexdigest()

    before = state()
    for path in every(reader):
        reader.get(path)

    assert state() == before


@pytest.mark.parametrize(
    "path",
    [
        "/release/999999", "/release/0", "/release/-1", "/release/1e3", "/release/99999999999999999999", "/release/x",
        "/release/1/as-it-was/999999", "/release/1/copies/x", "/changes/999999", "/changes/999999/evidence.zip",
        "/sites/nobody", "/sites/..%2f..%2fetc", "/release?url=https://press.alvik.example/none", "/release?url=",
        "/confirm/1-abc", "/unsubscribe/1-abc",
    ],
)  # fmt: skip
def test_what_is_not_there_is_told_so(reader: Reader, path: str) -> None:
    status, text = reader.get(path)

    assert status == 404
    assert parsed(text).xpath("string(//h1)") == "There is nothing here"


@pytest.mark.parametrize(
    "query",
    [
        "older=x", "older=0", "older=99999999999", "since=2031-99-99", "until=9999-12-31", "since=0001-01-01", "kind=none",
        "site=%00", "label=%ff", "wave=none", "wave=99999999999999999999-x", "match=%F0%9F%98%80", "silent=2", "kind=edited&kind=edited",
    ],
)  # fmt: skip
def test_nonsense_in_an_address_is_no_fault_of_ours(reader: Reader, query: str) -> None:
    assert reader.get(f"/?{query}")[0] == 200
    assert reader.get(f"/search?q=bridge&{query}")[0] == 200
    assert reader.get(f"/release/{reader.pages['bridge'].id}?version=7&from=0&to=x&{query}")[0] == 200


def test_the_pages_of_a_list_hold_every_change_once(reader: Reader) -> None:
    def rows(path: str) -> list[str]:
        found: list[str] = []
        while path:
            page = parsed(reader.get(path)[1])
            found += page.xpath("//article/@id")
            path = next(iter(page.xpath("//a[@rel='next']/@href")), "")
        return found

    wave = parsed(reader.get("/")[1]).xpath("//article[contains(@class, 'folded')]//h3/a/@href")
    members = rows(wave[0])
    baseline = rows("/?baseline=1")
    rest = rows("/")

    assert len(members) == len(set(members)) == 30
    assert len(baseline) == len(set(baseline)) == 30
    # a wave and a first crawl are one line each, under the newest of their changes
    assert len(rest) == len(set(rest)) == 11
    assert len({*members, *baseline, *rest}) == 30 + 30 + 9


def test_finds_go_on_where_a_page_of_them_ended(reader: Reader) -> None:
    found: list[str] = []
    path = "/search?q=harbour"
    while path:
        page = parsed(reader.get(path)[1])
        found += page.xpath("//ol[@class='finds']/li//h3/a/@href")
        path = next(iter(page.xpath("//a[@rel='next']/@href")), "")

    assert len(found) == len(set(found)) == 30


def test_a_release_is_found_by_its_address_former_ones_too(reader: Reader) -> None:
    moved = reader.pages["moved"].id

    assert reader.get("/search?q=https://press.alvik.example/news/old-1")[0] == 303
    assert reader.location("/release?url=press.alvik.example/news/old-1") == f"/release/{moved}"
    assert "Former address" in reader.get(f"/release/{moved}")[1]


def test_the_evidence_of_a_change_can_be_taken_away(reader: Reader) -> None:
    page = parsed(reader.get(f"/release/{reader.pages['bridge'].id}")[1])
    link = page.xpath("//ol[@class='events']//a[@download]/@href")[0]
    with zipfile.ZipFile(io.BytesIO(reader.fetch(link)[1])) as package:
        assert {"SHA256SUMS", "change.json", "diff.html", "answers.warc.gz"} <= set(package.namelist())


def test_a_link_in_a_mail_leads_to_the_two_versions(reader: Reader) -> None:
    page = parsed(reader.get(f"/release/{reader.pages['bridge'].id}")[1])
    change = page.xpath("//ol[@class='events']/li[2]/@id")[0].removeprefix("change-")

    assert reader.location(f"/changes/{change}") == f"/release/{reader.pages['bridge'].id}?from=2&to=3"


def test_a_page_speaks_the_language_that_its_reader_asks_for(reader: Reader) -> None:
    for wanted, language in (
        ("sv", "sv"),
        ("sv-SE,en;q=0.5", "sv"),
        ("en;q=0.4, sv;q=0.3", "en"),
        ("de", "en"),
        (",;q=x", "en"),
    ):
        page = parsed(reader.get("/status", Accept_Language=wanted)[1])

        assert page.get("lang") == language, wanted


def test_below_a_prefix_every_link_stays_below_it(tmp_path: Path) -> None:
    for reader in opened(tmp_path, prefix="/press"):
        for path in every(reader):
            page = parsed(reader.get(path)[1])
            places = page.xpath("//a/@href | //form/@action | //link/@href | //script/@src | //iframe/@src")
            inside = [place for place in places if place.startswith("/")]

            assert inside, path
            assert all(place.startswith("/press/") for place in inside), path


def test_no_text_becomes_markup_wherever_it_stands(tmp_path: Path) -> None:
    payloads = cycle(PAYLOADS)
    for reader in opened(
        tmp_path, say=lambda text: f"{next(payloads)} {text}", link="javascript:document.title='owned'"
    ):
        told = [quote(payload[:350], safe="") for payload in PAYLOADS]
        asked = [
            template.format(one)
            for one in told
            for template in (
                "/search?q={0}&site={0}&since={0}&older={0}",
                "/?match={0}&sender={0}&site={0}&wave={0}",
                "/sites/{0}",
                "/release?url={0}",
            )
        ]
        for path in [*every(reader), *asked]:
            _is_tame(reader.get(path)[1], path)


def test_pages_about_a_very_long_text_stay_small_and_say_that_it_goes_on(reader: Reader) -> None:
    words = " ".join(f"word{number}" for number in range(20_000))
    other = " ".join(f"word{number}" if number % 3 else "other" for number in range(20_000))
    with reader.archive.writing() as unit:
        site = reader.archive.site("norrvik")
        assert site is not None
        office = Office(unit)
        office.site_id, office.crawl = site.id, unit.start_crawl(site.id, NOW)
        versions = [
            Release(title="Long", body=(block(words), *(block(f"{number} {words[:3000]}") for number in range(60)))),
            Release(title="Long", body=(block(other), *(block(f"{number} {other[:3000]}") for number in range(60)))),
            Release(title="Long", body=tuple(block(f"{number} {words[:900]}") for number in range(500))),
        ]
        page = office.page("https://norrvik.example/long", [(NOW - DAY, one) for one in versions])
        edit = Finding(kind=Kind.EDITED, fields=("body",), silent=True)
        for pair in ((1, 2), (2, 3)):
            office.change(page, edit, pair, NOW)
    paths = [
        "/",
        *(
            f"/release/{page.id}?{query}"
            for query in ("version=1", "from=1&to=2", "from=1&to=2&view=side", "from=2&to=3")
        ),
    ]
    for path in paths:
        text = reader.get(path)[1]

        assert len(text.encode()) < LARGEST, path
        assert path == "/" or "The text goes on" in text, path


def _is_tame(text: str, path: str) -> None:
    page = parsed(text)
    assert page.xpath("//script/@src")[0].startswith("/static/pages.js"), path
    assert len(page.xpath("//script")) == 1, path
    assert not page.xpath("//img | //object | //embed | //base | //video | //audio | //style | //math"), path
    assert not [name for one in page.iter() for name in getattr(one, "attrib", {}) if name.startswith("on")], path
    places = page.xpath("//@href | //@src | //@action")
    assert not [place for place in places if _ABLE.match(place.strip()) or place.startswith("//")], path
    outside = page.xpath("//a[starts-with(@href, 'http')]")
    assert all("noopener" in one.get("rel", "") and "noreferrer" in one.get("rel", "") for one in outside), path
    assert not page.xpath("//form[not(starts-with(@action, '/')) and not(@method='dialog')]"), path
