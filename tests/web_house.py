"""A house for the web: an invented press office with a past, served on loopback, and a browser that hides nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import http.client
import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from changes.kinds import Finding, Kind, SiteNotice
from changes.release import Block, BlockKind, Contact, Notice, NoticeKind, Release, Stamp
from crawler.reading.profiles import Discovery, ReleaseRules, SiteProfile
from storage.access import Role, User, add_token, add_user
from storage.archive import Archive
from storage.records import Page, PageState
from storage.unit import Unit
from web.access.passwords import hashed
from web.app import create_app
from web.server import serving
from web.settings import WebSettings

NOON = dt.datetime(2031, 3, 14, 12, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
OFFICE = "https://harbour.example"
PASSWORD = "four random words here"
SITE = SiteProfile(
    name="harbour",
    title="The Harbour Office of Alvik",
    base_url=OFFICE,
    language="en",
    time_zone=ZoneInfo("Europe/Stockholm"),
    discovery=(Discovery(kind="html", url="/news/"),),
    release=(ReleaseRules(name="plain", region="main", title=("h1",), body=("p",)),),
)
#: What a careless page would run or load.
HOSTILE = (
    "<script>fetch('//evil.example')</script>",
    '"><img src=x onerror=alert(1)>',
    "]]><evil/>",
    "a & b < c > d \u2028 \x85 \u202e reversed",
    "{{ 7 * 7 }} ${7*7} %s",
)


@dataclass
class Teller:
    """Writes a past into an archive, crawl by crawl."""

    unit: Unit
    site_id: int
    crawl: int
    at: dt.datetime

    def page(self, path: str, *, baseline: bool = False) -> Page:
        return self.unit.add_page(self.site_id, f"{OFFICE}{path}", at=self.at, baseline=baseline)

    def say(self, page: Page, release: Release, finding: Finding, *, baseline: bool = False, body: bytes = b"") -> int:
        before = self.unit.latest(page.id)
        body = body or f"<!doctype html><main><h1>{release.title}</h1>{release.markdown}</main>".encode()
        kept = self.unit.keep_snapshot(
            page.id,
            url=page.url,
            status=200,
            headers=(("Content-Type", "text/html; charset=utf-8"), ("Set-Cookie", "theirs=1")),
            redirects=(),
            captured_at=self.at,
            body=body,
            crawl_id=self.crawl,
        )
        digest = "sha256:" + hashlib.sha256(repr(release).encode()).hexdigest()
        version = self.unit.add_version(
            page.id,
            snapshot_id=kept.id,
            release=release,
            digest=digest,
            rules="plain",
            at=self.at,
            page={"state": PageState.LIVE, "last_visit": self.at, "last_seen": self.at, "status": 200},
        )
        numbers = (before.number if before else None, version.number)
        return self._change(page, finding, numbers, release.title, baseline=baseline)

    def tell(self, page: Page, finding: Finding) -> int:
        latest = self.unit.latest(page.id)
        number, title = (latest.number, latest.release.title) if latest else (None, "")
        return self._change(page, finding, (number, number), title, baseline=False)

    def _change(
        self, page: Page, finding: Finding, numbers: tuple[int | None, int | None], title: str, *, baseline: bool
    ) -> int:
        return self.unit.add_change(
            page.id,
            finding,
            before=numbers[0],
            after=numbers[1],
            title=title,
            url=page.url,
            at=self.at,
            baseline=baseline,
            crawl_id=self.crawl,
        )


def paragraphs(*texts: str) -> tuple[Block, ...]:
    return tuple(Block(kind=BlockKind.PARAGRAPH, text=text, markdown=text) for text in texts)


def furnish(archive: Archive, *, releases: int = 12) -> None:
    """Give an archive a past: a first crawl, edits told and untold, a mark, a removal, a move, notices, an outage."""
    published = Finding(kind=Kind.PUBLISHED)
    with archive.writing() as unit:
        site = unit.add_site(SITE.name)
        teller = Teller(unit, site.id, unit.start_crawl(site.id, NOON), NOON)
        for number in range(releases):
            title = HOSTILE[number % len(HOSTILE)] if number % 3 == 2 else f"The quay is mended, part {number}"
            text = f"The council gives {number}0 million crowns to quay {number}."
            teller.say(
                teller.page(f"/news/quay-{number}", baseline=True),
                Release(
                    title=title,
                    lead="Work begins in autumn.",
                    body=paragraphs(text, f"Ferries stop at berth {number}. {HOSTILE[number % len(HOSTILE)]}"),
                    published=Stamp(raw="14 March 2031", day=NOON.date()),
                    senders=("Harbour Office",),
                    contacts=(Contact(text="Anna Berg 08-123 45 67", name="Anna Berg"),),
                    language="en",
                ),
                published,
                baseline=True,
            )
        unit.end_crawl(teller.crawl, at=NOON + HOUR, reason="finished", stats={"planned": releases})
        unit.end_baseline(site.id)
    _second_crawl(archive, site.id)
    _third_crawl(archive, site.id)


def _second_crawl(archive: Archive, site_id: int) -> None:
    at = NOON + DAY
    with archive.writing() as unit:
        teller = Teller(unit, site_id, unit.start_crawl(site_id, at), at)
        for number in range(4):
            page = teller.page(f"/news/quay-{number}")
            before = unit.latest(page.id)
            assert before is not None
            text = f"The council gives {number}5 million crowns to quay {number}."
            finding = Finding(kind=Kind.EDITED, fields=("body",), silent=number % 2 == 0, labels=("figure",))
            teller.say(page, replace(before.release, body=(*paragraphs(text), *before.release.body[1:])), finding)
        new = teller.page("/news/ferry")
        body = paragraphs("A ferry to the outer isles sails twice a day.")
        teller.say(new, Release(title="A ferry to the isles", body=body), Finding(kind=Kind.PUBLISHED))
        unit.add_notice(
            site_id,
            SiteNotice.UNREACHABLE,
            text="no answer for an hour",
            detail={"pages": 3},
            at=at,
            crawl_id=teller.crawl,
        )
        unit.end_crawl(teller.crawl, at=at + HOUR, reason="finished", stats={"planned": 14})


def _third_crawl(archive: Archive, site_id: int) -> None:
    at = NOON + 2 * DAY
    with archive.writing() as unit:
        teller = Teller(unit, site_id, unit.start_crawl(site_id, at), at)
        gone = teller.page("/news/quay-5")
        teller.tell(gone, Finding(kind=Kind.REMOVED, status=410))
        unit.update_page(gone.id, state=PageState.GONE, status=410, missing_since=at, misses=3)
        marked = teller.page("/news/quay-6")
        before = unit.latest(marked.id)
        assert before is not None
        period = (dt.date(2029, 1, 1), dt.date(2031, 3, 1))
        line = Notice(kind=NoticeKind.ARCHIVED, text="Archived: published by a former council.", period=period)
        waved = teller.say(
            marked,
            replace(before.release, notices=(line,)),
            Finding(kind=Kind.ARCHIVED, period=period, government="Berg"),
        )
        unit.add_wave([waved], "archived-20310316")
        moving = teller.page("/news/quay-7")
        unit.move_page(moving.id, f"{OFFICE}/archive/quay-7", at=at)
        moved = unit.page_by_id(moving.id)
        assert moved is not None
        teller.tell(moved, Finding(kind=Kind.MOVED, was=f"{OFFICE}/news/quay-7"))
        unit.end_crawl(teller.crawl, at=at + HOUR, reason="finished", stats={"planned": 14})


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Browser:
    """Asks as it is told, follows nothing, and keeps cookies only when asked to."""

    address: str
    headers: dict[str, str] = field(default_factory=dict)
    jar: dict[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, body: bytes | str | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        parts = urlsplit(self.address)
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
        sent = {**self.headers, **(headers or {})}
        if self.jar:
            sent.setdefault("Cookie", "; ".join(f"{name}={value}" for name, value in self.jar.items()))
        try:
            connection.request(method, parts.path + path, body, sent)
            answer = connection.getresponse()
            found = Answer(status=answer.status, headers=answer.getheaders(), body=answer.read())
        finally:
            connection.close()
        for key, line in found.headers:
            if key.lower() == "set-cookie":
                name, _, rest = line.partition("=")
                self.jar[name] = rest.partition(";")[0]
        return found

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def form(self, path: str, fields: Mapping[str, str], **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urlencode(fields), {**kind, **named})

    def send(self, method: str, path: str, value: Any = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        body = None if value is None else json.dumps(value)
        return self.ask(method, path, body, {"Content-Type": "application/json", **named})


@dataclass(frozen=True, kw_only=True)
class House:
    """An archive with a past, and the web over it."""

    archive: Archive
    path: Path
    settings: WebSettings
    address: str

    def browser(self, **headers: str) -> Browser:
        return Browser(self.address, {name.replace("_", "-"): value for name, value in headers.items()})

    def program(self, secret: str) -> Browser:
        """A program that shows its token."""
        return self.browser(Authorization=f"Bearer {secret}")

    def user(self, name: str, role: Role) -> User:
        return add_user(self.archive, name, role, password=_kept(), at=NOON)

    def token(self, name: str, role: Role) -> str:
        """A user with a token, and the token."""
        self.user(name, role)
        secret = f"pressvakt_secret_of_{name}"
        add_token(self.archive, name, secret, name="tests", role=role, now=NOON, until=None)
        return secret

    def digest(self) -> str:
        """Of all that stands in the database, row by row."""
        found = hashlib.sha256()
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        try:
            for line in connection.iterdump():
                found.update(line.encode("utf-8", "surrogatepass"))
        finally:
            connection.close()
        return found.hexdigest()


@cache
def _furnished(releases: int) -> bytes:
    """The file of an archive with a past: made once, and copied."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "house.db"
        with Archive.open(f"sqlite:///{path}", now=lambda: NOON) as archive:
            furnish(archive, releases=releases)
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return path.read_bytes()


@cache
def _kept() -> str:
    return hashed(PASSWORD)  # it takes its time: that is what it is for


@contextmanager
def house(
    folder: Path,
    *,
    settings: WebSettings | None = None,
    now: Callable[[], dt.datetime] = lambda: NOON + 3 * DAY,
    releases: int = 12,
) -> Iterator[House]:
    """The web over an archive with a past, at any free port."""
    path = folder / "house.db"
    if not path.exists():
        path.write_bytes(_furnished(releases))
    with Archive.open(f"sqlite:///{path}", now=now) as archive:
        wanted = settings or WebSettings(port=0)
        app = create_app(archive, wanted, {SITE.name: SITE}, now=now)
        with serving(app, wanted) as address:
            yield House(archive=archive, path=path, settings=wanted, address=address)


def signed_in(found: House, name: str) -> tuple[Browser, str]:
    """A browser of somebody who has signed in, and the token of its forms."""
    browser = found.browser()
    first = csrf(browser.get("/sign-in").text)
    answer = browser.form("/sign-in", {"name": name, "password": PASSWORD, "next": "/", "csrf_token": first})
    assert answer.status == 303
    return browser, csrf(browser.get("/").text)


def csrf(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]
